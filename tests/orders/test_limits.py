"""How much one household may take of an offer (O3): the row that holds it, and its twin."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection

from groups.models import Group, Membership
from orders.models import BasketLine, Round
from orders.models.offers import BasketLineQuerySet
from orders.services.offers import OverHouseholdLimit, SoldOut
from orders.services.rounds import close_round, fail_round
from tests.factories import (
    make_group,
    make_initiator,
    make_member,
    make_order,
    make_round,
    offer_of,
)
from tests.orders.support import amend, cancel, check_books, place, refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def group(db: None) -> Group:
    group = make_group()
    make_initiator(group)
    return group


@pytest.fixture
def lan(group: Group) -> Membership:
    return make_member(group, "阿兰")


@pytest.fixture
def hao(group: Group, lan: Membership) -> Membership:
    """Lives with Lan."""
    return make_member(group, "阿豪", household=lan.household)


@pytest.fixture
def rnd(group: Group) -> Round:
    return make_round(group, household_limit=3)


@pytest.fixture(autouse=True)
def books(db: None):
    yield
    check_books()


def share(rnd: Round) -> Decimal:
    return BasketLine.objects.get(offer=offer_of(rnd)).taken


def test_a_household_shares_its_limit(rnd, lan, hao):
    make_order(rnd, lan, 2)
    with refused(OverHouseholdLimit, "每户限购 3斤", "1斤 以内", field=f"offer_{offer_of(rnd).pk}"):
        make_order(rnd, hao, "1.5")
    make_order(rnd, hao, 1)
    with refused(OverHouseholdLimit, "已经订满"):
        make_order(rnd, lan, "0.5")
    assert share(rnd) == 3


def test_over_the_limit_in_one_order(rnd, lan):
    with refused(OverHouseholdLimit, "3斤 以内"):
        make_order(rnd, lan, "3.5")
    assert not BasketLine.objects.exists()


def test_whoever_places_it_the_household_that_eats_counts(rnd, lan, group):
    neighbour = make_member(group)
    make_order(rnd, lan, 3, placed_by=neighbour)
    make_order(rnd, neighbour, 3)
    with refused(OverHouseholdLimit):
        make_order(rnd, lan, 1, placed_by=neighbour)


def test_amending_counts_what_is_held(rnd, lan, hao):
    order = make_order(rnd, lan, 2)
    make_order(rnd, hao, "0.5")
    offer = offer_of(rnd).pk
    with refused(OverHouseholdLimit, "2.5斤 以内"):
        amend(order, {offer: Decimal(3)})
    amend(order, {offer: Decimal("2.5")})
    amend(order, {offer: Decimal("0.5")})
    assert share(rnd) == 1
    make_order(rnd, hao, 2)


def test_cancelling_gives_the_share_back(rnd, lan, hao):
    cancel(make_order(rnd, lan, 3))
    assert share(rnd) == 0
    make_order(rnd, hao, 3)


def test_offers_have_limits_of_their_own_and_the_one_over_is_named(group, lan):
    rnd = make_round(group, offers=3, household_limit=2)
    one, two = offer_of(rnd, 1), offer_of(rnd, 2)
    offer_of(rnd, 3).__class__.objects.filter(round=rnd, position=3).update(household_limit=None)
    three = offer_of(rnd, 3)
    with refused(OverHouseholdLimit, two.name, field=f"offer_{two.pk}"):
        place(rnd, lan, {one.pk: Decimal(2), two.pk: Decimal(3), three.pk: Decimal(50)})
    order = place(rnd, lan, {one.pk: Decimal(2), two.pk: Decimal(2), three.pk: Decimal(50)})
    assert BasketLine.objects.count() == 2
    amend(order, {one.pk: Decimal(1), three.pk: Decimal(60)})
    assert dict(BasketLine.objects.values_list("offer_id", "taken")) == {one.pk: 1, two.pk: 0}


def test_stock_is_refused_before_the_limit(group, lan):
    rnd = make_round(group, household_limit=3, capacity=2)
    with refused(SoldOut):
        make_order(rnd, lan, 4)


def test_a_round_that_ends_gives_all_shares_back(group, lan):
    rnd = make_round(group, household_limit=3, minimum_households=2)
    make_order(rnd, lan, 3)
    close_round(round_id=rnd.pk, actor_id=rnd.initiator_id)
    assert share(rnd) == 3
    fail_round(round_id=rnd.pk, actor_id=rnd.initiator_id)
    assert share(rnd) == 0


def test_another_fault_of_the_basket_is_not_taken_for_the_limit(rnd, lan, monkeypatch):
    def broken(self, **_: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("insert into orders_basketline (taken) values (1)")

    monkeypatch.setattr(BasketLineQuerySet, "take", broken)
    with pytest.raises(IntegrityError, match="null value"):
        make_order(rnd, lan, 1)
