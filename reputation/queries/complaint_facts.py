"""What complaints amount to as entries of the ledger: read only, one fact each (R2, R4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from merchants.models import Application
from reputation.models import Complaint, Entry, Evidence, Kind, Response, Ruling, Subject
from reputation.models.complaints import Against, MarkKind
from reputation.models.responses import ResponseKind
from reputation.models.rulings import FOUND, Verdict
from reputation.models.weights import RULINGS, VETTED_BEARS
from reputation.queries.facts import Fact, mandate_at
from tuangou.core.models import Event

# What was found in part weighs half.
PARTLY = 2
ANSWERS = {
    ResponseKind.APOLOGY: Kind.APOLOGISED,
    ResponseKind.REMEDY: Kind.APOLOGISED,
    ResponseKind.EXPLANATION: Kind.EXPLAINED,
    ResponseKind.DENIAL: Kind.DENIED,
}


def of_event(event: Event) -> list[Fact]:
    """What this piece of news is to be remembered as; nothing for news of other kinds."""
    read = READERS.get(event.kind)
    return list(read(event)) if read else []


def _of_answer(event: Event) -> Iterator[Fact]:
    """Told of, and weighs nothing."""
    response = Response.objects.select_related("complaint").get(pk=event.data["response"])
    yield Fact(
        kind=ANSWERS[ResponseKind(response.kind)],
        evidence=Evidence.RESPONSE,
        evidence_id=response.pk,
        at=event.happened_at,
        by=event.actor_id,
        **_accused(response.complaint),
    )


def _of_late_answer(event: Event) -> Iterator[Fact]:
    """24 hours passed without an answer; what comes at 48 is the same lateness."""
    complaint = Complaint.objects.get(pk=event.subject_id)
    mark = complaint.marks.filter(kind=MarkKind.ANSWER_LATE).first()
    if mark is not None:
        yield Fact(
            kind=Kind.COMPLAINT_LATE,
            evidence=Evidence.COMPLAINT_MARK,
            evidence_id=mark.pk,
            at=event.happened_at,
            **_accused(complaint),
        )


def _of_late_ruling(event: Event) -> Iterator[Fact]:
    """The initiator let the time for her ruling pass."""
    complaint = Complaint.objects.get(pk=event.subject_id)
    mark = complaint.marks.filter(kind=MarkKind.RULING_LATE).first()
    mandate = mandate_at(complaint.group_id, event.happened_at)
    if mark is not None and mandate is not None:
        yield Fact(
            kind=Kind.DECIDED_LATE,
            about=mandate,
            evidence=Evidence.COMPLAINT_MARK,
            evidence_id=mark.pk,
            at=event.happened_at,
            round_id=complaint.round_id,
        )


def _of_ruling(event: Event) -> Iterator[Fact]:
    ruling = Ruling.objects.select_related("complaint").get(pk=event.data["ruling"])
    yield from of_ruling(ruling, at=event.happened_at, by=event.actor_id)
    complaint = ruling.complaint
    mandate = mandate_at(complaint.group_id, event.happened_at)
    in_time = ruling.decided_at <= complaint.rule_due_at
    if ruling.decided_by_id is not None and in_time and mandate is not None:
        yield Fact(
            kind=Kind.COMPLAINTS_IN_TIME,
            about=mandate,
            evidence=Evidence.COMPLAINT,
            evidence_id=complaint.pk,
            at=event.happened_at,
            by=event.actor_id,
            round_id=complaint.round_id,
        )


def of_ruling(ruling: Ruling, *, at: datetime, by: int | None) -> Iterator[Fact]:
    """What was found, and once more where it had been denied; a part of it to the mandate that
    vetted the merchant. An abusive complaint is written to its complainant."""
    complaint = ruling.complaint
    shared: dict[str, Any] = {
        "evidence": Evidence.RULING,
        "evidence_id": ruling.pk,
        "at": at,
        "by": by,
    }
    if ruling.verdict == Verdict.ABUSIVE:
        yield Fact(
            kind=Kind.ABUSIVE,
            about=complaint.made_by_id,
            round_id=complaint.round_id,
            **shared,
        )
    if ruling.verdict not in FOUND:
        return
    weight = weight_of_ruling(ruling)
    whose = _accused(complaint)
    yield Fact(kind=Kind.RULING, weight_milli=weight, **whose, **shared)
    denied = complaint.responses.filter(kind=ResponseKind.DENIAL).exists()
    if denied and ruling.verdict == Verdict.UPHELD:
        yield Fact(kind=Kind.REFUTED, weight_milli=weight, **whose, **shared)
    vetted_by = _vetted_by(complaint)
    if vetted_by is not None:
        yield Fact(
            kind=Kind.RULING_VETTED,
            about=vetted_by,
            weight_milli=int(weight / VETTED_BEARS),
            round_id=complaint.round_id,
            **shared,
        )


def weight_of_ruling(ruling: Ruling) -> int:
    """Thousandths: by severity, half where it was found in part; never above zero."""
    weight = RULINGS[ruling.severity]
    return int(weight / PARTLY) if ruling.verdict == Verdict.PARTLY else weight


def pages_of_ruling(ruling: Ruling) -> list[int]:
    """Numbers of the pages that this ruling stands behind and that nobody struck out yet."""
    pages = Entry.objects.of_group(ruling.group_id).filter(
        evidence=Evidence.RULING, evidence_id=ruling.pk, corrects__isnull=True
    )
    numbers = list(pages.order_by("number").values_list("number", flat=True))
    struck = Entry.objects.of_group(ruling.group_id).filter(corrects__in=numbers)
    gone = set(struck.values_list("corrects", flat=True))
    return [number for number in numbers if number not in gone]


def of_overturned(first: Ruling, second: Ruling, *, at: datetime) -> list[Fact]:
    """The initiator found what three members did not, or the other way round."""
    found = [ruling.verdict in FOUND for ruling in (first, second)]
    mandate = mandate_at(first.group_id, first.decided_at)
    if first.decided_by_id is None or found[0] == found[1] or mandate is None:
        return []
    return [
        Fact(
            kind=Kind.OVERTURNED,
            about=mandate,
            evidence=Evidence.RULING,
            evidence_id=second.pk,
            at=at,
            round_id=first.complaint.round_id,
        )
    ]


def _accused(complaint: Complaint) -> dict[str, Any]:
    """Whose account it is written to."""
    against_merchant = complaint.against == Against.MERCHANT
    return {
        "subject": Subject.MERCHANT.value if against_merchant else Subject.MANDATE.value,
        "about": complaint.merchant_id if against_merchant else complaint.mandate_id,
        "round_id": complaint.round_id,
    }


def _vetted_by(complaint: Complaint) -> int | None:
    """The mandate in office when this merchant was let in, where the complaint is about one. What
    was decided about it since, a suspension or its end, let nobody in."""
    if complaint.against != Against.MERCHANT:
        return None
    rows = Application.objects.of_group(complaint.group_id)
    row = rows.filter(merchant_id=complaint.merchant_id or 0).first()
    if row is None:
        return None
    approved = Event.objects.filter(
        group_id=complaint.group_id,
        kind="application.approved",
        subject_id=row.pk,
        happened_at__lte=complaint.made_at,
    )
    let_in = approved.order_by("-pk").values_list("happened_at", flat=True).first()
    moment = let_in or row.decided_at
    return mandate_at(complaint.group_id, moment) if moment else None


READERS: dict[str, Callable[[Event], Iterator[Fact]]] = {
    "complaint.answered": _of_answer,
    "complaint.answer_late": _of_late_answer,
    "complaint.ruling_late": _of_late_ruling,
    "complaint.ruled": _of_ruling,
}
