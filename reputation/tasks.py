"""Alarm clocks of the ledger; the rules stand in the services."""

from __future__ import annotations

import structlog
from celery import shared_task

from reputation.services import ratings, standings

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
