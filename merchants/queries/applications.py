"""What a group knows of its merchants, and what was agreed with them."""

from __future__ import annotations

from datetime import datetime

from merchants.models import Agreement, Application, MerchantStaff


def agreement_at(*, application_id: int, at: datetime) -> Agreement | None:
    """The agreement in force at a moment: the one that began last (M5). One query."""
    return (
        Agreement.objects.filter(application_id=application_id, valid_from__lte=at)
        .order_by("-valid_from", "-pk")
        .first()
    )


def home_group_of(merchant_id: int) -> int | None:
    """The group that first took this merchant on. One query."""
    return (
        Application.objects.filter(merchant_id=merchant_id)
        .order_by("pk")
        .values_list("group_id", flat=True)
        .first()
    )


def has_staff(merchant_id: int) -> bool:
    return MerchantStaff.objects.filter(merchant_id=merchant_id).exists()
