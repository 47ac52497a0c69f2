"""The acts behind the steps of a year: one for each, through the services, in its own time."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

import pytest
from django.db import transaction

from groups.models import Group
from orders.management.year import loading, planner
from orders.management.year import plan as plans
from orders.management.year.figures import Row
from orders.management.year.plan import (
    CloseRound,
    FailRound,
    OpenRound,
    PlaceOrder,
    ReceivePayment,
    Step,
    YearPlan,
)
from orders.management.year.play import Played
from orders.management.year.play_orders import play
from orders.models import Order, Round
from orders.services.orders import RoundNotOpen
from tuangou.core import clock, events
from tuangou.core.models import Event, Handling, Notice


@cache
def year_plan() -> YearPlan:
    return planner.plan_year([Row(2023, 6, 2, 5, 24, 144_000, 250)], "one", 1)


def play_until(kind: type[Step], plan: YearPlan | None = None) -> tuple[Played, Step]:
    """Play what comes before the first step of this kind; that step is returned."""
    year = Played(plan or year_plan())
    for step in year.plan.steps:
        if isinstance(step, kind):
            return year, step
        act(step, year)
    raise LookupError(kind)


def act(step: Step, year: Played) -> None:
    with transaction.atomic(), clock.simulated(step.at):
        play(step, year)


def kinds() -> list[type[Step]]:
    named = (kind for kind in vars(plans).values() if isinstance(kind, type))
    return [kind for kind in named if issubclass(kind, Step) and kind is not Step]


def test_every_kind_of_step_has_its_act():
    nobody = play.dispatch(object)
    assert len(kinds()) > 20
    assert [kind for kind in kinds() if play.dispatch(kind) is nobody] == []
    with pytest.raises(TypeError, match="nobody plays"):
        play(Step(year_plan().steps[0].at), Played(year_plan()))


@pytest.mark.django_db
def test_the_services_decide_not_the_plan():
    """A step that comes too late is refused as a neighbour would be."""
    year, step = play_until(PlaceOrder)
    assert isinstance(step, PlaceOrder)
    closing = year.plan.rounds[year.plan.orders[step.order].round].cut_off_at
    with (
        pytest.raises(RoundNotOpen),
        transaction.atomic(),
        clock.simulated(closing + timedelta(seconds=1)),
    ):
        play(step, year)
    assert not Order.objects.exists()
    act(step, year)
    order = Order.objects.get()
    assert (order.placed_at, order.pk) == (step.at, year.orders[step.order])
    assert {line.quantity for line in order.lines.all()} == {
        line.quantity_milli / 1000 for line in step.lines
    }


@pytest.mark.django_db
def test_one_plan_asks_twice_with_the_same_ids():
    """Requests are drawn from the plan, so that a year played again is the same year."""
    ids = [[Played(year_plan()).new_request() for _ in range(3)] for _ in range(2)]
    assert ids[0] == ids[1]


@pytest.mark.django_db
def test_news_is_written_in_the_time_it_tells_of():
    year, _step = play_until(PlaceOrder)
    opened = Event.objects.filter(kind="round.opened").latest("pk")
    assert opened.simulated
    assert not Notice.objects.filter(event=opened).exists()
    events.drain(year.group_id)
    told = Notice.objects.filter(event=opened)
    assert told.exists()
    assert {notice.created_at for notice in told} == {opened.happened_at}
    assert {notice.channel for notice in told} == {"inapp"}
    assert not Handling.objects.filter(group_id=year.group_id, done_at=None).exists()


@pytest.mark.django_db
def test_nothing_of_a_simulated_year_waits_for_a_worker():
    year, _step = play_until(ReceivePayment)
    assert Handling.objects.filter(group_id=year.group_id).exists()
    assert not Handling.objects.filter(due_at__isnull=False).exists()
    handed: list[int] = []
    assert events.dispatch_due(handed.extend) == 0


@pytest.mark.django_db
def test_a_round_that_misses_its_minimum_waits_and_is_given_up():
    plan = planner.plan_year([Row(2023, 6, 4, 12, 120, 720_000, 250)], "one", 2)
    failing = next((rnd for rnd in plan.rounds if rnd.fails), None)
    assert failing is not None, "draw another year: this one has no failing round"
    year = Played(plan)
    for step in plan.steps:
        act(step, year)
        if isinstance(step, CloseRound) and step.round == failing.index:
            assert Round.objects.get(pk=year.rounds[failing.index]).status == "closed"
        if isinstance(step, FailRound):
            break
    rnd = Round.objects.get(pk=year.rounds[failing.index])
    assert rnd.status == "failed"
    assert {order.status for order in rnd.orders.all()} == {"cancelled"}
    assert Group.objects.get().status == "loading"


def test_what_looks_at_the_moment_is_told_at_once():
    assert not issubclass(OpenRound, loading.CAN_WAIT)
    assert not issubclass(CloseRound, loading.CAN_WAIT)
    assert issubclass(PlaceOrder, loading.CAN_WAIT)
