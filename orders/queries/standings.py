"""What is said of a merchant beside its name: its badge and the facts behind it (M7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from merchants.models import Application, ApplicationStatus
from merchants.queries.rated import Rated, rated_of


@dataclass(frozen=True, slots=True)
class Shop:
    """`facts`: rows of kind, how many in 360 days, weight; written by reputation."""

    band: str
    facts: list[list[Any]]
    rated: Rated


def standing_of(group_id: int, merchant_id: int) -> Shop:
    """Of one merchant; a new one where it has no standing here. One query."""
    rows = Application.objects.of_group(group_id).filter(merchant_id=merchant_id)
    row = rows.values_list("status", "band", "standing_facts", "rated").first()
    if row is None:
        return Shop("new", [], rated_of({}))
    return Shop(_badge(row[0], row[1]), row[2], rated_of(row[3]))


def bands_of(group_id: int, merchant_ids: set[int]) -> dict[int, str]:
    """Badge per merchant: its band, or `stop` while it is suspended (M7). One query."""
    rows = Application.objects.of_group(group_id).filter(merchant_id__in=merchant_ids)
    return {
        merchant_id: _badge(status, band)
        for merchant_id, status, band in rows.values_list("merchant_id", "status", "band")
    }


def _badge(status: str, band: str) -> str:
    return "stop" if status == ApplicationStatus.SUSPENDED else band
