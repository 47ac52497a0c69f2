"""A shop appeals against its rejection, once, and is answered with a reason (M4).

Lock order: the approval, then the appeal.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from groups.models import Deputy, Mandate, Membership
from groups.services import words
from merchants.models import Appeal, AppealStatus, Application, ApplicationStatus
from tuangou.core import clock, events
from tuangou.core.errors import DomainError, NotAllowed


class NothingToAppeal(DomainError):
    """The shop is not rejected, or appealed against it already, or it is answered."""

    code = "nothing_to_appeal"
    rule = "M4"


@transaction.atomic
def appeal(*, group_id: int, merchant_id: int, user_id: int, text: str) -> Appeal:
    """The shop says in its own words why the rejection is wrong. Raises NothingToAppeal,
    InvalidInput."""
    text = words.plain(text, field="text", most=500, empty=_("写上哪里不对"))
    row = Application.objects.lock(group_id, merchant_id)
    at = clock.now()
    if row.status != ApplicationStatus.REJECTED or not (row.decided_at and row.decided_by):
        raise NothingToAppeal(_("现在没有可以申诉的决定。刷新页面看看最新状态。"))
    if Appeal.objects.filter(
        group_id=group_id, application=row, rejected_at=row.decided_at
    ).exists():
        raise NothingToAppeal(_("这次决定已经申诉过一次了"))
    made = Appeal.objects.create(
        group_id=group_id,
        application=row,
        rejected_at=row.decided_at,
        rejected_by=row.decided_by,
        text=text,
        made_by_id=user_id,
        made_at=at,
    )
    _tell("appeal.made", made, row, user_id, at)
    return made


@transaction.atomic
def answer_appeal(
    *, group_id: int, merchant_id: int, actor_id: int, granted: bool, reason: str
) -> Appeal:
    """An officer answers; another one than who rejected, where there is another. `granted`: the
    application is submitted again, to be vetted anew. Raises NothingToAppeal, NotAllowed,
    InvalidInput without a reason."""
    reason = words.plain(reason, field="reason", most=300, empty=_("写明理由，店里会看到"))
    row = Application.objects.lock(group_id, merchant_id)
    at = clock.now()
    waiting = Appeal.objects.select_for_update(of=("self",)).filter(
        group_id=group_id, application=row, status=AppealStatus.WAITING
    )
    found = waiting.filter(rejected_at=row.decided_at or at).first()
    if found is None or row.status != ApplicationStatus.REJECTED:
        raise NothingToAppeal(_("没有等答复的申诉。刷新页面看看最新状态。"))
    actor = Membership.objects.of_group(group_id).get(pk=actor_id)
    if actor.pk == found.rejected_by_id and others_in_office(group_id, actor.pk):
        raise NotAllowed(_("申诉由另一位团长或副团长来答，不由当初不通过的人答。"))
    decided = AppealStatus.GRANTED if granted else AppealStatus.REFUSED
    found.move_to(decided, at=at, by=actor, answer=reason)
    if granted:
        row.vetted_since = at
        row.save(update_fields=["vetted_since"])
        row.move_to(ApplicationStatus.SUBMITTED, at=at)
    _tell("appeal.answered", found, row, actor.user_id, at, granted=granted)
    return found


def others_in_office(group_id: int, member_id: int) -> bool:
    """Whether another initiator or deputy could decide. Two queries."""
    offices = (
        Mandate.objects.filter(group_id=group_id, ended_at__isnull=True),
        Deputy.objects.filter(group_id=group_id, ended_at__isnull=True),
    )
    return any(rows.exclude(membership_id=member_id).exists() for rows in offices)


def _tell(
    kind: str,
    row: Appeal,
    application: Application,
    user_id: int | None,
    at: datetime,
    **data: object,
) -> None:
    events.publish(
        kind,
        group_id=row.group_id,
        subject_id=row.pk,
        actor_id=user_id,
        at=at,
        merchant=application.merchant_id,
        **data,
    )
