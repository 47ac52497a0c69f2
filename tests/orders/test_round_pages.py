"""The cards of a round are kept between pages and never show anything that no longer holds."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from groups.models import Membership
from orders.models import Offer, Round
from orders.views import rounds as views
from tests.factories import (
    make_group,
    make_initiator,
    make_member,
    make_order,
    make_round,
    make_witness,
    offer_of,
)
from tuangou.core.models import User

pytestmark = pytest.mark.django_db


def account_of(member: Membership) -> User:
    assert member.user is not None
    return member.user


@pytest.fixture
def lan() -> Membership:
    group = make_group()
    make_initiator(group)
    return make_member(group, "阿兰")


@pytest.fixture
def rnd(lan) -> Round:
    return make_round(lan.group, offers=3, capacity=9, household_limit=5, tiers={8: 3500})


@pytest.fixture
def shown(client, lan, rnd):
    """The page of the round as she sees it now."""
    client.force_login(account_of(lan))

    def fetch(visitor: Client = client) -> str:
        return visitor.get(reverse("orders:round", args=[lan.group.slug, rnd.pk])).content.decode()

    return fetch


def test_unchanged_cards_are_rendered_once(shown, monkeypatch):
    shown()
    monkeypatch.setattr(views, "render_to_string", None)
    assert shown().count('class="item"') == 3


def test_what_was_bought_meanwhile_is_no_longer_left(shown, rnd, lan):
    assert shown().count("剩 9") == 3
    make_order(rnd, lan, quantity=2)
    now = shown()
    assert (now.count("剩 9"), now.count("剩 7")) == (2, 1)


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("price_fen", 3210, "¥32.10"),
        ("household_limit", 3, "每户限 3"),
        ("name", "牛腩新", "牛腩新"),
        ("minimum", 2, "2斤 起订"),
    ],
)
def test_every_column_shown_is_part_of_the_key(shown, rnd, column, value, words):
    assert words not in shown()
    Offer.objects.filter(pk=offer_of(rnd).pk).update(**{column: value})
    assert words in shown()


def test_the_store_price_and_who_saw_it_are_part_of_the_key(shown, rnd, lan):
    offer = offer_of(rnd)
    assert "店价未核" in shown()
    make_witness(lan.group, offer.item)
    assert "店价 ¥45.00" in shown()
    Offer.objects.filter(pk=offer.pk).update(store_price_fen=5678)
    assert "店价 ¥45.00" not in shown()
    make_witness(lan.group, offer.item, price_fen=5678)
    assert "店价 ¥56.78" in shown()


def test_each_reads_her_own_language(shown, lan):
    assert "店价" in shown()
    User.objects.filter(pk=lan.user_id).update(language="en")
    english = shown()
    assert "Store price" in english
    assert "店价" not in english


def test_after_the_cut_off_there_is_nothing_to_press(shown, rnd):
    assert 'name="more"' in shown()
    Round.objects.filter(pk=rnd.pk).update(paused_at=rnd.opens_at)
    assert 'name="more"' not in shown()


def test_what_somebody_typed_stays_with_her(shown, rnd, lan):
    box = f"offer_{offer_of(rnd).pk}"
    other = make_member(lan.group, "阿梅")
    visitor = Client()
    visitor.force_login(account_of(other))
    address = reverse("orders:round", args=[lan.group.slug, rnd.pk])
    typed = visitor.post(address, {box: "2.71", "more": box}).content.decode()
    assert "3.21" in typed
    assert "3.21" not in shown()
    assert "3.21" not in shown(visitor)


def test_a_refused_order_shows_what_is_left_now(client, rnd, lan):
    client.force_login(account_of(lan))
    offer = offer_of(rnd)
    make_order(rnd, make_member(lan.group, "阿梅"), quantity=5)
    make_order(rnd, make_member(lan.group, "阿竹"), quantity=3)
    address = reverse("orders:round", args=[lan.group.slug, rnd.pk])
    body = {"request_id": "7f1d2b1e-2b6f-4a3f-9f55-5a6f1f8a0009", f"offer_{offer.pk}": "2"}
    answer = client.post(address, body)
    assert answer.status_code == 422
    assert "剩 1" in answer.content.decode()
    assert 'value="2"' in answer.content.decode()
