"""Two, then eight helpers tapping the same 60 bags at once: 60 hand-overs, each once (O10)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import transaction
from django.db.models import Count

from orders.models import CheckOff, HelperLink, Order, OrderLine
from orders.models.orders import OrderQuerySet
from orders.models.rounds import RoundQuerySet
from orders.services import check_off_rules, check_offs
from orders.services.helpers import make_helper_link
from orders.services.taps import Desk, Result, Tap, apply_taps
from tests.databases import owner_cursor
from tests.orders.stages import Stage, make_stage
from tests.threads import together
from tuangou.core import clock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

BAGS = 60


def recently() -> datetime:
    """A start from which the desk is open right now, for calls in real time."""
    with transaction.atomic():
        return clock.now() - timedelta(hours=45)


def waiting_bags(count: int = BAGS) -> tuple[Stage, list[Order]]:
    stage = make_stage(recently())
    orders = [stage.order() for _ in range(count)]
    stage.arrive()
    return stage, orders


def helpers_of(stage: Stage, many: int) -> list[HelperLink]:
    return [
        make_helper_link(round_id=stage.round.pk, actor_id=stage.initiator.pk, name=f"帮手{n}")[0]
        for n in range(many)
    ]


def all_tap(stage: Stage, orders: list[Order], many: int) -> list[Counter[str]]:
    """Every helper taps every bag, in the same order; what each was told, counted."""

    def walk(link: HelperLink) -> Counter[str]:
        desk = Desk(actor_id=stage.initiator.pk, round_id=stage.round.pk, helper_id=link.pk)
        taps = [Tap(uuid4(), order.pk) for order in orders]
        return Counter(answer.result.value for answer in apply_taps(desk=desk, taps=taps))

    calls: list[Callable[[], Counter[str]]] = [partial(walk, x) for x in helpers_of(stage, many)]
    told = together(calls)
    assert all(isinstance(one, Counter) for one in told), told
    return told


def standing() -> Counter[int]:
    """Hand-overs that were not undone, by order."""
    found = CheckOff.objects.standing().values("order_id").annotate(n=Count("pk"))
    return Counter({row["order_id"]: row["n"] for row in found})


@pytest.mark.parametrize("many", [2, 8])
def test_sixty_bags_each_handed_over_once(many):
    stage, orders = waiting_bags()
    told = sum(all_tap(stage, orders, many), Counter())
    assert told == {Result.DONE: BAGS, Result.CONFLICT: BAGS * (many - 1)}
    assert standing() == Counter(order.pk for order in orders)
    lines = OrderLine.objects.filter(order__in=orders)
    assert all(line.collected_quantity == line.billed_quantity for line in lines)
    assert set(Order.objects.filter(pk__in=standing()).values_list("status", flat=True)) == {
        "collected"
    }


def test_the_rest_of_a_bag_goes_once():
    """All hand over one of two at the same moment: two get it, six are told."""
    stage, (order,) = waiting_bags(1)
    line = order.lines.get()

    def tap() -> str:
        check_offs.check_off(
            order_id=order.pk,
            actor_id=stage.initiator.pk,
            request_id=uuid4(),
            lines={line.pk: line.billed_quantity / 2},
        )
        return "handed over"

    outcomes = together([tap] * 8)
    assert outcomes.count("handed over") == 2
    others = [outcome for outcome in outcomes if outcome != "handed over"]
    assert {type(one) for one in others} <= {
        check_offs.AlreadyCollected,
        check_offs.MoreThanLeft,
    }
    line.refresh_from_db()
    assert line.collected_quantity == line.billed_quantity


def test_twin_without_locks_and_constraints_every_bag_goes_twice(monkeypatch):
    stage, orders = waiting_bags()
    looked = Barrier(2, timeout=30)
    check = check_off_rules.check_waiting

    def look_then_wait(*args: object) -> None:
        check(*args)  # type: ignore[arg-type]
        looked.wait()

    links = helpers_of(stage, 2)
    with owner_cursor() as cursor:
        cursor.execute("drop index handed_over_once")
        cursor.execute("drop trigger orders_order_moves on orders_order")
        cursor.execute(
            "alter table orders_orderline"
            " drop constraint line_returned_within_collected_within_billed"
        )
    monkeypatch.setattr(RoundQuerySet, "lock", lambda self, pk: self.get(pk=pk))
    monkeypatch.setattr(OrderQuerySet, "lock", lambda self, pk, *_: self.get(pk=pk))
    monkeypatch.setattr(check_offs, "check_waiting", look_then_wait)

    def walk(link: HelperLink) -> int:
        for order in orders:
            check_offs.check_off(
                order_id=order.pk,
                actor_id=stage.initiator.pk,
                request_id=uuid4(),
                helper_id=link.pk,
            )
        return len(orders)

    assert together([partial(walk, link) for link in links]) == [BAGS, BAGS]
    assert set(standing().values()) == {2}
