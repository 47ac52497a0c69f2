"""What the form that opens a round needs: merchants, goods, the last round to copy (O2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from groups.models import Group, PickupPoint
from merchants.models import Application, ApplicationStatus, Item
from merchants.queries.items import with_claims
from merchants.queries.witnesses import Claim, claim_of
from orders.models import Offer, PriceTier, Round, RoundStatus
from orders.queries.standings import bands_of
from tuangou.core.templatetags.times import weekday


@dataclass(frozen=True, slots=True)
class MerchantChoice:
    """An approved merchant, and its last round that could be copied."""

    id: int
    brand: str
    band: str
    last_round_id: int | None
    last_title: str
    last_cut_off_at: datetime | None


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One item of the merchant in the form; `last_price_fen` is the price of the copied round."""

    id: int
    name: str
    spec: str
    unit: str
    step: Decimal
    category: str
    store_price_fen: int
    claim: Claim
    chosen: bool
    price_fen: int | None
    last_price_fen: int | None
    capacity: Decimal | None
    household_limit: Decimal | None
    minimum: Decimal | None
    tier_from: Decimal | None
    tier_fen: int | None


@dataclass(frozen=True, slots=True)
class Start:
    """What the form starts with: all of the copied round but two dates, or an empty one."""

    merchant_id: int
    brand: str
    band: str
    title: str
    note: str
    cut_off_at: datetime
    pickup_from: datetime
    pickup_until: datetime
    pickup_point_id: int | None
    minimum_households: int | None
    minimum_fen: int | None
    payee: str
    to_the_door: bool
    items: list[ItemRow]
    copied: Round | None


def merchant_choices(group_id: int) -> list[MerchantChoice]:
    """Merchants that may open a round now, the one with the latest round first. Three queries."""
    applications = (
        Application.objects.of_group(group_id)
        .filter(status=ApplicationStatus.APPROVED)
        .select_related("merchant")
    )
    last: dict[int, Round] = {}
    for rnd in (
        Round.objects.of_group(group_id)
        .exclude(status__in=(RoundStatus.DRAFT, RoundStatus.CANCELLED))
        .order_by("merchant_id", "-cut_off_at", "-pk")
        .distinct("merchant_id")
    ):
        last[rnd.merchant_id] = rnd
    choices = [_choice(a, last.get(a.merchant_id)) for a in applications]
    return sorted(choices, key=lambda c: (c.last_cut_off_at is None, _newest(c), c.brand))


def _newest(choice: MerchantChoice) -> float:
    return -choice.last_cut_off_at.timestamp() if choice.last_cut_off_at else 0.0


def _choice(application: Application, last: Round | None) -> MerchantChoice:
    return MerchantChoice(
        id=application.merchant_id,
        brand=application.merchant.brand,
        band=application.band,
        last_round_id=last.pk if last else None,
        last_title=last.title if last else "",
        last_cut_off_at=last.cut_off_at if last else None,
    )


def start_of(
    group: Group, merchant_id: int, brand: str, *, at: datetime, source: Round | None
) -> Start:
    """The form as it opens: copied from `source` with the times moved on, or filled with habits."""
    offers = (
        {o.item_id: o for o in Offer.objects.filter(round=source).order_by("position")}
        if source
        else {}
    )
    tiers = {
        t.offer_id: t
        for t in PriceTier.objects.filter(offer__round=source).order_by("-from_quantity")
    }
    active = Item.objects.filter(merchant_id=merchant_id, is_active=True)
    items = with_claims(active, group.pk).order_by("name", "pk")
    rows = [_item_row(item, offers.get(item.pk), tiers, group.time_zone) for item in items]
    rows.sort(key=lambda row: not row.chosen)
    cut_off, pickup_from, pickup_until = _times(group, at, source)
    point = PickupPoint.objects.filter(group=group, is_active=True).order_by("pk").first()
    return Start(
        merchant_id=merchant_id,
        brand=brand,
        band=bands_of(group.pk, {merchant_id}).get(merchant_id, "new"),
        title=source.title if source else title_for(brand, group.local(pickup_from).date()),
        note=source.note if source else "",
        cut_off_at=cut_off,
        pickup_from=pickup_from,
        pickup_until=pickup_until,
        pickup_point_id=source.pickup_point_id if source else (point.pk if point else None),
        minimum_households=source.minimum_households if source else None,
        minimum_fen=source.minimum_fen if source else None,
        payee=source.payee if source else "initiator",
        to_the_door=source.to_the_door if source else False,
        items=rows,
        copied=source,
    )


def title_for(brand: str, pickup: date) -> str:
    """What a round is called until somebody finds a better name: the shop and the weekday on which
    it is fetched, which stays right when the round is copied by whole weeks."""
    return _("%(weekday)s%(brand)s团") % {"brand": brand, "weekday": weekday(pickup)}


def _item_row(item: Any, offer: Offer | None, tiers: dict[int, PriceTier], zone: str) -> ItemRow:
    tier = tiers.get(offer.pk) if offer else None
    price, store = offer.price_fen if offer else None, item.store_price_fen
    return ItemRow(
        id=item.pk,
        name=item.name,
        spec=item.spec,
        unit=item.unit,
        step=item.step,
        category=item.category,
        store_price_fen=item.store_price_fen,
        claim=claim_of(item.seen, zone=zone, price_fen=price, store_fen=store),
        chosen=offer is not None,
        price_fen=price,
        last_price_fen=price,
        capacity=offer.capacity if offer else None,
        household_limit=offer.household_limit if offer else None,
        minimum=offer.minimum if offer else None,
        tier_from=tier.from_quantity if tier else None,
        tier_fen=tier.price_fen if tier else None,
    )


def _times(group: Group, at: datetime, source: Round | None) -> tuple[datetime, datetime, datetime]:
    """Cut-off and pick-up window: those of the copied round moved on by whole weeks into the
    future; else tomorrow 20:00, and 17:00–19:00 the day after. Wall-clock times stay the same."""
    if source is None:
        tomorrow = group.local(at) + timedelta(days=1)
        cut_off = tomorrow.replace(hour=20, minute=0, second=0, microsecond=0)
        pickup = (cut_off + timedelta(days=1)).replace(hour=17)
        return cut_off, pickup, pickup.replace(hour=19)
    moments = [group.local(m) for m in (source.cut_off_at, source.pickup_from, source.pickup_until)]
    soonest = at + timedelta(hours=1)
    weeks = max(0, -((moments[0] - soonest) // timedelta(weeks=1)))
    cut_off, start, until = (m + timedelta(weeks=weeks) for m in moments)
    return cut_off, start, until


def pickup_points(group_id: int) -> list[tuple[int, str]]:
    """Choices for the form: id and name. One query."""
    return list(
        PickupPoint.objects.filter(group_id=group_id, is_active=True)
        .order_by("name")
        .values_list("pk", "name")
    )


def last_counted_round(group_id: int, merchant_id: int) -> Round | None:
    """The merchant's latest round here that was opened: the one that copying means."""
    return (
        Round.objects.of_group(group_id)
        .filter(merchant_id=merchant_id)
        .exclude(status=RoundStatus.DRAFT)
        .order_by("-cut_off_at", "-pk")
        .first()
    )
