"""Told 30, 7 and 0 days before a paper ends, once each, by the group's own day (M3)."""

from datetime import timedelta

import pytest

from merchants.models import Application, ExpiryNotice
from merchants.services import expiry
from tests.factories import (
    NOON,
    make_deputy,
    make_document,
    make_group,
    make_initiator,
    make_merchant,
    make_user,
)
from tests.orders.stages import at
from tests.threads import together
from tuangou.core import events
from tuangou.core.models import Event, Notice

TODAY = NOON.date()


@pytest.fixture
def shop():
    ziyi = make_initiator(make_group())
    merchant = make_merchant(ziyi.group, staff=make_user("老马"))
    return merchant, ziyi


def scan(when=NOON):
    with at(when):
        expiry.tell_due()


def steps():
    return sorted(ExpiryNotice.objects.values_list("days", flat=True), reverse=True)


@pytest.mark.django_db
def test_three_steps_of_one_paper(shop):
    merchant, ziyi = shop
    make_document(merchant, "food", valid_until=TODAY + timedelta(days=31))
    make_document(merchant, "licence")  # for good
    told = []
    for days in range(34):
        scan(NOON + timedelta(days=days))
        scan(NOON + timedelta(days=days, hours=1))
        told.append(len(steps()))
    assert steps() == [30, 7, 0]
    assert [told.index(n) for n in (1, 2, 3)] == [1, 24, 31]
    assert Event.objects.filter(kind="document.expiring", group_id=ziyi.group_id).count() == 3


@pytest.mark.django_db
def test_the_officers_and_the_owner_are_told_with_day_and_name(shop):
    merchant, ziyi = shop
    zhou = make_deputy(ziyi.group, ziyi)
    make_document(merchant, "food", valid_until=TODAY + timedelta(days=7))
    scan()
    events.drain(ziyi.group_id)
    found = Notice.objects.filter(kind="merchants.document_expiring")
    owner = merchant.staff.get().user_id
    assert set(found.values_list("user_id", flat=True)) == {ziyi.user_id, zhou.user_id, owner}
    assert found[0].context == {
        "brand": merchant.brand,
        "paper": "食品经营许可证",
        "until": "2026-11-27",
    }


@pytest.mark.django_db
@pytest.mark.parametrize("why", ["withdrawn", "suspended", "void", "review"])
def test_nobody_is_told_of_what_is_over(shop, why):
    merchant, ziyi = shop
    over = {"withdrawn_at": NOON} if why == "withdrawn" else {}
    make_document(merchant, "food", valid_until=TODAY, **over)
    if why == "suspended":
        Application.objects.update(status="suspended", reason="缺斤")
    if why == "review":
        Application.objects.update(status="in_review")
    if why == "void":
        type(ziyi.group).objects.update(status="void")
    scan()
    assert steps() == []


@pytest.mark.django_db
def test_the_day_is_the_groups_own(shop):
    merchant, _ziyi = shop
    make_document(merchant, "food", valid_until=TODAY + timedelta(days=8))
    scan(NOON + timedelta(hours=12, seconds=-1))  # a second before midnight in Shanghai
    assert steps() == [30]
    scan(NOON + timedelta(hours=12))
    assert steps() == [30, 7]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_scans_at_once_tell_once():
    ziyi = make_initiator(make_group())
    merchant = make_merchant(ziyi.group)
    make_document(merchant, "food", valid_until=TODAY - timedelta(days=400))
    assert together([expiry.tell_due] * 4) == [None] * 4
    assert steps() == [0]
    assert Event.objects.filter(kind="document.expiring").count() == 1
