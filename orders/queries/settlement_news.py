"""What the news of a settlement needs: for handlers, one statement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Subquery

from groups.models import Mandate
from merchants.models import MerchantStaff, StaffRole
from orders.models import Settlement


@dataclass(frozen=True, slots=True)
class SettlementNews:
    """`initiator_id`, `owner_id`: accounts of the two sides, None where there is none."""

    number: str
    title: str
    slug: str
    round_id: int
    initiator_id: int | None
    owner_id: int | None


def settlement_news(settlement_id: int) -> SettlementNews:
    in_office = Mandate.objects.filter(group_id=OuterRef("group_id"), ended_at__isnull=True)
    owner = MerchantStaff.objects.filter(
        merchant_id=OuterRef("round__merchant_id"), role=StaffRole.OWNER
    )
    found: Any = (
        Settlement.objects.select_related("round__group")
        .annotate(
            initiator_user_id=Subquery(in_office.values("membership__user_id")[:1]),
            owner_user_id=Subquery(owner.values("user_id")[:1]),
        )
        .get(pk=settlement_id)
    )
    return SettlementNews(
        number=found.number,
        title=found.round.title,
        slug=found.round.group.slug,
        round_id=found.round_id,
        initiator_id=found.initiator_user_id,
        owner_id=found.owner_user_id,
    )
