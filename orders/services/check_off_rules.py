"""What a hand-over is checked against (O10, O16)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from groups.models import Membership
from orders.models import (
    BatchPart,
    CheckOff,
    CheckOffWay,
    Hold,
    Leftover,
    Order,
    OrderLine,
    OrderStatus,
    Round,
    RoundStatus,
)
from tuangou.core.errors import DomainError, InvalidInput

# Rounds whose bags may be handed out: a bag fetched late still counts.
HANDING_OUT = (RoundStatus.ARRIVED, RoundStatus.COMPLETED, RoundStatus.SETTLED)
# A device's clock is believed this far before the server's, and a little ahead of it.
BELIEVED = timedelta(days=3)
AHEAD = timedelta(minutes=5)

Quantities = Mapping[int, Decimal]


class NotArrived(DomainError):
    code = "not_arrived"
    rule = "O10"


class AlreadyCollected(DomainError):
    code = "already_collected"
    rule = "O10"


class AlreadyGone(DomainError):
    """Nobody fetched it, and the initiator let it go."""

    code = "already_gone"
    rule = "O10"


class OrderCancelled(DomainError):
    code = "order_cancelled"
    rule = "O10"


class BadWay(InvalidInput):
    code = "bad_way"
    rule = "O10"


class BadPart(InvalidInput):
    """A part that names goods the order does not have, or nothing at all."""

    code = "bad_part"
    rule = "O10"


class MoreThanLeft(DomainError):
    """No quantity is handed over twice."""

    code = "more_than_left"
    rule = "O10"


class GoodsHeld(DomainError):
    """Stopped goods stay; the rest of the bag can go."""

    code = "goods_held"
    rule = "O16"


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


def check_way(way: str) -> None:
    if way not in CheckOffWay.values:
        raise BadWay(_("核销方式只有扫码、按房号、按昵称。"))


def check_waiting(rnd: Round, order: Order, actor: Membership) -> None:
    """There is still something to hand over, and the goods are here."""
    if order.status == OrderStatus.CANCELLED:
        raise OrderCancelled(_("这一单已经取消，没有货可取。"))
    if order.status == OrderStatus.COLLECTED:
        raise already_collected(order, actor)
    if order.status in (OrderStatus.NOT_COLLECTED, OrderStatus.PARTLY_COLLECTED):
        check_not_gone(order)
    if rnd.status not in HANDING_OUT:
        raise NotArrived(
            _("这个团现在是「%(status)s」，记到货以后才能取。")
            % {"status": rnd.get_status_display()}
        )


def check_not_gone(order: Order) -> None:
    """What was left of it is still here. Raises AlreadyGone. One query."""
    gone = Leftover.objects.final_of(order.pk)
    if gone is not None and gone.taker is not None:
        raise AlreadyGone(_("这一袋没人取，已经让给 %(who)s。") % {"who": gone.taker.masked_name})
    if gone is not None:
        raise AlreadyGone(_("这一袋没人取，已经退回商家。"))


def already_collected(order: Order, actor: Membership) -> AlreadyCollected:
    """Who handed it over and when, for whoever comes second."""
    earlier = CheckOff.objects.standing_of(order.pk)
    if earlier is None:  # nothing was left of it after a short delivery
        return AlreadyCollected(_("这一单没有货要取了。"))
    return AlreadyCollected(
        _("已在 %(time)s 取走，由 %(by)s 核销。是同一户再取就不用再点；点错了先撤销。")
        % {"time": clock_time(actor, earlier.at), "by": earlier.handed_over_by},
        check_off=earlier.pk,
        by=earlier.handed_over_by,
        at=earlier.at.isoformat(),
    )


def chosen_part(lines: Mapping[int, OrderLine], wanted: Quantities | None) -> dict[int, Decimal]:
    """What goes now, per line: as chosen, or all that is left. Raises BadPart, MoreThanLeft."""
    if wanted is None:
        return {pk: line.left for pk, line in lines.items() if line.left}
    if not set(wanted) <= set(lines):
        raise BadPart(_("这一单里没有这样货品。刷新页面再点。"))
    for pk, quantity in wanted.items():
        _check_quantity(lines[pk], quantity)
    return {pk: quantity for pk, quantity in sorted(wanted.items()) if quantity}


def _check_quantity(line: OrderLine, quantity: Decimal) -> None:
    field = f"line_{line.pk}"
    if not quantity.is_finite() or quantity < 0 or quantity != round(quantity, 3):
        raise BadPart(_("数量写成 1 或 1.5 这样，最多三位小数。"), field=field)
    if quantity > line.left:
        raise MoreThanLeft(
            _("%(name)s只剩 %(left)s%(unit)s 没取。改成这个数以内再点。")
            % {"name": line.offer.name, "left": plain(line.left), "unit": line.offer.unit},
            field=field,
        )


def check_not_held(round_id: int, lines: Iterable[OrderLine]) -> None:
    """None of these goods is stopped. Raises GoodsHeld, naming them and why. One query, two where
    only a batch is stopped."""
    holds = list(Hold.objects.standing(round_id))
    in_batch = set[tuple[int | None, int]]()
    if any(hold.batch_id for hold in holds):
        parts = BatchPart.objects.filter(batch_id__in=[hold.batch_id for hold in holds])
        in_batch.update(parts.values_list("batch_id", "line_id"))
    stopped = [
        line
        for line in lines
        if any(
            (hold.batch_id, line.pk) in in_batch
            if hold.batch_id
            else hold.offer_id in (None, line.offer_id)
            for hold in holds
        )
    ]
    if not stopped:
        return
    raise GoodsHeld(
        _("%(names)s先不能交：%(why)s。其余的可以点「只取一部分」交出去。")
        % {
            "names": "、".join(line.offer.name for line in stopped),
            "why": "、".join(dict.fromkeys(hold.in_short for hold in holds)),
        },
        lines=[line.pk for line in stopped],
    )


def believed(device_at: datetime | None, at: datetime) -> datetime | None:
    """The device's own time, unless its clock is plainly wrong."""
    if device_at is None or not at - BELIEVED <= device_at <= at + AHEAD:
        return None
    return min(device_at, at)


def plain(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}"


def clock_time(actor: Membership, moment: datetime) -> str:
    """Group time for a sentence: 11月21日 17:20."""
    local = actor.group.local(moment)
    return _("%(month)d月%(day)d日 %(hour)02d:%(minute)02d") % {
        "month": local.month,
        "day": local.day,
        "hour": local.hour,
        "minute": local.minute,
    }
