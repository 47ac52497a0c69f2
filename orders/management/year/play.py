"""The acts behind the steps of a planned year: each step is one call of the services people use.

A step belongs in a transaction of its own, in simulated time (see loading.py). What the plan names
by index, `Played` knows by id.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property, singledispatch
from random import Random
from typing import Protocol
from uuid import UUID

from django.contrib.auth.hashers import make_password

from groups.models import Building, Mandate, PickupPoint
from groups.services.groups import Founder, Rules, found_group
from groups.services.memberships import add_member, name_deputy
from merchants.services import applications
from merchants.services.items import Goods, add_item
from merchants.services.merchants import Shop, register_merchant
from merchants.services.vetting import note_from_record
from orders.management.year.plan import (
    AddItem,
    AddMember,
    Apply,
    Approve,
    CloseRound,
    CompleteRound,
    FailRound,
    FoundGroup,
    Lines,
    NameDeputy,
    OfferPlan,
    OpenRound,
    PublishMonth,
    RoundPlan,
    SaveDraft,
    Step,
    YearPlan,
)
from orders.models import Offer
from orders.services import rounds, summaries
from orders.services.rounds import OfferSpec, RoundSpec
from tuangou.core import clock
from tuangou.core.models import User

PASSWORD = "tuangou-demo"  # noqa: S105 -- of every account of a played year, none of them real


class Beside(Protocol):
    """What higher apps play beside the plan, at moments between its steps."""

    def until(self, at: datetime, year: Played) -> None:
        """Play what is due by `at`, each in a simulated transaction of its own."""

    def played(self, step: Step, year: Played) -> None:
        """A step of the plan was played: what is to follow from it?"""


@dataclass
class Played:
    """What has been made so far, by the plan's indexes."""

    plan: YearPlan
    group_id: int = 0
    users: dict[int, int] = field(default_factory=dict)  # of members with a phone
    members: dict[int, int] = field(default_factory=dict)
    owners: dict[int, int] = field(default_factory=dict)  # users, of merchants
    merchants: dict[int, int] = field(default_factory=dict)
    items: dict[int, int] = field(default_factory=dict)
    rounds: dict[int, int] = field(default_factory=dict)
    offers: dict[int, list[int]] = field(default_factory=dict)  # in the round's order
    orders: dict[int, int] = field(default_factory=dict)
    returns: dict[int, int] = field(default_factory=dict)
    lines: dict[int, Lines] = field(default_factory=dict)  # of orders that stand
    beside: Beside | None = None

    def __post_init__(self) -> None:
        self._rng = Random(f"{self.plan.group.slug} {self.plan.seed}")  # noqa: S311

    @property
    def initiator(self) -> int:
        """Membership of the founder, who is in office all year."""
        return self.members[0]

    @cached_property
    def buildings(self) -> dict[str, int]:
        return dict(Building.objects.filter(group=self.group_id).values_list("name", "pk"))

    @cached_property
    def pickup_points(self) -> dict[str, int]:
        return dict(PickupPoint.objects.filter(group=self.group_id).values_list("name", "pk"))

    @cached_property
    def _orders_of(self) -> dict[int, list[int]]:
        """The orders of each round, whether they stand or not."""
        found: dict[int, list[int]] = {index: [] for index in range(len(self.plan.rounds))}
        for order, plan in enumerate(self.plan.orders):
            found[plan.round].append(order)
        return found

    @cached_property
    def password(self) -> str:
        """Hashed once for all: hashing is slow by design, and this one is no secret."""
        return make_password(PASSWORD)

    def new_request(self) -> UUID:
        return UUID(int=self._rng.getrandbits(128), version=4)

    def new_user(self, phone: str, nickname: str) -> int:
        user = User.objects.create(
            phone=phone, nickname=nickname, password=self.password, date_joined=clock.now()
        )
        return user.pk

    def new_member_user(self, index: int) -> int | None:
        member = self.plan.members[index]
        if member.phone is None:
            return None
        self.users[index] = self.new_user(member.phone, member.nickname)
        return self.users[index]

    def ordered(self, index: int) -> dict[int, Decimal]:
        """What is ordered of a round, by offer id."""
        total: dict[int, int] = dict.fromkeys(self.offers[index], 0)
        for order in self._orders_of[index]:
            for line in self.lines.get(order, ()):
                total[self.offers[index][line.offer]] += line.quantity_milli
        return {offer: quantity(milli) for offer, milli in total.items() if milli}


def quantity(milli: int) -> Decimal:
    return Decimal(milli).scaleb(-3)


@singledispatch
def play(step: Step, year: Played) -> None:
    """Play one step. Raises DomainError when a service refuses what the plan asks for."""
    raise TypeError(f"nobody plays {step}")


@play.register
def _found(step: FoundGroup, year: Played) -> None:
    plan, founder = year.plan.group, year.plan.members[0]
    user_id = year.new_member_user(0)
    if user_id is None:
        raise ValueError("the founder has no phone")
    group = found_group(
        founder=Founder(
            user_id=user_id,
            nickname=founder.nickname,
            real_name=founder.real_name,
            building=founder.building,
            unit=founder.unit,
            room=founder.room,
        ),
        name=plan.name,
        slug=plan.slug,
        compound=plan.compound,
        buildings=plan.buildings,
        pickup_points=plan.pickup_points,
        rules=Rules(
            member_limit=max(Rules().member_limit, len(year.plan.members)),
            merchants_per_day=plan.merchants_per_day,
            min_discount_bp=plan.min_discount_bp,
            commission_bp=plan.commission_bp,
            return_window_hours=plan.return_window_hours,
        ),
        time_zone=plan.time_zone,
        loading=True,
    )
    year.group_id = group.pk
    year.members[0] = Mandate.objects.get(group=group, ended_at=None).membership_id


@play.register
def _add_member(step: AddMember, year: Played) -> None:
    member = year.plan.members[step.member]
    membership = add_member(
        group_id=year.group_id,
        building_id=year.buildings[member.building],
        unit=member.unit,
        room=member.room,
        nickname=member.nickname,
        real_name=member.real_name,
        user_id=year.new_member_user(step.member),
        invited_by_id=None if member.invited_by is None else year.members[member.invited_by],
        actor_id=year.initiator,
    )
    year.members[step.member] = membership.pk


@play.register
def _name_deputy(step: NameDeputy, year: Played) -> None:
    name_deputy(
        group_id=year.group_id, actor_id=year.initiator, membership_id=year.members[step.member]
    )


@play.register
def _apply(step: Apply, year: Played) -> None:
    shop = year.plan.merchants[step.merchant]
    owner = year.owners[step.merchant] = year.new_user(shop.phone, shop.contact)
    merchant = register_merchant(
        shop=Shop(
            legal_name=shop.legal_name,
            brand=shop.brand,
            kind=shop.kind,
            stores=shop.stores,
            credit_code=shop.credit_code,
            contact=shop.contact,
        ),
        owner_id=owner,
    )
    year.merchants[step.merchant] = merchant.pk
    applicant = {"group_id": year.group_id, "merchant_id": merchant.pk, "user_id": owner}
    applications.start_application(**applicant)
    applications.submit(**applicant)


@play.register
def _approve(step: Approve, year: Played) -> None:
    decided = {
        "group_id": year.group_id,
        "merchant_id": year.merchants[step.merchant],
        "actor_id": year.initiator,
    }
    applications.start_review(**decided)
    note_from_record(**decided)
    agreed = year.plan.merchants[step.merchant].commission_bp
    applications.approve(**decided, commission_bp=agreed)


@play.register
def _add_item(step: AddItem, year: Played) -> None:
    item = year.plan.items[step.item]
    row = add_item(
        merchant_id=year.merchants[item.merchant],
        goods=Goods(
            name=item.name,
            unit=item.sale_unit,
            category=item.category,
            store_price_fen=item.store_price_fen,
            spec=item.spec,
            step=quantity(item.step_milli),
            origin=item.origin,
            shelf_life=item.shelf_life,
            storage=item.storage,
        ),
        user_id=year.owners[item.merchant],
    )
    year.items[step.item] = row.pk


@play.register
def _save_draft(step: SaveDraft, year: Played) -> None:
    plan = year.plan.rounds[step.round]
    rnd = rounds.draft_round(
        group_id=year.group_id,
        actor_id=year.initiator,
        merchant_id=year.merchants[plan.merchant],
        spec=round_spec(plan, year),
    )
    year.rounds[step.round] = rnd.pk
    year.offers[step.round] = list(Offer.objects.of_round(rnd.pk).values_list("pk", flat=True))


def round_spec(plan: RoundPlan, year: Played) -> RoundSpec:
    return RoundSpec(
        title=plan.title,
        note=plan.note,
        opens_at=plan.opens_at,
        cut_off_at=plan.cut_off_at,
        pickup_point_id=year.pickup_points[plan.pickup_point],
        pickup_from=plan.pickup_from,
        pickup_until=plan.pickup_until,
        minimum_households=plan.minimum_households,
        offers=[_offer(offer, year) for offer in plan.offers],
    )


def _offer(plan: OfferPlan, year: Played) -> OfferSpec:
    limit = plan.capacity_milli
    return OfferSpec(
        item_id=year.items[plan.item],
        price_fen=plan.price_fen,
        capacity=None if limit is None else quantity(limit),
    )


@play.register
def _open_round(step: OpenRound, year: Played) -> None:
    rounds.open_round(round_id=year.rounds[step.round], actor_id=year.initiator)


@play.register
def _close_round(step: CloseRound, year: Played) -> None:
    rounds.close_if_due(round_id=year.rounds[step.round])


@play.register
def _fail_round(step: FailRound, year: Played) -> None:
    rounds.fail_round(round_id=year.rounds[step.round], actor_id=year.initiator)


@play.register
def _complete_round(step: CompleteRound, year: Played) -> None:
    rounds.complete_round(round_id=year.rounds[step.round], actor_id=year.initiator)


@play.register
def _publish_month(step: PublishMonth, year: Played) -> None:
    summaries.publish_month(group_id=year.group_id, month=date(step.year, step.month, 1))
