"""What a shop has to do today, over all its groups: prepare, announce, answer. No names, no doors.

A constant number of statements, however many groups and rounds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, Subquery

from groups.models import Group, GroupStatus
from merchants.models import Application, Merchant, MerchantDay
from merchants.queries.agreements import groups_to_sign
from merchants.queries.days import days_ahead
from merchants.queries.questions import QuestionRow, unanswered_for
from orders.models import (
    BatchQuestion,
    DeliveryNotice,
    Incident,
    Order,
    OrderLine,
    Return,
    ReturnAnswer,
    ReturnStatus,
    Round,
    RoundStatus,
)
from orders.models.incidents import OPEN_FOR
from orders.queries.purchases import without_doors
from orders.queries.settlement_tasks import waiting_for_shop
from orders.queries.short_notices import SaidShort, shortages_of

COMING = (RoundStatus.OPEN, RoundStatus.CLOSED, RoundStatus.CONFIRMED)
SHOWN = 50


@dataclass(slots=True)
class Good:
    """One item of a round: how much in all, and in what pieces: 2斤 ×5."""

    name: str
    spec: str
    unit: str
    quantity: Decimal = Decimal(0)
    pieces: list[tuple[Decimal, int]] = field(default_factory=list)


@dataclass(slots=True)
class RoundCard:
    """One round to prepare or to bring. `arrives_from` is what was announced last."""

    round: Round
    arrives_from: datetime | None
    arrives_until: datetime | None
    is_open: bool
    orders: int = 0
    goods: list[Good] = field(default_factory=list)
    wishes: list[tuple[str, int]] = field(default_factory=list)
    short: list[SaidShort] = field(default_factory=list)

    @property
    def is_coming(self) -> bool:
        """Whether it can be announced, and be said to come short."""
        return self.round.status in COMING

    @property
    def shows_doors(self) -> bool:
        return self.round.to_the_door and self.round.status in (
            RoundStatus.CONFIRMED,
            RoundStatus.ARRIVED,
        )


@dataclass(frozen=True, slots=True)
class ReturnCard:
    """A return that waits for the shop's answer: what, why, until when."""

    id: int
    item: str
    unit: str
    quantity: Decimal
    reason: str
    due_at: datetime
    is_late: bool


@dataclass(frozen=True, slots=True)
class BatchCard:
    """「你家的也这样吗」 about the shop's goods: neighbours are asked, the shop sees the state."""

    item: str
    lot: str
    round_title: str
    closes_at: datetime
    is_incident: bool


@dataclass(slots=True)
class GroupPart:
    """All that one group wants of the shop."""

    group: Group
    application: Application
    rounds: list[RoundCard] = field(default_factory=list)
    returns: list[ReturnCard] = field(default_factory=list)
    batches: list[BatchCard] = field(default_factory=list)
    questions: list[QuestionRow] = field(default_factory=list)
    to_sign: bool = False
    days: list[MerchantDay] = field(default_factory=list)
    settlements_waiting: int = 0


@dataclass(frozen=True, slots=True)
class Portal:
    merchant: Merchant
    parts: list[GroupPart]

    @property
    def to_prepare(self) -> bool:
        return any(part.rounds for part in self.parts)


def portal_of(merchant_id: int, *, user_id: int, is_owner: bool, at: datetime) -> Portal | None:
    """The shop's day in all living groups, for one of its staff; None for a shop in no group.

    Eight statements (ten where neighbours asked something), for the owner three more.
    """
    applications = list(
        Application.objects.filter(merchant_id=merchant_id, group__status=GroupStatus.ACTIVE)
        .select_related("group", "merchant")
        .order_by("group__name", "pk")
    )
    if not applications:
        return None
    parts = {row.group_id: GroupPart(row.group, row) for row in applications}
    for card in _rounds(merchant_id, parts, at):
        parts[card.round.group_id].rounds.append(card)
    for group_id, waiting in _returns(merchant_id, parts, at):
        parts[group_id].returns.append(waiting)
    for group_id, asked in _batches(merchant_id, parts, at):
        parts[group_id].batches.append(asked)
    by_slug = {part.group.slug: part for part in parts.values()}
    for question in unanswered_for(user_id, merchant_id, at=at):
        if question.slug in by_slug:
            by_slug[question.slug].questions.append(question)
    if is_owner:
        _fill_owners(merchant_id, parts, at)
    return Portal(applications[0].merchant, list(parts.values()))


def _fill_owners(merchant_id: int, parts: dict[int, GroupPart], at: datetime) -> None:
    """What only the owner does: sign, ask for days, settle. Three statements."""
    signing = groups_to_sign(merchant_id)
    days = days_ahead(merchant_id, at=at)
    settlements = waiting_for_shop(merchant_id)
    for group_id, part in parts.items():
        part.to_sign = group_id in signing
        part.days = days.get(group_id, [])
        part.settlements_waiting = settlements.get(group_id, 0)


def _rounds(merchant_id: int, groups: Iterable[int], at: datetime) -> list[RoundCard]:
    """Rounds to prepare or to bring to the doors, by pick-up. Four statements."""
    said = DeliveryNotice.objects.filter(
        group_id=OuterRef("group_id"), round_id=OuterRef("pk")
    ).order_by("-number")
    rounds: Any = (
        Round.objects.filter(merchant_id=merchant_id, group_id__in=groups)
        .filter(Q(status__in=COMING) | Q(status=RoundStatus.ARRIVED, to_the_door=True))
        .select_related("group", "pickup_point")
        .annotate(
            arrives_from=Subquery(said.values("arrives_from")[:1]),
            arrives_until=Subquery(said.values("arrives_until")[:1]),
        )
        .order_by("pickup_from", "pk")
    )
    cards = {
        rnd.pk: RoundCard(rnd, rnd.arrives_from, rnd.arrives_until, rnd.takes_orders(at))
        for rnd in rounds
    }
    _fill_goods(cards)
    _fill_wishes(cards)
    for short in shortages_of(cards):
        cards[short.round_id].short.append(short)
    return list(cards.values())


def _fill_goods(cards: dict[int, RoundCard]) -> None:
    """How much of each item, and how many pieces of which size. One statement."""
    lines = OrderLine.objects.live().filter(order__round_id__in=cards, billed_quantity__gt=0)
    pieces = (
        lines.order_by()
        .values("order__round_id", "offer_id", "billed_quantity")
        .annotate(pieces=Count("pk"))
        .order_by("order__round_id", "offer__position", "offer_id", "billed_quantity")
        .values_list(
            *("order__round_id", "offer_id", "offer__name", "offer__spec", "offer__unit"),
            *("billed_quantity", "pieces"),
        )
    )
    goods: dict[int, Good] = {}
    for round_id, offer_id, name, spec, unit, quantity, n in pieces:
        if offer_id not in goods:
            goods[offer_id] = Good(name, spec, unit)
            cards[round_id].goods.append(goods[offer_id])
        goods[offer_id].quantity += quantity * n
        goods[offer_id].pieces.append((quantity, n))


def _fill_wishes(cards: dict[int, RoundCard]) -> None:
    """How many orders, and the wishes beside them without doors and phones. One statement."""
    orders = Order.objects.live().filter(round_id__in=cards).with_goods()
    said: dict[int, Counter[str]] = {}
    for round_id, note in orders.order_by("round_id", "number").values_list("round_id", "note"):
        cards[round_id].orders += 1
        if note.strip():
            said.setdefault(round_id, Counter())[without_doors(" ".join(note.split()))] += 1
    for round_id, wishes in said.items():
        cards[round_id].wishes = sorted(wishes.items(), key=lambda wish: (-wish[1], wish[0]))


def _returns(merchant_id: int, groups: Iterable[int], at: datetime) -> list[tuple[int, ReturnCard]]:
    """Undecided returns that the shop has not answered, the most urgent first. One statement."""
    answered = ReturnAnswer.objects.filter(group_id=OuterRef("group_id"), ret_id=OuterRef("pk"))
    waiting = (
        Return.objects.filter(
            ~Exists(answered),
            status=ReturnStatus.REQUESTED,
            round__merchant_id=merchant_id,
            group_id__in=groups,
        )
        .select_related("line__offer")
        .order_by("requested_at", "pk")
    )
    return [
        (
            ret.group_id,
            ReturnCard(
                id=ret.pk,
                item=ret.line.offer.name,
                unit=ret.line.offer.unit,
                quantity=ret.quantity,
                reason=str(ret.get_reason_display()),
                due_at=ret.answer_due_at,
                is_late=at >= ret.answer_due_at,
            ),
        )
        for ret in waiting[:SHOWN]
    ]


def _batches(merchant_id: int, groups: Iterable[int], at: datetime) -> list[tuple[int, BatchCard]]:
    """Batches that neighbours are being asked about. One statement."""
    found = Incident.objects.filter(group_id=OuterRef("group_id"), question_id=OuterRef("pk"))
    asked: Any = (
        BatchQuestion.objects.filter(
            round__merchant_id=merchant_id, group_id__in=groups, asked_at__gt=at - OPEN_FOR
        )
        .select_related("offer", "batch", "round")
        .annotate(is_incident=Exists(found))
        .order_by("asked_at", "pk")
    )
    return [
        (
            row.group_id,
            BatchCard(
                item=row.offer.name,
                lot=row.batch.lot if row.batch else "",
                round_title=row.round.title,
                closes_at=row.closes_at,
                is_incident=row.is_incident,
            ),
        )
        for row in asked[:SHOWN]
    ]
