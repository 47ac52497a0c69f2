"""Announcements: published to everyone at once, kept, withdrawn but never deleted."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from groups.models import Announcement, Membership
from groups.models.announcements import TEXT_MOST, TITLE_MOST
from groups.services import words
from tuangou.core import clock, events
from tuangou.core.errors import DomainError, InvalidInput

LONGEST_PIN_DAYS = 30


class AlreadyWithdrawn(DomainError):
    code = "already_withdrawn"


@transaction.atomic
def publish(*, actor_id: int, title: str, text: str, pin_days: int = 0) -> Announcement:
    """Tell the actor's whole group; `pin_days` keeps it on the front page. Raises InvalidInput."""
    actor = Membership.objects.get(pk=actor_id)
    if not 0 <= pin_days <= LONGEST_PIN_DAYS:
        raise InvalidInput(_("最多置顶 %(most)d 天") % {"most": LONGEST_PIN_DAYS}, field="pin_days")
    at = clock.now()
    announcement = Announcement.objects.create(
        group_id=actor.group_id,
        title=heading(title),
        text=lines(text),
        author=actor,
        published_at=at,
        pinned_until=at + timedelta(days=pin_days) if pin_days else None,
    )
    _tell("announcement.published", announcement, actor, at=at)
    return announcement


@transaction.atomic
def withdraw(*, announcement_id: int, actor_id: int) -> Announcement:
    """Take it off all pages; that it stood there stays on record. Raises AlreadyWithdrawn."""
    actor = Membership.objects.get(pk=actor_id)
    announcement = (
        Announcement.objects.of_group(actor.group_id).select_for_update().get(pk=announcement_id)
    )
    if announcement.withdrawn_at is not None:
        raise AlreadyWithdrawn(_("这条公告已经撤下了，不用再撤"))
    at = clock.now()
    announcement.withdrawn_at, announcement.withdrawn_by = at, actor
    announcement.save(update_fields=["withdrawn_at", "withdrawn_by"])
    _tell("announcement.withdrawn", announcement, actor, at=at)
    return announcement


def heading(title: str) -> str:
    """The title, made storable. Raises InvalidInput."""
    return words.plain(title, field="title", most=TITLE_MOST, empty=_("写个标题，一句话说清"))


def lines(text: str) -> str:
    """What was typed in a box of several lines, made storable: one way of breaking lines, at most
    one empty line in a row. Raises InvalidInput when nothing is left or it is too long."""
    broken = re.sub(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]", "\n", unicodedata.normalize("NFC", text))
    kept = "\n".join(words.plain(line, field="text", most=TEXT_MOST) for line in broken.split("\n"))
    kept = re.sub(r"\n{3,}", "\n\n", kept).strip()
    if not kept:
        raise InvalidInput(_("写上要告诉大家的话"), field="text")
    if len(kept) > TEXT_MOST:
        raise InvalidInput(
            _("最多 %(most)d 个字，现在有 %(length)d 个")
            % {"most": TEXT_MOST, "length": len(kept)},
            field="text",
        )
    return kept


def _tell(kind: str, announcement: Announcement, actor: Membership, *, at: datetime) -> None:
    events.publish(
        kind,
        group_id=announcement.group_id,
        subject_id=announcement.pk,
        actor_id=actor.user_id,
        at=at,
    )
