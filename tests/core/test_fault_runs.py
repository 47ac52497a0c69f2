"""Worker and relay killed while notices go out, a broker that forgets, refuses or says nothing:
in the inbox exactly once each, outside nothing lost and doubled at most once a kill.

Real processes, PostgreSQL and broker; a mail server and a web server here count what comes in.
"""

from __future__ import annotations

import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any, cast

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from groups.services.robots import connect_robot
from tests import databases
from tests.core import rig
from tests.core.out import happen
from tests.core.post_office import PostOffice, open_office
from tests.core.test_lost_worker import QUIETLY, WORKER
from tests.factories import initiator_of, make_group
from tuangou.celery import app
from tuangou.core import clock, events, outgoing, tasks
from tuangou.core.models import Handling, Mailbox, Notice, Outgoing, User

RELAY = [sys.executable, "-m", "tests.core.relay"]
CROWD = 50
ROBOTS = 3
WAITING = timedelta(seconds=3)  # then it is handed out again; who takes the copy finds it taken
HOLDING = timedelta(seconds=15)  # no living worker holds one for longer, however slow it is here
LONGEST = 240  # seconds a run may take in all

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rig's listener, for this file's tests alone."""
    monkeypatch.setattr(events, "_handlers", events._handlers.copy())
    rig.subscribe_all()


class Plant:
    """A relay and two workers that are started again whenever they are killed."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.commands = {
            "relay": RELAY,
            "one": [*WORKER, *QUIETLY, "-I", "tests.core.rig_on", "-n", "one@%h"],
            "two": [*WORKER, *QUIETLY, "-I", "tests.core.rig_on", "-n", "two@%h"],
        }
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, *names: str) -> None:
        for name in names or self.commands:
            self.running[name] = subprocess.Popen(
                self.commands[name],
                cwd=settings.BASE_DIR,
                env=self.environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )

    def kill(self, name: str) -> None:
        process = self.running[name]
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=10)

    def stop(self) -> None:
        for process in self.running.values():
            if process.poll() is None:
                process.kill()
                process.wait(timeout=10)


@pytest.fixture
def server(broker_allowed: None) -> Iterator[Any]:
    """The broker's own client; its queue empty before and after."""
    try:
        with app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, timeout=1)
            client = cast(Any, connection.default_channel).client
            wipe(client)
            yield client
            wipe(client)
    except (OperationalError, OSError):
        pytest.skip("REDIS_URL names no running broker; `make test` brings one")


def wipe(client: Any) -> None:
    client.delete(app.conf.task_default_queue, "unacked", "unacked_index")


@contextmanager
def plant() -> Iterator[tuple[PostOffice, Plant]]:
    with ExitStack() as stack:
        office, addresses = stack.enter_context(open_office())
        made = Plant(databases.environment() | addresses)
        stack.callback(made.stop)
        yield office, made


def crowd(notices: int) -> int:
    """People with phone and mailbox, and an event for each fifty; how many messages that makes."""
    people = notices // 2
    now = timezone.now()
    users = User.objects.bulk_create(
        User(phone=f"+86139{n:08d}", nickname=f"rig {n // CROWD}", password="!")
        for n in range(people)
    )
    Mailbox.objects.bulk_create(
        Mailbox(user=user, address=f"u{user.pk}@mail.example", asked_at=now, confirmed_at=now)
        for user in users
    )
    for number in range(-(-people // CROWD)):
        happen(rig.KIND, subject_id=number)
    return people * 2


def robots() -> int:
    """Chats that hear hello."""
    for number in range(ROBOTS):
        initiator = initiator_of(make_group())
        key = f"robot-key-number-{number:04d}"
        connect_robot(
            group_id=initiator.group_id,
            actor_id=initiator.pk,
            address=f"{settings.ROBOT_URL}?key={key}",
        )
    return ROBOTS


def leases_end() -> None:
    """As if the minute had gone by after which what a dead worker held is due again. What was
    taken in the last seconds may be in living hands."""
    now = clock.now()
    long_ago = now - WAITING
    Handling.objects.filter(done_at=None, due_at__range=(now, long_ago + events.LEASE)).update(
        due_at=now
    )
    waiting = Outgoing.objects.filter(state="waiting")
    waiting.filter(held_until__lt=now - HOLDING + outgoing.HOLD).update(due_at=now, held_until=None)
    waiting.filter(held_until=None, due_at__range=(now, long_ago + outgoing.LEASE)).update(
        due_at=now
    )


def run_until(done: Callable[[], bool]) -> None:
    """Wait, and let leases end."""
    began = time.monotonic()
    while not done():
        assert time.monotonic() - began < LONGEST, states()
        time.sleep(0.5)
        leases_end()


def states() -> dict[str, int]:
    rows = Outgoing.objects.values_list("state", flat=True)
    return {state: list(rows).count(state) for state in set(rows)}


def all_sent(wanted: int) -> Callable[[], bool]:
    return lambda: Outgoing.objects.filter(state="sent").count() >= wanted


def doubles_of(office: PostOffice) -> int:
    counted = (office.mails, office.texts, office.chats)
    return sum(n - 1 for counter in counted for n in counter.values())


def check(office: PostOffice, wanted: int, kills: int) -> int:
    """Nothing lost, doubled at most once a kill, in the inbox exactly once; how many doubles."""
    assert states() == {"sent": wanted}
    assert office.taken == wanted, "each number came in"
    numbers = {
        f"notice-{row.pk}-{int(row.created_at.timestamp())}"
        for row in Outgoing.objects.exclude(channel="robot")
    }
    assert set(office.mails) | set(office.texts) == numbers
    doubles = doubles_of(office)
    assert doubles <= kills
    told = list(Notice.objects.filter(kind="core.signed_in").values_list("user_id", flat=True))
    assert sorted(told) == sorted(
        User.objects.filter(nickname__startswith="rig ").values_list("pk", flat=True)
    )
    return doubles


@pytest.mark.parametrize(
    ("notices", "kills"),
    [
        pytest.param(60, 2, id="short"),
        pytest.param(2000, 20, id="full", marks=pytest.mark.soak),
    ],
)
@pytest.mark.timeout(600)
def test_worker_and_relay_are_killed_while_notices_go_out(server, notices, kills, capsys):
    chance = random.Random(20261122)
    with plant() as (office, made):
        wanted = crowd(notices) + robots()
        began = time.monotonic()
        made.start()
        killed = 0
        while killed < kills:
            goal = office.taken + chance.randint(1, max(2, notices // (kills + 2)))
            _wait_for(office, goal, wanted)
            name = chance.choice(["one", "two", "one", "two", "relay"])
            made.kill(name)
            made.start(name)
            killed += 1
        run_until(all_sent(wanted))
        took = time.monotonic() - began
        made.stop()
        doubles = check(office, wanted, kills)
    with capsys.disabled():
        print(f"\n{wanted} messages, {kills} kills, {doubles} doubled, {took:.0f} s")


def _wait_for(office: PostOffice, goal: int, wanted: int) -> None:
    began = time.monotonic()
    while office.taken < min(goal, wanted - 10):
        assert time.monotonic() - began < LONGEST, (office.taken, goal, states())
        time.sleep(0.01)
        if int(time.monotonic() - began) % 2:
            leases_end()


@pytest.mark.parametrize(
    ("notices", "times"),
    [
        pytest.param(30, 1, id="short"),
        pytest.param(2000, 10, id="full", marks=pytest.mark.soak),
    ],
)
@pytest.mark.timeout(600)
def test_a_broker_that_forgets_everything_loses_nothing(server, notices, times):
    with plant() as (office, made):
        wanted = crowd(notices)
        for _ in range(times):
            tasks.dispatch_due()
            assert server.llen(app.conf.task_default_queue) > 0
            wipe(server)
            Handling.objects.filter(done_at=None).update(due_at=clock.now())  # the lease is over
        made.start("relay", "one")
        for n in range(times - 1):
            _wait_for(office, (n + 1) * wanted // times, wanted)
            wipe(server)
        run_until(all_sent(wanted))
        made.stop()
        assert check(office, wanted, kills=0) == 0


@pytest.fixture
def away() -> Iterator[Callable[[str], None]]:
    celery: Any = app

    def go(url: str) -> None:
        celery.conf.broker_url = celery.conf.broker_write_url = url
        celery._pool = celery.amqp._producer_pool = None

    before = app.conf.broker_url
    yield go
    go(before)


def due_now() -> int:
    return Outgoing.objects.filter(state="waiting", due_at__lte=clock.now()).count()


@pytest.mark.parametrize("kind", ["refused", "silent"])
def test_a_broker_that_is_away_leaves_notices_due_and_nobody_hanging(broker_allowed, away, kind):
    crowd(20)
    with transaction.atomic():
        events.drain(None)
    assert due_now() == 20
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = 1 if kind == "refused" else silent.getsockname()[1]
        away(f"redis://127.0.0.1:{port}/0")
        with pytest.raises(OperationalError):
            tasks.dispatch_due()
    assert due_now() == 20
    handed: list[int] = []
    assert outgoing.dispatch_due(handed.extend) == 20


def test_twin_marked_before_it_is_sent_a_lost_worker_loses_it(monkeypatch):
    """Why it is sent first and marked afterwards (reliability, finding 7)."""
    crowd(2)
    events.drain(None)
    rows = list(Outgoing.objects.all())

    def dies(taken: outgoing.Taken) -> None:
        outgoing._finish(taken.row, "sent")
        raise SystemExit

    monkeypatch.setattr(outgoing, "_deliver", dies)
    with pytest.raises(SystemExit):
        outgoing.send(rows[0].pk)
    monkeypatch.undo()
    assert not outgoing.send(rows[0].pk), "lost"
