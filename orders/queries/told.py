"""What left the app: sent, waiting, failed, and why; for officers, by round and kind (S2).

Names as neighbours see them; no phone, no address.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from groups.models import Membership
from orders.models import Order, Payment, Return
from tuangou.core import matrix
from tuangou.core.judging import REASONS
from tuangou.core.models import Event, Outgoing, OutgoingState, Way

PAGE = 50
NOT_SENT = (
    OutgoingState.LAPSED,
    OutgoingState.MUTED,
    OutgoingState.OVER,
    OutgoingState.CANCELLED,
)
# what the page filters by: the states behind each word of its address
VIEWS: dict[str, tuple[str, ...]] = {
    "failed": (OutgoingState.FAILED,),
    "waiting": (OutgoingState.WAITING,),
    "sent": (OutgoingState.SENT,),
    "held": NOT_SENT,
}


@dataclass(frozen=True, slots=True)
class KindRow:
    """One kind on one way: how many of each view."""

    title: str | Promise
    way: str
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class ToldRow:
    """One notice to one person on one way. `at`: when it ended, or is looked at next."""

    id: int
    who: str
    title: str | Promise
    way: str
    state: str
    at: datetime
    why: str
    error: str
    may_retry: bool


@dataclass(frozen=True, slots=True)
class ToldPage:
    kinds: list[KindRow]
    counts: dict[str, int]
    rows: list[ToldRow]
    older: int | None


def told_page(
    group_id: int, *, round_id: int | None, view: str, before: int | None, at: datetime
) -> ToldPage:
    """Three queries, whatever the number of notices."""
    mine = _outgoing(group_id, round_id)
    kinds = _kinds(mine)
    counts = {name: sum(row.counts.get(name, 0) for row in kinds) for name in VIEWS}
    shown = mine.filter(state__in=VIEWS[view]) if view in VIEWS else mine
    if before is not None:
        shown = shown.filter(pk__lt=before)
    found = list(shown.order_by("-pk")[: PAGE + 1])
    names = _names(group_id, {row.user_id for row in found[:PAGE] if row.user_id})
    rows = [_row(row, names, at) for row in found[:PAGE]]
    return ToldPage(kinds, counts, rows, rows[-1].id if len(found) > PAGE else None)


def retriable(group_id: int, *, round_id: int | None) -> list[int]:
    """What was given up or refused."""
    failed = _outgoing(group_id, round_id).filter(state=OutgoingState.FAILED)
    return list(failed.values_list("pk", flat=True))


def _outgoing(group_id: int, round_id: int | None) -> QuerySet[Outgoing]:
    mine = Outgoing.objects.filter(group_id=group_id)
    return mine if round_id is None else mine.filter(event_id__in=_events_of(group_id, round_id))


def _events_of(group_id: int, round_id: int) -> QuerySet[Event, Any]:
    """Of the round itself, its orders, their money and returns."""
    orders, payments, returns = (
        model._base_manager.filter(group_id=group_id, round_id=round_id).values("pk")
        for model in (Order, Payment, Return)
    )
    return Event.objects.filter(
        Q(kind__startswith="round.", subject_id=round_id)
        | Q(kind__startswith="order.", subject_id__in=orders)
        | Q(kind__startswith="payment.", subject_id__in=payments)
        | Q(kind__startswith="return.", subject_id__in=returns),
        group_id=group_id,
    ).values("pk")


def _kinds(mine: QuerySet[Outgoing]) -> list[KindRow]:
    found: dict[tuple[str, str], dict[str, int]] = {}
    view_of = {state: name for name, states in VIEWS.items() for state in states}
    counted = mine.values_list("kind", "channel", "state").annotate(n=Count("pk"))
    for kind, channel, state, n in counted.order_by("kind", "channel"):
        counts = found.setdefault((kind, channel), {})
        counts[view_of[state]] = counts.get(view_of[state], 0) + n
    return [
        KindRow(matrix.title_of(kind), str(Way(channel).label), counts)
        for (kind, channel), counts in found.items()
    ]


def _names(group_id: int, user_ids: set[int]) -> dict[int, str]:
    members = Membership.objects.of_group(group_id).filter(user_id__in=user_ids)
    return {m.user_id or 0: m.masked_name for m in members.select_related("household__building")}


def _who(row: Outgoing, names: dict[int, str]) -> str:
    if row.user_id is None:
        return _("群里")
    if row.user_id not in names:
        return _("商家的人")
    return _("一位邻居") if matrix.of(row.kind).confidential else names[row.user_id]


def _row(row: Outgoing, names: dict[int, str], at: datetime) -> ToldRow:
    return ToldRow(
        id=row.pk,
        who=_who(row, names),
        title=matrix.title_of(row.kind),
        way=str(Way(row.channel).label),
        state=row.state,
        at=row.done_at or row.due_at,
        why=str(REASONS.get(row.reason, row.reason)),
        error=row.last_error if row.state in (OutgoingState.FAILED, OutgoingState.WAITING) else "",
        may_retry=row.state == OutgoingState.FAILED and row.lapses_at > at,
    )
