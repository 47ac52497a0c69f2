"""What the news of rounds, orders, money and returns needs: for handlers, one query each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    BigIntegerField,
    Case,
    F,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, JSONObject

from groups.models import Mandate
from merchants.models import Follow, MerchantStaff, StaffRole
from orders.models import (
    Account,
    Direction,
    Offer,
    Order,
    OrderLine,
    Payment,
    PaymentStatus,
    Posting,
    Return,
    Round,
)
from tuangou.core.kept import Kept

HERS, NOTHING = F("member__user_id"), Value(0)


@dataclass(slots=True)
class Buyer:
    """A member with an account, and her orders in one round; `fen` is what the question asks."""

    user_id: int
    order_ids: list[int] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    fen: int = 0


@dataclass(frozen=True, slots=True)
class RoundNews:
    """A round with group, merchant and pick-up point at hand."""

    round: Round
    goods: list[dict[str, Any]]
    staff_ids: list[int]
    follower_ids: list[int]
    owner_id: int | None

    @property
    def slug(self) -> str:
        return self.round.group.slug


def round_news(round_id: int) -> RoundNews:
    """The round, its offers (name, unit, price in fen) in order, the merchant's accounts and
    those of who followed it when the round opened."""
    rnd: Any = _ROUND.get(round_id=round_id)
    return RoundNews(rnd, rnd.goods, rnd.staff_ids, rnd.follower_ids, rnd.owner_id)


def _round(round_id: int) -> QuerySet[Round]:
    offers = Offer.objects.filter(group_id=OuterRef("group_id"), round_id=OuterRef("pk"))
    # no store price: who reads it later must not be told what nobody stands for by then (M6)
    goods = JSONObject(name="name", unit="unit", price_fen="price_fen")
    followers = Follow.objects.filter(
        group_id=OuterRef("group_id"),
        merchant_id=OuterRef("merchant_id"),
        member__user__isnull=False,
        since__lte=OuterRef("opened_at"),
    ).order_by("pk")
    return (
        Round.objects.select_related("group", "merchant", "pickup_point")
        .filter(pk=round_id)
        .annotate(
            goods=ArraySubquery(offers.order_by("position", "pk").values(data=goods)),
            staff_ids=ArraySubquery(_staff("merchant_id")),
            owner_id=owner_of("merchant_id"),
            follower_ids=ArraySubquery(followers.values("member__user_id")),
        )
    )


_ROUND = Kept(_round)


def buyers_owing(rnd: Round) -> tuple[list[Buyer], int]:
    """Who pays, with what is still owed and not said to be paid; how many orders in all."""
    balance = (
        Posting.objects.filter(
            group_id=OuterRef("group_id"), order_id=OuterRef("pk"), account=Account.MEMBER
        )
        .values("order_id")
        .values(fen=Sum("amount_fen"))
    )
    claimed = Payment.objects.filter(
        group_id=OuterRef("group_id"),
        order_id=OuterRef("pk"),
        status=PaymentStatus.CLAIMED,
        direction=Direction.IN,
    ).values("amount_fen")[:1]
    orders = Order.objects.live().filter(group_id=rnd.group_id, round_id=rnd.pk)
    rows = list(rows_of(orders, _fen(balance) - _fen(claimed), account_of("proxy_pays")))
    return by_buyer((*row[:3], max(0, row[3])) for row in rows), len(rows)


def buyers_of(rnd: Round) -> list[Buyer]:
    """Who has a live order."""
    orders = Order.objects.live().filter(group_id=rnd.group_id, round_id=rnd.pk)
    return by_buyer(rows_of(orders))


def collectors_of(rnd: Round) -> list[Buyer]:
    """Who fetches a live order of which anything came."""
    orders = Order.objects.live().filter(group_id=rnd.group_id, round_id=rnd.pk).with_goods()
    return by_buyer(rows_of(orders, account=collector()))


def buyers_ended(rnd: Round, at: datetime) -> list[Buyer]:
    """Whose order ended together with the round, with what was paid and not yet given back."""
    orders = Order.objects.filter(group_id=rnd.group_id, round_id=rnd.pk, cancelled_at=at)
    return by_buyer(rows_of(orders, F("received_fen") - F("refunded_fen")))


@dataclass(frozen=True, slots=True)
class OrderNews:
    """An order for its owner's eyes; `goods`: name, quantity and unit of each line."""

    order: Order
    slug: str
    user_id: int | None
    goods: list[dict[str, Any]]
    fen: int


def order_news(order_id: int) -> OrderNews:
    order: Any = _ORDER.get(order_id=order_id)
    return OrderNews(
        order=order,
        slug=order.round.group.slug,
        user_id=order.member.user_id,
        goods=[
            {"name": line["name"], "quantity": line["quantity"], "unit": line["unit"]}
            for line in order.goods
        ],
        fen=sum(line["fen"] for line in order.goods),
    )


def _order(order_id: int) -> QuerySet[Order]:
    lines = OrderLine.objects.filter(group_id=OuterRef("group_id"), order_id=OuterRef("pk"))
    goods = JSONObject(
        name="offer__name",
        quantity=Cast("quantity", TextField()),
        unit="offer__unit",
        fen="billed_fen",
    )
    return (
        Order.objects.select_related("member", "round__group")
        .filter(pk=order_id)
        .annotate(goods=ArraySubquery(lines.order_by("offer__position", "pk").values(data=goods)))
    )


_ORDER = Kept(_order)


@dataclass(frozen=True, slots=True)
class PaymentNews:
    order_id: int
    slug: str
    user_id: int | None
    amount_fen: int
    direction: str
    title: str
    code: str


def payment_news(payment_id: int) -> PaymentNews:
    """A payment, for the member whose order it is."""
    payment = _PAYMENT.get(payment_id=payment_id)
    rnd = payment.order.round
    return PaymentNews(
        order_id=payment.order_id,
        slug=rnd.group.slug,
        user_id=payment.order.member.user_id,
        amount_fen=payment.amount_fen,
        direction=payment.direction,
        title=rnd.title,
        code=rnd.remark_code(payment.order.number),
    )


def _payment(payment_id: int) -> QuerySet[Payment]:
    return (
        Payment.objects.select_related("order__member", "order__round__group")
        .filter(pk=payment_id)
        .only(
            *("amount_fen", "direction", "order__number", "order__member__user_id"),
            *("order__round__title", "order__round__code", "order__round__group__slug"),
        )
    )


_PAYMENT = Kept(_payment)


@dataclass(frozen=True, slots=True)
class ReturnNews:
    """A return with round and group at hand, and the accounts of those it concerns."""

    ret: Return
    round: Round
    slug: str
    item: str
    unit: str
    asker_id: int | None
    initiator_id: int | None
    staff_ids: list[int]


def return_news(return_id: int) -> ReturnNews:
    ret: Any = _RETURN.get(return_id=return_id)
    return ReturnNews(
        ret=ret,
        round=ret.round,
        slug=ret.round.group.slug,
        item=ret.line.offer.name,
        unit=ret.line.offer.unit,
        asker_id=ret.requested_by.user_id,
        initiator_id=ret.initiator_user_id,
        staff_ids=ret.staff_ids,
    )


def _return(return_id: int) -> QuerySet[Return]:
    in_office = Mandate.objects.filter(group_id=OuterRef("group_id"), ended_at__isnull=True)
    return (
        Return.objects.select_related("requested_by", "round__group", "line__offer")
        .filter(pk=return_id)
        .annotate(
            initiator_user_id=Subquery(in_office.values("membership__user_id")[:1]),
            staff_ids=ArraySubquery(_staff("round__merchant_id")),
        )
    )


_RETURN = Kept(_return)


def owner_of(merchant: str) -> Subquery:
    """The account of the shop's owner, who alone sees its money."""
    owner = MerchantStaff.objects.filter(merchant_id=OuterRef(merchant), role=StaffRole.OWNER)
    return Subquery(owner.values("user_id"))


def _staff(merchant: str) -> Any:
    staff = MerchantStaff.objects.filter(merchant_id=OuterRef(merchant))
    return staff.order_by("pk").values("user_id")


def _fen(amount: Any) -> Coalesce:
    return Coalesce(Subquery(amount, output_field=BigIntegerField()), Value(0))


def collector() -> Case:
    return account_of("proxy_collects")


def account_of(errand: str) -> Case:
    """The account of who does this part: who ordered for a neighbour and said so, else hers."""
    return Case(When(**{errand: True}, then=F("placed_by__user_id")), default=HERS)


def rows_of(orders: Any, fen: Any = NOTHING, account: Any = HERS) -> Any:
    """account, order, number, fen of each, for by_buyer."""
    return (
        orders.annotate(fen=fen, account=account)
        .order_by("number")
        .values_list("account", "pk", "number", "fen")
    )


def by_buyer(rows: Iterable[tuple[int | None, int, int, int]]) -> list[Buyer]:
    """Those with an account, each with her orders."""
    buyers: dict[int, Buyer] = {}
    for user_id, order_id, number, fen in rows:
        if user_id is None:
            continue
        buyer = buyers.setdefault(user_id, Buyer(user_id))
        buyer.order_ids.append(order_id)
        buyer.numbers.append(number)
        buyer.fen += fen
    return list(buyers.values())
