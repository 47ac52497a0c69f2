"""A bag that nobody fetched: kept, passed on, or given back to the merchant (O10)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid5

from django.utils.translation import gettext as _

from groups.models import Membership
from orders.models import (
    Leftover,
    LeftoverChoice,
    Order,
    OrderLine,
    Round,
    SaleStop,
    ShortfallKind,
    WaitlistEntry,
)
from orders.models.leftovers import LEFT
from orders.queries.waiting import worth_of
from orders.services.check_off_rules import check_not_gone, check_not_held
from orders.services.offers import SaleStopped
from orders.services.payments import receive_in_hand
from orders.services.shortfalls import OPEN, rebill
from orders.services.waiting import hand_on
from tuangou.core import clock, events, money, requests, rows
from tuangou.core.errors import DomainError, InvalidInput


class NotLeftOver(DomainError):
    """Still waiting within the window, fetched, or nothing left of it."""

    code = "not_left_over"
    rule = "O10"


class BadLeftover(InvalidInput):
    code = "bad_leftover"
    rule = "O10"


@dataclass(frozen=True, slots=True)
class Decision:
    """`until` for keep; for pass `taker_id`, or `entry_id` of somebody who waits for such goods,
    with what the taker paid for it now, in fen."""

    choice: str
    note: str = ""
    until: datetime | None = None
    taker_id: int | None = None
    paid_fen: int = 0
    entry_id: int | None = None


def decide_leftover(
    *,
    order_id: int,
    actor_id: int,
    decision: Decision,
    request_id: UUID,
    receiver_id: int | None = None,
) -> Leftover:
    """What becomes of what is left of an order after the pick-up window.

    Keep: nothing in the books moves, and it may be decided again. Pass: somebody else has the
    bag, maybe one of those who wait for such goods and was asked in their order; what the taker
    paid, at most what the rest was billed, is booked as a payment of this order, so that who
    ordered it owes less, or has a credit to be paid back; with 0 she stays liable (`receiver_id`:
    who takes the money). Return: the merchant takes it back; what is left is taken off, credited,
    and the commission follows. Raises NotLeftOver, BadLeftover, NoLongerWaiting, and GoodsHeld or
    SaleStopped for what is stopped: that goes to nobody, by no door (O16, R2).
    """
    actor = rows.get(Membership, actor_id)
    return requests.once(
        group_id=actor.group_id,
        user_id=actor.user_id,
        key=request_id,
        act="order.leave",
        body={
            "order": order_id,
            "choice": decision.choice,
            "note": decision.note,
            "until": decision.until,
            "taker": decision.taker_id,
            "paid": decision.paid_fen,
        }
        | ({"entry": decision.entry_id} if decision.entry_id else {}),
        work=lambda: _decide(order_id, actor, decision, request_id, receiver_id),
        replay=lambda: Leftover.objects.get(
            group_id=actor.group_id, by_id=actor_id, request_id=request_id
        ),
    )


def _decide(
    order_id: int,
    actor: Membership,
    decision: Decision,
    request_id: UUID,
    receiver_id: int | None,
) -> Leftover:
    rnd = Round.objects.lock(Order.objects.round_of(order_id))
    order = Order.objects.lock(order_id)
    at = clock.now()
    of_order = OrderLine.objects.filter(order_id=order_id).select_related("offer")
    lines = [line for line in of_order if line.left]
    _check_left(rnd, order, lines, at)
    decision = _with_taker(decision, lines)
    _check(decision, order, lines, at)
    _check_paid(decision, lines)
    made = Leftover.objects.create(
        group_id=order.group_id,
        order=order,
        choice=decision.choice,
        until=decision.until,
        note=decision.note,
        taker_id=decision.taker_id,
        paid_fen=decision.paid_fen,
        by=actor,
        at=at,
        request_id=request_id,
    )
    if decision.choice == LeftoverChoice.PASS and decision.paid_fen:
        _take_from_taker(order, decision, request_id, receiver_id)
    if decision.entry_id is not None:
        hand_on(entry_id=decision.entry_id, leftover=made, at=at)
    if decision.choice == LeftoverChoice.RETURN:
        _give_back(rnd, lines, at, actor)
    events.publish(
        "order.left_over",
        group_id=order.group_id,
        subject_id=order.pk,
        actor_id=actor.user_id,
        at=at,
        round=order.round_id,
        choice=decision.choice,
        leftover=made.pk,
    )
    return made


def _check_left(rnd: Round, order: Order, lines: list[OrderLine], at: datetime) -> None:
    check_not_gone(order)
    if order.status not in LEFT or not lines or at < rnd.pickup_until:
        raise NotLeftOver(
            _("自提结束、记成没取以后，才决定剩下的怎么办。这一单现在是「%(status)s」。")
            % {"status": order.get_status_display()}
        )
    if rnd.status not in OPEN:
        raise NotLeftOver(
            _("这个团现在是「%(status)s」，账已经结了，剩下的不能再改。")
            % {"status": rnd.get_status_display()}
        )


def _check(decision: Decision, order: Order, lines: list[OrderLine], at: datetime) -> None:
    if decision.choice not in LeftoverChoice.values:
        raise BadLeftover(_("选一样：先留着、让给别人、退回商家。"), field="choice")
    keeps = decision.choice == LeftoverChoice.KEEP
    if keeps and (decision.until is None or decision.until <= at):
        raise BadLeftover(_("写上留到什么时候，要在现在以后。"), field="until_date")
    if decision.choice == LeftoverChoice.PASS:
        _check_taker(decision, order)
        _check_on_sale(lines)
        check_not_held(order.round_id, lines)


def _check_on_sale(lines: list[OrderLine]) -> None:
    """A neighbour who takes it over buys it, too (R2)."""
    by_item = {line.offer.item_id: line.offer.name for line in lines}
    stopped = SaleStop.objects.stopped_of(lines[0].group_id, by_item)
    if stopped:
        raise SaleStopped(
            _("%(names)s停售了：有邻居投诉吃了怕出事。现在不能让给别人，先留着。")
            % {"names": "、".join(by_item[item_id] for item_id in sorted(stopped))},
            field="choice",
        )


def _check_taker(decision: Decision, order: Order) -> None:
    people = Membership.objects.active().of_group(order.group_id)
    if decision.taker_id == order.member_id or not people.filter(pk=decision.taker_id or 0):
        raise BadLeftover(_("让给谁？写群里另一户的房号或昵称。"), field="taker")
    if decision.paid_fen < 0:
        raise BadLeftover(_("金额写成 38 或 38.50 这样，没收钱写 0。"), field="paid")


def _with_taker(decision: Decision, lines: list[OrderLine]) -> Decision:
    """The taker is whoever stands in that place in line for something of this bag."""
    if decision.entry_id is None or decision.choice != LeftoverChoice.PASS:
        return replace(decision, entry_id=None)
    offers = [line.offer_id for line in lines]
    entry = WaitlistEntry.objects.filter(pk=decision.entry_id, offer_id__in=offers).first()
    if entry is None:
        raise BadLeftover(_("这位没有在等这一袋里的货，重新选一位。"), field="entry")
    return replace(decision, taker_id=entry.member_id)


def _check_paid(decision: Decision, lines: list[OrderLine]) -> None:
    most = worth_of(lines)
    if decision.paid_fen > most:
        raise BadLeftover(
            _("剩下的一共 ¥%(most)s，收的不能更多。") % {"most": money.yuan(most)}, field="paid"
        )


def _take_from_taker(
    order: Order, decision: Decision, request_id: UUID, receiver_id: int | None
) -> None:
    if receiver_id is None:
        raise BadLeftover(_("这个团的钱不由你收：金额写 0，让收款人来记。"), field="paid")
    receive_in_hand(
        order_id=order.pk,
        user_id=receiver_id,
        amount_fen=decision.paid_fen,
        request_id=uuid5(request_id, "payment"),
    )


def _give_back(rnd: Round, lines: list[OrderLine], at: datetime, actor: Membership) -> None:
    billed = {line.pk: line.collected_quantity for line in lines}
    rebill(rnd=rnd, kind=ShortfallKind.LEFT, billed=billed, at=at, actor=actor)
