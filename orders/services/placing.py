"""One order written down, whoever asks for it: placed by a person, or from the waiting list.

The caller holds the round by the number it took, and the stock and shares that the order needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from groups.models import Membership
from orders.models import (
    ChangeKind,
    Channel,
    Order,
    OrderLine,
    Round,
    RoundStatus,
    TakenOffer,
)
from orders.models.rounds import TakenNumber
from orders.services.changes import record, written
from orders.services.neighbours import Errand
from orders.services.offers import BadQuantity, Quantities
from tuangou.core import events, money, rows
from tuangou.core.errors import DomainError


class RoundNotOpen(DomainError):
    code = "round_not_open"
    rule = "O1"


def check_open(rnd: TakenNumber | Round, at: datetime) -> None:
    """Say why a round takes no orders and no changes now (O1)."""
    is_open = rnd.status == RoundStatus.OPEN
    if is_open and rnd.paused_at is not None:
        raise RoundNotOpen(_("这个团暂停接单。原因看群里的公告，或问团长。"))
    if rnd.status == RoundStatus.DRAFT or (is_open and at < rnd.opens_at):
        raise RoundNotOpen(_("这个团还没开。到开团时间再来。"))
    if not rnd.takes_orders(at):
        raise RoundNotOpen(_("已截单，不能再下单或改单。有事问团长。"))


def total_of(wanted: Quantities, prices: Mapping[int, int]) -> int:
    """Fen of all lines, each rounded once (O6). Raises BadQuantity where the book ends."""
    total = sum(money.times(q, prices[i]) for i, q in wanted.items())
    if total > money.LARGEST_FEN:
        raise BadQuantity(_("这一单的金额太大。数量减一点，再提交。"))
    return total


def new_line(order: Order, offer: TakenOffer, quantity: Quantities) -> OrderLine:
    """A line of an offer at its price of now."""
    return OrderLine(
        group_id=order.group_id,
        order=order,
        offer_id=offer.id,
        quantity=quantity[offer.id],
        unit_price_fen=offer.price_fen,
        billed_quantity=quantity[offer.id],
    )


def write_order(
    *,
    round_id: int,
    taken: TakenNumber,
    member: Membership,
    placed_by: Membership,
    wanted: Quantities,
    offers: Mapping[int, TakenOffer],
    request_id: UUID,
    channel: str,
    note: str = "",
    errand: Errand | None = None,
    reason: str = "",
) -> Order:
    """The order with its lines, the first row of its history with postings, and the news (O4, O7).

    `member` comes with household and building. Raises BadQuantity for an absurd total.
    """
    total = total_of(wanted, {i: offers[i].price_fen for i in wanted})
    order = Order.objects.create(
        group_id=member.group_id,
        round_id=round_id,
        member=member,
        household_id=member.household_id,
        placed_by=placed_by,
        number=taken.number,
        channel=channel,
        request_id=request_id,
        building=member.household.building.name,
        unit=member.household.unit,
        room=member.household.room,
        nickname=member.nickname,
        note=note,
        placed_at=taken.now,
        proxy_pays=errand is not None and errand.pays,
        proxy_collects=errand is not None and errand.collects,
    )
    rows.insert([new_line(order, offers[i], wanted) for i in wanted])
    _tell_placed(order, wanted, total, taken.merchant_id, reason)
    return order


def _tell_placed(
    order: Order, wanted: Quantities, total: int, merchant_id: int, reason: str
) -> None:
    """Nobody acts where the waiting list does: it was freed by somebody who thinks of herself."""
    actor = None if order.channel == Channel.WAITING else order.placed_by
    record(
        order,
        ChangeKind.PLACED,
        actor=actor,
        at=order.placed_at,
        before={},
        after=written(wanted),
        delta_fen=total,
        merchant_id=merchant_id,
        reason=reason,
    )
    events.publish(
        "order.placed",
        group_id=order.group_id,
        subject_id=order.pk,
        actor_id=actor.user_id if actor else None,
        at=order.placed_at,
        round=order.round_id,
        number=order.number,
        total_fen=total,
        for_neighbour=order.is_by_proxy,
    )
