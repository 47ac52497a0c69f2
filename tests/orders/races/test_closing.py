"""Closing against ordering (O1): the cut-off is decided by the clock read with the lock held."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from threading import Barrier, Thread
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, connections, transaction

from orders.models import Order, Posting, Round
from orders.models.rounds import RoundQuerySet, TakenNumber
from orders.services import orders as order_services
from orders.services.openings import extend_round
from orders.services.orders import OrderNotOpen, RoundNotOpen
from orders.services.rounds import cancel_round, close_if_due, close_round, fail_round
from tests.databases import owner_cursor
from tests.factories import make_order, make_round, offer_of
from tests.orders.races.rush import Crowd, make_crowd, numbers
from tests.orders.support import amend, cancel, check_books, place
from tests.threads import PATIENCE, WAITING, together
from tuangou.core import clock
from tuangou.core.errors import InvalidTransition

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]


@pytest.fixture
def crowd(db: None) -> Crowd:
    return make_crowd(20)


def hold_past_the_cut_off(rnd: Round, act: Callable[[], Any]) -> Any:
    """Let `act` wait for the round's lock until the cut-off has passed; what became of it.

    Whoever holds the lock moves the cut-off to this very moment before letting go: `act` began
    before it, and gets the lock after it.
    """
    outcome: list[Any] = []

    def run() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute(WAITING)
            outcome.append(act())
        except Exception as error:
            outcome.append(error)
        finally:
            connections.close_all()

    waiting = Thread(target=run, daemon=True)
    with owner_cursor() as cursor:
        cursor.execute("begin")
        cursor.execute("select 1 from orders_round where id = %s for update", [rnd.pk])
        waiting.start()
        wait_for_a_waiter()
        cursor.execute(
            "update orders_round set cut_off_at = clock_timestamp() where id = %s", [rnd.pk]
        )
        cursor.execute("commit")
    waiting.join(PATIENCE)
    return outcome[0]


def wait_for_a_waiter() -> None:
    """Until somebody in this database waits for a lock."""
    with owner_cursor() as cursor:
        given_up = monotonic() + PATIENCE
        while monotonic() < given_up:
            cursor.execute(
                "select count(*) from pg_locks join pg_stat_activity using (pid)"
                " where datname = current_database() and not granted"
            )
            if cursor.fetchone()[0]:
                return
            sleep(0.02)
    raise TimeoutError("nobody came to wait")


def test_who_waits_past_the_cut_off_is_refused(crowd):
    rnd = make_round(crowd.group)
    act = partial(make_order, rnd, crowd.members[0])
    outcome = hold_past_the_cut_off(rnd, act)
    assert isinstance(outcome, RoundNotOpen)
    assert Round.objects.get(pk=rnd.pk).status == "open", "no closing job has run"
    assert not Order.objects.exists()


@pytest.mark.parametrize("change", [amend, cancel])
def test_so_are_changes(crowd, change):
    rnd = make_round(crowd.group)
    order = make_order(rnd, crowd.members[0])
    body = [{offer_of(rnd).pk: Decimal(1)}] if change is amend else []
    outcome = hold_past_the_cut_off(rnd, partial(change, order, *body))
    assert isinstance(outcome, RoundNotOpen)
    order.refresh_from_db()
    assert (order.status, order.changes) == ("placed", 1)


def test_twin_with_the_clock_read_before_the_lock_late_orders_come_in(crowd, monkeypatch):
    real = RoundQuerySet.take_number

    def too_early(self: RoundQuerySet, group_id: int, round_id: int) -> TakenNumber | None:
        before = now()
        taken = real(self, group_id, round_id)
        assert taken is not None
        return replace(taken, now=before, cut_off_at=taken.cut_off_at)

    monkeypatch.setattr(RoundQuerySet, "take_number", too_early)
    rnd = make_round(crowd.group)
    act = partial(make_order, rnd, crowd.members[0])
    assert isinstance(hold_past_the_cut_off(rnd, act), Order)
    late = Round.objects.get(pk=rnd.pk)
    with transaction.atomic():
        assert clock.now() >= late.cut_off_at
    assert late.last_number == 1


def test_twin_of_changes_too(crowd, monkeypatch):
    rnd = make_round(crowd.group)
    order = make_order(rnd, crowd.members[0])
    real = RoundQuerySet.lock

    def too_early(self: RoundQuerySet, round_id: int) -> Round:
        early = now()
        locked = real(self, round_id)
        monkeypatch.setattr(clock, "now", lambda: early)
        return locked

    monkeypatch.setattr(RoundQuerySet, "lock", too_early)
    assert isinstance(hold_past_the_cut_off(rnd, partial(cancel, order)), Order)


def now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("select clock_timestamp()")
        (moment,) = cursor.fetchone()
    assert isinstance(moment, datetime)
    return moment


# Closing, failing and cancelling among a crowd


def test_no_order_comes_in_behind_the_closing(crowd):
    """Twenty order and change while it is closed: whoever is in was in before it and counts."""
    for _ in range(3):
        rnd = make_round(crowd.group, tiers={3: 3500}, merchant=merchant_of(crowd))
        first = make_order(rnd, crowd.members[0])
        outcomes = together(
            [
                *(partial(make_order, rnd, member) for member in crowd.members[:10]),
                partial(close_round, round_id=rnd.pk, actor_id=rnd.initiator_id),
                *(partial(make_order, rnd, member) for member in crowd.members[10:]),
                partial(amend, first, {offer_of(rnd).pk: Decimal(1)}),
            ]
        )
        assert {type(outcome) for outcome in outcomes} <= {Order, Round, RoundNotOpen}
        closed = Round.objects.get(pk=rnd.pk)
        assert closed.status == "confirmed"
        assert closed.closed_at is not None
        placed = Order.objects.filter(round=rnd)
        assert all(order.placed_at < closed.closed_at for order in placed)
        assert numbers(rnd) == list(range(1, placed.count() + 1))
    check_books()


def merchant_of(crowd: Crowd) -> Any:
    earlier = Round.objects.filter(group=crowd.group).select_related("merchant").first()
    return earlier.merchant if earlier else None


def test_many_ticks_and_a_hand_close_a_round_once(crowd):
    rnd = make_round(crowd.group)
    make_order(rnd, crowd.members[0])
    past_the_cut_off(rnd)
    acts: list[Callable[[], Any]] = [
        *[partial(close_if_due, round_id=rnd.pk)] * 6,
        *[partial(close_round, round_id=rnd.pk, actor_id=rnd.initiator_id)] * 2,
    ]
    outcomes = together(acts)
    closed = [o for o in outcomes if o is True or isinstance(o, Round)]
    assert len(closed) == 1
    assert all(o is False or isinstance(o, InvalidTransition) for o in outcomes if o not in closed)
    assert Posting.objects.filter(source="round_confirmed").count() == 2
    check_books()


def past_the_cut_off(rnd: Round) -> None:
    with owner_cursor() as cursor:
        cursor.execute(
            "update orders_round set opens_at = opens_at - interval '2 days',"
            " cut_off_at = cut_off_at - interval '2 days' where id = %s",
            [rnd.pk],
        )


def test_extending_and_giving_up_at_once_is_one_of_them(crowd):
    rnd = make_round(crowd.group, minimum_households=5)
    order = make_order(rnd, crowd.members[0])
    close_round(round_id=rnd.pk, actor_id=rnd.initiator_id)
    extend = partial(
        extend_round, round_id=rnd.pk, actor_id=rnd.initiator_id, cut_off_at=rnd.pickup_from
    )
    fail = partial(fail_round, round_id=rnd.pk, actor_id=rnd.initiator_id)
    outcomes = Counter(type(outcome) for outcome in together([extend, fail, extend, fail]))
    assert outcomes == {Round: 1, InvalidTransition: 3}
    order.refresh_from_db()
    ended = Round.objects.get(pk=rnd.pk).status == "failed"
    assert order.status == ("cancelled" if ended else "placed")
    check_books()


def test_cancelling_the_round_while_orders_are_cancelled_ends_each_once(crowd):
    rnd = make_round(crowd.group, capacity=40, household_limit=2)
    orders = [make_order(rnd, member) for member in crowd.members[:10]]
    together(
        [
            *(partial(cancel, order, key=uuid4()) for order in orders),
            partial(cancel_round, round_id=rnd.pk, actor_id=rnd.initiator_id, reason="断货"),
            *(partial(cancel, order, key=uuid4()) for order in orders),
        ]
    )
    assert Round.objects.get(pk=rnd.pk).status == "cancelled"
    assert set(Order.objects.values_list("status", "changes")) == {("cancelled", 2)}
    check_books()


def test_a_double_click_on_cancel_gives_stock_back_once(crowd):
    """Each click with an id of its own, as from two open tabs."""
    rnd = make_round(crowd.group, capacity=10)
    place(rnd, crowd.members[1], {offer_of(rnd).pk: Decimal(5)})
    order = place(rnd, crowd.members[0], {offer_of(rnd).pk: Decimal(5)})
    outcomes = together([partial(cancel, order) for _ in range(8)])
    assert Counter(map(type, outcomes)) == {Order: 1, OrderNotOpen: 7}
    assert offer_of(rnd).taken == 5
    check_books()


def test_twin_without_the_locks_a_double_click_gives_it_back_twice(crowd, monkeypatch):
    """Both have read the order before either cancels it; the state table in Python sees nothing."""
    rnd = make_round(crowd.group, capacity=10)
    place(rnd, crowd.members[1], {offer_of(rnd).pk: Decimal(5)})
    order = place(rnd, crowd.members[0], {offer_of(rnd).pk: Decimal(5)})
    both_read = Barrier(2, timeout=30)
    real = order_services._lock_open

    def read_then_wait(order_id: int) -> Any:
        answer = real(order_id)
        both_read.wait()
        return answer

    monkeypatch.setattr(RoundQuerySet, "lock", lambda self, pk: self.get(pk=pk))
    monkeypatch.setattr(type(Order.objects.all()), "lock", lambda self, pk, *_: self.get(pk=pk))
    monkeypatch.setattr(order_services, "_lock_open", read_then_wait)
    monkeypatch.setattr("orders.services.changes.record", lambda *_, **__: None)
    together([partial(cancel, order) for _ in range(2)])
    assert offer_of(rnd).taken == 0, "five portions that somebody else holds are sold again"
