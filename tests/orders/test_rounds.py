"""Rounds from the cut-off to their end (O1, O11): every state, at every edge of time."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from unittest.mock import patch
from uuid import uuid4

import pytest

from groups.models import Group, Membership
from merchants.models import Application
from orders.models import Order, Posting, Round
from orders.models.rounds import EXTENSION_WINDOW, MOVES, RoundStatus
from orders.services import check_offs
from orders.services.ledger import Unbalanced, balance_of_order, commission_delta, post
from orders.services.rounds import (
    NotAllHandedOut,
    cancel_round,
    close_if_due,
    close_round,
    complete_round,
    fail_round,
)
from tests.factories import (
    NOON,
    agree,
    make_group,
    make_initiator,
    make_member,
    make_merchant,
    offer_of,
)
from tests.orders.support import (
    arrive,
    balance,
    cancel,
    check_books,
    closed_at_cut_off,
    events_of,
    fresh,
    moment,
    opened,
    ordered,
    place,
    refused,
)
from tuangou.core.errors import InvalidInput, InvalidTransition

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)


@pytest.fixture
def group(db: None) -> Group:
    return make_group()


@pytest.fixture
def ziyi(group: Group) -> Membership:
    return make_initiator(group)


@pytest.fixture
def lan(group: Group, ziyi: Membership) -> Membership:
    return make_member(group, "阿兰")


@pytest.fixture(autouse=True)
def books(db: None):
    yield
    check_books()


# The cut-off


def test_before_its_cut_off_the_tick_leaves_a_round_alone(group, lan):
    rnd = opened(group)
    with moment(rnd.cut_off_at - TICK):
        assert close_if_due(round_id=rnd.pk) is False
    assert rnd not in Round.objects.due_to_close(rnd.cut_off_at - TICK)
    assert rnd in Round.objects.due_to_close(rnd.cut_off_at)


def test_with_its_minimum_a_round_is_confirmed_at_the_cut_off(group, lan):
    rnd = opened(group, minimum_households=1, minimum_fen=7600)
    order = ordered(rnd, lan)
    now = closed_at_cut_off(rnd)
    assert (now.status, now.closed_at, now.confirmed_at) == (
        "confirmed",
        rnd.cut_off_at,
        rnd.cut_off_at,
    )
    assert balance("commission", holder_id=rnd.initiator_id) == -380
    assert balance("merchant") == -7600 + 380
    assert balance_of_order(order.pk) == 7600
    assert [len(events_of(f"round.{kind}", rnd.pk)) for kind in ("closed", "confirmed")] == [1, 1]
    with moment(rnd.cut_off_at + 10 * DAY):
        assert close_if_due(round_id=rnd.pk) is False


def test_reaching_the_minimum_closes_nothing(group, lan):
    rnd = opened(group, minimum_households=1)
    ordered(rnd, lan)
    assert fresh(rnd).status == "open"
    ordered(rnd, lan)


@pytest.mark.parametrize(
    "minimum",
    [
        {"minimum_households": 2},
        {"minimum_fen": 7601},
        {"minimum_households": 1, "minimum_fen": 7601},
    ],
)
def test_below_its_minimum_a_round_waits_two_hours_and_fails(group, lan, minimum):
    rnd = opened(group, **minimum)
    order = ordered(rnd, lan)
    now = closed_at_cut_off(rnd)
    assert (now.status, now.closed_at, now.confirmed_at) == ("closed", rnd.cut_off_at, None)
    over = rnd.cut_off_at + EXTENSION_WINDOW
    assert rnd not in Round.objects.due_to_close(over - TICK)
    with moment(over - TICK):
        assert close_if_due(round_id=rnd.pk) is False
    assert rnd in Round.objects.due_to_close(over)
    with moment(over):
        assert close_if_due(round_id=rnd.pk) is True
        assert close_if_due(round_id=rnd.pk) is False
    now = fresh(rnd)
    assert (now.status, now.failed_at) == ("failed", over)
    order.refresh_from_db()
    assert (order.status, order.cancelled_at) == ("cancelled", over)
    assert balance_of_order(order.pk) == balance("merchant") == balance("commission") == 0
    assert events_of("order.cancelled", order.pk)[0].data["with_round"] is True
    assert len(events_of("round.failed", rnd.pk)) == 1


def test_households_are_counted_not_orders_nor_cancelled_ones(group, lan):
    rnd = opened(group, minimum_households=2)
    ordered(rnd, lan)
    ordered(rnd, make_member(group, "同住", household=lan.household))
    gone = ordered(rnd, make_member(group))
    with moment(NOON):
        cancel(gone)
    assert closed_at_cut_off(rnd).status == "closed"
    again = opened(group, minimum_households=2)
    ordered(again, lan)
    ordered(again, make_member(group))
    assert closed_at_cut_off(again).status == "confirmed"


def test_nobody_ordered_so_it_fails_at_once(group, ziyi):
    assert closed_at_cut_off(opened(group)).status == "failed"


def test_all_cancelled_is_nobody(group, lan):
    rnd = opened(group)
    order = ordered(rnd, lan)
    with moment(NOON):
        cancel(order)
    assert closed_at_cut_off(rnd).status == "failed"


def test_closing_by_hand_decides_at_once(group, lan):
    rnd = opened(group)
    ordered(rnd, lan)
    with moment(NOON + timedelta(hours=3)):
        close_round(round_id=rnd.pk, actor_id=rnd.initiator_id)
    now = fresh(rnd)
    assert (now.status, now.closed_at) == ("confirmed", NOON + timedelta(hours=3))
    assert events_of("round.closed", rnd.pk)[0].actor_id == rnd.initiator.user_id
    with moment(NOON + timedelta(hours=3)), refused(InvalidTransition):
        close_round(round_id=rnd.pk, actor_id=rnd.initiator_id)


def test_ordered_for_by_many_and_ended_together(group, lan):
    rnd = opened(group, capacity=20, household_limit=4, minimum_households=9)
    orders = [ordered(rnd, make_member(group)) for _ in range(4)]
    closed_at_cut_off(rnd)
    with moment(rnd.cut_off_at):
        fail_round(round_id=rnd.pk, actor_id=rnd.initiator_id)
    assert set(Order.objects.values_list("status", flat=True)) == {"cancelled"}
    assert events_of("round.failed", rnd.pk)[0].actor_id == rnd.initiator.user_id
    assert [len(events_of("order.cancelled", order.pk)) for order in orders] == [1] * 4
    assert offer_of(rnd).taken == 0


def test_only_a_closed_round_is_given_up(group, lan):
    rnd = opened(group)
    ordered(rnd, lan)
    with moment(NOON), refused(InvalidTransition):
        fail_round(round_id=rnd.pk, actor_id=rnd.initiator_id)
    closed_at_cut_off(rnd)
    with moment(rnd.cut_off_at), refused(InvalidTransition):
        fail_round(round_id=rnd.pk, actor_id=rnd.initiator_id)


# Cancelling and completing


@pytest.mark.parametrize("state", ["draft", "open", "closed", "confirmed", "arrived"])
def test_cancelling_ends_every_order_and_posts_everything_back(group, lan, state):
    rnd = opened(
        group,
        opened=state != "draft",
        tiers={2: 3500},
        capacity=9,
        household_limit=5,
        minimum_households=2 if state == "closed" else None,
    )
    order = ordered(rnd, lan) if state != "draft" else None
    if state in ("closed", "confirmed", "arrived"):
        assert closed_at_cut_off(rnd).status == ("closed" if state == "closed" else "confirmed")
    if state == "arrived":
        arrive(rnd)
    with moment(rnd.cut_off_at + DAY):
        cancel_round(round_id=rnd.pk, actor_id=rnd.initiator_id, reason=" 商家断货 ")
    now = fresh(rnd)
    assert (now.status, now.cancel_reason, now.cancelled_at) == (
        "cancelled",
        "商家断货",
        rnd.cut_off_at + DAY,
    )
    for account in ("member", "merchant", "commission"):
        assert balance(account) == 0
    if order:
        order.refresh_from_db()
        assert order.status == "cancelled"
        assert order.history.get(kind="cancelled").reason == "商家断货"
    assert offer_of(rnd).taken == 0
    assert len(events_of("round.cancelled", rnd.pk)) == 1


@pytest.mark.parametrize(("state", "times"), [("open", 0), ("closed", 0), ("confirmed", 2)])
def test_a_counted_round_restates_the_summary_when_confirmed_and_when_cancelled(
    group, lan, state, times
):
    rnd = opened(group, minimum_households=2 if state == "closed" else None)
    ordered(rnd, lan)
    with patch("orders.services.summaries.restate") as restate:
        if state != "open":
            closed_at_cut_off(rnd)
        with moment(rnd.cut_off_at + DAY):
            cancel_round(round_id=rnd.pk, actor_id=rnd.initiator_id, reason="断货")
    assert [call.kwargs["rnd"].status for call in restate.call_args_list] == [
        "confirmed",
        "cancelled",
    ][:times]
    assert [call.kwargs["reason"] for call in restate.call_args_list] == [
        f"confirmed {rnd.code}",
        f"cancelled {rnd.code}",
    ][:times]


def test_cancelling_needs_a_reason(group, ziyi):
    rnd = opened(group)
    with moment(NOON), refused(InvalidInput, field="reason"):
        cancel_round(round_id=rnd.pk, actor_id=ziyi.pk, reason="  ")


def test_orders_not_fetched_end_with_the_round_too(group, lan):
    rnd = opened(group)
    order = ordered(rnd, lan)
    closed_at_cut_off(rnd)
    arrive(rnd)
    with moment(rnd.pickup_until):
        check_offs.record_not_collected(round_id=rnd.pk, actor_id=rnd.initiator_id)
        cancel_round(round_id=rnd.pk, actor_id=rnd.initiator_id, reason="变质")
    order.refresh_from_db()
    assert order.status == "cancelled"
    assert balance_of_order(order.pk) == 0


def test_bags_handed_out_stand_against_cancelling(group, lan):
    rnd = opened(group)
    order = ordered(rnd, lan)
    closed_at_cut_off(rnd)
    arrive(rnd)
    with moment(rnd.pickup_from):
        check_offs.check_off(order_id=order.pk, actor_id=rnd.initiator_id, request_id=uuid4())
        with refused(NotAllHandedOut, "已经有人取走"):
            cancel_round(round_id=rnd.pk, actor_id=rnd.initiator_id, reason="变质")


@pytest.mark.parametrize("state", ["failed", "completed", "cancelled"])
def test_what_has_ended_is_not_cancelled(group, lan, state):
    rnd = opened(group, minimum_households=2 if state == "failed" else None)
    order = ordered(rnd, lan)
    if state == "cancelled":
        with moment(NOON):
            cancel_round(round_id=rnd.pk, actor_id=rnd.initiator_id, reason="断货")
    else:
        closed_at_cut_off(rnd)
    if state == "failed":
        with moment(rnd.cut_off_at):
            fail_round(round_id=rnd.pk, actor_id=rnd.initiator_id)
    if state == "completed":
        arrive(rnd)
        with moment(rnd.pickup_until):
            check_offs.record_not_collected(round_id=rnd.pk, actor_id=rnd.initiator_id)
            complete_round(round_id=rnd.pk, actor_id=rnd.initiator_id)
    with moment(rnd.pickup_until), refused(InvalidTransition):
        cancel_round(round_id=rnd.pk, actor_id=rnd.initiator_id, reason="断货")
    assert order.pk


def test_completing_waits_for_every_bag(group, lan):
    rnd = opened(group)
    order = ordered(rnd, lan)
    other = ordered(rnd, make_member(group))
    closed_at_cut_off(rnd)
    arrive(rnd)
    with moment(rnd.pickup_from):
        check_offs.check_off(order_id=order.pk, actor_id=rnd.initiator_id, request_id=uuid4())
        with refused(NotAllHandedOut, "1 单"):
            complete_round(round_id=rnd.pk, actor_id=rnd.initiator_id)
    with moment(rnd.pickup_until):
        check_offs.record_not_collected(round_id=rnd.pk, actor_id=rnd.initiator_id)
        complete_round(round_id=rnd.pk, actor_id=rnd.initiator_id)
    assert (fresh(rnd).status, fresh(rnd).completed_at) == ("completed", rnd.pickup_until)
    assert len(events_of("round.completed", rnd.pk)) == 1
    assert other.pk


def test_a_confirmed_round_is_not_completed_before_it_arrived(group, ziyi):
    rnd = opened(group)
    with moment(NOON), refused(InvalidTransition):
        complete_round(round_id=rnd.pk, actor_id=ziyi.pk)


# States: the whole table


@pytest.mark.parametrize("then", RoundStatus.values)
@pytest.mark.parametrize("now", RoundStatus.values)
def test_a_round_moves_only_as_the_table_says(now, then):
    rnd = Round(status=now, opened_at=NOON, closed_at=NOON)
    with patch.object(Round, "save") as save:
        if then in MOVES.get(now, ()):
            rnd.move_to(then, at=NOON)
            assert rnd.status == then
            assert "status" in save.call_args.kwargs["update_fields"]
        else:
            with pytest.raises(InvalidTransition):
                rnd.move_to(then, at=NOON)
            assert rnd.status == now
            save.assert_not_called()


# Commission (O11)


@pytest.mark.parametrize(
    ("price", "quantities", "bp", "commission"),
    [
        (10, ["1"], 500, 1),  # 0.5 fen goes up
        (9, ["1"], 500, 0),
        (10, ["1", "1", "1"], 500, 2),  # 1.5 once per round, not three times 0.5
        (3333, ["0.5", "1.5"], 725, 483),
        (3800, ["2"], 0, 0),
        (100, ["99"], 3000, 2970),
    ],
)
def test_commission_is_rounded_half_up_once_per_round(
    group, lan, price, quantities, bp, commission
):
    merchant = make_merchant(group)
    agree(Application.objects.get(merchant=merchant), bp, NOON - DAY)
    rnd = opened(group, merchant=merchant, price_fen=price)
    for quantity in quantities:
        ordered(rnd, lan, quantity)
    assert balance("commission") == 0
    closed_at_cut_off(rnd)
    assert balance("commission") == -commission
    assert commission_delta(fresh(rnd)) == 0
    assert Posting.objects.filter(source="round_confirmed").count() == (2 if commission else 0)


def test_a_posting_that_does_not_balance_is_a_fault(group, lan):
    rnd = opened(group)
    with pytest.raises(Unbalanced):
        post(
            group_id=group.pk,
            round_id=rnd.pk,
            order_id=None,
            source="payment",  # type: ignore[arg-type]
            source_id=1,
            at=NOON,
            legs={("member", 1): 5, ("merchant", 2): -4},  # type: ignore[dict-item]
        )
    assert not Posting.objects.exists()


# Time: many moments, one line


def test_events_of_a_life_come_in_order(group, lan):
    rnd = opened(group)
    order = ordered(rnd, lan)
    closed_at_cut_off(rnd)
    arrive(rnd)
    with moment(rnd.pickup_until):
        check_offs.record_not_collected(round_id=rnd.pk, actor_id=rnd.initiator_id)
        complete_round(round_id=rnd.pk, actor_id=rnd.initiator_id)
    now = fresh(rnd)
    life = [
        now.created_at,
        now.opened_at,
        order.placed_at,
        now.closed_at,
        now.confirmed_at,
        now.arrived_at,
        now.completed_at,
    ]
    assert None not in life
    assert life == sorted(filter(None, life))
    assert now.version > rnd.version


def test_one_order_of_every_offer(group, lan):
    rnd = opened(group, offers=3)
    with moment(NOON):
        place(rnd, lan, {offer.pk: Decimal(1) for offer in rnd.offers.all()})
    closed_at_cut_off(rnd)
    assert balance("member") == 3 * 3800
