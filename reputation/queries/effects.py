"""What answers to complaints were followed by: orders and ratings before and after (R6).

Counted for the initiator, and no proof of cause: a shop that apologises may differ in other ways,
and what people buy changes with the seasons.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from orders.models import COUNTED, Order, OrderStatus
from reputation.models import Rating, Response
from reputation.models.complaints import Against
from reputation.models.responses import ResponseKind

# As long before the complaint as after the answer; and how far back answers are looked at.
WINDOW = timedelta(days=28)
LOOKED_BACK = timedelta(days=720)
# With fewer answers of a kind the page says that it is too few to see anything.
FEW = 5
MOST = 1000

Moments = dict[int, list[tuple[datetime, int]]]


@dataclass(slots=True)
class Effect:
    """Of one kind of answer: `n` answers whose 28 days are over, orders of those shops before and
    after, ratings with how many, and how many complainants bought there again."""

    kind: str
    label: str
    n: int = 0
    orders_before: int = 0
    orders_after: int = 0
    came_back: int = 0
    stars_before: list[int] = field(default_factory=list)
    stars_after: list[int] = field(default_factory=list)

    @property
    def is_few(self) -> bool:
        return self.n < FEW

    @property
    def mean_before(self) -> str:
        return _mean(self.stars_before)

    @property
    def mean_after(self) -> str:
        return _mean(self.stars_after)


@dataclass(frozen=True, slots=True)
class _Case:
    kind: str
    merchant_id: int
    household_id: int
    made_at: datetime
    answered_at: datetime


def effects_of(group_id: int, *, at: datetime) -> list[Effect]:
    """Every kind in the order offered, also those that nobody gave. Three queries."""
    cases = _cases(group_id, at)
    merchants = {case.merchant_id for case in cases}
    begin = min((case.made_at for case in cases), default=at) - WINDOW
    orders = _orders(group_id, merchants, begin) if cases else {}
    ratings = _ratings(group_id, merchants, begin) if cases else {}
    effects = {kind.value: Effect(kind.value, str(kind.label)) for kind in ResponseKind}
    for case in cases:
        _add(effects[case.kind], case, orders, ratings)
    return list(effects.values())


def _add(effect: Effect, case: _Case, orders: Moments, ratings: Moments) -> None:
    bought, rated = orders.get(case.merchant_id, []), ratings.get(case.merchant_id, [])
    after = _within(bought, case.answered_at, case.answered_at + WINDOW)
    effect.n += 1
    effect.orders_before += len(_within(bought, case.made_at - WINDOW, case.made_at))
    effect.orders_after += len(after)
    effect.came_back += case.household_id in after
    effect.stars_before += _within(rated, case.made_at - WINDOW, case.made_at)
    effect.stars_after += _within(rated, case.answered_at, case.answered_at + WINDOW)


def _cases(group_id: int, at: datetime) -> list[_Case]:
    """Answers of merchants whose time to show something is over."""
    answers = Response.objects.filter(
        group_id=group_id,
        complaint__against=Against.MERCHANT,
        answered_at__lte=at - WINDOW,
        answered_at__gt=at - LOOKED_BACK,
    )
    columns = (
        *("kind", "complaint__merchant_id", "complaint__made_by__household_id"),
        *("complaint__made_at", "answered_at"),
    )
    return [_Case(*row) for row in answers.order_by("-pk").values_list(*columns)[:MOST]]


def _orders(group_id: int, merchants: set[int], begin: datetime) -> Moments:
    """When households ordered of these shops, in rounds that came about."""
    rows = (
        Order.objects.filter(group_id=group_id, round__merchant_id__in=merchants)
        .filter(round__status__in=COUNTED, placed_at__gte=begin)
        .exclude(status=OrderStatus.CANCELLED)
        .order_by("placed_at", "pk")
    )
    return _by_merchant(rows.values_list("round__merchant_id", "placed_at", "household_id"))


def _ratings(group_id: int, merchants: set[int], begin: datetime) -> Moments:
    rows = Rating.objects.of_group(group_id).counted().filter(merchant_id__in=merchants)
    rows = rows.filter(given_at__gte=begin).order_by("given_at", "pk")
    return _by_merchant(rows.values_list("merchant_id", "given_at", "stars"))


def _by_merchant(rows: Iterable[tuple[int, datetime, int]]) -> Moments:
    found: Moments = defaultdict(list)
    for merchant_id, moment, value in rows:
        found[merchant_id].append((moment, value))
    return found


def _within(moments: list[tuple[datetime, int]], begin: datetime, end: datetime) -> list[int]:
    """Values from `begin` on, before `end`."""
    first, last = bisect_left(moments, (begin, 0)), bisect_left(moments, (end, 0))
    return [value for _moment, value in moments[first:last]]


def _mean(stars: list[int]) -> str:
    return f"{sum(stars) / len(stars):.1f}" if stars else ""
