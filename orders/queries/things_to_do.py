"""What a member has to do next, on the group's front page: fetch a bag, pay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from groups.models import Membership
from orders.models import Account, Order, OrderLine, OrderStatus, Posting, RoundStatus
from orders.queries.rounds import LIVE


@dataclass(frozen=True, slots=True)
class ThingToDo:
    """One strip on the front page: pick up today, or pay."""

    kind: str
    order_id: int
    title: str
    what: str
    fen: int
    code: str
    remark: str
    pickup_from: datetime
    pickup_until: datetime
    place: str


def things_to_do(member: Membership) -> list[ThingToDo]:
    """Her next steps: bags to fetch first, then money to pay. Three queries.

    Of orders for a neighbour only what she said she would do.
    """
    errands = Q(proxy_pays=True) | Q(proxy_collects=True)
    orders = list(
        Order.objects.live()
        .filter(round__status__in=LIVE[2:])
        .filter(Q(member_id=member.pk) | Q(placed_by_id=member.pk) & errands)
        .select_related("round__pickup_point")
        .order_by("round__pickup_from", "pk")[:40]
    )
    owed = (
        Posting.objects.of_group(member.group_id)
        .filter(order__in=orders, account=Account.MEMBER)
        .balance_by("order_id")
    )
    lines: dict[int, list[OrderLine]] = {}
    for line in (
        OrderLine.objects.filter(order__in=orders).select_related("offer").order_by("offer_id")
    ):
        lines.setdefault(line.order_id, []).append(line)
    things = []
    for order in orders:
        fen = max(owed.get(order.pk, 0), 0) if order.payer_id == member.pk else 0
        waiting = order.status in (OrderStatus.PLACED, OrderStatus.NOT_COLLECTED)
        waiting = waiting and order.collector_id == member.pk
        if waiting and order.round.status == RoundStatus.ARRIVED:
            things.append(_thing("fetch", order, lines.get(order.pk, []), fen))
        elif fen:
            things.append(_thing("pay", order, lines.get(order.pk, []), fen))
    return sorted(things, key=lambda thing: thing.kind != "fetch")


def _thing(kind: str, order: Order, lines: list[OrderLine], owed: int) -> ThingToDo:
    rnd = order.round
    return ThingToDo(
        kind=kind,
        order_id=order.pk,
        title=rnd.title,
        what="、".join(f"{x.offer.name} {x.quantity.normalize():f}{x.offer.unit}" for x in lines),
        fen=owed,
        code=rnd.pickup_code(order.number),
        remark=rnd.remark_code(order.number),
        pickup_from=rnd.pickup_from,
        pickup_until=rnd.pickup_until,
        place=rnd.pickup_point.name,
    )
