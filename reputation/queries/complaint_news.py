"""Who is told of a complaint, and what is said in the telling: no names, no doors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Subquery

from groups.models import Mandate
from merchants.models import MerchantStaff
from reputation.models import Complaint, Panel, Seat
from reputation.models.complaints import Against


@dataclass(frozen=True, slots=True)
class ComplaintNews:
    """Accounts: None where a person has none, or nobody is in office."""

    complaint: Complaint
    slug: str
    complainant_id: int | None
    respondent_ids: list[int]
    judge_id: int | None
    item: str


def complaint_news(complaint_id: int) -> ComplaintNews:
    """One query. The judge is the initiator, where she is no party."""
    in_office = Mandate.objects.filter(group_id=OuterRef("group_id"), ended_at__isnull=True)
    staff = MerchantStaff.objects.filter(merchant_id=OuterRef("merchant_id")).order_by("pk")
    related = ("group", "merchant", "line__offer", "made_by", "mandate__membership")
    found: Any = (
        Complaint.objects.select_related(*related)
        .annotate(
            leader_user_id=Subquery(in_office.values("membership__user_id")[:1]),
            staff_ids=ArraySubquery(staff.values("user_id")),
        )
        .get(pk=complaint_id)
    )
    accused = found.staff_ids
    if found.against == Against.INITIATOR:
        accused = [found.mandate.membership.user_id] if found.mandate.membership.user_id else []
    return ComplaintNews(
        complaint=found,
        slug=found.group.slug,
        complainant_id=found.made_by.user_id,
        respondent_ids=list(accused),
        judge_id=None if found.by_panel else found.leader_user_id,
        item=found.line.offer.name if found.line else "",
    )


def seated(panel_id: int) -> list[int]:
    """Accounts of those who sit in a panel and have not voted. One query."""
    seats = Seat.objects.filter(panel_id=panel_id, left_at__isnull=True, votes__isnull=True)
    return [user_id for user_id in seats.values_list("member__user_id", flat=True) if user_id]


def case_of_panel(panel_id: int) -> Panel:
    return Panel.objects.select_related("group").get(pk=panel_id)
