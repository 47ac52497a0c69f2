"""Papers that end are told of in time: 30, 7 and 0 days before, once each (M3).

The day after its last day a paper has lapsed, unless another took its place (R4).
"""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q

from groups.models import GroupStatus
from merchants.models import Application, ApplicationStatus, Document
from merchants.models.documents import ExpiryNotice
from tuangou.core import clock, events

FIRST = timedelta(days=30)
STEPS = (30, 7, 0)


def tell_due() -> None:
    """Look at every merchant that sells in a living group. Repeating is harmless."""
    with transaction.atomic():
        latest = (clock.now() + FIRST + timedelta(days=1)).date()
    ending = Document.objects.standing().filter(valid_until__lte=latest)
    rows = Application.objects.filter(
        status=ApplicationStatus.APPROVED,
        group__status=GroupStatus.ACTIVE,
        merchant__in=ending.values("merchant_id"),
    )
    for group_id, merchant_id in rows.order_by("pk").values_list("group_id", "merchant_id"):
        tell_of(group_id=group_id, merchant_id=merchant_id)


@transaction.atomic
def tell_of(*, group_id: int, merchant_id: int) -> int:
    """Tell one group of one merchant's papers that end; how many steps were new.

    Under the approval's lock, so two scans tell once. A step that was missed is not made up for:
    only the last one that was reached is told.
    """
    application = Application.objects.lock(group_id, merchant_id)
    at = clock.now()
    if application.status != ApplicationStatus.APPROVED:
        return 0
    today = application.group.local(at).date()
    papers = Document.objects.standing().filter(merchant_id=merchant_id)
    told = 0
    for paper in papers.filter(valid_until__lte=today + FIRST).order_by("pk"):
        _row, new = ExpiryNotice.objects.get_or_create(
            group_id=group_id,
            document=paper,
            days=_step(paper.valid_until or today, today),
            defaults={"told_at": at},
        )
        if new:
            told += 1
            events.publish(
                "document.expiring",
                group_id=group_id,
                subject_id=paper.pk,
                actor_id=None,
                at=at,
                merchant=merchant_id,
                paper=paper.kind,
                until=str(paper.valid_until),
            )
        if _lapsed(paper, today) and not _replaced(paper, today):
            events.publish_once(
                "document.lapsed",
                slot=str(merchant_id),
                group_id=group_id,
                subject_id=paper.pk,
                at=at,
                merchant=merchant_id,
                paper=paper.kind,
            )
    return told


def _lapsed(paper: Document, today: date) -> bool:
    return paper.valid_until is not None and paper.valid_until < today


def _replaced(paper: Document, today: date) -> bool:
    """Whether another paper of its kind is valid now."""
    others = Document.objects.standing().filter(merchant_id=paper.merchant_id, kind=paper.kind)
    valid = Q(valid_until__isnull=True) | Q(valid_until__gte=today)
    return others.filter(valid).exclude(pk=paper.pk).exists()


def _step(last_day: date, today: date) -> int:
    """The step that was reached: the smallest that is not below the days left."""
    left = (last_day - today).days
    return min((days for days in STEPS if days >= left), default=FIRST.days)
