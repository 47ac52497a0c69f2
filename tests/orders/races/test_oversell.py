"""Fifty orders for the last ten portions sell exactly ten (O4). Any one guard is enough; none is
not. And whoever orders several offers at once never waits in a circle."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from threading import Barrier

import pytest
from django.db import IntegrityError, OperationalError, connection

from merchants.models import Merchant
from orders.models import Offer, Order, TakenOffer
from orders.models.offers import OfferQuerySet
from orders.services.offers import SoldOut
from tests.factories import make_round, offer_of
from tests.orders.races.rush import (
    CROWD,
    PORTIONS,
    Crowd,
    make_crowd,
    numbers,
    sold,
    without_check,
    without_condition,
    without_round_lock,
)
from tests.orders.support import amend, cancel, check_books, place
from tests.threads import together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]


def rush(crowd: Crowd, runs: int) -> None:
    for _ in range(runs):
        rnd = make_round(crowd.group, merchant=crowd_merchant(crowd), capacity=PORTIONS)
        outcomes = Counter(type(outcome) for outcome in crowd.order(rnd))
        assert outcomes == {Order: PORTIONS, SoldOut: CROWD - PORTIONS}
        assert sold(rnd) == offer_of(rnd).taken == PORTIONS
        assert numbers(rnd) == list(range(1, PORTIONS + 1)), "refusals leave no gap"
    check_books()


def crowd_merchant(crowd: Crowd) -> Merchant | None:
    """All rounds of one merchant: many may close on one day."""
    earlier = Offer.objects.filter(group=crowd.group).select_related("item__merchant").first()
    return earlier.item.merchant if earlier else None


def test_fifty_orders_for_ten_portions_sell_ten():
    rush(make_crowd(), runs=5)


@pytest.mark.soak
def test_fifty_orders_for_ten_portions_sell_ten_thirty_times():
    rush(make_crowd(), runs=30)


def test_twin_without_any_guard_it_oversells_every_time(monkeypatch):
    crowd = make_crowd()
    without_round_lock(monkeypatch)
    without_check()
    for _ in range(3):
        without_condition(monkeypatch, Barrier(CROWD, timeout=60))
        rnd = make_round(crowd.group, merchant=crowd_merchant(crowd), capacity=PORTIONS)
        assert Counter(map(type, crowd.order(rnd))) == {Order: CROWD}
        assert sold(rnd) == CROWD > PORTIONS


@pytest.mark.parametrize(
    "off",
    ["lock", "condition", "check", "lock and condition", "lock and check", "condition and check"],
)
def test_what_is_left_of_the_guards_still_holds(monkeypatch, off):
    """Without lock and condition the CHECK alone decides: nothing is oversold, but those who lose
    get an error instead of a sentence. That is why there are three."""
    crowd = make_crowd()
    if "lock" in off:
        without_round_lock(monkeypatch)
    if "condition" in off:
        barrier = Barrier(CROWD, timeout=60) if off == "lock and condition" else None
        without_condition(monkeypatch, barrier)
    if "check" in off:
        without_check()
    rnd = make_round(crowd.group, capacity=PORTIONS)
    outcomes = Counter(map(type, crowd.order(rnd)))
    refusal = IntegrityError if off == "lock and condition" else SoldOut
    assert outcomes == {Order: PORTIONS, refusal: CROWD - PORTIONS}
    assert sold(rnd) == offer_of(rnd).taken == PORTIONS


def test_placing_amending_and_cancelling_at_once_keep_the_stock():
    crowd = make_crowd(24)
    rnd = make_round(crowd.group, capacity=20)
    offer = offer_of(rnd).pk
    held = [place(rnd, member, {offer: Decimal(1)}) for member in crowd.members[:12]]
    acts = [
        *(partial(cancel, order) for order in held[:4]),
        *(partial(amend, order, {offer: Decimal(3)}) for order in held[4:8]),
        *(partial(amend, order, {offer: Decimal("0.5")}) for order in held[8:]),
        *(partial(place, rnd, member, {offer: Decimal(2)}) for member in crowd.members[12:]),
    ]
    for outcome in together(random.sample(acts, len(acts))):
        assert isinstance(outcome, Order | SoldOut)
    assert sold(rnd) == offer_of(rnd).taken <= 20
    check_books()


# Several offers in one order


def basket(offers: list[int]) -> dict[int, Decimal]:
    return dict.fromkeys(random.sample(offers, 3), Decimal(1))


@pytest.mark.parametrize("locked", [True, False], ids=["with round lock", "without round lock"])
def test_three_of_five_offers_in_any_order_never_deadlock(monkeypatch, locked):
    """Sorted locks are enough even where the round's lock does not queue them."""
    crowd = make_crowd(32)
    if not locked:
        without_round_lock(monkeypatch)
    rnd = make_round(crowd.group, offers=5, household_limit=50)
    offers = list(rnd.offers.values_list("pk", flat=True))
    for _ in range(2):
        acts = [partial(place, rnd, member, basket(offers)) for member in crowd.members]
        assert Counter(map(type, together(acts))) == {Order: len(acts)}
    assert sold(rnd) == 2 * 3 * len(crowd.members)
    if locked:
        check_books()


def test_twin_unsorted_and_without_the_round_lock_they_do(monkeypatch):
    """Two orders, the same two offers the other way round, each holding its first."""
    crowd = make_crowd(2)
    without_round_lock(monkeypatch)
    rnd = make_round(crowd.group, offers=2)
    one, two = (offer.pk for offer in rnd.offers.order_by("pk"))
    first_held = Barrier(2, timeout=30)

    def one_by_one(
        self: OfferQuerySet, round_id: int, quantities: Mapping[int, Decimal]
    ) -> dict[int, TakenOffer]:
        backwards = one in quantities and quantities[one] == 2
        for offer_id in sorted(quantities, reverse=backwards):
            with connection.cursor() as cursor:
                cursor.execute(
                    "update orders_offer set taken = taken + 1 where id = %s", [offer_id]
                )
            if offer_id == (two if backwards else one):
                first_held.wait()
        rows = Offer.objects.in_bulk(list(quantities))
        return {i: TakenOffer(i, o.price_fen, o.step, None, None) for i, o in rows.items()}

    monkeypatch.setattr(OfferQuerySet, "take", one_by_one)
    forwards, backwards = {one: Decimal(1), two: Decimal(1)}, {one: Decimal(2), two: Decimal(1)}
    outcomes = together(
        [
            partial(place, rnd, crowd.members[0], forwards),
            partial(place, rnd, crowd.members[1], backwards),
        ]
    )
    errors = [outcome for outcome in outcomes if isinstance(outcome, OperationalError)]
    assert [getattr(error.__cause__, "pgcode", "") for error in errors] == ["40P01"]
