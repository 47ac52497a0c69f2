"""What is in each bag of a round: the one read behind lists, labels, desk and purchase (O10)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from groups.models.joining import OTHER_BUILDING
from orders.models import Order, OrderLine, Round


@dataclass(frozen=True, slots=True)
class Good:
    """One line of an order as it is to be handed over and paid; `held`: not for now (O16)."""

    offer_id: int
    position: int
    name: str
    spec: str
    unit: str
    quantity: Decimal
    billed_fen: int
    held: bool = False


@dataclass(frozen=True, slots=True)
class Bag:
    """One live order. `building` is empty and `position` 0 where the address cannot be read."""

    order_id: int
    member_id: int
    number: int
    pickup_code: str
    token: str
    building: str
    position: int
    unit: str
    room: str
    door: str
    nickname: str
    note: str
    goods: tuple[Good, ...]

    @property
    def is_readable(self) -> bool:
        return bool(self.building)

    @property
    def key(self) -> tuple[object, ...]:
        """In the order of the doors; whose address cannot be read comes last."""
        place = (self.position, self.building) if self.building else (1 << 31, "")
        return place, natural(self.unit), natural(self.room), self.number


def bags_of(rnd: Round) -> list[Bag]:
    """Every live order of the round in the order of the doors. Two statements."""
    orders = live_orders(rnd)
    goods = goods_of(rnd, [order.pk for order in orders])
    return sorted((_bag(rnd, o, goods.get(o.pk, ())) for o in orders), key=lambda bag: bag.key)


def live_orders(rnd: Round) -> list[Order]:
    """With household and building, in door order; of which nothing came is none. One statement."""
    orders = Order.objects.live().filter(round_id=rnd.pk).with_goods()
    return sorted(orders.select_related("household__building"), key=by_door)


def goods_of(rnd: Round, order_ids: Collection[int]) -> dict[int, tuple[Good, ...]]:
    """Goods by order, as the round lists them. One statement."""
    lines = OrderLine.objects.filter(order_id__in=order_ids).with_stopped(rnd.pk)
    cells = lines.values_list(
        *("order_id", "offer_id", "offer__position", "offer__name", "offer__spec", "offer__unit"),
        *("billed_quantity", "billed_fen", "stopped"),
    )
    goods: dict[int, list[Good]] = {}
    for order_id, *rest in cells.order_by("offer__position", "pk"):
        goods.setdefault(order_id, []).append(Good(*rest))
    return {order_id: tuple(found) for order_id, found in goods.items()}


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key in which 2 comes before 10 and 302 before 1001."""
    return tuple(
        (0, int(part), "") if part.isdecimal() else (1, 0, part)
        for part in re.split(r"(\d+)", text)
        if part
    )


def by_door(order: Order) -> tuple[object, ...]:
    position = order.household.building.position
    return position, natural(order.unit), natural(order.room), order.number


def can_be_found(building: str, room: str) -> bool:
    """Whether a helper finds this door: a building of the list, and a room with a number or a
    letter in it. All else is asked by phone first."""
    return building not in ("", OTHER_BUILDING) and bool(re.search(r"\d|[A-Za-z]", room))


def wishes_of(bags: Collection[Bag]) -> list[tuple[str, int]]:
    """What was written beside orders, the most frequent first: 切小块 ×4."""
    said = Counter(" ".join(bag.note.split()) for bag in bags if bag.note.strip())
    return sorted(said.items(), key=lambda wish: (-wish[1], wish[0]))


def _bag(rnd: Round, order: Order, goods: tuple[Good, ...]) -> Bag:
    found = can_be_found(order.building, order.room)
    return Bag(
        order_id=order.pk,
        member_id=order.member_id,
        number=order.number,
        pickup_code=rnd.pickup_code(order.number),
        token=order.pickup_token,
        building=order.building if found else "",
        position=order.household.building.position if found else 0,
        unit=order.unit,
        room=order.room,
        door=order.door,
        nickname=order.nickname,
        note=order.note,
        goods=tuple(good for good in goods if good.quantity),
    )
