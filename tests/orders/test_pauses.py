"""A suspended merchant's rounds take no orders; a reinstated one's take them again (R7)."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction

from groups.models import Membership
from merchants.services import applications
from orders.models import Order, Round
from orders.services import rounds
from orders.services.orders import RoundNotOpen
from tests.databases import owner_cursor
from tests.factories import (
    approve,
    initiator_of,
    make_group,
    make_member,
    make_merchant,
    make_order,
    make_round,
)
from tests.orders.stages import Stage, at, make_stage
from tests.orders.support import events_of, refused
from tests.threads import together
from tuangou.core import events

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    return make_stage(group=make_group(merchants_per_day=20))


def it(rnd: Round) -> dict[str, int]:
    return {"group_id": rnd.group_id, "merchant_id": rnd.merchant_id}


def suspend(rnd: Round, actor: Membership) -> None:
    applications.suspend(**it(rnd), actor_id=actor.pk, reason="缺斤")


def reinstate(rnd: Round, actor: Membership) -> None:
    applications.reinstate(**it(rnd), actor_id=actor.pk)


def test_suspending_pauses_the_open_rounds_of_that_merchant_here_and_no_others(stage):
    with at(stage.start):
        second = make_round(stage.group, merchant=stage.round.merchant)
        draft = make_round(stage.group, merchant=stage.round.merchant, opened=False)
        other = make_round(stage.group)
        elsewhere = make_group()
        approve(elsewhere, stage.round.merchant)
        abroad = make_round(elsewhere, merchant=stage.round.merchant)
    version = Round.objects.get(pk=second.pk).version
    with at(stage.ordering):
        suspend(stage.round, stage.initiator)
    events.drain(stage.group.pk)
    paused = Round.objects.filter(paused_at__isnull=False)
    assert set(paused) == {stage.round, second}
    assert {rnd.paused_at for rnd in paused} == {stage.ordering}
    assert Round.objects.get(pk=second.pk).version == version + 1, "cached pages are stale"
    assert len(events_of("round.paused", second.pk)) == 1
    with refused(RoundNotOpen, "暂停接单"):
        stage.order()
    assert {draft.pk, other.pk, abroad.pk}.isdisjoint(paused.values_list("pk", flat=True))


def test_reinstating_lets_them_take_orders_again(stage):
    with at(stage.ordering):
        suspend(stage.round, stage.initiator)
    events.drain(stage.group.pk)
    with at(stage.ordering):
        reinstate(stage.round, stage.initiator)
    events.drain(stage.group.pk)
    stage.round.refresh_from_db()
    assert stage.round.paused_at is None
    assert len(events_of("round.resumed", stage.round.pk)) == 1
    stage.order()


def test_a_round_that_closed_while_paused_can_be_extended_into_orders(stage):
    with at(stage.start):
        rnd = make_round(stage.group, minimum_households=9)
    with at(stage.ordering):
        make_order(rnd, stage.neighbour)
        suspend(rnd, stage.initiator)
    events.drain(stage.group.pk)
    with at(rnd.cut_off_at):
        rounds.close_if_due(round_id=rnd.pk)
        reinstate(rnd, stage.initiator)
    events.drain(stage.group.pk)
    with at(rnd.cut_off_at + timedelta(minutes=5)):
        rounds.extend_round(
            round_id=rnd.pk,
            actor_id=stage.initiator.pk,
            cut_off_at=rnd.cut_off_at + timedelta(hours=2),
        )
        make_order(Round.objects.get(pk=rnd.pk), stage.member)


def test_late_or_repeated_news_follows_what_holds_now(stage):
    """Suspended and reinstated at once, and the first news comes last."""
    with at(stage.ordering):
        suspend(stage.round, stage.initiator)
        assert rounds.resume_rounds(**it(stage.round)) == []
        assert rounds.pause_rounds(**it(stage.round)) == [stage.round.pk]
        assert rounds.pause_rounds(**it(stage.round)) == []
        reinstate(stage.round, stage.initiator)
        assert rounds.resume_rounds(**it(stage.round)) == [stage.round.pk]
        assert rounds.resume_rounds(**it(stage.round)) == []
        assert rounds.pause_rounds(**it(stage.round)) == []
    assert Round.objects.get(pk=stage.round.pk).paused_at is None


def test_the_cut_off_holds_while_paused(stage):
    stage.order()
    with at(stage.ordering + timedelta(minutes=5)):
        suspend(stage.round, stage.initiator)
    events.drain(stage.group.pk)
    stage.confirm()
    assert stage.round.status == "confirmed"


def test_no_order_slips_in_before_the_news_arrives(stage):
    with at(stage.ordering):
        suspend(stage.round, stage.initiator)
    with refused(RoundNotOpen, "暂停接单"):
        stage.order()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_ordering_against_a_suspension_whichever_comes_first():
    """An order that was placed was placed before; after the suspension there is none."""
    group = make_group(merchants_per_day=20)
    actor = initiator_of(group)
    for _ in range(3):
        rnd = make_round(group)
        member = make_member(group)
        placed, suspended = together(
            [partial(make_order, rnd, member), partial(suspend, rnd, actor)]
        )
        assert suspended is None, suspended
        assert isinstance(placed, Order | RoundNotOpen), placed
        assert Order.objects.filter(round=rnd).count() == isinstance(placed, Order)
        with pytest.raises(RoundNotOpen):
            make_order(rnd, make_member(group))


@pytest.mark.django_db(transaction=True)
def test_twin_without_the_trigger_orders_come_until_the_news_does():
    with owner_cursor() as cursor:
        cursor.execute("drop trigger orders_pause_suspended on merchants_application")
    rnd = make_round(make_group())
    with transaction.atomic():
        suspend(rnd, initiator_of(rnd.group))
    assert make_order(rnd, make_member(rnd.group)).pk


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_pausing_and_resuming_at_once_end_where_the_merchant_stands():
    group = make_group(merchants_per_day=20)
    merchant = make_merchant(group)
    opened = [make_round(group, merchant=merchant) for _ in range(3)]
    with transaction.atomic():
        suspend(opened[0], initiator_of(group))
    pause, resume = (
        lambda: rounds.pause_rounds(**it(opened[0])),
        lambda: rounds.resume_rounds(**it(opened[0])),
    )
    results = together([pause, resume] * 3)
    assert sorted(len(found) for found in results) == [0] * 5 + [3]
    assert Round.objects.filter(paused_at__isnull=False).count() == 3
