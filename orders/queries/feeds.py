"""Orders, returns and payments as the API shows them: by key, each as its reader may see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery

from groups.models import Membership
from orders.models import (
    CheckOff,
    Order,
    OrderLine,
    Payment,
    ProvisionalCredit,
    Return,
    ReturnAnswer,
    ReturnPhoto,
)
from orders.queries.payments import OrderMoney, money_by_order
from tuangou.core.feeds import Feed, feed
from tuangou.core.models import Event


@dataclass(frozen=True, slots=True)
class LineCard:
    id: int
    offer_id: int
    name: str
    unit: str
    quantity: Decimal
    unit_price_fen: int
    billed_fen: int
    collected: Decimal
    returned: Decimal


@dataclass(frozen=True, slots=True)
class OrderCard:
    """One order for one reader: door and nickname are None for whoever may not see them (G2)."""

    order: Order
    remark_code: str
    pickup_code: str
    lines: list[LineCard]
    money: OrderMoney
    check_off: CheckOff | None
    nickname: str | None
    door: str | None
    by_me: bool


@dataclass(frozen=True, slots=True)
class ReturnCard:
    ret: Return
    code: str
    photo_ids: list[int]
    answer: ReturnAnswer | None
    provisional_fen: int
    nickname: str | None
    door: str | None


@dataclass(frozen=True, slots=True)
class PaidOrder:
    """An order with every movement of its money, for its payee; a merchant reads the building."""

    order: Order
    door: str
    remark_code: str
    money: OrderMoney
    payments: list[Payment]


def my_orders_feed(
    member: Membership, *, after: int | None, limit: int, round_id: int | None = None
) -> Feed[OrderCard]:
    """Her orders and those she placed for others, newest first. Five queries."""
    rows = Order.objects.of_group(member.group_id).filter(
        Q(member_id=member.pk) | Q(placed_by_id=member.pk)
    )
    if round_id is not None:
        rows = rows.filter(round_id=round_id)
    return _cards(member, feed(_with_round(rows), after=after, limit=limit))


def own_orders_feed(member: Membership, *, after: int | None, limit: int) -> Feed[OrderCard]:
    """The orders on her account, whoever placed them, newest first. Five queries."""
    rows = Order.objects.of_group(member.group_id).filter(member_id=member.pk)
    return _cards(member, feed(_with_round(rows), after=after, limit=limit))


def round_orders_feed(
    officer: Membership, round_id: int, *, after: int | None, limit: int, status: str = ""
) -> Feed[OrderCard]:
    """Every order of a round, in the order they came. Five queries."""
    rows = Order.objects.of_group(officer.group_id).filter(round_id=round_id)
    if status:
        rows = rows.filter(status=status)
    return _cards(officer, feed(_with_round(rows), after=after, limit=limit, newest_first=False))


def order_card(member: Membership, order_id: int) -> OrderCard:
    """One order that access has let her through to. Five queries."""
    order = _with_round(Order.objects.of_group(member.group_id)).get(pk=order_id)
    return _cards(member, Feed([order], None)).rows[0]


def paid_orders_feed(
    round_id: int, *, after: int | None, limit: int, doors: bool
) -> Feed[PaidOrder]:
    """The orders of a round with their money and its movements, by key. Four queries."""
    rows = _with_round(Order.objects.filter(round_id=round_id))
    found = feed(rows, after=after, limit=limit, newest_first=False)
    ids = [order.pk for order in found.rows]
    books = money_by_order(ids)
    moved: dict[int, list[Payment]] = {}
    for payment in Payment.objects.filter(order_id__in=ids).order_by("pk"):
        moved.setdefault(payment.order_id, []).append(payment)
    return found.of(
        lambda order: PaidOrder(
            order,
            order.door if doors else order.building,
            order.round.remark_code(order.number),
            books[order.pk],
            moved.get(order.pk, []),
        )
    )


def payments_feed(order_id: int, *, after: int | None, limit: int) -> Feed[Payment]:
    """Every movement of one order's money, oldest first. One query."""
    rows = Payment.objects.filter(order_id=order_id)
    return feed(rows, after=after, limit=limit, newest_first=False)


def returns_feed(
    member: Membership,
    orders: QuerySet[Order],
    *,
    after: int | None,
    limit: int,
    status: str = "",
    round_id: int | None = None,
) -> Feed[ReturnCard]:
    """Returns of these orders, newest first. Three queries."""
    rows = Return.objects.of_group(member.group_id).filter(order__in=orders)
    if status:
        rows = rows.filter(status=status)
    if round_id is not None:
        rows = rows.filter(round_id=round_id)
    return _returns(member, feed(_with_line(rows), after=after, limit=limit))


def return_card(member: Membership, return_id: int) -> ReturnCard:
    """One return that access has let her through to. Three queries."""
    ret = _with_line(Return.objects.of_group(member.group_id)).get(pk=return_id)
    return _returns(member, Feed([ret], None)).rows[0]


def refund_done(return_id: int) -> Return:
    """A return as its payee may see it; access let her through. One query."""
    return Return.objects.get(pk=return_id)


def answer_of(return_id: int) -> ReturnAnswer:
    """What the merchant said to a return. One query."""
    return ReturnAnswer.objects.get(ret_id=return_id)


def lines_of(order_id: int) -> set[int]:
    """The ids of an order's lines. One query."""
    return set(OrderLine.objects.filter(order_id=order_id).values_list("pk", flat=True))


def last_claim(order_id: int, status: str) -> Payment | None:
    """The newest payment of an order in this state. One query."""
    found = Payment.objects.filter(order_id=order_id, status=status)
    return found.order_by("-pk").first()


def made_by(user_id: int, group_id: int, kind: str, request_id: UUID) -> int:
    """The row that this person's request made: its event carries the request. One query."""
    event = Event.objects.get(
        group_id=group_id, kind=kind, actor_id=user_id, data__request=str(request_id)
    )
    return event.subject_id


def _with_round(rows: QuerySet[Order]) -> QuerySet[Order]:
    return rows.select_related("round")


def _with_line(rows: QuerySet[Return]) -> QuerySet[Return]:
    credit = ProvisionalCredit.objects.filter(ret_id=OuterRef("pk"), ended_at__isnull=True)
    return (
        rows.select_related("round", "order", "line__offer")
        .prefetch_related("answers__files")
        .annotate(provisional_fen=Subquery(credit.values("amount_fen")[:1]))
    )


def _cards(member: Membership, found: Feed[Order]) -> Feed[OrderCard]:
    ids = [order.pk for order in found.rows]
    lines: dict[int, list[LineCard]] = {}
    rows = OrderLine.objects.filter(order_id__in=ids).select_related("offer")
    for line in rows.order_by("offer__position", "pk"):
        lines.setdefault(line.order_id, []).append(_line(line))
    books = money_by_order(ids)
    standing = CheckOff.objects.standing().filter(order_id__in=ids).order_by("pk")
    handed = {done.order_id: done for done in standing}
    return found.of(
        lambda order: OrderCard(
            order=order,
            remark_code=order.round.remark_code(order.number),
            pickup_code=order.round.pickup_code(order.number),
            lines=lines.get(order.pk, []),
            money=books[order.pk],
            check_off=handed.get(order.pk),
            nickname=order.nickname if _knows(member, order) else None,
            door=order.door if _knows(member, order) else None,
            by_me=order.placed_by_id == member.pk,
        )
    )


def _knows(member: Membership, order: Order) -> bool:
    """Officers hand bags out by door; a household knows its own. Nobody else (G2)."""
    return member.is_officer or order.household_id == member.household_id


def _line(line: OrderLine) -> LineCard:
    return LineCard(
        id=line.pk,
        offer_id=line.offer_id,
        name=line.offer.name,
        unit=line.offer.unit,
        quantity=line.quantity,
        unit_price_fen=line.final_unit_price_fen or line.unit_price_fen,
        billed_fen=line.billed_fen,
        collected=line.collected_quantity,
        returned=line.returned_quantity,
    )


def _returns(member: Membership, found: Feed[Return]) -> Feed[ReturnCard]:
    photos = _photos([ret.pk for ret in found.rows])
    return found.of(
        lambda ret: ReturnCard(
            ret=ret,
            code=f"{ret.round.remark_code(ret.order.number)}-{ret.number}",
            photo_ids=photos.get(ret.pk, []),
            answer=next(iter(ret.answers.all()), None),
            provisional_fen=getattr(ret, "provisional_fen", None) or 0,
            nickname=ret.order.nickname if _knows(member, ret.order) else None,
            door=ret.order.door if _knows(member, ret.order) else None,
        )
    )


def _photos(return_ids: Sequence[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    photos = ReturnPhoto.objects.filter(ret_id__in=return_ids).order_by("position")
    for ret_id, pk in photos.values_list("ret_id", "pk"):
        found.setdefault(ret_id, []).append(pk)
    return found
