"""What the tests of the ledger share: rounds that end, and books with a few pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from orders.models import Delivery, Order
from orders.services import check_offs, deliveries, inspections, rounds
from reputation.models import Entry, Evidence, Kind, subject_of
from reputation.queries.facts import Fact
from reputation.services import ledger
from tests.factories import offer_of
from tests.orders.stages import Stage, at, make_stage
from tuangou.core import events

MERCHANTS_KINDS = [
    *(Kind.ON_TIME, Kind.SHORT, Kind.LATE, Kind.NOTHING_CAME, Kind.ANSWERED_LATE),
    *(Kind.DOCUMENT_LAPSED, Kind.INSPECTION_PASSED, Kind.INSPECTION_FAILED),
]


def arrive(stage: Stage, quantity: str, *, late: timedelta = timedelta(hours=-2)) -> Delivery:
    """So much of the one offer comes; `late`: after the pick-up window began."""
    if not stage.round.is_counted:
        stage.confirm()
    with at(stage.round.pickup_from + late):
        return deliveries.record_arrival(
            round_id=stage.round.pk,
            actor_id=stage.initiator.pk,
            delivered={offer_of(stage.round).pk: Decimal(quantity)},
            inspection=inspections.ALL_WELL,
            request_id=uuid4(),
        )


def end(stage: Stage, *, when: datetime | None = None, fetched: list[Order] | None = None) -> None:
    """The window is over: hand out, record the rest as missed, complete; the news is acted on."""
    for order in fetched or []:
        stage.hand_over(order)
    with at(stage.round.pickup_until):
        check_offs.record_not_collected(round_id=stage.round.pk, actor_id=stage.initiator.pk)
    with at(when or stage.round.pickup_until):
        rounds.complete_round(round_id=stage.round.pk, actor_id=stage.initiator.pk)
    events.drain(stage.group.pk)


def pages(stage: Stage, **where: Any) -> list[tuple[str, int]]:
    """Kinds and weights of the pages, in order; but for the inspection of the first delivery."""
    found = Entry.objects.of_group(stage.group.pk).filter(**where).order_by("number")
    found = found.exclude(kind=Kind.INSPECTION_PASSED)
    return list(found.values_list("kind", "weight_milli"))


def a_book(orders: int = 3) -> Stage:
    """A group whose ledger has some thirty pages: every kind on the merchant, proved by orders."""
    stage = make_stage()
    placed = [stage.order(stage.member, 1) for _ in range(orders)]
    facts = [
        about(stage, kind, Evidence.ORDER, order.pk, n * len(placed) + m)
        for n, kind in enumerate(MERCHANTS_KINDS)
        for m, order in enumerate(placed)
    ]
    ledger.enter(group_id=stage.group.pk, facts=facts)
    return stage


def about(stage: Stage, kind: str, evidence: str, evidence_id: int, hours: int = 0) -> Fact:
    subject = {
        "merchant": stage.round.merchant_id,
        "member": stage.member.pk,
        "group": stage.group.pk,
    }
    return Fact(
        kind=kind,
        about=subject[subject_of(kind)],
        evidence=evidence,
        evidence_id=evidence_id,
        at=stage.start + timedelta(hours=hours),
        round_id=stage.round.pk,
    )


def held_against(
    stage: Stage, order: Order, *, weight: int = -3000, repaired: bool = False, hours: int = 0
) -> Entry:
    """A ruling against the merchant, and a remedy that makes up for a part of it two hours later;
    both proved by an order."""
    ruling = replace(
        about(stage, Kind.RULING, Evidence.ORDER, order.pk, hours), weight_milli=weight
    )
    (page,) = ledger.enter(group_id=stage.group.pk, facts=[ruling])
    if repaired:
        fact = about(stage, Kind.REPAIRED, Evidence.ORDER, order.pk, hours + 2)
        remedy = replace(fact, weight_milli=800, repairs=page.number)
        ledger.enter(group_id=stage.group.pk, facts=[remedy])
    return page
