"""What happened since: the event log for programs, each as far as it concerns its reader (S1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import BigIntegerField, BooleanField, Func, Q, QuerySet, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from groups.models import Membership
from orders.models import Order
from tuangou.core.feeds import Feed, feed
from tuangou.core.models import Event

# What every member of a group may hear of: what her pages show her anyway.
PUBLIC = (
    *("round.opened", "round.extended", "round.closed", "round.confirmed", "round.failed"),
    *("round.arrived", "round.completed", "round.cancelled", "round.paused", "round.resumed"),
    *("round.inspected", "round.recounted", "summary.published", "announcement.published"),
)
# What of an event's data is told: ids, counts, fen and codes. Free text and accounts are not.
TOLD = frozenset(
    {
        *("round", "order", "line", "number", "delivery", "check_off", "copied_from", "month"),
        *("total_fen", "amount_fen", "accepted_fen", "credited_fen", "paid_fen", "direction"),
        *("quantity", "wish", "version", "for_neighbour", "with_round", "for_return"),
        *("offer", "shortfall", "inspection", "verdict", "hold_kind", "late", "short", "held"),
    }
)


# A key is drawn before its row is committed. A row is told only when no transaction here that was
# there before it is still open, so that no later row comes with a smaller key than one already
# told. The next key is read first, then who is open: whoever is neither is committed and seen.
_HORIZON = """
    select x::text from (
        select pg_snapshot_xmax(pg_current_snapshot())::xid as x
        union all
        select backend_xid from pg_stat_activity
        where datname = current_database() and backend_xid is not null
    ) as open order by age(x) desc limit 1
"""


class Settled(Func):
    """Whether a row of the log is older than the horizon."""

    template = "age(core_event.xmin) > age(%(expressions)s::text::xid)"
    output_field = BooleanField()


@dataclass(frozen=True, slots=True)
class EventCard:
    id: int
    kind: str
    subject_id: int
    happened_at: datetime
    data: dict[str, Any]


def events_feed(member: Membership, *, after: int | None, limit: int) -> Feed[EventCard]:
    """Events of her group behind `after`, oldest first: all for officers, else hers.

    Two queries.
    """
    rows = Event.objects.filter(group_id=member.group_id)
    if not member.is_officer:
        rows = rows.filter(_concerning(member))
    found = feed(_settled(rows), after=after, limit=limit, newest_first=False)
    return found.of(
        lambda event: EventCard(
            id=event.pk,
            kind=event.kind,
            subject_id=event.subject_id,
            happened_at=event.happened_at,
            data={name: value for name, value in event.data.items() if name in TOLD},
        )
    )


def _concerning(member: Membership) -> Q:
    """Public ones, her own membership, and what happens to orders she may see."""
    orders = Order.objects.of_group(member.group_id).filter(
        Q(member_id=member.pk) | Q(placed_by_id=member.pk) | Q(household_id=member.household_id)
    )
    ids = orders.values("pk")
    of_order = Q(kind__startswith="payment.") | Q(kind__startswith="return.")
    return (
        Q(kind__in=PUBLIC)
        | Q(kind__startswith="membership.", subject_id=member.pk)
        | Q(kind__startswith="order.", subject_id__in=ids)
        | (of_order & Q(pk__in=_of_orders(member.group_id, ids)))
    )


def _of_orders(group_id: int, ids: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    named = Event.objects.filter(group_id=group_id, data__has_key="order").annotate(
        of=Cast(KT("data__order"), BigIntegerField())
    )
    return named.filter(of__in=ids).values("pk")


def _settled(rows: QuerySet[Event]) -> QuerySet[Event]:
    if connection.in_atomic_block:  # its own rows are not settled yet
        return rows
    with connection.cursor() as cursor:
        cursor.execute(_HORIZON)
        (horizon,) = cursor.fetchone()
    return rows.annotate(settled=Settled(Value(horizon))).filter(settled=True)
