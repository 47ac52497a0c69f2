"""Bags are handed out at the desk, whole or in part (O10)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import F, Sum
from django.utils.translation import gettext as _

from groups.models import Membership
from orders.models import (
    CheckOff,
    CheckOffLine,
    CheckOffWay,
    Order,
    OrderLine,
    OrderStatus,
    Return,
    Round,
    RoundStatus,
)
from orders.services.check_off_rules import (
    HANDING_OUT,
    AlreadyCollected,
    BadPart,
    BadWay,
    GoodsHeld,
    HasReturn,
    MoreThanLeft,
    NotArrived,
    NothingToUndo,
    OrderCancelled,
    Quantities,
    WindowOpen,
    believed,
    check_not_held,
    check_waiting,
    check_way,
    chosen_part,
    clock_time,
    plain,
)
from orders.services.payments import receive_in_hand
from orders.services.shortfalls import record_missing
from orders.services.stopped_bags import hold_if_stopped
from tuangou.core import clock, events, requests, rows

__all__ = [
    "AlreadyCollected",
    "BadPart",
    "BadWay",
    "Cash",
    "GoodsHeld",
    "HasReturn",
    "MoreThanLeft",
    "NotArrived",
    "NothingToUndo",
    "OrderCancelled",
    "WindowOpen",
    "check_off",
    "record_not_collected",
    "undo_check_off",
]


@dataclass(frozen=True, slots=True)
class Cash:
    """Money taken with the bag: by whom, and how much; None takes what is owed at that moment."""

    user_id: int
    amount_fen: int | None = None


@dataclass(frozen=True, slots=True)
class _Tap:
    order_id: int
    actor: Membership
    request_id: UUID
    way: str
    device_at: datetime | None
    collected_by: str
    lines: Quantities | None
    missing: Collection[int]
    helper_id: int | None
    cash: Cash | None


def check_off(
    *,
    order_id: int,
    actor_id: int,
    request_id: UUID,
    way: str = CheckOffWay.DOOR,
    device_at: datetime | None = None,
    collected_by: str = "",
    lines: Quantities | None = None,
    missing: Collection[int] = (),
    helper_id: int | None = None,
    cash: Cash | None = None,
) -> CheckOff:
    """Hand over all that is left of an order, or `lines` of it (line id: quantity) (O10).

    Works for an order recorded as missed, too. `collected_by` names who fetched it when it was
    not the household; `helper_id` the link it was done by. Of lines in `missing` the rest is not
    there: it is taken off and credited (O9). With `cash` the money is taken, too. All of it in one
    transaction, so everything happens or nothing. Raises AlreadyCollected (naming time and who),
    NotArrived, OrderCancelled, GoodsHeld, BadPart, MoreThanLeft, Conflict.
    """
    actor = rows.get(Membership, actor_id)
    tap = _Tap(
        order_id,
        actor,
        request_id,
        way,
        device_at,
        collected_by,
        lines,
        sorted(missing),
        helper_id,
        cash,
    )
    return requests.once(
        group_id=actor.group_id,
        user_id=actor.user_id,
        key=request_id,
        act="order.check_off",
        body=_body(tap),
        work=lambda: _check_off(tap),
        replay=lambda: CheckOff.objects.get(
            group_id=actor.group_id, by_id=actor_id, request_id=request_id
        ),
    )


def _body(tap: _Tap) -> dict[str, object]:
    body: dict[str, object] = {
        "order": tap.order_id,
        "actor": tap.actor.pk,
        "way": tap.way,
        "collected_by": tap.collected_by,
    }
    if tap.lines is not None:
        body["lines"] = {str(pk): plain(q) for pk, q in sorted(tap.lines.items())}
    if tap.missing:
        body["missing"] = list(tap.missing)
    if tap.helper_id is not None:
        body["helper"] = tap.helper_id
    if tap.cash is not None:
        body["cash"] = [tap.cash.user_id, tap.cash.amount_fen]
    return body


def undo_check_off(*, check_off_id: int, actor_id: int, request_id: UUID) -> CheckOff:
    """Take a hand-over back: what it gave waits again (O10). Raises NothingToUndo, HasReturn."""
    actor = rows.get(Membership, actor_id)
    return requests.once(
        group_id=actor.group_id,
        user_id=actor.user_id,
        key=request_id,
        act="order.undo_check_off",
        body={"check_off": check_off_id},
        work=lambda: _undo(check_off_id, actor),
        replay=lambda: CheckOff.objects.get(pk=check_off_id),
    )


@transaction.atomic
def record_not_collected(*, round_id: int, actor_id: int) -> int:
    """After the pick-up window: every waiting order becomes 没取 (O10). Answers how many.

    Repeating is harmless. Raises NotArrived, WindowOpen.
    """
    actor = rows.get(Membership, actor_id)
    rnd = Round.objects.lock(round_id)
    orders = Order.objects.lock_of_round(round_id)
    at = clock.now()
    if rnd.status not in HANDING_OUT:
        raise NotArrived(_("还没到货，不能记没取。先记到货。"))
    if at < rnd.pickup_until:
        raise WindowOpen(
            _("自提到 %(until)s 才结束，过了再记没取。")
            % {"until": clock_time(actor, rnd.pickup_until)}
        )
    placed = Order.objects.filter(round_id=round_id, status=OrderStatus.PLACED)
    there = set(placed.with_goods().values_list("pk", flat=True))
    waiting = [order for order in orders if order.pk in there]
    for order in waiting:
        order.move_to(OrderStatus.NOT_COLLECTED, at=at)
        _publish("order.missed", order, actor, at)
    return len(waiting)


def _check_off(tap: _Tap) -> CheckOff:
    check_way(tap.way)
    rnd, order, at = _lock(tap.order_id)
    check_waiting(rnd, order, tap.actor)
    if tap.missing:
        _take_off(tap, order)
    part = tap.lines is not None or order.status == OrderStatus.PARTLY_COLLECTED
    done = CheckOff.objects.create(
        group_id=order.group_id,
        order=order,
        by=tap.actor,
        helper_id=tap.helper_id,
        way=tap.way,
        part=part,
        collected_by=tap.collected_by,
        request_id=tap.request_id,
        device_at=believed(tap.device_at, at),
        at=at,
    )
    then = _hand_over_part(done, order, tap.lines) if part else _hand_over_whole(order)
    if order.status != then:
        order.move_to(then, at=at)
    if tap.cash is not None:
        receive_in_hand(
            order_id=order.pk,
            user_id=tap.cash.user_id,
            amount_fen=tap.cash.amount_fen,
            request_id=uuid5(tap.request_id, "payment"),
        )
    _publish("order.collected", order, tap.actor, at, check_off=done.pk)
    return done


def _hand_over_whole(order: Order) -> OrderStatus:
    """All lines in one statement, which finds nothing while goods of the round are stopped."""
    if not OrderLine.objects.hand_over(order.pk, unless_held=order.round_id):
        check_not_held(order.round_id, _lines(order).values())
        OrderLine.objects.hand_over(order.pk)
    return OrderStatus.COLLECTED


def _hand_over_part(done: CheckOff, order: Order, wanted: Quantities | None) -> OrderStatus:
    lines = _lines(order)
    chosen = chosen_part(lines, wanted)
    if not chosen and any(line.left for line in lines.values()):
        raise BadPart(_("一样都没选。写上这次取走的数量，再点。"))
    check_not_held(order.round_id, [lines[pk] for pk in chosen])
    rows.insert(
        [
            CheckOffLine(group_id=order.group_id, check_off=done, line=lines[pk], quantity=q)
            for pk, q in chosen.items()
        ]
    )
    for pk, quantity in chosen.items():
        OrderLine.objects.filter(pk=pk).update(
            collected_quantity=F("collected_quantity") + quantity
        )
    rest = sum((line.left for line in lines.values()), Decimal(0)) - sum(chosen.values())
    return OrderStatus.PARTLY_COLLECTED if rest else OrderStatus.COLLECTED


def _take_off(tap: _Tap, order: Order) -> None:
    """What neither goes now nor is there comes off the order."""
    taken, lines = tap.lines or {}, _lines(order)
    chosen_part(lines, taken)
    if not set(tap.missing) <= set(lines):
        raise BadPart(_("这一单里没有这样货品。刷新页面再点。"))
    rest = {lines[pk].offer_id: lines[pk].left - taken.get(pk, Decimal(0)) for pk in tap.missing}
    gone = {offer_id: quantity for offer_id, quantity in rest.items() if quantity}
    if gone:
        record_missing(order_id=order.pk, missing=gone, actor_id=tap.actor.pk)


def _lines(order: Order) -> dict[int, OrderLine]:
    found = OrderLine.objects.filter(order_id=order.pk).select_related("offer")
    return {line.pk: line for line in found.order_by("offer__position", "pk")}


def _undo(check_off_id: int, actor: Membership) -> CheckOff:
    order_id = CheckOff.objects.values_list("order_id", flat=True).get(pk=check_off_id)
    rnd, order, at = _lock(order_id)
    done = CheckOff.objects.get(pk=check_off_id)
    if done.undone_at is not None:
        raise NothingToUndo(
            _("这次核销已在 %(time)s 撤销过。") % {"time": clock_time(actor, done.undone_at)}
        )
    if Return.objects.filter(order_id=order_id).exists():
        raise HasReturn(_("这一单已经申请过退货，核销不能再撤销。"))
    done.undone_at, done.undone_by = at, actor
    done.save(update_fields=["undone_at", "undone_by"])
    _take_back(done)
    _wait_again(rnd, order, at)
    hold_if_stopped(rnd=rnd, at=at)
    _publish("order.uncollected", order, actor, at, check_off=done.pk)
    return done


def _take_back(done: CheckOff) -> None:
    """What a whole one gave is all but what parts gave: of a bag that was opened again."""
    if not done.part:
        OrderLine.objects.filter(order_id=done.order_id).update(collected_quantity=Decimal(0))
        parts = CheckOffLine.objects.filter(
            check_off__order_id=done.order_id, check_off__undone_at__isnull=True
        )
        for line_id, quantity in parts.values_list("line_id").annotate(Sum("quantity")):
            OrderLine.objects.filter(pk=line_id).update(collected_quantity=quantity)
        return
    for given in CheckOffLine.objects.filter(check_off=done):
        OrderLine.objects.filter(pk=given.line_id).update(
            collected_quantity=F("collected_quantity") - given.quantity
        )


def _wait_again(rnd: Round, order: Order, at: datetime) -> None:
    """Partly collected while another hand-over stands; else waiting, or missed."""
    if CheckOff.objects.standing_of(order.pk) is not None:
        if order.status != OrderStatus.PARTLY_COLLECTED:
            order.move_to(OrderStatus.PARTLY_COLLECTED, at=at)
        return
    order.move_to(OrderStatus.PLACED, at=at)
    if rnd.status != RoundStatus.ARRIVED:  # in a completed round nobody waits any more
        order.move_to(OrderStatus.NOT_COLLECTED, at=at)


def _lock(order_id: int) -> tuple[Round, Order, datetime]:
    """Round, then order, then the time: the round cannot be cancelled or completed meanwhile."""
    rnd = Round.objects.lock(Order.objects.round_of(order_id))
    order = Order.objects.lock(order_id)
    return rnd, order, clock.now()


def _publish(kind: str, order: Order, actor: Membership, at: datetime, **data: int) -> None:
    events.publish(
        kind,
        group_id=order.group_id,
        subject_id=order.pk,
        actor_id=actor.user_id,
        at=at,
        round=order.round_id,
        **data,
    )
