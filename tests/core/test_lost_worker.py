"""A worker killed between effect and ack: the message comes again, the effect does not."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

from tests import databases
from tests.factories import initiator_of, make_group, make_member, make_round
from tuangou.celery import app
from tuangou.core import tasks
from tuangou.core.models import Handling, Notice

WORKER = [sys.executable, "-m", "celery", "-A", "tuangou", "worker", "-P", "solo", "-l", "ERROR"]
QUIETLY = ["--without-gossip", "--without-mingle", "--without-heartbeat"]


@pytest.fixture
def queue(broker_allowed) -> Iterator[Any]:
    """The workers' queue in the suite's own broker, empty before and after."""
    celery: Any = app
    try:
        with celery.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, timeout=1)
            queue = connection.SimpleQueue(app.conf.task_default_queue)
            server = connection.default_channel.client
            kept = (queue.queue.name, "unacked", "unacked_index")
            server.delete(*kept)
            yield queue
            server.delete(*kept)
    except (OperationalError, OSError):
        pytest.skip("REDIS_URL names no running broker; `make test` brings one")


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_between_effect_and_ack_has_acted_once(queue):
    group = make_group()
    people = [make_member(group) for _ in range(3)]
    initiator_of(group)
    with transaction.atomic():
        make_round(group)
    tasks.dispatch_due()
    worker = subprocess.run(
        [*WORKER, *QUIETLY, "-I", "tests.core.lost_worker"],
        cwd=settings.BASE_DIR,
        env=databases.environment(),
        capture_output=True,
        timeout=240,
        check=False,
    )
    assert worker.returncode == -signal.SIGKILL, worker.stderr.decode()
    handling = Handling.objects.get(event__kind="round.opened")
    assert (handling.attempts, handling.done_at is None) == (1, False)
    assert Notice.objects.count() == len(people)

    channel = queue.channel
    assert channel.client.zcard("unacked_index") == 1, "the broker still waits for the ack"
    channel.visibility_timeout = 0
    channel.qos.restore_visible()
    message = queue.get(timeout=60)
    _args, kwargs, _embedded = message.payload
    assert kwargs == {"handling_ids": [handling.pk]}
    tasks.handle(**kwargs)
    message.ack()
    handling.refresh_from_db()
    assert handling.attempts == 1
    assert Notice.objects.count() == len(people)
