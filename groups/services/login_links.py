"""Handing a neighbour a link to sign in by, and signing in by it (G2)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from groups.models import Group, LoginLink, Membership
from groups.models.invitations import A_DAY, TOKEN_BYTES, token_sha256
from groups.models.login_links import LOGIN_LINK_LASTS, LOGIN_LINKS_A_DAY
from tuangou.core import clock, events, factors
from tuangou.core.errors import DomainError, NotAllowed
from tuangou.core.models import User


class NoLinkForOfficers(NotAllowed):
    """Officers, merchants' staff and whoever has a second factor never come in by a link."""

    code = "no_link_for_officers"
    rule = "G2"


class LinkNotForMember(DomainError):
    code = "link_not_for_member"
    rule = "G2"


class EnoughLoginLinks(DomainError):
    code = "enough_login_links"
    rule = "G2"


class LoginLinkOver(DomainError):
    """Used, revoked, expired or never made: one answer for all."""

    code = "login_link_over"
    rule = "G2"
    status = 404


@dataclass(frozen=True, slots=True)
class Entry:
    """Who comes in, and to which group."""

    user: User
    slug: str


@transaction.atomic
def make_login_link(*, group_id: int, actor_id: int, membership_id: int) -> tuple[LoginLink, str]:
    """A link for this neighbour, for 24 hours, and its token, which is kept nowhere.

    The link before it ends. Raises LinkNotForMember (not in the group now), NoLinkForOfficers,
    EnoughLoginLinks (LOGIN_LINKS_A_DAY in 24 hours).
    """
    Group.objects.lock(group_id)
    at = clock.now()
    actor = Membership.objects.of_group(group_id).get(pk=actor_id)
    member = Membership.objects.of_group(group_id).active().filter(pk=membership_id).first()
    if member is None:
        raise LinkNotForMember(_("登录链接只给在群的邻居。先把人恢复进群"))
    _refuse_officers(member)
    links = LoginLink.objects.of_group(group_id)
    if links.filter(made_by=actor, made_at__gt=at - A_DAY).count() >= LOGIN_LINKS_A_DAY:
        raise EnoughLoginLinks(
            _("24 小时里最多做 %(most)d 个登录链接。明天再做") % {"most": LOGIN_LINKS_A_DAY}
        )
    _revoke(group_id, membership_id, at)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = LoginLink.objects.create(
        group_id=group_id,
        token_sha256=token_sha256(token),
        membership=member,
        made_by=actor,
        made_at=at,
        expires_at=at + LOGIN_LINK_LASTS,
    )
    _tell("login_link.made", link, actor.user_id, at)
    return link, token


@transaction.atomic
def revoke_login_link(*, group_id: int, actor_id: int, membership_id: int) -> bool:
    """Nobody comes in by her link any more; False if there was none to use."""
    Group.objects.lock(group_id)
    return _revoke(group_id, membership_id, clock.now())


@transaction.atomic
def use_login_link(*, token: str) -> Entry:
    """Sign this neighbour in, once. One without an account gets one (G2). Whoever became an
    officer meanwhile does not come in. Raises LoginLinkOver, NoLinkForOfficers."""
    link = LoginLink.objects.usable().with_token(token).first()
    if link is None or not LoginLink.objects.take(link.pk):
        raise LoginLinkOver(_("这个登录链接用不了了。让团长再做一个"))
    member = (
        Membership.objects.select_for_update(of=("self",))
        .select_related("user", "group")
        .get(pk=link.membership_id)
    )
    at = clock.now()
    _refuse_officers(member)
    user = member.user or _account(member)
    if not user.is_active:
        raise LoginLinkOver(_("这个登录链接用不了了。让团长再做一个"))
    _tell("login_link.used", link, user.pk, at)
    return Entry(user, member.group.slug)


def _account(member: Membership) -> User:
    user = User.objects.create_user(nickname=member.nickname)
    member.user = user
    member.save(update_fields=["user"])
    return user


def _refuse_officers(member: Membership) -> None:
    user = member.user
    if user is None:
        return
    if user.is_staff or factors.holds_office(user.pk) or factors.types_of(user.pk):
        raise NoLinkForOfficers(
            _("团长、副团长、商家和设了两步验证的人不能用登录链接，只能自己登录")
        )


def _revoke(group_id: int, membership_id: int, at: datetime) -> bool:
    links = LoginLink.objects.of_group(group_id).filter(
        membership_id=membership_id, used_at=None, revoked_at=None
    )
    return bool(links.update(revoked_at=at))


def _tell(kind: str, link: LoginLink, actor_id: int | None, at: datetime) -> None:
    events.publish(
        kind, group_id=link.group_id, subject_id=link.membership_id, actor_id=actor_id, at=at
    )
