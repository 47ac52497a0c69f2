"""Redis away, refused or silent: every page opens and an order is placed, and what was to be told
waits in its rows."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from django.test import Client

from orders.models import Order
from tests.factories import make_member, make_round, offer_of
from tests.orders.stages import make_stage
from tests.test_permissions import READS, ROLES, answer, make_scene
from tuangou.celery import app
from tuangou.core.models import Event, Handling

pytestmark = pytest.mark.django_db


@contextmanager
def refusing() -> Iterator[str]:
    """An address where nobody listens."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def silent() -> Iterator[str]:
    """An address that takes connections and never answers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        yield f"redis://127.0.0.1:{listening.getsockname()[1]}/0"


@pytest.fixture(params=[refusing, silent], ids=["refused", "silent"])
def broken_broker(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """The guard against touching the broker stays on: here it would also hang or fail."""
    with request.param() as url:
        monkeypatch.setattr(app.conf, "broker_url", url)
        yield


@pytest.mark.timeout(600)
def test_every_page_opens(broken_broker: None) -> None:
    scene = make_scene()
    wrong = {
        name: got
        for name, who in READS
        if name not in ("readyz", "item-photo")
        and (got := answer(scene, "initiator", name, "get")) != who[ROLES.index("initiator")]
    }
    assert wrong == {}


@pytest.mark.timeout(600)
def test_an_order_is_placed_and_its_news_waits(broken_broker: None) -> None:
    stage = make_stage()
    rnd = make_round(stage.group)
    member = make_member(stage.group)
    client = Client()
    assert member.user is not None
    client.force_login(member.user)
    response = client.post(
        f"/g/{stage.group.slug}/rounds/{rnd.pk}/",
        {"request_id": str(uuid4()), f"offer_{offer_of(rnd).pk}": "2"},
    )
    assert response.status_code == 302
    order = Order.objects.get(round=rnd)
    assert Event.objects.filter(kind="order.placed", subject_id=order.pk).count() == 1
    assert Handling.objects.filter(group_id=stage.group.pk, done_at=None).exists()
