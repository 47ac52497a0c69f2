"""What becomes of a bag that nobody fetched (O10)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from orders.models import CheckOff, Leftover, Order, OrderLine
from orders.queries.leftovers import leftovers_of
from orders.services import check_offs, holds, ledger, stops
from orders.services.check_off_rules import AlreadyGone
from orders.services.deliveries import NotCorrectable, correct_arrival
from orders.services.inspections import withdraw_goods
from orders.services.leftovers import BadLeftover, Decision, NotLeftOver, decide_leftover
from orders.services.offers import SaleStopped
from tests.factories import offer_of
from tests.orders.stages import Stage, accounts_of, at, line_of, make_stage
from tests.orders.support import check_books
from tuangou.core import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    return make_stage()


def missed(stage: Stage, quantity: int = 2) -> Order:
    """Ordered, arrived, nobody came."""
    order = stage.order(quantity=quantity)
    stage.arrive()
    with at(stage.round.pickup_until):
        check_offs.record_not_collected(round_id=stage.round.pk, actor_id=stage.initiator.pk)
    order.refresh_from_db()
    return order


def decide(stage: Stage, order: Order, key: Any = None, **fields: Any) -> Leftover:
    with at(stage.round.pickup_until + timedelta(hours=1)):
        return decide_leftover(
            order_id=order.pk,
            actor_id=stage.initiator.pk,
            decision=Decision(**fields),
            request_id=key or uuid4(),
            receiver_id=stage.payee_id,
        )


def late(stage: Stage, order: Order) -> CheckOff:
    with at(stage.round.pickup_until + timedelta(hours=2)):
        return check_offs.check_off(
            order_id=order.pk, actor_id=stage.initiator.pk, request_id=uuid4()
        )


def tomorrow(stage: Stage) -> Any:
    return stage.round.pickup_until + timedelta(days=1)


@pytest.mark.parametrize(("choice", "billed"), [("return", 0), ("pass", 2)])
def test_what_came_is_not_counted_anew_once_a_bag_is_gone(stage, choice, billed):
    order = missed(stage)
    decide(stage, order, choice=choice, taker_id=stage.neighbour.pk if choice == "pass" else None)
    with at(tomorrow(stage)), pytest.raises(NotCorrectable, match="退回商家"):
        correct_arrival(
            round_id=stage.round.pk,
            actor_id=stage.initiator.pk,
            delivered={offer_of(stage.round).pk: Decimal(3)},
            request_id=uuid4(),
        )
    assert line_of(order).billed_quantity == billed
    check_books()


class TestKeep:
    def test_moves_nothing_and_may_be_fetched(self, stage):
        order = missed(stage)
        before = accounts_of(stage.round)
        decide(stage, order, choice="keep", until=tomorrow(stage), note="冰箱第二层")
        decide(stage, order, choice="keep", until=tomorrow(stage) + timedelta(days=1))
        assert accounts_of(stage.round) == before
        late(stage, order)
        order.refresh_from_db()
        assert order.status == "collected"

    @pytest.mark.parametrize("hours", [None, 0, -5])
    def test_until_some_time_to_come(self, stage, hours):
        until = None if hours is None else stage.round.pickup_until + timedelta(hours=hours)
        with pytest.raises(BadLeftover):
            decide(stage, missed(stage), choice="keep", until=until)


class TestPass:
    def test_without_money_who_ordered_stays_liable(self, stage):
        order = missed(stage)
        before = accounts_of(stage.round)
        decide(stage, order, choice="pass", taker_id=stage.neighbour.pk)
        assert accounts_of(stage.round) == before
        with pytest.raises(AlreadyGone, match="让给"):
            late(stage, order)

    def test_what_the_taker_paid_is_credited_to_who_ordered(self, stage):
        order = missed(stage)
        stage.receive(order, 7600, stage.pickup)
        decide(stage, order, choice="pass", taker_id=stage.neighbour.pk, paid_fen=7600)
        assert ledger.balance_of_order(order.pk) == -7600
        check_books()

    def test_unpaid_it_settles_the_order(self, stage):
        order = missed(stage)
        decide(stage, order, choice="pass", taker_id=stage.neighbour.pk, paid_fen=7600)
        assert ledger.balance_of_order(order.pk) == 0

    def test_what_is_withdrawn_afterwards_pays_the_taker_s_money_to_nobody(self, stage):
        order = missed(stage)
        decide(stage, order, choice="pass", taker_id=stage.neighbour.pk, paid_fen=7600)
        with at(tomorrow(stage)):
            held = holds.hold(
                round_id=stage.round.pk,
                offer_id=offer_of(stage.round).pk,
                kind="incident",
                reason="发酸",
            )
            withdraw_goods(
                hold_id=held.pk, actor_id=stage.initiator.pk, reason="不发了", request_id=uuid4()
            )
        assert line_of(order).billed_quantity == 2
        assert ledger.balance_of_order(order.pk) == 0
        check_books()

    def test_to_somebody_of_the_group_only(self, stage):
        stranger, order = make_stage(), missed(stage)
        for taker in (None, order.member_id, stranger.member.pk, 0):
            with pytest.raises(BadLeftover):
                decide(stage, order, choice="pass", taker_id=taker)
        assert not Leftover.objects.exists()

    def test_nobody_takes_over_what_may_be_unsafe_until_it_is_ruled(self, stage):
        """Kept or given back it may be at any time; passed on it would be sold (R2)."""
        order = missed(stage)
        it = {"group_id": stage.group.pk, "complaint_no": 1, "user_id": None}
        passed = {"choice": "pass", "taker_id": stage.neighbour.pk, "paid_fen": 7600}
        with at(stage.round.pickup_until):
            stops.stop_sale(**it, item_id=offer_of(stage.round).item_id, at=clock.now())
        with pytest.raises(SaleStopped, match="不能让给别人") as caught:
            decide(stage, order, **passed)
        assert "裁定" not in str(caught.value), "it may have been ruled long ago"
        decide(stage, order, choice="keep", until=tomorrow(stage))
        with at(stage.round.pickup_until):
            stops.lift_stop(**it, at=clock.now())
        assert decide(stage, order, **passed).paid_fen == 7600

    def test_sent_twice_the_money_is_taken_once(self, stage):
        order, key = missed(stage), uuid4()
        for _again in range(2):
            decide(stage, order, key, choice="pass", taker_id=stage.neighbour.pk, paid_fen=7600)
        assert ledger.balance_of_order(order.pk) == 0


class TestReturn:
    def test_is_taken_off_and_credited_with_the_commission(self, stage):
        stage.order(stage.neighbour)
        order = missed(stage)
        stage.receive(order, 7600, stage.pickup)
        decide(stage, order, choice="return")
        assert ledger.balance_of_order(order.pk) == -7600
        assert accounts_of(stage.round)["commission"] == -380  # 5 % of the other ¥76.00
        assert OrderLine.objects.get(order=order).billed_quantity == 0
        check_books()
        with pytest.raises(AlreadyGone, match="退回商家"):
            late(stage, order)

    def test_the_rest_of_a_bag(self, stage):
        order = stage.order(quantity=3)
        stage.arrive()
        with at(stage.pickup):
            check_offs.check_off(
                order_id=order.pk,
                actor_id=stage.initiator.pk,
                request_id=uuid4(),
                lines={order.lines.get().pk: Decimal(1)},
            )
        decide(stage, order, choice="return")
        assert ledger.balance_of_order(order.pk) == 3800
        check_books()


class TestOnce:
    def test_what_is_gone_is_not_decided_again(self, stage):
        order = missed(stage)
        decide(stage, order, choice="return")
        for choice in ("keep", "pass", "return"):
            with pytest.raises(AlreadyGone):
                decide(
                    stage,
                    order,
                    choice=choice,
                    until=tomorrow(stage),
                    taker_id=stage.neighbour.pk,
                )

    def test_twin_the_table_refuses_a_second_letting_go(self, stage, monkeypatch):
        order = missed(stage)
        decide(stage, order, choice="pass", taker_id=stage.neighbour.pk)
        monkeypatch.setattr("orders.services.leftovers.check_not_gone", lambda order: None)
        with pytest.raises(IntegrityError, match="left_over_goes_once"), transaction.atomic():
            decide(stage, order, choice="return")

    def test_not_while_the_bag_waits_or_after_it_went(self, stage):
        waiting, fetched = stage.order(), stage.order(stage.neighbour)
        stage.arrive()
        stage.hand_over(fetched)
        for order in (waiting, fetched):
            with pytest.raises(NotLeftOver):
                decide(stage, order, choice="return")


class TestPages:
    def client(self, stage: Stage) -> Client:
        client = Client()
        assert stage.initiator.user is not None
        client.force_login(stage.initiator.user)
        return client

    def post(self, stage: Stage, order: Order, **typed: str) -> Any:
        address = reverse("orders:leftover", args=[stage.group.slug, order.pk])
        return self.client(stage).post(address, {"request_id": str(uuid4())} | typed)

    def test_decided_on_the_page(self, stage):
        order = missed(stage)
        typed = {"choice": "pass", "taker": stage.neighbour.nickname, "paid": "0"}
        assert self.post(stage, order, **typed).status_code == 302
        (row,) = leftovers_of(stage.round)
        assert row.decided is not None
        assert (row.is_gone, row.decided.taker) == (True, stage.neighbour)
        index = reverse("orders:leftovers", args=[stage.group.slug, stage.round.pk])
        assert (
            f"让给了 {stage.neighbour.nickname}" in self.client(stage).get(index).content.decode()
        )

    @pytest.mark.parametrize(
        "typed",
        [
            {},
            {"choice": "eat"},
            {"choice": "keep", "until_date": "2020-01-01", "until_time": "20:00"},
            {"choice": "keep", "until_date": "x", "until_time": "y"},
            {"choice": "keep", "until_date": "9999-12-31", "until_time": "23:59"},
            {"choice": "pass", "taker": "99-9999"},
            {"choice": "pass", "taker": "王芳", "paid": "viel"},
        ],
    )
    def test_what_is_wrong_is_said(self, stage, typed):
        order = missed(stage)
        assert self.post(stage, order, **typed).status_code == 422
        assert not Leftover.objects.exists()

    @pytest.mark.parametrize("bags", [1, 3])
    def test_six_statements_whatever_the_length(self, stage, bags, django_assert_num_queries):
        for _ in range(bags):
            stage.order()
        missed(stage)
        with django_assert_num_queries(6):
            leftovers_of(stage.round)
