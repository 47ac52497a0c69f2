"""Complaints as programs read them: without names (R2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from groups.models import Membership
from reputation.models import Complaint, Response, Ruling
from tuangou.core.feeds import Feed, feed

PARTS = ("responses__deliveries", "rulings")


@dataclass(frozen=True, slots=True)
class ResponseCard:
    kind: str
    text: str
    remedy_fen: int | None
    remedy_by: date | None
    delivered: bool
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class RulingCard:
    instance: int
    verdict: str
    severity: str
    reason: str
    by_panel: bool
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class ComplaintCard:
    id: int
    code: str
    against: str
    merchant_id: int | None
    item: str
    category: str
    severity: str
    text: str
    status: str
    mine: bool
    made_at: datetime
    answer_due_at: datetime
    mediate_until: datetime
    rule_due_at: datetime
    response: ResponseCard | None
    rulings: list[RulingCard]


def complaints_feed(member: Membership, *, after: int | None, limit: int) -> Feed[Any]:
    """Every case of the group, newest first. Four queries."""
    rows = _rows().filter(group_id=member.group_id)
    found = feed(rows, after=after, limit=limit)
    return found.of(lambda complaint: _card(complaint, member.pk))


def complaint_card(complaint_id: int, *, member_id: int) -> ComplaintCard:
    """One case that access has let her through to."""
    return _card(_rows().get(pk=complaint_id), member_id)


def _rows() -> Any:
    return Complaint.objects.select_related("line__offer").prefetch_related(*PARTS)


def _card(complaint: Complaint, member_id: int) -> ComplaintCard:
    responses = list(complaint.responses.all())
    return ComplaintCard(
        id=complaint.pk,
        code=complaint.code,
        against=complaint.against,
        merchant_id=complaint.merchant_id,
        item=complaint.line.offer.name if complaint.line else "",
        category=complaint.category,
        severity=complaint.severity,
        text=complaint.text,
        status=complaint.status,
        mine=complaint.made_by_id == member_id,
        made_at=complaint.made_at,
        answer_due_at=complaint.answer_due_at,
        mediate_until=complaint.mediate_until,
        rule_due_at=complaint.rule_due_at,
        response=_response(responses[0]) if responses else None,
        rulings=[
            _ruling(one) for one in sorted(complaint.rulings.all(), key=lambda one: one.instance)
        ],
    )


def _response(response: Response) -> ResponseCard:
    return ResponseCard(
        kind=response.kind,
        text=response.text,
        remedy_fen=response.remedy_fen,
        remedy_by=response.remedy_by,
        delivered=bool(response.deliveries.all()),
        answered_at=response.answered_at,
    )


def _ruling(ruling: Ruling) -> RulingCard:
    return RulingCard(
        instance=ruling.instance,
        verdict=ruling.verdict,
        severity=ruling.severity,
        reason=ruling.reason,
        by_panel=ruling.panel_id is not None,
        decided_at=ruling.decided_at,
    )
