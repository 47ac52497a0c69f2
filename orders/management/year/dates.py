"""When rounds open, close and are handed out (O1, O2)."""

from __future__ import annotations

import calendar
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from orders.management.year.figures import Row
from orders.management.year.shape import DraftRound

ROUNDS_A_DAY = 2
_CUT_OFFS = ((20, 0), (20, 0), (21, 0), (18, 0), (20, 30), (12, 0), (22, 0))
_OPENINGS = ((9, 0), (9, 30), (10, 0), (12, 30), (19, 30), (8, 30))
_WORKDAY_WINDOWS = (((17, 0), (19, 30)), ((17, 30), (20, 0)), ((18, 0), (20, 30)))
_WEEKEND_WINDOWS = (((10, 0), (12, 0)), ((16, 0), (18, 30)), ((9, 30), (11, 30)))


@dataclass(frozen=True, slots=True)
class Dates:
    """The moments of a round, UTC."""

    drafted_at: datetime
    opens_at: datetime
    cut_off_at: datetime
    closed_at: datetime
    pickup_from: datetime
    pickup_until: datetime


class Clock:
    """Local times of the group as UTC moments."""

    def __init__(self, time_zone: str) -> None:
        self.zone = ZoneInfo(time_zone)

    def at(self, day: date, hour: int, minute: int = 0) -> datetime:
        return datetime.combine(day, time(hour, minute), self.zone).astimezone(UTC)

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone)

    def awake(self, moment: datetime, rng: Random) -> datetime:
        """The moment, or the next morning where neighbours sleep."""
        hour = self.local(moment).hour
        if 1 <= hour < 7:
            return moment + timedelta(hours=7 - hour, minutes=rng.randint(0, 50))
        return moment

    def sittings(self, after: datetime) -> Iterator[datetime]:
        """When the initiator sits down to her list, noon and evening, from a moment on."""
        day = self.local(after).date()
        while True:
            yield from (at for at in (self.at(day, 12, 20), self.at(day, 21, 20)) if at > after)
            day += timedelta(days=1)


def date_rounds(
    row: Row, rounds: Sequence[DraftRound], clock: Clock, rng: Random
) -> list[tuple[DraftRound, Dates]]:
    """Dates for the rounds of a month, two cut-offs a day at most, in order of their cut-offs."""
    days = calendar.monthrange(row.year, row.month)[1]
    held: Counter[int] = Counter()
    busy: set[tuple[int, int]] = set()
    by_shop: dict[int, list[DraftRound]] = {}
    for rnd in rounds:
        by_shop.setdefault(rnd.shop, []).append(rnd)
    dated: list[tuple[DraftRound, Dates]] = []
    for shop in sorted(by_shop, key=lambda shop: -len(by_shop[shop])):
        own = by_shop[shop]
        phase = rng.random()
        for place, rnd in enumerate(own):
            wished = int((place + phase) * days / len(own)) % days + 1
            dense = len(rounds) > days
            day = _free_day(wished, days, shop, held, busy, dense=dense)
            dated.append((rnd, _dates(date(row.year, row.month, day), clock, rng)))
    return sorted(dated, key=lambda pair: (pair[1].cut_off_at, pair[0].shop))


def _free_day(
    wished: int,
    days: int,
    shop: int,
    held: Counter[int],
    busy: set[tuple[int, int]],
    *,
    dense: bool,
) -> int:
    """The free day nearest to the one wished for; a shop has no day twice.

    In a dense month the emptiest days go first: only so is there always one left for every shop.
    """
    order = sorted(range(1, days + 1), key=lambda d: (held[d] * dense, abs(d - wished), d))
    day = next(d for d in order if held[d] < ROUNDS_A_DAY and (shop, d) not in busy)
    held[day] += 1
    busy.add((shop, day))
    return day


def _dates(day: date, clock: Clock, rng: Random) -> Dates:
    opening = clock.at(day - timedelta(days=rng.choice((1, 1, 2, 2, 3))), *rng.choice(_OPENINGS))
    cut_off = clock.at(day, *rng.choice(_CUT_OFFS))
    pickup_day = day + timedelta(days=rng.choice((1, 1, 1, 2)))
    weekend = pickup_day.weekday() >= 5
    start, end = rng.choice(_WEEKEND_WINDOWS if weekend else _WORKDAY_WINDOWS)
    return Dates(
        drafted_at=opening - timedelta(minutes=rng.randint(8, 55), seconds=rng.randint(0, 59)),
        opens_at=opening,
        cut_off_at=cut_off,
        closed_at=cut_off + timedelta(seconds=rng.randint(1, 5)),
        pickup_from=clock.at(pickup_day, *start),
        pickup_until=clock.at(pickup_day, *end),
    )
