"""Links that let people in: one seat for a neighbour, the standing link of the compound (G3)."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from groups.models import CompoundLink, Group, Invitation, Membership
from groups.models.invitations import (
    A_DAY,
    INVITATION_LASTS,
    MOST_A_DAY,
    MOST_A_DAY_OFFICER,
    TOKEN_BYTES,
    token_sha256,
)
from tuangou.core import clock, events
from tuangou.core.errors import DomainError


class EnoughInvitations(DomainError):
    """A member makes only so many links a day (G3)."""

    code = "enough_invitations"
    rule = "G3"


class InvitationOver(DomainError):
    """A used link cannot be taken back."""

    code = "invitation_over"
    rule = "G3"


@transaction.atomic
def make_invitation(*, group_id: int, actor_id: int) -> tuple[Invitation, str]:
    """A link for one neighbour, for seven days, and its token, which is kept nowhere.

    At most MOST_A_DAY in 24 hours by a member, MOST_A_DAY_OFFICER by an officer. Raises
    EnoughInvitations.
    """
    Group.objects.lock(group_id)
    at = clock.now()
    actor = Membership.objects.of_group(group_id).active().with_office().get(pk=actor_id)
    most = MOST_A_DAY_OFFICER if actor.is_officer else MOST_A_DAY
    made = Invitation.objects.of_group(group_id).filter(invited_by=actor, made_at__gt=at - A_DAY)
    if made.count() >= most:
        raise EnoughInvitations(
            _("每人 24 小时里最多做 %(most)d 个邀请链接。明天再做，或请团长帮忙") % {"most": most}
        )
    token = secrets.token_urlsafe(TOKEN_BYTES)
    invitation = Invitation.objects.create(
        group_id=group_id,
        token_sha256=token_sha256(token),
        invited_by=actor,
        made_at=at,
        expires_at=at + INVITATION_LASTS,
    )
    _tell("invitation.made", group_id, invitation.pk, actor, at)
    return invitation, token


@transaction.atomic
def revoke_invitation(*, group_id: int, actor_id: int, invitation_id: int) -> Invitation:
    """Nobody comes by this link any more. Twice is once. Raises InvitationOver when it was used."""
    Group.objects.lock(group_id)
    at = clock.now()
    actor = Membership.objects.of_group(group_id).get(pk=actor_id)
    invitation = Invitation.objects.of_group(group_id).get(pk=invitation_id)
    if invitation.used_at is not None:
        raise InvitationOver(_("这个链接已经有人用了，收不回来。不认识的人请团长处理"))
    if invitation.revoked_at is None:
        invitation.revoked_at = at
        invitation.save(update_fields=["revoked_at"])
        _tell("invitation.revoked", group_id, invitation.pk, actor, at)
    return invitation


@transaction.atomic
def renew_link(*, group_id: int, actor_id: int) -> CompoundLink:
    """A new standing link; the one before stops working. Whoever comes by it waits for an officer.

    `link.token` is what the address carries.
    """
    Group.objects.lock(group_id)
    at = clock.now()
    actor = Membership.objects.of_group(group_id).get(pk=actor_id)
    links = CompoundLink.objects.filter(group_id=group_id)
    links.filter(closed_at=None).update(closed_at=at)
    number = links.count() + 1
    link = CompoundLink.objects.create(
        group_id=group_id,
        number=number,
        token_sha256=token_sha256(CompoundLink.token_of(group_id, number)),
        made_by=actor,
        made_at=at,
    )
    _tell("link.renewed", group_id, link.pk, actor, at)
    return link


@transaction.atomic
def close_link(*, group_id: int, actor_id: int) -> None:
    """Nobody comes by the standing link any more. Twice is once."""
    Group.objects.lock(group_id)
    at = clock.now()
    actor = Membership.objects.of_group(group_id).get(pk=actor_id)
    link = CompoundLink.objects.filter(group_id=group_id, closed_at=None).first()
    if link is not None:
        link.closed_at = at
        link.save(update_fields=["closed_at"])
        _tell("link.closed", group_id, link.pk, actor, at)


def _tell(kind: str, group_id: int, subject_id: int, actor: Membership, at: datetime) -> None:
    events.publish(kind, group_id=group_id, subject_id=subject_id, actor_id=actor.user_id, at=at)
