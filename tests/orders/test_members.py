"""The people of a group: ranks by participation, who sees what of whom, who waits (G2, G4)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from groups.models import Membership
from groups.services.memberships import add_member
from orders.models import Order
from orders.queries.members import Rank, rank_of, standing_of
from tests.factories import make_group, make_household, make_initiator, make_member
from tests.markup import problems
from tests.orders.stages import make_stage
from tuangou.core import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def group():
    return make_group("foodie")


@pytest.fixture
def ziyi(group):
    return make_initiator(group, household=make_household(group, "1601"))


@pytest.fixture
def lan(group, ziyi):
    return make_member(group, "兰兰", household=make_household(group, "1502"))


def page_for(client, person, **query):
    client.force_login(person.user)
    return client.get(reverse("orders:members", args=["foodie"]), query)


@pytest.mark.parametrize(
    ("collected", "rank", "missing"),
    [
        (0, Rank.ORDINARY, 6),
        (5, Rank.ORDINARY, 1),
        (6, Rank.SENIOR, 18),
        (23, Rank.SENIOR, 1),
        (24, Rank.ACTIVE, 0),
        (400, Rank.ACTIVE, 0),
    ],
)
def test_rank_is_participation_and_says_how_far_it_is(collected, rank, missing):
    assert rank_of(collected, is_founder=False) == rank
    assert rank_of(collected, is_founder=True) == Rank.OWNER
    assert standing_of(collected, is_founder=False).missing == missing
    assert standing_of(collected, is_founder=True).missing == 0


def test_only_collected_orders_of_the_last_twelve_months_count(client):
    stage = make_stage(start=clock.now() - timedelta(days=3), group=make_group("foodie"))
    stage.order(stage.neighbour)
    order = stage.collected()
    assert page_for(client, stage.member).context["page"].mine.collected == 1
    assert page_for(client, stage.neighbour).context["page"].mine.collected == 0
    Order.objects.filter(pk=order.pk).update(placed_at=clock.now() - timedelta(days=366))
    assert page_for(client, stage.member).context["page"].mine.collected == 0


def test_my_rank_and_the_rule_stand_on_the_page(client, group, ziyi, lan):
    page = page_for(client, lan).content.decode()
    assert "再取 6 次就是「老邻居」" in page
    assert "6 次是「老邻居」，24 次是「活跃」" in page
    assert problems(page) == []
    assert "再取" not in page_for(client, ziyi).content.decode()


def test_each_sees_of_the_others_what_the_rules_allow(client, group, ziyi, lan):
    zhang = make_member(group, "张小明", household=make_household(group, "17乙01"))
    Membership.objects.filter(pk=zhang.pk).update(real_name="张大明", invited_by=lan)
    assert zhang.user is not None
    phone = str(zhang.user.phone)
    seen = page_for(client, lan).content.decode()
    assert "3栋·张*" in seen
    assert "由 3栋·兰* 邀请" in seen
    for secret in ("17乙01", "张小明", "张大明", phone[3:]):
        assert secret not in seen
    full = page_for(client, ziyi).content.decode()
    for known in ("3-17乙01", "张小明", "张大明", phone):
        assert known in full
    assert reverse("groups:member", args=["foodie", zhang.pk]) in full


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("3-17017", 1),
        ("3栋170170", 1),
        ("张小", 1),
        ("5-1", 0),
        ("3", 3),
        ("\x00", 0),
        ("x" * 500, 0),
    ],
)
def test_officers_search_by_the_beginning_of_a_door(client, group, ziyi, lan, typed, found):
    """The room is longer than those that other tests count up to."""
    make_member(group, "张小明", household=make_household(group, "170170"))
    page = page_for(client, ziyi, q=typed)
    assert len(page.context["page"].rows) == found


def test_members_cannot_search_by_door_or_name(client, group, lan):
    make_member(group, "张小明", household=make_household(group, "1701"))
    for typed in ("1701", "3-1701", "小明"):
        assert page_for(client, lan, q=typed).context["page"].rows == []


def test_who_waits_stands_on_top_for_officers_alone(client, group, ziyi, lan):
    building = lan.household.building_id
    waiting = add_member(
        group_id=group.pk,
        building_id=building,
        room="888",
        nickname="小新",
        real_name="辛新",
        active=False,
    )
    page = page_for(client, ziyi)
    shown = page.content.decode()
    if page.context["page"].waiting:  # the joining itself is groups' (tests/groups/test_joining.py)
        assert reverse("groups:member", args=["foodie", waiting.pk]) in shown
        assert problems(shown) == []
    assert page_for(client, lan).context["page"].waiting == []


@pytest.mark.parametrize("number", ["0", "-1", "x", "²", "9" * 30, "2"])
def test_pages_have_an_end_and_keep_the_search(client, group, ziyi, lan, number):
    flat = make_household(group, "1901", building="5栋")
    for n in range(61):
        make_member(group, f"邻{n}", household=flat, account=False)
    first = page_for(client, ziyi, q="5栋&x=1")
    assert first.status_code == 200
    page = page_for(client, ziyi, q="5栋", page=number)
    assert page.status_code == 200
    if number == "2":
        assert len(page.context["page"].rows) == 1
        assert page.context["newer"] == "?q=5%E6%A0%8B&page=1"


@pytest.mark.parametrize("who", ["lan", "ziyi"])
def test_the_page_takes_the_same_statements_for_any_number(client, group, ziyi, lan, who):
    person = {"lan": lan, "ziyi": ziyi}[who]
    page_for(client, person)
    counts = []
    for _n in range(3):
        with CaptureQueriesContext(connection) as sent:
            client.get(reverse("orders:members", args=["foodie"]))
        counts.append(len(sent))
        make_member(group)
    assert len(set(counts)) == 1
