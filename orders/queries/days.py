"""The calendar of merchant days: who has a cut-off when, what is kept, what is asked for (G1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from groups.models import Group
from merchants.models import DayStatus, MerchantDay
from orders.models import Round, RoundStatus

NOT_HELD = (RoundStatus.DRAFT, RoundStatus.CANCELLED, RoundStatus.FAILED)


@dataclass(frozen=True, slots=True)
class Asked:
    """A shop's wish, for the officers and the shop itself."""

    id: int
    merchant_id: int
    brand: str
    day: date
    state: str
    wish: str
    answer: str


@dataclass(slots=True)
class Day:
    """A local day. `sells`: round id, title and brand; `kept`: brands without a round that day."""

    date: date
    limit: int
    is_past: bool
    sells: list[tuple[int, str, str]] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    merchants: set[int] = field(default_factory=set)

    @property
    def taken(self) -> int:
        return len(self.merchants)

    @property
    def left(self) -> int:
        return max(self.limit - self.taken, 0)


@dataclass(frozen=True, slots=True)
class Month:
    first: date
    days: list[Day]
    asked: list[Asked]

    @property
    def before(self) -> str:
        return f"{self.first - timedelta(days=1):%Y-%m}"

    @property
    def after(self) -> str:
        return f"{_next(self.first):%Y-%m}"


def selling_on(group: Group, day: date) -> set[int]:
    """Merchants with a round that ends on this local day. One query."""
    rounds = Round.objects.of_group(group.pk).filter(**cut_off_within(group, day, day))
    return set(rounds.exclude(status__in=NOT_HELD).values_list("merchant_id", flat=True))


def kept_for(group: Group, day: date) -> set[int]:
    """Merchants for whom this day is kept. One query."""
    rows = MerchantDay.objects.kept_on(group.pk, day)
    return set(rows.values_list("application__merchant_id", flat=True))


def cut_off_within(group: Group, first: date, last: date) -> dict[str, datetime]:
    """A filter: cut-off from the first local day to the end of the last."""
    start = datetime.combine(first, time(), tzinfo=group.zone).astimezone(UTC)
    end = datetime.combine(last + timedelta(days=1), time(), tzinfo=group.zone).astimezone(UTC)
    return {"cut_off_at__gte": start, "cut_off_at__lt": end}


def month_of(
    group: Group, first: date, *, today: date, all_wishes: bool = False, merchant_id: int = 0
) -> Month:
    """Every day of the month that begins with `first`. Wishes that wait: all of them for officers,
    else those of `merchant_id`. Two queries."""
    last = _next(first) - timedelta(days=1)
    days = {
        day: Day(day, group.merchants_per_day, day < today)
        for day in (first + timedelta(days=n) for n in range(last.day))
    }
    rounds = Round.objects.of_group(group.pk).filter(**cut_off_within(group, first, last))
    for rnd in (
        rounds.exclude(status__in=NOT_HELD).select_related("merchant").order_by("cut_off_at", "pk")
    ):
        day = days[group.local(rnd.cut_off_at).date()]
        day.sells.append((rnd.pk, rnd.title, rnd.merchant.brand))
        day.merchants.add(rnd.merchant_id)
    asked = []
    rows = MerchantDay.objects.of_group(group.pk).standing().filter(day__range=(first, last))
    for row in rows.select_related("application__merchant").order_by("day", "asked_at", "pk"):
        if row.status == DayStatus.CONFIRMED:
            _keep(days[row.day], row, today)
        elif row.day >= today and (all_wishes or row.application.merchant_id == merchant_id):
            wish = _asked(row, today)
            days[row.day].asked.append(wish)
            asked.append(wish)
    return Month(first, list(days.values()), asked)


def days_of_shop(group: Group, merchant_id: int, *, today: date) -> list[Asked]:
    """What this shop asked for from a month ago on, the next day first, past ones last. One
    query."""
    rows = MerchantDay.objects.of_group(group.pk).filter(
        application__merchant_id=merchant_id, day__gte=today - timedelta(days=31)
    )
    found = [
        _asked(row, today)
        for row in rows.select_related("application__merchant").order_by("day", "-pk")
    ]
    return [a for a in found if a.day >= today] + [a for a in found if a.day < today][::-1]


def _keep(day: Day, row: MerchantDay, today: date) -> None:
    """A kept day of the past that was not used is over; it takes no place."""
    application = row.application
    if application.merchant_id in day.merchants or row.day < today:
        return
    if application.may_open_rounds:
        day.kept.append(application.merchant.brand)
        day.merchants.add(application.merchant_id)


def _asked(row: MerchantDay, today: date) -> Asked:
    return Asked(
        id=row.pk,
        merchant_id=row.application.merchant_id,
        brand=row.application.merchant.brand,
        day=row.day,
        state=row.state_on(today),
        wish=row.wish,
        answer=row.answer,
    )


def _next(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)
