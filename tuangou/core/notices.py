"""A person's inbox. The row is the delivery; its text is made when it is shown, in her language."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import F, IntegerField, QuerySet, Subquery
from django.template import Context
from django.template.loader import get_template

from tuangou.core import matrix
from tuangou.core.events import AppNow
from tuangou.core.models import Event, Notice, Topic

UNREAD_SHOWN = 99
INBOX = "inapp"
AT_ONCE = 10_000
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

# The inbox, and a row for each way out of the app that has an address, in one statement.
_WRITE_AND_SEND = """
    with letter as (
        select * from unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::timestamptz[])
            with ordinality as letter (user_id, kind, path, context, lapses_at, place)
    ), told as (
        insert into core_notice
            (group_id, event_id, user_id, channel, kind, context, path, created_at)
        select %s, %s, core_user.id, 'inapp', letter.kind, letter.context::jsonb, letter.path,
            app_now()
        from letter join core_user on core_user.id = letter.user_id and core_user.is_active
        order by letter.place
        on conflict do nothing
        returning id, user_id, kind, group_id, event_id, created_at
    ), going as (
        insert into core_outgoing (group_id, event_id, notice_id, user_id, channel, kind, state,
            reason, due_at, attempts, last_error, created_at, lapses_at)
        select told.group_id, told.event_id, told.id, told.user_id, way.channel, told.kind,
            'waiting', '', told.created_at, 0, '', told.created_at, letter.lapses_at
        from told
        join letter on letter.user_id = told.user_id and letter.kind = told.kind
        join unnest(%s::text[], %s::text[]) as way (kind, channel) on way.kind = told.kind
        where case way.channel
            when 'sms' then exists (
                select from core_user where id = told.user_id and phone is not null)
            else exists (
                select from core_mailbox
                where user_id = told.user_id and confirmed_at is not null)
            end
        order by told.id, way.channel
        on conflict do nothing
    ), chat as (
        insert into core_outgoing (group_id, event_id, channel, kind, state,
            reason, due_at, attempts, last_error, created_at, lapses_at)
        select group_id, %s, 'robot', %s, 'waiting', '', app_now(), 0, '', app_now(),
            %s::timestamptz
        from core_robot
        where group_id = %s and %s::timestamptz is not null
        on conflict do nothing
    )
    select count(*) from told
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

    One statement for any number of people and ways (tuangou/matrix.py). `kind` is "<app>.<name>",
    its text is the template `<app>/notices/<name>.txt`, which must exist; `context` is JSON: ids,
    counts, fen, names of goods; `path` is the page the line leads to.
    """
    get_template(template_name(kind))
    people = sorted(set(user_ids))
    if _leaves_the_app(event, {kind}):
        return _write_and_send(event, [Letter(who, kind, path, context) for who in people])
    values = [event.group_id, event.pk, kind, json.dumps(dict(context)), path]
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [*values, people])
        return int(cursor.rowcount)


def notify_each(event: Event, letters: Sequence[Letter]) -> int:
    """As notify, with a text of her own for each person; still one statement.

    Of several letters to one person the first counts.
    """
    kinds = {letter.kind for letter in letters}
    for kind in kinds:
        get_template(template_name(kind))
    if not letters:
        return 0
    if _leaves_the_app(event, kinds):
        return _write_and_send(event, letters)
    with connection.cursor() as cursor:
        cursor.execute(_WRITE_EACH, [event.group_id, event.pk, *_columns(letters)])
        return int(cursor.rowcount)


def tell_chat(event: Event) -> None:
    """For news that concern nobody with an account: the group's chat still hears of it."""
    if _leaves_the_app(event, ()):
        _write_and_send(event, [])


def _leaves_the_app(event: Event, kinds: Iterable[str]) -> bool:
    """What was played stays in the app (S2)."""
    if event.simulated:
        return False
    return matrix.group_news_of(event) is not None or any(matrix.of(k).ways() for k in kinds)


def _write_and_send(event: Event, letters: Sequence[Letter]) -> int:
    kinds = {letter.kind for letter in letters}
    ways = [(kind, way) for kind in sorted(kinds) for way in matrix.of(kind).ways()]
    news = matrix.group_news_of(event)
    chat_until = event.happened_at + news.useful_for if news else None
    lapse = [matrix.of(n.kind).lapses_at(event.happened_at, n.context) for n in letters]
    with connection.cursor() as cursor:
        cursor.execute(
            _WRITE_AND_SEND,
            [
                *(*_columns(letters), lapse),
                *(event.group_id, event.pk),
                *([kind for kind, _ in ways], [way for _, way in ways]),
                *(event.pk, event.kind, chat_until, event.group_id, chat_until),
            ],
        )
        return int(cursor.fetchone()[0])


def _columns(letters: Sequence[Letter]) -> list[list[Any]]:
    return [
        [letter.user_id for letter in letters],
        [letter.kind for letter in letters],
        [letter.path for letter in letters],
        [json.dumps(dict(letter.context)) for letter in letters],
    ]


def file_under(topic: Topic, *kinds: str) -> None:
    """These kinds are sorted under a topic of the settings page (see tuangou.subscriptions)."""
    _topics.update(dict.fromkeys(kinds, topic))


def topic_of(kind: str) -> Topic | None:
    """What a kind is about; None for one that was never filed."""
    return _topics.get(kind)


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
    """What a played past told everyone has been read long ago; how many lines that was.

    So many at a time that no statement runs into its limit of time, however long the past."""
    told = Notice.objects.filter(group_id=group_id, event__simulated=True, read_at__isnull=True)
    in_order = told.order_by("pk").values_list("pk", flat=True)
    found, last = 0, 0
    while ids := list(in_order.filter(pk__gt=last)[:AT_ONCE]):
        found += Notice.objects.filter(pk__in=ids).update(read_at=F("created_at"))
        last = ids[-1]
    return found


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
