"""plan_year: a whole year from its monthly figures, in memory, checked before anyone writes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random

from orders.management.year import checks, figures, people, placing, words
from orders.management.year.afterwards import Afterwards
from orders.management.year.catalogue import plan_items, plan_merchants
from orders.management.year.dates import ROUNDS_A_DAY, Clock, Dates, date_rounds
from orders.management.year.draws import chance
from orders.management.year.figures import Row
from orders.management.year.months import draw_months
from orders.management.year.plan import (
    AddItem,
    AddMember,
    AmendOrder,
    Apply,
    Approve,
    CancelOrder,
    CloseRound,
    FailRound,
    FoundGroup,
    GroupPlan,
    NameDeputy,
    OfferPlan,
    OpenRound,
    OrderPlan,
    PlaceOrder,
    PublishMonth,
    RoundPlan,
    SaveDraft,
    Step,
    YearPlan,
)
from orders.management.year.pricing import key_of
from orders.management.year.returned import DraftReturn, draw_returns
from orders.management.year.shape import (
    DraftLine,
    DraftMonth,
    DraftOffer,
    DraftOrder,
    DraftRound,
)

_TICK = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class _Held:
    """A round with its dates."""

    rnd: DraftRound
    dates: Dates


def plan_year(
    rows: Sequence[Row],
    slug: str,
    seed: int,
    *,
    name: str = "吃货群",
    compound: str = "丽景苑",
    members: int | None = None,
    time_zone: str = "Asia/Shanghai",
    salt: int = 0,
) -> YearPlan:
    """The year of a group that adds up to `rows` in every cell. Raises FiguresError.

    The same rows, slug and seed give the same plan. Phone numbers and credit codes belong to the
    slug; another salt gives others.
    """
    figures.check(rows)
    count = people.members_for(rows) if members is None else members
    planner = _Planner(rows, slug, seed, count, Clock(time_zone), salt)
    group = GroupPlan(
        name=name,
        slug=slug,
        compound=compound,
        time_zone=time_zone,
        buildings=people.buildings_for(count),
        pickup_points=words.PICKUP_POINTS,
        merchants_per_day=ROUNDS_A_DAY,
        min_discount_bp=300,
        commission_bp=500,
        return_window_hours=48,
    )
    plan = planner.plan(group)
    checks.check(plan)
    return plan


class _Planner:
    """Draws the year part by part; each part has its own chance, so none moves another."""

    def __init__(
        self, rows: Sequence[Row], slug: str, seed: int, count: int, clock: Clock, salt: int
    ) -> None:
        self.rows, self.slug, self.seed, self.clock = tuple(rows), slug, seed, clock
        numbers = people.phones(slug, salt)
        self.members = people.plan_people(slug, seed, count, numbers)
        months, shelf = draw_months(rows, slug, seed, max(4, round(count * 0.06)))
        self.months = months
        self.held = [held for month in months for held in self._dated(month)]
        shops = list(dict.fromkeys(held.rnd.shop for held in self.held))
        self.merchant_of = {shop: index for index, shop in enumerate(shops)}
        self.merchants = plan_merchants(shops, slug, salt, numbers)
        self.items, self.item_of = plan_items(shelf, self.merchant_of, slug)
        first = min(held.dates.opens_at for held in self.held)
        self.founded_at = clock.at(clock.local(first).date() - timedelta(days=14), 10)
        self.joined = self._joined()
        self.orders: list[OrderPlan] = []
        self.steps: list[Step] = []

    def plan(self, group: GroupPlan) -> YearPlan:
        rng = chance(self.seed, self.slug, "orders")
        neighbours = placing.Neighbours(self.members, self.joined, rng)
        afterwards = Afterwards(
            self.members, self.clock, chance(self.seed, self.slug, "afterwards")
        )
        returns = self._accepted_returns()
        self.steps += [*self._people_steps(), *self._merchant_steps(), *self._month_steps()]
        for index, held in enumerate(self.held):
            placed = placing.place_round(held.rnd, held.dates, neighbours, returns, self.clock, rng)
            self._keep_orders(index, placed)
            self.steps += self._round_steps(index, held, placed)
            live = [one for one in placed if not one.cancelled]
            self._set_minimum(held.rnd, len({neighbours.door(one.orderer) for one in live}))
            if held.rnd.fails:
                given_up = held.dates.closed_at + timedelta(minutes=35)
                self.steps.append(FailRound(given_up, index))
            else:
                self.steps += afterwards.round_steps(index, held.rnd, held.dates, live)
        steps = _in_order(self.steps)
        return YearPlan(
            rows=self.rows,
            seed=self.seed,
            group=group,
            members=self.members,
            merchants=self.merchants,
            items=self.items,
            rounds=tuple(self._round_plans(steps)),
            orders=tuple(self.orders),
            returns=tuple(afterwards.returns),
            steps=steps,
        )

    def _dated(self, month: DraftMonth) -> Iterator[_Held]:
        rng = chance(self.seed, self.slug, month.row.label, "dates")
        rounds = list(month.rounds)
        if len(rounds) >= 12 and rng.random() < 0.35:
            rounds.append(_failing_round(rng.choice(rounds)))
        for rnd, dates in date_rounds(month.row, rounds, self.clock, rng):
            yield _Held(rnd, dates)

    def _accepted_returns(self) -> dict[DraftLine, DraftReturn]:
        return {
            ret.line: ret
            for month in self.months
            for ret in draw_returns(month, chance(self.seed, self.slug, month.row.label, "back"))
        }

    def _joined(self) -> list[datetime]:
        """Most members come in the first days, the others over two thirds of the year."""
        rng = chance(self.seed, self.slug, "joined")
        first = timedelta(days=9)
        later = (self.held[-1].dates.cut_off_at - self.founded_at - first) * 0.66
        moments = [
            self.founded_at
            + (first * rng.random() if rng.random() < 0.8 else first + later * rng.random())
            for _ in self.members[1:]
        ]
        awake = sorted(self.clock.awake(moment, rng) for moment in moments)
        return [self.founded_at, *awake]

    def _people_steps(self) -> Iterator[Step]:
        yield FoundGroup(self.founded_at)
        yield from (AddMember(at, index) for index, at in enumerate(self.joined) if index)
        yield NameDeputy(max(self.joined[1], self.founded_at + timedelta(days=3)) + _TICK, 1)

    def _merchant_steps(self) -> Iterator[Step]:
        """Merchants apply and are approved in time for their first round; items follow them."""
        rng = chance(self.seed, self.slug, "merchants")
        first_round: dict[int, datetime] = {}
        first_offer: dict[int, datetime] = {}
        for held in self.held:
            drafted = held.dates.drafted_at
            first_round.setdefault(self.merchant_of[held.rnd.shop], drafted)
            for offer in held.rnd.offers:
                item = self.item_of[key_of(offer.slot)]
                first_offer[item] = min(first_offer.get(item, drafted), drafted)
        approved: dict[int, datetime] = {}
        for merchant, drafted in first_round.items():
            earliest = self.founded_at + timedelta(days=rng.uniform(1, 3))
            applied = max(earliest, drafted - timedelta(days=rng.uniform(6, 16)))
            latest = drafted - timedelta(hours=rng.uniform(30, 50))
            approved[merchant] = min(latest, applied + timedelta(hours=rng.uniform(20, 96)))
            yield Apply(applied, merchant)
            yield Approve(approved[merchant], merchant)
        for item, drafted in first_offer.items():
            told = drafted - timedelta(hours=rng.uniform(1, 20))
            known = approved[self.items[item].merchant] + timedelta(minutes=rng.uniform(5, 60))
            yield AddItem(max(told, known), item)

    def _month_steps(self) -> Iterator[Step]:
        for row in figures.with_empty_months(self.rows):
            year, month = divmod(row.year * 12 + row.month, 12)
            third = date(year, month + 1, 3)
            yield PublishMonth(self.clock.at(third, 3, 5), row.year, row.month)

    def _keep_orders(self, index: int, placed: Sequence[placing.Placed]) -> None:
        for one in placed:
            one.index = len(self.orders)
            self.orders.append(
                OrderPlan(
                    index=one.index,
                    round=index,
                    orderer=one.orderer,
                    placed_by=one.placed_by,
                    channel=one.channel,
                    note=one.note,
                    lines=one.lines,
                )
            )

    def _round_steps(
        self, index: int, held: _Held, placed: Sequence[placing.Placed]
    ) -> Iterator[Step]:
        yield SaveDraft(held.dates.drafted_at, index)
        yield OpenRound(held.dates.opens_at, index)
        for one in placed:
            yield PlaceOrder(one.placed_at, one.index, one.first)
            if one.changed_at is None:
                continue
            if one.cancelled:
                yield CancelOrder(one.changed_at, one.index, one.changed_by, one.reason)
            else:
                yield AmendOrder(one.changed_at, one.index, one.changed_by, one.lines, one.reason)
        yield CloseRound(held.dates.closed_at, index)

    def _set_minimum(self, rnd: DraftRound, households: int) -> None:
        """A minimum that the round reaches, or just misses; most rounds have none."""
        rng = chance(self.seed, self.slug, "minimum", len(self.orders))
        if rnd.fails:
            rnd.minimum_households = households + rng.choice((4, 6, 8))
        elif rng.random() < 0.25:
            rnd.minimum_households = max(1, households * rng.randint(30, 80) // 100)

    def _round_plans(self, steps: Sequence[Step]) -> Iterator[RoundPlan]:
        rng = chance(self.seed, self.slug, "rounds")
        peaks = checks.peaks(steps, self.orders)
        for index, held in enumerate(self.held):
            rnd, dates = held.rnd, held.dates
            day = words.WEEKDAYS[self.clock.local(dates.pickup_from).weekday()]
            yield RoundPlan(
                index=index,
                merchant=self.merchant_of[rnd.shop],
                title=f"{day}{words.TITLES[words.SHOPS[rnd.shop][1]]}团",
                note=rng.choice(words.ROUND_NOTES),
                opens_at=dates.opens_at,
                cut_off_at=dates.cut_off_at,
                pickup_point=rng.choice((words.PICKUP_POINTS[0], *words.PICKUP_POINTS)),
                pickup_from=dates.pickup_from,
                pickup_until=dates.pickup_until,
                minimum_households=rnd.minimum_households,
                offers=tuple(
                    self._offer(offer, peaks[index, place] if rng.random() < 0.12 else None, rng)
                    for place, offer in enumerate(rnd.offers)
                ),
                fails=rnd.fails,
            )

    def _offer(self, offer: DraftOffer, peak_milli: int | None, rng: Random) -> OfferPlan:
        """A limited offer holds what was asked for at its peak, sometimes a little more."""
        capacity = None
        if peak_milli is not None:
            capacity = peak_milli + offer.step_milli * rng.choice((0, 0, 2, 4, 10))
        return OfferPlan(self.item_of[key_of(offer.slot)], offer.price_fen, capacity)


def _failing_round(like: DraftRound) -> DraftRound:
    """A round that too few join: one order for each of a few offers of another round."""
    offers = [
        DraftOffer(offer.slot, offer.price_fen, offer.step_milli) for offer in like.offers[:3]
    ]
    orders = [DraftOrder([DraftLine(offer, 1)]) for offer in offers]
    return DraftRound(like.shop, offers, orders, fails=True)


def _in_order(steps: Sequence[Step]) -> tuple[Step, ...]:
    """By time, and no two at one moment: what follows in the same moment follows a tick later."""
    ordered = sorted(steps, key=lambda step: step.at)
    for place in range(1, len(ordered)):
        before = ordered[place - 1].at
        if ordered[place].at <= before:
            ordered[place] = replace(ordered[place], at=before + _TICK)
    return tuple(ordered)
