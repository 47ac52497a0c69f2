"""A person's inbox. The row is the delivery; its text is made when it is shown, in her language."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import F, IntegerField, QuerySet, Subquery
from django.template import Context
from django.template.loader import get_template
from django.utils.timezone import get_default_timezone

from tuangou.core.events import AppNow
from tuangou.core.models import (
    Event,
    Notice,
    NoticeMute,
    NoticeSetting,
    OutsideChannel,
    Topic,
)

UNREAD_SHOWN = 99
INBOX = "inapp"
DIGEST_AT = time(18)
DIGESTED = frozenset({Topic.OPENED, Topic.NEWS, Topic.PEOPLE, Topic.SUMMARY})  # the rest is urgent
_topics: dict[str, Topic] = {}

_WRITE = """
    insert into core_notice
        (group_id, event_id, user_id, channel, kind, context, path, created_at)
    select %s, %s, core_user.id, 'inapp', %s, %s::jsonb, %s, app_now()
    from core_user
    where core_user.id = any(%s) and core_user.is_active
    order by core_user.id
    on conflict do nothing
"""

_WRITE_EACH = """
    insert into core_notice
        (group_id, event_id, user_id, channel, kind, context, path, created_at)
    select %s, %s, core_user.id, 'inapp', letter.kind, letter.context::jsonb, letter.path, app_now()
    from unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) with ordinality
        as letter (user_id, kind, path, context, place)
    join core_user on core_user.id = letter.user_id and core_user.is_active
    order by letter.place
    on conflict do nothing
"""


@dataclass(frozen=True, slots=True)
class Letter:
    """What one person is told, where each is told something of her own."""

    user_id: int
    kind: str
    path: str
    context: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One line of an inbox, ready to show."""

    id: int
    text: str
    path: str
    created_at: datetime
    read: bool


def notify(
    event: Event, *, user_ids: Iterable[int], kind: str, path: str, context: Mapping[str, Any]
) -> int:
    """Tell these people about an event, each once however often it is called; how many were new.

    One statement for any number of people. `kind` is "<app>.<name>", its text is the template
    `<app>/notices/<name>.txt`, which must exist; `context` is JSON: ids, counts, fen, names of
    goods; `path` is the page the line leads to.
    """
    get_template(template_name(kind))
    values = [event.group_id, event.pk, kind, json.dumps(dict(context)), path]
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [*values, sorted(set(user_ids))])
        return int(cursor.rowcount)


def notify_each(event: Event, letters: Sequence[Letter]) -> int:
    """As notify, with a text of her own for each person; still one statement.

    Of several letters to one person the first counts.
    """
    for kind in {letter.kind for letter in letters}:
        get_template(template_name(kind))
    if not letters:
        return 0
    columns: list[list[Any]] = [
        [letter.user_id for letter in letters],
        [letter.kind for letter in letters],
        [letter.path for letter in letters],
        [json.dumps(dict(letter.context)) for letter in letters],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_WRITE_EACH, [event.group_id, event.pk, *columns])
        return int(cursor.rowcount)


def file_under(topic: Topic, *kinds: str) -> None:
    """These kinds are sorted under a topic of the settings page (see tuangou.subscriptions)."""
    _topics.update(dict.fromkeys(kinds, topic))


def topic_of(kind: str) -> Topic | None:
    """What a kind is about; None for one that was never filed."""
    return _topics.get(kind)


def wants(
    user_id: int, kind: str, channel: str, at: datetime, *, zone: str | None = None
) -> datetime | None:
    """When a notice of this kind may reach her on this channel; None: never (S2).

    The inbox takes everything at once. Elsewhere what she muted is not sent, the daily e-mail
    takes what can wait till 18:00, and what falls into her quiet hours waits for their end; news
    about her account is never muted and never waits. Hours are local to `zone` (the group's), else
    to the installation. Two queries.
    """
    topic = topic_of(kind)
    if channel == INBOX or topic == Topic.ACCOUNT:
        return at
    if NoticeMute.objects.filter(user_id=user_id, topic=topic or "", channel=channel).exists():
        return None
    chosen = NoticeSetting.objects.filter(user_id=user_id).first() or NoticeSetting()
    local = at.astimezone(ZoneInfo(zone) if zone else get_default_timezone())
    if chosen.digest and channel == OutsideChannel.EMAIL and topic in DIGESTED:
        local = _next(local, DIGEST_AT)
    if _is_quiet(local.time(), chosen.quiet_from, chosen.quiet_until):
        local = _next(local, chosen.quiet_until)
    return local.astimezone(at.tzinfo)


def _is_quiet(hour: time, start: time, end: time) -> bool:
    """Whether the hour lies in [start, end), which may run over midnight."""
    return start <= hour < end if start <= end else hour >= start or hour < end


def _next(local: datetime, hour: time) -> datetime:
    """The next moment, this one included, at which the clock on the wall shows `hour`."""
    day = local.date() + timedelta(days=local.time() > hour)
    return datetime.combine(day, hour, tzinfo=local.tzinfo)


def template_name(kind: str) -> str:
    app, name = kind.split(".")
    return f"{app}/notices/{name}.txt"


def text(kind: str, context: Mapping[str, Any]) -> str:
    """The line in the language of this request. Plain text: the page escapes it."""
    backend: Any = get_template(template_name(kind))
    rendered: str = backend.template.render(Context(dict(context), autoescape=False))
    return " ".join(rendered.split())


def inbox(
    user_id: int,
    *,
    group_id: int | None = None,
    before: int | None = None,
    limit: int = 50,
    unread_only: bool = False,
) -> list[NoticeRow]:
    """Newest first, in one query; `before` is the id of the last line already shown."""
    notices = _of(user_id, group_id)
    if unread_only:
        notices = notices.filter(read_at__isnull=True)
    if before is not None:
        notices = notices.filter(pk__lt=before)
    return [
        NoticeRow(n.pk, text(n.kind, n.context), n.path, n.created_at, n.read_at is not None)
        for n in notices.order_by("-pk")[:limit]
    ]


def unread_count(user_id: int, *, group_id: int | None = None) -> int:
    return _of(user_id, group_id).filter(read_at__isnull=True).count()


def mark_all_read(*, user_id: int, group_id: int | None = None) -> int:
    """All her lines are read; how many were not yet."""
    return _of(user_id, group_id).filter(read_at__isnull=True).update(read_at=AppNow())


def mark_read(*, user_id: int, group_id: int, ids: Sequence[int] | None) -> int:
    """These lines of her inbox in a group are read, all without `ids`; how many were not yet."""
    unread = _of(user_id, group_id).filter(read_at__isnull=True)
    if ids is not None:
        unread = unread.filter(pk__in=ids)
    return unread.update(read_at=AppNow())


def mark_shown(*, user_id: int, rows: Iterable[NoticeRow]) -> int:
    """These lines have been seen; how many were new. One statement, none when all were read."""
    new = [row.id for row in rows if not row.read]
    if not new:
        return 0
    unread = _of(user_id, None).filter(read_at__isnull=True, pk__in=new)
    return unread.update(read_at=AppNow())


def mark_played(*, group_id: int) -> int:
    """What a played past told everyone has been read long ago; how many lines that was."""
    told = Notice.objects.filter(group_id=group_id, event__simulated=True, read_at__isnull=True)
    return told.update(read_at=F("created_at"))


class UnreadCount(Subquery):
    """How many lines of an inbox are new, counted up to UNREAD_SHOWN + 1, inside another query.

    `UnreadCount.of(user, group)`: expressions for the account and the group, as OuterRef.
    """

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS unread)"
    output_field = IntegerField()

    @classmethod
    def of(cls, user: Any, group: Any) -> UnreadCount:
        unread = Notice.objects.filter(user_id=user, group_id=group, read_at__isnull=True)
        return cls(unread.values("pk")[: UNREAD_SHOWN + 1])


def _of(user_id: int, group_id: int | None) -> QuerySet[Notice]:
    notices = Notice.objects.filter(user_id=user_id)
    return notices if group_id is None else notices.filter(group_id=group_id)
