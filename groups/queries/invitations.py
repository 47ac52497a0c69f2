"""A member's links: what became of each, who came by it, and who brought herself (G3, G8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from groups.models import CompoundLink, Invitation, InvitationState, Membership
from groups.models.invitations import A_DAY, MOST_A_DAY, MOST_A_DAY_OFFICER

SHOWN = 50


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """One link; `came` is who came by it as neighbours see her, with her state."""

    id: int
    state: str
    made_at: datetime
    expires_at: datetime
    came: str
    came_status: str


@dataclass(frozen=True, slots=True)
class InvitationsPage:
    """`left` links may still be made today; `voucher` is who brought this member, or ""."""

    rows: list[InvitationRow]
    left: int
    most: int
    voucher: str
    link: CompoundLink | None


def invitations_page(member: Membership, *, at: datetime) -> InvitationsPage:
    """Her newest links. Three queries; one more for an officer: the standing link."""
    made = Invitation.objects.of_group(member.group_id).filter(invited_by=member)
    rows = list(
        made.select_related("used_by__household__building").order_by("-made_at", "-pk")[:SHOWN]
    )
    most = MOST_A_DAY_OFFICER if member.is_officer else MOST_A_DAY
    today = made.filter(made_at__gt=at - A_DAY).count()
    return InvitationsPage(
        rows=[_row(invitation, at) for invitation in rows],
        left=max(0, most - today),
        most=most,
        voucher=voucher_of(member),
        link=open_link_of(member.group_id) if member.is_officer else None,
    )


def open_link_of(group_id: int) -> CompoundLink | None:
    return CompoundLink.objects.filter(group_id=group_id, closed_at=None).first()


def voucher_of(member: Membership) -> str:
    """Who brought her, as neighbours see them: `3栋·张*`. At most one query."""
    if member.invited_by_id is None:
        return ""
    people = Membership.objects.select_related("household__building")
    return people.get(pk=member.invited_by_id).masked_name


def state_of(invitation: Invitation, at: datetime) -> InvitationState:
    if invitation.used_at is not None:
        return InvitationState.USED
    if invitation.revoked_at is not None:
        return InvitationState.REVOKED
    return InvitationState.OPEN if invitation.expires_at > at else InvitationState.EXPIRED


def _row(invitation: Invitation, at: datetime) -> InvitationRow:
    came = invitation.used_by
    return InvitationRow(
        id=invitation.pk,
        state=state_of(invitation, at),
        made_at=invitation.made_at,
        expires_at=invitation.expires_at,
        came=came.masked_name if came else "",
        came_status=came.status if came else "",
    )
