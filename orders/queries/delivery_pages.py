"""One delivery as every member sees it: announced, arrived, inspected, stopped (O9, O16)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Exists, OuterRef, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from orders.models import (
    Batch,
    CheckOff,
    Delivery,
    DeliveryLine,
    DeliveryNotice,
    DeliveryPhoto,
    Hold,
    HoldKind,
    Inspection,
    LaterArrival,
    Offer,
    OrderLine,
    Round,
    RoundStatus,
    ShortfallLine,
)
from orders.queries.deliveries import Came, Lot
from orders.queries.holds import waiting_for_ruling
from orders.queries.inspections import CHECKLIST, Draw, draw_of


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One line of the checklist with its answer."""

    label: str
    fine: bool


@dataclass(frozen=True, slots=True)
class LineRow:
    line: DeliveryLine
    batches: list[Batch]


@dataclass(frozen=True, slots=True)
class InspectionRow:
    """What was found on one car, and each line of its checklist."""

    found: Inspection
    checks: list[CheckRow]


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """`notices`: what was announced, the one that holds first. `credited_fen`: in all, to date.
    `to_inspect`: cars that nobody has looked at. `unruled`: stops that only a ruling ends."""

    notices: list[DeliveryNotice]
    delivery: Delivery | None
    lines: list[LineRow]
    photos: list[DeliveryPhoto]
    inspections: list[InspectionRow]
    to_inspect: list[int]
    holds: list[Hold]
    credited_fen: int
    draw: Draw
    may_correct: bool
    later: list[LaterArrival]
    unruled: frozenset[int]

    @property
    def unshared(self) -> bool:
        """Whether something that a helper counted waits to be shared out."""
        return any(row.line.unshared is not None for row in self.lines)

    @property
    def lacks(self) -> bool:
        """Whether something is missing that another car may bring."""
        return any(row.line.short for row in self.lines) or self.credited_fen > 0

    @property
    def inspected(self) -> frozenset[int | None]:
        """Cars that somebody looked at; None is the first, as a stop names it."""
        cars = {row.found.car for row in self.inspections}
        return frozenset(None if car == 1 else car for car in cars)

    @property
    def standing(self) -> list[Hold]:
        return [hold for hold in self.holds if hold.stands]

    @property
    def to_look_at(self) -> dict[int, int]:
        """{stop: the car that it waits for}: its goods go, or not, once somebody looked."""
        waiting = [hold for hold in self.standing if hold.kind == HoldKind.INSPECTION]
        return {hold.pk: hold.car or 1 for hold in waiting if hold.car not in self.inspected}


def delivery_page(rnd: Round) -> DeliveryPage:
    """Everything about the goods of a round, without a name or a door. Ten queries at most; one
    more where a complaint stops some."""
    delivery = (
        Delivery.objects.filter(round_id=rnd.pk).select_related("recorded_by", "helper").first()
    )
    notices = list(DeliveryNotice.objects.filter(round_id=rnd.pk).order_by("-number"))
    holds = Hold.objects.filter(round_id=rnd.pk).select_related("offer", "batch", "released_by")
    found = Inspection.objects.filter(delivery=delivery).order_by("car") if delivery else ()
    inspections = [InspectionRow(one, _checks(one.checks)) for one in found]
    later = _later(delivery) if delivery else []
    came = {1, *(more.car for more in later)} if delivery else set()
    photos = DeliveryPhoto.objects.filter(delivery=delivery).select_related("offer")
    stops = list(holds.order_by("held_at", "pk"))
    return DeliveryPage(
        notices=notices,
        delivery=delivery,
        lines=_lines(delivery) if delivery else [],
        photos=list(photos.order_by("position")) if delivery else [],
        inspections=inspections,
        to_inspect=sorted(came - {row.found.car for row in inspections}),
        holds=stops,
        credited_fen=_credited(rnd),
        draw=draw_of(rnd),
        may_correct=rnd.status == RoundStatus.ARRIVED and not later and not _is_out(rnd),
        later=later,
        unruled=waiting_for_ruling(hold for hold in stops if hold.stands),
    )


def offers_with_ordered(rnd: Round) -> list[tuple[Offer, Decimal]]:
    """The offers somebody ordered, with how much, in the order of the round. Two queries."""
    live = OrderLine.objects.live().filter(order__round_id=rnd.pk)
    ordered = live.quantity_by("offer_id")
    offers = Offer.objects.of_round(rnd.pk).filter(pk__in=ordered)
    return [(offer, ordered[offer.pk]) for offer in offers]


def counted_before(rnd: Round) -> dict[int, Came]:
    """What was written down of a recorded arrival, to be corrected: {offer id: Came}."""
    lines = DeliveryLine.objects.filter(delivery__round_id=rnd.pk).prefetch_related("batches")
    return {
        line.offer_id: Came(
            quantity=line.delivered,
            weighed=line.weighed,
            damaged=line.damaged,
            sharing=line.sharing or Came(Decimal(0)).sharing,
            lots=tuple(
                Lot(batch.lot, batch.quantity, batch.produced_on, batch.expires_on)
                for batch in sorted(line.batches.all(), key=lambda batch: batch.pk)
            ),
            note=line.note,
        )
        for line in lines
    }


def last_notice(rnd: Round) -> DeliveryNotice | None:
    return DeliveryNotice.objects.filter(round_id=rnd.pk).order_by("-number").first()


def _lines(delivery: Delivery) -> list[LineRow]:
    lines = DeliveryLine.objects.filter(delivery=delivery).select_related("offer")
    lines = lines.prefetch_related("batches").order_by("offer__position", "pk")
    return [LineRow(line, sorted(line.batches.all(), key=lambda b: b.pk)) for line in lines]


def _later(delivery: Delivery) -> list[LaterArrival]:
    found = LaterArrival.objects.filter(delivery=delivery).select_related("offer", "helper")
    return list(found.order_by("car", "pk"))


def _checks(answers: Mapping[str, bool]) -> list[CheckRow]:
    return [
        CheckRow(str(check.label), answers[check.key])
        for check in CHECKLIST
        if check.key in answers
    ]


def _credited(rnd: Round) -> int:
    lines = ShortfallLine.objects.filter(shortfall__round_id=rnd.pk)
    return int(lines.aggregate(fen=Sum("credited_fen"))["fen"] or 0)


def _is_out(rnd: Round) -> bool:
    return CheckOff.objects.filter(order__round_id=rnd.pk, undone_at__isnull=True).exists()


@dataclass(frozen=True, slots=True)
class GoodsNews:
    """What round and order pages say about goods on their way, in one line each."""

    arrives_from: datetime | None
    arrives_until: datetime | None
    verdict: str
    note: str
    is_held: bool


def goods_news(rnd: Round) -> GoodsNews | None:
    """None while orders come in, and where nothing will come. One query."""
    if rnd.status in (RoundStatus.DRAFT, RoundStatus.OPEN, RoundStatus.FAILED):
        return None
    of_round = {"group_id": OuterRef("group_id"), "round_id": OuterRef("pk")}
    notices = DeliveryNotice.objects.filter(**of_round).order_by("-number")
    found = Inspection.objects.filter(
        group_id=OuterRef("group_id"), delivery__round_id=OuterRef("pk")
    ).order_by("-car")
    row = (
        Round.objects.filter(pk=rnd.pk)
        .values(
            arrives_from=Subquery(notices.values("arrives_from")[:1]),
            arrives_until=Subquery(notices.values("arrives_until")[:1]),
            verdict=Coalesce(Subquery(found.values("verdict")[:1]), Value("")),
            found_note=Coalesce(Subquery(found.values("note")[:1]), Value("")),
            is_held=Exists(Hold.objects.filter(**of_round, released_at__isnull=True)),
        )
        .get()
    )
    return GoodsNews(
        row["arrives_from"],
        row["arrives_until"],
        row["verdict"],
        row["found_note"],
        row["is_held"],
    )
