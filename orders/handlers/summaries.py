"""A month's summary was published."""

from __future__ import annotations

from django.urls import reverse

from groups.queries.notices import member_accounts, slug_and_seal_of
from tuangou.core.models import Event
from tuangou.core.notices import notify


def first_version(event: Event) -> bool:
    return bool(event.data["version"] == 1)


def tell_summary(event: Event) -> None:
    """A month is published for the first time: everyone may look, and gets the ledger's seal to
    keep (O13, R4)."""
    group_id = event.group_id or 0
    month = event.data["month"]
    slug, pages, seal = slug_and_seal_of(group_id)
    notify(
        event,
        user_ids=member_accounts(group_id),
        kind="orders.summary_published",
        path=reverse("orders:summary-month", args=[slug, month]),
        context={"month": f"{month}-01", "page": pages, "seal": seal},
    )
