"""Bags handed over in part, stopped goods, missing goods, money with the bag (O10, O9, O16)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from orders.models import CheckOff, Hold, Order, OrderLine, Payment
from orders.queries.desk import desk_page
from orders.services import check_offs, holds, ledger
from orders.services.check_off_rules import MoreThanLeft
from orders.services.check_offs import AlreadyCollected, BadPart, Cash, GoodsHeld
from orders.services.rounds import NotAllHandedOut, complete_round
from tests.factories import offer_of
from tests.orders.stages import Stage, at, filled, make_stage
from tuangou.core.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    return make_stage(offers=2)


def officer(stage: Stage) -> User:
    assert stage.initiator.user is not None
    return stage.initiator.user


def two_lines(stage: Stage) -> tuple[Order, list[OrderLine]]:
    """3 of the first offer and 2 of the second, arrived."""
    order = stage.order(
        quantities={
            offer_of(stage.round, 1).pk: Decimal(3),
            offer_of(stage.round, 2).pk: Decimal(2),
        }
    )
    stage.arrive()
    return order, list(OrderLine.objects.filter(order=order).order_by("offer__position"))


def hand(stage: Stage, order: Order, minutes: int = 0, **fields: Any) -> CheckOff:
    with at(stage.pickup + timedelta(minutes=minutes)):
        return check_offs.check_off(
            **filled(
                {"order_id": order.pk, "actor_id": stage.initiator.pk, "request_id": uuid4()},
                fields,
            )
        )


def undo(stage: Stage, done: CheckOff) -> None:
    with at(stage.pickup + timedelta(hours=1)):
        check_offs.undo_check_off(
            check_off_id=done.pk, actor_id=stage.initiator.pk, request_id=uuid4()
        )


def state(order: Order) -> tuple[str, list[Decimal]]:
    order.refresh_from_db()
    lines = OrderLine.objects.filter(order=order).order_by("offer__position")
    return order.status, list(lines.values_list("collected_quantity", flat=True))


class TestPart:
    def test_some_now_and_the_rest_later(self, stage):
        order, (first, second) = two_lines(stage)
        done = hand(stage, order, lines={first.pk: Decimal("1.5")})
        assert state(order) == ("partly", [Decimal("1.5"), Decimal(0)])
        assert [(x.line_id, x.quantity) for x in done.lines.all()] == [(first.pk, Decimal("1.5"))]
        rest = hand(stage, order, minutes=9)
        assert state(order) == ("collected", [Decimal(3), Decimal(2)])
        assert {x.line_id: x.quantity for x in rest.lines.all()} == {
            first.pk: Decimal("1.5"),
            second.pk: Decimal(2),
        }
        with pytest.raises(AlreadyCollected):
            hand(stage, order)

    def test_all_of_it_chosen_by_line_is_collected(self, stage):
        order, lines = two_lines(stage)
        hand(stage, order, lines={line.pk: line.billed_quantity for line in lines})
        assert state(order)[0] == "collected"

    def test_not_more_than_is_left(self, stage):
        order, (first, _second) = two_lines(stage)
        hand(stage, order, lines={first.pk: Decimal(2)})
        with pytest.raises(MoreThanLeft, match="只剩 1斤"):
            hand(stage, order, lines={first.pk: Decimal(2)})
        assert state(order)[1][0] == 2

    @pytest.mark.parametrize("quantity", ["-1", "0", "NaN", "0.0001", "Infinity"])
    def test_quantities_that_are_none(self, stage, quantity):
        order, (first, _second) = two_lines(stage)
        with pytest.raises(BadPart):
            hand(stage, order, lines={first.pk: Decimal(quantity)})

    def test_lines_of_another_order_are_not_here(self, stage):
        other = stage.order(stage.neighbour)
        order, _lines = two_lines(stage)
        with pytest.raises(BadPart):
            hand(stage, order, lines={other.lines.get().pk: Decimal(1)})

    def test_undoing_takes_back_what_that_one_gave(self, stage):
        order, (first, _second) = two_lines(stage)
        part = hand(stage, order, lines={first.pk: Decimal(1)})
        rest = hand(stage, order, minutes=5)
        undo(stage, rest)
        assert state(order) == ("partly", [Decimal(1), Decimal(0)])
        undo(stage, part)
        assert state(order) == ("placed", [Decimal(0), Decimal(0)])

    def test_a_missed_bag_may_go_in_part_and_undone_it_is_missed(self, stage):
        order, (first, _second) = two_lines(stage)
        with at(stage.round.pickup_until):
            check_offs.record_not_collected(round_id=stage.round.pk, actor_id=stage.initiator.pk)
            complete_round(round_id=stage.round.pk, actor_id=stage.initiator.pk)
        done = hand(stage, order, lines={first.pk: Decimal(1)})
        assert state(order)[0] == "partly"
        undo(stage, done)
        assert state(order)[0] == "missed"

    def test_the_same_request_is_one_and_another_body_a_conflict(self, stage):
        order, (first, _second) = two_lines(stage)
        key = uuid4()
        one = hand(stage, order, lines={first.pk: Decimal(1)}, request_id=key)
        assert hand(stage, order, lines={first.pk: Decimal("1.0")}, request_id=key) == one
        assert state(order)[1][0] == 1

    def test_the_desk_shows_what_is_left(self, stage):
        order, (first, _second) = two_lines(stage)
        hand(stage, order, lines={first.pk: Decimal(1)})
        page = desk_page(stage.round)
        (row,) = page.rows
        assert (row.is_part, row.is_collected) == (True, False)
        assert [item.left for item in row.items] == [Decimal(2), Decimal(2)]
        assert (page.collected, page.counts["waiting"]) == (0, 1)
        assert [r.order_id for r in page.recent] == [order.pk]


class TestStopped:
    def stop(self, stage: Stage, number: int | None) -> Hold:
        with at(stage.pickup):
            return holds.hold(
                round_id=stage.round.pk,
                offer_id=offer_of(stage.round, number).pk if number else None,
                kind="inspection",
                reason="化了",
                actor_id=stage.initiator.pk,
            )

    def test_the_bag_stays_and_its_rest_can_go(self, stage):
        order, (first, second) = two_lines(stage)
        stopped = self.stop(stage, 2)
        with pytest.raises(GoodsHeld, match="验货没通过"):
            hand(stage, order)
        assert state(order) == ("placed", [Decimal(0), Decimal(0)])
        with pytest.raises(GoodsHeld):
            hand(stage, order, lines={second.pk: Decimal(1)})
        hand(stage, order, lines={first.pk: Decimal(3)})
        assert state(order) == ("partly", [Decimal(3), Decimal(0)])
        with at(stage.pickup):
            holds.release(
                hold_id=stopped.pk,
                actor_id=stage.initiator.pk,
                reason="看过了",
                request_id=uuid4(),
            )
        hand(stage, order, minutes=3)
        assert state(order)[0] == "collected"

    def test_a_whole_round_stopped(self, stage):
        order, (first, _second) = two_lines(stage)
        self.stop(stage, None)
        with pytest.raises(GoodsHeld):
            hand(stage, order, lines={first.pk: Decimal(1)})

    def test_a_bag_without_the_stopped_goods_goes(self, stage):
        order = stage.order(quantity=2)
        stage.order(stage.neighbour, quantities={offer_of(stage.round, 2).pk: Decimal(1)})
        stage.arrive()
        self.stop(stage, 2)
        hand(stage, order)
        assert state(order)[0] == "collected"

    def test_the_desk_marks_them(self, stage):
        two_lines(stage)
        self.stop(stage, 2)
        (row,) = desk_page(stage.round).rows
        assert [item.held for item in row.items] == [False, True]
        assert ([x.name for x in row.goes], len(row.held)) == ([row.items[0].name], 1)


class TestMissing:
    def test_what_is_missing_is_credited_and_the_bag_is_done(self, stage):
        order, (first, second) = two_lines(stage)
        before = ledger.balance_of_order(order.pk)
        hand(stage, order, lines={first.pk: Decimal(3), second.pk: Decimal(1)}, missing=[second.pk])
        assert state(order) == ("collected", [Decimal(3), Decimal(1)])
        second.refresh_from_db()
        assert second.billed_quantity == 1
        price = second.final_unit_price_fen or second.unit_price_fen
        assert ledger.balance_of_order(order.pk) == before - price

    def test_everything_missing(self, stage):
        order, lines = two_lines(stage)
        hand(stage, order, lines={}, missing=[line.pk for line in lines])
        assert state(order) == ("collected", [Decimal(0), Decimal(0)])
        assert ledger.balance_of_order(order.pk) == 0

    def test_a_refused_part_credits_nothing(self, stage):
        order, (first, second) = two_lines(stage)
        before = ledger.balance_of_order(order.pk)
        with pytest.raises(MoreThanLeft):
            hand(stage, order, lines={first.pk: Decimal(4)}, missing=[second.pk])
        assert ledger.balance_of_order(order.pk) == before

    def test_nothing_missing_in_a_line_that_goes_whole(self, stage):
        order, (first, second) = two_lines(stage)
        before = ledger.balance_of_order(order.pk)
        hand(
            stage,
            order,
            lines={first.pk: Decimal(3), second.pk: Decimal(2)},
            missing=[second.pk],
        )
        assert ledger.balance_of_order(order.pk) == before


class TestMoney:
    def test_bag_and_money_together(self, stage):
        order, _lines = two_lines(stage)
        owed = ledger.balance_of_order(order.pk)
        hand(stage, order, cash=Cash(stage.payee_id))
        assert ledger.balance_of_order(order.pk) == 0
        assert Payment.objects.get(order=order).amount_fen == owed

    def test_what_was_taken_in_the_cellar_is_booked_as_it_was(self, stage):
        order, _lines = two_lines(stage)
        owed = ledger.balance_of_order(order.pk)
        stage.receive(order, owed, when=stage.pickup)
        hand(stage, order, cash=Cash(stage.payee_id, owed))
        assert ledger.balance_of_order(order.pk) == -owed  # a credit to give back, not a loss

    def test_a_bag_that_is_gone_takes_no_money(self, stage):
        order, _lines = two_lines(stage)
        hand(stage, order)
        with pytest.raises(AlreadyCollected):
            hand(stage, order, cash=Cash(stage.payee_id))
        assert not Payment.objects.filter(order=order).exists()


def test_the_rest_of_a_bag_holds_the_round_open_while_it_may_be_fetched(stage):
    order, (first, _second) = two_lines(stage)
    hand(stage, order, lines={first.pk: Decimal(1)})
    with at(stage.pickup), pytest.raises(NotAllHandedOut):
        complete_round(round_id=stage.round.pk, actor_id=stage.initiator.pk)
    with at(stage.round.pickup_until):
        complete_round(round_id=stage.round.pk, actor_id=stage.initiator.pk)
    hand(stage, order, minutes=99)
    assert state(order)[0] == "collected"


class TestPages:
    def post(self, stage: Stage, order: Order, **fields: Any) -> Any:
        client = Client()
        client.force_login(officer(stage))
        address = reverse("orders:check-off", args=[stage.group.slug, order.pk])
        return client.post(address, {"request_id": str(uuid4()), "way": "door"} | fields)

    def test_a_part_with_the_rest_missing(self, stage):
        order, (first, second) = two_lines(stage)
        answer = self.post(
            stage,
            order,
            part="1",
            **{f"line_{first.pk}": "３", f"line_{second.pk}": "1", f"short_{second.pk}": "1"},
        )
        assert answer.status_code == 302
        assert state(order) == ("collected", [Decimal(3), Decimal(1)])

    @pytest.mark.parametrize("typed", ["zwei", "-1", "1e9"])
    def test_a_quantity_that_is_none_is_a_sentence(self, stage, typed):
        order, (first, _second) = two_lines(stage)
        answer = self.post(stage, order, part="1", **{f"line_{first.pk}": typed})
        assert answer.status_code in (409, 422)

    def test_the_page_offers_parts_and_what_is_stopped(self, stage):
        order, (first, _second) = two_lines(stage)
        TestStopped().stop(stage, 2)
        client = Client()
        client.force_login(officer(stage))
        page = client.get(reverse("orders:desk", args=[stage.group.slug, stage.round.pk]))
        text = page.content.decode()
        assert f'name="line_{first.pk}"' in text
        assert "先不能交" in text
        assert "交其余的" in text
        assert order.nickname in text

    def test_from_door_to_door(self, stage):
        stage.order(stage.flat("7栋", "", "1001"))
        stage.order(stage.flat("7栋", "", "302"))
        stage.order(stage.flat("9栋", "", "2乙1"))
        stage.arrive()
        client = Client()
        client.force_login(officer(stage))
        first = client.get(reverse("orders:doors", args=[stage.group.slug, stage.round.pk]))
        text = first.content.decode()
        assert text.index("7-302") < text.index("7-1001")
        assert "9-2乙1" not in text
        second = client.get(reverse("orders:doors-at", args=[stage.group.slug, stage.round.pk, 2]))
        assert "9-2乙1" in second.content.decode()
        beyond = client.get(reverse("orders:doors-at", args=[stage.group.slug, stage.round.pk, 99]))
        assert "9-2乙1" in beyond.content.decode()
