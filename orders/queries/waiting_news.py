"""What the news of the waiting list and of passed-on bags needs: for handlers, one query each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, TextField
from django.db.models.functions import Cast, JSONObject

from orders.models import Leftover, OrderLine, Round, WaitlistEntry


@dataclass(frozen=True, slots=True)
class StillWaiting:
    """A member and what she waits for: name, quantity and unit; `user_id` 0: no account."""

    user_id: int
    round: Round
    goods: dict[str, Any]


def still_waiting(round_id: int) -> list[StillWaiting]:
    """Everybody with an account who waits for something of a round; once each."""
    entries = (
        WaitlistEntry.objects.waiting()
        .filter(round_id=round_id, member__user_id__isnull=False)
        .select_related("round__group", "member", "offer")
        .order_by("pk")
    )
    found: dict[int, StillWaiting] = {}
    for entry in entries:
        one = _of(entry)
        found.setdefault(one.user_id, one)
    return list(found.values())


def taken_off(entry_id: int) -> StillWaiting:
    """Who was taken off the list, and what she waited for."""
    return _of(
        WaitlistEntry.objects.select_related("round__group", "member", "offer").get(pk=entry_id)
    )


def _of(entry: WaitlistEntry) -> StillWaiting:
    goods = {"name": entry.offer.name, "quantity": f"{entry.quantity}", "unit": entry.offer.unit}
    return StillWaiting(entry.member.user_id or 0, entry.round, goods)


@dataclass(frozen=True, slots=True)
class LeftoverNews:
    """A bag that went to somebody else; `goods`: name, quantity and unit of what was left."""

    round: Round
    order_id: int
    owner_id: int | None
    taker_id: int | None
    goods: list[dict[str, str]]
    paid_fen: int
    until: datetime | None = None
    note: str = ""


def leftover_news(leftover_id: int) -> LeftoverNews:
    lines = OrderLine.objects.filter(
        group_id=OuterRef("group_id"),
        order_id=OuterRef("order_id"),
        billed_quantity__gt=F("collected_quantity"),
    )
    goods = JSONObject(
        name="offer__name",
        quantity=Cast(F("billed_quantity") - F("collected_quantity"), TextField()),
        unit="offer__unit",
    )
    row: Any = (
        Leftover.objects.select_related("order__round__group", "order__member", "taker")
        .annotate(goods=ArraySubquery(lines.order_by("offer__position", "pk").values(data=goods)))
        .get(pk=leftover_id)
    )
    return LeftoverNews(
        round=row.order.round,
        order_id=row.order_id,
        owner_id=row.order.member.user_id,
        taker_id=row.taker.user_id if row.taker else None,
        goods=row.goods,
        paid_fen=row.paid_fen,
        until=row.until,
        note=row.note,
    )
