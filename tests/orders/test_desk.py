"""The desk, and what nobody fetched (O10)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from groups.models import Building
from orders.models import CheckOff, Order, OrderLine
from orders.queries.bags import natural
from orders.queries.desk import desk_page, desk_row
from orders.services import check_offs
from orders.services.check_offs import (
    AlreadyCollected,
    BadWay,
    HasReturn,
    NotArrived,
    NothingToUndo,
    OrderCancelled,
    WindowOpen,
)
from orders.services.orders import cancel_order
from orders.services.rounds import complete_round
from tests.factories import offer_of
from tests.orders.stages import Stage, at, filled, make_stage
from tuangou.core.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    return make_stage()


def check_off(stage: Stage, order: Order, **fields: Any) -> CheckOff:
    with at(stage.pickup):
        return check_offs.check_off(
            **filled(
                {"order_id": order.pk, "actor_id": stage.initiator.pk, "request_id": uuid4()},
                fields,
            )
        )


def undo(stage: Stage, done: CheckOff, **fields: Any) -> CheckOff:
    with at(stage.pickup + timedelta(minutes=1)):
        return check_offs.undo_check_off(
            **filled(
                {"check_off_id": done.pk, "actor_id": stage.deputy.pk, "request_id": uuid4()},
                fields,
            )
        )


def miss(stage: Stage, after: timedelta = timedelta(0)) -> int:
    with at(stage.round.pickup_until + after):
        return check_offs.record_not_collected(round_id=stage.round.pk, actor_id=stage.initiator.pk)


def collected(order: Order) -> list[Decimal]:
    lines = OrderLine.objects.filter(order=order).order_by("pk")
    return list(lines.values_list("collected_quantity", flat=True))


class TestCheckOff:
    def test_hands_over_every_line(self):
        stage = make_stage(offers=2)
        offers = {offer_of(stage.round, n).pk: Decimal(n) for n in (1, 2)}
        order = stage.order(quantities=offers)
        stage.arrive()
        done = check_off(stage, order, way="name", collected_by="婆婆", device_at=stage.pickup)
        order.refresh_from_db()
        assert order.status == "collected"
        assert collected(order) == [Decimal(1), Decimal(2)]
        assert (done.by, done.way, done.collected_by) == (stage.initiator, "name", "婆婆")
        assert Event.objects.get(kind="order.collected").subject_id == order.pk

    def test_the_second_tap_names_time_and_who(self, stage):
        order = stage.order()
        stage.arrive()
        check_off(stage, order)
        local = stage.group.local(stage.pickup)
        with pytest.raises(AlreadyCollected) as refused:
            check_off(stage, order, actor_id=stage.deputy.pk)
        assert stage.initiator.nickname in str(refused.value)
        assert f"{local.month}月{local.day}日 {local:%H:%M}" in str(refused.value)

    def test_not_before_the_goods_came(self, stage):
        order = stage.order()
        stage.confirm()
        with pytest.raises(NotArrived):
            check_off(stage, order)

    def test_not_a_cancelled_order(self, stage):
        order = stage.order()
        stage.order(stage.neighbour)
        with at(stage.ordering):
            cancel_order(order_id=order.pk, actor_id=stage.member.pk, request_id=uuid4())
        stage.arrive()
        with pytest.raises(OrderCancelled):
            check_off(stage, order)

    def test_way_must_be_known(self, stage):
        order = stage.order()
        stage.arrive()
        with pytest.raises(BadWay):
            check_off(stage, order, way="phone")

    def test_a_missed_bag_may_be_fetched_late(self, stage):
        order = stage.order()
        stage.arrive()
        assert miss(stage) == 1
        with at(stage.round.pickup_until + timedelta(hours=1)):
            complete_round(round_id=stage.round.pk, actor_id=stage.initiator.pk)
        check_off(stage, order)
        order.refresh_from_db()
        assert order.status == "collected"

    def test_the_same_tap_twice_is_one(self, stage):
        order = stage.order()
        stage.arrive()
        key = uuid4()
        first, second = (check_off(stage, order, request_id=key) for _ in range(2))
        assert first == second
        assert CheckOff.objects.count() == 1


class TestUndo:
    def test_the_bag_waits_again(self, stage):
        order = stage.order()
        stage.arrive()
        done = undo(stage, check_off(stage, order))
        order.refresh_from_db()
        assert order.status == "placed"
        assert collected(order) == [Decimal(0)]
        assert (done.undone_by, done.undone_at) == (
            stage.deputy,
            stage.pickup + timedelta(minutes=1),
        )
        assert Event.objects.get(kind="order.uncollected").subject_id == order.pk
        check_off(stage, order)
        assert CheckOff.objects.filter(order=order).count() == 2

    def test_only_once(self, stage):
        order = stage.order()
        stage.arrive()
        done = undo(stage, check_off(stage, order))
        with pytest.raises(NothingToUndo):
            undo(stage, done)

    def test_not_once_a_return_stands_on_it(self, stage):
        order = stage.collected()
        stage.ask(order)
        with pytest.raises(HasReturn):
            undo(stage, CheckOff.objects.get(order=order))
        order.refresh_from_db()
        assert order.status == "collected"

    def test_in_a_completed_round_the_bag_was_missed(self, stage):
        order = stage.collected()
        with at(stage.pickup):
            complete_round(round_id=stage.round.pk, actor_id=stage.initiator.pk)
        undo(stage, CheckOff.objects.get(order=order))
        order.refresh_from_db()
        assert order.status == "missed"

    def test_sent_twice_is_one(self, stage):
        order = stage.order()
        stage.arrive()
        done, key = check_off(stage, order), uuid4()
        assert undo(stage, done, request_id=key) == undo(stage, done, request_id=key)


class TestNotCollected:
    def test_all_who_wait_are_missed(self, stage):
        fetched, waiting = stage.order(), stage.order(stage.neighbour)
        stage.arrive()
        check_off(stage, fetched)
        assert miss(stage) == 1
        waiting.refresh_from_db()
        assert waiting.status == "missed"
        assert Event.objects.get(kind="order.missed").subject_id == waiting.pk
        assert miss(stage) == 0

    def test_not_before_the_window_is_over(self, stage):
        stage.order()
        stage.arrive()
        with pytest.raises(WindowOpen):
            miss(stage, -timedelta(seconds=1))

    def test_not_before_the_goods_came(self, stage):
        stage.order()
        stage.confirm()
        with pytest.raises(NotArrived):
            miss(stage)


class TestDesk:
    def test_doors_in_natural_order(self, stage):
        for door in ("9栋--201", "7栋--1001", "7栋-10-101", "7栋--302", "7栋-2-101", "7栋--302A"):
            stage.order(stage.flat(*door.split("-")))
        assert [row.door for row in desk_page(stage.round).rows] == [
            "7-302",
            "7-302A",
            "7-1001",
            "7-2-101",
            "7-10-101",
            "9-201",
        ]

    def test_building_position_decides_not_its_name(self, stage):
        stage.order(stage.flat("7栋", "", "101"))
        Building.objects.filter(group=stage.group, name="7栋").update(position=19)
        stage.order(stage.flat("9栋", "", "101"))
        page = desk_page(stage.round)
        assert [row.door for row in page.rows] == ["9-101", "7-101"]
        assert page.buildings == ("9栋", "7栋")

    def test_a_row_shows_all_the_desk_needs(self, stage):
        order = stage.order(quantity="1.5", note="切小块")
        stage.receive(order, 1000)
        stage.arrive()
        check_off(stage, order, collected_by="婆婆")
        (row,) = desk_page(stage.round).rows
        assert row.pickup_code == stage.round.pickup_code(1)
        assert [(item.quantity, item.unit) for item in row.items] == [(Decimal("1.5"), "斤")]
        assert (row.note, row.payment_state, row.money.owed_fen) == ("切小块", "part", 4700)
        assert row.is_collected
        assert (row.collected_by, row.handed_over_by) == ("婆婆", "子怡")
        assert (row.status_label, row.collected_at) == ("已取", stage.pickup)
        assert desk_row(stage.round, order.pk) == row
        assert desk_row(stage.round, 0) is None

    def test_filters_and_their_counts(self, stage):
        fetched, noted = stage.order(), stage.order(stage.neighbour, note="切小块")
        stage.receive(noted, 7600)
        stage.arrive()
        check_off(stage, fetched)
        assert desk_page(stage.round).counts == {"all": 2, "waiting": 1, "unpaid": 1, "noted": 1}
        for chosen, found in (
            ("all", [fetched, noted]),
            ("waiting", [noted]),
            ("unpaid", [fetched]),
            ("noted", [noted]),
            ("nonsense", [fetched, noted]),
        ):
            rows = desk_page(stage.round, chosen=chosen).rows
            assert {row.order_id for row in rows} == {order.pk for order in found}, chosen

    def test_progress_and_what_was_just_done(self, stage):
        first, second = stage.order(), stage.order(stage.neighbour)
        stage.arrive()
        check_off(stage, first)
        page = desk_page(stage.round)
        assert (page.collected, page.total, page.all_collected) == (1, 2, False)
        assert [row.order_id for row in page.recent] == [first.pk]
        undo(stage, check_off(stage, second))
        check_off(stage, second)
        assert desk_page(stage.round).all_collected

    def test_cancelled_orders_are_not_there(self, stage):
        order = stage.order()
        with at(stage.ordering):
            cancel_order(order_id=order.pk, actor_id=stage.member.pk, request_id=uuid4())
        assert desk_page(stage.round).total == 0

    @pytest.mark.parametrize(
        ("typed", "found"),
        [("7-5", [1]), ("7栋502", [1]), ("9-1201", [2]), ("王", [2]), ("2", [2]), ("8-1", [])],
    )
    def test_search(self, stage, typed, found):
        stage.order(stage.flat("7栋", "", "502"))
        stage.order(stage.flat("9栋", "2", "1201", "王芳"))
        rows = desk_page(stage.round, search=typed).rows
        assert [row.number for row in rows] == found

    def test_search_by_codes_and_building(self, stage):
        stage.order(stage.flat("7栋", "", "502"))
        stage.order(stage.flat("9栋", "", "502"))
        for code in (stage.round.pickup_code(2).lower(), stage.round.remark_code(2)):
            assert [row.number for row in desk_page(stage.round, search=code).rows] == [2]
        assert [row.number for row in desk_page(stage.round, building="9栋").rows] == [2]

    @pytest.mark.parametrize("orders", [1, 3])
    def test_five_statements_whatever_the_length(self, stage, orders, django_assert_num_queries):
        for _ in range(orders):
            stage.order()
        with django_assert_num_queries(5):
            desk_page(stage.round)


def test_natural():
    assert sorted(["10", "2", "A10", "A2", "302", "302A"], key=natural) == [
        "2",
        "10",
        "302",
        "302A",
        "A2",
        "A10",
    ]
