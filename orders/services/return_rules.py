"""What a return may be: its refusals, and the checks that raise them (O11)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from groups.models import Membership
from orders.models import (
    CheckOff,
    Order,
    OrderLine,
    Return,
    ReturnReason,
    ReturnStatus,
    Round,
    RoundStatus,
    Wish,
)
from orders.models.returns import HIDDEN_FAULTS, window_hours
from orders.queries.returns import most_accepted
from tuangou.core import clock, events, money
from tuangou.core.errors import DomainError, InvalidInput

MOST_PHOTOS = 4
# Also once it is settled: then a supplement tells the merchant (O12).
RETURNABLE = (RoundStatus.ARRIVED, RoundStatus.COMPLETED, RoundStatus.SETTLED)


def return_code(rnd: Round, order: Order, ret: Return) -> str:
    """What a return is called: the order's remark code and its number among the order's returns."""
    return f"{rnd.remark_code(order.number)}-{ret.number}"


class NotReturnable(DomainError):
    code = "not_returnable"
    rule = "O11"


class WindowClosed(DomainError):
    code = "return_window_closed"
    rule = "O11"


class MoreThanReceived(DomainError):
    code = "more_than_received"
    rule = "O11"


class AlreadyAsked(DomainError):
    code = "return_already_open"
    rule = "O11"


class BadReturn(InvalidInput):
    code = "bad_return"
    rule = "O11"


class MoreThanBilled(InvalidInput):
    code = "more_than_billed"
    rule = "O11"


class ReasonMissing(InvalidInput):
    code = "reason_missing"
    rule = "O11"


class NotOpen(DomainError):
    code = "return_not_open"
    rule = "O11"


def check_form(ret: Return, photos: Sequence[bytes]) -> None:
    """What was typed: quantity, reason, wish, number of photos. Raises BadReturn."""
    if not ret.quantity.is_finite() or ret.quantity <= 0 or ret.quantity != round(ret.quantity, 3):
        raise BadReturn(_("数量要大于 0，最多三位小数。核对一下。"), field="quantity")
    if ret.reason not in ReturnReason.values:
        raise BadReturn(_("选一个原因：少了、坏了、不新鲜、不对板或其他。"), field="reason")
    if ret.wish not in Wish.values:
        raise BadReturn(_("选一个你要的：退款、换、下次补或只反馈。"), field="wish")
    if len(photos) > MOST_PHOTOS:
        raise BadReturn(_("照片最多 4 张，去掉几张再提交。"), field="photos")


def check_window(rnd: Round, order: Order, actor: Membership, reason: str, at: datetime) -> None:
    """Collected, and within the window of this reason: the group's, longer for
    what shows only on opening. Raises NotReturnable, WindowClosed."""
    if rnd.status not in RETURNABLE:
        raise NotReturnable(
            _("这个团现在是「%(status)s」，取货后才能申请退货。")
            % {"status": rnd.get_status_display()}
        )
    handed = CheckOff.objects.standing_of(order.pk)
    if handed is None:
        raise NotReturnable(_("这一单还没取货。取货后再申请。"))
    hours = window_hours(reason, actor.group)
    if at <= handed.at + timedelta(hours=hours):
        return
    longest = window_hours(HIDDEN_FAULTS[0], actor.group)
    if at <= handed.at + timedelta(hours=longest) and reason not in HIDDEN_FAULTS:
        raise WindowClosed(
            _("取货后 %(hours)d 小时内可以申请，现在过了。不新鲜、不对板 %(days)d 天内都行。")
            % {"hours": hours, "days": longest // 24},
            field="reason",
        )
    raise WindowClosed(
        _("取货后 %(hours)d 小时内可以申请，现在过了。有事直接找团长。") % {"hours": hours}
    )


def check_quantity(line: OrderLine, quantity: Decimal) -> None:
    """Not more than was received and not given back. Raises MoreThanReceived."""
    left = line.collected_quantity - line.returned_quantity
    if quantity > left:
        raise MoreThanReceived(
            _("%(name)s最多还能退 %(left)s%(unit)s。改成这个数以内再提交。")
            % {"name": line.offer.name, "left": f"{left.normalize():f}", "unit": line.offer.unit},
            field="quantity",
        )


def granted(ret: Return, line: OrderLine, accepted_fen: int | None, percent: int | None) -> int:
    """Fen to accept, of an amount or a percentage; 0 where it is only told. Raises MoreThanBilled.

    From 0 to what the quantity was billed.
    """
    most = most_accepted(line, ret.quantity)
    if percent is not None:
        if not 0 <= percent <= 100:
            raise MoreThanBilled(_("比例填 0 到 100 的整数。"), field="percent")
        accepted_fen = 0 if ret.wish == Wish.TELL else money.basis_points(most, percent * 100)
    if accepted_fen is None:
        raise MoreThanBilled(_("写上退多少，只反馈的写 0。"), field="amount")
    if ret.wish == Wish.TELL and accepted_fen != 0:
        raise MoreThanBilled(_("这条只是反馈，不退钱：金额填 0。"), field="amount")
    if not 0 <= accepted_fen <= most:
        raise MoreThanBilled(
            _("这些货收了 ¥%(most)s，金额填 0 到 ¥%(most)s。") % {"most": money.yuan(most)},
            field="amount",
        )
    return accepted_fen


def check_reason(ret: Return, line: OrderLine, accepted_fen: int, decision: str) -> None:
    """Granting less than the quantity was billed needs a reason, too. Raises ReasonMissing."""
    if decision.strip() or ret.wish == Wish.TELL:
        return
    if accepted_fen < most_accepted(line, ret.quantity):
        raise ReasonMissing(_("写明理由，双方都会看到。"), field="decision")


def lock_order(order_id: int) -> tuple[Round, Order]:
    """Round, then order: the round keeps its status and its commission its base meanwhile."""
    rnd = Round.objects.lock(Order.objects.round_of(order_id))
    return rnd, Order.objects.lock(order_id)


def lock_open(return_id: int) -> tuple[Round, Order, Return, datetime]:
    """Round, order, return, then the time; refuse when the return was decided or withdrawn."""
    rnd, order = lock_order(Return.objects.values_list("order_id", flat=True).get(pk=return_id))
    ret = Return.objects.lock(return_id)
    if ret.status != ReturnStatus.REQUESTED:
        raise NotOpen(
            _("这次退货现在是「%(status)s」，不能再改。刷新页面看看最新状态。")
            % {"status": ret.get_status_display()}
        )
    return rnd, order, ret, clock.now()


def publish(kind: str, ret: Return, user_id: int | None, at: datetime, **data: str | int) -> None:
    """One step of a return, as the timeline and the handlers read it."""
    events.publish(
        kind,
        group_id=ret.group_id,
        subject_id=ret.pk,
        actor_id=user_id,
        at=at,
        round=ret.round_id,
        order=ret.order_id,
        line=ret.line_id,
        **data,
    )
