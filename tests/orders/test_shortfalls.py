"""What did not come is taken off and credited, to the fen (O9)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from functools import partial
from threading import Barrier, Event
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction

from orders.models import (
    MonthItem,
    Offer,
    Order,
    OrderChange,
    Posting,
    Round,
    Shortfall,
    ShortfallKind,
    ShortfallLine,
)
from orders.models.orders import OrderQuerySet
from orders.models.rounds import RoundQuerySet
from orders.queries.orders import order_page
from orders.queries.statements import round_statement
from orders.services import changes, returns, rounds, shortfalls, summaries
from orders.services.shortfalls import MoreThanWaiting, NotShortable, record_missing
from tests.databases import owner_cursor
from tests.factories import offer_of
from tests.orders.guarded import Guard, check_guards
from tests.orders.stages import Stage, accounts_of, at, line_of, make_stage
from tests.orders.support import check_books
from tests.threads import together
from tuangou.core import clock
from tuangou.core.models import Event as News


def missing(
    stage: Stage, order: Order, quantity: str | int = 1, *, offer: Offer | None = None
) -> Shortfall:
    with at(stage.pickup):
        return record_missing(
            order_id=order.pk,
            missing={(offer or offer_of(stage.round)).pk: Decimal(quantity)},
            actor_id=stage.deputy.pk,
        )


@pytest.fixture
def stage(db: None) -> Stage:
    return make_stage(offers=2)


@pytest.fixture
def order(stage: Stage) -> Order:
    """2斤 at ¥38.00 and one other thing, arrived."""
    second = offer_of(stage.round, 2)
    order = stage.order(quantities={offer_of(stage.round).pk: Decimal(2), second.pk: Decimal(1)})
    stage.arrive()
    return order


class TestMissingOnTheSpot:
    def test_is_taken_off_and_credited(self, stage, order):
        made = missing(stage, order, "0.5")
        line = line_of(order)
        assert [line.quantity, line.billed_quantity] == [2, Decimal("1.5")]
        assert line.billed_fen == 5700
        cut = ShortfallLine.objects.get(shortfall=made)
        assert [cut.before, cut.after] == [2, Decimal("1.5")]
        assert cut.credited_fen == 1900
        assert made.by == stage.deputy
        check_books()

    def test_history_posting_and_news(self, stage, order):
        before = accounts_of(stage.round)
        made = missing(stage, order)
        change = OrderChange.objects.get(order=order, kind="short")
        offer = str(offer_of(stage.round).pk)
        assert (change.before, change.after) == ({offer: "2"}, {offer: "1"})
        posted = Posting.objects.get(source="order_change", source_id=change.pk, account="member")
        assert posted.amount_fen == -3800
        event = News.objects.get(kind="order.short")
        assert event.subject_id == order.pk
        assert event.data["credited_fen"] == 3800
        after = accounts_of(stage.round)
        assert after["member"] == before["member"] - 3800
        assert after["commission"] == before["commission"] + 190, "5 % of ¥38.00 goes back"
        assert Posting.objects.filter(source="shortfall", source_id=made.pk).count() == 2

    def test_figures_and_statements_follow(self, stage, order):
        sales = round_statement(stage.round).sales_fen
        missing(stage, order)
        assert round_statement(stage.round).sales_fen == sales - 3800
        item = MonthItem.objects.get(item_id=offer_of(stage.round).item_id)
        assert [item.units, item.sales_fen] == [1, 3800]
        assert summaries.check(group_id=stage.group.pk) == []

    def test_all_of_a_thing_leaves_nothing_to_bill(self, stage, order):
        missing(stage, order, 2)
        assert line_of(order).billed_fen == 0
        assert not MonthItem.objects.filter(item_id=offer_of(stage.round).item_id).exists()
        missing(stage, order, 1, offer=offer_of(stage.round, 2))
        assert accounts_of(stage.round).get("merchant") is None
        check_books()

    def test_paid_already_is_credit_to_give_back(self, stage, order):
        stage.receive(order, 2 * 3800 + 3800)
        missing(stage, order)
        with at(stage.pickup):
            page = order_page(Order.objects.get(pk=order.pk), at=clock.now())
        assert page.money.balance_fen == -3800

    def test_of_the_price_that_holds(self, db):
        stage = make_stage(tiers={2: 3500})
        order = stage.order()
        stage.arrive()
        assert missing(stage, order).lines.get().credited_fen == 3500
        check_books()

    @pytest.mark.parametrize("quantity", ["2.001", "-1", "0.0001", "NaN", "0"])
    def test_at_most_what_waits(self, stage, order, quantity):
        with pytest.raises(MoreThanWaiting):
            missing(stage, order, quantity)
        assert not Shortfall.objects.exists()

    def test_what_is_not_in_the_order(self, stage, order):
        with pytest.raises(MoreThanWaiting):
            missing(stage, order, offer=Offer(pk=0))

    def test_not_before_it_came(self, stage):
        order = stage.order()
        stage.confirm()
        with pytest.raises(NotShortable):
            missing(stage, order)

    def test_not_of_a_bag_that_is_gone(self, stage):
        order = stage.collected()
        with pytest.raises(NotShortable):
            missing(stage, order)

    def test_the_rest_of_a_round_can_be_cancelled(self, stage, order):
        missing(stage, order)
        with at(stage.pickup):
            rounds.cancel_round(
                round_id=stage.round.pk, actor_id=stage.initiator.pk, reason="车坏了"
            )
        check_books()


class TestManyAtOnce:
    def test_each_order_gets_its_own_change_and_the_commission_is_posted_once(self, stage):
        orders = [stage.order(quantity=q) for q in (1, 2, 3)]
        stage.arrive()
        lines = [line_of(order) for order in orders]
        with at(stage.pickup):
            made = rebill(stage, {line.pk: line.quantity - 1 for line in lines})
        assert made is not None
        assert [cut.credited_fen for cut in made.lines.order_by("pk")] == [3800] * 3
        assert News.objects.filter(kind="order.short").count() == 3
        assert Posting.objects.filter(source="shortfall").count() == 2
        check_books()

    def test_nothing_changed_is_nothing_done(self, stage, order):
        line = line_of(order)
        with at(stage.pickup):
            assert rebill(stage, {line.pk: line.billed_quantity}) is None
        assert not Shortfall.objects.exists()


def rebill(stage: Stage, billed: dict[int, Decimal]) -> Shortfall | None:
    return shortfalls.rebill(
        rnd=Round.objects.get(pk=stage.round.pk),
        kind=ShortfallKind.DELIVERY,
        billed=billed,
        at=clock.now(),
        actor=stage.initiator,
    )


@pytest.mark.django_db(transaction=True)
def test_what_the_tables_refuse_and_what_happens_without():
    stage = make_stage()
    order = stage.order()
    stage.arrive()
    made = missing(stage, order)
    line, cut = line_of(order), made.lines.get()
    of_line = f"update orders_orderline set %s where id = {line.pk}"
    row = (
        "insert into orders_shortfallline"
        " (group_id, shortfall_id, order_id, line_id, before, after, credited_fen)"
        f" values ({stage.group.pk}, %s, {order.pk}, {line.pk}, 2, %s, %s)"
    )
    other = Shortfall.objects.create(
        group=stage.group, round=stage.round, kind="spot", at=stage.pickup
    )
    lines, acts = "orders_shortfallline", "orders_shortfall"
    bounds = "shortfall_credits_what_is_missing"
    check_guards(
        Guard("orders_orderline", "line_billed_within_ordered", of_line % "billed_quantity = 3"),
        Guard(lines, "shortfall_once_per_line", row, (made.pk, 1, 3800)),
        Guard(lines, bounds, row, (other.pk, 1, -1)),
        Guard(lines, bounds, row, (other.pk, 3, 1)),
        Guard(lines, bounds, row, (other.pk, 2, 0)),
        Guard(lines, bounds, row, (other.pk, -1, 3800)),
        Guard(
            acts,
            "shortfall_kind_known",
            f"insert into {acts} (group_id, round_id, kind, at)"
            f" values ({stage.group.pk}, {stage.round.pk}, 'whim', now())",
        ),
        Guard(
            lines,
            "append-only",
            f"update {lines} set after = 0 where id = {cut.pk}",
            off=f"alter table {lines} disable trigger user",
        ),
        Guard(
            acts,
            "append-only",
            f"delete from {acts} where id = {other.pk}",
            off=f"alter table {acts} disable trigger user",
        ),
    )


def ready() -> tuple[Stage, Order]:
    with transaction.atomic():
        start = clock.now() - timedelta(hours=45)
    stage = make_stage(start, price_fen=10)
    order = stage.order()
    return stage, order


def short(stage: Stage, order: Order, quantity: str = "1") -> str:
    record_missing(
        order_id=order.pk,
        missing={offer_of(stage.round).pk: Decimal(quantity)},
        actor_id=stage.deputy.pk,
    )
    return "short"


def cancel(stage: Stage) -> str:
    rounds.cancel_round(round_id=stage.round.pk, actor_id=stage.initiator.pk, reason="车坏了")
    return "cancelled"


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_two_helpers_miss_the_same_piece(self):
        """Half of the bag each: together no more than all of it, each half once."""
        stage, order = ready()
        stage.arrive()
        outcomes = together([partial(short, stage, order, "1.5")] * 2)
        assert outcomes.count("short") == 1
        assert sum(isinstance(outcome, MoreThanWaiting) for outcome in outcomes) == 1
        assert line_of(order).billed_quantity == Decimal("0.5")
        check_books()

    def test_missing_while_the_round_is_cancelled(self):
        stage, order = ready()
        stage.arrive()
        outcomes = together([partial(short, stage, order), partial(cancel, stage)])
        assert "cancelled" in outcomes
        assert all(o in ("short", "cancelled") or isinstance(o, NotShortable) for o in outcomes)
        check_books()

    def test_missing_while_another_order_is_returned(self):
        """Commission of three orders of 10 fen at 5 % is 2, less two of them 1: exact."""
        stage, waiting = ready()
        others = [stage.order(stage.neighbour, 1) for _ in range(2)]
        stage.arrive()
        stage.hand_over(others[0])
        ret = stage.ask(others[0], when=stage.pickup)
        accept = partial(
            returns.accept_return,
            return_id=ret.pk,
            actor_id=stage.initiator.pk,
            accepted_fen=10,
            decision="按照片",
            request_id=uuid4(),
        )
        outcomes = together([partial(short, stage, waiting), accept])
        assert "short" in outcomes
        assert not any(isinstance(outcome, Exception) for outcome in outcomes)
        check_books()

    def test_twin_without_locks_the_money_is_given_back_twice(self, monkeypatch):
        """Both have read what was billed before either writes, then they write one after the
        other; the history's own guard is off."""
        stage, order = ready()
        stage.arrive()
        looked, written = Barrier(2, timeout=30), Event()
        cut, end = shortfalls._cut, changes.end_order

        def cut_then_wait(*args: Any) -> ShortfallLine:
            made = cut(*args)
            looked.wait()
            assert written.wait(30)
            return made

        def wait_then_end(*args: Any, **fields: Any) -> None:
            looked.wait()
            end(*args, **fields)

        def cancel_then_say() -> str:
            try:
                return cancel(stage)
            finally:
                written.set()

        monkeypatch.setattr(RoundQuerySet, "lock", lambda self, pk: self.get(pk=pk))
        monkeypatch.setattr(OrderQuerySet, "lock", lambda self, pk, *_: self.get(pk=pk))
        monkeypatch.setattr(OrderQuerySet, "lock_these", lambda self, ids: self.filter(pk__in=ids))
        monkeypatch.setattr(
            OrderQuerySet, "lock_of_round", lambda self, pk: list(self.filter(round_id=pk))
        )
        monkeypatch.setattr(shortfalls, "_cut", cut_then_wait)
        monkeypatch.setattr(changes, "end_order", wait_then_end)
        with owner_cursor() as cursor:
            cursor.execute("alter table orders_orderchange drop constraint change_number_unique")
        outcomes = together([partial(short, stage, order), cancel_then_say])
        assert sorted(map(str, outcomes)) == ["cancelled", "short"]
        with pytest.raises(AssertionError):
            check_books()
