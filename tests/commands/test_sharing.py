"""Engines that several commands share, and those that killed test runs leave behind."""

from __future__ import annotations

from pathlib import Path

from tuangou.dev import stack
from tuangou.dev.places import Places


def test_the_last_user_stops_the_engines(engine_places: Places) -> None:
    first = stack.Engines(engine_places, durable=False, given={})
    second = stack.Engines(engine_places, durable=False, given={})
    first.acquire()
    assert first.only_user()
    second.acquire()
    assert not first.only_user()
    assert second.environment() == first.environment()
    first.release()
    assert second.healthy()
    second.release()
    assert second.postgres is not None
    assert second.valkey is not None
    assert not second.postgres.running()
    assert not second.valkey.running()


def test_given_servers_are_used_and_none_is_started(engine_places: Places) -> None:
    given = {"DATABASE_URL": "postgres://app@db/x", "REDIS_URL": "redis://broker"}
    with stack.Engines(engine_places, given=given) as engines:
        assert (engines.postgres, engines.valkey) == (None, None)
        env = engines.environment()
    assert env.items() >= given.items()
    assert env["DATABASE_OWNER_URL"] == given["DATABASE_URL"]  # make run warns of that


def test_what_the_caller_has_set_stays(engine_places: Places) -> None:
    given = {"DATABASE_URL": "postgres://a@b/c", "REDIS_URL": "redis://d", "TUANGOU_DEV": "0"}
    env = stack.Engines(engine_places, given={**given, "SECRET_KEY_FILE": "/k"}).environment()
    assert env["TUANGOU_DEV"] == "0"
    assert "SECRET_KEY" not in env


def test_folders_of_killed_test_runs_are_swept_and_others_kept(tmp_path: Path) -> None:
    for name in ("killed", "living"):
        folder = tmp_path / f"{stack.TEST_PREFIX}{name}"
        (folder / "state").mkdir(parents=True)
        (folder / "held.lock").touch()
    stranger = tmp_path / f"{stack.TEST_PREFIX}stranger"
    stranger.mkdir()
    holder = stack.Locked(tmp_path / f"{stack.TEST_PREFIX}living" / "held.lock")
    holder.take()
    stack.sweep(tmp_path)
    holder.give()
    left = {path.name.removeprefix(stack.TEST_PREFIX) for path in tmp_path.iterdir()}
    assert left == {"living", "stranger"}
