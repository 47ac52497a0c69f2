"""The monthly summary, kept and published (O13).

Two rollups per (group, month): of each merchant and of each item. They are counted anew from
orders, lines and returns, never added to, in the transaction that changes a counted figure; so
kept = rebuilt at every commit. Whoever writes them holds the month's head, which also puts the
published versions in order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Count, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from groups.models import Group
from orders.models import (
    COUNTED,
    MonthItem,
    MonthMerchant,
    OrderLine,
    PublishedSummary,
    Return,
    Round,
    SummaryMonth,
    Why,
)
from tuangou.core import clock, events

PUBLISHED_ON = 3  # of the next month, 00:00 in the group's time
MERCHANT_FIGURES = ("orders", "orders_returned", "lines", "lines_returned")
ITEM_FIGURES = ("units", "sales_fen", "returned_fen")

MerchantKey = tuple[date, int]
ItemKey = tuple[date, int, int]
Figures = tuple[int | Decimal, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """A kept row that is not what counting anew gives; None = no such row."""

    month: date
    merchant_id: int
    item_id: int | None
    kept: Figures | None
    rebuilt: Figures | None

    def __str__(self) -> str:
        item = f" item {self.item_id}" if self.item_id else ""
        names = ITEM_FIGURES if self.item_id else MERCHANT_FIGURES
        return (
            f"{self.month:%Y-%m} merchant {self.merchant_id}{item}:"
            f" kept {_words(names, self.kept)}, rebuilt {_words(names, self.rebuilt)}"
        )


@dataclass(frozen=True, slots=True)
class Tally:
    """Rows of both rollups, by key."""

    merchants: dict[MerchantKey, Figures]
    items: dict[ItemKey, Figures]

    def only(self, months: set[date]) -> Tally:
        return Tally(
            {key: row for key, row in self.merchants.items() if key[0] in months},
            {key: row for key, row in self.items.items() if key[0] in months},
        )


@transaction.atomic
def restate(*, rnd: Round, at: datetime, reason: str) -> None:
    """Count the merchant's month of this round anew; call it after the change, under its locks.

    Belongs in the transaction that confirms or cancels a counted round or accepts a return. When
    the month is already published and a figure moved, version n+1 is written with `reason`, what
    Why.of() gives.
    """
    scope = {"group_id": rnd.group_id, "month": rnd.month, "merchant_id": rnd.merchant_id}
    head = SummaryMonth.objects.lock(rnd.group_id, rnd.month)
    counted = _counted(
        rnd.group_id, order__round__month=rnd.month, order__round__merchant=rnd.merchant_id
    )
    if _write(rnd.group_id, _differences(_kept(**scope), counted)):
        _new_version(head, at=at, reason=reason)


def due_at(*, group: Group, month: date) -> datetime:
    """When a month's figures are published: the 3rd of the next one, 00:00 group time."""
    day = _next(month).replace(day=PUBLISHED_ON)
    return datetime.combine(day, time(), tzinfo=group.zone)


@transaction.atomic
def publish_month(*, group_id: int, month: date) -> PublishedSummary | None:
    """Freeze a month as version 1; None when it is published already, or not due yet.

    Safe to run any number of times and from two beats at once: the head is locked.
    """
    group = Group.objects.get(pk=group_id)
    head = SummaryMonth.objects.lock(group_id, month)
    at = clock.now()
    if head.latest_version or at < due_at(group=group, month=month):
        return None
    return _publish(head, figures=_figures(head), at=at, reason="")


def publish_due(*, group_id: int | None = None) -> list[PublishedSummary]:
    """Publish every month that is due, one transaction each; what was published.

    For `manage.py publish_summaries` and the year loader; beat spreads the same over tasks.
    """
    due = months_due(group_id=group_id)
    published = [publish_month(group_id=group, month=month) for group, month in due]
    return [summary for summary in published if summary]


def months_due(*, group_id: int | None = None) -> list[tuple[int, date]]:
    """(group, month) that are due and not yet published, in order; of all living groups, or one.

    Of a group, the months from the first one with figures on: an empty one after it is published
    too, with zeros.
    """
    groups = Group.objects.living() if group_id is None else Group.objects.filter(pk=group_id)
    zones = {group.pk: group for group in groups}
    first = MonthMerchant.objects.filter(group__in=zones).values_list("group")
    heads = SummaryMonth.objects.filter(group__in=zones, latest_version__gt=0)
    published = set(heads.values_list("group_id", "month"))
    at, due = clock.now(), []
    for pk, month in sorted(first.annotate(first=Min("month"))):
        while due_at(group=zones[pk], month=month) <= at:
            if (pk, month) not in published:
                due.append((pk, month))
            month = _next(month)
    return due


@transaction.atomic
def check(*, group_id: int) -> list[Difference]:
    """Where the kept rollups differ from counting anew; empty when all is well. Writes nothing
    but missing heads, which it locks so that nothing moves while it compares."""
    months = {head.month for head in _lock_months(group_id)}
    return _differences(_kept(group_id=group_id).only(months), _counted(group_id).only(months))


@transaction.atomic
def rebuild(*, group_id: int) -> list[Difference]:
    """Write the rollups of a group anew from orders, lines and returns; what was different.

    A published month that comes out different gets its next version.
    """
    heads = _lock_months(group_id)
    at = clock.now()
    months = {head.month for head in heads}
    differences = _differences(
        _kept(group_id=group_id).only(months), _counted(group_id).only(months)
    )
    _write(group_id, differences)
    changed = {difference.month for difference in differences}
    for head in heads:
        if head.month in changed:
            _new_version(head, at=at, reason=Why.COUNTED.of())
    return differences


def _counted(group_id: int, **scope: object) -> Tally:
    """Both rollups from the base tables: two statements whatever the scope.

    Counted lines: billed above 0, in an order not cancelled, in a round confirmed or later. An
    order billed 0 has none. A return counts when it is accepted or refunded with an amount.
    """
    given_back = (
        Return.objects.counted()
        .filter(line=OuterRef("pk"), accepted_fen__gt=0)
        .order_by()
        .values("line")
        .annotate(fen=Sum("accepted_fen"))
        .values("fen")
    )
    lines = (
        OrderLine.objects.live()
        .filter(group_id=group_id, order__group_id=group_id, order__round__group_id=group_id)
        .filter(order__round__status__in=COUNTED, billed_fen__gt=0, **scope)
        .annotate(given_back=Coalesce(Subquery(given_back), 0))
        .order_by()
    )
    back = Q(given_back__gt=0)
    by_merchant = lines.values_list("order__round__month", "order__round__merchant").annotate(
        a=Count("order", distinct=True),
        b=Count("order", distinct=True, filter=back),
        c=Count("pk"),
        d=Count("pk", filter=back),
    )
    by_item = lines.values_list(
        "order__round__month", "order__round__merchant", "offer__item"
    ).annotate(a=Sum("billed_quantity"), b=Sum("billed_fen"), c=Sum("given_back"))
    return Tally(
        {(month, merchant): tuple(rest) for month, merchant, *rest in by_merchant},
        {
            (month, merchant, item): (units, int(sales), int(returned))  # numeric in the database
            for month, merchant, item, units, sales, returned in by_item
        },
    )


def _kept(**scope: object) -> Tally:
    merchants = MonthMerchant.objects.filter(**scope).values_list(
        "month", "merchant_id", *MERCHANT_FIGURES
    )
    items = MonthItem.objects.filter(**scope).values_list(
        "month", "merchant_id", "item_id", *ITEM_FIGURES
    )
    return Tally(
        {(month, merchant): tuple(rest) for month, merchant, *rest in merchants},
        {(month, merchant, item): tuple(rest) for month, merchant, item, *rest in items},
    )


def _differences(kept: Tally, counted: Tally) -> list[Difference]:
    found = [
        Difference(*key, None, kept.merchants.get(key), counted.merchants.get(key))
        for key in sorted(kept.merchants.keys() | counted.merchants.keys())
        if kept.merchants.get(key) != counted.merchants.get(key)
    ]
    return found + [
        Difference(*key, kept.items.get(key), counted.items.get(key))
        for key in sorted(kept.items.keys() | counted.items.keys())
        if kept.items.get(key) != counted.items.get(key)
    ]


def _write(group_id: int, differences: Iterable[Difference]) -> bool:
    """Bring the kept rows to what was counted; whether anything had to change."""
    new_merchants, new_items = [], []
    old_merchants, old_items = Q(), Q()
    for one in differences:
        key: dict[str, Any] = {"month": one.month, "merchant_id": one.merchant_id}
        if one.item_id is not None:
            key["item_id"] = one.item_id
            if one.rebuilt is None:
                old_items |= Q(**key)
            else:
                figures = dict(zip(ITEM_FIGURES, one.rebuilt, strict=True))
                new_items.append(MonthItem(group_id=group_id, **key, **figures))
        elif one.rebuilt is None:
            old_merchants |= Q(**key)
        else:
            figures = dict(zip(MERCHANT_FIGURES, one.rebuilt, strict=True))
            new_merchants.append(MonthMerchant(group_id=group_id, **key, **figures))
    if old_merchants:
        MonthMerchant.objects.filter(old_merchants, group_id=group_id).delete()
    if old_items:
        MonthItem.objects.filter(old_items, group_id=group_id).delete()
    MonthMerchant.objects.bulk_create(
        new_merchants,
        update_conflicts=True,
        unique_fields=["group", "month", "merchant"],
        update_fields=list(MERCHANT_FIGURES),
    )
    MonthItem.objects.bulk_create(
        new_items,
        update_conflicts=True,
        unique_fields=["group", "month", "merchant", "item"],
        update_fields=list(ITEM_FIGURES),
    )
    return bool(new_merchants or new_items or old_merchants or old_items)


def _new_version(head: SummaryMonth, *, at: datetime, reason: str) -> None:
    """Version n+1, unless the month is not published yet."""
    if head.latest_version:
        _publish(head, figures=_figures(head), at=at, reason=reason)


def _publish(
    head: SummaryMonth, *, figures: dict[str, Any], at: datetime, reason: str
) -> PublishedSummary:
    head.latest_version += 1
    head.save(update_fields=["latest_version"])
    summary = PublishedSummary.objects.create(
        group_id=head.group_id,
        month=head.month,
        version=head.latest_version,
        published_at=at,
        reason=reason[:200],
        figures=figures,
    )
    events.publish(
        "summary.published",
        group_id=head.group_id,
        subject_id=summary.pk,
        actor_id=None,
        at=at,
        month=f"{head.month:%Y-%m}",
        version=summary.version,
    )
    return summary


def _figures(head: SummaryMonth) -> dict[str, Any]:
    """What a version freezes: the month's cells and each merchant's part, in order of id."""
    scope = {"group_id": head.group_id, "month": head.month}
    parts = {
        row.pop("merchant_id"): row
        for row in MonthMerchant.objects.filter(**scope)
        .order_by("merchant_id")
        .values("merchant_id", *MERCHANT_FIGURES)
    }
    items = (
        MonthItem.objects.filter(**scope)
        .values("merchant_id")
        .annotate(items=Count("pk"), sales=Sum("sales_fen"), returned=Sum("returned_fen"))
        .values_list("merchant_id", "items", "sales", "returned")
    )
    for merchant_id, count, sales, returned in items:
        figures = {"items": count, "sales_fen": int(sales), "returned_fen": int(returned)}
        parts[merchant_id] |= figures
    names = ("items", *MERCHANT_FIGURES, "sales_fen", "returned_fen")
    total = {name: sum(part[name] for part in parts.values()) for name in names}
    return {
        "merchants": len(parts),
        **total,
        "by_merchant": [{"merchant": pk, **part} for pk, part in parts.items()],
    }


def _lock_months(group_id: int) -> list[SummaryMonth]:
    """The heads of all months that have or had figures, held in order of month."""
    rounds = Round.objects.of_group(group_id).counted()
    months: set[date] = set(rounds.values_list("month", flat=True).distinct())
    for rows in _all_rollups(group_id):
        months |= set(rows.values_list("month", flat=True).distinct())
    return [SummaryMonth.objects.lock(group_id, month) for month in sorted(months)]


def _all_rollups(group_id: int) -> list[QuerySet[Any]]:
    return [
        SummaryMonth.objects.filter(group_id=group_id),
        MonthMerchant.objects.filter(group_id=group_id),
        MonthItem.objects.filter(group_id=group_id),
    ]


def _next(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def _words(names: tuple[str, ...], figures: Figures | None) -> str:
    if figures is None:
        return "no row"
    return ", ".join(f"{name} {value}" for name, value in zip(names, figures, strict=True))
