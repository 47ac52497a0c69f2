"""Doors and phones are the merchant's to see only on its way to them, and every look is a row."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from merchants.models import MerchantStaff
from orders.models import DoorView, Order, Round
from orders.queries.door_views import looks_at
from orders.services import door_views as service
from orders.services import rounds as round_services
from tests.databases import owner_cursor
from tests.factories import make_merchant, make_user
from tests.orders.stages import Stage, at, make_stage
from tuangou.core import personal, rows
from tuangou.core.errors import NotAllowed

pytestmark = pytest.mark.django_db
# neither is in any number that a page holds besides (a group's, a row's, a token)
ROOM, PHONE = "17乙02", "13900007777"


@pytest.fixture
def stage() -> Stage:
    stage = make_stage()
    Round.objects.filter(pk=stage.round.pk).update(to_the_door=True)
    stage.round.refresh_from_db()
    MerchantStaff.objects.create(
        merchant_id=stage.round.merchant_id, user=make_user("老马"), role="owner"
    )
    MerchantStaff.objects.create(
        merchant_id=stage.round.merchant_id, user=make_user("小马"), role="helper"
    )
    lan = stage.flat("9栋", "4", ROOM, "兰兰")
    assert lan.user is not None
    lan.user.phone = f"+86{PHONE}"
    lan.user.save(update_fields=["phone"])
    stage.order(lan)
    return stage


def staff(stage: Stage, role: str = "helper") -> MerchantStaff:
    return MerchantStaff.objects.get(merchant_id=stage.round.merchant_id, role=role)


def page_of(stage: Stage) -> str:
    return reverse("orders:shop-doors", args=[stage.group.slug, stage.round.pk])


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def look(stage: Stage):
    with at(stage.round.pickup_from):
        return service.look_at_doors(round_id=stage.round.pk, user_id=staff(stage).user_id)


def holds_her(text: str) -> bool:
    plain = text.replace(" ", "")
    return ROOM in plain or PHONE in plain


def test_shown_behind_the_button_and_written_down(stage):
    stage.confirm()
    client = client_of(staff(stage).user)
    before = client.get(page_of(stage))
    assert not holds_her(before.content.decode())
    assert not DoorView.objects.exists()
    shown = client.post(page_of(stage)).content.decode()
    assert holds_her(shown)
    assert PHONE in shown.replace(" ", "")
    row = DoorView.objects.get()
    assert (row.round_id, row.seen_by) == (stage.round.pk, staff(stage).user)
    client.post(page_of(stage))
    assert DoorView.objects.count() == 2, "each look is a row"


def test_every_door_that_is_shown_has_its_row(stage):
    stage.order()
    gone = stage.order(stage.neighbour)
    stage.confirm()
    Order.objects.filter(pk=gone.pk).update(status="cancelled", cancelled_at=stage.start)
    stops = look(stage)
    assert len(stops) == 2
    assert {s.bag.order_id for s in stops} == set(
        DoorView.objects.values_list("order_id", flat=True)
    )


def test_twin_without_its_row_a_look_would_leave_no_trace(stage, monkeypatch):
    stage.confirm()
    monkeypatch.setattr(rows, "insert", lambda _rows: None)
    assert look(stage)
    assert not DoorView.objects.exists()


@pytest.mark.parametrize("status", ["open", "cancelled"])
def test_only_between_confirmed_and_done(stage, status):
    if status == "cancelled":
        stage.confirm()
        with at(stage.round.pickup_from):
            round_services.cancel_round(
                round_id=stage.round.pk, actor_id=stage.initiator.pk, reason="下雨"
            )
    with pytest.raises(service.DoorsClosed):
        look(stage)
    client = client_of(staff(stage).user)
    assert not holds_her(client.get(page_of(stage)).content.decode())
    refused = client.post(page_of(stage))
    assert refused.status_code == 409
    assert not holds_her(refused.content.decode())
    assert not DoorView.objects.exists()


def test_closed_to_it_once_the_round_is_done(stage):
    stage.arrive()
    assert look(stage)
    with at(stage.round.pickup_until + timedelta(days=1)):
        order = Order.objects.get(round=stage.round)
        stage.hand_over(order)
        round_services.complete_round(round_id=stage.round.pk, actor_id=stage.initiator.pk)
    with pytest.raises(service.DoorsClosed):
        look(stage)


def test_a_round_to_be_fetched_shows_no_door(stage):
    Round.objects.filter(pk=stage.round.pk).update(to_the_door=False)
    stage.confirm()
    with pytest.raises(service.DoorsClosed):
        look(stage)
    client = client_of(staff(stage).user)
    assert client.get(page_of(stage)).status_code == 403
    assert client.post(page_of(stage)).status_code == 403


def test_only_this_merchants_staff(stage):
    stage.confirm()
    other = make_user("别家")
    make_merchant(stage.group, "别家", staff=other)
    for user, code in (
        (other, 404),
        (make_user("路人"), 404),
        (stage.member.user, 403),
        (stage.deputy.user, 403),
        (stage.initiator.user, 403),
    ):
        client = client_of(user)
        assert (
            client.get(page_of(stage)).status_code,
            client.post(page_of(stage)).status_code,
        ) == (
            code,
            code,
        )
    with pytest.raises(NotAllowed), at(stage.round.pickup_from):
        service.look_at_doors(round_id=stage.round.pk, user_id=other.pk)
    gone = staff(stage)
    user = gone.user
    gone.delete()
    with pytest.raises(NotAllowed), at(stage.round.pickup_from):
        service.look_at_doors(round_id=stage.round.pk, user_id=user.pk)


def test_the_member_sees_who_looked_and_when(stage):
    stage.confirm()
    order = Order.objects.get(round=stage.round)
    assert order.member.user is not None
    lan = client_of(order.member.user)
    page = reverse("orders:order", args=[stage.group.slug, order.pk])
    assert "还没有人看过" in lan.get(page).content.decode()
    look(stage)
    (seen,) = looks_at(order)
    assert (seen.brand, seen.who) == (stage.round.merchant.brand, "小马")
    said = lan.get(page).content.decode()
    assert f"商家{stage.round.merchant.brand}的小马" in said
    assert "看过你的门牌" in said
    held = {h.key: h.rows for h in personal.holdings(order.member.user.pk)}
    assert [row["who"] for row in held["door_looks"]] == ["小马"]
    mine = {h.key: h.rows for h in personal.holdings(staff(stage).user_id)}
    assert [row["order_id"] for row in mine["doors_seen"]] == [order.pk]


def test_an_order_to_be_fetched_asks_nothing_of_the_table(stage):
    Round.objects.filter(pk=stage.round.pk).update(to_the_door=False)
    order = Order.objects.select_related("round").get(round=stage.round)
    with CaptureQueriesContext(connection) as seen:
        assert looks_at(order) == []
    assert len(seen) == 0


def test_said_before_she_orders(stage):
    page = reverse("orders:round", args=[stage.group.slug, stage.round.pk])
    client = client_of(stage.member.user)
    with at(stage.ordering):
        assert "会看到这一单的门牌和电话" in client.get(page).content.decode()
        Round.objects.filter(pk=stage.round.pk).update(to_the_door=False)
        assert "会看到这一单的门牌和电话" not in client.get(page).content.decode()


def test_a_look_stays(stage):
    stage.confirm()
    look(stage)
    for change in ("update orders_doorview set seen_at = now()", "delete from orders_doorview"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)


@pytest.mark.django_db(transaction=True)
def test_twin_without_the_trigger_it_could_be_wiped_out():
    stage = make_stage()
    order = stage.order()
    assert stage.initiator.user is not None
    DoorView.objects.create(
        group=stage.group,
        round=stage.round,
        order=order,
        seen_by=stage.initiator.user,
        seen_at=stage.start,
    )
    with owner_cursor() as cursor:
        cursor.execute("alter table orders_doorview disable trigger user")
        cursor.execute("delete from orders_doorview")
        assert cursor.rowcount == 1
