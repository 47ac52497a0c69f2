"""Paper slips: letters for the goods, doors as they are written, what was keyed in last (O4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from string import ascii_uppercase

from django.http import Http404

from groups.models import Building, Membership
from orders.models import Channel, Order, OrderLine, OrderStatus, Round
from orders.models.orders import OrderQuerySet
from orders.queries.neighbours import doors_of_flat
from orders.queries.payments import door_parts
from orders.queries.rounds import OfferRow, offers_of

LAST = 8


@dataclass(frozen=True, slots=True)
class LetteredOffer:
    """A, B, C … as the words for the chat and the printed slip have them; empty after Z."""

    letter: str
    offer: OfferRow


def lettered(round_id: int) -> list[LetteredOffer]:
    """The offers of a round with their letters. Two queries."""
    offers = offers_of(round_id)
    letters = [*ascii_uppercase, *[""] * len(offers)]
    return [LetteredOffer(*pair) for pair in zip(letters, offers, strict=False)]


@dataclass(frozen=True, slots=True)
class Door:
    """A door of the compound as it was written; the flat may not be known yet."""

    building: Building
    unit: str
    room: str


def buildings_of(group_id: int) -> list[Building]:
    """In their order. One query."""
    return list(Building.objects.filter(group_id=group_id).order_by("position"))


def door_of(typed: str, buildings: Iterable[Building]) -> Door | None:
    """「3-502」, 「3栋2单元502室」 among these buildings; None when it names none of them."""
    first, *rest = door_parts(typed).split("-")
    if not 1 <= len(rest) <= 2:
        return None
    for building in buildings:
        if door_parts(building.name) == first:
            return Door(building, rest[0].upper() if len(rest) == 2 else "", rest[-1].upper())
    return None


def people_at(group_id: int, door: Door) -> list[Membership]:
    """Active members behind a door; without a unit, of every unit of that building. One query."""
    people = (
        Membership.objects.active()
        .of_group(group_id)
        .filter(household__building=door.building, household__room__iexact=door.room)
        .select_related("household__building")
        .in_door_order()
    )
    written = door_parts("-".join(p for p in (door.building.name, door.unit, door.room) if p))
    return [person for person in people if written in doors_of_flat(person)]


@dataclass(frozen=True, slots=True)
class KeyedIn:
    """An order that came on paper, for the list of the last ones."""

    id: int
    number: int
    door: str
    nickname: str
    what: str
    fen: int
    placed_at: datetime
    cancelled: bool
    may_undo: bool


def last_keyed_in(rnd: Round, *, at: datetime) -> list[KeyedIn]:
    """The newest slips of the round. Two queries."""
    orders = list(_slips(rnd).order_by("-number")[:LAST])
    lines: dict[int, list[OrderLine]] = {}
    for line in (
        OrderLine.objects.filter(order__in=orders)
        .select_related("offer")
        .order_by("offer__position")
    ):
        lines.setdefault(line.order_id, []).append(line)
    return [
        _keyed_in(order, lines.get(order.pk, []), is_open=rnd.takes_orders(at)) for order in orders
    ]


def keyed_in_of(rnd: Round, order_id: int) -> Order:
    """A slip of this round, or 404. One query."""
    order = _slips(rnd).filter(pk=order_id).first()
    if order is None:
        raise Http404
    return order


def keyed_in_text(order: Order) -> KeyedIn:
    """One slip as the list shows it. One query."""
    lines = OrderLine.objects.filter(order=order).select_related("offer")
    return _keyed_in(order, list(lines.order_by("offer__position")), is_open=True)


def _slips(rnd: Round) -> OrderQuerySet:
    return Order.objects.of_group(rnd.group_id).filter(round_id=rnd.pk, channel=Channel.PAPER)


def _keyed_in(order: Order, lines: list[OrderLine], *, is_open: bool) -> KeyedIn:
    return KeyedIn(
        id=order.pk,
        number=order.number,
        door=order.door,
        nickname=order.nickname,
        what="、".join(f"{x.offer.name} {x.quantity.normalize():f}{x.offer.unit}" for x in lines),
        fen=sum(line.billed_fen for line in lines),
        placed_at=order.placed_at,
        cancelled=order.status == OrderStatus.CANCELLED,
        may_undo=is_open and order.status == OrderStatus.PLACED,
    )
