"""A member's orders: the list with the next step first, and one order with all its facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum
from django.utils.translation import gettext as _

from groups.models import Membership
from orders.models import (
    Account,
    CheckOff,
    Order,
    OrderLine,
    OrderStatus,
    Payment,
    PaymentStatus,
    Posting,
    Return,
    ReturnReason,
    Round,
    RoundStatus,
)
from orders.models.check_offs import RATE_WITHIN
from orders.models.returns import window_hours
from orders.queries.holds import standing_holds
from orders.queries.payments import OrderMoney, money_by_order, money_of_order
from tuangou.core.templatetags.money import yuan

PAGE = 20
# what is to be done stands before what is only to be known
FIRST = {"fetch": 0, "pay": 1}


@dataclass(frozen=True, slots=True)
class LineRow:
    id: int
    offer_id: int
    name: str
    unit: str
    quantity: Decimal
    billed: Decimal
    unit_price_fen: int
    fen: int
    collected: Decimal
    returned: Decimal

    @property
    def label(self) -> str:
        """牛腩 2斤; where less came, what came and what was ordered."""
        facts = {
            "name": self.name,
            "unit": self.unit,
            "billed": f"{self.billed.normalize():f}",
            "quantity": f"{self.quantity.normalize():f}",
        }
        if self.billed < self.quantity:
            return _("%(name)s %(billed)s%(unit)s（订了 %(quantity)s%(unit)s）") % facts
        return f"{self.name} {facts['quantity']}{self.unit}"

    @property
    def returnable(self) -> Decimal:
        return self.collected - self.returned


@dataclass(frozen=True, slots=True)
class ReturnLink:
    id: int
    code: str
    what: str
    status: str
    accepted_fen: int | None


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    label: str
    fen: int
    note: str = ""


# so long the list of orders asks how it was
ASKS_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class OrderPage:
    lines: list[LineRow]
    money: OrderMoney
    claim: Payment | None
    check_off: CheckOff | None
    returns: list[ReturnLink]
    return_until: datetime | None
    hidden_until: datetime | None
    may_change: bool
    may_return: bool
    pay_now: bool
    arrived_state: str
    fetch_state: str
    may_rate: bool
    # name of what must not go for now, and why
    held: list[tuple[str, str]]

    @property
    def what(self) -> str:
        """「牛腩 2斤、牛腱 1斤」."""
        return "、".join(line.label for line in self.lines)

    @property
    def receipt(self) -> list[ReceiptRow]:
        """The order's lines with their unit prices, and accepted returns taken off."""
        rows = [
            ReceiptRow(line.label, line.fen, f"× {yuan(line.unit_price_fen)}")
            for line in self.lines
        ]
        if self.money.returned_fen:
            rows.append(ReceiptRow(_("退货"), -self.money.returned_fen))
        return rows


@dataclass(frozen=True, slots=True)
class MyOrderRow:
    """One order in the list: what it is, what is next."""

    id: int
    number: int
    title: str
    brand: str
    what: str
    status: str
    round_status: str
    cut_off_at: datetime
    pickup_from: datetime
    pickup_until: datetime
    place: str
    code: str
    remark: str
    money: OrderMoney
    for_other: str
    placed_at: datetime
    next_step: str
    may_rate: bool


@dataclass(frozen=True, slots=True)
class MyOrders:
    rows: list[MyOrderRow]
    older: str


def order_page(order: Order, *, at: datetime) -> OrderPage:
    """Everything about one order. Five queries, whatever its length; one more where some of it must
    not go for now."""
    rnd = order.round
    found = OrderLine.objects.filter(order=order).select_related("offer").with_stopped(rnd.pk)
    hers = list(found.order_by("offer__position"))
    lines = [
        LineRow(
            id=line.pk,
            offer_id=line.offer_id,
            name=line.offer.name,
            unit=line.offer.unit,
            quantity=line.quantity,
            billed=line.billed_quantity,
            unit_price_fen=line.final_unit_price_fen or line.unit_price_fen,
            fen=line.billed_fen,
            collected=line.collected_quantity,
            returned=line.returned_quantity,
        )
        for line in hers
    ]
    claim = Payment.objects.filter(order=order, status=PaymentStatus.CLAIMED).first()
    check_off = CheckOff.objects.standing_of(order.pk)
    returns = [
        ReturnLink(
            id=ret.pk,
            code=f"{rnd.remark_code(order.number)}-{ret.number}",
            what=f"{ret.line.offer.name} {ret.quantity.normalize():f}{ret.line.offer.unit}",
            status=ret.status,
            accepted_fen=ret.accepted_fen,
        )
        for ret in Return.objects.filter(order=order)
        .select_related("line__offer")
        .order_by("number")
    ]
    money = money_of_order(order.pk)
    until = _return_until(order, check_off, ReturnReason.DAMAGED)
    hidden = _return_until(order, check_off, ReturnReason.NOT_FRESH)
    return OrderPage(
        lines=lines,
        money=money,
        claim=claim,
        check_off=check_off,
        returns=returns,
        return_until=until,
        hidden_until=hidden,
        may_change=order.status == OrderStatus.PLACED and rnd.takes_orders(at),
        may_return=hidden is not None and at <= hidden and any(x.returnable for x in lines),
        pay_now=money.owed_fen > 0 and rnd.status not in (RoundStatus.OPEN, RoundStatus.CLOSED),
        arrived_state="done" if rnd.arrived_at else ("" if money.owed_fen else "now"),
        fetch_state=_fetch_state(order, rnd, check_off),
        may_rate=check_off is not None and at < check_off.at + RATE_WITHIN,
        held=_held(order, hers),
    )


def _held(order: Order, lines: list[OrderLine]) -> list[tuple[str, str]]:
    """What of her bag must not go for now, and why; not where that is all of the round."""
    stopped = [line for line in lines if line.stopped and line.left]
    if not stopped or order.status == OrderStatus.CANCELLED:
        return []
    by_offer: dict[int | None, dict[str, None]] = {}
    for hold in standing_holds(order.round_id):
        by_offer.setdefault(hold.offer_id, {})[hold.said] = None
    return [
        (line.offer.name, "、".join(by_offer[line.offer_id]))
        for line in stopped
        if line.offer_id in by_offer
    ]


def _fetch_state(order: Order, rnd: Round, check_off: CheckOff | None) -> str:
    if check_off is not None:
        return "done"
    waiting = order.status in (OrderStatus.PLACED, OrderStatus.NOT_COLLECTED)
    return "now" if waiting and rnd.status == RoundStatus.ARRIVED else ""


def _return_until(order: Order, check_off: CheckOff | None, reason: str) -> datetime | None:
    if check_off is None:
        return None
    return check_off.at + timedelta(hours=window_hours(reason, order.group))


def quantities_of(order: Order) -> dict[int, Decimal]:
    """What an order holds now, per offer, for the form that changes it. One query."""
    return dict(OrderLine.objects.filter(order=order).values_list("offer_id", "quantity"))


def my_orders(member: Membership, *, at: datetime, before: int | None = None) -> MyOrders:
    """Her orders and those she placed for others, newest first, in keyset pages. Four queries.

    What she has to fetch or to pay for stands first on the first page; with one more query, where
    there are further pages, also what is unpaid on these.
    """
    orders = (
        Order.objects.of_group(member.group_id)
        .filter(Q(member_id=member.pk) | Q(placed_by_id=member.pk))
        .select_related("round__merchant", "round__pickup_point", "member")
        .order_by("-pk")
    )
    if before is not None:
        orders = orders.filter(pk__lt=before)
    page = list(orders[: PAGE + 1])
    rows, more = page[:PAGE], page[PAGE:]
    older = str(rows[-1].pk) if more else ""
    if more and before is None:
        rows = [*rows, *_owing(orders.filter(pk__lt=rows[-1].pk))]
    lines: dict[int, list[OrderLine]] = {}
    for line in (
        OrderLine.objects.filter(order__in=rows).select_related("offer").order_by("offer__position")
    ):
        lines.setdefault(line.order_id, []).append(line)
    books = money_by_order([o.pk for o in rows])
    shown = [
        _my_row(o, member, lines.get(o.pk, []), books.get(o.pk, OrderMoney()), at=at) for o in rows
    ]
    if before is None:
        shown = shown[:PAGE] + [r for r in shown[PAGE:] if r.next_step == "pay"]
        shown.sort(key=lambda row: FIRST.get(row.next_step, len(FIRST)))
    return MyOrders(rows=shown, older=older)


def _owing(orders: QuerySet[Order]) -> list[Order]:
    """Of these, the newest that are not paid."""
    posted = Posting.objects.filter(
        group_id=OuterRef("group_id"), order_id=OuterRef("pk"), account=Account.MEMBER
    )
    balance = posted.values("order_id").annotate(fen=Sum("amount_fen")).values("fen")
    return list(orders.annotate(balance_fen=Subquery(balance)).filter(balance_fen__gt=0)[:PAGE])


def _my_row(
    order: Order,
    member: Membership,
    lines: list[OrderLine],
    money: OrderMoney,
    *,
    at: datetime,
) -> MyOrderRow:
    rnd = order.round
    return MyOrderRow(
        id=order.pk,
        number=order.number,
        title=rnd.title,
        brand=rnd.merchant.brand,
        what="、".join(f"{x.offer.name} {x.quantity.normalize():f}{x.offer.unit}" for x in lines),
        status=order.status,
        round_status=rnd.status,
        cut_off_at=rnd.cut_off_at,
        pickup_from=rnd.pickup_from,
        pickup_until=rnd.pickup_until,
        place=rnd.pickup_point.name,
        code=rnd.pickup_code(order.number),
        remark=rnd.remark_code(order.number),
        money=money,
        for_other="" if order.member_id == member.pk else order.masked_name,
        placed_at=order.placed_at,
        next_step=_next_step(order, member, money, at=at),
        may_rate=_may_rate(order, member, at),
    )


def _may_rate(order: Order, viewer: Membership, at: datetime) -> bool:
    """Her own goods, fetched a short while ago; whether she has is not asked here."""
    fetched = order.status in (OrderStatus.COLLECTED, OrderStatus.PARTLY_COLLECTED)
    return fetched and order.member_id == viewer.pk and at < order.round.pickup_until + ASKS_FOR


def _next_step(order: Order, viewer: Membership, money: OrderMoney, *, at: datetime) -> str:
    """fetch, pay, waiting (for the payee's tick), refund, change, wait or done; of an order for a
    neighbour only what is the viewer's to do, and all of it where the other has no account."""
    rnd, owed = order.round, money.owed_fen
    alone = order.member.user_id is None
    owed = owed if alone or order.payer_id == viewer.pk else min(owed, 0)
    if order.status == OrderStatus.CANCELLED:
        return "refund" if owed < 0 else "done"
    uncollected = order.status in (OrderStatus.PLACED, OrderStatus.NOT_COLLECTED)
    if rnd.status == RoundStatus.ARRIVED and uncollected:
        return "fetch" if alone or order.collector_id == viewer.pk else "wait"
    if owed > 0 and rnd.status not in (RoundStatus.OPEN, RoundStatus.CLOSED):
        return "waiting" if money.claimed_fen else "pay"
    if rnd.takes_orders(at):
        return "change"
    return "wait" if uncollected else "done"
