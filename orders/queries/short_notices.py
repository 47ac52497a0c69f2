"""What merchants said will be missing, before it arrives (O9)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from groups.queries.notices import officer_accounts
from orders.models import Round, ShortNotice


@dataclass(frozen=True, slots=True)
class SaidShort:
    """What holds now of one offer."""

    round_id: int
    offer_id: int
    name: str
    unit: str
    quantity: Decimal
    note: str
    said_at: datetime


def shortages_of(round_ids: Iterable[int]) -> list[SaidShort]:
    """What holds now, without what was taken back, by round and place in it. One query."""
    newest = (
        ShortNotice.objects.filter(round_id__in=list(round_ids))
        .order_by("offer_id", "-number")
        .distinct("offer_id")
        .select_related("offer")
    )
    found = [notice for notice in newest if notice.quantity]
    found.sort(key=lambda notice: (notice.round_id, notice.offer.position, notice.offer_id))
    return [
        SaidShort(
            round_id=notice.round_id,
            offer_id=notice.offer_id,
            name=notice.offer.name,
            unit=notice.offer.unit,
            quantity=notice.quantity,
            note=notice.note,
            said_at=notice.said_at,
        )
        for notice in found
    ]


def said_short(round_id: int) -> dict[int, Decimal]:
    """{offer id: how much}; offers of which nothing will be missing are left out. One query."""
    return {said.offer_id: said.quantity for said in shortages_of([round_id])}


@dataclass(frozen=True, slots=True)
class SaidShortNews:
    """What was said at one time; `goods`: name, unit, how much, whether it is enough after all."""

    round: Round
    officer_ids: set[int]
    goods: list[dict[str, Any]]


def said_short_news(round_id: int, number: int) -> SaidShortNews:
    """For the officers' notice. Two statements."""
    rows = list(
        ShortNotice.objects.filter(round_id=round_id, number=number)
        .select_related("offer", "round__group")
        .order_by("offer__position", "offer_id")
    )
    rnd = rows[0].round
    goods = [
        {
            "name": row.offer.name,
            "unit": row.offer.unit,
            "short": f"{row.quantity}",
            "enough": not row.quantity,
        }
        for row in rows
    ]
    return SaidShortNews(rnd, officer_accounts(rnd.group_id), goods)
