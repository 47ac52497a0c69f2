"""What a group has lived through with one merchant: the facts behind its badge (W6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from orders.models import Round, RoundStatus
from orders.queries.summaries import Figures, back, months_of_merchant

MONTHS = 12
PAST = 6
CURRENT = (RoundStatus.OPEN, RoundStatus.CLOSED, RoundStatus.CONFIRMED, RoundStatus.ARRIVED)
OVER = (RoundStatus.COMPLETED, RoundStatus.SETTLED, RoundStatus.FAILED, RoundStatus.CANCELLED)


@dataclass(frozen=True, slots=True)
class Record(Figures):
    """The last twelve calendar months, the present one included; `rounds` came about."""

    rounds: int = 0
    first: date = date.min
    last: date = date.min


@dataclass(frozen=True, slots=True)
class RoundRow:
    id: int
    title: str
    status: str
    opens_at: datetime
    cut_off_at: datetime
    is_open: bool


def record_of(group_id: int, merchant_id: int, *, today: date) -> Record:
    """Rounds that came about, orders and the return rate of twelve months, by the definitions of
    Table 1 (O13). `today` is local to the group. Three statements."""
    last = today.replace(day=1)
    first = back(last, MONTHS - 1)
    months = months_of_merchant(group_id, merchant_id, first=first, last=last)
    rounds = (
        Round.objects.of_group(group_id)
        .counted()
        .filter(merchant_id=merchant_id, month__gte=first, month__lte=last)
    )
    names = (*("orders", "orders_returned", "lines", "lines_returned"), "sales_fen", "returned_fen")
    sums = {name: sum(getattr(month, name) for month in months) for name in names}
    return Record(rounds=rounds.count(), first=first, last=last, **sums)


def rounds_of(
    group_id: int, merchant_id: int, *, at: datetime
) -> tuple[list[RoundRow], list[RoundRow]]:
    """Rounds that run, by cut-off, and the last ones that are over. Two statements."""
    rounds = Round.objects.of_group(group_id).filter(merchant_id=merchant_id)
    running = rounds.filter(status__in=CURRENT).order_by("cut_off_at", "pk")
    over = rounds.filter(status__in=OVER).order_by("-cut_off_at", "-pk")[:PAST]
    return [_row(r, at) for r in running], [_row(r, at) for r in over]


def _row(rnd: Round, at: datetime) -> RoundRow:
    return RoundRow(
        id=rnd.pk,
        title=rnd.title,
        status=rnd.status,
        opens_at=rnd.opens_at,
        cut_off_at=rnd.cut_off_at,
        is_open=rnd.takes_orders(at),
    )
