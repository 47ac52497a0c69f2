"""Bags are handed out at the desk (O10)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from groups.models import Membership
from orders.models import (
    CheckOff,
    CheckOffWay,
    Order,
    OrderLine,
    OrderStatus,
    Return,
    Round,
    RoundStatus,
)
from tuangou.core import clock, events, requests, rows
from tuangou.core.errors import DomainError, InvalidInput

# Rounds whose bags may be handed out: a bag fetched late still counts.
HANDING_OUT = (RoundStatus.ARRIVED, RoundStatus.COMPLETED, RoundStatus.SETTLED)


class NotArrived(DomainError):
    code = "not_arrived"
    rule = "O10"


class AlreadyCollected(DomainError):
    code = "already_collected"
    rule = "O10"


class OrderCancelled(DomainError):
    code = "order_cancelled"
    rule = "O10"


class BadWay(InvalidInput):
    code = "bad_way"
    rule = "O10"


class NothingToUndo(DomainError):
    code = "nothing_to_undo"
    rule = "O10"


class HasReturn(DomainError):
    """A hand-over that a return stands on stays."""

    code = "has_return"
    rule = "O11"


class WindowOpen(DomainError):
    """Nobody has missed anything before the pick-up window is over."""

    code = "window_open"
    rule = "O10"


def check_off(
    *,
    order_id: int,
    actor_id: int,
    request_id: UUID,
    way: str = CheckOffWay.DOOR,
    device_at: datetime | None = None,
    collected_by: str = "",
) -> CheckOff:
    """Hand one order over, whole (O10). Works for an order recorded as missed, too.

    `collected_by` names who fetched it when it was not the household. Raises AlreadyCollected
    (naming time and who), NotArrived, OrderCancelled, Conflict.
    """
    actor = rows.get(Membership, actor_id)
    return requests.once(
        group_id=actor.group_id,
        user_id=actor.user_id,
        key=request_id,
        act="order.check_off",
        body={"order": order_id, "actor": actor_id, "way": way, "collected_by": collected_by},
        work=lambda: _check_off(order_id, actor, request_id, way, device_at, collected_by),
        replay=lambda: CheckOff.objects.get(
            group_id=actor.group_id, by_id=actor_id, request_id=request_id
        ),
    )


def undo_check_off(*, check_off_id: int, actor_id: int, request_id: UUID) -> CheckOff:
    """Take a hand-over back: the bag waits again (O10). Raises NothingToUndo, HasReturn."""
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
            % {"until": _clock_time(actor, rnd.pickup_until)}
        )
    waiting = [order for order in orders if order.status == OrderStatus.PLACED]
    for order in waiting:
        order.move_to(OrderStatus.NOT_COLLECTED, at=at)
        _publish("order.missed", order, actor, at)
    return len(waiting)


def _check_off(
    order_id: int,
    actor: Membership,
    request_id: UUID,
    way: str,
    device_at: datetime | None,
    collected_by: str,
) -> CheckOff:
    if way not in CheckOffWay.values:
        raise BadWay(_("核销方式只有扫码、按房号、按昵称。"))
    rnd, order, at = _lock(order_id)
    _check_waiting(rnd, order, actor)
    done = CheckOff.objects.create(
        group_id=order.group_id,
        order=order,
        by=actor,
        way=way,
        collected_by=collected_by,
        request_id=request_id,
        device_at=device_at,
        at=at,
    )
    OrderLine.objects.hand_over(order.pk)
    order.move_to(OrderStatus.COLLECTED, at=at)
    _publish("order.collected", order, actor, at, check_off=done.pk)
    return done


def _check_waiting(rnd: Round, order: Order, actor: Membership) -> None:
    if order.status == OrderStatus.CANCELLED:
        raise OrderCancelled(_("这一单已经取消，没有货可取。"))
    if order.status == OrderStatus.COLLECTED:
        earlier = CheckOff.objects.select_related("by").get(
            order_id=order.pk, undone_at__isnull=True
        )
        raise AlreadyCollected(
            _("已在 %(time)s 取走，由 %(by)s 核销。是同一户再取就不用再点；点错了先撤销。")
            % {"time": _clock_time(actor, earlier.at), "by": earlier.by.nickname},
            check_off=earlier.pk,
        )
    if rnd.status not in HANDING_OUT:
        raise NotArrived(
            _("这个团现在是「%(status)s」，记到货以后才能取。")
            % {"status": rnd.get_status_display()}
        )


def _undo(check_off_id: int, actor: Membership) -> CheckOff:
    order_id = CheckOff.objects.values_list("order_id", flat=True).get(pk=check_off_id)
    rnd, order, at = _lock(order_id)
    done = CheckOff.objects.get(pk=check_off_id)
    if done.undone_at is not None:
        raise NothingToUndo(
            _("这次核销已在 %(time)s 撤销过。") % {"time": _clock_time(actor, done.undone_at)}
        )
    if Return.objects.filter(order_id=order_id).exists():
        raise HasReturn(_("这一单已经申请过退货，核销不能再撤销。"))
    done.undone_at, done.undone_by = at, actor
    done.save(update_fields=["undone_at", "undone_by"])
    OrderLine.objects.filter(order_id=order_id).update(collected_quantity=Decimal(0))
    order.move_to(OrderStatus.PLACED, at=at)
    if rnd.status != RoundStatus.ARRIVED:  # in a completed round nobody waits any more
        order.move_to(OrderStatus.NOT_COLLECTED, at=at)
    _publish("order.uncollected", order, actor, at, check_off=done.pk)
    return done


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


def _clock_time(actor: Membership, moment: datetime) -> str:
    """Group time for a sentence: 11月21日 17:20."""
    local = actor.group.local(moment)
    return _("%(month)d月%(day)d日 %(hour)02d:%(minute)02d") % {
        "month": local.month,
        "day": local.day,
        "hour": local.hour,
        "minute": local.minute,
    }
