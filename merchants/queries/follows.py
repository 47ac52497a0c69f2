"""Who follows a merchant: how many, and whether she does. Names are nobody's business."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

from merchants.models import Follow


@dataclass(frozen=True, slots=True)
class Following:
    count: int
    mine: bool


def following_of(group_id: int, merchant_id: int, *, member_id: int | None) -> Following:
    """Followers among who is a member now, and her. One query."""
    rows = Follow.objects.filter(
        group_id=group_id, merchant_id=merchant_id, member__status="active"
    )
    hers = Q(member_id=member_id) if member_id is not None else Q(pk__in=())
    found = rows.aggregate(count=Count("pk"), mine=Count("pk", filter=hers))
    return Following(found["count"], bool(found["mine"]))
