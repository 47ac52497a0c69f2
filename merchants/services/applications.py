"""A merchant's way into a group and out of it, and what was agreed (M4, M5).

Lock order: group (only where the row is made), then the approval. Whoever opens a round holds the
approval too, so no round opens beside a suspension. Decisions name the membership that took them.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from groups.models import Group, Membership
from groups.services import words
from merchants.models import Agreement, Application, ApplicationStatus, Merchant
from merchants.queries.applications import agreement_at
from merchants.services.merchants import (
    Shop,
    credit_code_taken,
    normal_credit_code,
    register_merchant,
)
from merchants.services.vetting import begin_checklist, require_vetted
from tuangou.core import clock, events
from tuangou.core.errors import DomainError, InvalidInput, InvalidTransition

MOST_COMMISSION_BP = 3000


class AlreadyApplied(DomainError):
    """The merchant has an application in this group; it goes on from there."""

    code = "already_applied"
    rule = "M4"


class RetroactiveAgreement(DomainError):
    """What was agreed cannot change for the past."""

    code = "retroactive_agreement"
    rule = "M5"
    status = 422


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
    """The merchant may sell here from now on, at this commission (M4, M5).

    Every mandatory line of the checklist is passed, no paper is another merchant's. Without
    `commission_bp`: what was agreed before, else the group's default. Raises NotVetted,
    PaperKnownElsewhere, SecondPersonNeeded, InvalidInput.
    """
    application = Application.objects.lock(group_id, merchant_id)
    at = clock.now()
    actor = _member(group_id, actor_id)
    _require(application, ApplicationStatus.IN_REVIEW)
    application.papers_required = require_vetted(application, at)
    application.save(update_fields=["papers_required"])
    standing = agreement_at(application_id=application.pk, at=at)
    if commission_bp is None:
        commission_bp = standing.commission_bp if standing else _default_commission(group_id)
    application.move_to(ApplicationStatus.APPROVED, at=at, by=actor)
    if standing is None or standing.commission_bp != commission_bp:
        _agree(application, commission_bp, valid_from=at, actor=actor)
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
def suspend(*, group_id: int, merchant_id: int, actor_id: int, reason: str) -> Application:
    """No new rounds until reinstated; refunds stay open (R7). The initiator's alone.

    Open rounds are paused by whoever listens to `application.suspended`. Raises InvalidInput
    without a reason.
    """
    return _decide(
        group_id, merchant_id, actor_id, ApplicationStatus.SUSPENDED, "suspended", reason
    )


@transaction.atomic
def reinstate(*, group_id: int, merchant_id: int, actor_id: int) -> Application:
    """The suspension ends; what was agreed before holds again."""
    application = Application.objects.lock(group_id, merchant_id)
    at = clock.now()
    _require(application, ApplicationStatus.SUSPENDED)
    actor = _member(group_id, actor_id)
    application.move_to(ApplicationStatus.APPROVED, at=at, by=actor)
    _tell("application.reinstated", application, actor.user_id, at)
    return application


@transaction.atomic
def leave(*, group_id: int, merchant_id: int, user_id: int) -> Application:
    """The merchant goes, or a draft is given up; its past rounds stay and it may apply again."""
    application = Application.objects.lock(group_id, merchant_id)
    at = clock.now()
    application.move_to(ApplicationStatus.EXITED, at=at)
    _tell("application.exited", application, user_id, at)
    return application


@transaction.atomic
def agree(
    *,
    group_id: int,
    merchant_id: int,
    actor_id: int,
    commission_bp: int,
    valid_from: datetime | None = None,
) -> Agreement:
    """Another commission for rounds opened from `valid_from` (default: now), never earlier (M5).

    Raises RetroactiveAgreement, InvalidInput.
    """
    application = Application.objects.lock(group_id, merchant_id)
    at = clock.now()
    start = valid_from or at
    if start < at:
        raise RetroactiveAgreement(_("新佣金只能从现在或以后算起"), field="valid_from")
    actor = _member(group_id, actor_id)
    agreement = _agree(application, commission_bp, valid_from=start, actor=actor)
    _tell(
        "application.agreed",
        application,
        actor.user_id,
        at,
        commission_bp=commission_bp,
        valid_from=start.isoformat(),
    )
    return agreement


def _decide(
    group_id: int,
    merchant_id: int,
    actor_id: int,
    status: str,
    fact: str,
    reason: str | None = None,
) -> Application:
    if reason is not None:
        reason = words.plain(
            reason, field="reason", most=300, empty=_("写明理由，商家和邻居都会看到")
        )
    application = Application.objects.lock(group_id, merchant_id)
    at = clock.now()
    actor = _member(group_id, actor_id)
    application.move_to(status, at=at, by=actor, reason=reason or "")
    said = {"reason": reason} if reason else {}
    _tell(f"application.{fact}", application, actor.user_id, at, **said)
    return application


def _look_anew(application: Application, at: datetime) -> None:
    application.vetted_since = at
    application.save(update_fields=["vetted_since"])


def _require(application: Application, status: str) -> None:
    """Approved is reached from two sides; each act has its own."""
    if application.status != status:
        raise InvalidTransition(_("商家现在的状态不能这样改。刷新页面看看最新状态。"))


def _agree(
    application: Application, commission_bp: int, *, valid_from: datetime, actor: Membership
) -> Agreement:
    if not 0 <= commission_bp <= MOST_COMMISSION_BP:
        raise InvalidInput(_("佣金填 0 到 30 之间的百分数"), field="commission")
    agreed = Agreement.objects.filter(application=application, valid_from=valid_from)
    if agreed.exists():
        raise RetroactiveAgreement(_("这个时刻已经约定过佣金，换一个时间"), field="valid_from")
    return Agreement.objects.create(
        group_id=application.group_id,
        application=application,
        commission_bp=commission_bp,
        valid_from=valid_from,
        agreed_by=actor,
    )


def _default_commission(group_id: int) -> int:
    return Group.objects.values_list("commission_bp", flat=True).get(pk=group_id)


def _member(group_id: int, membership_id: int) -> Membership:
    return Membership.objects.of_group(group_id).get(pk=membership_id)


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
