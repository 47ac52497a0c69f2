"""Who may see a merchant, and who keeps its goods across groups."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404

from merchants.access import (
    application_for_initiator,
    application_for_member,
    application_for_officer,
    caller_for,
    item_of,
    keeper_for,
    staff_of,
    vetting_for,
)
from tests.factories import (
    approve,
    make_deputy,
    make_group,
    make_initiator,
    make_item,
    make_member,
    make_merchant,
    make_user,
)
from tuangou.core.errors import NotAllowed

pytestmark = pytest.mark.django_db


@pytest.fixture
def group():
    return make_group("foodie")


@pytest.fixture
def cast(group):
    ziyi = make_initiator(group)
    return {
        "anonymous": AnonymousUser(),
        "stranger": make_user(),
        "other initiator": make_initiator(make_group("next-door")).user,
        "member": make_member(group).user,
        "staff": make_user(),
        "deputy": make_deputy(group, ziyi).user,
        "initiator": ziyi.user,
    }


@pytest.fixture
def merchant(group, cast):
    return make_merchant(group, staff=cast["staff"])


YES, NO, HIDDEN = None, NotAllowed, Http404
#    who                member  officer initiator caller vetting keeper
MAY = [
    ("anonymous", HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN),
    ("stranger", HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN),
    ("other initiator", HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN),
    ("member", YES, NO, NO, YES, NO, NO),
    ("staff", HIDDEN, HIDDEN, HIDDEN, YES, YES, YES),
    ("deputy", YES, YES, NO, YES, YES, YES),
    ("initiator", YES, YES, YES, YES, YES, YES),
]
DOORS = [
    application_for_member,
    application_for_officer,
    application_for_initiator,
    caller_for,
    vetting_for,
    keeper_for,
]


@pytest.mark.parametrize("row", MAY, ids=lambda row: row[0])
def test_who_may(cast, merchant, row):
    who, *answers = row
    for door, answer in zip(DOORS, answers, strict=True):
        if answer is None:
            door(cast[who], "foodie", merchant.pk)
        else:
            with pytest.raises(answer):
                door(cast[who], "foodie", merchant.pk)


@pytest.mark.parametrize("status", ["draft", "submitted", "in_review", "changes_asked", "rejected"])
def test_who_is_not_in_is_seen_by_officers_and_staff_alone(group, cast, status):
    merchant = make_merchant(staff=cast["staff"])
    approve(group, merchant, status=status)
    for who in ("staff", "deputy", "initiator"):
        assert caller_for(cast[who], "foodie", merchant.pk).application.merchant == merchant
    for door in (caller_for, application_for_member):
        with pytest.raises(Http404):
            door(cast["member"], "foodie", merchant.pk)


@pytest.mark.parametrize("status", ["suspended", "exited"])
def test_who_once_sold_here_stays_visible(group, cast, status):
    merchant = make_merchant()
    approve(group, merchant, status=status)
    assert application_for_member(cast["member"], "foodie", merchant.pk)[1].merchant == merchant
    assert caller_for(cast["member"], "foodie", merchant.pk).application.status == status


def test_a_merchant_without_application_here_is_unknown_here(cast):
    elsewhere = make_merchant(make_group(), staff=cast["staff"])
    for who in ("staff", "initiator"):
        with pytest.raises(Http404):
            caller_for(cast[who], "foodie", elsewhere.pk)


def test_only_the_first_group_keeps_the_goods_of_a_shop_it_shares(group, cast, merchant):
    second = make_group("second")
    approve(second, merchant)
    her = make_user()
    there = make_initiator(make_group("third"), user=her)
    approve(there.group, merchant)
    with pytest.raises(NotAllowed):
        keeper_for(her, "third", merchant.pk)
    assert keeper_for(cast["initiator"], "foodie", merchant.pk).at_home
    assert keeper_for(cast["staff"], "third", merchant.pk).is_staff


def test_staff_of_a_shop_knows_its_shops(cast, merchant):
    assert staff_of(cast["staff"]) == [merchant.pk]
    assert staff_of(cast["member"]) == []
    assert staff_of(AnonymousUser()) == []


def test_goods_are_reached_through_their_merchant_alone(merchant):
    item = make_item(merchant)
    assert item_of(merchant.pk, item.pk) == item
    with pytest.raises(Http404):
        item_of(make_merchant().pk, item.pk)


def test_a_group_that_is_not_open_hides_its_merchants(cast):
    loading = make_group("loading", status="loading")
    merchant = make_merchant(loading, staff=cast["staff"])
    with pytest.raises(Http404):
        caller_for(cast["staff"], "loading", merchant.pk)
