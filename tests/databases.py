"""The suite's databases: made as the owner, used as the app.

One template is prepared per run (migrations, cache table, grants). Tests that roll back share one
copy of it, made anew every hundred tests: what is rolled back stays in the files. Tests that commit
(`transaction=True`, `live_server`) each get a fresh copy, dropped afterwards: Django's flush would
be a TRUNCATE, which the triggers refuse.

With KEEP_TEMPLATE=1 (on engines of our own, not on configured servers) the template is named after
the migrations it was made from and stays: for the next run of `devstack.py pytest`, and for the two
processes of `make test`, where the second waits for the first to make it.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg2
import psycopg2.errors
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.test import TransactionTestCase

PREFIX = f"test_{os.getpid()}"
KEEP = os.environ.get("KEEP_TEMPLATE") == "1"


def seal() -> str:
    """Changes when a migration or a command of core does."""
    root = Path(__file__).parent.parent
    paths = sorted([*root.glob("*/migrations/*.py"), *root.glob("tuangou/core/m*/**/*.py")])
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()[:16]


TEMPLATE = f"kept_{seal()}" if KEEP else f"{PREFIX}_template"
SHARED = f"{PREFIX}_shared"
RENEWED_AFTER = 100  # tests


@contextmanager
def owner_cursor(name: str | None = None) -> Iterator[Any]:
    """A cursor of the owner role, each statement committed at once; on the current test database,
    or on the one named."""
    current = connections.settings["default"]["NAME"]
    with _cursor(settings.OWNER_DATABASE, name or current) as cursor:
        yield cursor


@contextmanager
def _cursor(role: dict[str, Any], name: str) -> Iterator[Any]:
    connection = psycopg2.connect(
        dbname=name,
        user=role["USER"],
        password=role["PASSWORD"],
        host=role["HOST"],
        port=role["PORT"] or None,
    )
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


def _admin(*statements: str) -> None:
    with owner_cursor(settings.OWNER_DATABASE["NAME"]) as cursor:
        for statement in statements:
            cursor.execute(statement)


def _use(name: str) -> None:
    for connection in connections.all(initialized_only=True):
        connection.close()
    connections.settings["default"]["NAME"] = name


def _copy(name: str) -> None:
    # files are copied as they lie: a third of the work of writing each block to the log too
    _admin(f'create database "{name}" template "{TEMPLATE}" strategy file_copy')


class Copies:
    """Fresh copies one after another; the next is made while a test still uses the last, because
    most of the half second it takes is the machine creating files."""

    def __init__(self) -> None:
        self.maker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="copies")
        self.names = (f"{PREFIX}_{n}" for n in count(1))
        self.coming: Future[str] | None = None

    def next(self) -> str:
        name = (self.coming or self._begin()).result()
        self.coming = self._begin()
        return name

    def close(self) -> None:
        if self.coming is not None:
            _drop(self.coming.result())
        self.maker.shutdown()

    def _begin(self) -> Future[str]:
        return self.maker.submit(self._make, next(self.names))

    @staticmethod
    def _make(name: str) -> str:
        _copy(name)
        return name


def _drop(name: str) -> None:
    """The owner may not end the app's sessions, so the app ends those a test left behind itself."""
    app = connections.settings["default"]
    with _cursor(app, settings.OWNER_DATABASE["NAME"]) as cursor:
        cursor.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = %s and usename = current_user",
            [name],
        )
    for left in range(12, -1, -1):  # each waits five seconds for sessions that are ending
        try:
            _admin(f'drop database if exists "{name}"')
            return
        except psycopg2.errors.ObjectInUse:
            if not left:
                raise


def renew_shared() -> None:
    """Between two tests: the copy that tests share, without what they wrote and rolled back."""
    if connections.settings["default"]["NAME"] == SHARED:
        _use(SHARED)
        _drop(SHARED)
        _copy(SHARED)


@contextmanager
def empty_database() -> Iterator[None]:
    """An empty one as the current test database, gone afterwards."""
    before, name = connections.settings["default"]["NAME"], f"{PREFIX}_empty"
    _admin(f'create database "{name}" template template0')
    _use(name)
    try:
        yield
    finally:
        _use(before)
        _drop(name)


def url(config: dict[str, Any], name: str | None = None) -> str:
    """The URL of a role's settings, on the current test database: for processes a test starts."""
    user, password = (quote(config[key], safe="") for key in ("USER", "PASSWORD"))
    port = f":{config['PORT']}" if config["PORT"] else ""
    name = name or connections.settings["default"]["NAME"]
    return f"postgres://{user}:{password}@{config['HOST']}{port}/{name}"


def environment() -> dict[str, str]:
    """For a manage.py that a test starts: both roles on the current test database."""
    return os.environ | {
        "DATABASE_URL": url(connections.settings["default"]),
        "DATABASE_OWNER_URL": url(settings.OWNER_DATABASE),
    }


def two_roles() -> bool:
    """Whether owner and app are different roles here; one role cannot show what roles refuse."""
    return bool(connections.settings["default"]["USER"] != settings.OWNER_DATABASE["USER"])


def template() -> None:
    """Make the template, or find the one an earlier run kept."""
    if not KEEP:
        _make_template(TEMPLATE)
        return
    with owner_cursor(settings.OWNER_DATABASE["NAME"]) as cursor:
        cursor.execute("select pg_advisory_lock(hashtext('tests: template'))")
        cursor.execute("select datname from pg_database")
        names = [name for (name,) in cursor.fetchall()]
        for name in names:
            left = re.fullmatch(r"test_([0-9]+)_.*", name)
            if left and (int(left[1]) == os.getpid() or not Path(f"/proc/{left[1]}").exists()):
                cursor.execute(f'drop database if exists "{name}"')
        if TEMPLATE not in names:
            draft = f"{PREFIX}_draft"
            _make_template(draft)
            if f"kept_{seal()}" == TEMPLATE:
                cursor.execute(f'alter database "{draft}" rename to "{TEMPLATE}"')
            else:
                raise RuntimeError("A migration changed while it ran. Run the tests again.")


def _make_template(name: str) -> None:
    _admin(f'create database "{name}" template template0')
    _use(name)
    call_command("prepare_database", verbosity=0)
    for connection in connections.all(initialized_only=True):
        connection.close()


@contextmanager
def prepared() -> Iterator[None]:
    """For the whole run: template and shared copy, and TransactionTestCase taught to copy."""
    before = connections.settings["default"]["NAME"]
    copies = Copies()
    case: Any = TransactionTestCase
    setup, teardown = case._fixture_setup, case._fixture_teardown

    def copy_instead_of_flush(cls: type[TransactionTestCase]) -> None:
        _use(copies.next())

    def drop_copy(self: TransactionTestCase) -> None:
        name = connections.settings["default"]["NAME"]
        _use(SHARED)
        _drop(name)

    try:
        template()
        _use(SHARED)
        _copy(SHARED)
        case._fixture_setup = classmethod(copy_instead_of_flush)
        case._fixture_teardown = drop_copy
        yield
    finally:
        case._fixture_setup, case._fixture_teardown = setup, teardown
        copies.close()
        _use(before)
        _drop(SHARED)
        if not KEEP:
            _drop(TEMPLATE)
