"""Placing, amending and cancelling orders (O3–O7). The one way in for every channel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from groups.models import Membership
from orders.models import (
    Account,
    BasketLine,
    ChangeKind,
    Channel,
    Offer,
    Order,
    OrderChange,
    OrderLine,
    OrderStatus,
    Round,
    Source,
    TakenOffer,
)
from orders.models.rounds import TakenNumber
from orders.services import ledger
from tuangou.core import clock, events, money, requests
from tuangou.core.errors import DomainError, InvalidInput

Quantities = Mapping[int, Decimal]

LARGEST_QUANTITY = Decimal(99_999)


class RoundNotOpen(DomainError):
    code = "round_not_open"
    rule = "O1"


class SoldOut(DomainError):
    code = "sold_out"
    rule = "O4"


class OverHouseholdLimit(DomainError):
    code = "over_household_limit"
    rule = "O3"


class UnknownOffer(InvalidInput):
    code = "unknown_offer"
    rule = "O3"


class BadQuantity(InvalidInput):
    code = "bad_quantity"
    rule = "O6"


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
) -> Order:
    """Place one order for a member: by herself, a neighbour or the initiator (O4).

    The cut-off holds by the database clock at the moment the round's lock is held (O1). The same
    request_id with the same body returns the first order, or raises the first refusal again.
    Raises RoundNotOpen, SoldOut, OverHouseholdLimit, UnknownOffer, BadQuantity, Conflict.
    """
    member, proxy = _people(member_id, placed_by_id)
    wanted = _cleaned(quantities)
    return requests.once(
        group_id=member.group_id,
        user_id=proxy.user_id,
        key=request_id,
        act="order.place",
        body={
            "round": round_id,
            "member": member_id,
            "placed_by": placed_by_id,
            "quantities": _written(wanted),
            "note": note,
        },
        work=lambda: _place(round_id, member, proxy, wanted, request_id, channel, note),
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
    """Replace the quantities of an order until the cut-off (O5); what is freed goes back to stock.

    By its owner or whoever placed it, or an officer (checked by access). Raises as place_order,
    and OrderNotOpen.
    """
    actor = Membership.objects.get(pk=actor_id)
    wanted = _cleaned(quantities)
    return requests.once(
        group_id=actor.group_id,
        user_id=actor.user_id,
        key=request_id,
        act="order.amend",
        body={"order": order_id, "quantities": _written(wanted), "note": note, "reason": reason},
        work=lambda: _amend(order_id, actor, wanted, note, reason),
        replay=lambda: Order.objects.get(pk=order_id),
    )


def cancel_order(*, order_id: int, actor_id: int, request_id: UUID, reason: str = "") -> Order:
    """Cancel an order until the cut-off (O5). Stock goes back, what was owed is posted back.

    Raises RoundNotOpen, OrderNotOpen.
    """
    actor = Membership.objects.get(pk=actor_id)
    return requests.once(
        group_id=actor.group_id,
        user_id=actor.user_id,
        key=request_id,
        act="order.cancel",
        body={"order": order_id, "reason": reason},
        work=lambda: _cancel(order_id, actor, reason),
        replay=lambda: Order.objects.get(pk=order_id),
    )


def cancel_with_round(*, order: Order, at: datetime, actor: Membership | None, reason: str) -> None:
    """End one order because its whole round ends. The caller holds both locks."""
    lines = list(order.lines.order_by("offer_id"))
    _end(order, lines, at=at, actor=actor, reason=reason)
    events.publish(
        "order.cancelled",
        group_id=order.group_id,
        subject_id=order.pk,
        actor_id=actor.user_id if actor else None,
        at=at,
        with_round=True,
    )


def _people(member_id: int, placed_by_id: int) -> tuple[Membership, Membership]:
    """The member ordered for and who places it, both active in one group. One statement."""
    people = (
        Membership.objects.active()
        .select_related("household__building")
        .in_bulk({member_id, placed_by_id})
    )
    member, proxy = people.get(member_id), people.get(placed_by_id)
    if member is None or proxy is None or member.group_id != proxy.group_id:
        raise NotYourOrder(_("只能给本群的邻居下单。"))
    return member, proxy


def _cleaned(quantities: Quantities) -> dict[int, Decimal]:
    """Zero means not chosen; what stays is positive and has at most three decimals."""
    chosen = {offer_id: q for offer_id, q in quantities.items() if q != 0}
    if not chosen:
        raise BadQuantity(_("先选一样货品，再提交。"))
    for q in chosen.values():
        if not q.is_finite() or q < 0 or q > LARGEST_QUANTITY or q != round(q, 3):
            raise BadQuantity(_("数量要大于 0，最多三位小数。核对一下。"))
    return {offer_id: chosen[offer_id] for offer_id in sorted(chosen)}


def _written(quantities: Quantities) -> dict[str, str]:
    """Quantities as they stand in request bodies and history: {"12": "1.5"}."""
    return {str(offer_id): f"{q.normalize():f}" for offer_id, q in quantities.items()}


def _place(
    round_id: int,
    member: Membership,
    proxy: Membership,
    wanted: dict[int, Decimal],
    request_id: UUID,
    channel: str,
    note: str,
) -> Order:
    taken = _checked(Round.objects.take_number(round_id))  # orders of one round queue here
    at = taken.now
    offers = _take_stock(round_id, wanted)
    _check_steps(offers, wanted)
    _take_limits(member.group_id, member.household_id, offers, wanted)
    order = Order.objects.create(
        group_id=member.group_id,
        round_id=round_id,
        member=member,
        household_id=member.household_id,
        placed_by=proxy,
        number=taken.number,
        channel=channel,
        request_id=request_id,
        building=member.household.building.name,
        unit=member.household.unit,
        room=member.household.room,
        nickname=member.nickname,
        note=note,
        placed_at=at,
    )
    OrderLine.objects.bulk_create(_new_line(order, offers[i], q) for i, q in wanted.items())
    total = sum(money.times(q, offers[i].price_fen) for i, q in wanted.items())
    _record(
        order,
        ChangeKind.PLACED,
        actor=proxy,
        at=at,
        before={},
        after=_written(wanted),
        delta_fen=total,
        merchant_id=taken.merchant_id,
    )
    events.publish(
        "order.placed",
        group_id=order.group_id,
        subject_id=order.pk,
        actor_id=proxy.user_id,
        at=at,
        round=round_id,
        number=order.number,
        total_fen=total,
        for_neighbour=order.is_by_proxy,
    )
    return order


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
    offers = _take_stock(rnd.pk, delta, known=held)
    _check_steps(offers, {i: wanted[i] for i in delta if i in wanted})
    _take_limits(order.group_id, order.household_id, offers, delta)
    before_fen = sum(line.billed_fen for line in lines.values())
    gone = [lines[i].pk for i in held if i not in wanted]
    OrderLine.objects.filter(pk__in=gone).delete()
    for i in delta:
        if i in wanted and i in lines:
            lines[i].quantity = lines[i].billed_quantity = wanted[i]
            lines[i].save(update_fields=["quantity", "billed_quantity"])
    OrderLine.objects.bulk_create(
        _new_line(order, offers[i], wanted[i]) for i in delta if i not in lines
    )
    prices = {i: line.unit_price_fen for i, line in lines.items()} | {
        i: offer.price_fen for i, offer in offers.items() if i not in lines
    }
    after_fen = sum(money.times(q, prices[i]) for i, q in wanted.items())
    order.changes += 1
    order.amended_at = at
    order.note = order.note if note is None else note
    order.save(update_fields=["changes", "amended_at", "note"])
    _record(
        order,
        ChangeKind.AMENDED,
        actor=actor,
        at=at,
        before=_written(held),
        after=_written(wanted),
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
    )
    return order


def _cancel(order_id: int, actor: Membership, reason: str) -> Order:
    rnd, order, at = _lock_open(order_id)
    lines = list(order.lines.order_by("offer_id"))
    back = {line.offer_id: -line.quantity for line in lines}
    offers = _take_stock(rnd.pk, back, known={i: -q for i, q in back.items()})
    _take_limits(order.group_id, order.household_id, offers, back)
    _end(order, lines, at=at, actor=actor, reason=reason, merchant_id=rnd.merchant_id)
    Round.objects.bump(rnd.pk)
    events.publish(
        "order.cancelled",
        group_id=order.group_id,
        subject_id=order.pk,
        actor_id=actor.user_id,
        at=at,
        with_round=False,
    )
    return order


def _end(
    order: Order,
    lines: list[OrderLine],
    *,
    at: datetime,
    actor: Membership | None,
    reason: str,
    merchant_id: int | None = None,
) -> None:
    """Cancel a locked order and post back what it was billed."""
    order.changes += 1
    order.save(update_fields=["changes"])
    order.move_to(OrderStatus.CANCELLED, at=at)
    _record(
        order,
        ChangeKind.CANCELLED,
        actor=actor,
        at=at,
        before=_written({line.offer_id: line.quantity for line in lines}),
        after={},
        delta_fen=-sum(line.billed_fen for line in lines),
        merchant_id=merchant_id or order.round.merchant_id,
        reason=reason,
    )


def _lock_open(order_id: int) -> tuple[Round, Order, datetime]:
    """Lock the round, then the order, then read the time; refuse what is fixed by now."""
    round_id = Order.objects.values_list("round_id", flat=True).get(pk=order_id)
    rnd = Round.objects.lock(round_id)
    order = Order.objects.lock(order_id)
    at = clock.now()
    if not rnd.takes_orders(at):
        raise RoundNotOpen(_("已截单，不能再改。有事问团长。"))
    if order.status != OrderStatus.PLACED:
        raise OrderNotOpen(
            _("这一单现在是「%(status)s」，不能再改。") % {"status": order.get_status_display()}
        )
    return rnd, order, at


def _checked(taken: TakenNumber | None) -> TakenNumber:
    if taken is None:
        raise RoundNotOpen(_("没有这个团。回到团购页看看正在团的。"))
    if taken.takes_orders:
        return taken
    if taken.paused_at is not None:
        raise RoundNotOpen(_("这个团暂停接单。原因看群里的公告，或问团长。"))
    if taken.now < taken.opens_at:
        raise RoundNotOpen(_("这个团还没开。到开团时间再来。"))
    raise RoundNotOpen(_("已截单，不能再下单。有事问团长。"))


def _take_stock(
    round_id: int, quantities: Quantities, known: Quantities | None = None
) -> dict[int, TakenOffer]:
    """Take or give back stock of several offers, or name the first with too little."""
    if not quantities:
        return {}
    offers = Offer.objects.take(round_id, quantities)
    missing = [i for i in quantities if i not in offers]
    if not missing:
        return offers
    rows = Offer.objects.of_round(round_id).in_bulk(missing)
    for offer_id in missing:
        if offer_id not in rows:
            raise UnknownOffer(_("选的货品不在这个团里。刷新页面再选。"))
        _refuse_stock(rows[offer_id], held=(known or {}).get(offer_id, Decimal(0)))
    return offers


def _refuse_stock(offer: Offer, held: Decimal) -> None:
    left = (offer.left or Decimal(0)) + held
    field = f"offer_{offer.pk}"
    if left <= 0:
        raise SoldOut(
            _("%(name)s抢完了。换一样，或减掉它再提交。") % {"name": offer.name}, field=field
        )
    raise SoldOut(
        _("%(name)s只剩 %(left)s%(unit)s，改成 %(left)s%(unit)s 以内再提交。")
        % {"name": offer.name, "left": f"{left.normalize():f}", "unit": offer.unit},
        field=field,
    )


def _check_steps(offers: Mapping[int, TakenOffer], wanted: Quantities) -> None:
    """Quantities go in the steps of the offer, from its minimum on (O6)."""
    for offer_id, q in wanted.items():
        offer = offers[offer_id]
        if q % offer.step:
            raise BadQuantity(
                _("数量按 %(step)s 的倍数填。") % {"step": f"{offer.step.normalize():f}"},
                field=f"offer_{offer_id}",
            )
        if offer.minimum is not None and q < offer.minimum:
            raise BadQuantity(
                _("这样货至少订 %(minimum)s。") % {"minimum": f"{offer.minimum.normalize():f}"},
                field=f"offer_{offer_id}",
            )


def _take_limits(
    group_id: int, household_id: int, offers: Mapping[int, TakenOffer], quantities: Quantities
) -> None:
    """Count limited offers on the household's rows; the CHECK refuses what goes over (O3)."""
    limits = {i: limit for i in quantities if (limit := offers[i].household_limit) is not None}
    if not limits:
        return
    try:
        with transaction.atomic():
            BasketLine.objects.take(
                group_id=group_id,
                household_id=household_id,
                quantities={i: quantities[i] for i in limits},
                limits=limits,
            )
    except IntegrityError as error:
        if "basket_within_household_limit" not in str(error):
            raise
        names = Offer.objects.filter(pk__in=limits).order_by("pk").values_list("name", flat=True)
        raise OverHouseholdLimit(
            _("%(names)s每户限购，你家已经到数了。减一点再提交。") % {"names": "、".join(names)},
            field=f"offer_{min(limits)}",
        ) from error


def _new_line(order: Order, offer: TakenOffer, quantity: Decimal) -> OrderLine:
    return OrderLine(
        group_id=order.group_id,
        order=order,
        offer_id=offer.id,
        quantity=quantity,
        unit_price_fen=offer.price_fen,
        billed_quantity=quantity,
    )


def _record(
    order: Order,
    kind: ChangeKind,
    *,
    actor: Membership | None,
    at: datetime,
    before: dict[str, Any],
    after: dict[str, Any],
    delta_fen: int,
    merchant_id: int,
    reason: str = "",
) -> None:
    """One row of history, and the postings that name it as their source (O5, O7)."""
    change = OrderChange.objects.create(
        group_id=order.group_id,
        order=order,
        number=order.changes,
        kind=kind,
        actor=actor,
        at=at,
        before=before,
        after=after,
        reason=reason,
    )
    ledger.post(
        group_id=order.group_id,
        round_id=order.round_id,
        order_id=order.pk,
        source=Source.ORDER_CHANGE,
        source_id=change.pk,
        at=at,
        legs={
            (Account.MEMBER, order.member_id): delta_fen,
            (Account.MERCHANT, merchant_id): -delta_fen,
        },
    )


def reprice(*, lines: Iterable[OrderLine], order: Order, at: datetime, merchant_id: int) -> None:
    """Apply the reached price tier to an order at the cut-off: downwards, once (O3).

    `lines` carry their final_unit_price_fen, not yet saved. The caller holds the locks.
    """
    changed = [line for line in lines if line.final_unit_price_fen is not None]
    before_fen = sum(money.times(line.billed_quantity, line.unit_price_fen) for line in changed)
    after_fen = sum(
        money.times(line.billed_quantity, line.final_unit_price_fen or 0) for line in changed
    )
    OrderLine.objects.bulk_update(changed, ["final_unit_price_fen"])
    order.changes += 1
    order.save(update_fields=["changes"])
    _record(
        order,
        ChangeKind.REPRICED,
        actor=None,
        at=at,
        before={str(line.offer_id): line.unit_price_fen for line in changed},
        after={str(line.offer_id): line.final_unit_price_fen for line in changed},
        delta_fen=after_fen - before_fen,
        merchant_id=merchant_id,
    )
