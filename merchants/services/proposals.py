"""Shops that the neighbours would like to have: named, backed, answered (domain M4, W6).

Lock order: group, then the proposal.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from groups.models import Group, Membership
from groups.services import words
from merchants.models import Backing, Proposal, ProposalStatus
from merchants.models.sounds import pinyin_key
from merchants.queries.proposals import known_by_name
from merchants.services.links import make_link
from tuangou.core import clock, events
from tuangou.core.errors import DomainError, InvalidTransition

MOST_A_DAY = 3


class AlreadyProposed(DomainError):
    """Somebody named this shop, or one that sounds like it."""

    code = "already_proposed"


class EnoughProposals(DomainError):
    """A member names only so many shops a day."""

    code = "enough_proposals"


@transaction.atomic
def propose(
    *, group_id: int, actor_id: int, name: str, reason: str, another: bool = False
) -> Proposal:
    """Name a shop, with the reason; her household is the first that would like it.

    A shop of this name or sound that sells here, or is proposed, is told of instead; `another`
    says that it is not that one, which the same name never is. Raises AlreadyProposed,
    EnoughProposals, InvalidInput.
    """
    name = words.plain(name, field="name", most=40, empty=_("填店名"))
    reason = words.plain(reason, field="reason", most=300, empty=_("写两句为什么想团这家"))
    Group.objects.lock(group_id)
    at = clock.now()
    actor = Membership.objects.of_group(group_id).get(pk=actor_id)
    known = known_by_name(group_id, name)
    if known and not (another and all(row.name != name for row in known)):
        raise AlreadyProposed(
            _("已经有「%(name)s」了，看看是不是同一家") % {"name": known[0].name}, field="name"
        )
    today = Proposal.objects.filter(
        group_id=group_id, proposed_by=actor, proposed_at__gt=at - timedelta(days=1)
    )
    if today.count() >= MOST_A_DAY:
        raise EnoughProposals(_("一天最多提 3 家，明天再提"))
    row = Proposal.objects.create(
        group_id=group_id,
        name=name,
        name_key=pinyin_key(name),
        reason=reason,
        proposed_by=actor,
        proposed_at=at,
    )
    _back(row, actor, at)
    _tell("proposal.made", row, actor.user_id, at)
    return row


@transaction.atomic
def back(*, group_id: int, proposal_id: int, actor_id: int, on: bool) -> Proposal:
    """「想团这家」, one per household, or not any more. Twice is once. InvalidTransition once it
    is answered."""
    row = _lock(group_id, proposal_id)
    at = clock.now()
    actor = Membership.objects.of_group(group_id).get(pk=actor_id)
    if row.status != ProposalStatus.OPEN:
        raise InvalidTransition(_("这个提议已经有答复了。刷新页面看看。"))
    if on:
        _back(row, actor, at)
    else:
        row.backings.filter(group_id=group_id, household_id=actor.household_id).delete()
    return row


@transaction.atomic
def invite(*, group_id: int, proposal_id: int, actor_id: int) -> Proposal:
    """The officers ask the shop to come: a link for one shop is made. Raises EnoughLinks,
    InvalidTransition."""
    Group.objects.lock(group_id)
    row = _lock(group_id, proposal_id)
    at = clock.now()
    actor = Membership.objects.of_group(group_id).get(pk=actor_id)
    link = make_link(group_id=group_id, actor_id=actor_id)
    row.move_to(ProposalStatus.INVITED, answered_by=actor, answered_at=at, link=link)
    _tell("proposal.answered", row, actor.user_id, at)
    return row


@transaction.atomic
def decline(*, group_id: int, proposal_id: int, actor_id: int, reason: str) -> Proposal:
    """Not this shop, with the reason. Raises InvalidInput without one, InvalidTransition."""
    reason = words.plain(reason, field="reason", most=300, empty=_("写明为什么不请"))
    row = _lock(group_id, proposal_id)
    at = clock.now()
    actor = Membership.objects.of_group(group_id).get(pk=actor_id)
    row.move_to(ProposalStatus.DECLINED, answered_by=actor, answered_at=at, answer=reason)
    _tell("proposal.answered", row, actor.user_id, at)
    return row


def _lock(group_id: int, proposal_id: int) -> Proposal:
    rows = Proposal.objects.select_for_update(of=("self",), no_key=True)
    return rows.get(group_id=group_id, pk=proposal_id)


def _back(row: Proposal, actor: Membership, at: datetime) -> None:
    Backing.objects.get_or_create(
        group_id=row.group_id,
        proposal=row,
        household_id=actor.household_id,
        defaults={"member": actor, "at": at},
    )


def _tell(kind: str, row: Proposal, user_id: int | None, at: datetime) -> None:
    events.publish(kind, group_id=row.group_id, subject_id=row.pk, actor_id=user_id, at=at)
