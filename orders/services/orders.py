"""Placing, amending and cancelling orders (O3–O7). The one way in for every channel."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from groups.models import Membership, MembershipStatus
from orders.models import (
    ChangeKind,
    Channel,
    Order,
    OrderLine,
    OrderStatus,
    Round,
)
from orders.services import placing, waiting
from orders.services.changes import end_order, record, written
from orders.services.neighbours import Errand, admit
from orders.services.offers import (
    BadQuantity,
    OverHouseholdLimit,
    Quantities,
    SoldOut,
    UnknownOffer,
    check_steps,
    is_quantity,
    take_shares,
    take_stock,
)
from orders.services.placing import RoundNotOpen
from orders.services.placing import check_open as _check_open
from orders.services.placing import new_line as _new_line
from orders.services.placing import total_of as _total
from tuangou.core import clock, events, requests, rows
from tuangou.core.errors import DomainError

__all__ = [
    "BadQuantity",
    "NotYourOrder",
    "OrderNotOpen",
    "OverHouseholdLimit",
    "Quantities",
    "RoundNotOpen",
    "SoldOut",
    "UnknownOffer",
    "amend_order",
    "cancel_order",
    "place_order",
]


# Where a neighbour acts on her own word; a slip, a chain or a sheet is the buyer's own.
SAID_BY_THE_PROXY = (Channel.WEB, Channel.API)


class NotYourOrder(DomainError):
    code = "not_your_order"
    rule = "O5"


class OrderNotOpen(DomainError):
    code = "order_not_open"
    rule = "O5"


def place_order(
    *,
    round_id: int,
    member_id: int,
    placed_by_id: int,
    quantities: Quantities,
    request_id: UUID,
    channel: str = Channel.WEB,
    note: str = "",
    errand: Errand | None = None,
) -> Order:
    """Place one order for a member: by herself, a neighbour or the initiator (O4).

    `errand`: a neighbour's own wish to order for her, with who pays and fetches; see
    neighbours.admit for whom it is refused.

    The cut-off holds by the database clock at the moment the round's lock is held (O1). The same
    request_id with the same body returns the first order, or raises the first refusal again.
    Raises RoundNotOpen, SoldOut, OverHouseholdLimit, UnknownOffer, BadQuantity, Conflict,
    ProxyRefused, AskFirst.
    """
    member, proxy = _people(member_id, placed_by_id)
    wanted = _cleaned(quantities)
    errand = None if member_id == placed_by_id else errand
    return requests.once(
        group_id=member.group_id,
        user_id=proxy.user_id,
        key=request_id,
        act="order.place",
        body={
            "round": round_id,
            "member": member_id,
            "placed_by": placed_by_id,
            "quantities": written(wanted),
            "note": note,
        }
        | (asdict(errand) if errand else {}),
        work=lambda: _place(round_id, member, proxy, wanted, request_id, channel, note, errand),
        replay=lambda: Order.objects.get(
            group_id=member.group_id, placed_by_id=placed_by_id, request_id=request_id
        ),
    )


def amend_order(
    *,
    order_id: int,
    actor_id: int,
    quantities: Quantities,
    request_id: UUID,
    note: str | None = None,
    reason: str = "",
) -> Order:
    """Replace the quantities of an order until the cut-off (O5); what is freed goes to who waits
    for it, in order of asking, and what then is left back to stock.

    By its owner or whoever placed it, or an officer (checked by access). Raises as place_order,
    and OrderNotOpen.
    """
    actor = rows.get(Membership, actor_id)
    wanted = _cleaned(quantities)
    return requests.once(
        group_id=actor.group_id,
        user_id=actor.user_id,
        key=request_id,
        act="order.amend",
        body={"order": order_id, "quantities": written(wanted), "note": note, "reason": reason},
        work=lambda: _amend(order_id, actor, wanted, note, reason),
        replay=lambda: Order.objects.get(pk=order_id),
    )


def cancel_order(*, order_id: int, actor_id: int, request_id: UUID, reason: str = "") -> Order:
    """Cancel an order until the cut-off (O5). Stock goes to who waits for it, else back; what was
    owed is posted back.

    Raises RoundNotOpen, OrderNotOpen.
    """
    actor = rows.get(Membership, actor_id)
    return requests.once(
        group_id=actor.group_id,
        user_id=actor.user_id,
        key=request_id,
        act="order.cancel",
        body={"order": order_id, "reason": reason},
        work=lambda: _cancel(order_id, actor, reason),
        replay=lambda: Order.objects.get(pk=order_id),
    )


def _people(member_id: int, placed_by_id: int) -> tuple[Membership, Membership]:
    """The member ordered for and who places it, both active in one group. One statement."""
    found = rows.select(
        Membership,
        "t0.id = any(%s) and t0.status = %s",
        [[member_id, placed_by_id], MembershipStatus.ACTIVE],
        "household__building",
    )
    people = {person.pk: person for person in found}
    member, proxy = people.get(member_id), people.get(placed_by_id)
    if member is None or proxy is None or member.group_id != proxy.group_id:
        raise NotYourOrder(_("只能给本群的邻居下单。"))
    return member, proxy


def _cleaned(quantities: Quantities) -> dict[int, Decimal]:
    """Zero means not chosen; what stays is positive and has at most three decimals."""
    chosen = {offer_id: q for offer_id, q in quantities.items() if not q.is_zero()}
    if not chosen:
        raise BadQuantity(_("先选一样货品，再提交。"))
    for offer_id, q in chosen.items():
        if not is_quantity(q):
            raise BadQuantity(
                _("数量要大于 0，最多三位小数。核对一下。"), field=f"offer_{offer_id}"
            )
    return {offer_id: chosen[offer_id] for offer_id in sorted(chosen)}


def _place(
    round_id: int,
    member: Membership,
    proxy: Membership,
    wanted: dict[int, Decimal],
    request_id: UUID,
    channel: str,
    note: str,
    errand: Errand | None,
) -> Order:
    if member.pk != proxy.pk and channel in SAID_BY_THE_PROXY:
        admit(member=member, proxy=proxy, errand=errand)
    taken = Round.objects.take_number(member.group_id, round_id)  # orders of one round queue here
    if taken is None:
        raise RoundNotOpen(_("没有这个团。回到团购页看看正在团的。"))
    at = taken.now
    _check_open(taken, at)
    offers = take_stock(round_id, wanted)
    check_steps(offers, wanted)
    take_shares(member.group_id, member.household_id, offers, wanted)
    return placing.write_order(
        round_id=round_id,
        taken=taken,
        member=member,
        placed_by=proxy,
        wanted=wanted,
        offers=offers,
        request_id=request_id,
        channel=channel,
        note=note,
        errand=errand,
    )


def _amend(
    order_id: int, actor: Membership, wanted: dict[int, Decimal], note: str | None, reason: str
) -> Order:
    rnd, order, at = _lock_open(order_id)
    lines = {line.offer_id: line for line in order.lines.order_by("offer_id")}
    held = {offer_id: line.quantity for offer_id, line in lines.items()}
    delta = {
        i: wanted.get(i, Decimal(0)) - held.get(i, Decimal(0)) for i in sorted({*wanted, *held})
    }
    delta = {i: q for i, q in delta.items() if q}
    offers = take_stock(rnd.pk, delta, known=held)
    check_steps(offers, {i: wanted[i] for i in delta if i in wanted})
    take_shares(order.group_id, order.household_id, offers, delta, known=held)
    before_fen = sum(line.billed_fen for line in lines.values())
    gone = [lines[i].pk for i in held if i not in wanted]
    OrderLine.objects.filter(pk__in=gone).delete()
    kept = [lines[i] for i in delta if i in wanted and i in lines]
    for line in kept:
        line.quantity = line.billed_quantity = wanted[line.offer_id]
    OrderLine.objects.bulk_update(kept, ["quantity", "billed_quantity"])
    OrderLine.objects.bulk_create(
        _new_line(order, offers[i], wanted) for i in delta if i not in lines
    )
    prices = {i: line.unit_price_fen for i, line in lines.items()} | {
        i: offer.price_fen for i, offer in offers.items() if i not in lines
    }
    after_fen = _total(wanted, prices)
    order.changes += 1
    order.amended_at = at
    order.note = order.note if note is None else note
    order.save(update_fields=["changes", "amended_at", "note"])
    record(
        order,
        ChangeKind.AMENDED,
        actor=actor,
        at=at,
        before=written(held),
        after=written(wanted),
        delta_fen=after_fen - before_fen,
        merchant_id=rnd.merchant_id,
        reason=reason,
    )
    Round.objects.bump(rnd.pk)
    events.publish(
        "order.amended",
        group_id=order.group_id,
        subject_id=order.pk,
        actor_id=actor.user_id,
        at=at,
        total_fen=after_fen,
        for_neighbour=order.member_id != actor.pk,
    )
    waiting.serve(rnd=rnd, freed={i: offers[i] for i, q in delta.items() if q < 0}, at=at)
    return order


def _cancel(order_id: int, actor: Membership, reason: str) -> Order:
    rnd, order, at = _lock_open(order_id)
    lines = list(order.lines.order_by("offer_id"))
    back = {line.offer_id: -line.quantity for line in lines}
    offers = take_stock(rnd.pk, back, known={i: -q for i, q in back.items()})
    take_shares(order.group_id, order.household_id, offers, back)
    end_order(order, lines, at=at, actor=actor, reason=reason, merchant_id=rnd.merchant_id)
    Round.objects.bump(rnd.pk)
    events.publish(
        "order.cancelled",
        group_id=order.group_id,
        subject_id=order.pk,
        actor_id=actor.user_id,
        at=at,
        with_round=False,
        for_neighbour=order.member_id != actor.pk,
    )
    waiting.serve(rnd=rnd, freed=offers, at=at)
    return order


def _lock_open(order_id: int) -> tuple[Round, Order, datetime]:
    """Lock the round, then the order, then read the time; refuse what is fixed by now."""
    rnd = Round.objects.lock(Order.objects.round_of(order_id))
    order = Order.objects.lock(order_id)
    at = clock.now()
    _check_open(rnd, at)
    if order.status != OrderStatus.PLACED:
        raise OrderNotOpen(
            _("这一单现在是「%(status)s」，不能再改。") % {"status": order.get_status_display()}
        )
    return rnd, order, at
