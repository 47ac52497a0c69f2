"""What rows of the lower apps amount to as entries of the ledger: read only, one fact each (R4)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from groups.models import Mandate
from orders.models import (
    Delivery,
    DeliveryLine,
    Order,
    OrderStatus,
    Posting,
    PublishedSummary,
    Return,
    ReturnMark,
    Round,
    Shortfall,
    ShortfallKind,
)
from orders.models.answers import MarkKind
from orders.models.deliveries import Inspection, Verdict
from orders.models.ledger import Account
from orders.models.rounds import Fault
from reputation.models import Evidence, Kind
from reputation.models.weights import LATE_AFTER, RUN_WITHIN
from tuangou.core.models import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What is to be remembered: `about` is a merchant, a mandate, a membership or the group, as
    the kind says, or `subject` where a kind may be about either. `weight_milli` None: what the
    published table says. `repairs`: the number of the ruling's page, of `repaired` alone."""

    kind: str
    about: int
    evidence: str
    evidence_id: int
    at: datetime
    by: int | None = None
    round_id: int | None = None
    household_id: int | None = None
    digest: str = ""
    weight_milli: int | None = None
    subject: str | None = None
    repairs: int | None = None


def of_event(event: Event) -> list[Fact]:
    """What this piece of news is to be remembered as; nothing for news of other kinds."""
    read = READERS.get(event.kind)
    return read(event) if read else []


def of_round(round_id: int, *, at: datetime, by: int | None) -> list[Fact]:
    """A completed round: how the goods came, how it was run, who did not pay or come.

    Per round and not per order: only members who fell short have a line. Six queries.
    """
    rnd = Round.objects.get(pk=round_id)
    facts = [*_of_delivery(rnd, at, by), *_of_run(rnd, at, by), *_of_members(rnd, at)]
    return facts


def of_call_off(round_id: int, *, at: datetime, by: int | None) -> list[Fact]:
    """A round that had come about was called off for the merchant's reason."""
    rnd = Round.objects.get(pk=round_id)
    if rnd.cancel_fault != Fault.MERCHANT:
        return []
    return [
        Fact(
            kind=Kind.FAILED_BY_MERCHANT,
            about=rnd.merchant_id,
            evidence=Evidence.ROUND,
            evidence_id=rnd.pk,
            at=at,
            by=by,
            round_id=rnd.pk,
        )
    ]


def of_return(return_id: int, *, at: datetime, by: int | None) -> list[Fact]:
    """An accepted return, where something was granted: one household's word, so it is bounded."""
    ret = Return.objects.select_related("round", "order").get(pk=return_id)
    if not ret.accepted_fen:
        return []
    return [
        Fact(
            kind=Kind.RETURN_ACCEPTED,
            about=ret.round.merchant_id,
            evidence=Evidence.RETURN,
            evidence_id=ret.pk,
            at=at,
            by=by,
            round_id=ret.round_id,
            household_id=ret.order.household_id,
        )
    ]


def of_late_answer(return_id: int, *, at: datetime) -> list[Fact]:
    """The merchant let 24 hours pass (one mark; the second one, at 48, is the same lateness)."""
    mark = _mark(return_id, MarkKind.ANSWER_LATE)
    if mark is None:
        return []
    return [
        Fact(
            kind=Kind.ANSWERED_LATE,
            about=mark.ret.round.merchant_id,
            evidence=Evidence.RETURN_MARK,
            evidence_id=mark.pk,
            at=at,
            round_id=mark.ret.round_id,
        )
    ]


def of_late_decision(return_id: int, *, at: datetime) -> list[Fact]:
    """The initiator let 72 hours pass."""
    mark = _mark(return_id, MarkKind.DECISION_LATE)
    mandate = mandate_at(mark.group_id, at) if mark else None
    if mark is None or mandate is None:
        return []
    return [
        Fact(
            kind=Kind.DECIDED_LATE,
            about=mandate,
            evidence=Evidence.RETURN_MARK,
            evidence_id=mark.pk,
            at=at,
            round_id=mark.ret.round_id,
        )
    ]


def of_inspection(inspection_id: int, *, at: datetime, by: int | None) -> list[Fact]:
    found = Inspection.objects.select_related("delivery__round").get(pk=inspection_id)
    passed = found.verdict == Verdict.PASSED
    return [
        Fact(
            kind=Kind.INSPECTION_PASSED if passed else Kind.INSPECTION_FAILED,
            about=found.delivery.round.merchant_id,
            evidence=Evidence.INSPECTION,
            evidence_id=found.pk,
            at=at,
            by=by,
            round_id=found.delivery.round_id,
        )
    ]


def of_lapse(document_id: int, merchant_id: int, *, at: datetime) -> list[Fact]:
    return [
        Fact(
            kind=Kind.DOCUMENT_LAPSED,
            about=merchant_id,
            evidence=Evidence.PAPER,
            evidence_id=document_id,
            at=at,
        )
    ]


def of_month(summary_id: int, *, at: datetime) -> list[Fact]:
    """A published month: the hash of its table, so that the money cannot be restated unseen."""
    summary = PublishedSummary.objects.get(pk=summary_id)
    return [
        Fact(
            kind=Kind.MONTH_SEALED,
            about=summary.group_id,
            evidence=Evidence.SUMMARY,
            evidence_id=summary.pk,
            at=at,
            digest=digest_of(summary),
        )
    ]


def of_sanction(sanction_id: int, merchant_id: int, kind: str, *, at: datetime) -> list[Fact]:
    """It was decided, or it is over or lifted: weighs nothing, and is never forgotten (R7)."""
    return [
        Fact(
            kind=kind, about=merchant_id, evidence=Evidence.SANCTION, evidence_id=sanction_id, at=at
        )
    ]


def of_recognition(recognition_id: int, merchant_id: int, *, at: datetime) -> list[Fact]:
    return [
        Fact(
            kind=Kind.RECOGNISED,
            about=merchant_id,
            evidence=Evidence.RECOGNITION,
            evidence_id=recognition_id,
            at=at,
        )
    ]


def digest_of(summary: PublishedSummary) -> str:
    """SHA-256 of group, month, version and figures as JSON: keys sorted, no spaces, ASCII."""
    said: dict[str, Any] = {
        "figures": summary.figures,
        "group": summary.group_id,
        "month": f"{summary.month:%Y-%m}",
        "version": summary.version,
    }
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _of_delivery(rnd: Round, at: datetime, by: int | None) -> Iterator[Fact]:
    """On time and complete is one fact; short and late are two, each with its weight."""
    delivery = Delivery.objects.filter(round_id=rnd.pk).first()
    if delivery is None:
        return
    lines = list(DeliveryLine.objects.filter(delivery=delivery))
    missed_at_the_desk = Shortfall.objects.filter(round_id=rnd.pk, kind=ShortfallKind.SPOT)
    kinds = []
    if not any(line.fit > 0 for line in lines):
        kinds.append(Kind.NOTHING_CAME)
    elif any(line.short for line in lines) or missed_at_the_desk.exists():
        kinds.append(Kind.SHORT)
    if delivery.arrived_at > rnd.pickup_from + LATE_AFTER:
        kinds.append(Kind.LATE)
    for kind in kinds or [Kind.ON_TIME]:
        yield Fact(
            kind=kind,
            about=rnd.merchant_id,
            evidence=Evidence.DELIVERY,
            evidence_id=delivery.pk,
            at=at,
            by=by,
            round_id=rnd.pk,
        )


def _of_run(rnd: Round, at: datetime, by: int | None) -> Iterator[Fact]:
    """The initiator brought the round to its end in time, or held it up."""
    mandates = Mandate.objects.filter(
        group_id=rnd.group_id, membership_id=rnd.initiator_id, started_at__lte=rnd.opens_at
    )
    mandate = mandates.order_by("-started_at", "-pk").values_list("pk", flat=True).first()
    mandate = mandate or mandate_at(rnd.group_id, at)
    if mandate is None:
        return
    in_time = at <= rnd.pickup_until + RUN_WITHIN
    yield Fact(
        kind=Kind.ROUND_RUN if in_time else Kind.ROUND_SLOW,
        about=mandate,
        evidence=Evidence.ROUND,
        evidence_id=rnd.pk,
        at=at,
        by=by,
        round_id=rnd.pk,
    )


def _of_members(rnd: Round, at: datetime) -> Iterator[Fact]:
    """Who did not come for the goods; who had them and still owes at the end of the round."""
    owed = Posting.objects.filter(
        group_id=rnd.group_id, round_id=rnd.pk, account=Account.MEMBER, order__isnull=False
    ).balance_by("order")
    debtors = [order for order, fen in owed.items() if fen > 0]
    orders = Order.objects.filter(round_id=rnd.pk).order_by("number")
    missed = orders.filter(status=OrderStatus.NOT_COLLECTED)
    collected = (OrderStatus.COLLECTED, OrderStatus.PARTLY_COLLECTED)
    unpaid = orders.filter(pk__in=debtors, status__in=collected)
    for kind, found in ((Kind.NOT_COLLECTED, missed), (Kind.PAID_LATE, unpaid)):
        for order_id, member_id in found.values_list("pk", "member_id"):
            yield Fact(
                kind=kind,
                about=member_id,
                evidence=Evidence.ORDER,
                evidence_id=order_id,
                at=at,
                round_id=rnd.pk,
            )


def _mark(return_id: int, kind: str) -> ReturnMark | None:
    return (
        ReturnMark.objects.filter(ret_id=return_id, kind=kind).select_related("ret__round").first()
    )


def mandate_at(group_id: int, at: datetime) -> int | None:
    """Whoever held office at this moment."""
    held = Mandate.objects.filter(group_id=group_id, started_at__lte=at).exclude(ended_at__lte=at)
    return held.order_by("-started_at").values_list("pk", flat=True).first()


READERS: dict[str, Callable[[Event], list[Fact]]] = {
    "round.completed": lambda e: of_round(e.subject_id, at=e.happened_at, by=e.actor_id),
    "round.cancelled": lambda e: of_call_off(e.subject_id, at=e.happened_at, by=e.actor_id),
    "round.inspected": lambda e: of_inspection(
        e.data["inspection"], at=e.happened_at, by=e.actor_id
    ),
    "return.accepted": lambda e: of_return(e.subject_id, at=e.happened_at, by=e.actor_id),
    "return.answer_late": lambda e: of_late_answer(e.subject_id, at=e.happened_at),
    "return.decision_late": lambda e: of_late_decision(e.subject_id, at=e.happened_at),
    "document.lapsed": lambda e: of_lapse(e.subject_id, e.data["merchant"], at=e.happened_at),
    "summary.published": lambda e: of_month(e.subject_id, at=e.happened_at),
    "sanction.decided": lambda e: of_sanction(
        e.subject_id, e.data["merchant"], Kind.SANCTIONED, at=e.happened_at
    ),
    "sanction.lifted": lambda e: of_sanction(
        e.subject_id, e.data["merchant"], Kind.SANCTION_LIFTED, at=e.happened_at
    ),
    "sanction.ended": lambda e: of_sanction(
        e.subject_id, e.data["merchant"], Kind.SANCTION_LIFTED, at=e.happened_at
    ),
    "merchant.recognised": lambda e: of_recognition(
        e.subject_id, e.data["merchant"], at=e.happened_at
    ),
}
