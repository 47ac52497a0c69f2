"""The shape of the table of notices and ways out of the app, which stands in tuangou/matrix.py.

A kind without a line there is told in the app alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.functional import Promise

from tuangou.core.models import Event, Way

NOW, DIGEST = "now", "digest"
Text = str | Promise


@dataclass(frozen=True, slots=True)
class Kind:
    """One line: what goes where, how long it is of use, how often it may be told.

    `email` is empty, NOW or DIGEST (with all that is not urgent, at 18:00). `starred`: goods wait
    now or somebody's account is at stake: not merged, not counted against the week's texts, and
    till 23:00 where she allowed that. Useful until the moment that its context holds under
    `useful_until`, else for `useful_for` after the event; unsent then, it lapses. `once_per` says
    what of it is told once: the event behind it is unique for it. `still(subject, user)` is asked
    when it is sent: whether it is still true. `confidential`: which neighbour it goes to is not for
    the officers to read.
    """

    name: str
    title: Text
    sms: bool = False
    email: str = ""
    starred: bool = False
    useful_for: timedelta = timedelta(days=2)
    useful_until: str = ""
    once_per: str = "event"
    still: Callable[[int, int], bool] | None = None
    confidential: bool = False

    def lapses_at(self, happened_at: datetime, context: Mapping[str, Any]) -> datetime:
        if self.useful_until and context.get(self.useful_until):
            return datetime.fromisoformat(context[self.useful_until])
        return happened_at + self.useful_for

    def ways(self) -> list[str]:
        """Ways to a person that this installation has."""
        offered = {Way.SMS: self.sms, Way.EMAIL: bool(self.email)}
        return [way.value for way, wanted in offered.items() if wanted and is_offered(way)]


@dataclass(frozen=True, slots=True)
class GroupNews:
    """An event that the group's robot tells: `words(subject, site)` are said, nothing if empty."""

    event: str
    title: Text
    words: Callable[[int, str], str] = field(repr=False)
    useful_for: timedelta = timedelta(hours=6)


_kinds: dict[str, Kind] = {}
_group_news: dict[str, GroupNews] = {}


def register(kinds: Iterable[Kind], group_news: Iterable[GroupNews]) -> None:
    """The whole table, once."""
    _kinds.clear()
    _kinds.update((kind.name, kind) for kind in kinds)
    _group_news.clear()
    _group_news.update((news.event, news) for news in group_news)


def of(kind: str) -> Kind:
    return _kinds.get(kind) or Kind(kind, kind)


def title_of(kind: str) -> Text:
    """What the initiator reads of a kind, or of an event that the chat was told."""
    if kind in _group_news:
        return _group_news[kind].title
    return of(kind).title


def kinds() -> list[Kind]:
    return list(_kinds.values())


def group_news_of(event: Event) -> GroupNews | None:
    return None if event.group_id is None else _group_news.get(event.kind)


def group_news() -> list[GroupNews]:
    return list(_group_news.values())


def is_offered(way: str) -> bool:
    """Whether this installation can send on this way at all."""
    backends = {Way.SMS: settings.SMS_BACKEND, Way.EMAIL: settings.MAIL_BACKEND}
    return bool(backends.get(Way(way), "on") != "off")
