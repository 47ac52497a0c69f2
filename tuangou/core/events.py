"""The event log is the outbox: publish() writes, handlers act on it exactly once in effect (S1).

No request touches the broker: the beat tick calls dispatch_due(), which hands due handlings to
workers; `manage.py dispatch_due` does the same work without beat and broker.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import IntegrityError, connection, transaction
from django.db.models import DateTimeField, Func, QuerySet

from tuangou.core import clock, rows
from tuangou.core.logs import mask
from tuangou.core.models import Event, Handling

Handler = Callable[[Event], None]
Condition = Callable[[Event], bool]

CHUNK = 50
DRAIN_BATCH = 200
LEASE = timedelta(minutes=5)
FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(hours=6)
MAX_ATTEMPTS = 8

_WRITE = """
    with written as (
        insert into core_event
            (group_id, kind, subject_id, actor_id, data, happened_at, simulated)
        values (%s, %s, %s, %s, %s::jsonb, %s, %s)
        returning id
    ), handlings as (
        insert into core_handling (group_id, event_id, handler, due_at, attempts, last_error)
        select %s, written.id, name, %s, 0, '' from written, unnest(%s::text[]) as name
    )
    select id from written
"""

log = structlog.get_logger("tuangou.events")


class AppNow(Func):
    """The database's clock inside a statement."""

    function = "app_now"
    template = "%(function)s()"
    output_field = DateTimeField()


_handlers: dict[str, dict[str, Handler]] = defaultdict(dict)
_conditions: dict[tuple[str, str], Condition] = {}


def subscribe(kind: str, handler: Handler, *, when: Condition | None = None) -> None:
    """Let `handler` act on every event of this kind published from now on. Twice is once.

    `when` looks at the event alone, without the database, as it is published: an event that does
    not concern the handler costs no handling.
    """
    _handlers[kind][_name(handler)] = handler
    if when is not None:
        _conditions[kind, _name(handler)] = when


def publish(
    kind: str,
    *,
    group_id: int | None,
    subject_id: int,
    actor_id: int | None,
    at: datetime,
    **data: Any,
) -> Event:
    """Write one fact, and one handling for each handler that it concerns.

    Belongs in the transaction of the change it tells of; raises RuntimeError outside one.
    `data` holds ids, counts and fen as JSON; no names or phones (they are read when shown).
    Simulated events are never due by themselves: whoever plays them calls drain().
    """
    if not connection.in_atomic_block:
        raise RuntimeError("publish() belongs in the transaction of the change it reports")
    event = Event(
        group_id=group_id,
        kind=kind,
        subject_id=subject_id,
        actor_id=actor_id,
        happened_at=at,
        data=data,
        simulated=clock.is_simulated(),
    )
    names = [name for name in _handlers.get(kind, {}) if _concerns(name, event)]
    due_at = None if event.simulated else at
    with connection.cursor() as cursor:
        cursor.execute(
            _WRITE,
            [
                *(group_id, kind, subject_id, actor_id, json.dumps(data), at, event.simulated),
                *(group_id, due_at, names),
            ],
        )
        (event.pk,) = cursor.fetchone()
    event._state.adding, event._state.db = False, connection.alias
    return event


def publish_once(
    kind: str, *, slot: str, group_id: int, subject_id: int, at: datetime, **data: Any
) -> bool:
    """As publish(), for what a scan finds: once per group, kind, subject and slot, however many
    scan and however often. Whether this was the first time."""
    try:
        with transaction.atomic():
            publish(
                kind,
                group_id=group_id,
                subject_id=subject_id,
                actor_id=None,
                at=at,
                slot=slot,
                **data,
            )
    except IntegrityError as error:
        if "event_once_per_slot" not in str(error):
            raise
        return False
    return True


def dispatch_due(hand_over: Callable[[list[int]], None], *, limit: int = 500) -> int:
    """Hand the handlings that are due to `hand_over`, in chunks of ids; the number handed over.

    Each is taken with a lease first: lost on the way (a broker that forgets, a worker that dies),
    it comes due again when the lease is over. If `hand_over` raises, the rest is given back at
    once and the error passed on.
    """
    now = clock.now()
    leased_until = now + LEASE
    with transaction.atomic():
        due = Handling.objects.select_for_update(skip_locked=True).filter(due_at__lte=now)
        ids = list(due.order_by("due_at", "id").values_list("pk", flat=True)[:limit])
        Handling.objects.filter(pk__in=ids).update(due_at=leased_until)
    for start in range(0, len(ids), CHUNK):
        try:
            hand_over(ids[start : start + CHUNK])
        except BaseException:
            given_back = Handling.objects.filter(pk__in=ids[start:], due_at=leased_until)
            given_back.update(due_at=now)
            raise
    return len(ids)


def handle(handling_id: int) -> bool:
    """Run one handling, once in effect however often it is called; whether it ran now.

    A failure is kept on the row and tried again with growing pauses; after MAX_ATTEMPTS the
    handling is dead: it keeps its last error and nobody takes it up by itself any more.
    """
    attempts = _begin_attempt(handling_id)
    if attempts is None:
        return False
    try:
        with transaction.atomic():
            handling = _locked().filter(pk=handling_id).first()
            if handling is None:
                return False  # done meanwhile, or in other hands
            _act(handling)
            _finish([handling.pk])
    except Exception as error:
        _note_failure(handling_id, attempts, error)
        log.exception("handler_failed", handling=handling_id, attempts=attempts)
        return False
    return True


def drain(group_id: int | None, *, simulated_only: bool = False) -> int:
    """Run all that is open for a group here and now, until nothing is left; the number run.

    For whoever plays simulated time, and for tests. A failing handler raises; its batch is
    rolled back. Rows in other hands are left to them. `simulated_only`: what really happened,
    say to the installation (no group), is left to its time.
    """
    ran = 0
    of_group = "t0.group_id is null" if group_id is None else f"t0.group_id = {group_id:d}"
    simulated = "and t1.simulated" if simulated_only else ""
    open_ones = (
        f"{of_group} and t0.done_at is null and t0.attempts < %s {simulated}"
        " order by t0.id limit %s for update of t0 skip locked"
    )
    while True:
        with transaction.atomic():
            batch = rows.select(Handling, open_ones, [MAX_ATTEMPTS, DRAIN_BATCH], "event")
            with clock.simulated_turns() as turn:
                for handling in batch:
                    turn(handling.event.happened_at if handling.event.simulated else None)
                    _call(handling)
            if batch:
                _finish([handling.pk for handling in batch])
        ran += len(batch)
        if not batch:
            return ran


def _locked() -> QuerySet[Handling]:
    """Open handlings with their events, locked; those another transaction holds are skipped."""
    return (
        Handling.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("event")
        .filter(done_at__isnull=True)
    )


def _act(handling: Handling) -> None:
    event = handling.event
    with clock.simulated(event.happened_at) if event.simulated else nullcontext():
        _call(handling)


def _call(handling: Handling) -> None:
    event = handling.event
    handler = _handlers.get(event.kind, {}).get(handling.handler)
    if handler is None:
        raise LookupError(f"No handler {handling.handler} listens to {event.kind}")
    handler(event)


def _finish(ids: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "update core_handling set done_at = app_now(), due_at = null where id = any(%s)", [ids]
        )


def _begin_attempt(handling_id: int) -> int | None:
    """Count before acting, so that a worker killed by its task cannot try for ever."""
    with transaction.atomic():
        handling = (
            Handling.objects.select_for_update(skip_locked=True)
            .filter(pk=handling_id, done_at__isnull=True, due_at__isnull=False)
            .first()
        )
        if handling is None:
            return None
        if handling.attempts >= MAX_ATTEMPTS:
            last_error = handling.last_error or "The worker was lost each time"
            Handling.objects.filter(pk=handling_id).update(due_at=None, last_error=last_error)
            return None
        due_at = clock.now() + LEASE
        attempts = handling.attempts + 1
        Handling.objects.filter(pk=handling_id).update(attempts=attempts, due_at=due_at)
        return attempts


def _note_failure(handling_id: int, attempts: int, error: Exception) -> None:
    """Come back later, or never after the last attempt."""
    pause = min(FIRST_PAUSE * 3 ** (attempts - 1), LONGEST_PAUSE)
    due_at = clock.now() + pause if attempts < MAX_ATTEMPTS else None
    Handling.objects.filter(pk=handling_id, done_at__isnull=True).update(
        due_at=due_at, last_error=mask(f"{type(error).__name__}: {error}")[:500]
    )


def _concerns(name: str, event: Event) -> bool:
    condition = _conditions.get((event.kind, name))
    return condition is None or condition(event)


def _name(handler: Handler) -> str:
    """Rows keep it: a handler may move between the files of its `handlers` package."""
    app, _, _file = handler.__module__.partition(".handlers.")
    module = f"{app}.handlers" if _file else handler.__module__
    return f"{module}.{handler.__qualname__}"
