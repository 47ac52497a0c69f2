"""The only way to a group: strangers get 404, members without the office get 403."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import OuterRef
from django.http import Http404
from django.utils.translation import gettext as _

from groups.models import GroupStatus, Membership
from tuangou.core.errors import NotAllowed
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


def _membership(user: AnyUser, slug: str) -> Membership:
    if not isinstance(user, User) or not user.is_active:
        raise Http404
    membership = (
        Membership.objects.active()
        .filter(user=user, group__slug=slug)
        .exclude(group__status=GroupStatus.VOID)
        .select_related("group", "household__building")
        .with_office()
        .annotate(  # type: ignore[no-redef]
            unread=UnreadCount.of(OuterRef("user_id"), OuterRef("group_id"))
        )
        .first()
    )
    if membership is None:
        raise Http404
    membership.user = user
    if user.puts_offices_aside:
        membership.holds_mandate = membership.is_deputy = False
    return membership
