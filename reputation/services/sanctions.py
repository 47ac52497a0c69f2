"""Sanctions: decided by the initiator, in force at once, over by themselves or lifted (R7).

Lock order: approval, then round (by the database, which pauses the open ones), then the sanction.
Opening a round holds the approval too, placing an order the round, so neither passes a suspension.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from groups.models import Group, GroupStatus, Membership
from groups.services import words
from merchants.models import Application, ApplicationStatus
from merchants.services import applications
from orders.models import Return
from orders.models.returns import OPEN_OR_GRANTED
from reputation.models import Entry, Panel, Sanction, SanctionAppeal, SanctionProposal
from reputation.models.consequences import MOST_DAYS, STOPS, Broken, Level
from reputation.models.panels import Case
from reputation.models.proposals import ProposalStatus
from reputation.models.sanction_appeals import SanctionAppealStatus
from reputation.models.sanctions import APPEAL_WITHIN, Lifting, SanctionStatus
from reputation.queries.consequences import table_at
from tuangou.core import clock, events
from tuangou.core.errors import DomainError, InvalidInput

LONGEST_REASON = 300
MOST_PAGES = 50
# whoever sells here, or is being looked at anew
SELLING = (
    ApplicationStatus.APPROVED,
    ApplicationStatus.SUSPENDED,
    ApplicationStatus.IN_REVIEW,
)
GRAVEST = tuple(Level.values)[::-1]


class NothingToSanction(DomainError):
    """The merchant does not sell here, the proposal is decided, or the evidence was corrected."""

    code = "nothing_to_sanction"
    rule = "R7"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the initiator decides: level, rule, days (None for a removal), why, and what proves it:
    numbers of pages of the ledger, a return, or both."""

    level: str
    broken: str
    reason: str
    days: int | None = None
    pages: Sequence[int] = ()
    return_id: int | None = None


@transaction.atomic
def decide(
    *,
    group_id: int,
    merchant_id: int,
    actor_id: int,
    decision: Decision,
    proposal_id: int | None = None,
) -> Sanction:
    """A sanction, in force from now on (R7). A suspension or removal stops orders and new rounds in
    the same transaction; deliveries and refunds go on.

    `proposal_id`: what the ledger proposed, accepted by this. Raises InvalidInput,
    NothingToSanction, InvalidTransition.
    """
    reason = words.plain(
        decision.reason,
        field="reason",
        most=LONGEST_REASON,
        empty=_("写明理由，商家和邻居都会看到"),
    )
    days = check_level(decision.level, decision.days)
    application = Application.objects.lock(group_id, merchant_id)
    at = clock.now()
    actor = Membership.objects.of_group(group_id).get(pk=actor_id)
    _check_merchant(application, decision.level)
    proposal = _take_up(application, proposal_id)
    pages = _proved(application, decision)
    sanction = Sanction.objects.create(
        group_id=group_id,
        merchant_id=merchant_id,
        level=decision.level,
        broken=decision.broken,
        reason=reason,
        pages=pages,
        ret_id=decision.return_id,
        days=days,
        table_version=proposal.table_version if proposal else table_at(group_id, at).version,
        proposal=proposal,
        decided_by=actor,
        decided_at=at,
        ends_at=_end(application.group, at, days),
        appeal_until=at + APPEAL_WITHIN,
    )
    if proposal:
        proposal.move_to(ProposalStatus.ACCEPTED, at=at, by=actor)
        keep_waiting(group_id=group_id, merchant_id=merchant_id)
    if sanction.stops and application.may_open_rounds:
        applications.suspend(
            group_id=group_id,
            merchant_id=merchant_id,
            actor_id=actor_id,
            reason=reason,
            sanction_id=sanction.pk,
        )
    _keep(application)
    _tell("sanction.decided", sanction, actor.user_id, at)
    return sanction


@transaction.atomic
def lift(*, sanction_id: int, actor_id: int, reason: str) -> Sanction:
    """The initiator lifts a sanction before its end, with a reason. Raises InvalidInput,
    NothingToSanction."""
    reason = words.plain(
        reason, field="reason", most=LONGEST_REASON, empty=_("写明为什么解除，邻居都会看到")
    )
    application, sanction = lock(sanction_id)
    at = clock.now()
    actor = Membership.objects.of_group(sanction.group_id).get(pk=actor_id)
    if sanction.status != SanctionStatus.IN_FORCE:
        raise NothingToSanction(_("这个处分已经不在生效。刷新页面看看。"))
    sanction.move_to(SanctionStatus.LIFTED, at=at, how=Lifting.INITIATOR, by=actor, reason=reason)
    _let_panel_go(sanction, at)
    _let_sell(application, sanction, at, actor)
    _tell("sanction.lifted", sanction, actor.user_id, at)
    return sanction


@transaction.atomic
def follow_reinstated(*, group_id: int, merchant_id: int) -> int:
    """The initiator let the shop sell again by its application, reinstated, or approved anew after
    it had left: what stopped it is lifted too. How many; what counts is where the shop stands under
    its lock."""
    application = Application.objects.lock(group_id, merchant_id)
    at = clock.now()
    if not application.may_open_rounds:
        return 0
    held = Sanction.objects.select_for_update(of=("self",), no_key=True).filter(
        group_id=group_id,
        merchant_id=merchant_id,
        status=SanctionStatus.IN_FORCE,
        level__in=STOPS,
    )
    rows = list(held.order_by("pk"))
    for sanction in rows:
        sanction.move_to(
            SanctionStatus.LIFTED, at=at, how=Lifting.INITIATOR, by=application.decided_by
        )
        _let_panel_go(sanction, at)
        _tell("sanction.lifted", sanction, None, at)
    _keep(application)
    return len(rows)


def overturn(*, application: Application, sanction: Sanction, at: datetime) -> None:
    """An appeal was granted: the sanction is lifted now. The caller holds both rows."""
    sanction.move_to(SanctionStatus.LIFTED, at=at, how=Lifting.APPEAL)
    _let_sell(application, sanction, at, None)
    _tell("sanction.lifted", sanction, None, at)


def due_sanctions() -> list[int]:
    """Sanctions whose last day is over, removals that can no longer be appealed. For the scan."""
    living = Sanction.objects.filter(
        status=SanctionStatus.IN_FORCE, group__status=GroupStatus.ACTIVE
    )
    over = living.filter(ends_at__lte=clock.now())
    here = Application.objects.filter(
        group_id=OuterRef("group_id"),
        merchant_id=OuterRef("merchant_id"),
        status=ApplicationStatus.SUSPENDED,
    )
    waiting = SanctionAppeal.objects.filter(
        sanction_id=OuterRef("pk"), status=SanctionAppealStatus.WAITING
    )
    removed = living.filter(level=Level.REMOVAL, appeal_until__lte=clock.now())
    removed = removed.filter(Exists(here), ~Exists(waiting))
    return sorted({*over.values_list("pk", flat=True), *removed.values_list("pk", flat=True)})


@transaction.atomic
def end_if_due(*, sanction_id: int) -> bool:
    """A sanction whose last day is over ends; a removal that stands takes the shop out of the
    group. Looks again under the locks, so that twice is once."""
    application, sanction = lock(sanction_id)
    at = clock.now()
    if sanction.status != SanctionStatus.IN_FORCE:
        return False
    if sanction.level == Level.REMOVAL:
        return _take_out(application, sanction, at)
    if sanction.ends_at is None or sanction.ends_at > at:
        return False
    sanction.move_to(SanctionStatus.OVER, at=at)
    _let_sell(application, sanction, at, None)
    _tell("sanction.ended", sanction, None, at)
    return True


def lock(sanction_id: int) -> tuple[Application, Sanction]:
    """Hold the approval, then the sanction."""
    group_id, merchant_id = Sanction.objects.values_list("group_id", "merchant_id").get(
        pk=sanction_id
    )
    application = Application.objects.lock(group_id, merchant_id)
    held = Sanction.objects.select_for_update(of=("self",), no_key=True)
    return application, held.get(pk=sanction_id)


def check_level(level: str, days: int | None) -> int | None:
    """The days of a sanction of this level; none for a removal. Raises InvalidInput."""
    if level not in Level.values:
        raise InvalidInput(_("选一级处分：警告、公示、停团或清退。"), field="level")
    if level == Level.REMOVAL:
        return None
    if days is None or not 1 <= days <= MOST_DAYS:
        raise InvalidInput(_("处分几天填 1 到 %(most)s。") % {"most": MOST_DAYS}, field="days")
    return days


def _check_merchant(application: Application, level: str) -> None:
    status = application.status
    if status not in SELLING:
        raise NothingToSanction(_("这家不在本群卖，不用处分。"))
    if level in STOPS and status == ApplicationStatus.IN_REVIEW:
        raise NothingToSanction(_("这家正在重新审核，本来就不能开团。审核时再定。"))


def _take_up(application: Application, proposal_id: int | None) -> SanctionProposal | None:
    """The proposal that this decides, held; its evidence still stands."""
    if proposal_id is None:
        return None
    proposal = lock_proposal(application.group_id, proposal_id)
    if proposal.merchant_id != application.merchant_id:
        raise NothingToSanction(_("这条提议说的是另一家。刷新页面看看。"))
    return proposal


def lock_proposal(group_id: int, proposal_id: int) -> SanctionProposal:
    rows = SanctionProposal.objects.select_for_update(of=("self",), no_key=True)
    proposal = rows.filter(group_id=group_id, pk=proposal_id).first()
    if proposal is None or proposal.status != ProposalStatus.WAITING:
        raise NothingToSanction(_("这条提议已经定过了。刷新页面看看。"))
    return proposal


def _proved(application: Application, decision: Decision) -> list[int]:
    """The pages, each about this merchant here and not struck out; or a return of its goods."""
    if decision.broken not in Broken.values:
        raise InvalidInput(_("选一条违反的规则。"), field="broken")
    pages = sorted(set(decision.pages))
    if not pages and decision.return_id is None:
        raise InvalidInput(_("没有证据不能处分。选账本里的几页，或一件退货。"), field="pages")
    if len(pages) > MOST_PAGES:
        raise InvalidInput(_("最多选 %(n)s 页。") % {"n": MOST_PAGES}, field="pages")
    book = Entry.objects.of_group(application.group_id)
    theirs = book.filter(number__in=pages, merchant_id=application.merchant_id)
    known = set(theirs.filter(corrects__isnull=True).values_list("number", flat=True))
    if wrong := [n for n in pages if n not in known]:
        raise InvalidInput(
            _("账本第 %(n)s 页说的不是这家。换一页。") % {"n": wrong[0]}, field="pages"
        )
    struck = book.filter(corrects__in=pages).order_by("corrects")
    if gone := struck.values_list("corrects", flat=True).first():
        raise NothingToSanction(
            _("账本第 %(n)s 页已经更正，不能再当证据。去掉它再定。") % {"n": gone}
        )
    if decision.return_id is not None:
        _check_return(application, decision.return_id)
    return pages


def _check_return(application: Application, return_id: int) -> None:
    """A claim about its goods that nobody took back or refused."""
    theirs = Return.objects.filter(
        group_id=application.group_id, round__merchant_id=application.merchant_id, pk=return_id
    )
    status = theirs.values_list("status", flat=True).first()
    if status is None:
        raise InvalidInput(_("这件退货不是这家的。换一件。"), field="ret")
    if status not in OPEN_OR_GRANTED:
        raise InvalidInput(_("这件退货撤回了，或者没同意，不能当证据。换一件。"), field="ret")


def _end(group: Group, at: datetime, days: int | None) -> datetime | None:
    """The first moment after its last day; today is the first day."""
    if days is None:
        return None
    after = group.local(at).date() + timedelta(days=days)
    return datetime.combine(after, time(), tzinfo=group.zone)


def _let_sell(
    application: Application, sanction: Sanction, at: datetime, actor: Membership | None
) -> None:
    """Rounds take orders again, unless another sanction still stops the shop."""
    others = Sanction.objects.filter(
        group_id=sanction.group_id,
        merchant_id=sanction.merchant_id,
        status=SanctionStatus.IN_FORCE,
        level__in=STOPS,
    )
    stopped = application.status == ApplicationStatus.SUSPENDED
    if sanction.stops and stopped and not others.exists():
        applications.reinstate(
            group_id=sanction.group_id,
            merchant_id=sanction.merchant_id,
            actor_id=actor.pk if actor else None,
            sanction_id=sanction.pk,
        )
    _keep(application)


def _let_panel_go(sanction: Sanction, at: datetime) -> None:
    """Who was drawn for an appeal against it has nothing left to decide."""
    appeals = SanctionAppeal.objects.filter(sanction=sanction, status=SanctionAppealStatus.WAITING)
    waiting = Panel.objects.filter(group_id=sanction.group_id, decided_at__isnull=True)
    waiting.filter(case=Case.SANCTION, case_id__in=appeals.values("pk")).update(decided_at=at)


def _take_out(application: Application, sanction: Sanction, at: datetime) -> bool:
    """The shop leaves the group once its removal cannot be appealed any more."""
    appeal = SanctionAppeal.objects.filter(sanction=sanction, status=SanctionAppealStatus.WAITING)
    if sanction.appeal_until > at or appeal.exists():
        return False
    if application.status != ApplicationStatus.SUSPENDED:
        return False
    applications.leave(group_id=sanction.group_id, merchant_id=sanction.merchant_id, user_id=None)
    return True


def _keep(application: Application) -> None:
    """The gravest sanction in force on the approval row, for pages that read it anyway."""
    rows = Sanction.objects.filter(
        group_id=application.group_id,
        merchant_id=application.merchant_id,
        status=SanctionStatus.IN_FORCE,
    )
    found = sorted(rows, key=lambda row: GRAVEST.index(row.level))
    gravest = found[0].level if found else ""
    ends = [row.last_day for row in found if row.level == gravest and row.last_day]
    last_day = application.group.local(max(ends)).date() if ends else None
    Application.objects.filter(pk=application.pk).update(
        sanction=gravest, sanction_last_day=last_day
    )


def keep_waiting(*, group_id: int, merchant_id: int) -> None:
    """How many proposals wait, on the approval row, for the console."""
    waiting = SanctionProposal.objects.filter(
        group_id=group_id, merchant_id=merchant_id, status=ProposalStatus.WAITING
    )
    here = Application.objects.filter(group_id=group_id, merchant_id=merchant_id)
    here.update(sanctions_proposed=waiting.count())


def _tell(kind: str, sanction: Sanction, user_id: int | None, at: datetime) -> None:
    events.publish(
        kind,
        group_id=sanction.group_id,
        subject_id=sanction.pk,
        actor_id=user_id,
        at=at,
        merchant=sanction.merchant_id,
        level=str(sanction.level),
    )
