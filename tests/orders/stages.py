"""Rounds further on in life, reached by the services at simulated times."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.db import transaction

from groups.models import Building, Group, Household, Membership
from orders.models import CheckOff, Order, OrderLine, Payment, Posting, Return, Round
from orders.services import check_offs, deliveries, inspections, payments, returns
from orders.services import rounds as round_services
from tests.factories import (
    NOON,
    initiator_of,
    make_deputy,
    make_group,
    make_member,
    make_order,
    make_round,
    offer_of,
)
from tuangou.core import clock


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """One transaction in which the one clock shows `moment`."""
    with transaction.atomic(), clock.simulated(moment):
        yield


@dataclass
class Stage:
    """A group with its people and one open round; `start` is when it opened."""

    group: Group
    initiator: Membership
    deputy: Membership
    member: Membership
    neighbour: Membership
    round: Round
    start: datetime

    @property
    def payee_id(self) -> int:
        """User id of who ticks the money of the round."""
        assert self.initiator.user_id is not None
        return self.initiator.user_id

    def flat(self, building: str, unit: str, room: str, nickname: str = "张三") -> Membership:
        """A member behind a given door. Buildings 3 and 5 are full of the factories' doors."""
        place, _ = Building.objects.get_or_create(
            group=self.group,
            name=building,
            defaults={"position": int(building.removesuffix("栋"))},
        )
        household = Household.objects.create(group=self.group, building=place, unit=unit, room=room)
        return make_member(self.group, nickname, household=household)

    @property
    def ordering(self) -> datetime:
        return self.start + timedelta(hours=1)

    @property
    def pickup(self) -> datetime:
        return self.round.pickup_from + timedelta(minutes=20)

    def order(self, member: Membership | None = None, quantity: str | int = 2, **f: Any) -> Order:
        with at(self.ordering):
            return make_order(self.round, member or self.member, quantity, **f)

    def confirm(self) -> None:
        with at(self.round.cut_off_at):
            round_services.close_if_due(round_id=self.round.pk)
        self.round.refresh_from_db()

    def arrive(self) -> None:
        """Confirmed if it is not yet, then everything that was ordered comes."""
        if not self.round.is_counted:
            self.confirm()
        with at(self.round.pickup_from - timedelta(hours=2)):
            deliveries.record_arrival(
                round_id=self.round.pk,
                actor_id=self.initiator.pk,
                delivered=ordered_of(self.round),
                note="",
                inspection=inspections.ALL_WELL,
                request_id=uuid4(),
            )
        self.round.refresh_from_db()

    def hand_over(self, order: Order) -> CheckOff:
        with at(self.pickup):
            return check_offs.check_off(
                order_id=order.pk, actor_id=self.initiator.pk, request_id=uuid4()
            )

    def collected(self, quantity: str | int = 2, **fields: Any) -> Order:
        """An order of the member that was fetched."""
        order = self.order(quantity=quantity, **fields)
        self.arrive()
        self.hand_over(order)
        order.refresh_from_db()
        return order

    def receive(self, order: Order, amount_fen: int, when: datetime | None = None) -> Payment:
        with at(when or self.ordering):
            return payments.receive_payment(
                order_id=order.pk,
                user_id=self.payee_id,
                amount_fen=amount_fen,
                request_id=uuid4(),
            )

    def ask(
        self,
        order: Order,
        quantity: str | int = 1,
        *,
        when: datetime | None = None,
        reason: str = "not_fresh",
        wish: str = "refund",
        photos: tuple[bytes, ...] = (),
    ) -> Return:
        with at(when or self.pickup + timedelta(hours=1)):
            return returns.request_return(
                line_id=line_of(order).pk,
                actor_id=order.member_id,
                quantity=Decimal(quantity),
                reason=reason,
                wish=wish,
                text="有点酸",
                photos=photos,
                request_id=uuid4(),
            )

    def accept(self, ret: Return, fen: int, *, in_kind: bool | None = None) -> Return:
        with at(self.pickup + timedelta(hours=2)):
            return returns.accept_return(
                return_id=ret.pk,
                actor_id=self.initiator.pk,
                accepted_fen=fen,
                decision="退一部分",
                request_id=uuid4(),
                in_kind=in_kind,
            )


def make_stage(start: datetime = NOON, *, group: Group | None = None, **round_fields: Any) -> Stage:
    """An open round of one offer at ¥38.00/斤, commission 5 %."""
    group = group or make_group()
    initiator = initiator_of(group)
    deputy = make_deputy(group, initiator)
    member = make_member(group, "张三")
    neighbour = make_member(group, "王芳")
    with at(start):
        rnd = make_round(group, **round_fields)
    return Stage(group, initiator, deputy, member, neighbour, rnd, start)


def filled(defaults: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    """A service's arguments: what a test says, the rest as usual."""
    return defaults | fields


def line_of(order: Order) -> OrderLine:
    return OrderLine.objects.get(order=order, offer=offer_of(order.round))


def ordered_of(rnd: Round) -> dict[int, Decimal]:
    return OrderLine.objects.live().filter(order__round=rnd).quantity_by("offer_id")


def accounts_of(rnd: Round) -> dict[str, int]:
    """Balances per account of a round, without the ones at zero."""
    sums: dict[str, int] = {}
    for posting in Posting.objects.filter(round=rnd):
        sums[posting.account] = sums.get(posting.account, 0) + posting.amount_fen
    return {account: fen for account, fen in sums.items() if fen}
