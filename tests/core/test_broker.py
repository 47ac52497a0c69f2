"""The broker may be away, silent or forgetful: what waits stays, and is sent when it is back."""

import socket
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

from tuangou.celery import app
from tuangou.core import clock, events, tasks
from tuangou.core.models import Event, Handling

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker_allowed")]
KIND = "thing.waited"


def note(event: Event) -> None:
    """A listener with nothing to do."""


@pytest.fixture
def waiting(monkeypatch) -> None:
    monkeypatch.setattr(events, "_handlers", {KIND: {events._name(note): note}})
    with transaction.atomic():
        for subject_id in range(3):
            at = clock.now()
            events.publish(KIND, group_id=7, subject_id=subject_id, actor_id=None, at=at)


@pytest.fixture
def broker_at() -> Iterator[Callable[[str], None]]:
    """Point Celery to another broker, forgetting the connections it holds."""

    def go(url: str) -> None:
        celery: Any = app
        celery.conf.broker_url = celery.conf.broker_write_url = url
        celery._pool = celery.amqp._producer_pool = None

    before = app.conf.broker_url
    yield go
    go(before)


def still_due() -> int:
    return Handling.objects.filter(due_at__lte=clock.now(), attempts=0).count()


def test_a_broker_that_refuses_leaves_everything_due(waiting, broker_at):
    broker_at("redis://127.0.0.1:1/0")
    with pytest.raises(OperationalError):
        tasks.dispatch_due()
    assert still_due() == 3


def test_a_silent_broker_leaves_everything_due_and_nobody_hanging(waiting, broker_at):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        broker_at(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        with pytest.raises(OperationalError):
            tasks.dispatch_due()
    assert still_due() == 3


def test_when_it_is_back_what_waited_is_sent_once(waiting, broker_at):
    try:
        with app.connection_for_write(settings.REDIS_URL) as connection:
            connection.ensure_connection(max_retries=1, timeout=1)
    except (OperationalError, OSError):
        pytest.skip("REDIS_URL names no running broker; `make test` brings one")
    broker_at("redis://127.0.0.1:1/0")
    with pytest.raises(OperationalError):
        tasks.dispatch_due()
    broker_at(settings.REDIS_URL)
    with app.connection_for_write() as connection:
        server = cast(Any, connection.default_channel).client
        queue = connection.SimpleQueue(app.conf.task_default_queue)
        server.delete(queue.queue.name)
        tasks.dispatch_due()
        tasks.dispatch_due()
        message = queue.get(timeout=60)
        sent = message.payload[1]["handling_ids"]
        message.ack()
        assert server.llen(queue.queue.name) == 0
    assert sent == list(Handling.objects.order_by("pk").values_list("pk", flat=True))
    for handling_id in sent:
        assert events.handle(handling_id)
