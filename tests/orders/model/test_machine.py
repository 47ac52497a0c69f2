"""Hypothesis plays a round with members who order, repeat, change and race the clock; after each
step the services and the plain book must agree on every answer, portion, number and fen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from merchants.models import Item
from orders.models import Offer as OfferRow
from orders.models import Order as OrderRow
from orders.models import Round, WaitlistEntry
from orders.services import waiting
from orders.services.offers import OfferSpec, TierSpec
from orders.services.openings import draft_round, extend_round, open_round
from orders.services.rounds import cancel_round, close_if_due, close_round, fail_round
from tests.factories import (
    NOON,
    approve,
    initiator_of,
    make_group,
    make_initiator,
    make_item,
    make_member,
    make_merchant,
)
from tests.orders.model.book import Answer, Basket, Book, Offer
from tests.orders.support import amend, balance, cancel, check_books, moment, place, spec_for
from tuangou.core.errors import DomainError

HOURS = (0, 1, 2, 5, 20, 24, 26)
RUSH = 10  # so many steps before the initiator ends the round or much time passes
KEYS = st.integers(0, 9)
PEOPLE = ("lan", "hao", "mei")
FLATS = {"lan": "3-301", "hao": "3-301", "mei": "5-502"}

halves = st.integers(1, 12).map(lambda n: Decimal(n) / 2)
quarters = st.integers(1, 40).map(lambda n: Decimal(n) / 4)
maybe = st.none() | halves.map(lambda q: q + 1)
baskets = st.dictionaries(st.integers(1, 3), halves | quarters, min_size=1, max_size=3)
sales = st.fixed_dictionaries(
    {
        "price": st.sampled_from([1, 3, 99, 1000, 3333]),
        "capacity": st.none() | st.integers(1, 12).map(Decimal),
        "limit": maybe,
        "minimum": st.sampled_from([None, None, Decimal("0.5"), Decimal(1)]),
        "cuts": st.lists(st.integers(1, 6), max_size=2),
    }
)


class Play(RuleBasedStateMachine):
    @initialize(
        offered=st.lists(sales, min_size=3, max_size=3),
        minimum_households=st.sampled_from([None, None, 1, 2]),
        minimum_fen=st.sampled_from([None, None, 1, 5000]),
        opens_in=st.sampled_from([0, 0, 0, 1]),
        bp=st.sampled_from([0, 1, 500, 3000]),
    )
    def open_a_round(self, offered, minimum_households, minimum_fen, opens_in, bp):
        self.before = transaction.savepoint()
        self.steps = 0
        group = make_group(min_discount_bp=0, commission_bp=bp)
        make_initiator(group)
        self.people = {"lan": make_member(group)}
        self.people["hao"] = make_member(group, household=self.people["lan"].household)
        self.people["mei"] = make_member(group)
        merchant = make_merchant()
        approve(group, merchant, commission_bp=bp)
        opens_at = NOON + timedelta(hours=opens_in)
        self.offers = {
            n: self.offer(make_item(merchant), **sale) for n, sale in enumerate(offered, 1)
        }
        self.book = Book(
            offers={n: offer for n, (offer, _) in self.offers.items()},
            now=NOON,
            opens_at=opens_at,
            cut_off_at=opens_at + timedelta(hours=24),
            pickup_from=opens_at + timedelta(hours=48),
            commission_bp=bp,
            minimum_households=minimum_households,
            minimum_fen=minimum_fen,
        )
        spec = spec_for(
            group,
            *(spec for _, spec in self.offers.values()),
            opens_at=opens_at,
            cut_off_at=self.book.cut_off_at,
            pickup_from=self.book.pickup_from,
            pickup_until=self.book.pickup_from + timedelta(hours=2),
            minimum_households=minimum_households,
            minimum_fen=minimum_fen,
        )
        actor = initiator_of(group).pk
        with moment(NOON):
            self.round = draft_round(
                group_id=group.pk, actor_id=actor, merchant_id=merchant.pk, spec=spec
            )
            open_round(round_id=self.round.pk, actor_id=actor)
        rows = OfferRow.objects.of_round(self.round.pk)
        self.ids = {row.position: row.pk for row in rows}

    def offer(
        self, item: Item, *, price, capacity, limit, minimum, cuts
    ) -> tuple[Offer, OfferSpec]:
        tiers, at, fen = {}, Decimal(0), price
        for cut in cuts:
            at, fen = at + cut, fen - cut
            if fen > 0:
                tiers[at] = fen
        offer = Offer(price, item.step, capacity, limit, minimum, tiers)
        specs = [TierSpec(q, fen) for q, fen in tiers.items()]
        return offer, OfferSpec(item.pk, price, capacity, limit, minimum, specs)

    @property
    def late(self) -> bool:
        return self.steps >= RUSH

    def teardown(self):
        if hasattr(self, "before"):
            transaction.savepoint_rollback(self.before)

    # Acting on both

    def ask(self, act: Callable[[], Any]) -> Answer:
        """What the services answer at the book's moment: a number, "ok", or a refusal's code.

        A refused step is kept, as `once` keeps it: only the error itself goes no further.
        """
        self.steps += 1
        with moment(self.book.now):
            try:
                answer = act()
            except DomainError as refusal:
                return refusal.code
        return answer.number if isinstance(answer, OrderRow) else "ok"

    def body(self, basket: Basket) -> dict[int, Decimal]:
        return {self.ids[n]: q for n, q in basket.items()}

    def row(self, number: int) -> OrderRow:
        return OrderRow.objects.get(round=self.round, number=number)

    @rule(who=st.sampled_from(PEOPLE), by=st.sampled_from(PEOPLE), key=KEYS, basket=baskets)
    def order(self, who, by, key, basket):
        answer = self.ask(
            lambda: place(
                self.round,
                self.people[who],
                self.body(basket),
                placed_by_id=self.people[by].pk,
                key=UUID(int=key),
            )
        )
        assert answer == self.book.place((by, key), FLATS[who], (who, by), basket)

    @precondition(lambda self: self.book.orders)
    @rule(data=st.data(), by=st.sampled_from(PEOPLE), key=KEYS, basket=baskets)
    def change(self, data, by, key, basket):
        number = data.draw(st.sampled_from(sorted(self.book.orders)))
        answer = self.ask(
            lambda: amend(
                self.row(number),
                self.body(basket),
                actor_id=self.people[by].pk,
                key=UUID(int=key),
            )
        )
        assert answer == self.book.amend((by, key), number, basket)

    @precondition(lambda self: self.book.orders)
    @rule(data=st.data(), by=st.sampled_from(PEOPLE), key=KEYS)
    def take_back(self, data, by, key):
        number = data.draw(st.sampled_from(sorted(self.book.orders)))
        answer = self.ask(
            lambda: cancel(self.row(number), actor_id=self.people[by].pk, key=UUID(int=key))
        )
        assert answer == self.book.cancel((by, key), number)

    @rule(
        who=st.sampled_from(PEOPLE),
        key=KEYS,
        offer=st.integers(1, 3),
        quantity=st.integers(1, 6).map(Decimal) | quarters,
    )
    def wait(self, who, key, offer, quantity):
        answer = self.ask(
            lambda: waiting.join(
                offer_id=self.ids[offer],
                member_id=self.people[who].pk,
                quantity=quantity,
                request_id=UUID(int=key),
            )
        )
        assert answer == self.book.wait((who, key), FLATS[who], offer, quantity)

    @precondition(lambda self: self.book.waits)
    @rule(data=st.data(), by=st.sampled_from(PEOPLE), key=KEYS)
    def stop_waiting(self, data, by, key):
        self.stop_waiting_at(data.draw(st.integers(0, len(self.book.waits) - 1)), by, key)

    def stop_waiting_at(self, place, by, key):
        answer = self.ask(
            lambda: waiting.leave(
                entry_id=self.entries()[place].pk,
                actor_id=self.people[by].pk,
                request_id=UUID(int=key),
            )
        )
        assert answer == self.book.stop_waiting((by, key), place)

    @rule(by=st.sampled_from(PEOPLE), key=KEYS, offer=st.integers(1, 3), more=st.integers(0, 4))
    def raise_capacity(self, by, key, offer, more):
        capacity = (self.book.offers[offer].capacity or Decimal(1)) + more
        answer = self.ask(
            lambda: waiting.raise_capacity(
                offer_id=self.ids[offer],
                actor_id=self.people[by].pk,
                capacity=capacity,
                request_id=UUID(int=key),
            )
        )
        assert answer == self.book.more((by, key), offer, capacity)

    def entries(self) -> list[WaitlistEntry]:
        return list(WaitlistEntry.objects.filter(round=self.round).order_by("pk"))

    @rule(hours=st.sampled_from(HOURS), tick=st.booleans())
    def time_passes(self, hours, tick):
        """The closing job may come late, or not at all."""
        self.book.now += timedelta(hours=hours if self.late else hours / 20)
        if tick:
            self.ask(lambda: close_if_due(round_id=self.round.pk))
            self.book.tick()

    @precondition(lambda self: self.late)
    @rule()
    def close_by_hand(self):
        answer = self.ask(lambda: close_round(**self.named))
        assert answer == self.book.close()

    @precondition(lambda self: self.late)
    @rule(hours=st.integers(-1, 30))
    def extend(self, hours):
        cut_off_at = self.book.now + timedelta(hours=hours)
        answer = self.ask(lambda: extend_round(**self.named, cut_off_at=cut_off_at))
        assert answer == self.book.extend(cut_off_at)

    @precondition(lambda self: self.late)
    @rule()
    def give_up(self):
        assert self.ask(lambda: fail_round(**self.named)) == self.book.give_up()

    @precondition(lambda self: self.late)
    @rule(sure=st.integers(0, 4))
    def cancel_all(self, sure):
        if sure == 0:
            answer = self.ask(lambda: cancel_round(**self.named, reason="断货", fault=""))
            assert answer == self.book.cancel_round()

    @rule(who=st.sampled_from(PEOPLE), key=KEYS, basket=baskets)
    def order_while_paused(self, who, key, basket):
        rows = Round.objects.filter(pk=self.round.pk)
        self.book.paused = True
        rows.update(paused_at=self.book.now)
        self.order(who=who, by=who, key=key, basket=basket)
        self.book.paused = False
        rows.update(paused_at=None)

    @property
    def named(self) -> dict[str, int]:
        return {"round_id": self.round.pk, "actor_id": self.round.initiator_id}

    # What must agree

    @invariant()
    def both_tell_the_same(self):
        book = self.book
        rnd = Round.objects.get(pk=self.round.pk)
        assert (rnd.status, rnd.cut_off_at) == (book.status, book.cut_off_at)
        assert rnd.last_number == len(book.orders)
        for sold in OfferRow.objects.of_round(rnd.pk):
            assert sold.taken == book.taken(sold.position)
            assert sold.final_price_fen == book.offers[sold.position].final
        rows = {row.number: row for row in rnd.orders.all()}
        assert set(rows) == set(book.orders)
        for number, order in book.orders.items():
            row = rows[number]
            assert row.status == ("placed" if order.live else "cancelled")
            assert row.changes == order.changes
            assert self.lines(row) == order.lines
            assert balance("member", order=row) == book.billed(order)
        told = [
            (wait.quantity, wait.status, wait.order.number if wait.order else None)
            for wait in self.entries()
        ]
        assert told == [(wait.quantity, wait.status, wait.number) for wait in book.waits]
        if book.status == "open":
            assert not any(book.fits(w) for w in book.waits if w.status == "waiting")
        assert balance("commission", round=rnd) == -book.commission()
        check_books()

    def lines(self, row: OrderRow) -> Basket:
        position = {pk: n for n, pk in self.ids.items()}
        return {position[line.offer_id]: line.quantity for line in row.lines.all()}


def play(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        Play,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, database=None
        ),
    )


@pytest.mark.django_db
def test_services_and_book_agree():
    play(examples=25, steps=30)


@pytest.mark.soak
@pytest.mark.django_db
def test_services_and_book_agree_for_long():
    play(examples=200, steps=50)


# The machine is able to fail: one life told step by step, with each rule switched off in turn


def a_life() -> None:
    """Limits, steps, stock, tiers, repeated forms, the extension that came to nothing."""
    play = Play()
    some = {"price": 1000, "capacity": Decimal(6), "limit": Decimal(4), "minimum": None}
    play.open_a_round(
        offered=[some | {"cuts": [3]}, some | {"cuts": []}, some | {"cuts": []}],
        minimum_households=2,
        minimum_fen=None,
        opens_in=0,
        bp=500,
    )
    steps: list[Callable[[], None]] = [
        partial(play.order, who="lan", by="lan", key=1, basket={1: Decimal(3), 2: Decimal(1)}),
        partial(play.order, who="lan", by="lan", key=1, basket={1: Decimal(3), 2: Decimal(1)}),
        partial(play.order, who="lan", by="lan", key=1, basket={1: Decimal(1)}),
        partial(play.order, who="hao", by="mei", key=2, basket={1: Decimal(2)}),
        partial(play.order, who="mei", by="mei", key=3, basket={3: Decimal("0.25")}),
        partial(play.order, who="mei", by="mei", key=4, basket={1: Decimal(4)}),
        partial(play.order_while_paused, who="mei", key=5, basket={2: Decimal(1)}),
        partial(play.time_passes, hours=26, tick=False),
        partial(play.order, who="mei", by="mei", key=6, basket={2: Decimal(1)}),
        partial(play.time_passes, hours=0, tick=True),
        partial(play.extend, hours=5),
        partial(play.order, who="mei", by="mei", key=7, basket={2: Decimal(1)}),
        partial(play.close_by_hand),
        partial(play.cancel_all, sure=0),
    ]
    play.steps = RUSH
    for step in steps:
        step()
        play.both_tell_the_same()
    play.teardown()
    play = Play()
    play.open_a_round(
        offered=[some | {"cuts": [3]}] * 3,
        minimum_households=2,
        minimum_fen=None,
        opens_in=0,
        bp=500,
    )
    play.steps = RUSH
    play.order(who="lan", by="lan", key=1, basket={1: Decimal(3)})
    play.time_passes(hours=24, tick=True)
    play.time_passes(hours=2, tick=True)
    play.both_tell_the_same()
    assert play.book.status == "failed"
    play.teardown()
    a_life_of_waiting(some)


def a_life_of_waiting(some: dict[str, Any]) -> None:
    """Sold out: one place per flat, within its limit, served in order when more comes or goes."""
    play = Play()
    play.open_a_round(
        offered=[some | {"cuts": []}] * 3,
        minimum_households=5,
        minimum_fen=None,
        opens_in=0,
        bp=500,
    )
    play.steps = RUSH
    steps: list[Callable[[], None]] = [
        partial(play.order, who="mei", by="mei", key=1, basket={1: Decimal(3)}),
        partial(play.order, who="lan", by="lan", key=2, basket={1: Decimal(3)}),
        partial(play.wait, who="mei", key=3, offer=1, quantity=Decimal(1)),
        partial(play.wait, who="mei", key=3, offer=1, quantity=Decimal(1)),
        partial(play.wait, who="hao", key=4, offer=1, quantity=Decimal(1)),
        partial(play.wait, who="lan", key=5, offer=1, quantity=Decimal(1)),
        partial(play.wait, who="lan", key=6, offer=2, quantity=Decimal(1)),
        partial(play.wait, who="lan", key=7, offer=1, quantity=Decimal(2)),
        partial(play.raise_capacity, by="lan", key=8, offer=1, more=1),
        partial(play.wait, who="mei", key=9, offer=1, quantity=Decimal(1)),
        partial(play.stop_waiting_at, 0, by="mei", key=10),
        partial(play.time_passes, hours=24, tick=True),
        partial(play.time_passes, hours=2, tick=True),
    ]
    for step in steps:
        step()
        play.both_tell_the_same()
    assert [wait.status for wait in play.book.waits] == ["served", "ended"]
    play.teardown()


@pytest.mark.django_db
def test_one_life():
    a_life()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("where", "broken"),
    [
        ("orders.services.orders._check_open", lambda *_: None),
        ("orders.services.orders.take_shares", lambda *_, **__: None),
        ("orders.services.orders.check_steps", lambda *_, **__: None),
        ("orders.services.rounds.set_final_prices", lambda *_: {}),
        ("orders.services.rounds.give_all_back", lambda *_: None),
        ("orders.services.rounds._extension_is_over", lambda *_: False),
        ("orders.services.rounds._minimum_reached", lambda *_: True),
        ("orders.services.ledger.commission_delta", lambda *_: 0),
        ("orders.services.waiting.serve", lambda **_: None),
        ("orders.services.waiting._has_share", lambda *_: True),
        ("orders.services.waiting.end_with_round", lambda **_: None),
        ("tuangou.core.requests.once", lambda *, work, **_: work()),
    ],
    ids=[
        "open for ever",
        "no limits",
        "no steps",
        "no tiers",
        "no stock back",
        "never fails",
        "no minimum",
        "no commission",
        "nothing for who waits",
        "limits do not hold who waits",
        "waits for ever",
        "no keys",
    ],
)
def test_twin_a_broken_rule_is_found_out(monkeypatch, where, broken):
    monkeypatch.setattr(where, broken)
    with pytest.raises((AssertionError, IntegrityError)):
        a_life()
