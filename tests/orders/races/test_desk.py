"""Two helpers at one desk: a bag is handed over once."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import transaction

from orders.models import CheckOff, Order
from orders.models.orders import OrderQuerySet
from orders.models.rounds import RoundQuerySet
from orders.services import check_off_rules, check_offs
from orders.services.check_offs import AlreadyCollected
from tests.databases import owner_cursor
from tests.orders.stages import Stage, make_stage
from tests.threads import together
from tuangou.core import clock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]


def recently() -> datetime:
    """A start from which the desk is open right now, for calls in real time."""
    with transaction.atomic():
        return clock.now() - timedelta(hours=45)


def waiting_bag() -> tuple[Stage, Order]:
    stage = make_stage(recently())
    order = stage.order()
    stage.arrive()
    return stage, order


def both_tap(stage: Stage, order: Order) -> list[object]:
    """The initiator and the deputy tap 已取 for one order at the same moment."""

    def tap(actor_id: int) -> str:
        check_offs.check_off(order_id=order.pk, actor_id=actor_id, request_id=uuid4())
        return "handed over"

    return together([partial(tap, stage.initiator.pk), partial(tap, stage.deputy.pk)])


def test_one_hands_over_and_the_other_is_told():
    stage, order = waiting_bag()
    outcomes = both_tap(stage, order)
    assert outcomes.count("handed over") == 1
    (refused,) = (outcome for outcome in outcomes if outcome != "handed over")
    assert isinstance(refused, AlreadyCollected)
    assert CheckOff.objects.get(order=order).undone_at is None
    order.refresh_from_db()
    assert order.status == "collected"


def test_one_tap_sent_ten_times_is_one():
    stage, order = waiting_bag()
    tap = partial(
        check_offs.check_off, order_id=order.pk, actor_id=stage.initiator.pk, request_id=uuid4()
    )
    assert len({done.pk for done in together([tap] * 10)}) == 1


def without_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are read, not held; both have looked before either writes."""
    looked = Barrier(2, timeout=30)
    check = check_off_rules.check_waiting

    def look_then_wait(*args: object) -> None:
        check(*args)  # type: ignore[arg-type]
        looked.wait()

    monkeypatch.setattr(RoundQuerySet, "lock", lambda self, pk: self.get(pk=pk))
    monkeypatch.setattr(OrderQuerySet, "lock", lambda self, pk, *_: self.get(pk=pk))
    monkeypatch.setattr(check_offs, "check_waiting", look_then_wait)


def test_twin_without_locks_the_table_still_refuses(monkeypatch):
    stage, order = waiting_bag()
    without_locks(monkeypatch)
    outcomes = both_tap(stage, order)
    assert outcomes.count("handed over") == 1
    (refused,) = (outcome for outcome in outcomes if outcome != "handed over")
    assert "handed_over_once" in str(refused)


def take_the_index_away() -> None:
    with owner_cursor() as cursor:
        cursor.execute("drop index handed_over_once")
        cursor.execute("drop trigger orders_order_moves on orders_order")


def test_twin_without_locks_and_index_no_quantity_goes_twice(monkeypatch):
    stage, order = waiting_bag()
    take_the_index_away()
    without_locks(monkeypatch)
    outcomes = both_tap(stage, order)
    assert outcomes.count("handed over") == 1
    (refused,) = (outcome for outcome in outcomes if outcome != "handed over")
    assert "line_returned_within_collected_within_billed" in str(refused)


def test_twin_without_locks_index_and_check_a_bag_goes_twice(monkeypatch):
    stage, order = waiting_bag()
    take_the_index_away()
    with owner_cursor() as cursor:
        cursor.execute(
            "alter table orders_orderline"
            " drop constraint line_returned_within_collected_within_billed"
        )
    without_locks(monkeypatch)
    assert both_tap(stage, order) == ["handed over"] * 2
    assert CheckOff.objects.filter(order=order, undone_at__isnull=True).count() == 2
