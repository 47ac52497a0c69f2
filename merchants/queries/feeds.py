"""Merchants and goods as the API lists them: by key, so many at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Subquery

from merchants.models import Agreement, Application, Item
from merchants.queries.applications import SELLING, found_by
from merchants.queries.items import (
    Sighting,
    claim_on,
    process_of,
    sightings_of,
    with_claims,
    with_process,
)
from merchants.queries.witnesses import Claim
from tuangou.core.feeds import Feed, feed


@dataclass(frozen=True, slots=True)
class MerchantCard:
    """A merchant in a group. `id` is the merchant's; commission in basis points."""

    id: int
    brand: str
    kind: str
    stores: int
    status: str
    band: str
    since: datetime | None
    commission_bp: int | None


@dataclass(frozen=True, slots=True)
class GoodsCard:
    item: Item
    sighting: Sighting | None
    claim: Claim

    @property
    def photo(self) -> str:
        return self.item.photo.url if self.item.photo else ""

    @property
    def process_photos(self) -> list[str]:
        return process_of(self.item)


def merchants_feed(
    group_id: int, *, at: datetime, after: int | None, limit: int, query: str = ""
) -> Feed[MerchantCard]:
    """Who sells here, suspended ones too, in the order they came. One query."""
    rows = found_by(Application.objects.of_group(group_id).filter(status__in=SELLING), query)
    agreed = Agreement.objects.filter(application=OuterRef("pk"), group_id=OuterRef("group_id"))
    now = agreed.filter(valid_from__lte=at).order_by("-valid_from", "-pk")
    listed = rows.select_related("merchant").annotate(
        since=Subquery(agreed.order_by("valid_from", "pk").values("valid_from")[:1]),
        commission=Subquery(now.values("commission_bp")[:1]),
    )
    return feed(listed, after=after, limit=limit, newest_first=False).of(_card)


def merchant_card(application: Application, agreements: list[Agreement], at: datetime) -> Any:
    """One merchant, from what its page has read already. No query."""
    in_force = next((row for row in agreements if row.valid_from <= at), None)
    application.since = agreements[-1].valid_from if agreements else None  # type: ignore[attr-defined]
    application.commission = in_force.commission_bp if in_force else None  # type: ignore[attr-defined]
    return _card(application)


def _card(application: Any) -> MerchantCard:
    merchant = application.merchant
    stopped = application.status == "suspended"
    return MerchantCard(
        id=merchant.pk,
        brand=merchant.brand,
        kind=merchant.kind,
        stores=merchant.stores,
        status=application.status,
        band="stop" if stopped else application.band,
        since=application.since,
        commission_bp=application.commission,
    )


def items_feed(
    merchant_id: int,
    *,
    group_id: int,
    zone: str,
    at: datetime,
    after: int | None,
    limit: int,
    all_goods: bool = False,
) -> Feed[GoodsCard]:
    """A merchant's goods with what this group's members saw; `all_goods`: off the shelf too.

    Two queries.
    """
    rows = Item.objects.filter(merchant_id=merchant_id)
    if not all_goods:
        rows = rows.filter(is_active=True)
    found = feed(
        with_process(with_claims(rows, group_id)), after=after, limit=limit, newest_first=False
    )
    seen = sightings_of(group_id, [item.pk for item in found.rows], at)
    return found.of(lambda item: GoodsCard(item, seen.get(item.pk), claim_on(item, zone)))


def goods_card(item: Item, *, group_id: int, zone: str, at: datetime) -> GoodsCard:
    """One thing as the list shows it. Two queries."""
    seen = sightings_of(group_id, [item.pk], at).get(item.pk)
    found = with_process(with_claims(Item.objects.filter(pk=item.pk), group_id)).get()
    return GoodsCard(found, seen, claim_on(found, zone))
