"""`make run` and `make manage` as processes: start, share, kill, recover, stop."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands.conftest import Stack, running_from
from tuangou.dev import processes
from tuangou.dev.places import port_is_free

pytestmark = pytest.mark.timeout(600)


def test_a_life_from_first_start_to_last_stop(installation: Stack) -> None:
    """One story, since each start costs seconds."""
    stack = installation
    stack.start()
    assert stack.answers()
    assert "not for production" in stack.said()
    everything = running_from(stack.data)
    assert len(everything) >= 5  # launcher, PostgreSQL, Valkey, web, worker, beat at least

    secrets_are_private(stack.data)
    a_second_launcher_is_refused(stack)
    manage_shares_the_running_engines(stack)

    killed_launcher_leaves_work_behind(stack)
    leftover = running_from(stack.data)
    stack.start()
    assert "was killed" in stack.said()
    assert stack.answers()
    services = services_of(stack)
    assert set(services) == {"web", "worker", "beat"}
    assert not {pid for pid, _since in services.values()} & set(leftover)
    kept = stack.command("shell-db", "-At", "-c", "select word from kept")
    assert kept.stdout == "still here\n", kept.stderr

    fallen = services["worker"][0]
    os.kill(fallen, signal.SIGKILL)
    assert processes.wait_until(lambda: "worker process stopped by itself" in stack.said(), 60)
    database_is_started_again(stack)

    assert stack.launcher is not None
    stack.launcher.terminate()
    assert stack.launcher.wait(60) == 0
    # what lost its parent to the kills above ends as soon as it notices
    gone = processes.wait_until(lambda: running_from(stack.data) == [], 60)
    assert gone, [processes.command_of(pid) for pid in running_from(stack.data)]
    assert port_is_free(stack.port)

    manage_starts_engines_for_its_duration(stack)


def services_of(stack: Stack) -> dict[str, tuple[int, str]]:
    """Pid and start of each."""
    rows = json.loads((stack.data / "state" / "services.json").read_text())
    return {name: (pid, since) for name, (pid, since) in rows.items()}


def secrets_are_private(data: Path) -> None:
    files = list((data / "secrets").iterdir())
    assert {"django", "admin", "owner", "app", "broker"} <= {file.name for file in files}
    for file in files:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert len(file.read_text()) >= 50


def a_second_launcher_is_refused(stack: Stack) -> None:
    before = services_of(stack)
    again = stack.command("run")
    assert again.returncode == 1
    assert again.stderr.startswith("Tuangou is already running")
    assert again.stderr.count("\n") == 1
    assert stack.answers()
    assert services_of(stack) == before


def manage_shares_the_running_engines(stack: Stack) -> None:
    before = (stack.data / "postgres" / "cluster" / "postmaster.pid").read_text()
    made = stack.command("shell-db", "-c", "create table kept as select 'still here' as word")
    assert made.returncode == 0, made.stderr
    asked = stack.command("manage", "shell", "-v0", "-c", ASK_ROLE)
    assert asked.stdout == "tuangou_app\n", asked.stderr
    assert (stack.data / "postgres" / "cluster" / "postmaster.pid").read_text() == before
    assert stack.answers()


ASK_ROLE = """
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("select current_user")
    print(cursor.fetchone()[0])
"""


def database_is_started_again(stack: Stack) -> None:
    pid_file = stack.data / "postgres" / "cluster" / "postmaster.pid"
    before = pid_file.read_text()
    os.kill(int(before.split()[0]), signal.SIGKILL)
    assert processes.wait_until(lambda: "engine stopped by itself" in stack.said(), 60)
    assert processes.wait_until(stack.answers, 120)
    assert pid_file.read_text() != before


def killed_launcher_leaves_work_behind(stack: Stack) -> None:
    """The twin of recovery: without it the old web would still hold the port."""
    assert stack.launcher is not None
    stack.launcher.kill()
    stack.launcher.wait(60)
    assert stack.answers()
    assert not port_is_free(stack.port)


def manage_starts_engines_for_its_duration(stack: Stack) -> None:
    asked = stack.command("manage", "shell", "-v0", "-c", ASK_ROLE)
    assert asked.stdout == "tuangou_app\n", asked.stderr
    assert running_from(stack.data) == []
    wrong = stack.command("manage", "no_such_command")
    assert wrong.returncode != 0
    assert wrong.stdout == ""


def test_a_port_in_use_is_one_sentence(folders: Callable[[], Path]) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        stack = Stack(folders() / "data", port=holder.getsockname()[1])
        refused = stack.command("run")
    assert refused.returncode == 1
    assert refused.stderr == (
        f"Port {stack.port} is in use by another program: stop that one or choose another, "
        f"for example make run PORT={stack.port + 1}.\n"
    )
    assert running_from(stack.data) == []
    assert not (stack.data / "postgres").exists()
