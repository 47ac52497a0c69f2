"""What a draft may offer, and the margin under the store price (O2, O3)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groups.models import Group
from merchants.models import Item, Merchant
from orders.models import Offer, Round
from orders.services.offers import (
    BadOffer,
    NoOffers,
    NotUnderStorePrice,
    OfferSpec,
    TierSpec,
    _check_price,
)
from orders.services.openings import draft_round, open_round
from tests.factories import (
    NOON,
    initiator_of,
    make_group,
    make_initiator,
    make_item,
    make_merchant,
    make_round,
    offer_of,
)
from tests.orders.support import check_books, moment, refused, spec_for


@pytest.fixture
def group(db: None) -> Group:
    group = make_group()
    make_initiator(group)
    return group


@pytest.fixture
def merchant(group: Group) -> Merchant:
    return make_merchant(group)


@pytest.fixture
def item(merchant: Merchant) -> Item:
    """¥45.00 in the store, by half 斤."""
    return make_item(merchant)


def draft(group: Group, item: Item, *offers: OfferSpec) -> Round:
    with moment(NOON):
        rnd = draft_round(
            group_id=group.pk,
            actor_id=initiator_of(group).pk,
            merchant_id=item.merchant_id,
            spec=spec_for(group, *offers),
        )
    check_books()
    return rnd


def offering(item: Item, quantities: Mapping[str, str]) -> OfferSpec:
    fields: dict[str, Any] = {name: Decimal(q) for name, q in quantities.items()}
    return OfferSpec(item.pk, 3800, **fields)


def test_a_draft_offers_something(group, item):
    with refused(NoOffers):
        draft(group, item)


def test_an_item_is_offered_once_and_by_its_own_merchant(group, item):
    foreign = make_item(make_merchant(group, "别家"))
    gone = make_item(item.merchant, is_active=False)
    for pair in ([item, item], [item, foreign], [item, gone]):
        with refused(BadOffer, field="offers"):
            draft(group, item, *(OfferSpec(each.pk, 3800) for each in pair))


@pytest.mark.parametrize("price", [0, -1, -4500])
def test_a_price_is_above_zero(group, item, price):
    with refused(BadOffer, "大于 0", field=f"price_{item.pk}"):
        draft(group, item, OfferSpec(item.pk, price))


@pytest.mark.parametrize("price", [4500, 4501, 10**9])
def test_even_a_draft_is_under_the_store_price(group, item, price):
    with refused(NotUnderStorePrice, "店价 ¥45.00", field=f"price_{item.pk}"):
        draft(group, item, OfferSpec(item.pk, price))


@pytest.mark.parametrize("name", ["capacity", "household_limit", "minimum"])
@pytest.mark.parametrize("quantity", ["0", "-1", "0.0001", "NaN", "Infinity", "100000"])
def test_quantities_of_an_offer_are_quantities(group, item, name, quantity):
    with refused(BadOffer, "大于 0"):
        draft(group, item, offering(item, {name: quantity}))


@pytest.mark.parametrize(
    ("fields", "ok"),
    [
        ({"capacity": "0.4"}, False),
        ({"capacity": "0.5"}, True),
        ({"household_limit": "0.4"}, False),
        ({"capacity": "2", "minimum": "2.5"}, False),
        ({"household_limit": "2", "minimum": "2.5"}, False),
        ({"capacity": "2.5", "household_limit": "2.5", "minimum": "2.5"}, True),
    ],
)
def test_the_smallest_order_fits(group, item, fields, ok):
    """What nobody could ever order is refused when it is offered."""
    offer = offering(item, fields)
    if ok:
        draft(group, item, offer)
    else:
        with refused(BadOffer, "最少订"):
            draft(group, item, offer)


@pytest.mark.parametrize(
    "tiers",
    [
        [(8, 3800)],
        [(8, 3900)],
        [(8, 0)],
        [(8, -5)],
        [(0, 3500)],
        [(-1, 3500)],
        [(8, 3500), (8, 3400)],
        [(8, 3500), (16, 3500)],
        [(8, 3400), (16, 3500)],
        [(16, 3600), (8, 3500)],
    ],
)
def test_tiers_go_down_only(group, item, tiers):
    specs = [TierSpec(Decimal(q), fen) for q, fen in tiers]
    with refused(BadOffer, "越多越低"):
        draft(group, item, OfferSpec(item.pk, 3800, tiers=specs))


def test_tiers_may_be_written_in_any_order(group, item):
    specs = [TierSpec(Decimal(16), 3400), TierSpec(Decimal(8), 3500)]
    rnd = draft(group, item, OfferSpec(item.pk, 3800, tiers=specs))
    assert offer_of(rnd).tiers.count() == 2


# The margin of the group, in basis points


@pytest.mark.parametrize(
    ("store", "margin_bp", "highest"),
    [(10_000, 300, 9700), (4500, 300, 4365), (999, 300, 969), (101, 1, 100), (100, 0, 99)],
)
def test_the_margin_holds_to_the_fen(group, merchant, store, margin_bp, highest):
    Group.objects.filter(pk=group.pk).update(min_discount_bp=margin_bp)
    item = make_item(merchant, store_price_fen=store)
    good = draft(group, item, OfferSpec(item.pk, highest))
    with moment(NOON):
        open_round(round_id=good.pk, actor_id=good.initiator_id)
    if highest + 1 < store:
        bad = draft(group, item, OfferSpec(item.pk, highest + 1))
        with moment(NOON), refused(NotUnderStorePrice, field=f"price_{item.pk}"):
            open_round(round_id=bad.pk, actor_id=bad.initiator_id)


@given(
    store=st.integers(2, 10**8 - 1),
    price=st.integers(1, 10**8),
    margin_bp=st.integers(0, 9000),
)
def test_the_margin_is_exact(store, price, margin_bp):
    """Never by a rounded ceiling: price × 10,000 ≤ store × (10,000 − margin), in integers."""
    offer = Offer(name="牛腩", item_id=1, price_fen=price, store_price_fen=store)
    allowed = price < store and price * 10_000 <= store * (10_000 - margin_bp)
    try:
        _check_price(offer, margin_bp=margin_bp)
    except NotUnderStorePrice:
        assert not allowed
    else:
        assert allowed


def test_opening_asks_the_store_price_of_that_moment(group, item):
    rnd = draft(group, item, OfferSpec(item.pk, 3800))
    Item.objects.filter(pk=item.pk).update(store_price_fen=3850)
    with moment(NOON), refused(NotUnderStorePrice, "店价 ¥38.50", "3%"):
        open_round(round_id=rnd.pk, actor_id=rnd.initiator_id)
    assert offer_of(rnd).store_price_fen == 4500
    Item.objects.filter(pk=item.pk).update(store_price_fen=4000)
    with moment(NOON):
        open_round(round_id=rnd.pk, actor_id=rnd.initiator_id)
    assert offer_of(rnd).store_price_fen == 4000


def test_goods_taken_off_the_list_do_not_open(group, item):
    rnd = draft(group, item, OfferSpec(item.pk, 3800))
    Item.objects.filter(pk=item.pk).update(is_active=False)
    with moment(NOON), refused(BadOffer, "下架"):
        open_round(round_id=rnd.pk, actor_id=rnd.initiator_id)


def test_a_step_that_grew_meanwhile_may_no_longer_fit(group, item):
    rnd = draft(group, item, OfferSpec(item.pk, 3800, capacity=Decimal("0.5")))
    Item.objects.filter(pk=item.pk).update(step=Decimal(1))
    with moment(NOON), refused(BadOffer, "最少订 1"):
        open_round(round_id=rnd.pk, actor_id=rnd.initiator_id)


def test_offers_stand_in_the_order_of_the_form(group, merchant):
    rnd = make_round(group, merchant=merchant, offers=3)
    assert list(Offer.objects.of_round(rnd.pk).values_list("position", flat=True)) == [1, 2, 3]
