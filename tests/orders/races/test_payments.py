"""Money ticked and given back by several hands at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction

from orders.models import Order, Payment
from orders.models.orders import OrderQuerySet
from orders.services import ledger, payments
from orders.services.ledger import balance_of_order
from orders.services.orders import cancel_order
from orders.services.payments import MoreThanCredit
from tests.databases import owner_cursor
from tests.orders.stages import Stage, at, make_stage
from tests.threads import together
from tuangou.core import clock, requests

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

HANDS = 4


def now() -> datetime:
    with transaction.atomic():
        return clock.now()


def double_click(stage: Stage, order: Order) -> list[Any]:
    """One form, sent HANDS times at once."""
    receive = partial(
        payments.receive_payment,
        order_id=order.pk,
        user_id=stage.payee_id,
        amount_fen=7600,
        request_id=uuid4(),
    )
    return together([receive] * HANDS)


def test_a_double_click_on_received_is_one_receipt():
    stage = make_stage(now() - timedelta(hours=2))
    order = stage.order()
    outcomes = double_click(stage, order)
    assert {payment.pk for payment in outcomes} == {Payment.objects.get().pk}
    assert balance_of_order(order.pk) == 0


def test_twin_without_the_request_key_every_click_counts(monkeypatch):
    def every_time(*, work: Callable[[], Any], **_: object) -> Any:
        with transaction.atomic():
            return work()

    stage = make_stage(now() - timedelta(hours=2))
    order = stage.order()
    monkeypatch.setattr(requests, "once", every_time)
    double_click(stage, order)
    assert Payment.objects.count() == HANDS
    assert balance_of_order(order.pk) == 7600 * (1 - HANDS)


def to_give_back() -> tuple[Stage, Order]:
    """Paid, then cancelled: all of it goes back, once."""
    stage = make_stage(now() - timedelta(hours=2))
    order = stage.order()
    stage.receive(order, 7600)
    with at(stage.ordering):
        cancel_order(order_id=order.pk, actor_id=stage.member.pk, request_id=uuid4())
    return stage, order


def all_give_back(stage: Stage, order: Order) -> list[Any]:
    """Several tabs, each with a form of its own, give the whole amount back."""

    def give() -> str:
        payments.pay_back(
            order_id=order.pk,
            user_id=stage.payee_id,
            amount_fen=7600,
            request_id=uuid4(),
        )
        return "given"

    return together([give] * HANDS)


def given_back(order: Order) -> int:
    return sum(
        Payment.objects.filter(order=order, direction="out").values_list("amount_fen", flat=True)
    )


def test_never_more_goes_back_than_was_paid():
    stage, order = to_give_back()
    outcomes = all_give_back(stage, order)
    assert outcomes.count("given") == 1
    assert sum(isinstance(outcome, MoreThanCredit) for outcome in outcomes) == HANDS - 1
    assert given_back(order) == 7600
    assert balance_of_order(order.pk) == 0


def without_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """All have read the credit before anyone gives."""
    read = Barrier(HANDS, timeout=30)
    balance = ledger.balance_of_order

    def read_then_wait(order_id: int) -> int:
        fen = balance(order_id)
        read.wait()
        return fen

    monkeypatch.setattr(OrderQuerySet, "lock", lambda self, pk, *_: self.get(pk=pk))
    monkeypatch.setattr(ledger, "balance_of_order", read_then_wait)


def test_twin_without_the_lock_the_table_still_refuses(monkeypatch):
    stage, order = to_give_back()
    with monkeypatch.context() as patched:
        without_the_lock(patched)
        outcomes = all_give_back(stage, order)
    assert outcomes.count("given") == 1
    assert all("order_refunded_within_received" in str(o) for o in outcomes if o != "given")
    assert given_back(order) == 7600


def test_twin_without_lock_and_check_money_goes_back_many_times(monkeypatch):
    stage, order = to_give_back()
    with owner_cursor() as cursor:
        cursor.execute("alter table orders_order drop constraint order_refunded_within_received")
    with monkeypatch.context() as patched:
        without_the_lock(patched)
        assert all_give_back(stage, order) == ["given"] * HANDS
    assert given_back(order) == 7600 * HANDS
