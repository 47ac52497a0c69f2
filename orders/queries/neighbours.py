"""Ordering for a neighbour: whom to choose, and who may order for me (O4, G2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from groups.models import Membership
from orders.models import Order, Proxy, ProxyAnswer
from orders.queries.payments import door_parts

SHOWN = 10
RECENT_ORDERS, RECENT_SHOWN = 60, 8


@dataclass(frozen=True, slots=True)
class NeighbourRow:
    """Someone to order for, as she may see him: building and initial; officers see the name."""

    id: int
    building: str
    initial: str
    door: str
    nickname: str
    recent: bool


@dataclass(frozen=True, slots=True)
class Found:
    """`only` is the one neighbour whom a whole door or nickname names, else None."""

    rows: list[NeighbourRow]
    only: int | None


def neighbours(member: Membership, query: str) -> Found:
    """Whom she may order for: by door or nickname, else whom she ordered for lately (O4, G2).

    A door has to be typed in full by members, so that the list cannot be read off; officers find
    a staircase by its beginning. Two queries at most.
    """
    people = Membership.objects.active().of_group(member.group_id).exclude(pk=member.pk)
    people = people.select_related("household__building")
    query = query.strip()
    if not query:
        return Found(_recent(member, people), None)
    everyone = list(people.in_door_order())
    exact = [one for one in everyone if _is_named(one, query)]
    found = exact or [one for one in everyone if member.is_officer and _may_be_meant(one, query)]
    only = exact[0].pk if len(exact) == 1 else None
    return Found([_row(one, member, recent=False) for one in found[:SHOWN]], only)


def _recent(member: Membership, people: object) -> list[NeighbourRow]:
    ordered_for = (
        Order.objects.of_group(member.group_id)
        .filter(placed_by_id=member.pk)
        .exclude(member_id=member.pk)
        .order_by("-placed_at")
        .values_list("member_id", flat=True)[:RECENT_ORDERS]
    )
    lately = list(dict.fromkeys(ordered_for))[:RECENT_SHOWN]
    rows = people.in_bulk(lately)  # type: ignore[attr-defined]
    return [_row(rows[pk], member, recent=True) for pk in lately if pk in rows]


def doors_of_flat(person: Membership) -> tuple[str, str]:
    """`3-2-502`, and without the unit `3-502`: both are what people say and type."""
    flat = person.household
    whole = "-".join(part for part in (flat.building.name, flat.unit, flat.room) if part)
    return door_parts(whole), door_parts(f"{flat.building.name}-{flat.room}")


def _is_named(person: Membership, query: str) -> bool:
    return door_parts(query) in doors_of_flat(person) or person.nickname == query


def _may_be_meant(person: Membership, query: str) -> bool:
    typed = door_parts(query)
    if "-" in typed and any(door.startswith(typed) for door in doors_of_flat(person)):
        return True
    return query in person.nickname or query in person.real_name


def _row(person: Membership, member: Membership, *, recent: bool) -> NeighbourRow:
    officer = member.is_officer
    return NeighbourRow(
        id=person.pk,
        building=person.household.building.name,
        initial=person.nickname[:1],
        door=doors_of_flat(person)[0].upper() if officer else "",
        nickname=person.nickname if officer else "",
        recent=recent,
    )


@dataclass(frozen=True, slots=True)
class ProxyRow:
    """Somebody who orders for me, or could: what I said of her, and when."""

    id: int
    masked_name: str
    answer: str
    said_at: datetime | None
    orders: int

    @property
    def is_welcome(self) -> bool:
        return self.answer == ProxyAnswer.YES

    @property
    def is_refused(self) -> bool:
        return self.answer == ProxyAnswer.NO


def proxies_of(member: Membership) -> list[ProxyRow]:
    """Who ordered for her or whom she spoke of, with her word on each. Three queries."""
    said = {
        row.proxy_id: row
        for row in Proxy.objects.filter(group_id=member.group_id, member_id=member.pk)
    }
    orders: dict[int, int] = {}
    for placed_by in (
        Order.objects.of_group(member.group_id)
        .filter(member_id=member.pk)
        .exclude(placed_by_id=member.pk)
        .values_list("placed_by_id", flat=True)
    ):
        orders[placed_by] = orders.get(placed_by, 0) + 1
    people = Membership.objects.of_group(member.group_id).filter(pk__in={*said, *orders})
    return [
        ProxyRow(
            id=person.pk,
            masked_name=person.masked_name,
            answer=said[person.pk].answer if person.pk in said else "",
            said_at=said[person.pk].said_at if person.pk in said else None,
            orders=orders.get(person.pk, 0),
        )
        for person in people.select_related("household__building").in_door_order()
    ]


def answer_to(order: Order) -> str:
    """What its owner said of who placed it: a ProxyAnswer, or empty. One query."""
    pair = Proxy.objects.between(
        order.group_id, member_id=order.member_id, proxy_id=order.placed_by_id
    )
    return pair.values_list("answer", flat=True).first() or ""
