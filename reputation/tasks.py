"""Alarm clocks of the ledger; the rules stand in the services."""

from __future__ import annotations

import structlog
from celery import shared_task

from reputation.services import complaint_clocks, ratings, sanction_appeals, sanctions, standings

log = structlog.get_logger("tuangou.standings")


@shared_task(name="reputation.rebuild_standings")
def rebuild_standings(**_: object) -> None:
    """Beat, once a day: a task per group."""
    for group_id in standings.groups_to_rebuild():
        rebuild_standing.delay(group_id=group_id)


@shared_task(name="reputation.rebuild_standing", acks_late=True)
def rebuild_standing(*, group_id: int, **_: object) -> None:
    """Entries wear off: count them anew. A standing that was not what they gave is an alarm."""
    for difference in standings.rebuild(group_id=group_id):
        log.error("standing_differs", group=group_id, difference=str(difference))


@shared_task(name="reputation.enter_ratings")
def enter_ratings(**_: object) -> None:
    """Beat, every ten minutes: a task for each group with ratings that nobody can change now."""
    for group_id in ratings.groups_with_settled():
        enter_ratings_of.delay(group_id=group_id)


@shared_task(name="reputation.enter_ratings_of", acks_late=True)
def enter_ratings_of(*, group_id: int, **_: object) -> None:
    """A stretch of them; the next scan finds what is left."""
    ratings.enter_settled(group_id=group_id)


@shared_task(name="reputation.watch_sanctions")
def watch_sanctions(**_: object) -> None:
    """Beat, every minute: a short task per sanction or panel whose time is over."""
    for sanction_id in sanctions.due_sanctions():
        end_sanction.apply_async(kwargs={"sanction_id": sanction_id}, expires=60)
    for panel_id in sanction_appeals.due_panels():
        replace_absent.apply_async(kwargs={"panel_id": panel_id}, expires=60)


@shared_task(name="reputation.end_sanction", acks_late=True)
def end_sanction(*, sanction_id: int, **_: object) -> None:
    """It looks again under the locks, so that twice is once."""
    sanctions.end_if_due(sanction_id=sanction_id)


@shared_task(name="reputation.replace_absent", acks_late=True)
def replace_absent(*, panel_id: int, **_: object) -> None:
    """Who did not vote on an appeal in time makes room for the next."""
    sanction_appeals.replace_absent(panel_id=panel_id)


@shared_task(name="reputation.watch_complaints")
def watch_complaints(**_: object) -> None:
    """Beat, every minute: a short task per complaint or panel one of whose clocks ran out."""
    for complaint_id in complaint_clocks.due_complaints():
        watch_complaint.apply_async(kwargs={"complaint_id": complaint_id}, expires=60)
    for panel_id in complaint_clocks.due_panels():
        replace_who_is_absent.apply_async(kwargs={"panel_id": panel_id}, expires=60)


@shared_task(name="reputation.watch_complaint", acks_late=True)
def watch_complaint(*, complaint_id: int, **_: object) -> None:
    """It looks again under the lock, so that twice is once."""
    complaint_clocks.mark_if_due(complaint_id=complaint_id)


@shared_task(name="reputation.replace_who_is_absent", acks_late=True)
def replace_who_is_absent(*, panel_id: int, **_: object) -> None:
    """Who did not vote on a complaint in time makes room for the next."""
    complaint_clocks.replace_absent(panel_id=panel_id)
