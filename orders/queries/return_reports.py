"""Returns by merchant and item, their rates over time, reasons, and how long a decision takes.

Rates and sums are those of Table 1, which everybody may read. What is counted from single returns
is shown to members only where at least three households stand behind the number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Aggregate, Count, DurationField, F, Q, QuerySet

from orders.models import COUNTED_RETURNS, Incident, MarkKind, Return, ReturnMark, ReturnReason
from orders.queries.summaries import (
    ItemRow,
    MerchantRow,
    back,
    items_of,
    merchants_of,
    months_of_merchant,
    table1,
)

MONTHS = 12
LEAST_HOUSEHOLDS = 3


class Median(Aggregate):
    """The middle of the values, as PostgreSQL's percentile_cont gives it."""

    function = "percentile_cont"
    template = "%(function)s(0.5) within group (order by %(expressions)s)"
    output_field = DurationField()


@dataclass(frozen=True, slots=True)
class Claims:
    """Returns asked for; None where too few households stand behind them to say how many."""

    asked: int | None = 0
    granted: int | None = 0


@dataclass(frozen=True, slots=True)
class MerchantLine:
    row: MerchantRow
    claims: Claims


@dataclass(frozen=True, slots=True)
class ItemLine:
    row: ItemRow
    claims: Claims


@dataclass(frozen=True, slots=True)
class ReasonLine:
    label: str
    asked: int | None
    share: int | None  # whole percent of all that were asked


@dataclass(frozen=True, slots=True)
class Report:
    first: date
    last: date
    rates: Sequence[tuple[date, Decimal]]
    merchants: Sequence[MerchantLine]
    items: Sequence[ItemLine]
    reasons: Sequence[ReasonLine]
    total: Claims
    to_decide: timedelta | None
    late_answers: int | None
    incidents: int


def report_of(
    group_id: int, *, today: date, merchant_id: int | None = None, least: int = LEAST_HOUSEHOLDS
) -> Report:
    """Twelve months up to now, of all or one merchant. `today` is local to the group.

    `least`: so many households must stand behind a number of claims; 1 for officers, who see the
    returns themselves. A constant number of statements.
    """
    last = today.replace(day=1)
    first = back(last, MONTHS - 1)
    returns = Return.objects.of_group(group_id).filter(
        round__month__gte=first, round__month__lte=last
    )
    if merchant_id is not None:
        returns = returns.filter(round__merchant_id=merchant_id)
    merchants = [
        row
        for row in merchants_of(group_id, first=first, last=last)
        if merchant_id in (None, row.id)
    ]
    by_merchant = _claims(returns, "round__merchant_id", least)
    by_item = _claims(returns, "line__offer__item_id", least)
    total = _claims(returns, "group_id", least).get(group_id, Claims())
    marks = ReturnMark.objects.filter(ret__in=returns, kind=MarkKind.ANSWER_LATE)
    return Report(
        first=first,
        last=last,
        rates=_rates(group_id, merchant_id, first, last),
        merchants=[MerchantLine(row, by_merchant.get(row.id, Claims())) for row in merchants],
        items=[
            ItemLine(row, by_item.get(row.id, Claims()))
            for row in items_of(group_id, first=first, last=last, merchant_id=merchant_id)
            if row.returned_fen or row.id in by_item
        ],
        reasons=_reasons(returns, total, least),
        total=total,
        to_decide=_median(returns, least),
        late_answers=marks.count() if total.asked is not None else None,
        incidents=Incident.objects.filter(
            question__offer__in=returns.values("line__offer_id")
        ).count(),
    )


def _rates(
    group_id: int, merchant_id: int | None, first: date, last: date
) -> list[tuple[date, Decimal]]:
    """The return rate of each month that had sales (O13)."""
    months = (
        table1(group_id, first=first, last=last).rows
        if merchant_id is None
        else months_of_merchant(group_id, merchant_id, first=first, last=last)
    )
    return [(row.month, row.rate) for row in months if row.rate is not None]


def _claims(returns: QuerySet[Return], key: str, least: int) -> dict[int, Claims]:
    """Claims by merchant, item or group: one statement."""
    rows = (
        returns.values(key)
        .annotate(
            asked=Count("pk"),
            granted=Count("pk", filter=_granted()),
            homes=Count("order__household_id", distinct=True),
        )
        .values_list(key, "asked", "granted", "homes")
    )
    return {
        pk: Claims(asked, granted) if homes >= least else Claims(None, None)
        for pk, asked, granted, homes in rows
    }


def _granted() -> Q:
    return Q(status__in=COUNTED_RETURNS)


def _reasons(returns: QuerySet[Return], total: Claims, least: int) -> list[ReasonLine]:
    """Every reason in the order of the form. One statement.

    One hidden number among shown ones could be worked out from their sum: then the smallest shown
    one is hidden, too.
    """
    rows = returns.values("reason").annotate(
        asked=Count("pk"), homes=Count("order__household_id", distinct=True)
    )
    known = {row["reason"]: (row["asked"], row["homes"]) for row in rows}
    hidden = {reason for reason, (_asked, homes) in known.items() if homes < least}
    if len(hidden) == 1 and len(known) > 1:
        shown = [reason for reason in known if reason not in hidden]
        hidden.add(min(shown, key=lambda reason: known[reason]))
    lines = []
    for reason in ReturnReason:
        asked = known.get(reason.value, (0, 0))[0]
        said = None if reason.value in hidden else asked
        share = round(100 * said / total.asked) if said is not None and total.asked else None
        lines.append(ReasonLine(str(reason.label), said, share))
    return lines


def _median(returns: QuerySet[Return], least: int) -> timedelta | None:
    """From request to decision, of those decided. One statement."""
    decided = returns.filter(decided_at__isnull=False).aggregate(
        middle=Median(F("decided_at") - F("requested_at")),
        homes=Count("order__household_id", distinct=True),
    )
    middle: timedelta | None = decided["middle"]
    return middle if decided["homes"] >= least else None
