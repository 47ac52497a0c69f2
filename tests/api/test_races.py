"""Ten copies of one request at once are one act, through the whole stack."""

from __future__ import annotations

from functools import partial
from uuid import uuid4

import pytest

from orders.models import Order, OrderChange, Payment, Round
from tests.api.client import Api
from tests.factories import (
    make_group,
    make_initiator,
    make_member,
    make_merchant,
    make_round,
    offer_of,
)
from tests.threads import together
from tuangou.core.models import Event

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

COPIES = 10


def test_ten_copies_of_an_order_are_one():
    group = make_group()
    make_initiator(group)
    rnd, api = make_round(group, capacity=100), Api(make_member(group))
    body = {"lines": [{"offer": offer_of(rnd).pk, "quantity": "2"}]}
    answers = together([partial(api.post, f"rounds/{rnd.pk}/orders", body, key=uuid4())] * COPIES)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert [a.headers.get("Idempotency-Replayed") for a in answers].count("true") == COPIES - 1
    assert Order.objects.count() == OrderChange.objects.count() == 1
    assert offer_of(rnd).taken == 2


def test_ten_different_keys_are_ten_orders():
    """The twin: it is the key that makes them one."""
    group = make_group()
    make_initiator(group)
    rnd, api = make_round(group, capacity=100), Api(make_member(group))
    body = {"lines": [{"offer": offer_of(rnd).pk, "quantity": "2"}]}
    together([partial(api.post, f"rounds/{rnd.pk}/orders", body) for _ in range(COPIES)])
    assert Order.objects.count() == COPIES


def test_ten_copies_of_a_copy_are_one_draft():
    group = make_group()
    initiator = make_initiator(group)
    rnd = make_round(group, merchant=make_merchant(group))
    api = Api(initiator)
    answers = together([partial(api.post, f"rounds/{rnd.pk}/copy", {}, key=uuid4())] * COPIES)
    assert {answer.status_code for answer in answers} == {201}
    assert Round.objects.count() == 2
    assert Event.objects.filter(kind="round.drafted").count() == 2


def test_ten_copies_of_a_tick_are_one_payment():
    group = make_group()
    initiator = make_initiator(group)
    rnd, member = make_round(group), make_member(group)
    body = {"lines": [{"offer": offer_of(rnd).pk, "quantity": "2"}]}
    order = Api(member).post(f"rounds/{rnd.pk}/orders", body).json()["id"]
    tick = partial(
        Api(initiator).post, f"orders/{order}/receive", {"amount_fen": 7600}, key=uuid4()
    )
    answers = together([tick] * COPIES)
    assert {answer.status_code for answer in answers} == {201}
    assert Payment.objects.get().amount_fen == 7600
