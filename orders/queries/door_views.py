"""Who of the merchant looked at a member's door, for her to see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from orders.models import DoorView, Order

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Look:
    """The shop, who of it, and when."""

    brand: str
    who: str
    at: datetime


def looks_at(order: Order) -> list[Look]:
    """Looks at the door of this order, newest first. One query, and none where the goods are
    fetched: nobody could look."""
    if not order.round.to_the_door:
        return []
    looks = DoorView.objects.filter(order_id=order.pk).order_by("-pk")[:SHOWN]
    named = looks.values_list("round__merchant__brand", "seen_by__nickname", "seen_at")
    return [Look(*row) for row in named]
