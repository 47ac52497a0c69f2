"""What was said under a round (R1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, QuerySet

from reputation.models import Comment, CommentHiding
from tuangou.core.feeds import Feed, feed

SHOWN = 100


@dataclass(frozen=True, slots=True)
class CommentRow:
    """`text` is empty where it was hidden; then `hidden_reason` says why."""

    id: int
    who: str
    text: str
    said_at: datetime
    hidden_reason: str
    hidden_by: str
    hidden_at: datetime | None


def comments_of(round_id: int) -> list[CommentRow]:
    """The newest hundred of a round, in the order in which they were said. Two queries."""
    rows = _rows().filter(round_id=round_id)
    return [comment_row(row) for row in rows.order_by("-said_at", "-pk")[:SHOWN]][::-1]


def comments_feed(round_id: int, *, after: int | None, limit: int) -> Feed[CommentRow]:
    """The newest first. Two queries."""
    return feed(_rows().filter(round_id=round_id), after=after, limit=limit).of(comment_row)


def comment_of(comment_id: int) -> CommentRow:
    return comment_row(_rows().get(pk=comment_id))


def _rows() -> QuerySet[Comment]:
    hidings = CommentHiding.objects.select_related("hidden_by")
    rows = Comment.objects.select_related("member__household__building")
    return rows.prefetch_related(Prefetch("hidings", hidings))


def comment_row(row: Comment) -> CommentRow:
    hiding = next(iter(row.hidings.all()), None)
    return CommentRow(
        id=row.pk,
        who=row.member.masked_name,
        text="" if hiding else row.text,
        said_at=row.said_at,
        hidden_reason=hiding.reason if hiding else "",
        hidden_by=hiding.hidden_by.nickname if hiding else "",
        hidden_at=hiding.hidden_at if hiding else None,
    )
