"""The deciding yes said twice at once makes one incident; without the lock it makes none."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import transaction

from orders.models import BatchQuestion, Hold, Incident, Order
from orders.models.rounds import RoundQuerySet
from orders.queries import incidents as queries
from orders.services import incidents
from tests.factories import make_member
from tests.orders.stages import Stage, line_of, make_stage
from tests.threads import together
from tuangou.core import clock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]


def asked() -> tuple[Stage, list[Order]]:
    """Twenty-four flats, one claim: three households are needed, two more answers."""
    with transaction.atomic():
        start = clock.now() - timedelta(hours=48)
    assert isinstance(start, datetime)
    stage = make_stage(start)
    orders = [stage.order(make_member(stage.group)) for _ in range(24)]
    stage.arrive()
    for order in orders[:3]:
        stage.hand_over(order)
    stage.ask(orders[0])
    return stage, orders


def say(order: Order) -> str:
    incidents.answer_batch(
        question_id=BatchQuestion.objects.get().pk,
        line_id=line_of(order).pk,
        actor_id=order.member_id,
        same=True,
        request_id=uuid4(),
    )
    return "said"


def test_the_second_and_third_yes_at_once_make_one_incident():
    _stage, orders = asked()
    assert together([partial(say, order) for order in orders[1:3]]) == ["said"] * 2
    assert Incident.objects.get().households == 3
    assert Hold.objects.filter(kind="incident").count() == 1


def test_eight_at_once_make_one_incident():
    _stage, orders = asked()
    assert together([partial(say, order) for order in orders[1:9]]) == ["said"] * 8
    assert Incident.objects.count() == Hold.objects.filter(kind="incident").count() == 1


def test_twin_without_the_lock_neither_sees_the_other_and_nothing_is_stopped(monkeypatch):
    _stage, orders = asked()
    counted = Barrier(2, timeout=30)
    count = queries.count_of

    def count_then_wait(question: BatchQuestion) -> object:
        found = count(question)
        counted.wait()
        return found

    monkeypatch.setattr(RoundQuerySet, "lock", lambda self, pk: self.get(pk=pk))
    monkeypatch.setattr(incidents, "count_of", count_then_wait)
    assert together([partial(say, order) for order in orders[1:3]]) == ["said"] * 2
    assert not Incident.objects.exists()
