"""What is due to be told because time passed: found by looking, never by a timer (reliability 5.5).

Each kind is looked for in the span in which it is of use: after an outage what is still of use is
found once, the rest is not found any more. What was told is known by its slot in the event log,
which is unique; a round whose times move has another slot.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db.models import Exists, F, OuterRef, Q
from django.db.models.fields.json import KT

from groups.models import GroupStatus, Membership
from orders.models import Order, OrderStatus, Round, RoundStatus
from orders.queries.notices import Buyer, buyers_owing, by_buyer, collector, rows_of
from tuangou.core.models import Event

LAST_CALL = timedelta(hours=2)
ENOUGH = timedelta(hours=1)  # a round opened shortly before its last call needs none
PAYMENT_DUE, PAYMENT_DUE_FOR = timedelta(hours=12), timedelta(hours=24)
FIRST_CALL = timedelta(hours=2)  # after the window opened
DESK_CLOSES = timedelta(minutes=30)  # before it ends
ASK_AT, ASK_FOR = time(17, 50), timedelta(hours=48)  # the day after: in time for the mail of 18:00
WAITING = (OrderStatus.PLACED, OrderStatus.PARTLY_COLLECTED)
FETCHED = (OrderStatus.COLLECTED, OrderStatus.PARTLY_COLLECTED)


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that is due of one round; its slot makes it one."""

    kind: str
    group_id: int
    round_id: int
    slot: str


@dataclass(frozen=True, slots=True)
class Reminder:
    """A kind, the rounds in which it may be due now, and its slot there (empty: not now)."""

    kind: str
    rounds: Callable[[datetime], Q]
    slot: Callable[[Round, datetime], str]


def due(at: datetime) -> list[Due]:
    """All that is due in living groups and was not told. One query for each kind, one for what
    was told."""
    found = [
        Due(reminder.kind, rnd.group_id, rnd.pk, slot)
        for reminder in REMINDERS
        for rnd in Round.objects.filter(reminder.rounds(at), group__status=GroupStatus.ACTIVE)
        .select_related("group")
        .order_by("pk")
        if (slot := reminder.slot(rnd, at))
    ]
    if not found:
        return []
    told = Event.objects.filter(
        group_id__in={item.group_id for item in found},
        kind__in={item.kind for item in found},
        subject_id__in={item.round_id for item in found},
        data__has_key="slot",
    )
    known = set(told.values_list("kind", "subject_id", KT("data__slot")))
    return [item for item in found if (item.kind, item.round_id, item.slot) not in known]


def _calls_last(at: datetime) -> Q:
    return Q(
        status=RoundStatus.OPEN,
        paused_at=None,
        cut_off_at__gt=at,
        cut_off_at__lte=at + LAST_CALL,
        opened_at__lte=F("cut_off_at") - LAST_CALL - ENOUGH,
    )


def _wants_money(at: datetime) -> Q:
    return Q(
        status__in=(RoundStatus.CONFIRMED, RoundStatus.ARRIVED),
        confirmed_at__lte=at - PAYMENT_DUE,
        confirmed_at__gt=at - PAYMENT_DUE - PAYMENT_DUE_FOR,
    )


def _hands_out(at: datetime) -> Q:
    return Q(status=RoundStatus.ARRIVED, pickup_from__lte=at, pickup_until__gt=at)


def _was_handed_out(at: datetime) -> Q:
    return Q(
        status__in=(RoundStatus.ARRIVED, RoundStatus.COMPLETED, RoundStatus.SETTLED),
        pickup_until__lte=at,
        pickup_until__gt=at - ASK_FOR - timedelta(days=2),
    )


def _call_of(rnd: Round, at: datetime) -> str:
    """Two hours after the window opened, and half an hour before it ends: once each. In a short
    window the second alone."""
    window = f"{_stamp(rnd.pickup_from)}-{_stamp(rnd.pickup_until)}"
    last = rnd.pickup_until - DESK_CLOSES
    if at >= last:
        return f"{window}-2"
    first = rnd.pickup_from + FIRST_CALL
    return f"{window}-1" if first <= at and first < last else ""


def _asked_on(rnd: Round, at: datetime) -> str:
    """In the evening of the group's day after the window, for two days."""
    day = rnd.group.local(rnd.pickup_until).date() + timedelta(days=1)
    asked_at = datetime.combine(day, ASK_AT, tzinfo=rnd.group.zone)
    return day.isoformat() if asked_at <= at < asked_at + ASK_FOR else ""


def _stamp(moment: datetime) -> str:
    return str(int(moment.timestamp()))


REMINDERS = (
    Reminder("round.last_call", _calls_last, lambda rnd, at: _stamp(rnd.cut_off_at)),
    Reminder("round.payment_due", _wants_money, lambda rnd, at: "1"),
    Reminder("round.not_collected", _hands_out, _call_of),
    Reminder("round.asked_after", _was_handed_out, _asked_on),
)


# Whom each concerns. One query each.


def regulars_without_order(rnd: Round) -> list[int]:
    """Accounts of members who ordered from this merchant before, and not in this round."""
    theirs = Order.objects.live().filter(
        Q(member_id=OuterRef("pk")) | Q(placed_by_id=OuterRef("pk")), group_id=rnd.group_id
    )
    before = theirs.filter(round__merchant_id=rnd.merchant_id).exclude(round_id=rnd.pk)
    members = (
        Membership.objects.of_group(rnd.group_id)
        .active()
        .filter(Exists(before), ~Exists(theirs.filter(round_id=rnd.pk)), user__isnull=False)
    )
    return [user_id for user_id in members.values_list("user_id", flat=True) if user_id]


def collectors_waited_for(rnd: Round) -> list[Buyer]:
    """Who fetches a bag that still stands there."""
    orders = Order.objects.filter(group_id=rnd.group_id, round_id=rnd.pk, status__in=WAITING)
    return by_buyer(rows_of(orders, account=collector()))


def fetched_by(rnd: Round) -> list[Buyer]:
    """Whose order was fetched, wholly or in part."""
    orders = Order.objects.filter(group_id=rnd.group_id, round_id=rnd.pk, status__in=FETCHED)
    return by_buyer(rows_of(orders))


# Whether it is still true when a message is about to go: of the round, for one account.


def still_open(round_id: int, user_id: int) -> bool:
    return Round.objects.filter(
        pk=round_id, status=RoundStatus.OPEN, paused_at__isnull=True
    ).exists()


def still_owes(round_id: int, user_id: int) -> bool:
    rnd = Round.objects.get(pk=round_id)
    buyers, _orders = buyers_owing(rnd)
    return any(buyer.user_id == user_id and buyer.fen for buyer in buyers)


def still_waited_for(round_id: int, user_id: int) -> bool:
    rnd = Round.objects.get(pk=round_id)
    if rnd.status != RoundStatus.ARRIVED:
        return False
    return any(buyer.user_id == user_id for buyer in collectors_waited_for(rnd))
