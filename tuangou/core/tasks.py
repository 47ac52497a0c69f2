"""Alarm clocks for workers. Rules live in the modules called here."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from tuangou.core import (
    codes,
    events,
    exports,
    health,
    limits,
    outgoing,
    personal,
    requests,
    sessions,
    sms,
)


@shared_task(name="core.dispatch_due")
def dispatch_due(**_: Any) -> None:
    """Beat, every 5 s: hand what is due to workers, and show that beat, broker and worker live."""
    health.note_heartbeat()
    while events.dispatch_due(_to_workers, limit=DISPATCH_LIMIT) == DISPATCH_LIMIT:
        pass
    while sms.dispatch_due(_texts_to_workers, limit=TEXTS_LIMIT) == TEXTS_LIMIT:
        pass
    while outgoing.dispatch_due(_notices_to_workers, limit=TEXTS_LIMIT) == TEXTS_LIMIT:
        pass


@shared_task(name="core.send_sms")
def send_sms(*, sms_ids: list[int], **_: Any) -> None:
    """Send these texts; each keeps its own failure."""
    for sms_id in sms_ids:
        sms.send(sms_id)


@shared_task(name="core.send_notices")
def send_notices(*, outgoing_ids: list[int], **_: Any) -> None:
    """Send these notices; each keeps its own failure."""
    for outgoing_id in outgoing_ids:
        outgoing.send(outgoing_id)


@shared_task(name="core.handle")
def handle(*, handling_ids: list[int], **_: Any) -> None:
    """Run these handlings; one that fails does not stop the others."""
    for handling_id in handling_ids:
        events.handle(handling_id)


@shared_task(name="core.tidy")
def tidy(**_: Any) -> None:
    """Beat, every hour: drop sessions, request keys, limits, codes and texts that are over."""
    sessions.tidy_sessions()
    requests.tidy_keys()
    limits.tidy()
    codes.tidy()
    sms.tidy()
    outgoing.tidy()
    exports.tidy()
    personal.note_erasures()


DISPATCH_LIMIT = 500
TEXTS_LIMIT = 200
TEXTS_AT_ONCE = 5  # a gateway that hangs costs a worker ten seconds for each


def _to_workers(ids: list[int]) -> None:
    handle.delay(handling_ids=ids)


def _texts_to_workers(ids: list[int]) -> None:
    for start in range(0, len(ids), TEXTS_AT_ONCE):
        send_sms.delay(sms_ids=ids[start : start + TEXTS_AT_ONCE])


def _notices_to_workers(ids: list[int]) -> None:
    for start in range(0, len(ids), TEXTS_AT_ONCE):
        send_notices.delay(outgoing_ids=ids[start : start + TEXTS_AT_ONCE])
