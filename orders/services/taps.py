"""Taps of one device at the desk, sent together once the net is back, or keyed in from paper.

Each is an act of its own with its own request id: what is sent again is answered again, and what
somebody else did first is told, never overwritten (O10).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

from django.db.models import Q
from django.utils.translation import gettext as _

from orders.models import CheckOff, CheckOffWay, Order
from orders.services.check_offs import (
    AlreadyCollected,
    Cash,
    NothingToUndo,
    check_off,
    undo_check_off,
)
from orders.services.said_missing import say_missing
from tuangou.core import requests
from tuangou.core.errors import DomainError


class Result(StrEnum):
    DONE = "done"
    ALREADY = "already"
    CONFLICT = "conflict"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Desk:
    """Whose device it is, and what of a round it may hand over. Checked by access.

    `receiver_id`: user id of whoever may take money here; None: nobody.
    """

    actor_id: int
    round_id: int
    building: str = ""
    helper_id: int | None = None
    receiver_id: int | None = None


@dataclass(frozen=True, slots=True)
class Tap:
    """One button pressed: a hand-over, or (`undo`) the taking back of one.

    Money with it: `amount_fen` as it changed hands, or (`take_owed`) what is owed by now.
    A part: `lines` (line id: quantity), and `missing`, of which the rest is not there.
    What is undone: `check_off_id` where the device knew it, else the tap `of` that did it.
    """

    id: UUID
    order_id: int
    undo: bool = False
    at: datetime | None = None
    way: str = CheckOffWay.DOOR
    collected_by: str = ""
    amount_fen: int | None = None
    take_owed: bool = False
    of: UUID | None = None
    check_off_id: int | None = None
    lines: Mapping[int, Decimal] | None = None
    missing: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a tap; `by` and `at`: who was faster, and when (ISO), of a conflict."""

    id: UUID
    order_id: int
    result: Result
    said: str = ""
    by: str = ""
    at: str = ""


def apply_taps(*, desk: Desk, taps: Sequence[Tap]) -> list[Answer]:
    """Do them in order; each stands or falls by itself. Two statements beside their own."""
    on_the_list = order_ids(desk, [tap.order_id for tap in taps])
    return [_apply(desk, tap, known=tap.order_id in on_the_list) for tap in taps]


def order_ids(desk: Desk, wanted: Sequence[int]) -> set[int]:
    """Which of these orders this desk may hand over. One query."""
    scope = Q(building=desk.building) if desk.building else Q()
    found = Order.objects.filter(scope, round_id=desk.round_id, pk__in=wanted)
    return set(found.values_list("pk", flat=True))


def _apply(desk: Desk, tap: Tap, *, known: bool) -> Answer:
    if not known:
        return Answer(tap.id, tap.order_id, Result.REFUSED, _("这一单不在这张清单上。"))
    try:
        did = _undo(desk, tap) if tap.undo else _hand_over(desk, tap)
    except NothingToUndo as refusal:
        return Answer(tap.id, tap.order_id, Result.ALREADY, refusal.message)
    except AlreadyCollected as refusal:
        return _second(tap, refusal.message, refusal.details)
    except DomainError as refusal:
        return Answer(tap.id, tap.order_id, Result.REFUSED, refusal.message)
    again = not did or requests.was_replayed()
    return Answer(tap.id, tap.order_id, Result.ALREADY if again else Result.DONE)


def _second(tap: Tap, said: str, details: dict[str, Any]) -> Answer:
    by, at = str(details.get("by", "")), str(details.get("at", ""))
    return Answer(tap.id, tap.order_id, Result.CONFLICT, said, by=by, at=at)


def _hand_over(desk: Desk, tap: Tap) -> bool:
    cash = None
    if tap.amount_fen or tap.take_owed:
        if desk.receiver_id is None:
            raise DomainError(_("这里不能收款，让团长来收。"))
        cash = Cash(desk.receiver_id, tap.amount_fen or None)
    if desk.helper_id and tap.missing and not any((tap.lines or {}).values()):
        tell_missing(desk, tap.order_id, tap.missing, tap.id)
        raise DomainError(_("没交货。缺的告诉团长了。"))
    check_off(
        order_id=tap.order_id,
        actor_id=desk.actor_id,
        request_id=tap.id,
        way=tap.way,
        device_at=tap.at,
        collected_by=tap.collected_by,
        lines=tap.lines,
        missing=() if desk.helper_id else tap.missing,
        helper_id=desk.helper_id,
        cash=cash,
    )
    tell_missing(desk, tap.order_id, tap.missing, tap.id)
    return True


def tell_missing(desk: Desk, order_id: int, missing: Collection[int], tap_id: UUID) -> None:
    """What a helper did not find is said to the officers; an officer's own is taken off at once."""
    if desk.helper_id and missing:
        say_missing(
            order_id=order_id,
            actor_id=desk.actor_id,
            helper_id=desk.helper_id,
            missing=missing,
            request_id=uuid5(tap_id, "missing"),
        )


def _undo(desk: Desk, tap: Tap) -> bool:
    """False where there is nothing to take back: that hand-over never counted."""
    done = CheckOff.objects.filter(order_id=tap.order_id)
    if tap.of is not None:
        done = done.filter(by_id=desk.actor_id, request_id=tap.of)
    else:
        done = done.filter(pk=tap.check_off_id or 0)
    found = done.first()
    if found is None:
        return False
    undo_check_off(check_off_id=found.pk, actor_id=desk.actor_id, request_id=tap.id)
    return True
