"""A printed pick-up list keyed in afterwards (O10)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orders.models import CheckOff, Order, Payment
from tests.orders.stages import Stage, make_stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    return make_stage(timezone.now() - timedelta(hours=45))


@pytest.fixture
def bags(stage: Stage) -> list[Order]:
    found = [stage.order(stage.flat("7栋", "", str(101 + n))) for n in range(3)]
    stage.arrive()
    return found


def key_in(stage: Stage, orders: list[Order], key: object = None, **fields: Any) -> Any:
    client = Client()
    assert stage.initiator.user is not None
    client.force_login(stage.initiator.user)
    when = stage.group.local(timezone.now() - timedelta(minutes=90))
    form = {
        "request_id": str(key or uuid4()),
        "date": f"{when:%Y-%m-%d}",
        "time": f"{when:%H:%M}",
        "order": [order.pk for order in orders],
    }
    address = reverse("orders:keyed", args=[stage.group.slug, stage.round.pk])
    return client.post(address, form | fields)


def test_all_ticks_in_one_submit_with_their_time(stage, bags):
    answer = key_in(stage, bags[:2])
    assert answer.status_code == 200
    assert answer.content.decode().count("记上了") == 2
    handed = CheckOff.objects.order_by("order_id")
    assert [done.order_id for done in handed] == [bags[0].pk, bags[1].pk]
    for done in handed:
        assert done.device_at is not None
        assert abs(done.device_at - (timezone.now() - timedelta(minutes=90))) < timedelta(minutes=3)
    assert "7-103" in answer.content.decode()


def test_the_same_form_again_is_no_second_hand_over(stage, bags):
    key = uuid4()
    key_in(stage, bags[:2], key)
    text = key_in(stage, bags[:2], key).content.decode()
    assert text.count("早就记上了") == 2
    assert CheckOff.objects.count() == 2


def test_a_row_that_was_handed_over_at_the_desk_says_so_and_the_others_go(stage, bags):
    stage.hand_over(bags[1])
    text = key_in(stage, bags).content.decode()
    assert text.count("chip-ok") == 2
    assert "由 子怡 核销" in text
    assert CheckOff.objects.standing().count() == 3


def test_money_where_it_was_ticked(stage, bags):
    key_in(stage, bags[:2], paid=[bags[0].pk])
    assert Payment.objects.get().order_id == bags[0].pk


@pytest.mark.parametrize(
    "wrong",
    [
        {"order": []},
        {"time": "25:00"},
        {"date": ""},
        {"date": "2999-01-01"},
        {"order": ["x"]},
        {"order": ["9" * 30]},
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_done(stage, bags, wrong):
    answer = key_in(stage, bags, **wrong)
    assert answer.status_code == 422
    assert not CheckOff.objects.exists()
    if "order" not in wrong:
        assert answer.content.decode().count(" checked") == 3


def test_orders_of_other_rounds_are_left_alone(stage, bags):
    other = make_stage(timezone.now() - timedelta(hours=45))
    order = other.order()
    other.arrive()
    key_in(stage, [order])
    assert not CheckOff.objects.exists()
