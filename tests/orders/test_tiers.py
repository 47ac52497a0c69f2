"""Pooled price tiers (O3): reached together, for everyone, only ever downwards."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from groups.models import Group, Membership
from orders.models import Offer, OrderLine, Round
from tests.factories import NOON, make_group, make_initiator, make_member, offer_of
from tests.orders.support import (
    balance,
    cancel,
    check_books,
    closed_at_cut_off,
    half_up,
    moment,
    opened,
    ordered,
    place,
)


@pytest.fixture
def group(db: None) -> Group:
    group = make_group()
    make_initiator(group)
    return group


@pytest.fixture
def people(group: Group) -> list[Membership]:
    return [make_member(group) for _ in range(3)]


def prices(rnd: Round) -> list[tuple[int, int | None]]:
    lines = OrderLine.objects.filter(order__round=rnd).order_by("order_id")
    return list(lines.values_list("unit_price_fen", "final_unit_price_fen"))


@pytest.mark.parametrize(
    ("quantities", "final"),
    [
        (["4", "3.5"], None),
        (["4", "4"], 3500),
        (["4", "4", "7.5"], 3500),
        (["4", "4", "8"], 3200),
        (["90", "0.5", "1"], 3200),
    ],
)
def test_the_tier_that_all_reached_together_holds_for_all(group, people, quantities, final):
    rnd = opened(group, tiers={8: 3500, 16: 3200})
    orders = [ordered(rnd, m, q) for m, q in zip(people, quantities, strict=False)]
    closed_at_cut_off(rnd)
    assert prices(rnd) == [(3800, final)] * len(orders)
    assert offer_of(rnd).final_price_fen == final
    price = final or 3800
    for order, quantity in zip(orders, quantities, strict=True):
        assert balance("member", order=order) == half_up(Fraction(quantity) * price)
        assert order.history.filter(kind="repriced").count() == (1 if final else 0)
    check_books()


def test_what_was_cancelled_does_not_count(group, people):
    rnd = opened(group, tiers={8: 3500})
    ordered(rnd, people[0], 4)
    gone = ordered(rnd, people[1], 4)
    with moment(NOON):
        cancel(gone)
    closed_at_cut_off(rnd)
    assert offer_of(rnd).final_price_fen is None
    assert balance("member", order=gone) == 0
    check_books()


def test_each_offer_has_its_own_tiers(group, people):
    rnd = opened(group, offers=2, tiers={8: 3500})
    one, two = offer_of(rnd, 1), offer_of(rnd, 2)
    with moment(NOON):
        both = place(rnd, people[0], {one.pk: Decimal(8), two.pk: Decimal(2)})
        other = place(rnd, people[1], {two.pk: Decimal(2)})
    closed_at_cut_off(rnd)
    assert balance("member", order=both) == 8 * 3500 + 2 * 3800
    assert balance("member", order=other) == 2 * 3800
    assert other.history.count() == 1
    history = both.history.get(kind="repriced")
    assert (history.before, history.after) == ({str(one.pk): 3800}, {str(one.pk): 3500})
    check_books()


def test_the_minimum_is_reached_by_ordered_prices(group, people):
    """The amount that members ordered for decides; the tier only makes it cheaper afterwards."""
    rnd = opened(group, tiers={2: 100}, minimum_fen=7600)
    ordered(rnd, people[0], 2)
    assert closed_at_cut_off(rnd).status == "confirmed"
    assert balance("member") == 200
    check_books()


def test_a_failed_round_reprices_nothing(group, people):
    rnd = opened(group, tiers={2: 100}, minimum_households=3)
    ordered(rnd, people[0], 2)
    closed_at_cut_off(rnd)
    assert prices(rnd) == [(3800, None)]
    assert offer_of(rnd).final_price_fen is None


@pytest.mark.parametrize(
    ("model", "change"),
    [
        (OrderLine, {"final_unit_price_fen": 3801}),
        (OrderLine, {"final_unit_price_fen": 0}),
        (OrderLine, {"unit_price_fen": 3799}),
        (Offer, {"final_price_fen": 3801}),
        (Offer, {"price_fen": 4500}),
    ],
)
def test_the_database_refuses_prices_that_rise_or_move(group, people, model, change):
    rnd = opened(group)
    ordered(rnd, people[0])
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.update(**change)


def test_a_final_price_is_set_once(group, people):
    rnd = opened(group, tiers={2: 3500})
    ordered(rnd, people[0])
    closed_at_cut_off(rnd)
    for fen in (3400, 3600, None):
        with pytest.raises(IntegrityError), transaction.atomic():
            OrderLine.objects.update(final_unit_price_fen=fen)


class TestAnyTiers(TestCase):
    """Drawn rounds against four lines of plain Python."""

    @settings(max_examples=25, deadline=None)
    @given(
        price=st.integers(10, 4000),
        cuts=st.lists(st.tuples(st.integers(1, 40), st.integers(1, 9)), max_size=3),
        halves=st.lists(st.integers(1, 60), min_size=1, max_size=4),
        bp=st.sampled_from([0, 1, 333, 500, 3000]),
    )
    def test_everyone_pays_the_lowest_price_reached(self, price, cuts, halves, bp):
        tiers, at, fen = {}, 0, price
        for more, less in cuts:
            at, fen = at + more, fen - less
            if fen > 0:
                tiers[at] = fen
        group = make_group(min_discount_bp=0)
        make_initiator(group)
        rnd = opened(group, price_fen=price, tiers=tiers)
        Round.objects.filter(pk=rnd.pk).update(commission_bp=bp)
        quantities = [Decimal(half) / 2 for half in halves]
        for quantity in quantities:
            ordered(rnd, make_member(group), str(quantity))
        closed_at_cut_off(rnd)
        total = sum(quantities)
        final = min([price, *(fen for at, fen in tiers.items() if total >= at)])
        billed = [half_up(Fraction(quantity) * final) for quantity in quantities]
        assert balance("member") == sum(billed)
        assert balance("commission") == -half_up(Fraction(sum(billed) * bp, 10_000))
        check_books()
