"""Histories of rounds, orders and returns, played through the services in simulated time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from uuid import uuid4

from groups.models import Group, Membership, PickupPoint
from merchants.models import Item, Merchant
from orders.models import Offer, Order, OrderLine, Return, Round
from orders.services import check_offs, deliveries, inspections, openings, returns
from orders.services import orders as order_services
from orders.services import rounds as round_services
from orders.services.offers import OfferSpec, TierSpec
from orders.services.openings import RoundSpec
from tests.factories import initiator_of, make_group, make_item, make_member, make_merchant
from tests.orders.stages import at, ordered_of
from tuangou.core.models import User

_serial = count(1)


@dataclass
class History:
    """One group; merchants sell the same items round after round."""

    group: Group = field(default_factory=lambda: make_group(merchants_per_day=20))
    goods: list[tuple[Merchant, list[Item]]] = field(default_factory=list)
    members: list[Membership] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.initiator = initiator_of(self.group)
        self.members = [make_member(self.group, name) for name in ("张三", "王芳", "李四")]

    def merchant(self, items: int = 2) -> int:
        """A new merchant with so many items; its place in `goods`."""
        merchant = make_merchant(self.group, f"商家{next(_serial)}")
        self.goods.append((merchant, [make_item(merchant) for _ in range(items)]))
        return len(self.goods) - 1

    def round(
        self,
        cut_off_at: datetime,
        *,
        merchant: int = 0,
        price_fen: int = 3800,
        tiers: Mapping[int, int] | None = None,
        **spec: object,
    ) -> Round:
        """A round open for a day before its cut-off."""
        seller, items = self.goods[merchant]
        opens_at = cut_off_at - timedelta(days=1)
        offers = [
            OfferSpec(
                item_id=item.pk,
                price_fen=price_fen,
                tiers=[TierSpec(Decimal(q), fen) for q, fen in (tiers or {}).items()],
            )
            for item in items
        ]
        defaults: dict[str, object] = {
            "title": "周六团",
            "opens_at": opens_at,
            "cut_off_at": cut_off_at,
            "pickup_point_id": PickupPoint.objects.filter(group=self.group).order_by("pk")[0].pk,
            "pickup_from": cut_off_at + timedelta(hours=20),
            "pickup_until": cut_off_at + timedelta(hours=22),
            "offers": offers,
        }
        with at(opens_at):
            rnd = openings.draft_round(
                group_id=self.group.pk,
                actor_id=self.initiator.pk,
                merchant_id=seller.pk,
                spec=RoundSpec(**(defaults | spec)),  # type: ignore[arg-type]
            )
            return openings.open_round(round_id=rnd.pk, actor_id=self.initiator.pk)

    def order(self, rnd: Round, *quantities: str | int, member: int = 0) -> Order:
        """Quantities of the round's offers, by position; 0 = none."""
        offers = Offer.objects.of_round(rnd.pk)
        wanted = {
            offer.pk: Decimal(quantity)
            for offer, quantity in zip(offers, quantities, strict=False)
            if Decimal(quantity)
        }
        with at(rnd.cut_off_at - timedelta(hours=5)):
            return order_services.place_order(
                round_id=rnd.pk,
                member_id=self.members[member].pk,
                placed_by_id=self.members[member].pk,
                quantities=wanted,
                request_id=uuid4(),
            )

    def cancel(self, order: Order) -> None:
        with at(order.round.cut_off_at - timedelta(hours=1)):
            order_services.cancel_order(
                order_id=order.pk, actor_id=order.member_id, request_id=uuid4()
            )

    def confirm(self, rnd: Round) -> Round:
        with at(rnd.cut_off_at):
            round_services.close_if_due(round_id=rnd.pk)
        rnd.refresh_from_db()
        return rnd

    def call_off(self, rnd: Round) -> None:
        with at(rnd.cut_off_at + timedelta(hours=3)):
            round_services.cancel_round(
                round_id=rnd.pk, actor_id=self.initiator.pk, reason="货没来"
            )
        rnd.refresh_from_db()

    def hand_out(self, rnd: Round) -> None:
        """Everything comes, and every order is fetched."""
        with at(rnd.pickup_from - timedelta(hours=2)):
            deliveries.record_arrival(
                round_id=rnd.pk,
                actor_id=self.initiator.pk,
                delivered=ordered_of(rnd),
                note="",
                inspection=inspections.ALL_WELL,
                request_id=uuid4(),
            )
        with at(rnd.pickup_from + timedelta(minutes=20)):
            for order in Order.objects.live().filter(round=rnd).order_by("pk"):
                check_offs.check_off(
                    order_id=order.pk, actor_id=self.initiator.pk, request_id=uuid4()
                )
        rnd.refresh_from_db()

    def give_back(self, line: OrderLine, fen: int | None = None, *, tell: bool = False) -> Return:
        """The whole line asked for and accepted at `fen`, or at all it was billed."""
        return self.accept(self.ask(line, tell=tell), line.billed_fen if fen is None else fen)

    def ask(self, line: OrderLine, *, tell: bool = False) -> Return:
        with at(line.order.round.pickup_from + timedelta(hours=1)):
            return returns.request_return(
                line_id=line.pk,
                actor_id=line.order.member_id,
                quantity=line.collected_quantity - line.returned_quantity,
                reason="not_fresh",
                wish="tell" if tell else "refund",
                text="",
                photos=(),
                request_id=uuid4(),
            )

    def accept(self, ret: Return, fen: int, when: datetime | None = None) -> Return:
        with at(when or ret.requested_at + timedelta(hours=1)):
            return returns.accept_return(
                return_id=ret.pk,
                actor_id=self.initiator.pk,
                accepted_fen=fen,
                decision="按照片",
                request_id=uuid4(),
            )

    def refund(self, ret: Return) -> None:
        with at(ret.requested_at + timedelta(hours=2)):
            returns.refund_return(
                return_id=ret.pk,
                user_id=account_of(self.initiator).pk,
                request_id=uuid4(),
            )


def account_of(member: Membership) -> User:
    assert member.user is not None
    return member.user


def lines_of(rnd: Round) -> list[OrderLine]:
    return list(
        OrderLine.objects.live()
        .filter(order__round=rnd)
        .select_related("order__round", "offer")
        .order_by("pk")
    )
