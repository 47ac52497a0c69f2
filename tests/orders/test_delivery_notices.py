"""When the goods come, said by the shop; and everything that is told of a delivery (O9, O16)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from merchants.models import MerchantStaff
from orders.models import DeliveryNotice
from orders.queries.delivery_pages import goods_news
from orders.services import deliveries, delivery_notices, inspections
from orders.services.delivery_notices import BadNotice, Coming, NotExpected
from tests.factories import make_user
from tests.orders.goods import a_bad_delivery, not_passed
from tests.orders.guarded import Guard, check_guards
from tests.orders.stages import Stage, at, filled, make_stage, ordered_of
from tuangou.core import events, notices
from tuangou.core.models import Event, Notice


@pytest.fixture
def stage(db: None) -> Stage:
    stage = make_stage()
    MerchantStaff.objects.create(
        merchant_id=stage.round.merchant_id, user=make_user("老马"), role="owner"
    )
    stage.order()
    return stage


def coming(stage: Stage, hours: int = -2, **fields: Any) -> Coming:
    start = stage.round.pickup_from + timedelta(hours=hours)
    return replace(Coming(start, start + timedelta(hours=1), "沪A12345"), **fields)


def announce(stage: Stage, said: Coming | None = None, **fields: Any) -> DeliveryNotice:
    with at(stage.ordering):
        return delivery_notices.announce_delivery(
            **filled(
                {
                    "round_id": stage.round.pk,
                    "user_id": stage.initiator.user_id,
                    "for_merchant": True,
                    "coming": said or coming(stage),
                    "request_id": uuid4(),
                },
                fields,
            )
        )


def texts_of(stage: Stage) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    with translation.override("zh-hans"):
        for notice in Notice.objects.filter(group_id=stage.group.pk).order_by("pk"):
            found.setdefault(notice.kind, []).append(notices.text(notice.kind, notice.context))
    return found


class TestAnnounce:
    def test_the_last_one_holds_and_the_first_stays(self, stage):
        first, second = announce(stage), announce(stage, coming(stage, 3, note="堵车"))
        assert (first.number, second.number) == (1, 2)
        stage.confirm()
        found = goods_news(stage.round)
        assert found is not None
        assert found.arrives_from == second.arrives_from
        assert DeliveryNotice.objects.count() == 2

    def test_sent_twice_is_once(self, stage):
        key = uuid4()
        assert announce(stage, request_id=key) == announce(stage, request_id=key)

    @pytest.mark.parametrize(
        "hours",
        [{"arrives_until": -2}, {"arrives_from": -30, "arrives_until": -29}, {"arrives_from": -25}],
    )
    def test_what_cannot_be(self, stage, hours):
        start = stage.round.pickup_from
        moments = {name: start + timedelta(hours=n) for name, n in hours.items()}
        with pytest.raises(BadNotice):
            announce(stage, coming(stage, **moments))

    def test_nothing_is_on_its_way_any_more(self, stage):
        stage.arrive()
        with pytest.raises(NotExpected):
            announce(stage)


class TestTold:
    def test_buyers_and_the_initiator_of_what_the_shop_says(self, stage):
        owner = MerchantStaff.objects.get().user_id
        announce(stage, user_id=owner, for_merchant=False)
        events.drain(stage.group.pk)
        told = Notice.objects.filter(kind="orders.delivery_announced")
        assert {n.user_id for n in told} == {stage.initiator.user_id, stage.member.user_id}

    def test_late_is_told_as_late(self, stage):
        announce(stage, coming(stage, 1))
        events.drain(stage.group.pk)
        assert "要晚到" in texts_of(stage)["orders.delivery_late"][0]

    def test_a_bad_delivery_in_words(self, stage):
        a_bad_delivery(stage)
        said = texts_of(stage)
        item = "你的单缺 1斤，退 ¥38.00"
        assert item in said["orders.order_short"][0]
        assert "补记 ¥38.00" in said["orders.order_recounted"][0]
        assert "化冻了" in said["orders.goods_held"][0]
        assert "放行了" in said["orders.goods_released"][0]
        assert "缺 1斤" in said["orders.shop_short"][0]
        assert "停发" in said["orders.shop_goods_held"][0]
        assert len(said["orders.order_short"]) == 1, "only who lacks something"

    def test_nobody_is_called_to_fetch_what_is_held(self, stage):
        stage.confirm()
        arrive_held(stage)
        events.drain(stage.group.pk)
        assert "orders.round_arrived" not in texts_of(stage)
        inspect_well(stage)
        events.drain(stage.group.pk)
        assert len(texts_of(stage)["orders.round_arrived"]) == 1

    def test_what_failed_is_not_called_to_fetch_either(self, stage):
        stage.confirm()
        arrive_held(stage)
        with at(stage.round.pickup_from):
            inspections.record_inspection(
                round_id=stage.round.pk,
                actor_id=stage.deputy.pk,
                found=not_passed(stage),
                request_id=uuid4(),
            )
        events.drain(stage.group.pk)
        assert "orders.round_arrived" not in texts_of(stage)
        assert "化冻了" in texts_of(stage)["orders.goods_held"][0]

    def test_no_event_takes_more_than_three_statements(self, stage):
        a_bad_delivery(stage)
        kinds = ("delivery.announced", "order.short", "hold.placed", "hold.released")
        for event in Event.objects.filter(kind__in=kinds):
            for name, handler in events._handlers[event.kind].items():
                if not events._concerns(name, event):
                    continue
                with CaptureQueriesContext(connection) as seen:
                    handler(event)
                assert len(seen) <= 3, (event.kind, name)


def arrive_held(stage: Stage) -> None:
    with at(stage.round.pickup_from - timedelta(hours=1)):
        deliveries.record_arrival(
            round_id=stage.round.pk,
            actor_id=stage.deputy.pk,
            delivered=ordered_of(stage.round),
            request_id=uuid4(),
        )


def inspect_well(stage: Stage) -> None:
    with at(stage.round.pickup_from):
        inspections.record_inspection(
            round_id=stage.round.pk,
            actor_id=stage.deputy.pk,
            found=inspections.ALL_WELL,
            request_id=uuid4(),
        )


@pytest.mark.django_db(transaction=True)
def test_what_the_table_refuses_and_what_happens_without():
    stage = make_stage()
    stage.order()
    made, table = announce(stage), "orders_deliverynotice"
    columns = (
        "group_id, round_id, arrives_from, arrives_until, car, driver, batch, note, said_by_id,"
        " for_merchant, said_at"
    )
    again = f"insert into {table} ({columns}, number) select {columns}, %s from {table}"
    backwards = again.replace(
        "select group_id, round_id, arrives_from, arrives_until",
        "select group_id, round_id, arrives_until, arrives_from",
    )
    check_guards(
        Guard(table, "delivery_notice_number_unique", again, (1,)),
        Guard(table, "delivery_notice_window", backwards, (2,)),
        Guard(
            table,
            "append-only",
            f"update {table} set car = 'x' where id = {made.pk}",
            off=f"alter table {table} disable trigger user",
        ),
    )
