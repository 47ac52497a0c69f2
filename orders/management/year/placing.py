"""Who orders what and when: proxies, the rush before the cut-off, changed minds (O4, O5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from orders.management.year import words
from orders.management.year.dates import Clock, Dates
from orders.management.year.draws import pick_weighted
from orders.management.year.figures import MAX_LINES
from orders.management.year.plan import Channel, Line, Lines, MemberPlan
from orders.management.year.returned import DraftReturn
from orders.management.year.shape import DraftLine, DraftOrder, DraftRound

_BEFORE_CUT_OFF = timedelta(seconds=30)


@dataclass(slots=True, eq=False)
class Placed:
    """One order with its life up to the cut-off. `first` are the lines it was placed with."""

    orderer: int
    placed_by: int
    channel: Channel
    note: str
    placed_at: datetime
    first: Lines
    lines: Lines
    changed_at: datetime | None = None
    changed_by: int = 0
    reason: str = ""
    cancelled: bool = False
    returns: list[tuple[int, DraftReturn]] = field(default_factory=list)  # with the line's place
    index: int = -1


class Neighbours:
    """Who may order when, and how eagerly."""

    def __init__(
        self, members: Sequence[MemberPlan], joined: Sequence[datetime], rng: Random
    ) -> None:
        self.members = members
        self.joined = joined
        self.eagerness = [rng.lognormvariate(0, 0.9) for _ in members]
        self.at_door: dict[tuple[str, str, str], list[int]] = {}
        for member in members:
            self.at_door.setdefault(self.door(member.index), []).append(member.index)

    def door(self, index: int) -> tuple[str, str, str]:
        member = self.members[index]
        return member.building, member.unit, member.room

    def orderers(self, count: int, at: datetime, rng: Random) -> list[int]:
        """So many members who had joined by then; some of them twice where there are too few."""
        there = [i for i, since in enumerate(self.joined) if since < at]
        weights = [self.eagerness[i] for i in there]
        chosen: list[int] = []
        while len(chosen) < count:
            picked = pick_weighted(rng, weights, count - len(chosen))
            chosen += [there[i] for i in picked]
        return chosen

    def proxy_for(self, index: int, at: datetime, rng: Random) -> int:
        """Who orders for a neighbour: someone of the household, a neighbour, or the initiator."""
        home = [
            i
            for i in self.at_door[self.door(index)]
            if i != index and self.members[i].phone and self.joined[i] < at
        ]
        if home:
            return home[0]
        if self.members[index].phone is None and rng.random() < 0.7:
            return 0
        proxy = self.orderers(1, at, rng)[0]
        return proxy if self.members[proxy].phone and proxy != index else 0


def place_round(
    rnd: DraftRound,
    dates: Dates,
    neighbours: Neighbours,
    returns: dict[DraftLine, DraftReturn],
    clock: Clock,
    rng: Random,
) -> list[Placed]:
    """The orders of a round by time, with some more that are cancelled before the cut-off."""
    extra = 0 if rnd.fails else sum(rng.random() < 0.02 for _ in rnd.orders)
    orders = [*rnd.orders, *(_order_to_cancel(rnd, rng) for _ in range(extra))]
    orderers = neighbours.orderers(len(orders), dates.opens_at, rng)
    places = {offer: place for place, offer in enumerate(rnd.offers)}
    placed: list[Placed] = []
    for position, (order, orderer) in enumerate(zip(orders, orderers, strict=True)):
        lines = tuple(
            Line(places[line.offer], line.units * line.offer.step_milli) for line in order.lines
        )
        one = _placed(orderer, lines, dates, neighbours, clock, rng)
        for place, line in enumerate(order.lines):
            if line in returns:
                one.returns.append((place, returns[line]))
        if position >= len(rnd.orders):
            _cancel(one, dates, rng)
        elif rng.random() < 0.04:
            _amend(one, rnd, dates, rng)
        placed.append(one)
    return sorted(placed, key=lambda one: one.placed_at)


def _placed(
    orderer: int,
    lines: Lines,
    dates: Dates,
    neighbours: Neighbours,
    clock: Clock,
    rng: Random,
) -> Placed:
    proxied = neighbours.members[orderer].phone is None or rng.random() < 0.02
    by = neighbours.proxy_for(orderer, dates.opens_at, rng) if proxied else orderer
    return Placed(
        orderer=orderer,
        placed_by=by,
        channel="paper" if by == 0 and orderer != 0 else "web",
        note=rng.choice(words.NOTES) if rng.random() < 0.04 else "",
        placed_at=_moment_to_order(dates, clock, rng),
        first=lines,
        lines=lines,
    )


def _moment_to_order(dates: Dates, clock: Clock, rng: Random) -> datetime:
    """At once when the round opens, some time later, or in the rush before the cut-off."""
    last = dates.cut_off_at - _BEFORE_CUT_OFF
    span = (last - dates.opens_at).total_seconds() - 60
    draw = rng.random()
    if draw < 0.32:
        after = 60 + rng.expovariate(1 / 6_000)
    elif draw < 0.62:
        after = 60 + rng.random() * span
    else:
        after = span - rng.expovariate(1 / 2_700)
    moment = dates.opens_at + timedelta(seconds=int(min(max(after, 60), span)))
    return min(clock.awake(moment, rng), last - timedelta(seconds=rng.randint(1, 900)))


def _order_to_cancel(rnd: DraftRound, rng: Random) -> DraftOrder:
    offers = rng.sample(rnd.offers, min(len(rnd.offers), rng.choice((1, 1, 2))))
    return DraftOrder([DraftLine(offer, rng.choice((1, 1, 2))) for offer in offers])


def _change(one: Placed, dates: Dates, rng: Random) -> None:
    """Set when and by whom: some time between placing and the cut-off."""
    last = dates.cut_off_at - timedelta(seconds=5)
    span = (last - one.placed_at).total_seconds()
    one.changed_at = one.placed_at + timedelta(seconds=span * rng.uniform(0.1, 0.95))
    one.changed_by = one.placed_by


def _cancel(one: Placed, dates: Dates, rng: Random) -> None:
    _change(one, dates, rng)
    one.cancelled = True
    one.reason = rng.choice(words.CANCELLATIONS)


def _amend(one: Placed, rnd: DraftRound, dates: Dates, rng: Random) -> None:
    """Let the order start with other lines than it ended with."""
    _change(one, dates, rng)
    one.reason = rng.choice(words.AMENDMENTS)
    lines = list(one.lines)
    place = rng.randrange(len(lines))
    line = lines[place]
    step = rnd.offers[line.offer].step_milli
    free = [i for i in range(len(rnd.offers)) if all(i != line.offer for line in lines)]
    if len(lines) > 1 and rng.random() < 0.4:
        del lines[place]
    elif free and len(lines) < MAX_LINES and rng.random() < 0.4:
        offer = rng.choice(free)
        lines.append(Line(offer, rnd.offers[offer].step_milli))
    else:
        lines[place] = Line(line.offer, line.quantity_milli + step)
    one.first = tuple(lines)
