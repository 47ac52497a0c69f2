"""The money book: the one door for postings, and the figures that follow from them (O7, O11)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Sum

from orders.models import Account, OrderLine, Payee, Posting, Return, Round, Source
from tuangou.core import money, rows

Legs = Mapping[tuple[Account, int], int]


class Unbalanced(Exception):
    """Legs that do not sum to zero: a fault of the caller, never of a person."""


def post(
    *,
    group_id: int,
    round_id: int,
    order_id: int | None,
    source: Source,
    source_id: int,
    at: datetime,
    legs: Legs,
) -> None:
    """Write the legs of one act: {(account, holder): fen}, positive = debit (O7).

    Zero legs are left out. The same act posted twice fails in the database (unique per source,
    account and holder); the deferred trigger checks the sum once more at commit.
    Raises Unbalanced.
    """
    if sum(legs.values()) != 0:
        raise Unbalanced(f"{source} {source_id}: {dict(legs)}")
    rows.insert(
        [
            Posting(
                group_id=group_id,
                round_id=round_id,
                order_id=order_id,
                source=source,
                source_id=source_id,
                account=account,
                holder_id=holder_id,
                amount_fen=amount_fen,
                posted_at=at,
            )
            for (account, holder_id), amount_fen in legs.items()
            if amount_fen
        ]
    )


def cash_account(rnd: Round) -> tuple[Account, int]:
    """Where money of this round lies: with the initiator or with the merchant."""
    if rnd.payee == Payee.MERCHANT:
        return Account.CASH_MERCHANT, rnd.merchant_id
    return Account.CASH_INITIATOR, rnd.initiator_id


def commission_delta(rnd: Round) -> int:
    """Fen of commission still to post for this round (O11), possibly negative.

    Commission is always half-up(rate x net to date / 10,000) per (round, merchant), where net is
    what live orders are billed less what returns were accepted; never rounded per order.
    """
    billed = (
        OrderLine.objects.live().filter(order__round_id=rnd.pk).aggregate(fen=Sum("billed_fen"))
    )["fen"] or 0
    returned = (
        Return.objects.counted().filter(round_id=rnd.pk).aggregate(fen=Sum("accepted_fen"))
    )["fen"] or 0
    posted = (
        Posting.objects.filter(
            group_id=rnd.group_id, round_id=rnd.pk, account=Account.COMMISSION
        ).aggregate(fen=Sum("amount_fen"))
    )["fen"] or 0
    return money.basis_points(billed - returned, rnd.commission_bp) + posted


def commission_legs(rnd: Round, delta: int) -> dict[tuple[Account, int], int]:
    """The merchant pays the commission to the initiator of the round."""
    return {
        (Account.MERCHANT, rnd.merchant_id): delta,
        (Account.COMMISSION, rnd.initiator_id): -delta,
    }


def balance_of_order(order_id: int) -> int:
    """What the member still owes for this order, in fen; negative = credit."""
    return Posting.objects.owed(order_id)
