"""Goods whose sale is stopped: no new orders anywhere in the group, from the same moment (R2)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from functools import partial
from uuid import uuid4

import pytest
from django.db import transaction
from django.urls import reverse

from merchants.services import applications
from orders.models import Offer, Order, Round, SaleStop, WaitlistEntry
from orders.services import stops, waiting
from orders.services.offers import SaleStopped
from orders.services.openings import extend_round, open_round
from orders.services.orders import amend_order
from orders.services.rounds import close_if_due, resume_rounds
from tests.factories import make_group, make_member, make_order, make_round, offer_of
from tests.orders.stages import Stage, at, line_of, make_stage
from tests.orders.support import cancel, check_books, refused
from tests.threads import together
from tuangou.core import clock
from tuangou.core.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    return make_stage(group=make_group(merchants_per_day=20))


def stop(rnd: Round, number: int = 1) -> SaleStop:
    with transaction.atomic():
        return stops.stop_sale(
            group_id=rnd.group_id,
            item_id=offer_of(rnd).item_id,
            complaint_no=number,
            user_id=None,
            at=clock.now(),
        )


def lift(rnd: Round, number: int = 1) -> bool:
    with transaction.atomic():
        return stops.lift_stop(
            group_id=rnd.group_id, complaint_no=number, user_id=None, at=clock.now()
        )


def same_goods(stage: Stage) -> Round:
    """A draft that sells the same goods once more."""
    with at(stage.start):
        draft = make_round(stage.group, merchant=stage.round.merchant, opened=False)
    Offer.objects.filter(round=draft).update(item=offer_of(stage.round).item)
    return draft


def test_nobody_orders_it_in_any_round_until_it_is_lifted(stage):
    before = stage.order(quantity=2)
    version = Round.objects.get(pk=stage.round.pk).version
    with at(stage.ordering):
        stop(stage.round)
    assert Round.objects.get(pk=stage.round.pk).version > version, "kept pages are stale"
    with refused(SaleStopped, "停售"):
        stage.order(stage.neighbour)
    with at(stage.ordering):
        less = {offer_of(stage.round).pk: line_of(before).quantity - 1}
        amend_order(
            order_id=before.pk, actor_id=stage.member.pk, quantities=less, request_id=uuid4()
        )
        assert lift(stage.round)
        assert not lift(stage.round)
    stage.order(stage.neighbour)


def test_two_complaints_stop_it_until_both_are_ruled(stage):
    with at(stage.ordering):
        stop(stage.round, 1)
        stop(stage.round, 2)
        lift(stage.round, 1)
    with refused(SaleStopped, "停售"):
        stage.order()
    with at(stage.ordering):
        lift(stage.round, 2)
    stage.order()


def test_what_was_freed_meanwhile_goes_to_who_waits_when_it_is_lifted():
    stage = make_stage(group=make_group(), capacity=4)
    order = stage.order(quantity=4)
    with at(stage.ordering):
        entry = waiting.join(
            offer_id=offer_of(stage.round).pk,
            member_id=stage.neighbour.pk,
            quantity=Decimal(2),
            request_id=uuid4(),
        )
        stop(stage.round)
        cancel(order)
        entry.refresh_from_db()
        assert entry.status == "waiting"
        lift(stage.round)
    entry.refresh_from_db()
    assert entry.status == "served"
    check_books()


def wait_for(stage: Stage, rnd: Round, quantity: int = 2) -> WaitlistEntry:
    return waiting.join(
        offer_id=offer_of(rnd).pk,
        member_id=stage.neighbour.pk,
        quantity=Decimal(quantity),
        request_id=uuid4(),
    )


def test_nobody_waits_for_what_is_stopped(stage):
    """Not even where any quantity may be ordered: no list would ever be served."""
    with at(stage.ordering):
        stop(stage.round)
    with refused(SaleStopped, "不能候补"), at(stage.ordering):
        wait_for(stage, stage.round)


@pytest.mark.parametrize("ruled", [False, True])
def test_what_is_said_of_it_is_true_before_and_after_the_ruling(stage, client, ruled):
    """Goods stay stopped after a ruling that finds them unsafe: nothing is waited for then."""
    draft = same_goods(stage)
    with at(stage.ordering):
        stop(stage.round)
        if ruled:
            SaleStop.objects.update(found_at=clock.now())
    said = []
    for act in (
        stage.order,
        partial(wait_for, stage, stage.round),
        partial(open_round, round_id=draft.pk, actor_id=stage.initiator.pk),
    ):
        with pytest.raises(SaleStopped) as caught, at(stage.ordering):
            act()
        said.append(str(caught.value))
    client.force_login(stage.member.user)
    with at(stage.ordering):
        page = client.get(reverse("orders:round", args=[stage.group.slug, stage.round.pk]))
    said.append(page.content.decode())
    for text in said:
        assert "停售" in text
        assert "有邻居投诉吃了怕出事" in text
        assert "裁定" not in text


def freed_while_stopped(stage: Stage) -> tuple[Round, WaitlistEntry]:
    """Somebody waits for all of what was given back after the stop."""
    with at(stage.start):
        rnd = make_round(stage.group, capacity=5, minimum_households=9)
        make_order(rnd, stage.deputy, 1)
        order = make_order(rnd, stage.member, 4)
    with at(stage.ordering):
        entry = wait_for(stage, rnd)
        stop(rnd)
        cancel(order)
    return rnd, entry


def test_who_waits_comes_first_in_a_round_that_is_extended_after_the_stop():
    stage = make_stage(group=make_group(merchants_per_day=20))
    rnd, entry = freed_while_stopped(stage)
    with at(rnd.cut_off_at):
        close_if_due(round_id=rnd.pk)
        lift(rnd)
        entry.refresh_from_db()
        assert entry.status == "waiting"
        later = rnd.cut_off_at + timedelta(hours=2)
        extend_round(round_id=rnd.pk, actor_id=stage.initiator.pk, cut_off_at=later)
    entry.refresh_from_db()
    assert entry.status == "served"
    check_books()


def test_who_waits_comes_first_in_a_round_that_was_paused_when_the_stop_ended():
    stage = make_stage(group=make_group(merchants_per_day=20))
    rnd, entry = freed_while_stopped(stage)
    it = {"group_id": rnd.group_id, "merchant_id": rnd.merchant_id}
    with at(stage.ordering):
        applications.suspend(**it, actor_id=stage.initiator.pk, reason="停")
        lift(rnd)
        entry.refresh_from_db()
        assert entry.status == "waiting"
        applications.reinstate(**it, actor_id=stage.initiator.pk)
        resume_rounds(**it)
    entry.refresh_from_db()
    assert entry.status == "served"
    check_books()


def test_a_round_whose_cut_off_came_does_not_say_stopped_for_ever(stage):
    stage.order()
    with at(stage.ordering):
        stop(stage.round)
    stage.confirm()
    with at(stage.round.cut_off_at):
        assert lift(stage.round)
    assert stage.round.status == "confirmed"
    assert offer_of(stage.round).stopped_at is None


def test_a_round_with_it_is_not_opened_until_it_is_lifted(stage):
    draft = same_goods(stage)
    with at(stage.ordering):
        stop(stage.round)
    with refused(SaleStopped, "停售"), at(stage.ordering):
        open_round(round_id=draft.pk, actor_id=stage.initiator.pk)
    with at(stage.ordering):
        lift(stage.round)
        open_round(round_id=draft.pk, actor_id=stage.initiator.pk)
    assert Offer.objects.get(round=draft).stopped_at is None


def late_orders(rnd: Round) -> int:
    """Orders written down after the stop was: the log's numbers go by when each held the round."""
    stopped = Event.objects.get(group_id=rnd.group_id, kind="sale.stopped").pk
    placed = Event.objects.filter(group_id=rnd.group_id, kind="order.placed", pk__gt=stopped)
    return placed.count()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_ordering_against_a_stop_whichever_comes_first():
    """An order that was placed was placed before; after the stop there is none."""
    rnd = make_round(make_group())
    members = [make_member(rnd.group) for _ in range(4)]
    buyers = [partial(make_order, rnd, member) for member in members]
    *placed, stopped = together([*buyers, partial(stop, rnd)])
    assert isinstance(stopped, SaleStop), stopped
    assert all(isinstance(answer, Order | SaleStopped) for answer in placed), placed
    assert Order.objects.filter(round=rnd).count() == sum(isinstance(a, Order) for a in placed)
    assert late_orders(rnd) == 0
    with pytest.raises(SaleStopped):
        make_order(rnd, make_member(rnd.group))


@pytest.mark.django_db(transaction=True)
def test_twin_without_the_mark_on_the_offer_orders_go_on(monkeypatch):
    monkeypatch.setattr(stops, "_mark", lambda *_: None)
    rnd = make_round(make_group())
    stop(rnd)
    assert make_order(rnd, make_member(rnd.group)).pk
    assert late_orders(rnd) == 1
