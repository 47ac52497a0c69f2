"""A merchant's way into a group and out of it (M4).

Lock order: group (only where the row is made), then the approval. Whoever opens a round holds the
approval too, so no round opens beside a suspension. Decisions name the membership that took them.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from groups.models import Group, Membership
from groups.services import words
from merchants.models import Application, ApplicationStatus, Merchant
from merchants.services.agreements import offer
from merchants.services.merchants import (
    Shop,
    credit_code_taken,
    normal_credit_code,
    register_merchant,
)
from merchants.services.vetting import begin_checklist, require_vetted, take_up
from tuangou.core import clock, events
from tuangou.core.errors import DomainError, InvalidTransition, NotAllowed


class AlreadyApplied(DomainError):
    """The merchant has an application in this group; it goes on from there."""

    code = "already_applied"
    rule = "M4"


@transaction.atomic
def start_application(*, group_id: int, merchant_id: int, user_id: int | None) -> Application:
    """A draft for one merchant in one group (M4). Raises AlreadyApplied."""
    Group.objects.lock(group_id)
    at = clock.now()
    if Application.objects.of_group(group_id).filter(merchant_id=merchant_id).exists():
        raise AlreadyApplied(_("这家商家在本群已有申请，到商家页接着办"))
    application = Application.objects.create(group_id=group_id, merchant_id=merchant_id)
    _tell("application.started", application, user_id, at)
    return application


@transaction.atomic
def bring_merchant(
    *, group_id: int, user_id: int, shop: Shop, by_officer: bool, send: bool
) -> Application:
    """A shop comes to this group: known already by its credit code, or registered now (M1, M4).

    An officer brings any shop; everyone else her own, and becomes its owner. `send` submits at
    once, else it stays a draft; so does a shop that has staff, which itself decides to whom it
    shows its papers. Raises CreditCodeTaken, AlreadyApplied, InvalidInput.
    """
    code = normal_credit_code(shop.credit_code)
    known = Merchant.objects.filter(credit_code=code).first() if code else None
    has_staff = known.staff.exists() if known else False
    own = known.staff.filter(user_id=user_id).exists() if known else True
    if known is None:
        owner_id = None if by_officer else user_id
        known = register_merchant(shop=shop, owner_id=owner_id, user_id=user_id)
    elif not (by_officer or own):
        raise credit_code_taken()
    application = start_application(group_id=group_id, merchant_id=known.pk, user_id=user_id)
    if send and (own or not has_staff):
        application = submit(group_id=group_id, merchant_id=known.pk, user_id=user_id)
    return application


@transaction.atomic
def submit(*, group_id: int, merchant_id: int, user_id: int | None) -> Application:
    """Send a draft, a changed or a once refused application to the officers."""
    application = Application.objects.lock(group_id, merchant_id)
    at = clock.now()
    if application.status in (ApplicationStatus.REJECTED, ApplicationStatus.EXITED):
        _look_anew(application, at)
    application.move_to(ApplicationStatus.SUBMITTED, at=at)
    _tell("application.submitted", application, user_id, at)
    return application


@transaction.atomic
def start_review(*, group_id: int, merchant_id: int, actor_id: int) -> Application:
    """An officer takes an application up, or an approved merchant back in: no new rounds.

    What was checked before a decision does not count for the next one.
    """
    application = Application.objects.lock(group_id, merchant_id)
    if application.status == ApplicationStatus.APPROVED:
        _look_anew(application, clock.now())
    begin_checklist(group_id)
    return _decide(group_id, merchant_id, actor_id, ApplicationStatus.IN_REVIEW, "review_started")


@transaction.atomic
def approve(
    *, group_id: int, merchant_id: int, actor_id: int, commission_bp: int | None = None
) -> Application:
    """The merchant may sell here once it has signed what approving offers it (M4, M5).

    Every mandatory line of the checklist is passed, no paper is another merchant's. Without
    `commission_bp`: what was agreed before, else the group's default. A suspension or removal that
    the shop left with ends by it, so only the initiator approves then. Raises NotVetted,
    PaperKnownElsewhere, SecondPersonNeeded, InvalidInput, NotAllowed.
    """
    application = Application.objects.lock(group_id, merchant_id)
    at = clock.now()
    actor = _member(group_id, actor_id)
    take_up(application, actor, at)
    _require(application, ApplicationStatus.IN_REVIEW)
    if application.is_stopped and not actor.holds_mandate:
        raise NotAllowed(_("这家的停团或清退还没解除，只有团长能通过。"))
    application.papers_required = require_vetted(application, at)
    application.save(update_fields=["papers_required"])
    application.move_to(ApplicationStatus.APPROVED, at=at, by=actor)
    commission_bp = offer(application, actor=actor, commission_bp=commission_bp, at=at)
    _tell("application.approved", application, actor.user_id, at, commission_bp=commission_bp)
    return application


@transaction.atomic
def ask_changes(*, group_id: int, merchant_id: int, actor_id: int, reason: str) -> Application:
    """Back to the merchant, with what is missing. Raises InvalidInput without a reason."""
    return _decide(
        group_id, merchant_id, actor_id, ApplicationStatus.CHANGES_ASKED, "changes_asked", reason
    )


@transaction.atomic
def reject(*, group_id: int, merchant_id: int, actor_id: int, reason: str) -> Application:
    """No, with the reason; the merchant may submit again. Raises InvalidInput without a reason."""
    return _decide(group_id, merchant_id, actor_id, ApplicationStatus.REJECTED, "rejected", reason)


@transaction.atomic
def suspend(
    *,
    group_id: int,
    merchant_id: int,
    actor_id: int,
    reason: str,
    sanction_id: int | None = None,
) -> Application:
    """No new rounds until reinstated; refunds stay open (R7). The initiator's alone, by a sanction
    that tells the rest.

    Open rounds are paused with it by the database. Raises InvalidInput without a reason.
    """
    return _decide(
        group_id,
        merchant_id,
        actor_id,
        ApplicationStatus.SUSPENDED,
        "suspended",
        reason,
        sanction_id,
    )


@transaction.atomic
def reinstate(
    *, group_id: int, merchant_id: int, actor_id: int | None, sanction_id: int | None = None
) -> Application:
    """The suspension ends, by itself without an actor; what was agreed before holds again."""
    application = Application.objects.lock(group_id, merchant_id)
    at = clock.now()
    _require(application, ApplicationStatus.SUSPENDED)
    actor = None if actor_id is None else _member(group_id, actor_id)
    application.move_to(ApplicationStatus.APPROVED, at=at, by=actor)
    by = actor.user_id if actor else None
    _tell("application.reinstated", application, by, at, **_sanctioned(sanction_id))
    return application


@transaction.atomic
def leave(*, group_id: int, merchant_id: int, user_id: int | None) -> Application:
    """The merchant goes, or a draft is given up; its past rounds stay and it may apply again."""
    application = Application.objects.lock(group_id, merchant_id)
    at = clock.now()
    application.move_to(ApplicationStatus.EXITED, at=at)
    _tell("application.exited", application, user_id, at)
    return application


def _decide(
    group_id: int,
    merchant_id: int,
    actor_id: int,
    status: str,
    fact: str,
    reason: str | None = None,
    sanction_id: int | None = None,
) -> Application:
    if reason is not None:
        reason = words.plain(
            reason, field="reason", most=300, empty=_("写明理由，商家和邻居都会看到")
        )
    application = Application.objects.lock(group_id, merchant_id)
    at = clock.now()
    actor = _member(group_id, actor_id)
    if reason is not None:
        take_up(application, actor, at)
    application.move_to(status, at=at, by=actor, reason=reason or "")
    said = {"reason": reason} if reason else {}
    _tell(f"application.{fact}", application, actor.user_id, at, **said, **_sanctioned(sanction_id))
    return application


def _sanctioned(sanction_id: int | None) -> dict[str, int]:
    """Which sanction did it, so that its own news is the only one told."""
    return {} if sanction_id is None else {"sanction": sanction_id}


def _look_anew(application: Application, at: datetime) -> None:
    application.vetted_since = at
    application.save(update_fields=["vetted_since"])


def _require(application: Application, status: str) -> None:
    """Approved is reached from two sides; each act has its own."""
    if application.status != status:
        raise InvalidTransition(_("商家现在的状态不能这样改。刷新页面看看最新状态。"))


def _member(group_id: int, membership_id: int) -> Membership:
    return Membership.objects.of_group(group_id).with_office().get(pk=membership_id)


def _tell(
    kind: str, application: Application, user_id: int | None, at: datetime, **data: object
) -> None:
    events.publish(
        kind,
        group_id=application.group_id,
        subject_id=application.pk,
        actor_id=user_id,
        at=at,
        merchant=application.merchant_id,
        **data,
    )
