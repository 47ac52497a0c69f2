"""「会少货」: said before it arrives, told to the officers, changing no order (O9)."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from merchants.models import MerchantStaff
from orders.models import OrderLine, ShortNotice
from orders.queries.short_notices import said_short, shortages_of
from orders.services import short_notices as service
from orders.services.delivery_notices import NotExpected
from tests.factories import make_user, offer_of
from tests.orders.guarded import Guard, check_guards
from tests.orders.stages import Stage, at, filled, make_stage
from tests.orders.test_delivery_notices import texts_of
from tuangou.core import events
from tuangou.core.models import Notice


@pytest.fixture
def stage(db: None) -> Stage:
    stage = make_stage()
    MerchantStaff.objects.create(
        merchant_id=stage.round.merchant_id, user=make_user("老马"), role="helper"
    )
    stage.order(quantity=30)
    return stage


def say(stage: Stage, quantity: str = "20", **fields):
    with at(stage.ordering):
        return service.say_short(
            **filled(
                {
                    "round_id": stage.round.pk,
                    "user_id": MerchantStaff.objects.get().user_id,
                    "for_merchant": False,
                    "short": {offer_of(stage.round).pk: Decimal(quantity)},
                    "note": "路上坏了一箱",
                    "request_id": uuid4(),
                },
                fields,
            )
        )


def test_the_last_word_holds_and_no_order_changes(stage):
    say(stage, "20")
    say(stage, "5")
    assert said_short(stage.round.pk) == {offer_of(stage.round).pk: Decimal(5)}
    say(stage, "0")
    assert said_short(stage.round.pk) == {}
    said = ShortNotice.objects.order_by("pk").values_list("number", "quantity")
    assert list(said) == [(1, Decimal(20)), (2, Decimal(5)), (3, Decimal(0))]
    line = OrderLine.objects.get(order__round=stage.round)
    assert line.quantity == line.billed_quantity == Decimal(30)


def test_sent_twice_is_once(stage):
    key = uuid4()
    say(stage, request_id=key)
    say(stage, request_id=key)
    assert ShortNotice.objects.count() == 1


@pytest.mark.parametrize("quantity", ["31", "-1", "0.0001", "NaN"])
def test_what_cannot_be_missing(stage, quantity):
    with pytest.raises(service.BadShortNotice):
        say(stage, quantity)
    assert not ShortNotice.objects.exists()


def test_nothing_new_is_not_told_again(stage):
    say(stage, "20")
    with pytest.raises(service.BadShortNotice):
        say(stage, "20")
    with pytest.raises(service.BadShortNotice):
        say(stage, short={999_999_999: Decimal(1)})


def test_too_late_once_it_is_here(stage):
    stage.arrive()
    with pytest.raises(NotExpected):
        say(stage)


def test_the_officers_are_told_and_nobody_else(stage):
    say(stage)
    events.drain(stage.group.pk)
    told = Notice.objects.filter(kind="orders.said_short")
    assert {n.user_id for n in told} == {stage.initiator.user_id, stage.deputy.user_id}
    assert "会少 20斤" in texts_of(stage)["orders.said_short"][0]
    say(stage, "0")
    events.drain(stage.group.pk)
    assert "够了" in texts_of(stage)["orders.said_short"][-1]


def test_from_the_shops_page_to_the_initiators(stage, client):
    client.force_login(MerchantStaff.objects.get().user)
    page = reverse("orders:shortage-announce", args=[stage.group.slug, stage.round.pk])
    box = f"short_{offer_of(stage.round).pk}"
    with at(stage.ordering):
        assert client.post(page, {"request_id": str(uuid4()), box: "40"}).status_code == 422
        sent = client.post(page, {"request_id": str(uuid4()), box: "20", "note": "坏了"})
        assert sent.status_code == 302
        assert "少 20斤" in client.get(page).content.decode()
    stage.confirm()
    ziyi = Client()
    ziyi.force_login(stage.initiator.user)
    arrival = reverse("orders:arrival", args=[stage.group.slug, stage.round.pk])
    assert "会少 20斤" in ziyi.get(arrival).content.decode()
    member = Client()
    member.force_login(stage.member.user)
    seen = reverse("orders:delivery", args=[stage.group.slug, stage.round.pk])
    assert "会少 20斤" in member.get(seen).content.decode()
    stage.arrive()
    assert "会少 20斤" not in member.get(seen).content.decode()
    assert len(shortages_of([stage.round.pk])) == 1


@pytest.mark.django_db(transaction=True)
def test_what_the_table_refuses_and_what_happens_without():
    stage = make_stage()
    stage.order()
    MerchantStaff.objects.create(
        merchant_id=stage.round.merchant_id, user=make_user(), role="helper"
    )
    (made,) = say(stage, "1")
    table = "orders_shortnotice"
    columns = "group_id, round_id, offer_id, note, said_by_id, for_merchant, said_at"
    insert = f"insert into {table} ({columns}, quantity, number) select {columns}, %s, %s from"
    check_guards(
        Guard(table, "short_notice_number_unique", f"{insert} {table}", (1, 1)),
        Guard(table, "short_notice_not_negative", f"{insert} {table}", (-1, 2)),
        Guard(
            table,
            "append-only",
            f"update {table} set quantity = 0 where id = {made.pk}",
            off=f"alter table {table} disable trigger user",
        ),
    )
