"""What the news of an application needs. One query each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef

from merchants.models import Application, MerchantStaff, StaffRole


@dataclass(frozen=True, slots=True)
class ApplicationNews:
    """An application, and the accounts of the merchant's owner (none or one)."""

    slug: str
    group: str
    zone: str
    merchant_id: int
    brand: str
    owner_ids: list[int]


def application_news(application_id: int) -> ApplicationNews:
    return _news(pk=application_id)


def shop_news(group_id: int, merchant_id: int) -> ApplicationNews:
    return _news(group_id=group_id, merchant_id=merchant_id)


def _news(**which: int) -> ApplicationNews:
    application: Any = (
        Application.objects.select_related("group", "merchant")
        .annotate(
            owner_id=MerchantStaff.objects.filter(
                merchant_id=OuterRef("merchant_id"), role=StaffRole.OWNER
            ).values("user_id")[:1]
        )
        .get(**which)
    )
    return ApplicationNews(
        slug=application.group.slug,
        group=application.group.name,
        zone=application.group.time_zone,
        merchant_id=application.merchant_id,
        brand=application.merchant.brand,
        owner_ids=[] if application.owner_id is None else [application.owner_id],
    )
