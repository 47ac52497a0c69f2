"""/healthz asks nothing; /readyz says whether traffic may come."""

import re
import shutil
import socket
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Event, Thread
from types import SimpleNamespace

import pytest
import redis
from django.core.cache import cache
from django.db import connection, connections

from tests.databases import owner_cursor
from tuangou.core import events, health, tasks


@pytest.fixture
def broker(monkeypatch):
    state = {"now": "ok"}
    monkeypatch.setattr(health, "broker_state", lambda: state["now"])
    with_room = SimpleNamespace(total=100, free=50)  # whatever is left on this machine's disk
    monkeypatch.setattr(shutil, "disk_usage", lambda _: with_room)
    return state


@pytest.fixture
def any_second(monkeypatch):
    """A slow machine may take longer to connect than a database is given."""
    monkeypatch.setattr(health, "SECONDS", 60.0)


def readyz(client) -> tuple[int, dict[str, str]]:
    response = client.get("/readyz")
    assert "no-store" in response["Cache-Control"]
    return response.status_code, response.json()


def test_healthz_needs_nothing(client, settings):
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")
    assert client.post("/healthz").status_code == 405


@pytest.mark.django_db(transaction=True)
def test_ready_when_all_is_there(client, broker, any_second):
    health.note_heartbeat()
    assert readyz(client) == (
        200,
        {"status": "ok", "database": "ok", "disk": "ok", "worker": "ok", "broker": "ok"},
    )


@pytest.mark.django_db(transaction=True)
def test_without_the_broker_it_is_degraded_but_takes_orders(client, broker, any_second):
    health.note_heartbeat()
    broker["now"] = "absent"
    status, found = readyz(client)
    assert (status, found["status"], found["broker"]) == (200, "degraded", "absent")


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_silent_is_told_within_minutes(client, broker, any_second, monkeypatch):
    assert readyz(client)[1]["worker"] == "never"
    monkeypatch.setattr(events, "dispatch_due", lambda *_, **__: 0)
    tasks.dispatch_due()
    assert readyz(client)[1] == {
        "status": "ok", "database": "ok", "disk": "ok", "worker": "ok", "broker": "ok",
    }  # fmt: skip
    old = datetime.now(UTC) - timedelta(minutes=4)
    cache.set(health.HEARTBEAT, old.isoformat(), None)
    status, found = readyz(client)
    assert (status, found["status"], found["worker"]) == (200, "degraded", "late")


@pytest.mark.django_db(transaction=True)
def test_a_missing_migration_is_not_ready(client, broker, any_second):
    with owner_cursor() as cursor:
        cursor.execute("delete from django_migrations where name = '0002_guards'")
    status, found = readyz(client)
    assert (status, found["status"], found["database"]) == (503, "unready", "migrations missing")


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_or_silent_is_not_ready_within_a_second(client, broker, request):
    settings = connections.settings["default"]
    port = settings["PORT"]
    connection.close()
    silent = socket.create_server(("127.0.0.1", 0))
    try:
        for dead in ("1", str(silent.getsockname()[1])):
            settings["PORT"] = dead
            status, found = readyz(client)
            assert (status, found["database"], "worker" in found) == (503, "unreachable", False)
    finally:
        silent.close()
        settings["PORT"] = port
    health._prober.submit(lambda: None).result(60)
    request.getfixturevalue("any_second")
    assert readyz(client)[0] == 200


def test_a_full_disk_is_not_ready(monkeypatch, settings, tmp_path):
    settings.DATA_DIR = tmp_path / "not" / "yet"
    usage = SimpleNamespace(total=100, free=5)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    assert health.disk_state() == "ok"
    usage.free = 4
    assert health.disk_state() == "full"


@pytest.mark.usefixtures("broker_allowed")
def test_a_broker_that_refuses_or_is_silent_is_absent_soon(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert health.broker_state() == "absent"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.REDIS_URL = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        assert health.broker_state() == "absent"


@pytest.mark.usefixtures("broker_allowed")
def test_a_broker_that_answers_is_ok(settings, monkeypatch):
    done = Event()
    patient = partial(redis.Redis.from_url, socket_connect_timeout=60, socket_timeout=60)
    monkeypatch.setattr(redis.Redis, "from_url", lambda url, **_impatient: patient(url))

    def answer(server: socket.socket) -> None:
        peer, _ = server.accept()
        with peer:
            while not done.is_set() and (asked := peer.recv(4096)):
                for command in re.split(rb"^\*\d+\r\n", asked, flags=re.MULTILINE)[1:]:
                    peer.sendall(b"+PONG\r\n" if b"PING" in command else b"+OK\r\n")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = Thread(target=answer, args=[server], daemon=True)
        thread.start()
        settings.REDIS_URL = f"redis://127.0.0.1:{server.getsockname()[1]}/0?protocol=2"
        assert health.broker_state() == "ok"
        done.set()
