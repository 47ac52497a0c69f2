"""What settling books: it moves no sale, no return and no commission (O7, O12)."""

from __future__ import annotations

from datetime import datetime

from orders.models import Account, Round, Source
from orders.queries.settlements import balances
from orders.services import ledger


def sweep(rnd: Round, source: Source, source_id: int, at: datetime) -> None:
    """Book a statement: what the merchant holds against what he is due, her commission out of the
    cash that the initiator holds. Nothing goes over by it."""
    legs = sweep_legs(rnd)
    if any(legs.values()):
        ledger.post(
            group_id=rnd.group_id,
            round_id=rnd.pk,
            order_id=None,
            source=source,
            source_id=source_id,
            at=at,
            legs=legs,
        )


def sweep_legs(rnd: Round) -> dict[tuple[Account, int], int]:
    """What brings the cash with the merchant to zero, and her commission to herself."""
    held = balances(rnd)
    at_merchant = held.get(Account.CASH_MERCHANT, 0)
    hers = -held.get(Account.COMMISSION, 0) - held.get(Account.OWN, 0)
    return {
        (Account.MERCHANT, rnd.merchant_id): at_merchant,
        (Account.CASH_MERCHANT, rnd.merchant_id): -at_merchant,
        (Account.OWN, rnd.initiator_id): hers,
        (Account.CASH_INITIATOR, rnd.initiator_id): -hers,
    }
