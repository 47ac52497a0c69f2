"""The paper's Table 1 and what lies beneath it, read from the kept rollups (O13).

Money in fen. Every rate is worked out from whole numbers and rounded half up to two decimals.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Min, QuerySet, Sum

from orders.models import MonthItem, MonthMerchant, PublishedSummary
from orders.models.summaries import said_of
from tuangou.core import money

SHOWN_MONTHS = 12
MOST_MONTHS = 36  # on one page; the plots hold no more
COUNTS = ("orders", "orders_returned", "lines", "lines_returned")


def rate(part: int, whole: int) -> Decimal | None:
    """`part` ÷ `whole` in per cent, two decimals, half up; None where there is nothing to divide.

    The quotient's 28 digits cannot hide or make a half: numbers here have at most 14.
    """
    return money.round_half_up(Decimal(100 * part) / whole, 2) if whole else None


def sales_cny(fen: int) -> str:
    """Whole yuan without decimals, else two: 24000, 24000.50."""
    return str(fen // 100) if fen % 100 == 0 else money.yuan(fen)


@dataclass(frozen=True, slots=True)
class Figures:
    """What every row of a summary has: a month, a merchant, an item, or all of them."""

    orders: int = 0
    orders_returned: int = 0
    lines: int = 0
    lines_returned: int = 0
    sales_fen: int = 0
    returned_fen: int = 0

    @property
    def rate(self) -> Decimal | None:
        """Return rate: accepted amounts ÷ sales."""
        return rate(self.returned_fen, self.sales_fen)

    @property
    def order_rate(self) -> Decimal | None:
        return rate(self.orders_returned, self.orders)

    @property
    def line_rate(self) -> Decimal | None:
        return rate(self.lines_returned, self.lines)

    @property
    def transactions(self) -> str:
        """7,121"""
        return f"{self.orders:,}"

    @property
    def sales(self) -> str:
        """24,000"""
        return f"{self.sales_fen // 100:,}"

    @property
    def sales_exact(self) -> str:
        """24,000.50"""
        return f"{self.sales}.{self.sales_fen % 100:02d}"

    @property
    def sales_said(self) -> str:
        """24,000 where it is whole yuan, else 24,000.50."""
        return self.sales_exact if self.sales_fen % 100 else self.sales


@dataclass(frozen=True, slots=True)
class MonthRow(Figures):
    """One row of Table 1; version 0 = not published yet."""

    month: date = date.min
    merchants: int = 0
    items: int = 0
    version: int = 0
    published_at: datetime | None = None
    reason: str = ""

    @property
    def key(self) -> str:
        """2022-06"""
        return f"{self.month:%Y-%m}"

    @property
    def is_restated(self) -> bool:
        return self.version > 1


@dataclass(frozen=True, slots=True)
class Total(Figures):
    """Sums of the months; beside them what is distinct over the whole period, and the plain mean
    of the months' rates, as they are shown, over the months that sold anything."""

    merchants: int = 0
    items: int = 0
    merchants_distinct: int = 0
    items_distinct: int = 0
    mean_rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Table1:
    """Every month of the span has a row, an empty one zeros."""

    rows: list[MonthRow]
    total: Total

    @property
    def has_cents(self) -> bool:
        """Whether any month's sales are not whole yuan: then the column shows two decimals."""
        return any(row.sales_fen % 100 for row in self.rows)

    @property
    def published(self) -> int:
        return sum(1 for row in self.rows if row.version)

    @property
    def provisional(self) -> int:
        return len(self.rows) - self.published

    @property
    def restated(self) -> list[MonthRow]:
        return [row for row in self.rows if row.is_restated]

    def highest(self, name: str) -> date | None:
        """The month with the highest figure; None where all are the same."""
        values = [getattr(row, name) or 0 for row in self.rows]
        if not values or max(values) == min(values):
            return None
        return self.rows[values.index(max(values))].month


@dataclass(frozen=True, slots=True)
class MerchantRow(Figures):
    """A merchant over some months."""

    id: int = 0
    brand: str = ""
    items: int = 0
    months: int = 0


@dataclass(frozen=True, slots=True)
class ItemRow(Figures):
    id: int = 0
    name: str = ""
    unit: str = ""
    brand: str = ""
    units: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Version:
    """A published version, and what it changed against the one before."""

    number: int
    published_at: datetime
    reason: str
    figures: Figures
    orders_delta: int
    sales_delta_fen: int
    returned_delta_fen: int


def months_with_figures(group_id: int) -> tuple[date, date] | None:
    """The first and the last month with figures; None while there is none."""
    ends = MonthMerchant.objects.filter(group_id=group_id).aggregate(Min("month"), Max("month"))
    first, last = ends["month__min"], ends["month__max"]
    return (first, last) if first and last else None


def following(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def months_of(first: date, last: date) -> list[date]:
    """Every first of a month from `first` to `last`."""
    months = []
    while first <= last:
        months.append(first)
        first = following(first)
    return months


def back(month: date, count: int) -> date:
    """`count` months earlier."""
    number = month.year * 12 + month.month - 1 - count
    return date(number // 12, number % 12 + 1, 1)


def table1(group_id: int, *, first: date, last: date) -> Table1:
    """Table 1 from `first` to `last`, in four statements whatever the span and the orders."""
    counts = _rows(MonthMerchant.objects.all(), group_id, first, last)
    sums = _rows(MonthItem.objects.all(), group_id, first, last)
    by_month: dict[date, dict[str, Any]] = {
        row.pop("month"): row
        for row in counts.values("month").annotate(
            merchants=Count("pk"), **{name: Sum(name) for name in COUNTS}
        )
    }
    for month, items, sales, returned in (
        sums.values("month")
        .annotate(items=Count("pk"), a=Sum("sales_fen"), b=Sum("returned_fen"))
        .values_list("month", "items", "a", "b")
    ):
        by_month[month] |= {"items": items, "sales_fen": int(sales), "returned_fen": int(returned)}
    for version in (
        _rows(PublishedSummary.objects.all(), group_id, first, last)
        .order_by("month", "-version")
        .distinct("month")
        .values("month", "version", "published_at", "reason")
    ):
        version["reason"] = said_of(version["reason"])
        by_month.setdefault(version.pop("month"), {}).update(version)
    rows = [MonthRow(month=month, **by_month.get(month, {})) for month in months_of(first, last)]
    distinct = sums.aggregate(
        merchants_distinct=Count("merchant", distinct=True),
        items_distinct=Count("item", distinct=True),
    )
    return Table1(rows, _total(rows, distinct))


def _total(rows: list[MonthRow], distinct: dict[str, int]) -> Total:
    names = (*COUNTS, "sales_fen", "returned_fen", "merchants", "items")
    rates = [row.rate for row in rows if row.rate is not None]
    mean = money.round_half_up(sum(rates, Decimal(0)) / len(rates), 2) if rates else None
    sums = {name: sum(getattr(row, name) for row in rows) for name in names}
    return Total(**sums, **distinct, mean_rate=mean)


def merchants_of(group_id: int, *, first: date, last: date) -> list[MerchantRow]:
    """Every merchant of the span, the one that sold most first: two statements."""
    counts = (
        _rows(MonthMerchant.objects.all(), group_id, first, last)
        .values("merchant_id", "merchant__brand")
        .annotate(months=Count("pk"), **{name: Sum(name) for name in COUNTS})
    )
    sums = {
        merchant: {"items": items, "sales_fen": int(sales), "returned_fen": int(returned)}
        for merchant, items, sales, returned in (
            _rows(MonthItem.objects.all(), group_id, first, last)
            .values("merchant_id")
            .annotate(items=Count("item", distinct=True), a=Sum("sales_fen"), b=Sum("returned_fen"))
            .values_list("merchant_id", "items", "a", "b")
        )
    }
    rows = []
    for row in counts:
        pk, brand = row.pop("merchant_id"), row.pop("merchant__brand")
        rows.append(MerchantRow(id=pk, brand=brand, **row, **sums[pk]))
    return sorted(rows, key=lambda row: (-row.sales_fen, row.id))


def months_of_merchant(
    group_id: int, merchant_id: int, *, first: date, last: date
) -> list[MonthRow]:
    """The months in which this merchant sold, oldest first: two statements."""
    counts = _rows(MonthMerchant.objects.filter(merchant=merchant_id), group_id, first, last)
    sums = {
        row.pop("month"): {name: int(value) for name, value in row.items()}
        for row in _rows(MonthItem.objects.filter(merchant=merchant_id), group_id, first, last)
        .values("month")
        .annotate(items=Count("pk"), sales=Sum("sales_fen"), returned=Sum("returned_fen"))
    }
    return [
        MonthRow(
            merchants=1,
            items=sums[row["month"]]["items"],
            sales_fen=sums[row["month"]]["sales"],
            returned_fen=sums[row["month"]]["returned"],
            **row,
        )
        for row in counts.order_by("month").values("month", *COUNTS)
    ]


def items_of(
    group_id: int, *, first: date, last: date, merchant_id: int | None = None
) -> list[ItemRow]:
    """What was sold in the span, by merchant's and item's sales: one statement."""
    rows = _rows(MonthItem.objects.all(), group_id, first, last)
    if merchant_id is not None:
        rows = rows.filter(merchant=merchant_id)
    sums = rows.values_list(
        "item_id", "item__name", "item__spec", "item__unit", "merchant__brand"
    ).annotate(a=Sum("units"), b=Sum("sales_fen"), c=Sum("returned_fen"))
    found = [
        ItemRow(
            id=pk,
            name=f"{name} {spec}".strip(),
            unit=unit,
            brand=brand,
            units=units,
            sales_fen=int(sales),
            returned_fen=int(returned),
        )
        for pk, name, spec, unit, brand, units, sales, returned in sums
    ]
    return sorted(found, key=lambda row: (-row.sales_fen, row.id))


def versions_of(group_id: int, month: date) -> list[Version]:
    """All published versions of a month, newest first, each against the one before."""
    found: list[Version] = []
    before = Figures()
    rows = PublishedSummary.objects.filter(group_id=group_id, month=month).order_by("version")
    for row in rows:
        names = (*COUNTS, "sales_fen", "returned_fen")
        now = Figures(**{name: row.figures[name] for name in names})
        found.append(
            Version(
                number=row.version,
                published_at=row.published_at,
                reason=row.said,
                figures=now,
                orders_delta=now.orders - before.orders,
                sales_delta_fen=now.sales_fen - before.sales_fen,
                returned_delta_fen=now.returned_fen - before.returned_fen,
            )
        )
        before = now
    return found[::-1]


def _rows(rows: QuerySet[Any], group_id: int, first: date, last: date) -> QuerySet[Any]:
    return rows.filter(group_id=group_id, month__gte=first, month__lte=last)
