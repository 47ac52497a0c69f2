"""The same form ten times at once is one order (O4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from orders.models import Order, OrderChange, Round
from orders.services.offers import SoldOut
from tests.databases import owner_cursor
from tests.factories import make_order, make_round, offer_of
from tests.orders.races.rush import Crowd, make_crowd
from tests.orders.support import amend, cancel, check_books, place
from tests.threads import together
from tuangou.core import requests
from tuangou.core.errors import Conflict
from tuangou.core.models import Event, RequestKey

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

COPIES = 10


@pytest.fixture
def crowd(db: None) -> Crowd:
    return make_crowd(2)


@pytest.fixture
def rnd(crowd: Crowd) -> Round:
    return make_round(crowd.group, capacity=100, household_limit=50)


def send(crowd: Crowd, rnd: Round) -> list[Any]:
    """One form, COPIES times at the same moment."""
    body = {offer_of(rnd).pk: Decimal(2)}
    return together([partial(place, rnd, crowd.members[0], body, key=uuid4())] * COPIES)


def test_ten_copies_are_one_order(crowd, rnd):
    outcomes = send(crowd, rnd)
    assert {order.pk for order in outcomes} == {Order.objects.get().pk}
    assert Event.objects.filter(kind="order.placed").count() == 1
    assert offer_of(rnd).taken == 2
    check_books()


def every_time(*, work: Callable[[], Any], **_: object) -> Any:
    """requests.once() without its key."""
    with transaction.atomic():
        return work()


def test_without_the_key_the_constraint_still_holds(crowd, rnd, monkeypatch):
    """One order, though the copies get an error instead of it."""
    monkeypatch.setattr(requests, "once", every_time)
    outcomes = send(crowd, rnd)
    assert Counter(map(type, outcomes)) == {Order: 1, IntegrityError: COPIES - 1}
    check_books()


def test_twin_without_key_and_constraint_ten_copies_are_ten_orders(crowd, rnd, monkeypatch):
    monkeypatch.setattr(requests, "once", every_time)
    with owner_cursor() as cursor:
        cursor.execute("alter table orders_order drop constraint one_order_per_request")
    assert Counter(map(type, send(crowd, rnd))) == {Order: COPIES}
    assert offer_of(rnd).taken == 2 * COPIES


def test_ten_copies_of_a_refused_form_are_one_refusal(crowd):
    rnd = make_round(crowd.group, capacity=1)
    outcomes = send(crowd, rnd)
    assert Counter(map(type, outcomes)) == {SoldOut: COPIES}
    assert len({str(outcome) for outcome in outcomes}) == 1
    assert RequestKey.objects.count() == 1
    assert not Order.objects.exists()


def test_one_id_with_two_bodies_at_once_is_one_order_and_conflicts(crowd, rnd):
    key, offer = uuid4(), offer_of(rnd).pk
    bodies = [{offer: Decimal(n % 2 + 1)} for n in range(COPIES)]
    outcomes = together([partial(place, rnd, crowd.members[0], body, key=key) for body in bodies])
    assert Counter(map(type, outcomes)) == {Order: COPIES // 2, Conflict: COPIES // 2}
    assert Order.objects.count() == 1
    check_books()


@pytest.mark.parametrize("change", [amend, cancel])
def test_ten_copies_of_a_change_are_one_change(crowd, rnd, change):
    order = make_order(rnd, crowd.members[0], 3)
    body = [{offer_of(rnd).pk: Decimal(1)}] if change is amend else []
    outcomes = together([partial(change, order, *body, key=uuid4())] * COPIES)
    assert {type(outcome) for outcome in outcomes} == {Order}
    assert OrderChange.objects.count() == 2
    assert offer_of(rnd).taken == (1 if change is amend else 0)
    check_books()


def test_a_first_copy_that_crashes_leaves_the_form_to_the_next(crowd, rnd, monkeypatch):
    """The twin waits on the index; the crash takes the key with it, so the twin does the act."""
    crashed: list[int] = []
    real = Order.objects.__class__.create

    def crash_once(self: Any, **fields: object) -> Order:
        if not crashed:
            crashed.append(1)
            raise ZeroDivisionError
        order: Order = real(self, **fields)
        return order

    monkeypatch.setattr(Order.objects.__class__, "create", crash_once)
    outcomes = Counter(map(type, send(crowd, rnd)))
    assert outcomes == {Order: COPIES - 1, ZeroDivisionError: 1}
    assert Order.objects.count() == 1
    check_books()
