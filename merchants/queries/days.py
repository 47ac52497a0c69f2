"""Days that a shop asked for, for its own pages. One query each."""

from __future__ import annotations

from datetime import datetime, timedelta

from merchants.models import MerchantDay

SHOWN = 6


def days_ahead(merchant_id: int, *, at: datetime) -> dict[int, list[MerchantDay]]:
    """What it asked for and what is kept for it, by group, the next day first; not what is over."""
    yesterday = (at - timedelta(days=1)).date()  # whatever the group's clock says
    rows = MerchantDay.objects.standing().filter(
        application__merchant_id=merchant_id, day__gte=yesterday
    )
    found: dict[int, list[MerchantDay]] = {}
    for row in rows.select_related("group").order_by("day", "pk"):
        if row.day >= row.group.local(at).date():
            found.setdefault(row.group_id, []).append(row)
    return {group_id: days[:SHOWN] for group_id, days in found.items()}
