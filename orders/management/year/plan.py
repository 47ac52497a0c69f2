"""A planned year: who and what there is, and the steps to play, one transaction each.

People, merchants, items, rounds and orders are told apart by their index in the plan's tuples.
Amounts are fen, quantities thousandths, times UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from orders.management.year.figures import Row

Role = Literal["initiator", "deputy", "member"]
Channel = Literal["web", "paper"]
CheckOffWay = Literal["scan", "door", "name"]
ReturnReason = Literal["short", "damaged", "not_fresh", "wrong", "other"]
Wish = Literal["refund", "replace", "tell"]


@dataclass(frozen=True, slots=True)
class GroupPlan:
    name: str
    slug: str
    compound: str
    time_zone: str
    buildings: tuple[str, ...]
    pickup_points: tuple[str, ...]
    merchants_per_day: int
    min_discount_bp: int
    commission_bp: int
    return_window_hours: int


@dataclass(frozen=True, slots=True)
class MemberPlan:
    """A neighbour. Without a phone: no account, known from paper. invited_by: index, earlier."""

    index: int
    nickname: str
    real_name: str
    building: str
    unit: str
    room: str
    phone: str | None
    role: Role
    invited_by: int | None


@dataclass(frozen=True, slots=True)
class MerchantPlan:
    index: int
    brand: str
    legal_name: str
    kind: Literal["single", "chain"]
    stores: int
    credit_code: str
    contact: str
    phone: str
    shelf: str  # the category most of its goods are from
    commission_bp: int


@dataclass(frozen=True, slots=True)
class ItemPlan:
    index: int
    merchant: int
    name: str
    spec: str
    sale_unit: str
    step_milli: int
    category: str
    store_price_fen: int
    origin: str
    shelf_life: str
    storage: str


@dataclass(frozen=True, slots=True)
class OfferPlan:
    """An item in a round. capacity_milli: None for as much as is asked for."""

    item: int
    price_fen: int
    capacity_milli: int | None


@dataclass(frozen=True, slots=True)
class RoundPlan:
    index: int
    merchant: int
    title: str
    note: str
    opens_at: datetime
    cut_off_at: datetime
    pickup_point: str
    pickup_from: datetime
    pickup_until: datetime
    minimum_households: int | None
    offers: tuple[OfferPlan, ...]
    fails: bool


@dataclass(frozen=True, slots=True)
class Line:
    """offer: position in its round's offers."""

    offer: int
    quantity_milli: int


Lines = tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class OrderPlan:
    """Its last lines; what was first asked for stands in its PlaceOrder step."""

    index: int
    round: int
    orderer: int
    placed_by: int
    channel: Channel
    note: str
    lines: Lines


@dataclass(frozen=True, slots=True)
class ReturnPlan:
    """line: position in its order's lines. accepted_fen: None when rejected, 0 when only told."""

    index: int
    order: int
    line: int
    quantity_milli: int
    reason: ReturnReason
    text: str
    wish: Wish
    accepted_fen: int | None
    decision: str


@dataclass(frozen=True, slots=True)
class Step:
    """One transaction at one simulated moment; no two steps share a moment."""

    at: datetime


@dataclass(frozen=True, slots=True)
class FoundGroup(Step):
    """The group, its buildings and points, and the initiator (member 0) with the first mandate."""


@dataclass(frozen=True, slots=True)
class AddMember(Step):
    member: int


@dataclass(frozen=True, slots=True)
class NameDeputy(Step):
    member: int


@dataclass(frozen=True, slots=True)
class Apply(Step):
    """The merchant with its owner's account and its application, submitted."""

    merchant: int


@dataclass(frozen=True, slots=True)
class Approve(Step):
    merchant: int


@dataclass(frozen=True, slots=True)
class AddItem(Step):
    item: int


@dataclass(frozen=True, slots=True)
class SaveDraft(Step):
    round: int


@dataclass(frozen=True, slots=True)
class OpenRound(Step):
    """At opens_at or just after it."""

    round: int


@dataclass(frozen=True, slots=True)
class PlaceOrder(Step):
    order: int
    lines: Lines


@dataclass(frozen=True, slots=True)
class AmendOrder(Step):
    order: int
    by: int
    lines: Lines
    reason: str


@dataclass(frozen=True, slots=True)
class CancelOrder(Step):
    order: int
    by: int
    reason: str


@dataclass(frozen=True, slots=True)
class CloseRound(Step):
    """The tick after the cut-off: confirmed at once, or waiting where RoundPlan.fails."""

    round: int


@dataclass(frozen=True, slots=True)
class FailRound(Step):
    """The initiator gives up a closed round that missed its minimum."""

    round: int


@dataclass(frozen=True, slots=True)
class ClaimPayment(Step):
    order: int
    by: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class ReceivePayment(Step):
    """Ticked by the initiator, whether or not the member claimed it before."""

    order: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class RecordArrival(Step):
    """Every offer of the round, delivered in full."""

    round: int


@dataclass(frozen=True, slots=True)
class CheckOff(Step):
    order: int
    by: int
    way: CheckOffWay


@dataclass(frozen=True, slots=True)
class RecordNotCollected(Step):
    """After the window: the orders of the round that still wait are recorded as missed."""

    round: int


@dataclass(frozen=True, slots=True)
class CompleteRound(Step):
    round: int


@dataclass(frozen=True, slots=True)
class RequestReturn(Step):
    ret: int
    by: int


@dataclass(frozen=True, slots=True)
class DecideReturn(Step):
    ret: int


@dataclass(frozen=True, slots=True)
class RefundReturn(Step):
    """The money of an accepted return went back. Only where the wish was a refund."""

    ret: int


@dataclass(frozen=True, slots=True)
class PublishMonth(Step):
    """On the 3rd of the next month, for every month of the span, empty ones too."""

    year: int
    month: int


@dataclass(frozen=True, slots=True)
class YearPlan:
    rows: tuple[Row, ...]
    seed: int
    group: GroupPlan
    members: tuple[MemberPlan, ...]
    merchants: tuple[MerchantPlan, ...]
    items: tuple[ItemPlan, ...]
    rounds: tuple[RoundPlan, ...]
    orders: tuple[OrderPlan, ...]
    returns: tuple[ReturnPlan, ...]
    steps: tuple[Step, ...]

    def price_fen(self, order: OrderPlan, line: Line) -> int:
        """What a line bills. Planned prices and steps never leave a part of a fen."""
        price = self.rounds[order.round].offers[line.offer].price_fen
        fen, rest = divmod(price * line.quantity_milli, 1000)
        if rest:
            raise ValueError(f"order {order.index} bills a part of a fen")
        return fen

    def total_fen(self, order: OrderPlan) -> int:
        return sum(self.price_fen(order, line) for line in order.lines)
