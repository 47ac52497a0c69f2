"""A month's summary was published."""

from __future__ import annotations

from django.urls import reverse

from groups.queries.notices import member_accounts, slug_of
from tuangou.core.models import Event
from tuangou.core.notices import notify


def first_version(event: Event) -> bool:
    return bool(event.data["version"] == 1)


def tell_summary(event: Event) -> None:
    """A month is published for the first time: everyone may look (O13)."""
    group_id = event.group_id or 0
    month = event.data["month"]
    notify(
        event,
        user_ids=member_accounts(group_id),
        kind="orders.summary_published",
        path=reverse("orders:summary-month", args=[slug_of(group_id), month]),
        context={"month": f"{month}-01"},
    )
