"""The event log is the outbox: publish() writes, handlers act on it exactly once in effect (S1).

No request touches the broker: the beat tick calls dispatch_due(), which hands due handlings to
workers; `manage.py dispatch_due` does the same work without beat and broker.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction

from tuangou.core import clock
from tuangou.core.models import Event, Handling

Handler = Callable[[Event], None]

_handlers: dict[str, dict[str, Handler]] = defaultdict(dict)


def subscribe(kind: str, handler: Handler) -> None:
    """Let `handler` act on every event of this kind published from now on. Repeating is harmless."""
    _handlers[kind][_name(handler)] = handler


def publish(
    kind: str,
    *,
    group_id: int | None,
    subject_id: int,
    actor_id: int | None,
    at: datetime,
    **data: Any,
) -> Event:
    """Write one fact, and one handling for each handler subscribed to its kind.

    Belongs in the transaction of the change it tells of; raises RuntimeError outside one.
    `data` holds ids, counts and fen as JSON; no names or phones (they are read when shown).
    Simulated events are never due by themselves: whoever plays them calls drain().
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("publish() belongs in the transaction of the change it reports")
    simulated = clock.is_simulated()
    event = Event.objects.create(
        group_id=group_id,
        kind=kind,
        subject_id=subject_id,
        actor_id=actor_id,
        happened_at=at,
        data=data,
        simulated=simulated,
    )
    if names := _handlers.get(kind):
        Handling.objects.bulk_create(
            Handling(group_id=group_id, event=event, handler=name, due_at=None if simulated else at)
            for name in names
        )
    return event


def _name(handler: Handler) -> str:
    return f"{handler.__module__}.{handler.__qualname__}"
