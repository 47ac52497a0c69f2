"""Announcements as pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import Http404

from groups.models import Announcement

PAGE = 20
LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class AnnouncementRow:
    """One announcement for one reader: of a withdrawn one only officers still read the text."""

    id: int
    title: str
    text: str
    author: str
    published_at: datetime
    pinned: bool
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class AnnouncementsPage:
    rows: list[AnnouncementRow]
    older_url: str


def on_top(group_id: int, *, at: datetime) -> AnnouncementRow | None:
    """The latest pinned one, for the front page. One query."""
    found = Announcement.objects.of_group(group_id).on_top(at).select_related("author").first()
    return _row(found, at=at, officer=False) if found else None


def announcements_page(
    group_id: int, *, at: datetime, officer: bool, before: str = ""
) -> AnnouncementsPage:
    """Newest first, in keyset pages by the id last shown. One query."""
    found = Announcement.objects.of_group(group_id).select_related("author").order_by("-pk")
    if before.isascii() and before.isdecimal():
        found = found.filter(pk__lt=min(int(before[:19]), LARGEST_ID))
    rows = [_row(one, at=at, officer=officer) for one in found[: PAGE + 1]]
    older_url = f"?before={rows[PAGE - 1].id}" if len(rows) > PAGE else ""
    return AnnouncementsPage(rows[:PAGE], older_url)


def announcement_of(group_id: int, announcement_id: int) -> Announcement:
    """An announcement of this group, withdrawn or not, or 404. One query."""
    found = Announcement.objects.of_group(group_id).filter(pk=announcement_id)
    announcement = found.select_related("author", "group").first()
    if announcement is None:
        raise Http404
    return announcement


def row_of(announcement: Announcement, *, at: datetime, officer: bool) -> AnnouncementRow:
    """As the list shows it."""
    return _row(announcement, at=at, officer=officer)


def _row(one: Announcement, *, at: datetime, officer: bool) -> AnnouncementRow:
    return AnnouncementRow(
        id=one.pk,
        title=one.title,
        text=one.text if officer or one.withdrawn_at is None else "",
        author=one.author.nickname,
        published_at=one.published_at,
        pinned=one.withdrawn_at is None and one.pinned_until is not None and one.pinned_until > at,
        withdrawn_at=one.withdrawn_at,
    )
