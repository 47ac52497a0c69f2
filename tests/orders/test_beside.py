"""One order beside the list it was chosen from, on payments and at the desk."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import make_round
from tests.markup import problems
from tests.orders.stages import Stage, make_stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    return make_stage()


def path(stage: Stage, page: str) -> str:
    return reverse(f"orders:{page}", args=[stage.group.slug, stage.round.pk])


@pytest.mark.parametrize("name", ["payments", "desk"])
def test_the_chosen_order_stands_beside_the_list(client, stage, name):
    order = stage.order(stage.member, "1.5", note="切小块")
    stage.receive(order, 5700)
    stage.order(stage.neighbour)
    stage.arrive()
    client.force_login(stage.initiator.user)
    answer = client.get(path(stage, name), {"order": order.pk, "q": order.door})
    html = answer.content.decode()
    beside = answer.context["beside"]
    assert (beside.row.order_id, beside.row.money.due_fen) == (order.pk, 5700)
    assert 'id="beside"' in html
    assert "切小块" in html
    assert problems(html) == []
    assert f"q={order.door}&amp;order={order.pk}#beside" in html  # the way keeps what was searched


@pytest.mark.parametrize("name", ["payments", "desk"])
@pytest.mark.parametrize("chosen", ["", "0", "x", "²", "\x00", "9" * 40, "-1"])
def test_what_is_no_order_of_the_round_leaves_the_column_empty(client, stage, name, chosen):
    elsewhere = make_stage().order()
    stage.order()
    client.force_login(stage.initiator.user)
    for number in (chosen, elsewhere.pk):
        answer = client.get(path(stage, name), {"order": number})
        assert answer.status_code == 200
        assert answer.context["beside"] is None


@pytest.mark.parametrize("name", ["payments", "desk"])
def test_looking_beside_takes_the_same_statements_for_any_list(client, stage, name):
    order = stage.order()
    client.force_login(stage.initiator.user)
    client.get(path(stage, name))
    counts = []
    for _n in range(3):
        with CaptureQueriesContext(connection) as sent:
            client.get(path(stage, name), {"order": order.pk})
        counts.append(len(sent))
        stage.order(stage.neighbour)
    assert len(set(counts)) == 1


def test_acting_keeps_the_order_beside(client, stage):
    order = stage.order()
    client.force_login(stage.initiator.user)
    page = client.get(path(stage, "payments"), {"order": order.pk, "q": "76"}).content.decode()
    assert page.count(f'name="order" value="{order.pk}"') >= 1
    receive = reverse("orders:payment-receive", args=[stage.group.slug, order.pk])
    body = {
        "request_id": "7f1d2b1e-2b6f-4a3f-9f55-5a6f1f8a0001",
        "q": "76",
        "order": str(order.pk),
    }
    answer = client.post(receive, body)
    assert answer["Location"] == f"{path(stage, 'payments')}?q=76&order={order.pk}"


def test_another_round_of_the_group_is_another_list(client, stage):
    other = make_round(stage.group, merchant=stage.round.merchant, title="另一团")
    order = stage.order()
    client.force_login(stage.initiator.user)
    address = reverse("orders:payments", args=[stage.group.slug, other.pk])
    assert client.get(address, {"order": order.pk}).context["beside"] is None


def test_a_search_of_any_length_leads_back_to_the_list(client, stage):
    order = stage.order()
    client.force_login(stage.initiator.user)
    receive = reverse("orders:payment-receive", args=[stage.group.slug, order.pk])
    body = {"request_id": "7f1d2b1e-2b6f-4a3f-9f55-5a6f1f8a0002", "q": "字" * 10_000}
    answer = client.post(receive, body)
    assert answer.status_code == 302
    assert parse_qs(urlsplit(answer["Location"]).query) == {"q": ["字" * 80]}
