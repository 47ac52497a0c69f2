"""Alarm clocks for workers. Rules live in the modules called here."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from tuangou.core import events, health, limits, requests, sessions


@shared_task(name="core.dispatch_due")
def dispatch_due(**_: Any) -> None:
    """Beat, every 5 s: hand what is due to workers, and show that beat, broker and worker live."""
    health.note_heartbeat()
    while events.dispatch_due(_to_workers, limit=DISPATCH_LIMIT) == DISPATCH_LIMIT:
        pass


@shared_task(name="core.handle")
def handle(*, handling_ids: list[int], **_: Any) -> None:
    """Run these handlings; one that fails does not stop the others."""
    for handling_id in handling_ids:
        events.handle(handling_id)


@shared_task(name="core.tidy")
def tidy(**_: Any) -> None:
    """Beat, every hour: drop sessions, request keys and limits that are over."""
    sessions.tidy_sessions()
    requests.tidy_keys()
    limits.tidy()


DISPATCH_LIMIT = 500


def _to_workers(ids: list[int]) -> None:
    handle.delay(handling_ids=ids)
