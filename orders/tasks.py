"""Alarm clocks of rounds and summaries; the rules stand in the services."""

from __future__ import annotations

from datetime import date

from celery import shared_task

from orders.services import summaries


@shared_task(name="orders.publish_due_summaries")
def publish_due_summaries(**_: object) -> None:
    """Beat, every hour: a short task per due month, so that no group holds up another."""
    for group_id, month in summaries.months_due():
        publish_summary.delay(group_id=group_id, month=month.isoformat())


@shared_task(name="orders.publish_summary", acks_late=True)
def publish_summary(*, group_id: int, month: str, **_: object) -> None:
    """Freeze one month; it looks again under the lock, so that twice is once."""
    summaries.publish_month(group_id=group_id, month=date.fromisoformat(month))
