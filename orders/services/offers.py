"""What a round sells: offers and their prices, taking stock and household shares (O2, O3, O6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from groups.models import Group
from merchants.models import Item
from orders.models import BasketLine, Offer, PriceTier, Round, SaleStop, TakenOffer
from tuangou.core import money
from tuangou.core.errors import DomainError, InvalidInput

Quantities = Mapping[int, Decimal]

LARGEST_QUANTITY = Decimal(99_999)


class SoldOut(DomainError):
    code = "sold_out"
    rule = "O4"


class SaleStopped(DomainError):
    """A complaint about unsafe food waits for its ruling."""

    code = "sale_stopped"
    rule = "R2"


class OverHouseholdLimit(DomainError):
    code = "over_household_limit"
    rule = "O3"


class UnknownOffer(InvalidInput):
    code = "unknown_offer"
    rule = "O3"


class BadQuantity(InvalidInput):
    code = "bad_quantity"
    rule = "O6"


class NotUnderStorePrice(DomainError):
    code = "not_under_store_price"
    rule = "O2"


class NoOffers(InvalidInput):
    code = "no_offers"
    rule = "O3"


class BadOffer(InvalidInput):
    code = "bad_offer"
    rule = "O3"


@dataclass(frozen=True, slots=True)
class TierSpec:
    from_quantity: Decimal
    price_fen: int


@dataclass(frozen=True, slots=True)
class OfferSpec:
    """One line of the form that opens a round; prices in fen, quantities in the item's unit."""

    item_id: int
    price_fen: int
    capacity: Decimal | None = None
    household_limit: Decimal | None = None
    minimum: Decimal | None = None
    tiers: Sequence[TierSpec] = field(default=())


def write_offers(rnd: Round, specs: Sequence[OfferSpec]) -> None:
    """Write the offers of a draft, with names, steps and store prices copied from the items.

    Raises NoOffers, BadOffer, NotUnderStorePrice.
    """
    if not specs:
        raise NoOffers(_("至少选一样货品，再保存。"), field="offers")
    items = Item.objects.filter(merchant_id=rnd.merchant_id, is_active=True).in_bulk(
        [spec.item_id for spec in specs]
    )
    if len(items) != len(specs):
        raise BadOffer(_("有货品不是这家的，或选了两次。核对货品。"), field="offers")
    offers = [
        Offer(
            group_id=rnd.group_id,
            round=rnd,
            item=items[spec.item_id],
            position=position,
            price_fen=spec.price_fen,
            minimum=spec.minimum,
            household_limit=spec.household_limit,
            capacity=spec.capacity,
            **_copied(items[spec.item_id]),
        )
        for position, spec in enumerate(specs, start=1)
    ]
    for offer, spec in zip(offers, specs, strict=True):
        _check_quantities(offer)
        _check_price(offer, margin_bp=0)
        _check_tiers(offer, spec.tiers)
    Offer.objects.bulk_create(offers)
    PriceTier.objects.bulk_create(
        PriceTier(
            group_id=rnd.group_id,
            offer=offer,
            from_quantity=tier.from_quantity,
            price_fen=tier.price_fen,
        )
        for offer, spec in zip(offers, specs, strict=True)
        for tier in spec.tiers
    )


def rewrite_offers(rnd: Round, specs: Sequence[OfferSpec]) -> None:
    """Replace the offers of a draft. Raises as write_offers."""
    PriceTier.objects.filter(offer__round_id=rnd.pk).delete()
    rnd.offers.all().delete()
    write_offers(rnd, specs)


def freeze_offers(group: Group, rnd: Round) -> None:
    """Copy names and store prices at opening, then check the group's margin (O2, O3).

    Raises BadOffer for goods taken off the list meanwhile, SaleStopped, NotUnderStorePrice. The
    caller holds the group, as whoever stops a sale does.
    """
    offers = list(rnd.offers.select_related("item").order_by("position"))
    stopped = SaleStop.objects.stopped_of(group.pk, [o.item_id for o in offers])
    for offer in offers:
        if offer.item_id in stopped:
            raise SaleStopped(
                _("%(name)s停售了：有邻居投诉吃了怕出事。换一样，再开团。") % {"name": offer.name},
                field="offers",
            )
        offer.stopped_at = None
        for name, value in _copied(offer.item).items():
            setattr(offer, name, value)
        if not offer.item.is_active:
            raise BadOffer(
                _("%(name)s下架了。换一样，再开团。") % {"name": offer.name}, field="offers"
            )
        _check_quantities(offer)
        _check_price(offer, margin_bp=group.min_discount_bp)
    Offer.objects.bulk_update(
        offers, ["name", "spec", "unit", "category", "step", "store_price_fen", "stopped_at"]
    )


def take_stock(
    round_id: int, quantities: Quantities, known: Quantities | None = None
) -> dict[int, TakenOffer]:
    """Take or give back stock of several offers, or name the first with too little.

    `known` is what the order holds already, so that the sentence counts it. Raises SoldOut,
    SaleStopped, UnknownOffer.
    """
    if not quantities:
        return {}
    offers = Offer.objects.take(round_id, quantities)
    missing = [i for i in quantities if i not in offers]
    if not missing:
        return offers
    rows = Offer.objects.of_round(round_id).in_bulk(missing)
    for offer_id in missing:
        if offer_id not in rows:
            raise UnknownOffer(_("选的货品不在这个团里。刷新页面再选。"))
    offer = rows[missing[0]]
    if offer.stopped_at is not None:
        raise SaleStopped(
            _("%(name)s停售了：有邻居投诉吃了怕出事。先减掉它再提交。") % {"name": offer.name},
            field=f"offer_{offer.pk}",
        )
    raise _sold_out(offer, held=(known or {}).get(offer.pk, Decimal(0)))


def check_steps(offers: Mapping[int, TakenOffer], wanted: Quantities) -> None:
    """Quantities go in the steps of the offer, from its minimum on (O6). Raises BadQuantity."""
    for offer_id, q in wanted.items():
        offer = offers[offer_id]
        if q % offer.step:
            raise BadQuantity(
                _("数量按 %(step)s 的倍数填。") % {"step": f"{offer.step.normalize():f}"},
                field=f"offer_{offer_id}",
            )
        if offer.minimum is not None and q < offer.minimum:
            raise BadQuantity(
                _("这样货至少订 %(minimum)s。") % {"minimum": f"{offer.minimum.normalize():f}"},
                field=f"offer_{offer_id}",
            )


def take_shares(
    group_id: int,
    household_id: int,
    offers: Mapping[int, TakenOffer],
    quantities: Quantities,
    known: Quantities | None = None,
) -> None:
    """Count limited offers on the household's rows; the CHECK refuses what goes over (O3).

    `known` is what the order holds already. Raises OverHouseholdLimit for the first offer over.
    """
    limits = {i: limit for i in quantities if (limit := offers[i].household_limit) is not None}
    if not limits:
        return
    shares = {i: quantities[i] for i in limits}
    try:
        with transaction.atomic():
            BasketLine.objects.take(
                group_id=group_id, household_id=household_id, quantities=shares, limits=limits
            )
    except IntegrityError as error:
        if "basket_within_household_limit" not in str(error):
            raise
        taken = dict(
            BasketLine.objects.filter(
                group_id=group_id, household_id=household_id, offer_id__in=limits
            ).values_list("offer_id", "taken")
        )
        left = {i: limits[i] - taken.get(i, Decimal(0)) for i in limits}
        over = next((i for i in sorted(limits) if shares[i] > left[i]), min(limits))
        held = (known or {}).get(over, Decimal(0))
        raise _over_limit(Offer.objects.get(pk=over), limits[over], left[over] + held) from error


def give_all_back(round_id: int) -> None:
    """No order of this round is left: nothing is taken any more. The caller holds the round."""
    Offer.objects.filter(round_id=round_id).update(taken=Decimal(0))
    BasketLine.objects.filter(offer__round_id=round_id).update(taken=Decimal(0))


def set_final_prices(round_id: int) -> dict[int, int]:
    """Set the lowest tier price that each offer reached, where one did: {offer id: fen} (O3)."""
    reached: dict[int, int] = {}
    for tier in PriceTier.objects.filter(offer__round_id=round_id).select_related("offer"):
        price = reached.get(tier.offer_id, tier.offer.price_fen)
        if tier.offer.taken >= tier.from_quantity and tier.price_fen < price:
            reached[tier.offer_id] = tier.price_fen
    for offer in Offer.objects.filter(pk__in=reached).order_by("pk"):
        offer.final_price_fen = reached[offer.pk]
        offer.save(update_fields=["final_price_fen"])
    return reached


def _copied(item: Item) -> dict[str, object]:
    return {
        "name": item.name,
        "spec": item.spec,
        "unit": item.unit,
        "category": item.category,
        "step": item.step,
        "store_price_fen": item.store_price_fen,
    }


def _check_quantities(offer: Offer) -> None:
    """Capacity, limit and minimum are quantities, and leave room for the smallest order."""
    for q in (offer.capacity, offer.household_limit, offer.minimum):
        if q is not None and not is_quantity(q):
            raise BadOffer(
                _("%(name)s的限量、限购和起订数要大于 0，最多三位小数。") % {"name": offer.name},
                field="offers",
            )
    smallest = max(offer.step, offer.minimum or offer.step)
    for q in (offer.capacity, offer.household_limit):
        if q is not None and q < smallest:
            raise BadOffer(
                _("%(name)s最少订 %(smallest)s%(unit)s，限量和限购不能更少。")
                % {
                    "name": offer.name,
                    "smallest": f"{smallest.normalize():f}",
                    "unit": offer.unit,
                },
                field="offers",
            )


def is_quantity(q: Decimal) -> bool:
    """Above zero, at most three decimals, not absurd."""
    return q.is_finite() and 0 < q <= LARGEST_QUANTITY and q == round(q, 3)


def _check_tiers(offer: Offer, tiers: Sequence[TierSpec]) -> None:
    """From more pieces on, less a piece: only ever downwards (O3)."""
    price, quantity = offer.price_fen, Decimal(0)
    for tier in sorted(tiers, key=lambda tier: tier.from_quantity):
        falling = 0 < tier.price_fen < price
        if not is_quantity(tier.from_quantity) or tier.from_quantity == quantity or not falling:
            raise BadOffer(
                _("%(name)s的阶梯价要越多越低。核对数量和价格。") % {"name": offer.name},
                field="offers",
            )
        price, quantity = tier.price_fen, tier.from_quantity


def _check_price(offer: Offer, margin_bp: int) -> None:
    """Group price above zero and under the store price, by at least the margin (O2, G1)."""
    if offer.price_fen <= 0:
        raise BadOffer(
            _("%(name)s的团价要大于 0。") % {"name": offer.name}, field=f"price_{offer.item_id}"
        )
    if offer.price_fen >= offer.store_price_fen:
        raise NotUnderStorePrice(
            _("%(name)s团价 ¥%(price)s 不低于店价 ¥%(store)s。改低一点。")
            % {
                "name": offer.name,
                "price": money.yuan(offer.price_fen),
                "store": money.yuan(offer.store_price_fen),
            },
            field=f"price_{offer.item_id}",
        )
    if offer.price_fen * 10_000 > offer.store_price_fen * (10_000 - margin_bp):
        raise NotUnderStorePrice(
            _("%(name)s团价 ¥%(price)s 太高，店价 ¥%(store)s。本群要求至少低 %(percent)s%%。")
            % {
                "name": offer.name,
                "price": money.yuan(offer.price_fen),
                "store": money.yuan(offer.store_price_fen),
                "percent": money.yuan(margin_bp).removesuffix(".00"),
            },
            field=f"price_{offer.item_id}",
        )


def _sold_out(offer: Offer, held: Decimal) -> SoldOut:
    left = (offer.left or Decimal(0)) + held
    field = f"offer_{offer.pk}"
    if left <= 0:
        return SoldOut(
            _("%(name)s抢完了。换一样，或减掉它再提交。") % {"name": offer.name}, field=field
        )
    return SoldOut(
        _("%(name)s只剩 %(left)s%(unit)s，改成 %(left)s%(unit)s 以内再提交。")
        % {"name": offer.name, "left": f"{left.normalize():f}", "unit": offer.unit},
        field=field,
    )


def _over_limit(offer: Offer, limit: Decimal, left: Decimal) -> OverHouseholdLimit:
    field = f"offer_{offer.pk}"
    words = {
        "name": offer.name,
        "limit": f"{limit.normalize():f}",
        "left": f"{left.normalize():f}",
        "unit": offer.unit,
    }
    if left <= 0:
        return OverHouseholdLimit(
            _("%(name)s每户限购 %(limit)s%(unit)s，你家已经订满。减掉它再提交。") % words,
            field=field,
        )
    return OverHouseholdLimit(
        _("%(name)s每户限购 %(limit)s%(unit)s，你家改成 %(left)s%(unit)s 以内再提交。") % words,
        field=field,
    )
