"""A change of what was agreed is told to the whole group at least seven days before (M5)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from groups.models import GroupStatus
from merchants.models import Agreement, AgreementNotice, Application
from merchants.models.agreements import NOTICE
from tuangou.core import clock, events

# told from here on: a clock that runs hourly leaves the seven days whole
AHEAD = NOTICE + timedelta(days=1, hours=1)


def tell_due() -> None:
    """Look at every change that begins in the next eight days. Repeating is harmless."""
    with transaction.atomic():
        at = clock.now()
    rows = Agreement.objects.filter(
        valid_from__gt=at, valid_from__lte=at + AHEAD, group__status=GroupStatus.ACTIVE
    )
    found = rows.order_by("pk").values_list("group_id", "application__merchant_id").distinct()
    for group_id, merchant_id in set(found):
        tell_of(group_id=group_id, merchant_id=merchant_id)


@transaction.atomic
def tell_of(*, group_id: int, merchant_id: int) -> None:
    """Tell one group of what changes with one shop. Under the approval's lock, so it is once."""
    tell_coming(Application.objects.lock(group_id, merchant_id), clock.now())


def tell_coming(application: Application, at: datetime) -> None:
    """The caller holds the approval."""
    rows = Agreement.objects.filter(
        group_id=application.group_id,
        application=application,
        valid_from__gt=at,
        valid_from__lte=at + AHEAD,
    )
    for agreement in rows.order_by("valid_from"):
        _row, new = AgreementNotice.objects.get_or_create(
            group_id=application.group_id, agreement=agreement, defaults={"told_at": at}
        )
        if new:
            events.publish(
                "agreement.coming",
                group_id=application.group_id,
                subject_id=agreement.pk,
                actor_id=None,
                at=at,
                merchant=application.merchant_id,
                valid_from=agreement.valid_from.isoformat(),
            )
