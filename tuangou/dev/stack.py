"""Engines shared by whoever needs them now: `make run`, any number of `make manage`, the suite."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Self

from tuangou.dev.engines import Postgres, Valkey
from tuangou.dev.places import ROOT, Places, Refused, digest

TEST_PREFIX = "tuangou-test-"


class Locked:
    """A file lock that the system gives back when its holder dies, however it dies."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[str] | None = None

    def take(self, *, shared: bool = False, wait: bool = True) -> bool:
        if self._file is None:
            self._file = self.path.open("a+")
        how = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB)
        try:
            fcntl.flock(self._file, how)
        except BlockingIOError:
            return False
        return True

    def give(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> Self:
        self.take()
        return self

    def __exit__(self, *_: object) -> None:
        self.give()


class Engines:
    """The first user starts them, the last one stops them; a killed user counts as gone."""

    def __init__(
        self, places: Places, *, durable: bool = True, given: Mapping[str, str] = os.environ
    ) -> None:
        self.places = places
        self.given = given
        self.postgres = None if given.get("DATABASE_URL") else Postgres(places, durable=durable)
        self.valkey = None if given.get("REDIS_URL") else Valkey(places, durable=durable)
        self._change = places.state / "change.lock"
        self._users = Locked(places.state / "users.lock")

    def acquire(self) -> Self:
        with Locked(self._change):
            self._users.take(shared=True)
            self.ensure()
        return self

    def ensure(self) -> None:
        """Start what is not running; call it again after a crash."""
        for engine in (self.postgres, self.valkey):
            if engine is not None:
                engine.start()

    def healthy(self) -> bool:
        return all(engine is None or engine.running() for engine in (self.postgres, self.valkey))

    def only_user(self) -> bool:
        """Nobody else works with this data folder right now."""
        with Locked(self._change):
            alone = self._users.take(wait=False)
            self._users.take(shared=True)
        return alone

    def release(self) -> None:
        with Locked(self._change):
            last = self._users.take(wait=False)
            if last:
                for engine in (self.valkey, self.postgres):
                    if engine is not None:
                        engine.stop()
            self._users.give()

    def __enter__(self) -> Self:
        try:
            return self.acquire()
        except BaseException:
            self.release()
            raise

    def __exit__(self, *_: object) -> None:
        self.release()

    def environment(self) -> dict[str, str]:
        """What every Django process gets. What the caller has set stays."""
        env = dict(self.given)
        defaults = {
            "SECRET_KEY": self.places.secret("django"),
            "TUANGOU_DEV": "1",
            "PORT": "8000",
        }
        for name, value in defaults.items():
            if not env.get(name) and not env.get(f"{name}_FILE"):
                env[name] = value
        env["DATA_DIR"] = str(self.places.data)
        env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), env.get("PYTHONPATH")]))
        env["PYTHONUNBUFFERED"] = "1"
        if self.postgres is not None:
            env["DATABASE_URL"] = self.postgres.url("app")
            env["DATABASE_OWNER_URL"] = self.postgres.url("owner")
            env["PG_BIN"] = str(self.postgres.bin)  # pg_dump and pg_restore of the same version
        elif not env.get("DATABASE_OWNER_URL"):
            env["DATABASE_OWNER_URL"] = env["DATABASE_URL"]
        if self.valkey is not None:
            env["REDIS_URL"] = self.valkey.url
        return env


def code_seal(env: Mapping[str, str]) -> str:
    """Changes when a migration or the database changes: then `prepare_database` is due."""
    paths = sorted(ROOT.glob("*/migrations/*.py")) + sorted(ROOT.glob("tuangou/*/migrations/*.py"))
    paths += sorted(ROOT.glob("tuangou/core/management/commands/prepare_database.py"))
    return digest(*(path.read_text() for path in paths), env["DATABASE_OWNER_URL"].rpartition("@"))


@contextmanager
def temporary(*, durable: bool = False) -> Iterator[Engines]:
    """Engines of one test run, gone afterwards; those of killed runs are swept first. A database
    that goes with them holds one template for all processes of the run."""
    chosen = Places.find().prepare().data if os.environ.get("DATA_DIR") else None
    sweep(chosen or Path(tempfile.gettempdir()))
    data = Path(tempfile.mkdtemp(prefix=TEST_PREFIX, dir=chosen))
    data.chmod(0o755)
    held = Locked(data / "held.lock")
    held.take()
    places = Places(data, Places.find().account)
    places.marker.touch()
    given = {name: value for name, value in os.environ.items() if name != "DATA_DIR"}
    if not given.get("DATABASE_URL"):
        given["KEEP_TEMPLATE"] = "1"
    try:
        with Engines(places.prepare(), durable=durable, given=given) as engines:
            yield engines
    finally:
        held.give()
        shutil.rmtree(data, ignore_errors=True)


@contextmanager
def lasting() -> Iterator[Engines]:
    """Engines of the development loop: kept, with their template database, for the next run."""
    home = Places.find().prepare()
    places = Places(home.data / "testing", home.account).prepare()
    given = {name: value for name, value in os.environ.items() if name != "DATA_DIR"}
    with Engines(places, durable=False, given={**given, "KEEP_TEMPLATE": "1"}) as engines:
        yield engines


def sweep(parent: Path) -> None:
    """End engines whose test run was killed; never those of a run that still holds its lock."""
    for data in parent.glob(TEST_PREFIX + "*"):
        with suppress(OSError, Refused):
            if data.is_symlink() or data.stat().st_uid != os.geteuid():
                continue
            held = Locked(data / "held.lock")
            if not (data / "held.lock").exists() or not held.take(wait=False):
                continue
            places = Places(data, Places.find().account)
            Postgres(places, durable=False).stop()
            Valkey(places, durable=False).stop()
            held.give()
            shutil.rmtree(data, ignore_errors=True)


class Stopped(BaseException):
    """TERM, INT or HUP arrived: unwind, stop everything, leave."""


@contextmanager
def stoppable() -> Iterator[None]:
    """Signals raise Stopped once; later ones are ignored while everything is being stopped."""

    def arrived(number: int, _frame: object) -> None:
        for each in watched:
            signal.signal(each, signal.SIG_IGN)
        raise Stopped(number)

    watched = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = {each: signal.signal(each, arrived) for each in watched}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
