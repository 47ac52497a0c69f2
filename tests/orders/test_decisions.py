"""The initiator's decision through its page: a share, an amount, in money or in kind."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from orders.models import Return
from orders.queries.returns import return_view
from orders.services.ledger import balance_of_order
from tests.orders.stages import Stage, at, make_stage

pytestmark = pytest.mark.django_db


def decide(stage: Stage, ret: Return, **typed: str) -> int:
    client = Client()
    assert stage.initiator.user is not None
    client.force_login(stage.initiator.user)
    path = reverse("orders:return-accept", args=[stage.group.slug, ret.pk])
    with at(stage.pickup + timedelta(hours=2)):
        done = client.post(path, {"request_id": str(uuid4()), **typed})
    ret.refresh_from_db()
    return int(done.status_code)


@pytest.mark.parametrize(
    ("typed", "granted", "credited"),
    [
        ({"amount": "38.00"}, 3800, 3800),
        ({"amount": "38.00", "percent": "50", "decision": "一半能吃"}, 1900, 1900),
        ({"amount": "12.50", "decision": "退一点"}, 1250, 1250),
        ({"amount": "38.00", "how": "kind"}, 3800, 0),
    ],
)
def test_all_a_share_an_amount_or_goods(typed, granted, credited):
    stage = make_stage()
    order = stage.collected(quantity=2)
    stage.receive(order, 7600)
    ret = stage.ask(order)
    assert decide(stage, ret, **typed) == 302
    assert ret.accepted_fen == granted
    assert balance_of_order(order.pk) == -credited
    assert return_view(ret.pk).in_kind == (credited == 0)


@pytest.mark.parametrize(
    "typed",
    [{"amount": "10"}, {"percent": "101"}, {"percent": "x"}, {"amount": "38.01", "decision": "x"}],
)
def test_what_cannot_be_is_shown_again(typed):
    stage = make_stage()
    ret = stage.ask(stage.collected(quantity=2))
    assert decide(stage, ret, **typed) == 422
    assert ret.status == "requested"
