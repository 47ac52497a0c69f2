"""Goods as pages show them, with the newest witness of the store price (M6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.core.files.storage import default_storage
from django.db.models import OuterRef, QuerySet

from merchants.models import Item, PriceWitness, ProcessPhoto
from merchants.queries.witnesses import STALE_AFTER, Claim, claim_of, seen_of
from tuangou.core.models import Event

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Sighting:
    """Who saw the store price, where and when; `stale` after 14 days."""

    price_fen: int
    place: str
    seen_at: datetime
    who: str
    stale: bool


@dataclass(frozen=True, slots=True)
class ItemCard:
    """`claim`: what may be said of the store price, and of what the group saves; `process`:
    addresses of the pictures of how it is made (M6)."""

    item: Item
    sighting: Sighting | None
    claim: Claim
    process: list[str]


@dataclass(frozen=True, slots=True)
class Shelf:
    cards: list[ItemCard]
    page: int
    has_more: bool


def shelf_of(
    merchant_id: int,
    *,
    group_id: int,
    zone: str,
    at: datetime,
    all_goods: bool = False,
    page: int = 1,
) -> Shelf:
    """A merchant's goods with what this group's members saw, by category and name; 50 a page.

    `all_goods`: with those off the shelf, for who keeps them. Two queries.
    """
    rows = Item.objects.filter(merchant_id=merchant_id)
    if not all_goods:
        rows = rows.filter(is_active=True)
    start = (page - 1) * SHOWN
    rows = with_process(with_claims(rows, group_id)).order_by(
        "-is_active", "category", "name", "pk"
    )
    items = list(rows[start : start + SHOWN + 1])
    seen = sightings_of(group_id, [item.pk for item in items[:SHOWN]], at)
    cards = [ItemCard(i, seen.get(i.pk), claim_on(i, zone), process_of(i)) for i in items[:SHOWN]]
    return Shelf(cards, page, len(items) > SHOWN)


def with_claims(rows: QuerySet[Item], group_id: int) -> QuerySet[Item]:
    """Goods with what `claim_on` reads."""
    return rows.annotate(seen=seen_of(item="pk", price="store_price_fen", group_id=group_id))


def claim_on(item: Any, zone: str) -> Claim:
    """What may be said of goods of `with_claims`: of the price the shop offers to groups."""
    price, store = item.group_price_fen, item.store_price_fen
    return claim_of(item.seen, zone=zone, price_fen=price, store_fen=store)


def with_process(rows: QuerySet[Item]) -> QuerySet[Item]:
    """Goods with what `process_of` reads; no query more."""
    shown = ProcessPhoto.objects.filter(item_id=OuterRef("pk")).order_by("position")
    return rows.annotate(process=ArraySubquery(shown.values("photo")))


def process_of(item: Any) -> list[str]:
    """Addresses of the pictures of how goods of `with_process` are made."""
    return [default_storage.url(name) for name in item.process]


def process_photos(item_id: int) -> list[ProcessPhoto]:
    """The same pictures, for who keeps them. One query."""
    return list(ProcessPhoto.objects.filter(item_id=item_id).order_by("position"))


def claim_of_item(item: Item, *, group_id: int, zone: str) -> Claim:
    """As `claim_on`, for goods at hand. One query."""
    return claim_on(with_claims(Item.objects.filter(pk=item.pk), group_id).get(), zone)


def sightings_of(group_id: int, item_ids: list[int], at: datetime) -> dict[int, Sighting]:
    """The newest witness of each of these goods in a group. One query."""
    newest = (
        PriceWitness.objects.filter(group_id=group_id, item_id__in=item_ids)
        .select_related("witness__household__building")
        .order_by("item_id", "-seen_at", "-pk")
        .distinct("item_id")
    )
    return {
        row.item_id: Sighting(
            price_fen=row.price_fen,
            place=row.place,
            seen_at=row.seen_at,
            who=row.witness.masked_name,
            stale=at - row.seen_at > STALE_AFTER,
        )
        for row in newest
    }


def item_made_by(merchant_id: int, request_id: UUID) -> Item:
    """The item that this request added: its event carries the request. One query."""
    made = Event.objects.filter(
        group_id=None, kind="item.added", data__request=str(request_id), data__merchant=merchant_id
    )
    return Item.objects.get(merchant_id=merchant_id, pk__in=made.values("subject_id"))
