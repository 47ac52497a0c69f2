"""The acts of a year around orders: placing, paying, picking up, giving back (see play.py)."""

from __future__ import annotations

from decimal import Decimal

from orders.management.year.plan import (
    AmendOrder,
    CancelOrder,
    CheckOff,
    ClaimPayment,
    DecideReturn,
    Lines,
    PlaceOrder,
    ReceivePayment,
    RecordArrival,
    RecordNotCollected,
    RefundReturn,
    RequestReturn,
)
from orders.management.year.play import Played, play, quantity
from orders.models import OrderLine
from orders.services import check_offs, deliveries, inspections, orders, payments, returns

__all__ = ["play"]


@play.register
def _place(step: PlaceOrder, year: Played) -> None:
    plan = year.plan.orders[step.order]
    order = orders.place_order(
        round_id=year.rounds[plan.round],
        member_id=year.members[plan.orderer],
        placed_by_id=year.members[plan.placed_by],
        quantities=_quantities(plan.round, step.lines, year),
        request_id=year.new_request(),
        channel=plan.channel,
        note=plan.note,
    )
    year.orders[step.order] = order.pk
    year.lines[step.order] = step.lines


@play.register
def _amend(step: AmendOrder, year: Played) -> None:
    orders.amend_order(
        order_id=year.orders[step.order],
        actor_id=year.members[step.by],
        quantities=_quantities(year.plan.orders[step.order].round, step.lines, year),
        request_id=year.new_request(),
        reason=step.reason,
    )
    year.lines[step.order] = step.lines


@play.register
def _cancel(step: CancelOrder, year: Played) -> None:
    orders.cancel_order(
        order_id=year.orders[step.order],
        actor_id=year.members[step.by],
        request_id=year.new_request(),
        reason=step.reason,
    )
    del year.lines[step.order]


def _quantities(rnd: int, lines: Lines, year: Played) -> dict[int, Decimal]:
    offers = year.offers[rnd]
    return {offers[line.offer]: quantity(line.quantity_milli) for line in lines}


@play.register
def _claim(step: ClaimPayment, year: Played) -> None:
    payments.claim_payment(
        order_id=year.orders[step.order],
        actor_id=year.members[step.by],
        request_id=year.new_request(),
        amount_fen=step.amount_fen,
    )


@play.register
def _receive(step: ReceivePayment, year: Played) -> None:
    payments.receive_payment(
        order_id=year.orders[step.order],
        user_id=year.users[0],
        amount_fen=step.amount_fen,
        request_id=year.new_request(),
    )


@play.register
def _record_arrival(step: RecordArrival, year: Played) -> None:
    deliveries.record_arrival(
        round_id=year.rounds[step.round],
        actor_id=year.initiator,
        delivered=year.ordered(step.round),
        inspection=inspections.ALL_WELL,
        request_id=year.new_request(),
    )


@play.register
def _check_off(step: CheckOff, year: Played) -> None:
    check_offs.check_off(
        order_id=year.orders[step.order],
        actor_id=year.members[step.by],
        way=step.way,
        request_id=year.new_request(),
    )


@play.register
def _record_not_collected(step: RecordNotCollected, year: Played) -> None:
    check_offs.record_not_collected(round_id=year.rounds[step.round], actor_id=year.initiator)


@play.register
def _request_return(step: RequestReturn, year: Played) -> None:
    plan = year.plan.returns[step.ret]
    order = year.plan.orders[plan.order]
    offer_id = year.offers[order.round][order.lines[plan.line].offer]
    line = OrderLine.objects.get(order_id=year.orders[plan.order], offer_id=offer_id)
    ret = returns.request_return(
        line_id=line.pk,
        actor_id=year.members[step.by],
        quantity=quantity(plan.quantity_milli),
        reason=plan.reason,
        wish=plan.wish,
        text=plan.text,
        request_id=year.new_request(),
    )
    year.returns[step.ret] = ret.pk


@play.register
def _decide_return(step: DecideReturn, year: Played) -> None:
    plan = year.plan.returns[step.ret]
    return_id, request_id = year.returns[step.ret], year.new_request()
    if plan.accepted_fen is None:
        returns.reject_return(
            return_id=return_id,
            actor_id=year.initiator,
            decision=plan.decision,
            request_id=request_id,
        )
    else:
        returns.accept_return(
            return_id=return_id,
            actor_id=year.initiator,
            accepted_fen=plan.accepted_fen,
            decision=plan.decision,
            request_id=request_id,
        )


@play.register
def _refund_return(step: RefundReturn, year: Played) -> None:
    returns.refund_return(
        return_id=year.returns[step.ret], user_id=year.users[0], request_id=year.new_request()
    )
