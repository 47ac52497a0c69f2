"""Alarm clocks of rounds and summaries; the rules stand in the services."""

from __future__ import annotations

from datetime import date

from celery import shared_task

from orders.services import answers, reminders, rounds, summaries


@shared_task(name="orders.publish_due_summaries")
def publish_due_summaries(**_: object) -> None:
    """Beat, every hour: a short task per due month, so that no group holds up another."""
    for group_id, month in summaries.months_due():
        publish_summary.delay(group_id=group_id, month=month.isoformat())


@shared_task(name="orders.publish_summary", acks_late=True)
def publish_summary(*, group_id: int, month: str, **_: object) -> None:
    """Freeze one month; it looks again under the lock, so that twice is once."""
    summaries.publish_month(group_id=group_id, month=date.fromisoformat(month))


@shared_task(name="orders.close_due_rounds")
def close_due_rounds(**_: object) -> None:
    """Beat, every minute: a short task per due round, so that none holds up another. One that
    waited a minute is dropped: the next tick names the round again."""
    for round_id in rounds.due_rounds():
        close_due_round.apply_async(kwargs={"round_id": round_id}, expires=60)


@shared_task(name="orders.close_due_round", acks_late=True)
def close_due_round(*, round_id: int, **_: object) -> None:
    """Close, confirm or fail one round; it looks again under the lock, so that twice is once."""
    rounds.close_if_due(round_id=round_id)


@shared_task(name="orders.remind")
def remind(**_: object) -> None:
    """Beat, every minute: what is due because time passed is told, each thing once."""
    reminders.remind()


@shared_task(name="orders.watch_returns")
def watch_returns(**_: object) -> None:
    """Beat, every minute: a short task per return one of whose clocks ran out."""
    for return_id in answers.due_returns():
        watch_return.apply_async(kwargs={"return_id": return_id}, expires=60)


@shared_task(name="orders.watch_return", acks_late=True)
def watch_return(*, return_id: int, **_: object) -> None:
    """Mark what is due on one return; it looks again under the lock, so that twice is once."""
    answers.mark_if_due(return_id=return_id)
