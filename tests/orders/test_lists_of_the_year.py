"""The lists of the paper's year on its busiest evening, read back and held against the orders."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from functools import cache

import pytest
from django.db import transaction

from groups.models import Group, GroupStatus
from orders.management.year import figures, planner
from orders.management.year.plan import (
    AddItem,
    AddMember,
    Apply,
    Approve,
    FoundGroup,
    RecordArrival,
    Step,
    YearPlan,
)
from orders.management.year.play import Played, quantity
from orders.management.year.play_orders import play
from orders.models import Order, OrderLine, OrderStatus, Round
from tests.orders.test_lists import LABELS, LISTS, cells_of, get, staged, text_of
from tests.orders.test_year_figures import TABLE1
from tuangou.core import clock


@cache
def year() -> YearPlan:
    return planner.plan_year(figures.read(TABLE1), "foodie", 1)


def busiest(plan: YearPlan) -> int:
    return Counter(order.round for order in plan.orders).most_common(1)[0][0]


def people_of(plan: YearPlan, rnd: int) -> set[int]:
    """Whoever has to do with this round, and who brought them in."""
    orders = [order for order in plan.orders if order.round == rnd]
    named = {0} | {who for order in orders for who in (order.orderer, order.placed_by)}
    named |= {step.by for step in steps_about(plan, rnd) if hasattr(step, "by")}
    people: set[int] = set()
    for who in named:
        at: int | None = who
        while at is not None and at not in people:
            people.add(at)
            at = plan.members[at].invited_by
    return people


def steps_about(plan: YearPlan, rnd: int) -> Iterator[Step]:
    """Of this round and its orders, up to the moment the goods are there."""
    for step in plan.steps:
        of_order = getattr(step, "order", None)
        if of_order is not None and plan.orders[of_order].round == rnd:
            yield step
        elif getattr(step, "round", None) == rnd:
            yield step
            if isinstance(step, RecordArrival):
                return


def evening(plan: YearPlan, rnd: int) -> Iterator[Step]:
    """What has to be played for this round alone, in the order of the year."""
    people, shop = people_of(plan, rnd), plan.rounds[rnd].merchant
    about = set(map(id, steps_about(plan, rnd)))
    for step in plan.steps:
        if (
            isinstance(step, FoundGroup)
            or (isinstance(step, AddMember) and step.member in people)
            or (isinstance(step, Apply | Approve) and step.merchant == shop)
            or (isinstance(step, AddItem) and plan.items[step.item].merchant == shop)
            or id(step) in about
        ):
            yield step


@pytest.fixture
def rnd(db) -> Round:
    plan = year()
    index, played = busiest(plan), Played(plan)
    for step in evening(plan, index):
        with transaction.atomic(), clock.simulated(step.at):
            play(step, played)
    Group.objects.filter(pk=played.group_id).update(status=GroupStatus.ACTIVE)
    rnd = Round.objects.get(pk=played.rounds[index])
    bought = {
        (played.orders[order], played.offers[index][line.offer]): quantity(line.quantity_milli)
        for order, lines in played.lines.items()
        for line in lines
    }
    assert bought == {
        (line.order_id, line.offer_id): line.quantity for line in lines_of(rnd).values()
    }, "what was played is what was planned"
    return rnd


def lines_of(rnd: Round) -> dict[tuple[int, str], OrderLine]:
    lines = OrderLine.objects.filter(order__round=rnd).select_related("order", "offer")
    live = lines.exclude(order__status=OrderStatus.CANCELLED)
    return {(line.order.number, line.offer.name): line for line in live}


def test_workbooks_and_papers_hold_every_order_once(rnd):
    stage, lines = staged(rnd), lines_of(rnd)
    numbers = sorted({number for number, _name in lines})
    assert len(numbers) > 25, "a busy evening"
    for kind in LISTS:
        rows = cells_of(get(stage, f"lists/{kind}.xlsx"))
        found = [((row[9], row[3]), Decimal(str(row[5]))) for row in rows]
        assert sorted(found) == sorted((key, line.quantity) for key, line in lines.items()), kind
    code = re.escape(rnd.pickup_code(0)[:-1])
    for kind in (*LISTS, *LABELS):
        text = text_of(get(stage, f"lists/{kind}.pdf"))
        assert sorted(set(map(int, re.findall(rf"{code}(\d+)", text)))) == numbers, kind
        if kind in LISTS:
            assert {line.offer.name for line in lines.values()} <= set(re.split(r"\s+", text)), kind


def test_labels_are_as_many_as_packs_and_households(rnd):
    stage = staged(rnd)
    bags = cells_of(get(stage, "lists/households.xlsx"))
    live = Order.objects.live().filter(round=rnd)
    assert len(bags) == live.count()
    pieces = [" ".join(map(str, row)) for row in cells_of(get(stage, "lists/pieces.xlsx"))]
    for number, name in lines_of(rnd):
        code = rnd.pickup_code(number)
        assert any(name in label and code in label.split() for label in pieces), (code, name)
