"""A person's inbox. The row is the delivery; its text is made when it is shown, in her language."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.template import Context
from django.template.loader import get_template

from tuangou.core import clock
from tuangou.core.models import Event, Notice

_WRITE = """
    insert into core_notice
        (group_id, event_id, user_id, channel, kind, context, path, created_at)
    select %s, %s, core_user.id, 'inapp', %s, %s::jsonb, %s, app_now()
    from core_user
    where core_user.id = any(%s) and core_user.is_active
    order by core_user.id
    on conflict do nothing
"""


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


def template_name(kind: str) -> str:
    app, name = kind.split(".")
    return f"{app}/notices/{name}.txt"


def text(kind: str, context: Mapping[str, Any]) -> str:
    """The line in the language of this request. Plain text: the page escapes it."""
    backend: Any = get_template(template_name(kind))
    rendered: str = backend.template.render(Context(dict(context), autoescape=False))
    return " ".join(rendered.split())


def inbox(
    user_id: int, *, group_id: int | None = None, before: int | None = None, limit: int = 50
) -> list[NoticeRow]:
    """Newest first, in one query; `before` is the id of the last line already shown."""
    notices = _of(user_id, group_id)
    if before is not None:
        notices = notices.filter(pk__lt=before)
    return [
        NoticeRow(n.pk, text(n.kind, n.context), n.path, n.created_at, n.read_at is not None)
        for n in notices.order_by("-pk")[:limit]
    ]


def unread_count(user_id: int, *, group_id: int | None = None) -> int:
    return _of(user_id, group_id).filter(read_at__isnull=True).count()


def mark_read(*, user_id: int, up_to: int, group_id: int | None = None) -> int:
    """All lines up to and with this id are read; how many were not yet."""
    unread = _of(user_id, group_id).filter(read_at__isnull=True, pk__lte=up_to)
    return unread.update(read_at=clock.now())


def _of(user_id: int, group_id: int | None) -> QuerySet[Notice]:
    notices = Notice.objects.filter(user_id=user_id)
    return notices if group_id is None else notices.filter(group_id=group_id)
