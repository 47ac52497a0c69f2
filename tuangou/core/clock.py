"""The one clock: the database's `app_now()`, or a simulated moment for one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime

from django.conf import settings
from django.db import DatabaseError, connection, transaction

_simulated: ContextVar[datetime | None] = ContextVar("simulated", default=None)


def now() -> datetime:
    """The moment that decides; read it after the locks are held. One query, none if simulated."""
    at = _simulated.get()
    if at is not None:
        return at
    with connection.cursor() as cursor:
        cursor.execute("select app_now()")
        moment: datetime = cursor.fetchone()[0]
    return moment


def is_simulated() -> bool:
    """Whether this code runs in simulated time. No query."""
    return _simulated.get() is not None


@contextmanager
def simulated(at: datetime) -> Iterator[None]:
    """Let `app_now()` answer `at` for the rest of this block. For the year loader and tests only.

    The setting is local to the current transaction, so it cannot leak to another request; on exit
    the moment that held before is put back. Raises RuntimeError where SIMULATED_TIME is off,
    outside a transaction, and for a naive moment.
    """
    _check(at)
    if not connection.in_atomic_block:
        raise RuntimeError("simulated() belongs inside a transaction")
    before = _simulated.get()
    _set_database_clock(at)
    token = _simulated.set(at.astimezone(UTC))
    try:
        yield
    except BaseException:
        _simulated.reset(token)
        with suppress(DatabaseError):  # a broken transaction takes its settings with it
            _set_database_clock(before)
        raise
    else:
        _simulated.reset(token)
        _set_database_clock(before)


@contextmanager
def simulated_transaction(at: datetime) -> Iterator[None]:
    """A transaction of its own that happens at `at`, whole. For the year loader.

    As simulated(), with fewer statements: the setting ends with the transaction, and as whatever
    fails ends the whole, the blocks within set no savepoints. Raises RuntimeError inside another
    transaction, where the setting would not end, and as simulated().
    """
    _check(at)
    with transaction.atomic(durable=True), _without_savepoints():
        _set_database_clock(at)
        token = _simulated.set(at.astimezone(UTC))
        try:
            yield
        finally:
            _simulated.reset(token)


@contextmanager
def _without_savepoints() -> Iterator[None]:
    """Who catches the failure of a block within meets a transaction that is broken, loudly."""
    features = connection.features
    before, features.uses_savepoints = features.uses_savepoints, False
    try:
        yield
    finally:
        features.uses_savepoints = before


@contextmanager
def simulated_turns() -> Iterator[Callable[[datetime | None], None]]:
    """As simulated(), for one moment after another: `turn(at)`, or `turn(None)` for what it was.

    One statement for each moment that differs from the one before, and one at the end. For those
    who act on what was played. Raises RuntimeError as simulated().
    """
    before = _simulated.get()
    token = _simulated.set(before)

    def turn(at: datetime | None) -> None:
        if at is not None:
            _check(at)
            if not connection.in_atomic_block:
                raise RuntimeError("simulated time belongs inside a transaction")
        moment = before if at is None else at.astimezone(UTC)
        if moment != _simulated.get():
            _set_database_clock(moment)
            _simulated.set(moment)

    try:
        yield turn
    except BaseException:
        with suppress(DatabaseError):  # a broken transaction takes its settings with it
            turn(None)
        raise
    else:
        turn(None)
    finally:
        _simulated.reset(token)


def _check(at: datetime) -> None:
    if not settings.SIMULATED_TIME:
        raise RuntimeError("Simulated time is off: set TUANGOU_DEV=1 or TUANGOU_DEMO=1")
    if at.tzinfo is None:
        raise RuntimeError("A simulated moment needs a time zone")


def _set_database_clock(at: datetime | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select set_config('tuangou.now', %s, true)", [at.isoformat() if at else ""])
