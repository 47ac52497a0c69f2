"""Each car of a delivery that has to be inspected has a checklist of its own (O16)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from orders.models import Batch, Hold, Inspection, Order
from orders.queries.deliveries import Came, Lot
from orders.queries.delivery_pages import delivery_page, goods_news
from orders.queries.inspections import checklist
from orders.services import deliveries, holds
from orders.services.check_offs import GoodsHeld
from orders.services.inspections import BadInspection, Found, NotInspectable, record_inspection
from tests.factories import offer_of
from tests.orders.guarded import Guard, check_guards
from tests.orders.stages import Stage, at, make_stage
from tests.orders.test_deliveries import came, three_orders
from tests.orders.test_later_arrivals import count, more, take
from tuangou.core.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    return make_stage()


def looked(stage: Stage, verdict: str = "passed", **fields: Any) -> Found:
    keys = {check.key: verdict == "passed" for check in checklist([offer_of(stage.round).category])}
    return Found(verdict, keys, Decimal(3), "" if verdict == "passed" else "发酸", **fields)


def inspect(stage: Stage, car: int, found: Found) -> Inspection:
    with at(stage.pickup + timedelta(hours=2)):
        return record_inspection(
            round_id=stage.round.pk,
            actor_id=stage.deputy.pk,
            found=found,
            car=car,
            request_id=uuid4(),
        )


def arrived_unseen(stage: Stage) -> None:
    """A first car that has to be inspected, and was not."""
    with at(stage.round.pickup_from - timedelta(hours=2)):
        deliveries.record_arrival(
            round_id=stage.round.pk,
            actor_id=stage.initiator.pk,
            delivered=came(stage, 3),
            request_id=uuid4(),
        )
    stage.round.refresh_from_db()


def standing(stage: Stage) -> list[int | None]:
    """The cars whose goods stay."""
    return list(Hold.objects.standing(stage.round.pk).order_by("pk").values_list("car", flat=True))


def test_what_passed_on_the_second_car_may_go(stage):
    orders = three_orders(stage)
    count(stage, 3, due=True)
    more(stage, 3)
    assert standing(stage) == [2]
    with pytest.raises(GoodsHeld, match="第 2 车等验货"):
        take(stage, orders[2])
    made = inspect(stage, 2, looked(stage))
    assert (made.car, made.verdict) == (2, "passed")
    assert standing(stage) == []
    assert Event.objects.get(kind="hold.released").data["lets_go"] is True
    take(stage, orders[2], timedelta(hours=3))
    rows = delivery_page(stage.round).inspections
    assert [(row.found.car, len(row.checks)) for row in rows] == [(1, 6), (2, 6)]


def test_what_failed_stays_until_the_initiator_decides(stage):
    orders = three_orders(stage)
    count(stage, 3, due=True)
    more(stage, 3)
    inspect(stage, 2, looked(stage, "failed"))
    (hold,) = Hold.objects.standing(stage.round.pk)
    assert (hold.car, hold.said) == (2, "验货没通过：发酸")
    assert [event.data["lets_go"] for event in Event.objects.filter(kind="hold.released")] == [
        False
    ]
    with pytest.raises(GoodsHeld):
        take(stage, orders[2])
    news = goods_news(stage.round)
    assert news is not None
    assert (news.verdict, news.note, news.is_held) == ("failed", "发酸", True)
    with at(stage.pickup + timedelta(hours=3)):
        holds.release(
            hold_id=hold.pk, actor_id=stage.initiator.pk, reason="量过了", request_id=uuid4()
        )
    take(stage, orders[2], timedelta(hours=4))


def test_each_car_once_and_only_one_that_came(stage):
    three_orders(stage)
    count(stage, 3, due=True)
    more(stage, 1)
    inspect(stage, 2, looked(stage))
    with pytest.raises(NotInspectable, match="已经验过"):
        inspect(stage, 2, looked(stage))
    with pytest.raises(NotInspectable, match="没有第 3 车"):
        inspect(stage, 3, looked(stage))


def test_one_car_does_not_let_another_one_go(stage):
    """Three cars of one thing, none looked at: each lets its own go; nobody is called before."""
    orders = three_orders(stage)
    arrived_unseen(stage)
    more(stage, 1)
    more(stage, 1)
    assert standing(stage) == [None, 2, 3]
    inspect(stage, 2, looked(stage))
    assert standing(stage) == [None, 3]
    inspect(stage, 1, looked(stage))
    assert standing(stage) == [3]
    with pytest.raises(GoodsHeld):
        take(stage, orders[0])
    inspect(stage, 3, looked(stage))
    told = Event.objects.filter(kind="hold.released").order_by("pk")
    assert [event.data["lets_go"] for event in told] == [False, True, True]
    take(stage, orders[0], timedelta(hours=3))


def test_only_the_batch_that_failed(stage):
    three_orders(stage)
    count(stage, 2, due=True)
    more(stage, 4, lots=(Lot("L8", Decimal(1)), Lot("L9", Decimal(3))))
    first, bad = Batch.objects.order_by("pk")
    with pytest.raises(BadInspection, match="这一车"):
        inspect(stage, 2, looked(stage, "failed", failed_batches=frozenset({first.pk + bad.pk})))
    inspect(stage, 2, looked(stage, "failed", failed_batches=frozenset({bad.pk})))
    (hold,) = Hold.objects.standing(stage.round.pk)
    assert (hold.batch, hold.car) == (bad, 2)
    told = Event.objects.filter(kind="hold.released")
    assert {event.data["batch"]: event.data["lets_go"] for event in told} == {
        first.pk: True,
        bad.pk: False,
    }


def test_a_car_that_need_not_be_may_be(stage):
    three_orders(stage)
    count(stage, 3)
    more(stage, 3)
    assert standing(stage) == []
    inspect(stage, 2, looked(stage, "failed", failed=frozenset({offer_of(stage.round).pk})))
    assert standing(stage) == [2]


def test_goods_that_nobody_ordered_are_on_no_list():
    """The lines of the page are those that are asked for, also where an offer found no buyer."""
    stage = make_stage(offers=2)
    type(offer_of(stage.round, 2)).objects.filter(pk=offer_of(stage.round, 2).pk).update(
        category="vegetables"
    )
    stage.order()
    stage.confirm()
    found = looked(stage)
    assert "fresh" not in found.checks
    with at(stage.round.pickup_from - timedelta(hours=2)):
        deliveries.record_arrival(
            round_id=stage.round.pk,
            actor_id=stage.deputy.pk,
            delivered={offer_of(stage.round).pk: Came(Order.objects.get().lines.get().quantity)},
            inspection=found,
            request_id=uuid4(),
        )
    assert Inspection.objects.get().checks == dict(found.checks)


def test_its_page(stage, client: Client):
    """From the stop to its own checklist, and back to what was found; a car that is not: 404."""
    three_orders(stage)
    count(stage, 3, due=True)
    more(stage, 3)
    client.force_login(stage.deputy.user)
    slug = stage.group.slug
    here = reverse("orders:delivery", args=[slug, stage.round.pk])
    form = reverse("orders:inspect-car", args=[slug, stage.round.pk, 2])
    with at(stage.pickup + timedelta(hours=2)):
        page = client.get(here).content.decode()
        assert f'href="{form}"' in page
        assert "数错了，更正" not in page  # the first car stands once another came
        page = client.get(form).content.decode()
        assert "第 2 车" in page
        assert "第 1 车" not in page
        refused = client.post(form, {"verdict": "failed", "request_id": uuid4()})
        assert refused.status_code == 422
        answers = {f"check_{key}": "yes" for key in looked(stage).checks}
        sent = {**answers, "temperature": "3.5", "verdict": "passed", "request_id": uuid4()}
        assert client.post(form, sent).status_code == 302
        assert "第 2 车验货" in client.get(here).content.decode()
        wrong = reverse("orders:inspect-car", args=[slug, stage.round.pk, 3])
        assert client.get(wrong).status_code == 404
    assert standing(stage) == []


def test_nobody_is_sent_to_a_car_that_was_looked_at(stage, client: Client):
    """A deputy, who does not decide, is led to each car that waits, whatever else is stopped."""
    three_orders(stage)
    arrived_unseen(stage)
    inspect(stage, 1, looked(stage, "failed"))
    more(stage, 1)
    more(stage, 1)
    inspect(stage, 2, looked(stage))
    client.force_login(stage.deputy.user)
    here = (stage.group.slug, stage.round.pk)
    page = client.get(reverse("orders:delivery", args=here)).content.decode()
    assert "先不发" in page
    shown = {
        car: page.count(f'href="{path}"')
        for car, path in (
            (1, reverse("orders:inspection", args=here)),
            *((car, reverse("orders:inspect-car", args=(*here, car))) for car in (2, 3)),
        )
    }
    assert shown == {1: 0, 2: 0, 3: 1}


def test_why_goods_wait_is_said_in_the_readers_language(stage):
    """What is stored is in the language of who counted; a page says it in the reader's."""
    three_orders(stage)
    with translation.override("en"):
        count(stage, 3, due=True)
        more(stage, 3)
    (hold,) = Hold.objects.standing(stage.round.pk)
    Hold.objects.filter(pk=hold.pk).update(reason="Car 2 waits to be inspected")
    hold.refresh_from_db()
    assert (hold.said, hold.in_short) == ("第 2 车等验货", "第 2 车等验货")


@pytest.mark.django_db(transaction=True)
def test_what_the_table_refuses_and_what_happens_without():
    stage = make_stage()
    three_orders(stage)
    delivery = count(stage, 3, due=True)
    more(stage, 3)
    (hold,) = Hold.objects.standing(stage.round.pk)
    row = (
        "insert into orders_inspection"
        " (group_id, delivery_id, car, verdict, checks, note, by_id, at)"
        f" values ({stage.group.pk}, {delivery.pk}, %s, 'passed', '{{}}', '', {stage.deputy.pk},"
        " now())"
    )
    check_guards(
        Guard("orders_inspection", "inspection_of_a_car", row, (0,)),
        Guard(
            "orders_hold",
            "hold_of_a_later_car",
            f"update orders_hold set car = 1 where id = {hold.pk}",
        ),
    )
