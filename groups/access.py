"""The only way to a group: strangers get 404, members without the office get 403."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import OuterRef, Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from groups.models import (
    CompoundLink,
    GroupStatus,
    Invitation,
    Joining,
    Membership,
    MembershipStatus,
    WaitsFor,
)
from groups.models.invitations import token_sha256
from tuangou.core.errors import NotAllowed
from tuangou.core.kept import Kept
from tuangou.core.models import User
from tuangou.core.notices import UnreadCount

AnyUser = User | AnonymousUser


class StillLoading(Http404):
    """Her group is being loaded: 404 wherever nothing better is known; the home page sends her to
    `groups:loading`."""


def membership_for(user: AnyUser, slug: str) -> Membership:
    """Her active membership in the living group `slug`; group, household, offices and the number of
    unread notices at hand.

    One query. Raises Http404 for strangers, pending and gone members and void groups, StillLoading
    (an Http404) while the group is being loaded.
    """
    membership = _membership(user, slug)
    if membership.group.status != GroupStatus.ACTIVE:
        raise StillLoading
    return membership


def membership_while_loading(user: AnyUser, slug: str) -> Membership:
    """As membership_for, for a group that may still be loading: its progress page."""
    return _membership(user, slug)


def officer_for(user: AnyUser, slug: str) -> Membership:
    """The initiator or a deputy; NotAllowed (403) for other members."""
    membership = membership_for(user, slug)
    if not membership.is_officer:
        raise NotAllowed(_("这一页只有团长和副团长能用。有事问团长。"))
    return membership


def initiator_for(user: AnyUser, slug: str) -> Membership:
    """The initiator: money, sanctions, offices and rules. NotAllowed (403) for everyone else."""
    membership = membership_for(user, slug)
    if not membership.holds_mandate:
        raise NotAllowed(_("这一页只有团长能用。有事问团长。"))
    return membership


def holds_office(user_id: int) -> bool:
    """Whether this person is initiator or deputy of any group."""
    theirs = Membership.objects.active().filter(user_id=user_id).with_office()
    return theirs.filter(Q(holds_mandate=True) | Q(is_deputy=True)).exists()


def _memberships(user_id: int, slug: str) -> QuerySet[Membership]:
    unread = UnreadCount.of(OuterRef("user_id"), OuterRef("group_id"))
    return (
        Membership.objects.active()
        .filter(user_id=user_id, group__slug=slug)
        .exclude(group__status=GroupStatus.VOID)
        .select_related("group", "household__building")
        .with_office()
        .annotate(unread=unread)  # type: ignore[no-redef]
    )


_MEMBERSHIP = Kept(_memberships)


def _membership(user: AnyUser, slug: str) -> Membership:
    if not isinstance(user, User) or not user.is_active:
        raise Http404
    membership = _MEMBERSHIP.first(user_id=user.pk, slug=slug)
    if membership is None:
        raise Http404
    membership.user = user
    if user.puts_offices_aside:
        membership.holds_mandate = membership.is_deputy = False
    return membership


def invitation_with(token: str) -> Invitation | None:
    """The invitation of this token while it can be used, with its group; else None, whatever the
    reason. One query."""
    usable = Invitation.objects.usable().with_token(token)
    return usable.select_related("group", "invited_by").first()


def link_with(token: str) -> CompoundLink | None:
    """The standing link of this token while it is open, with its group; else None. One query."""
    links = CompoundLink.objects.filter(
        token_sha256=token_sha256(token), closed_at=None, group__status=GroupStatus.ACTIVE
    )
    return links.select_related("group").first()


def membership_in(user: AnyUser, group_id: int) -> Membership | None:
    """Whatever this person is or was in a group, for a link that she follows. One query."""
    if not isinstance(user, User):
        return None
    return Membership.objects.of_group(group_id).filter(user=user).first()


def waiting_for(user: AnyUser, slug: str) -> tuple[Membership, Joining | None]:
    """Her membership that waits, was refused or is active, for the waiting page; else Http404.

    Two queries. Whoever left or was removed as a member waits for nothing here.
    """
    if not isinstance(user, User) or not user.is_active:
        raise Http404
    membership = (
        Membership.objects.filter(user=user, group__slug=slug, group__status=GroupStatus.ACTIVE)
        .select_related("group", "household__building")
        .first()
    )
    if membership is None:
        raise Http404
    joining = Joining.objects.filter(membership=membership).first()
    refused = membership.activated_at is None and joining is not None
    if membership.status in (MembershipStatus.PENDING, MembershipStatus.ACTIVE) or refused:
        return membership, joining
    raise Http404


def applicant_for(user: AnyUser, slug: str, membership_id: int) -> tuple[Membership, Membership]:
    """The caller, and the person about whom she may say yes or no.

    An officer: anyone of the group. Another member: whoever waits for a yes of her household.
    Else Http404.
    """
    member = membership_for(user, slug)
    people = Membership.objects.of_group(member.group_id)
    if not member.is_officer:
        asking = Joining.objects.waiting().filter(
            membership__household_id=member.household_id, waits_for=WaitsFor.HOUSEHOLD
        )
        people = people.filter(pk__in=asking.values("membership_id"))
    applicant = people.filter(pk=membership_id).first()
    if applicant is None:
        raise Http404
    return member, applicant


def person_for_officer(
    user: AnyUser, slug: str, membership_id: int
) -> tuple[Membership, Membership]:
    """An officer, and a person of her group with account, door and offices; 403 for members."""
    officer = officer_for(user, slug)
    return officer, _person(officer.group_id, membership_id)


def person_for_initiator(
    user: AnyUser, slug: str, membership_id: int
) -> tuple[Membership, Membership]:
    """The initiator, and a person of her group: sanctions are hers alone."""
    initiator = initiator_for(user, slug)
    return initiator, _person(initiator.group_id, membership_id)


def _person(group_id: int, membership_id: int) -> Membership:
    person = (
        Membership.objects.of_group(group_id)
        .filter(pk=membership_id)
        .select_related("user", "household__building", "invited_by__household__building")
        .with_office()
        .first()
    )
    if person is None:
        raise Http404
    return person


def invitation_for(user: AnyUser, slug: str, invitation_id: int) -> tuple[Membership, Invitation]:
    """A link that she made, or any of the group for an officer; else Http404."""
    member = membership_for(user, slug)
    invitations = Invitation.objects.of_group(member.group_id)
    if not member.is_officer:
        invitations = invitations.filter(invited_by=member)
    invitation = invitations.filter(pk=invitation_id).first()
    if invitation is None:
        raise Http404
    return member, invitation
