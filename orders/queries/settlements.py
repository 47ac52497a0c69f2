"""What a round comes to for its merchant, from the postings; and the pages that show it (O12)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import F, QuerySet, Sum

from merchants.models import MerchantStaff, StaffRole
from orders.models import (
    RETURN_SOURCES,
    SETTLEMENT_SOURCES,
    Account,
    Offer,
    OrderLine,
    Payee,
    Posting,
    Round,
    SettlementLine,
    SettlementPart,
    ShortfallLine,
)


@dataclass(frozen=True, slots=True)
class Totals:
    """A whole statement, or a difference. See SettlementPart for the words."""

    ordered_fen: int = 0
    short_fen: int = 0
    returned_fen: int = 0
    commission_fen: int = 0
    transfer_fen: int = 0

    @property
    def sales_fen(self) -> int:
        return self.ordered_fen - self.short_fen

    @property
    def due_fen(self) -> int:
        """Sales less returns and commission."""
        return self.sales_fen - self.returned_fen - self.commission_fen

    @property
    def with_merchant_fen(self) -> int:
        """What of it he has, or collects from members himself."""
        return self.due_fen - self.transfer_fen

    @property
    def transfer_back_fen(self) -> int:
        """The transfer as the merchant's, where it goes from him to the initiator."""
        return -self.transfer_fen

    def __bool__(self) -> bool:
        return any(getattr(self, name) for name in NAMES)

    def __sub__(self, other: Totals) -> Totals:
        return Totals(*(getattr(self, name) - getattr(other, name) for name in NAMES))


NAMES = tuple(field.name for field in fields(Totals))
# by who is paid: the accounts that tell what is to go over. The payee bears what members owe.
TELLING = {
    Payee.INITIATOR: (Account.MERCHANT, Account.CASH_MERCHANT),
    Payee.MERCHANT: (Account.CASH_INITIATOR, Account.OWN, Account.COMMISSION),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One offer. Quantities and amounts as ordered, what of it was short, what came back."""

    offer_id: int
    price_fen: int
    quantity: Decimal = Decimal(0)
    short_quantity: Decimal = Decimal(0)
    returned_quantity: Decimal = Decimal(0)
    ordered_fen: int = 0
    short_fen: int = 0
    returned_fen: int = 0

    @classmethod
    def of(cls, row: SettlementLine) -> Line:
        return cls(row.offer_id, row.price_fen, *(getattr(row, name) for name in LINE_NAMES))

    @property
    def sales_fen(self) -> int:
        return self.ordered_fen - self.short_fen

    def __add__(self, other: Line) -> Line:
        both = (getattr(self, name) + getattr(other, name) for name in LINE_NAMES)
        return Line(self.offer_id, self.price_fen, *both)

    def __sub__(self, other: Line) -> Line:
        rest = (getattr(self, name) - getattr(other, name) for name in LINE_NAMES)
        return Line(self.offer_id, self.price_fen, *rest)

    @property
    def has_money(self) -> bool:
        return any((self.ordered_fen, self.short_fen, self.returned_fen))

    def __bool__(self) -> bool:
        return any(getattr(self, name) for name in LINE_NAMES)


LINE_NAMES = tuple(field.name for field in fields(Line))[2:]


@dataclass(frozen=True, slots=True)
class Figures:
    totals: Totals
    lines: dict[int, Line]


def figures_now(rnd: Round) -> Figures:
    """What the books say at this moment, settlement acts left out. Five statements."""
    lines = {line.offer_id: line for line in _lines(rnd)}
    sums = Posting.objects.filter(group_id=rnd.group_id, round_id=rnd.pk).exclude(
        source__in=SETTLEMENT_SOURCES
    )
    held = _by_account(sums)
    commission = -held.get(Account.COMMISSION, 0)
    totals = Totals(
        ordered_fen=sum(line.ordered_fen for line in lines.values()),
        short_fen=sum(line.short_fen for line in lines.values()),
        returned_fen=sum(line.returned_fen for line in lines.values()),
        commission_fen=commission,
        transfer_fen=transfer_of(rnd, held),
    )
    return Figures(totals, lines)


def balances(rnd: Round) -> dict[str, int]:
    """{account: fen} of a round, settlement acts with all the others."""
    sums = Posting.objects.filter(group_id=rnd.group_id, round_id=rnd.pk)
    return _by_account(sums)


def outstanding(rnd: Round) -> int:
    """What is still to go over, in fen, payments counted: positive from initiator to merchant."""
    return transfer_of(rnd, balances(rnd))


def _by_account(sums: QuerySet[Posting]) -> dict[str, int]:
    by_account = sums.values_list("account").annotate(fen=Sum("amount_fen"))
    return dict(by_account.values_list("account", "fen"))


def transfer_of(rnd: Round, held: dict[str, int]) -> int:
    """What is to go over, of balances {account: fen}: positive from initiator to merchant.

    The payee bears what members still owe. The initiator gives the merchant what he is owed and
    does not hold; where members pay him directly, she gives what she holds beyond her commission,
    mostly less than nothing. Right for mixed cash, too: it asks where the money lies.
    """
    balance = sum(held.get(account, 0) for account in TELLING[Payee(rnd.payee)])
    return balance if rnd.payee == Payee.MERCHANT else -balance


def has_other_owner(merchant_id: int, user_id: int) -> bool:
    """Whether somebody else than this person owns the merchant's account here."""
    owners = MerchantStaff.objects.filter(merchant_id=merchant_id, role=StaffRole.OWNER)
    return owners.exclude(user_id=user_id).exists()


def written(settlement_id: int) -> Figures:
    """The sum of all parts. Two statements."""
    parts = SettlementPart.objects.filter(settlement_id=settlement_id)
    totals = parts.aggregate(**{name: Sum(name) for name in NAMES})
    rows: Any = (
        SettlementLine.objects.filter(part__settlement_id=settlement_id)
        .values("offer_id", "price_fen")
        .annotate(**{f"sum_{name}": Sum(name) for name in LINE_NAMES})
    )
    lines = [
        Line(row["offer_id"], row["price_fen"], *(row[f"sum_{name}"] for name in LINE_NAMES))
        for row in rows
    ]
    return Figures(
        Totals(*(totals[name] or 0 for name in NAMES)), {line.offer_id: line for line in lines}
    )


def _lines(rnd: Round) -> Iterable[Line]:
    """Every offer that is or was billed, in the order of the round."""
    billed = {
        row["offer_id"]: row
        for row in OrderLine.objects.live()
        .filter(order__round_id=rnd.pk)
        .values("offer_id")
        .annotate(q=Sum("billed_quantity"), fen=Sum("billed_fen"), back=Sum("returned_quantity"))
    }
    short: dict[int, Any] = {
        row["line__offer_id"]: row
        for row in ShortfallLine.objects.filter(shortfall__round_id=rnd.pk)
        .values("line__offer_id")
        .annotate(q=Sum(F("before") - F("after")), fen=Sum("credited_fen"))
    }
    returned = _returned(rnd)
    for offer in Offer.objects.of_round(rnd.pk):
        if offer.pk not in billed:
            continue
        of, less = billed[offer.pk], short.get(offer.pk, {"q": Decimal(0), "fen": 0})
        yield Line(
            offer.pk,
            offer.final_price_fen or offer.price_fen,
            of["q"] + less["q"],
            less["q"],
            of["back"],
            of["fen"] + less["fen"],
            less["fen"],
            returned.get(offer.pk, 0),
        )


def _returned(rnd: Round) -> dict[int, int]:
    """What members were credited for returns, by offer: from the postings of each return."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select l.offer_id, (-sum(p.amount_fen))::bigint from orders_posting p"
            " left join orders_provisionalcredit c on c.id = p.source_id"
            "   and p.source <> 'return_decision'"
            " join orders_return t on t.id = coalesce(c.ret_id, p.source_id)"
            " join orders_orderline l on l.id = t.line_id"
            " where p.group_id = %s and p.round_id = %s and p.account = 'member'"
            "   and p.source = any(%s) group by l.offer_id",
            [rnd.group_id, rnd.pk, [source.value for source in RETURN_SOURCES]],
        )
        return dict(cursor.fetchall())
