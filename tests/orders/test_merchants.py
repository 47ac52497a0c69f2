"""The page of a merchant: the facts behind its badge are the group's own orders (W6)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from orders.models import Order
from orders.queries.merchants import Record, record_of
from tests.factories import make_group, make_merchant, make_round, make_user
from tests.markup import problems
from tests.orders.stages import Stage, at, make_stage

pytestmark = pytest.mark.django_db


def recent_stage(**fields) -> Stage:
    start = timezone.now().replace(minute=0, second=0, microsecond=0) - timedelta(days=5)
    return make_stage(start, **fields)


def record(stage: Stage) -> Record:
    """As of the day of its cut-off, whose month it counts in: another one where it opened on the
    last day of a month."""
    today = stage.group.local(stage.round.cut_off_at).date()
    return record_of(stage.group.pk, stage.round.merchant_id, today=today)


def page_of(client, stage: Stage, user) -> str:
    client.force_login(user)
    path = reverse("merchants:merchant", args=[stage.group.slug, stage.round.merchant_id])
    return str(client.get(path).content.decode())


def test_a_merchant_without_a_past_has_no_figures():
    stage = recent_stage()
    stage.order()
    assert (record(stage).rounds, record(stage).orders, record(stage).rate) == (0, 0, None)


def test_the_record_counts_what_table_1_counts():
    stage = recent_stage()
    order = stage.order(quantity=3)
    stage.order(stage.neighbour, 1)
    gone = stage.order(stage.flat("12栋", "1", "101"), 1)
    with at(stage.ordering):
        Order.objects.get(pk=gone.pk)  # stays, and is counted
    stage.arrive()
    stage.hand_over(order)
    stage.accept(stage.ask(order), 3800)
    found = record(stage)
    assert (found.rounds, found.orders, found.orders_returned) == (1, 3, 1)
    assert found.rate == Decimal("20.00")  # 38 of 190 yuan


def test_what_is_older_than_twelve_months_is_left_out():
    stage = recent_stage()
    stage.collected()
    later = stage.group.local(stage.start).date() + timedelta(days=400)
    assert record_of(stage.group.pk, stage.round.merchant_id, today=later).rounds == 0
    assert record(stage).rounds == 1


def test_the_page_shows_the_facts_and_where_they_come_from(client):
    stage = recent_stage()
    order = stage.order(quantity=3)
    stage.order(stage.neighbour, 1)
    stage.arrive()
    stage.hand_over(order)
    running = make_round(stage.group, merchant=stage.round.merchant, title="下周还有")
    page = page_of(client, stage, stage.member.user)
    assert problems(page) == []
    assert "成团 <b>1</b> 次，2 单" in page
    assert "退货率 <b>0.00%</b>" in page
    link = reverse("orders:summary-merchant", args=[stage.group.slug, stage.round.merchant_id])
    assert link in page
    assert client.get(link).status_code == 200
    assert reverse("orders:round", args=[stage.group.slug, running.pk]) in page
    assert "下周还有" in page


def test_staff_who_are_no_members_get_no_link_they_may_not_follow(client):
    group, shop = make_group(), make_user("店主")
    stage = recent_stage(group=group, merchant=make_merchant(group, staff=shop))
    stage.collected()
    page = page_of(client, stage, shop)
    assert stage.round.title in page
    assert "成团 <b>1</b> 次" in page
    assert f"/g/{group.slug}/rounds/" not in page
    assert f"/g/{group.slug}/summary/" not in page


def test_another_groups_past_is_not_this_groups(client):
    stage = recent_stage()
    stage.collected()
    other = recent_stage(group=make_group("other"), title="别人的团")
    page = page_of(client, other, other.member.user)
    assert stage.round.title not in page.replace(other.round.title, "")
    assert record(other).rounds == 0


@pytest.mark.parametrize("rounds", [1, 3])
def test_any_number_of_rounds_takes_the_same_statements(client, rounds, django_assert_num_queries):
    stage = recent_stage()
    for n in range(rounds):
        make_round(stage.group, merchant=stage.round.merchant, title=f"团{n}")
    client.force_login(stage.member.user)
    path = reverse("merchants:merchant", args=[stage.group.slug, stage.round.merchant_id])
    with django_assert_num_queries(22):
        client.get(path)
