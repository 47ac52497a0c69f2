"""What cannot work gets one plain sentence and a status, and nothing is changed."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands.conftest import Stack
from tuangou import devstack
from tuangou.dev import places, processes
from tuangou.dev.engines import Postgres
from tuangou.dev.places import Places, Refused


@pytest.fixture
def data(folders: Callable[[], Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    folder = folders() / "data"
    monkeypatch.setenv("DATA_DIR", str(folder))
    return folder


def refusal(capsys: pytest.CaptureFixture[str]) -> str:
    assert devstack.main(["manage", "check"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    return said.err


def cluster_in(data: Path, version: str) -> Path:
    made = Places(data, Places.find().account).prepare()
    made.secret("admin")
    cluster = data / "postgres" / "cluster"
    (cluster / "global").mkdir(parents=True)
    (cluster / "global" / "pg_control").touch()
    (cluster / "PG_VERSION").write_text(version + "\n")
    return cluster


def test_a_folder_of_somebody_else_is_left_alone(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data.mkdir()
    (data / "thesis.txt").write_text("years of work")
    assert "is not empty and was not made by Tuangou" in refusal(capsys)
    assert [path.name for path in data.iterdir()] == ["thesis.txt"]


def test_a_file_is_no_folder(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data.write_text("")
    assert "is not a folder" in refusal(capsys)


def test_a_database_of_another_major_version_is_kept(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster = cluster_in(data, "12")
    said = refusal(capsys)
    assert "was written by PostgreSQL 12" in said
    assert "nothing was changed" in said
    assert (cluster / "PG_VERSION").read_text() == "12\n"


@pytest.mark.parametrize("lost", ["postgres/cluster/PG_VERSION", "secrets/admin"])
def test_a_half_made_database_folder(
    data: Path, lost: str, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster_in(data, "18")
    (data / lost).unlink()
    assert "is only half made" in refusal(capsys)


def test_a_disk_nearly_full(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage("/")._replace(free=12_345_678)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    assert refusal(capsys).startswith("Only 12 MB are free on the disk")


def test_a_disk_that_fills_while_starting(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(data))

    monkeypatch.setattr(Postgres, "start", full)
    assert refusal(capsys) == (f"The disk is full ({data}): free some space and start again.\n")


def test_a_port_that_is_no_port(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stack = Stack(data)
    done = subprocess.run(
        [sys.executable, str(places.ROOT / "tuangou" / "devstack.py"), "run"],
        env={**stack.env, "PORT": "http"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr == "PORT must be a number between 1 and 65535, not 'http'.\n"


def test_leftovers_of_an_interrupted_initdb_are_begun_anew(postgres: Postgres) -> None:
    draft = postgres.home / "cluster.new"
    draft.mkdir()
    (draft / "PG_VERSION").write_text("18\n")
    postgres.stop()
    postgres.start()
    assert not draft.exists()


def test_a_zombie_counts_as_dead() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    try:
        assert processes.wait_until(lambda: not processes.alive(child), 60)
        os.kill(child, 0)  # the system still knows it
    finally:
        os.waitpid(child, 0)


def test_a_zombie_in_the_pid_file_does_not_stop_a_start(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after kill -9 in a container whose first process reaps nobody."""
    postgres.stop()
    child = os.fork()
    if child == 0:
        os.setgid(postgres.account.gid)
        os.setuid(postgres.account.uid)
        os._exit(0)
    pid_file = postgres.cluster / "postmaster.pid"
    try:
        # before it has become the engines' account, PostgreSQL takes it for somebody else's
        assert processes.wait_until(lambda: not processes.alive(child), 60)
        pid_file.write_text(f"{child}\n{postgres.cluster}\n0\n5432\n\n127.0.0.1\n\nready\n")
        with monkeypatch.context() as without:
            without.setattr(Postgres, "_drop_stale_pid_file", lambda _self: None)
            with pytest.raises(Refused, match="lock file"):
                postgres.start()
        postgres.start()
        assert postgres.running()
    finally:
        os.waitpid(child, 0)


def test_the_two_roles(postgres: Postgres) -> None:
    postgres.psql("set role tuangou_owner; create table mine (); drop table mine", database=DB)
    with pytest.raises(Refused, match="permission denied"):
        postgres.psql("set role tuangou_app; create table mine ()", database=DB)
    postgres.psql(
        "do $$ begin assert not exists (select from pg_roles where rolname like 'tuangou\\_%' "
        "and rolname <> 'tuangou_admin' and (rolsuper or rolcreaterole or rolbypassrls)); end $$"
    )


DB = "tuangou"
