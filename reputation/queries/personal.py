"""What the ledger holds about one person: pages on her as a member, and on her terms of office."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_lazy

from reputation.models import Entry, Kind
from tuangou.core.personal import Column, Holding


def holdings(user_id: int) -> list[Holding]:
    """One query. Pages carry numbers only, so that nothing of them is erased."""
    mine = Q(member__user_id=user_id) | Q(mandate__membership__user_id=user_id)
    pages = Entry.objects.filter(mine).select_related("group", "round").order_by("-pk")
    rows = [
        {
            "group": entry.group.name,
            "page": entry.number,
            "kind": entry.kind,
            "said": str(Kind(entry.kind).label),
            "round": entry.round.title if entry.round else None,
            "at": entry.at,
        }
        for entry in pages
    ]
    return [
        Holding(
            "ledger",
            gettext_lazy("信誉账本里"),
            gettext_lazy(
                "团长看得到是你，别的邻居只看到「一位邻居」。只记编号，注销后认不出是谁。"
            ),
            rows,
            (
                Column("group", gettext_lazy("群")),
                Column("said", gettext_lazy("记的事")),
                Column("round", gettext_lazy("团")),
                Column("at", gettext_lazy("时间"), "time"),
            ),
        )
    ]
