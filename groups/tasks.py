"""Alarm clocks of the groups; the rules stand in the services."""

from __future__ import annotations

from celery import shared_task

from groups.services.loads import void_abandoned


@shared_task(name="groups.void_abandoned_loads", acks_late=True)
def void_abandoned_loads(**_: object) -> None:
    """Beat: groups whose loader is gone free their slugs."""
    void_abandoned()
