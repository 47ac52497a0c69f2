"""Placing as a page of plain Python: no database, no locks, one moment after another.

Answers are an order's number, or the code of a refusal. Written from the rules (O1, O3–O6, O11;
what is freed goes to who waits for it, in order of asking),
not from the services; the machine beside it plays both and compares.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

Basket = dict[int, Decimal]  # by position of the offer
Answer = int | str

NOBODY_WAITS_LONGER = timedelta(hours=2)


def half_up(exact: Fraction) -> int:
    return int((2 * exact + 1) // 2)


@dataclass
class Offer:
    price: int
    step: Decimal
    capacity: Decimal | None
    limit: Decimal | None
    minimum: Decimal | None
    tiers: dict[Decimal, int]
    final: int | None = None


@dataclass
class Order:
    household: str
    lines: Basket
    live: bool = True
    changes: int = 1


@dataclass
class Wait:
    """Somebody who asked for what was not there."""

    household: str
    offer: int
    quantity: Decimal
    status: str = "waiting"
    number: int | None = None  # of the order it became


@dataclass
class Book:
    """One round and all its orders."""

    offers: dict[int, Offer]
    now: datetime
    opens_at: datetime
    cut_off_at: datetime
    pickup_from: datetime
    commission_bp: int
    minimum_households: int | None
    minimum_fen: int | None
    status: str = "open"
    paused: bool = False
    extended: bool = False
    closed_at: datetime | None = None
    orders: dict[int, Order] = field(default_factory=dict)
    answers: dict[Any, tuple[Any, Answer]] = field(default_factory=dict)
    waits: list[Wait] = field(default_factory=list)

    # What stands

    def taken(self, offer: int, household: str | None = None) -> Decimal:
        return sum(
            (
                order.lines.get(offer, Decimal(0))
                for order in self.orders.values()
                if order.live and household in (None, order.household)
            ),
            Decimal(0),
        )

    def billed(self, order: Order) -> int:
        if not order.live:
            return 0
        return sum(
            half_up(Fraction(q) * (self.offers[i].final or self.offers[i].price))
            for i, q in order.lines.items()
        )

    def commission(self) -> int:
        if self.status != "confirmed":
            return 0
        net = sum(self.billed(order) for order in self.orders.values())
        return half_up(Fraction(net * self.commission_bp, 10_000))

    def takes_orders(self) -> bool:
        in_time = self.opens_at <= self.now < self.cut_off_at
        return self.status == "open" and not self.paused and in_time

    # What members do

    def once(self, key: Any, body: Any, act: Any) -> Answer:
        if key in self.answers:
            earlier, answer = self.answers[key]
            return answer if earlier == body else "conflict"
        fresh: Answer = act()
        self.answers[key] = (body, fresh)
        return fresh

    def place(self, key: Any, household: str, body: Any, basket: Basket) -> Answer:
        def act() -> Answer:
            refusal = self._refusal({}, basket, household)
            if refusal:
                return refusal
            number = len(self.orders) + 1
            self.orders[number] = Order(household, dict(basket))
            return number

        return self.once(key, ("place", body, sorted(basket.items())), act)

    def amend(self, key: Any, number: int, basket: Basket) -> Answer:
        def act() -> Answer:
            order = self.orders[number]
            refusal = self._refusal(order.lines, basket, order.household, order)
            if refusal:
                return refusal
            order.lines = dict(basket)
            order.changes += 1
            self._serve()
            return number

        return self.once(key, ("amend", number, sorted(basket.items())), act)

    def cancel(self, key: Any, number: int) -> Answer:
        def act() -> Answer:
            order = self.orders[number]
            if not self.takes_orders():
                return "round_not_open"
            if not order.live:
                return "order_not_open"
            self._end(order)
            self._serve()
            return number

        return self.once(key, ("cancel", number), act)

    # Who waits

    def wait(self, key: Any, household: str, offer: int, quantity: Decimal) -> Answer:
        def act() -> Answer:
            if not self.takes_orders():
                return "round_not_open"
            sold = self.offers[offer]
            if quantity % sold.step or quantity < (sold.minimum or 0):
                return "bad_quantity"
            if sold.capacity is None or self.taken(offer) + quantity <= sold.capacity:
                return "still_in_stock"
            if quantity > sold.capacity:
                return "bad_quantity"
            if not self._within(household, offer, quantity):
                return "over_household_limit"
            if any(
                wait.status == "waiting" and (wait.household, wait.offer) == (household, offer)
                for wait in self.waits
            ):
                return "already_waiting"
            self.waits.append(Wait(household, offer, quantity))
            return "ok"

        return self.once(key, ("wait", household, offer, quantity), act)

    def stop_waiting(self, key: Any, place: int) -> Answer:
        def act() -> Answer:
            wait = self.waits[place]
            if wait.status != "waiting":
                return "no_longer_waiting"
            wait.status = "left"
            return "ok"

        return self.once(key, ("leave", place), act)

    def more(self, key: Any, offer: int, capacity: Decimal) -> Answer:
        def act() -> Answer:
            if not self.takes_orders():
                return "round_not_open"
            sold = self.offers[offer]
            if sold.capacity is None or capacity <= sold.capacity:
                return "bad_capacity"
            sold.capacity = capacity
            self._serve()
            return "ok"

        return self.once(key, ("more", offer, capacity), act)

    def fits(self, wait: Wait) -> bool:
        """Whether she could have it now, whole."""
        capacity = self.offers[wait.offer].capacity
        there = capacity is None or self.taken(wait.offer) + wait.quantity <= capacity
        return there and self._within(wait.household, wait.offer, wait.quantity)

    def _serve(self) -> None:
        for wait in self.waits:
            if wait.status == "waiting" and self.fits(wait):
                wait.status, wait.number = "served", len(self.orders) + 1
                self.orders[wait.number] = Order(wait.household, {wait.offer: wait.quantity})

    def _within(self, household: str, offer: int, quantity: Decimal) -> bool:
        limit = self.offers[offer].limit
        return limit is None or self.taken(offer, household) + quantity <= limit

    def _refusal(
        self, held: Basket, wanted: Basket, household: str, order: Order | None = None
    ) -> str:
        if not self.takes_orders():
            return "round_not_open"
        if order is not None and not order.live:
            return "order_not_open"
        change = {i: wanted.get(i, Decimal(0)) - held.get(i, Decimal(0)) for i in {*held, *wanted}}
        more = {i: q for i, q in change.items() if q > 0}
        offers = self.offers
        if any(
            (cap := offers[i].capacity) is not None and self.taken(i) + q > cap
            for i, q in more.items()
        ):
            return "sold_out"
        for i, q in wanted.items():
            if change[i] and (q % offers[i].step or q < (offers[i].minimum or 0)):
                return "bad_quantity"
        if any(
            (limit := offers[i].limit) is not None and self.taken(i, household) + q > limit
            for i, q in more.items()
        ):
            return "over_household_limit"
        return ""

    def _end(self, order: Order) -> None:
        if order.live:
            order.live = False
            order.changes += 1

    # What the initiator and the clock do

    def close(self) -> str:
        if self.status != "open":
            return "invalid_transition"
        live = [order for order in self.orders.values() if order.live]
        households = {order.household for order in live}
        amount = sum(self.billed(order) for order in live)
        self.status, self.closed_at = "closed", self.now
        enough = len(households) >= (self.minimum_households or 1)
        if enough and amount >= (self.minimum_fen or 0):
            self._confirm(live)
        elif self.extended or not live:
            self._fail()
        return "ok"

    def _confirm(self, live: list[Order]) -> None:
        self.status = "confirmed"
        for i, offer in self.offers.items():
            reached = [fen for q, fen in offer.tiers.items() if self.taken(i) >= q]
            if reached:
                offer.final = min(reached)
        for order in live:
            if any(self.offers[i].final for i in order.lines):
                order.changes += 1

    def _fail(self) -> None:
        self.status = "failed"
        self._end_all()

    def tick(self) -> None:
        if self.status == "open" and self.now >= self.cut_off_at:
            self.close()
        elif self.status == "closed" and self.waited_enough():
            self._fail()

    def waited_enough(self) -> bool:
        return self.closed_at is not None and self.now >= self.closed_at + NOBODY_WAITS_LONGER

    def extend(self, cut_off_at: datetime) -> str:
        if not self.now < cut_off_at <= self.pickup_from:
            return "bad_times"
        if self.status != "closed" or self.extended:
            return "invalid_transition"
        self.status, self.extended, self.closed_at = "open", True, None
        self.cut_off_at = cut_off_at
        return "ok"

    def give_up(self) -> str:
        if self.status != "closed":
            return "invalid_transition"
        self._fail()
        return "ok"

    def cancel_round(self) -> str:
        if self.status not in ("open", "closed", "confirmed"):
            return "invalid_transition"
        self.status = "cancelled"
        self._end_all()
        return "ok"

    def _end_all(self) -> None:
        for order in self.orders.values():
            self._end(order)
        for wait in self.waits:
            if wait.status == "waiting":
                wait.status = "ended"
