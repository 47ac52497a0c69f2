"""Alarm clocks of the merchants; the rules stand in the services."""

from __future__ import annotations

from celery import shared_task

from merchants.services.expiry import tell_due


@shared_task(name="merchants.tell_expiring", acks_late=True)
def tell_expiring(**_: object) -> None:
    """Beat: papers that end in 30, 7 or 0 days are told of."""
    tell_due()
