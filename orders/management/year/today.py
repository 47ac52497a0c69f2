"""Rounds of today in a group whose year was played: what a visitor finds alive on the first page.

Played in real time through the same services, after the year; the months of the file are over, so
none of their figures moves.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO

from groups.models import Group, Membership
from merchants.services import witnesses
from orders.management.year import words
from orders.management.year.plan import Lines, OrderPlan, RoundPlan
from orders.management.year.play import Played, quantity, round_spec
from orders.management.year.signins import busiest_merchant, most_eager_member
from orders.models import Offer, Order, Party, Round, RoundStatus
from orders.services import (
    check_offs,
    deliveries,
    inspections,
    ledger,
    orders,
    payments,
    rounds,
    settlements,
)
from tuangou.core import clock, images

MOST_ORDERS = 14
# stands for the photo of a price tag
WHITE_CARD = (
    "iVBORw0KGgoAAAANSUhEUgAAADAAAAAgCAAAAABxv6TAAAAAHElEQVR42mP8z0AaYGIY1TCqYVTDqIZRDSNAAwDj"
    "WwE/gyn1hwAAAABJRU5ErkJggg=="
)


class NotToday(Exception):
    """The file has months that are not over, which orders of today would change."""


@dataclass(frozen=True, slots=True)
class _Dates:
    cut_off_at: datetime
    pickup_from: datetime
    pickup_until: datetime


def enliven(year: Played, *, with_desk: bool) -> list[Round]:
    """Three rounds that take orders, each a few households short of its minimum. Raises NotToday.

    Left alone they miss it, so that the summary stays the year's. `with_desk`: also a confirmed
    round and one whose bags are handed out; these count, and the summary goes on to this month.
    The member and the merchant that demo_signins names have something to do in them.
    """
    group = Group.objects.get(pk=year.group_id)
    now = clock.now()
    last = year.plan.rows[-1]
    here = group.local(now)
    if (here.year, here.month) <= (last.year, last.month):
        raise NotToday(f"{last.label} is not over, so today's orders would change its figures.")
    eager = most_eager_member(group)
    *desk, first, second, third = _samples(year, busiest_merchant(group), 5 if with_desk else 3)
    made: list[Round] = []
    if desk:
        dates = _soon(group, now)
        for place, sample in enumerate(desk):
            today = _Today(year, sample, dates, eager)
            today.order(MOST_ORDERS)
            today.close()
            if place == 0:
                today.hand_out()
            made.append(today.round)
    for place, sample in enumerate((first, second, third)):
        orders_of_it = MOST_ORDERS - 4 * place
        today = _Today(year, sample, _later(group, now, 2 + 2 * place), eager, orders_of_it + 2)
        today.order(orders_of_it)
        made.append(today.round)
    _settle(year, group)
    for rnd in made:
        _look_at_prices(rnd, {year.initiator, eager or year.initiator})
    return made


def _settle(year: Played, group: Group) -> None:
    """The last rounds of the year's busiest merchant: one waits for its yes, one for both.

    No figure of the year moves by it.
    """
    initiator = Membership.objects.get(pk=year.initiator)
    over = Round.objects.of_group(group.pk).filter(
        status=RoundStatus.COMPLETED, merchant=busiest_merchant(group)
    )
    for place, rnd in enumerate(over.order_by("-cut_off_at", "-pk")[:2]):
        settlement = settlements.draw_up(
            round_id=rnd.pk, actor_id=initiator.pk, request_id=year.new_request()
        )
        if place == 0 and initiator.user_id is not None:
            settlements.confirm(
                settlement_id=settlement.pk,
                party=Party.INITIATOR,
                user_id=initiator.user_id,
                content_hash=settlement.parts.latest("number").content_hash,
                request_id=year.new_request(),
            )


def _look_at_prices(rnd: Round, members: set[int]) -> None:
    """They saw the store prices today, so that what is saved may be said (M6)."""
    picture = images.reencode(BytesIO(b64decode(WHITE_CARD)))
    for offer in Offer.objects.of_round(rnd.pk):
        for member in sorted(members):
            with suppress(witnesses.OwnShop):
                witnesses.witness_price(
                    group_id=rnd.group_id,
                    item_id=offer.item_id,
                    actor_id=member,
                    price_fen=offer.store_price_fen,
                    place="店里",
                    picture=picture,
                )


def _samples(year: Played, first_merchant: int | None, count: int) -> list[RoundPlan]:
    """The year's latest rounds to do again, of different merchants where there are so many."""
    latest: dict[int, RoundPlan] = {}
    for rnd in reversed(year.plan.rounds):
        if not rnd.fails:
            latest.setdefault(rnd.merchant, rnd)
    mine = [rnd for rnd in latest.values() if year.merchants[rnd.merchant] == first_merchant]
    others = [rnd for rnd in latest.values() if rnd not in mine]
    return ([*mine, *others] * count)[:count]


def _soon(group: Group, now: datetime) -> _Dates:
    """A cut-off in half an hour, to be closed by hand before; bags until the evening."""
    soon = now + timedelta(minutes=30)
    tonight = _at(group, soon, 0, 21)
    until = tonight if tonight > soon + timedelta(hours=2) else _at(group, soon, 1, 21)
    return _Dates(soon, soon, until)


def _later(group: Group, now: datetime, days: int) -> _Dates:
    """A cut-off in the evening in so many days; bags the evening after."""
    return _Dates(
        _at(group, now, days, 20), _at(group, now, days + 1, 17), _at(group, now, days + 1, 20)
    )


def _at(group: Group, now: datetime, days: int, hour: int) -> datetime:
    day = group.local(now).date() + timedelta(days=days)
    return datetime.combine(day, time(hour), group.zone).astimezone(UTC)


class _Today:
    """One round of the year done again today."""

    def __init__(
        self,
        year: Played,
        sample: RoundPlan,
        dates: _Dates,
        eager: int | None,
        minimum: int | None = None,
    ) -> None:
        self.year = year
        self.group = Group.objects.get(pk=year.group_id)
        self.sample = sample
        self.eager = eager
        self.orders: list[Order] = []
        self.round = self._open(dates, minimum)
        self.offers = list(Offer.objects.of_round(self.round.pk).values_list("pk", flat=True))

    def _open(self, dates: _Dates, minimum: int | None) -> Round:
        shop = self.year.plan.merchants[self.sample.merchant]
        day = words.WEEKDAYS[self.group.local(dates.pickup_from).weekday()]
        again = replace(
            self.sample,
            title=f"{day}{words.TITLES[shop.shelf]}团",
            opens_at=clock.now(),
            cut_off_at=dates.cut_off_at,
            pickup_from=dates.pickup_from,
            pickup_until=dates.pickup_until,
            minimum_households=minimum,
        )
        draft = rounds.draft_round(
            group_id=self.group.pk,
            actor_id=self.year.initiator,
            merchant_id=self.year.merchants[self.sample.merchant],
            spec=round_spec(again, self.year),
            copied_from_id=self.year.rounds[self.sample.index],
        )
        return rounds.open_round(round_id=draft.pk, actor_id=self.year.initiator)

    def order(self, most: int) -> None:
        """The first orders of the sample once more, and one of the eager member."""
        plans = self._plans()[:most]
        if self.eager is not None and plans:
            self._place(self.eager, self.eager, plans[0].lines)
        for plan in plans[1:] if self.eager is not None else plans:
            member = self.year.members[plan.orderer]
            if member != self.eager:
                self._place(member, self.year.members[plan.placed_by], plan.lines, plan.channel)

    def _plans(self) -> Sequence[OrderPlan]:
        plans = self.year.plan.orders
        return [plans[i] for i in self.year.lines if plans[i].round == self.sample.index]

    def _place(self, member: int, by: int, lines: Lines, channel: str = "web") -> None:
        placed = orders.place_order(
            round_id=self.round.pk,
            member_id=member,
            placed_by_id=by,
            quantities={self.offers[line.offer]: quantity(line.quantity_milli) for line in lines},
            request_id=self.year.new_request(),
            channel=channel,
        )
        self.orders.append(placed)

    def close(self) -> None:
        """Confirmed; a third has paid, a third says so, a third owes, the eager member too."""
        rounds.close_round(round_id=self.round.pk, actor_id=self.year.initiator)
        for place, order in enumerate(self.orders):
            owed = ledger.balance_of_order(order.pk)
            if place % 3 == 1:
                payments.receive_payment(
                    order_id=order.pk,
                    user_id=self.year.users[0],
                    amount_fen=owed,
                    request_id=self.year.new_request(),
                )
            elif place % 3 == 2:
                payments.claim_payment(
                    order_id=order.pk,
                    actor_id=order.placed_by_id,
                    request_id=self.year.new_request(),
                )

    def hand_out(self) -> None:
        """The goods are there, and a few bags are gone already."""
        ordered: dict[int, Decimal] = {}
        for order in self.orders:
            for line in order.lines.all():
                ordered[line.offer_id] = ordered.get(line.offer_id, Decimal(0)) + line.quantity
        deliveries.record_arrival(
            round_id=self.round.pk,
            actor_id=self.year.initiator,
            delivered=ordered,
            inspection=inspections.ALL_WELL,
            request_id=self.year.new_request(),
        )
        for order in self.orders[1:6:3]:
            check_offs.check_off(
                order_id=order.pk,
                actor_id=self.year.initiator,
                request_id=self.year.new_request(),
            )
