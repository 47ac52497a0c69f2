"""Links for a day's helpers, made and taken back by an officer (O10)."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, time, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from groups.models import Group, Membership
from groups.models.invitations import TOKEN_BYTES, token_sha256
from orders.models import HelperLink, Round
from orders.models.helpers import HELPER_LINKS_A_ROUND
from tuangou.core import clock, events, rows
from tuangou.core.errors import DomainError, InvalidInput


class BadHelperLink(InvalidInput):
    code = "bad_helper_link"
    rule = "O10"


class EnoughHelperLinks(DomainError):
    code = "enough_helper_links"
    rule = "O10"


@transaction.atomic
def make_helper_link(
    *, round_id: int, actor_id: int, name: str, building: str = ""
) -> tuple[HelperLink, str]:
    """A link for one helper until midnight where the group is, and its token, kept nowhere.

    `building` empty: the desk. Raises BadHelperLink, EnoughHelperLinks (HELPER_LINKS_A_ROUND
    standing ones).
    """
    rnd = Round.objects.lock(round_id)
    actor = rows.get(Membership, actor_id)
    at = clock.now()
    name = " ".join(name.split())
    if not name:
        raise BadHelperLink(_("写上帮手的称呼，谁交的货要看得出来。"), field="name")
    if HelperLink.objects.standing().filter(round=rnd).count() >= HELPER_LINKS_A_ROUND:
        raise EnoughHelperLinks(
            _("一个团最多同时有 %(most)d 个帮手链接。先收回几个。") % {"most": HELPER_LINKS_A_ROUND}
        )
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = HelperLink.objects.create(
        group_id=rnd.group_id,
        round=rnd,
        token_sha256=token_sha256(token),
        building=building,
        name=name,
        made_by=actor,
        made_at=at,
        expires_at=midnight_after(rnd.group, at),
    )
    _tell("helper.made", link, actor, at)
    return link, token


@transaction.atomic
def revoke_helper_link(*, link_id: int, actor_id: int) -> HelperLink:
    """Nobody gets in by it any more, from this moment on. Repeating is harmless."""
    link = HelperLink.objects.select_for_update(of=("self",)).get(pk=link_id)
    actor = rows.get(Membership, actor_id)
    if link.revoked_at is None:
        link.revoked_at = clock.now()
        link.save(update_fields=["revoked_at"])
        _tell("helper.revoked", link, actor, link.revoked_at)
    return link


def midnight_after(group: Group, at: datetime) -> datetime:
    """The end of the day where the group is."""
    tomorrow = group.local(at).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time.min, tzinfo=group.zone).astimezone(UTC)


def _tell(kind: str, link: HelperLink, actor: Membership, at: datetime) -> None:
    events.publish(
        kind,
        group_id=link.group_id,
        subject_id=link.pk,
        actor_id=actor.user_id,
        at=at,
        round=link.round_id,
    )
