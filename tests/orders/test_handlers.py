"""Who is told of what, in which words; at most three statements, and twice is once."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from groups.models import Membership
from merchants.models import MerchantStaff
from orders.handlers import rounds as handlers
from orders.handlers import waiting
from orders.models import Round
from orders.services import payments, rounds
from tests.factories import (
    initiator_of,
    make_group,
    make_member,
    make_order,
    make_round,
    make_user,
    offer_of,
)
from tests.orders.news import make_life, owner_of, play_everything
from tests.orders.stages import Stage, at
from tests.orders.support import amend, cancel
from tests.threads import together
from tuangou.core import clock, events, exports, notices
from tuangou.core.models import Event, Handling, Notice

# Not notices: services that lock each round, and packing a person's data.
ACTS = (handlers.pause, handlers.resume, waiting.leave_lists, exports.make)
LEDGER = "reputation.handlers."  # its pages and standings cost what they cost, once a round


def acts(name: str, handler: events.Handler) -> bool:
    """Does something itself; the others only tell."""
    return handler in ACTS or name.startswith(LEDGER)


@pytest.fixture
def stage(db) -> Stage:
    return make_life()


def told(kind: str, stage: Stage) -> dict[int | None, str]:
    """Run what is open; the newest text of this kind per account."""
    events.drain(stage.group.pk)
    rows = Notice.objects.filter(kind=kind).order_by("pk")
    with time_machine.travel(stage.start):  # in another year, the year stands before the day
        return {row.user_id: notices.text(row.kind, row.context) for row in rows}


def test_an_opening_reaches_every_active_member_with_an_account_but_who_opened_it(stage):
    make_member(stage.group, account=False)
    make_member(stage.group, status="pending")
    found = told("orders.round_opened", stage)
    assert set(found) == {m.user_id for m in (stage.deputy, stage.member, stage.neighbour)}
    name = offer_of(stage.round).name
    assert set(found.values()) == {f"周六牛肉团开了：{name} ¥38.00/斤。11月21日 周六 12:00 截单"}
    assert Notice.objects.filter(path=f"/g/{stage.group.slug}/rounds/{stage.round.pk}/").exists()


def test_several_goods_are_counted(stage):
    with at(stage.start):
        make_round(stage.group, offers=3, title="周日蔬菜团")
    assert "等 3样" in told("orders.round_opened", stage)[stage.member.user_id]


def test_the_owner_hears_what_a_neighbour_did_and_nobody_hears_of_herself(stage):
    name = offer_of(stage.round).name
    order = stage.order(stage.member, placed_by=stage.neighbour)
    stage.order(stage.neighbour)
    assert told("orders.order_placed", stage) == {
        stage.member.user_id: f"3栋·王*帮你订了 {name} 2斤，共 ¥76.00。不要可以取消"
    }
    with at(stage.ordering):
        amend(order, {offer_of(stage.round).pk: Decimal(1)}, actor_id=stage.neighbour.pk)
    assert told("orders.order_amended", stage) == {
        stage.member.user_id: f"3栋·王*改了你在周六牛肉团的单：现在是 {name} 1斤，共 ¥38.00"
    }
    with at(stage.ordering):
        amend(order, {offer_of(stage.round).pk: Decimal(2)}, actor_id=stage.member.pk)
        cancel(order, actor_id=stage.initiator.pk)
    assert list(told("orders.order_cancelled", stage)) == [stage.member.user_id]
    assert Notice.objects.filter(kind="orders.order_amended").count() == 1


def test_a_neighbour_without_an_account_is_told_nothing(stage):
    on_paper = make_member(stage.group, account=False)
    stage.order(on_paper, placed_by=stage.initiator)
    stage.arrive()
    assert told("orders.order_placed", stage) == {}
    assert told("orders.round_arrived", stage) == {}


def test_the_cut_off_asks_who_owes_for_what_she_owes_and_names_the_remark(stage):
    owing, paid = stage.order(stage.member), stage.order(stage.neighbour)
    stage.receive(paid, 7600)
    stage.receive(owing, 600)
    rnd = stage.round
    stage.confirm()
    assert told("orders.pay_now", stage) == {
        stage.member.user_id: "周六牛肉团已截单，成团了。你还有 ¥70.00 没付，"
        f"转账备注 {rnd.remark_code(owing.number)}"
    }
    assert told("orders.round_confirmed", stage) == {
        stage.neighbour.user_id: "周六牛肉团成团了，钱已付清。"
        "11月22日 周日 08:00–10:00 到3栋架空层取"
    }
    assert told("orders.shop_confirmed", stage) == {
        owner_of(rnd.merchant): "周六牛肉团成团了：2单。"
        "11月22日 周日 08:00–10:00 在3栋架空层自提，提前送到"
    }


def test_a_shops_helper_is_led_to_what_she_may_see(stage, client):
    """Where the shop is paid directly, its money is the owner's; a helper goes to the shop's page,
    and may open it."""
    helper = make_user("阿强")
    MerchantStaff.objects.create(merchant=stage.round.merchant, user=helper, role="helper")
    Round.objects.filter(pk=stage.round.pk).update(payee="merchant")
    stage.order()
    stage.confirm()
    told("orders.shop_confirmed", stage)
    ways = dict(Notice.objects.filter(kind="orders.shop_confirmed").values_list("user", "path"))
    money = reverse("orders:payments", args=[stage.group.slug, stage.round.pk])
    assert ways[owner_of(stage.round.merchant)] == money
    assert ways[helper.pk] != money
    client.force_login(helper)
    assert client.get(ways[helper.pk]).status_code == 200
    assert client.get(money).status_code == 403  # twin: where she was led before


def test_who_said_she_paid_is_not_asked_again(stage):
    order = stage.order()
    with at(stage.ordering):
        payments.claim_payment(order_id=order.pk, actor_id=stage.member.pk, request_id=uuid4())
    stage.confirm()
    assert told("orders.pay_now", stage) == {}


def test_several_orders_of_one_member_are_one_line_with_all_codes(stage):
    first, second = stage.order(), stage.order(placed_by=stage.neighbour)
    stage.arrive()
    codes = [stage.round.pickup_code(order.number) for order in (first, second)]
    assert told("orders.round_arrived", stage)[stage.member.user_id].endswith(
        f"取货码 {codes[0]} {codes[1]}"
    )
    assert "¥152.00" in told("orders.pay_now", stage)[stage.member.user_id]
    path = Notice.objects.get(kind="orders.round_arrived").path
    assert path == f"/g/{stage.group.slug}/orders/"


def test_a_round_below_its_minimum_calls_the_officers_and_its_end_reaches_who_ordered(stage):
    with at(stage.start):
        rnd = make_round(stage.group, minimum_households=40, title="周日蔬菜团")
        paid = make_order(rnd, stage.member)
        make_order(rnd, stage.neighbour)
        cancel(make_order(rnd, stage.deputy))
    stage.receive(paid, 7600)
    with at(rnd.cut_off_at):
        rounds.close_if_due(round_id=rnd.pk)
    assert told("orders.round_short", stage) == dict.fromkeys(
        [stage.initiator.user_id, stage.deputy.user_id],
        "周日蔬菜团截单了，没到起团量。14:00 前可以延长一次，过了就算没成团",
    )
    later = rnd.cut_off_at + timedelta(hours=5)
    with at(rnd.cut_off_at + timedelta(hours=1)):
        rounds.extend_round(round_id=rnd.pk, actor_id=stage.initiator.pk, cut_off_at=later)
    assert set(told("orders.round_extended", stage)) == {
        stage.member.user_id,
        stage.neighbour.user_id,
    }
    with at(later):
        rounds.close_if_due(round_id=rnd.pk)
    assert told("orders.round_failed", stage) == {
        stage.member.user_id: "周日蔬菜团没到 40户，没成团。你付过的 ¥76.00 会退",
        stage.neighbour.user_id: "周日蔬菜团没到 40户，没成团，不用付钱",
    }
    assert len(told("orders.round_short", stage)) == 2, "no second call: the end is the answer"


def test_a_cancelled_round_says_why(stage):
    stage.order()
    with at(stage.ordering):
        rounds.cancel_round(round_id=stage.round.pk, actor_id=stage.initiator.pk, reason="商家断货")
    assert told("orders.round_cancelled", stage) == {
        stage.member.user_id: "周六牛肉团取消了：商家断货。不用付钱"
    }


def test_a_repayment_for_a_return_is_told_once_by_the_return(db):
    stage = play_everything()
    assert told("orders.return_refunded", stage)[stage.member.user_id].startswith("已退你 ¥10.00")
    assert Notice.objects.filter(kind="orders.payment_paid_back").count() == 1
    repaid = Event.objects.filter(kind="payment.paid_back")
    assert sorted(event.data["for_return"] for event in repaid) == [False, True, True]


def test_a_return_asks_the_initiator_and_informs_the_shop(stage):
    stage.ask(stage.collected())
    assert list(told("orders.return_requested", stage)) == [stage.initiator.user_id]
    assert list(told("orders.shop_return_requested", stage)) == [owner_of(stage.round.merchant)]


# cost


def test_no_event_takes_more_than_three_statements(db, monkeypatch):
    costs: dict[str, int] = {}

    def counting(handler):
        def counted(event):
            with CaptureQueriesContext(connection) as seen:
                handler(event)
            costs[event.kind] = max(costs.get(event.kind, 0), len(seen))

        return counted

    real = events._handlers
    table = {
        kind: {name: h if acts(name, h) else counting(h) for name, h in listening.items()}
        for kind, listening in real.items()
    }
    monkeypatch.setattr(events, "_handlers", table)
    play_everything()
    told = {kind for kind, all_ in real.items() if not all(acts(*one) for one in all_.items())}
    assert set(costs) == told
    assert max(costs.values()) <= 3, costs


@pytest.mark.parametrize("kind", ["round.opened", "round.confirmed", "round.arrived"])
def test_the_number_of_people_does_not_change_the_number_of_statements(stage, kind):
    def statements(event: Event) -> int:
        with CaptureQueriesContext(connection) as seen:
            next(iter(events._handlers[kind].values()))(event)
        return len(seen)

    stage.order(stage.member)
    few = statements(_happened(stage, kind))
    for _ in range(8):
        stage.order(make_member(stage.group))
    event = _happened(stage, kind)
    assert statements(event) == few
    assert Notice.objects.filter(event=event).count() >= 9


def _happened(stage: Stage, kind: str) -> Event:
    """The same fact once more, without the round moving."""
    return Event.objects.create(
        group_id=stage.group.pk,
        kind=kind,
        subject_id=stage.round.pk,
        happened_at=stage.start,
    )


# once in effect


def test_every_handler_may_run_twice(db):
    play_everything()

    def state() -> tuple[object, ...]:
        return (
            list(Notice.objects.order_by("pk").values_list("event_id", "user_id", "kind", "path")),
            list(Round.objects.order_by("pk").values_list("pk", "version", "paused_at")),
            Event.objects.count(),
        )

    before = state()
    for handling in Handling.objects.select_related("event"):
        with transaction.atomic(), clock.simulated(handling.event.happened_at):
            events._handlers[handling.event.kind][handling.handler](handling.event)
    assert state() == before


def test_simulated_news_is_dated_in_its_own_time_and_stays_in_the_app(stage):
    events.drain(stage.group.pk)
    opened = Notice.objects.filter(kind="orders.round_opened")
    assert set(opened.values_list("created_at", "channel")) == {(stage.start, "inapp")}
    assert events.dispatch_due(lambda ids: pytest.fail("dispatched")) == 0


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_eight_deliveries_of_one_opening_tell_each_once():
    people = _live_stage()
    handling = Handling.objects.get(event__kind="round.opened")
    ran = together([lambda: events.handle(handling.pk)] * 8)
    assert sorted(ran) == [False] * 7 + [True]
    assert Notice.objects.count() == len(people)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_dispatchers_and_their_workers_at_once_tell_each_once():
    people = _live_stage(rounds_opened=6)

    def run(ids: list[int]) -> None:
        for handling_id in ids:
            events.handle(handling_id)

    together([lambda: events.dispatch_due(run)] * 4)
    assert not Handling.objects.filter(done_at__isnull=True).exists()
    assert Notice.objects.count() == 6 * len(people)


def _live_stage(rounds_opened: int = 1) -> list[Membership]:
    """People and rounds of now, not of a simulated day."""
    group = make_group(merchants_per_day=20)
    people = [make_member(group) for _ in range(5)]
    initiator_of(group)
    for _ in range(rounds_opened):
        make_round(group)
    return people


def test_an_account_that_is_closed_is_not_told(stage):
    stage.member.user.is_active = False
    stage.member.user.save(update_fields=["is_active"])
    stage.order()
    stage.arrive()
    assert told("orders.round_arrived", stage) == {}
