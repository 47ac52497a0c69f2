"""The scan: what is due because time passed becomes an event, once (reliability 5.5)."""

from __future__ import annotations

import structlog
from django.db import DatabaseError

from orders.queries import reminders
from tuangou.core import clock, events

log = structlog.get_logger("tuangou.reminders")


def remind() -> int:
    """Publish all that is due and was not told yet; how many this call was the first to tell.

    Safe to run any number of times and at once: the event log takes each slot once. One that fails
    does not stop the others, the next scan finds it again.
    """
    told = 0
    at = clock.now()
    for item in reminders.due(at):
        try:
            told += events.publish_once(
                item.kind,
                slot=item.slot,
                group_id=item.group_id,
                subject_id=item.round_id,
                at=at,
            )
        except DatabaseError:
            log.exception("reminder_failed", kind=item.kind, round=item.round_id)
    return told
