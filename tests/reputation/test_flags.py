"""What the initiator should look at twice: found, and hidden from nobody; the pages of ratings."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from groups.models import Membership
from merchants.models import MerchantStaff
from orders.models import Order
from reputation.models import Entry, Rating
from reputation.queries import flags
from tests.factories import make_member, make_merchant, make_round
from tests.orders.stages import Stage, at, make_stage
from tests.reputation.said import AFTER, comment, enter, rate
from tuangou.core import events

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage(settings, tmp_path) -> Stage:
    settings.MEDIA_ROOT = tmp_path
    return make_stage()


def fetched(stage: Stage, people: list[Membership]) -> list[Order]:
    orders = [stage.order(person, 1) for person in people]
    stage.arrive()
    for order in orders:
        stage.hand_over(order)
    return orders


def found(stage: Stage) -> list[tuple[str, int, int]]:
    rows = flags.flags_of(stage.group.pk, at=stage.pickup + timedelta(days=3))
    return sorted((flag.kind, flag.n, flag.stars) for flag in rows)


def long_here(people: list[Membership]) -> list[Membership]:
    """Members for years: no new accounts."""
    for person in people:
        assert person.activated_at is not None
        person.activated_at -= timedelta(days=700)
        person.save(update_fields=["activated_at"])
    return people


def test_six_households_within_an_hour_and_none_that_rates_elsewhere(stage):
    people = long_here([make_member(stage.group, f"邻居{n}") for n in range(7)])
    orders = fetched(stage, people)
    start = stage.pickup + AFTER
    for minutes, order in zip((0, 10, 20, 30, 40), orders, strict=False):
        rate(stage, order, 5, when=start + timedelta(minutes=minutes))
    assert found(stage) == []
    rate(stage, orders[5], 5, when=start + timedelta(minutes=70))  # the sixth comes too late
    assert found(stage) == []
    rate(stage, orders[6], 5, when=start + timedelta(minutes=50))
    assert found(stage) == [("burst", 6, 5)]
    assert Rating.objects.filter(counted=True).count() == 7


def test_people_of_the_shop_and_those_near_them(stage):
    brought = make_member(stage.group, "小表弟")
    brought.invited_by = stage.neighbour
    brought.save(update_fields=["invited_by"])
    hand, far = stage.neighbour, stage.member
    MerchantStaff.objects.create(merchant_id=stage.round.merchant_id, user=hand.user, role="helper")
    wife = make_member(stage.group, "家里人", household=hand.household)
    long_here([hand, far, brought, wife])
    for order in fetched(stage, [hand, far, brought, wife]):
        rate(stage, order, 4)
    assert found(stage) == [("linked", 3, 4)]


def test_people_of_two_shops_who_rate_each_other(stage):
    here, there = stage.member, stage.neighbour
    long_here([here, there])
    other = make_merchant(stage.group, "隔壁菜摊", staff=here.user)
    shop = stage.round.merchant
    MerchantStaff.objects.create(merchant=shop, user=there.user, role="helper")
    (order,) = fetched(stage, [here])
    rate(stage, order, 5)
    assert found(stage) == []
    with at(stage.start):
        second = replace(stage, round=make_round(stage.group, merchant=other))
    (back,) = fetched(second, [there])
    rate(second, back, 5)
    assert found(stage) == [("mutual", 2, 5)]
    (flag,) = flags.flags_of(stage.group.pk, at=stage.pickup + timedelta(days=3))
    assert {flag.brand, flag.other} == {shop.brand, other.brand}


def test_new_accounts_that_bought_once(stage):
    (old,) = long_here([stage.member])
    new = make_member(stage.group, "刚来的")
    new.activated_at = stage.start
    new.save(update_fields=["activated_at"])
    for order in fetched(stage, [old, new]):
        rate(stage, order, 5)
    assert found(stage) == [("single", 1, 5)]
    with at(stage.pickup):
        elsewhere = make_round(stage.group, title="别家的团")
    Order.objects.create(
        group=stage.group,
        round=elsewhere,
        member=new,
        household=new.household,
        placed_by=new,
        number=1,
        request_id="00000000-0000-4000-8000-000000000001",
        building="3栋",
        room="1",
        nickname="刚来的",
        placed_at=stage.pickup,
    )
    assert found(stage) == []


class TestPages:
    def client(self, person: Membership) -> Client:
        client = Client()
        assert person.user is not None
        client.force_login(person.user)
        return client

    def test_rated_in_the_browser_with_what_was_typed_kept(self, stage):
        order = stage.collected()
        path = reverse("reputation:rate", args=[stage.group.slug, order.pk])
        line = order.lines.get().pk
        with at(stage.pickup + AFTER):
            client = self.client(stage.member)
            assert f'name="stars_{line}"' in client.get(path).content.decode()
            sent: dict[str, Any] = {"request_id": "00000000-0000-4000-8000-000000000002"}
            refused = client.post(path, sent | {f"text_{line}": "很嫩 <b>", "anonymous": "on"})
            assert refused.status_code == 422
            text = refused.content.decode()
            assert "先选几颗星" in text
            assert "很嫩 &lt;b&gt;" in text
            sent |= {f"stars_{line}": "4", f"words_{line}": ["嫩"], f"text_{line}": "很嫩"}
            assert client.post(path, sent).status_code == 302
            assert client.post(path, sent).status_code == 302  # the same again is the same
            changed = sent | {
                "request_id": "00000000-0000-4000-8000-000000000003",
                f"stars_{line}": "5",
            }
            assert client.post(path, changed).status_code == 302
        rating = Rating.objects.get()
        assert (rating.stars, rating.words, rating.anonymous) == (5, ["嫩"], False)

    def test_counts_stand_where_goods_are_chosen_with_their_n(self, stage):
        order = stage.collected()
        rating = rate(stage, order, 4, words=("嫩",))
        reader = self.client(stage.neighbour)
        group = stage.group.slug
        pages = {
            "round": reverse("orders:round", args=[group, stage.round.pk]),
            "merchant": reverse("merchants:merchant", args=[group, rating.merchant_id]),
        }
        assert "还没人评过" in reader.get(pages["round"]).content.decode()
        events.drain(stage.group.pk)
        for path in pages.values():
            assert "4.0 分 · 1 评" in reader.get(path).content.decode()
        item = reverse("reputation:item-ratings", args=[group, rating.merchant_id, rating.item_id])
        assert item.endswith(f"merchants/{rating.merchant_id}/items/{rating.item_id}/ratings/")
        assert f"../../merchants/{rating.merchant_id}/items/{rating.item_id}/ratings/" in (
            reader.get(pages["round"]).content.decode()
        )
        assert order.masked_name in reader.get(item).content.decode()

    def test_as_many_statements_for_three_as_for_one(self, stage, django_assert_max_num_queries):
        people = [stage.member, stage.neighbour, make_member(stage.group, "赵六")]
        orders = fetched(stage, people)
        path = reverse("reputation:round-said", args=[stage.group.slug, stage.round.pk])
        client = self.client(stage.deputy)
        rate(stage, orders[0])
        comment(stage, people[0])
        client.get(path)
        with django_assert_max_num_queries(20) as one:
            client.get(path)
        for order in orders[1:]:
            rate(stage, order)
            comment(stage, order.member)
        with django_assert_max_num_queries(len(one)):
            client.get(path)

    def test_the_ledger_leads_to_what_was_said(self, stage):
        rate(stage, stage.collected(), 1)
        enter(stage)
        assert Entry.objects.filter(kind="rating").exists()
        ledger = reverse("reputation:ledger", args=[stage.group.slug])
        said = reverse("reputation:round-said", args=[stage.group.slug, stage.round.pk])
        assert said in self.client(stage.member).get(ledger).content.decode()
