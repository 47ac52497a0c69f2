"""Alarm clocks of the merchants; the rules stand in the services."""

from __future__ import annotations

from celery import shared_task

from merchants.services import agreement_news
from merchants.services.departures import clear_departed
from merchants.services.expiry import tell_due


@shared_task(name="merchants.tell_expiring", acks_late=True)
def tell_expiring(**_: object) -> None:
    """Beat: papers that end in 30, 7 or 0 days are told of, and agreements that change in 7."""
    tell_due()
    agreement_news.tell_due()


@shared_task(name="merchants.clear_departed", acks_late=True)
def clear_departed_files(**_: object) -> None:
    """Beat: the files of shops that left 90 days ago go."""
    clear_departed()
