"""The waiting list: in order of asking, whole quantities, nobody in between (O5)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from groups.models import Household, Membership
from groups.services import memberships
from orders.models import Offer, Order, Posting, WaitlistEntry
from orders.queries.rounds import offers_of
from orders.queries.waiting import waits_in, waits_of, worth_of_rest
from orders.services import check_offs, holds, ledger, rounds, waiting
from orders.services.check_offs import GoodsHeld
from orders.services.leftovers import BadLeftover, Decision, decide_leftover
from orders.services.offers import BadQuantity, OverHouseholdLimit, SoldOut
from orders.services.orders import RoundNotOpen
from orders.services.waiting import (
    AlreadyWaiting,
    BadCapacity,
    NoLongerWaiting,
    StillInStock,
)
from tests.factories import make_member, offer_of
from tests.orders.stages import Stage, accounts_of, at, make_stage
from tests.orders.support import amend, cancel, check_books, counts, refused
from tests.orders.test_statements_count import statements
from tuangou.core import events, notices, personal
from tuangou.core.errors import InvalidInput, InvalidTransition
from tuangou.core.models import Event, Notice

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    return make_stage(capacity=4)


def wait(
    stage: Stage, member: Membership, quantity: str | int = 1, *, offer: Offer | None = None
) -> WaitlistEntry:
    with at(stage.ordering):
        return waiting.join(
            offer_id=(offer or offer_of(stage.round)).pk,
            member_id=member.pk,
            quantity=Decimal(quantity),
            request_id=uuid4(),
        )


def give_up(stage: Stage, order: Order) -> None:
    with at(stage.ordering):
        cancel(order)


def people(stage: Stage, count: int) -> list[Membership]:
    return [make_member(stage.group) for _ in range(count)]


def states(*entries: WaitlistEntry) -> list[str]:
    for entry in entries:
        entry.refresh_from_db()
    return [entry.status for entry in entries]


class TestJoining:
    def test_waits_in_order_and_knows_her_place(self, stage):
        stage.order(quantity=4)
        first, second = people(stage, 2)
        wait(stage, first, 2)
        entry = wait(stage, second, "1.5")
        (shown,) = waits_of(stage.round, second)
        assert (shown.ahead, shown.quantity, shown.name) == (1, Decimal("1.5"), entry.offer.name)
        assert [row.waiting for row in offers_of(stage.round.pk)] == [2]
        (event,) = Event.objects.filter(kind="waiting.joined", subject_id=entry.pk)
        assert event.data["quantity"] == "1.5"
        check_books()

    def test_also_where_less_is_left_than_she_asks_for(self, stage):
        stage.order(quantity=3)
        wait(stage, stage.neighbour, 2)
        with refused(StillInStock, "直接下单"):
            wait(stage, stage.member, 1)
        check_books()

    @pytest.mark.parametrize("quantity", ["0.25", "0", "-1", "5", "NaN"])
    def test_only_what_could_be_ordered(self, stage, quantity):
        stage.order(quantity=4)
        with refused(BadQuantity):
            wait(stage, stage.neighbour, quantity)

    def test_one_place_per_household(self, stage):
        stage.order(quantity=4)
        entry = wait(stage, stage.neighbour)
        housemate = make_member(stage.group, household=stage.neighbour.household)
        for person in (stage.neighbour, housemate):
            with refused(AlreadyWaiting):
                wait(stage, person)
        with at(stage.ordering):
            waiting.leave(entry_id=entry.pk, actor_id=stage.neighbour.pk, request_id=uuid4())
        wait(stage, housemate)
        assert [w.member_id for w in waits_of(stage.round, stage.neighbour)] == [housemate.pk]
        check_books()

    def test_twin_the_table_refuses_a_second_place(self, stage):
        stage.order(quantity=4)
        entry = wait(stage, stage.neighbour)
        entry.pk, entry.request_id = None, uuid4()
        with pytest.raises(IntegrityError, match="one_wait_per_household"), transaction.atomic():
            entry.save(force_insert=True)

    def test_within_the_household_s_limit(self):
        stage = make_stage(capacity=4, household_limit=2)
        stage.order(quantity="1.5")
        stage.order(stage.neighbour, 2)
        last = make_member(stage.group)
        with at(stage.ordering):
            stage.order(last, "0.5")
        with refused(OverHouseholdLimit, "0.5", field="quantity"):
            wait(stage, stage.member, 1)
        wait(stage, stage.member, "0.5")

    def test_once_however_often_it_is_sent(self, stage):
        stage.order(quantity=4)
        key = uuid4()
        with at(stage.ordering):
            made = {
                waiting.join(
                    offer_id=offer_of(stage.round).pk,
                    member_id=stage.neighbour.pk,
                    quantity=Decimal(1),
                    request_id=key,
                ).pk
                for _ in range(2)
            }
        assert len(made) == 1
        assert Event.objects.filter(kind="waiting.joined").count() == 1

    def test_not_after_the_cut_off_nor_while_paused(self, stage):
        stage.order(quantity=4)
        call = {
            "offer_id": offer_of(stage.round).pk,
            "member_id": stage.neighbour.pk,
            "quantity": Decimal(1),
        }
        with at(stage.round.cut_off_at), refused(RoundNotOpen):
            waiting.join(**call, request_id=uuid4())
        stage.round.paused_at = stage.start
        stage.round.save(update_fields=["paused_at"])
        with refused(RoundNotOpen, "暂停"):
            wait(stage, stage.neighbour)

    def test_leaving_twice_is_said(self, stage):
        stage.order(quantity=4)
        entry = wait(stage, stage.neighbour)
        for expected in (None, NoLongerWaiting):
            with at(stage.ordering):
                call = {"entry_id": entry.pk, "actor_id": stage.neighbour.pk}
                if expected is None:
                    waiting.leave(**call, request_id=uuid4())
                else:
                    with refused(expected, "不等了"):
                        waiting.leave(**call, request_id=uuid4())
        assert offer_of(stage.round).waiting == 0


class TestServing:
    def test_what_is_freed_becomes_her_order(self, stage):
        order = stage.order(quantity=4)
        entry = wait(stage, stage.neighbour, 2)
        give_up(stage, order)
        entry.refresh_from_db()
        made = entry.order
        assert made is not None
        assert (entry.status, made.channel, made.number) == ("served", "waiting", 2)
        assert (made.member, made.placed_by) == (stage.neighbour, stage.neighbour)
        assert made.lines.get().quantity == 2
        assert ledger.balance_of_order(made.pk) == 7600
        (change,) = made.history.all()
        assert (change.actor, change.kind, change.reason) == (None, "placed", "候补，有货了")
        posted = Posting.objects.filter(order=made)
        assert {(p.source, p.source_id) for p in posted} == {("order_change", change.pk)}
        (event,) = Event.objects.filter(kind="waiting.served")
        assert (event.subject_id, event.data["order"]) == (entry.pk, made.pk)
        assert offer_of(stage.round).waiting == 0
        check_books()
        with at(stage.ordering):
            cancel(made)  # hers until the cut-off
        check_books()

    def test_in_order_of_asking_and_a_smaller_wish_only_where_the_earlier_does_not_fit(self, stage):
        orders = [stage.order(person, 1) for person in people(stage, 4)]
        big, small, late = people(stage, 3)
        entries = [wait(stage, big, 2), wait(stage, small, 1), wait(stage, late, 1)]
        give_up(stage, orders[0])
        assert states(*entries) == ["waiting", "served", "waiting"]
        check_books()
        give_up(stage, orders[1])
        assert states(*entries) == ["waiting", "served", "served"]
        entries[2].refresh_from_db()
        assert entries[2].order is not None
        give_up(stage, orders[2])
        assert states(*entries) == ["waiting", "served", "served"], "one is left, and anybody's"
        give_up(stage, orders[3])
        assert states(*entries) == ["served", "served", "served"]
        check_books()

    def test_two_freed_at_once_go_to_the_head(self, stage):
        order = stage.order(quantity=3)
        stage.order(stage.neighbour, 1)
        big, small = people(stage, 2)
        entries = [wait(stage, big, 2), wait(stage, small, 1)]
        with at(stage.ordering):
            amend(order, {offer_of(stage.round).pk: Decimal(1)})
        assert states(*entries) == ["served", "waiting"]
        with at(stage.ordering):
            amend(order, {offer_of(stage.round).pk: Decimal("0.5")})
        assert states(*entries) == ["served", "waiting"]
        check_books()

    def test_several_goods_freed_by_one_act(self):
        stage = make_stage(capacity=2, offers=2)
        one, two = (offer_of(stage.round, n) for n in (1, 2))
        order = stage.order(quantities={one.pk: Decimal(2), two.pk: Decimal(2)})
        first, second = people(stage, 2)
        entries = [
            wait(stage, first, 2, offer=two),
            wait(stage, second, 1, offer=one),
            wait(stage, second, 1, offer=two),
        ]
        give_up(stage, order)
        assert states(*entries) == ["served", "served", "waiting"]
        assert [e.order.number for e in entries[:2] if e.order] == [2, 3]
        check_books()

    def test_her_own_limit_passes_her_over_until_there_is_room(self):
        stage = make_stage(capacity=4, household_limit=2)
        mine = stage.order(quantity=1)
        full = stage.order(stage.neighbour, 2)
        third, fourth = people(stage, 2)
        rest = stage.order(third, 1)
        entry = wait(stage, stage.member, 1)
        give_up(stage, rest)  # she has two now
        assert states(entry) == ["served"]
        wait(stage, fourth, 2)
        with at(stage.ordering):
            amend(full, {offer_of(stage.round).pk: Decimal(1)})
        stage.order(stage.neighbour, 1)
        again = WaitlistEntry.objects.get(member=fourth)
        assert states(again) == ["waiting"]
        give_up(stage, mine)
        assert states(again) == ["waiting"]
        assert offer_of(stage.round).taken == 3
        check_books()

    def test_more_goods_go_to_the_list_first(self, stage):
        stage.order(quantity=4)
        entry = wait(stage, stage.neighbour, 2)

        def more(capacity: int) -> Offer:
            with at(stage.ordering):
                return waiting.raise_capacity(
                    offer_id=offer_of(stage.round).pk,
                    actor_id=stage.initiator.pk,
                    capacity=Decimal(capacity),
                    request_id=uuid4(),
                )

        for too_few in (3, 4, -1):
            with refused(BadCapacity):
                more(too_few)
        assert (more(7).left, states(entry)) == (Decimal(1), ["served"])
        check_books()

    def test_no_limit_cannot_be_raised(self):
        stage = make_stage()
        with at(stage.ordering), refused(BadCapacity, "没有限量"):
            waiting.raise_capacity(
                offer_id=offer_of(stage.round).pk,
                actor_id=stage.initiator.pk,
                capacity=Decimal(7),
                request_id=uuid4(),
            )

    def test_twin_without_serving_a_newcomer_takes_what_is_owed(self, stage, monkeypatch):
        order = stage.order(quantity=4)
        wait(stage, stage.neighbour, 2)
        newcomer = make_member(stage.group)
        monkeypatch.setattr(waiting, "serve", lambda **_: None)
        give_up(stage, order)
        stage.order(newcomer, 4)
        monkeypatch.undo()
        other = make_stage(capacity=4)
        order = other.order(quantity=4)
        wait(other, other.neighbour, 2)
        give_up(other, order)
        with refused(SoldOut, "只剩 2"):
            other.order(make_member(other.group), 4)

    def test_nobody_waiting_costs_nothing_and_a_line_of_three_the_same_as_one(self):
        sent = {}
        for waiting_ones in (0, 1, 3):
            stage = make_stage(capacity=4)
            order = stage.order(quantity=4)
            for person in people(stage, waiting_ones):
                wait(stage, person, 4)
            sent[waiting_ones] = statements(partial(give_up, stage, order))
        bare = [sql for sql in sent[0] if "waitlistentry" in sql]
        assert bare == []
        assert len(sent[1]) == len(sent[3])


class TestEnds:
    def test_a_round_that_fails_or_is_cancelled_ends_the_list(self):
        for way in ("fail", "cancel"):
            stage = make_stage(capacity=4, minimum_households=9)
            stage.order(quantity=4)
            entry = wait(stage, stage.neighbour)
            with at(stage.round.cut_off_at):
                if way == "fail":
                    rounds.close_if_due(round_id=stage.round.pk)
                    rounds.fail_round(round_id=stage.round.pk, actor_id=stage.initiator.pk)
                else:
                    rounds.cancel_round(
                        round_id=stage.round.pk, actor_id=stage.initiator.pk, reason="断货"
                    )
            assert states(entry) == ["ended"]
            assert offer_of(stage.round).waiting == 0
            check_books()

    def test_an_extended_round_goes_on_with_its_list(self):
        stage = make_stage(capacity=4, minimum_households=9)
        order = stage.order(quantity=4)
        entry = wait(stage, stage.neighbour)
        with at(stage.round.cut_off_at):
            rounds.close_if_due(round_id=stage.round.pk)
            rounds.extend_round(
                round_id=stage.round.pk,
                actor_id=stage.initiator.pk,
                cut_off_at=stage.round.cut_off_at + timedelta(hours=5),
            )
            cancel(order)
        assert states(entry) == ["served"]

    def test_who_leaves_the_group_is_passed_over_and_leaves_the_list(self, stage):
        order = stage.order(quantity=4)
        gone, next_one = people(stage, 2)
        entries = [wait(stage, gone, 2), wait(stage, next_one, 2)]
        with at(stage.ordering):
            memberships.leave(membership_id=gone.pk)
        give_up(stage, order)
        assert states(*entries) == ["waiting", "served"]
        events.drain(stage.group.pk)
        assert states(*entries) == ["left", "served"]
        check_books()

    def test_an_erased_person_waits_for_nothing_at_no_door(self, stage):
        """Two of them for the same goods, too; the counts follow with the event."""
        order = stage.order(quantity=4)
        gone = people(stage, 2)
        entries = [wait(stage, person, 1) for person in (*gone, stage.neighbour)]
        doors = {person.household_id for person in gone}
        for person in gone:
            assert person.user_id is not None
            assert "waiting" in {h.key for h in personal.holdings(person.user_id) if h.rows}
            personal.erase(user_id=person.user_id)
        assert states(*entries) == ["left", "left", "waiting"]
        assert not {entry.household_id for entry in entries[:2]} & doors
        assert not Household.objects.filter(pk__in=doors).exists()
        give_up(stage, order)
        assert states(*entries) == ["left", "left", "served"]
        events.drain(stage.group.pk)
        check_books()

    def test_an_entry_ends_once(self, stage):
        stage.order(quantity=4)
        entry = wait(stage, stage.neighbour)
        with at(stage.ordering):
            waiting.leave(entry_id=entry.pk, actor_id=stage.neighbour.pk, request_id=uuid4())
            entry.refresh_from_db()
            with pytest.raises(InvalidTransition):
                entry.move_to("waiting", at=stage.ordering)
        with pytest.raises(IntegrityError), transaction.atomic():
            WaitlistEntry.objects.filter(pk=entry.pk).update(status="waiting", ended_at=None)


def bag_of(stage: Stage, owner: Membership | None = None) -> Order:
    """Ordered by the member, arrived, and nobody came."""
    order = stage.order(owner, quantity=2)
    stage.order(make_member(stage.group), 2)
    return order


def nobody_came(stage: Stage) -> None:
    stage.arrive()
    with at(stage.round.pickup_until):
        check_offs.record_not_collected(round_id=stage.round.pk, actor_id=stage.initiator.pk)


def hand_on(stage: Stage, order: Order, entry: WaitlistEntry, paid_fen: int) -> Any:
    with at(stage.round.pickup_until + timedelta(hours=1)):
        return decide_leftover(
            order_id=order.pk,
            actor_id=stage.initiator.pk,
            decision=Decision(choice="pass", entry_id=entry.pk, paid_fen=paid_fen),
            request_id=uuid4(),
            receiver_id=stage.payee_id,
        )


class TestLeftovers:
    def test_what_nobody_fetched_goes_to_who_still_stands_in_line(self, stage):
        order = bag_of(stage)
        entries = [wait(stage, person, 2) for person in (stage.neighbour, *people(stage, 1))]
        stage.receive(order, 7600)
        nobody_came(stage)
        assert worth_of_rest(order) == 7600
        before = accounts_of(stage.round)
        left = hand_on(stage, order, entries[0], 7600)
        assert left.taker == stage.neighbour
        assert states(*entries) == ["passed", "waiting"]
        assert ledger.balance_of_order(order.pk) == -7600, "to be paid back to who ordered"
        after = accounts_of(stage.round)
        moved = {name: after.get(name, 0) - before.get(name, 0) for name in {*before, *after}}
        assert {name: fen for name, fen in moved.items() if fen} == {
            "cash_initiator": 7600,
            "member": -7600,
        }
        sources = {p.source for p in Posting.objects.filter(order=order)}
        assert sources == {"order_change", "payment"}
        check_books()
        with refused(NoLongerWaiting):
            hand_on(stage, Order.objects.exclude(pk=order.pk).get(), entries[0], 0)

    def test_goods_that_are_stopped_go_to_nobody_before_they_are_let_go(self, stage):
        order = bag_of(stage)
        entry = wait(stage, stage.neighbour, 2)
        nobody_came(stage)
        with at(stage.round.pickup_until):
            held = holds.hold(
                round_id=stage.round.pk,
                offer_id=offer_of(stage.round).pk,
                kind="incident",
                reason="发酸",
            )
        with refused(GoodsHeld, "先不能交"):
            hand_on(stage, order, entry, 0)
        assert states(entry) == ["waiting"]
        with at(stage.round.pickup_until):
            holds.release(
                hold_id=held.pk, actor_id=stage.initiator.pk, reason="没事", request_id=uuid4()
            )
        hand_on(stage, order, entry, 0)
        assert states(entry) == ["passed"]

    def test_both_hear_of_it(self, stage):
        order = bag_of(stage)
        entry = wait(stage, stage.neighbour, 2)
        nobody_came(stage)
        hand_on(stage, order, entry, 7600)
        events.drain(stage.group.pk)
        name = offer_of(stage.round).name
        assert told("orders.leftover_passed") == {
            stage.member.user_id: f"你没取的 {name} 2斤 让给了邻居，对方付的 ¥76.00 记在你这一单上"
        }
        assert told("orders.leftover_yours") == {
            stage.neighbour.user_id: f"周六牛肉团没人取的 {name} 2斤 归你了，收了你 ¥76.00。"
            "怎么拿，问团长"
        }

    def test_never_more_than_the_rest_is_worth_and_only_for_goods_in_the_bag(self):
        stage = make_stage(capacity=4, offers=2)
        order = bag_of(stage)
        other = offer_of(stage.round, 2)
        stage.order(quantities={other.pk: Decimal(4)})
        entry, elsewhere = (wait(stage, stage.neighbour, 1, offer=offer) for offer in (None, other))
        nobody_came(stage)
        before = counts()
        for chosen, fen in ((entry, 7601), (elsewhere, 0)):
            with pytest.raises(BadLeftover):
                hand_on(stage, order, chosen, fen)
        assert counts() == before
        assert states(entry, elsewhere) == ["waiting", "waiting"]


def told(kind: str) -> dict[int | None, str]:
    rows = Notice.objects.filter(kind=kind).order_by("pk")
    return {row.user_id: notices.text(row.kind, row.context) for row in rows}


class TestNews:
    def test_who_is_served_hears_what_it_costs_and_until_when_she_may_cancel(self, stage):
        order = stage.order(quantity=4)
        wait(stage, stage.neighbour, 2)
        wait(stage, make_member(stage.group, account=False), 2)
        give_up(stage, order)
        events.drain(stage.group.pk)
        name = offer_of(stage.round).name
        with time_machine.travel(stage.start):  # of another year, the year stands before the day
            said = told("orders.waiting_served")
        assert said == {
            stage.neighbour.user_id: f"有货了，已按候补帮你下单：{name} 2斤，¥76.00。"
            "不要，11月21日 周六 12:00 前取消"
        }

    def test_who_is_taken_off_hears_why(self, stage):
        """Twin: who goes herself is told nothing; the reason goes with either of the two."""
        stage.order(quantity=4)
        entry, alone, other = (
            wait(stage, one) for one in (stage.neighbour, stage.member, make_member(stage.group))
        )
        nameless = wait(stage, make_member(stage.group, account=False))
        call = {"actor_id": stage.deputy.pk, "reason": " 限本楼\n"}
        with at(stage.ordering):
            with pytest.raises(InvalidInput, match="本人会看到") as refusal:
                waiting.take_off(entry_id=entry.pk, request_id=uuid4(), **call | {"reason": "  "})
            assert refusal.value.field == "reason"
            key = uuid4()
            for _again in range(2):
                waiting.take_off(entry_id=entry.pk, request_id=key, **call)
            for one in (nameless, other):
                waiting.take_off(entry_id=one.pk, request_id=uuid4(), **call)
            waiting.leave(entry_id=alone.pk, actor_id=stage.member.pk, request_id=uuid4())
            with pytest.raises(NoLongerWaiting):
                waiting.take_off(entry_id=alone.pk, request_id=uuid4(), **call)
        assert states(entry, alone, other, nameless) == ["left"] * 4
        assert offer_of(stage.round).waiting == 0
        events.drain(stage.group.pk)
        name = offer_of(stage.round).name
        text = f"周六牛肉团：你候补的 {name} 1斤 被团长或副团长拿掉了，原因：限本楼"
        assert told("orders.waiting_taken_off") == dict.fromkeys(
            (stage.neighbour.user_id, other.member.user_id), text
        )
        personal.erase(user_id=stage.neighbour.user_id)
        reasons = Event.objects.filter(kind="waiting.left").order_by("pk")
        assert [row.data.get("reason") for row in reasons] == ["", "限本楼", "限本楼", None]
        personal.erase(user_id=stage.deputy.user_id)
        assert not reasons.filter(data__reason="限本楼").exists()
        check_books()

    def test_who_was_not_served_hears_it_at_the_cut_off(self, stage):
        stage.order(quantity=4)
        wait(stage, stage.neighbour, 2)
        stage.confirm()
        events.drain(stage.group.pk)
        name = offer_of(stage.round).name
        assert told("orders.waiting_lapsed") == {
            stage.neighbour.user_id: f"周六牛肉团截单了，你候补的 {name} 2斤 没轮到。"
            "有人不来取，团长会按先后问你"
        }

    def test_nobody_waiting_nobody_told(self, stage):
        stage.order()
        stage.confirm()
        assert not Event.objects.filter(kind="waiting.lapsed").exists()


class TestPages:
    """At the real time: pages read the clock."""

    @pytest.fixture
    def full(self) -> Stage:
        stage = make_stage(timezone.now() - timedelta(hours=2), capacity=4)
        stage.order(quantity=4)
        return stage

    def client(self, member: Membership) -> Client:
        client = Client()
        assert member.user is not None
        client.force_login(member.user)
        return client

    def url(self, stage: Stage, name: str, *args: int) -> str:
        return reverse(f"orders:{name}", args=[stage.group.slug, *args])

    def test_from_the_round_into_the_line_and_out_again(self, full):
        client, offer = self.client(full.neighbour), offer_of(full.round)
        round_url = self.url(full, "round", full.round.pk)
        page = self.url(full, "waiting-offer", full.round.pk, offer.pk)
        assert f'href="waiting/{offer.pk}/"' in client.get(round_url).content.decode()
        assert client.get(page).status_code == 200
        wait(full, make_member(full.group), 2)
        sent = client.post(page, {"quantity": "1.5", "request_id": str(uuid4())})
        assert sent.status_code == 302
        for address in (page, round_url):
            text = client.get(address).content.decode()
            assert "前面还有 1户" in text
            assert "1.5斤" in text
        entry = WaitlistEntry.objects.get(member=full.neighbour)
        leave = self.url(full, "waiting-leave", entry.pk)
        assert client.post(leave, {"request_id": str(uuid4())}).status_code == 302
        assert "1.5斤" not in client.get(round_url).content.decode()
        assert states(entry) == ["left"]

    @pytest.mark.parametrize("typed", ["", "0", "zwei", "9", "0.3"])
    def test_what_is_wrong_is_said(self, full, typed):
        page = self.url(full, "waiting-offer", full.round.pk, offer_of(full.round).pk)
        sent = self.client(full.neighbour).post(
            page, {"quantity": typed, "request_id": str(uuid4())}
        )
        assert sent.status_code == 422
        assert not WaitlistEntry.objects.exists()

    def test_asked_for_more_than_is_left_the_way_is_shown(self, full):
        with at(full.ordering):
            amend(Order.objects.get(), {offer_of(full.round).pk: Decimal(3)})
        offer = offer_of(full.round)
        address = self.url(full, "round", full.round.pk)
        sent = self.client(full.neighbour).post(
            address, {f"offer_{offer.pk}": "2", "request_id": str(uuid4())}
        )
        assert sent.status_code == 422
        assert f'href="waiting/{offer.pk}/?q=2"' in sent.content.decode()
        page = self.url(full, "waiting-offer", full.round.pk, offer.pk)
        assert 'value="2"' in self.client(full.neighbour).get(page + "?q=2").content.decode()

    def test_officers_see_the_line_and_raise_the_capacity(self, full):
        entry = wait(full, full.neighbour, 2)
        client, offer = self.client(full.deputy), offer_of(full.round)
        page = self.url(full, "waiting", full.round.pk)
        assert str(full.neighbour.household) in client.get(page).content.decode()
        raise_it = self.url(full, "offer-raise", full.round.pk, offer.pk)
        few = client.post(raise_it, {"capacity": "3", "request_id": str(uuid4())})
        assert few.status_code == 422
        more = client.post(raise_it, {"capacity": "6", "request_id": str(uuid4())})
        assert more.status_code == 302
        assert states(entry) == ["served"]

    def test_an_officer_takes_somebody_off_and_says_why(self, full):
        entry, other = wait(full, full.neighbour), wait(full, make_member(full.group))
        client = self.client(full.deputy)
        page = self.url(full, "waiting", full.round.pk)
        off = self.url(full, "waiting-leave", entry.pk)
        empty = client.post(off, {"request_id": str(uuid4())})
        assert (empty.status_code, states(entry)) == (422, ["waiting"])
        assert f'id="wait-{entry.pk}-reason"' in empty.content.decode()
        long = client.post(off, {"reason": "长" * 201, "request_id": str(uuid4())})
        assert (long.status_code, "长" * 201 in long.content.decode()) == (422, True)
        said = {"reason": "重复了", "request_id": str(uuid4())}
        assert client.post(off, said)["Location"] == page
        assert states(entry, other) == ["left", "waiting"]
        events.drain(full.group.pk)
        assert told("orders.waiting_taken_off")[full.neighbour.user_id].endswith("原因：重复了")
        assert client.post(off, said | {"request_id": str(uuid4())}).status_code == 422
        own = wait(full, full.deputy)
        gone = client.post(self.url(full, "waiting-leave", own.pk), {"request_id": str(uuid4())})
        assert gone["Location"] == self.url(full, "round", full.round.pk)

    def test_the_page_of_a_bag_offers_the_line(self, stage):
        order = bag_of(stage)
        entry = wait(stage, stage.neighbour, 2)
        nobody_came(stage)
        client = self.client(stage.initiator)
        page = self.url(stage, "leftover", order.pk)
        text = client.get(page).content.decode()
        assert f"1. {stage.neighbour.household} {stage.neighbour.nickname}" in text
        assert "¥76.00" in text
        typed = {"choice": "pass", "entry": entry.pk, "paid": "76", "request_id": str(uuid4())}
        assert client.post(page, typed | {"taker": "3-502"}).status_code == 422
        with at(stage.round.pickup_until + timedelta(hours=1)):
            assert client.post(page, typed | {"request_id": str(uuid4())}).status_code == 302
        assert states(entry) == ["passed"]

    @pytest.mark.parametrize("count", [1, 3])
    def test_the_line_is_one_statement_whatever_its_length(
        self, full, count, django_assert_num_queries
    ):
        for person in people(full, count):
            wait(full, person, 1)
        with django_assert_num_queries(1):
            assert len(waits_in(full.round)) == count


class TestApi:
    def test_joined_listed_and_left(self, stage):
        full = make_stage(timezone.now() - timedelta(hours=2), capacity=4)
        full.order(quantity=4)
        client = Client()
        assert full.neighbour.user is not None
        client.force_login(full.neighbour.user)
        address = reverse("api:waiting", args=[full.group.slug, full.round.pk])

        def post(path: str, body: dict[str, Any]) -> Any:
            return client.post(
                path,
                body,
                content_type="application/json",
                headers={"Idempotency-Key": str(uuid4())},
            )

        made = post(address, {"offer": offer_of(full.round).pk, "quantity": "1.5"})
        assert (made.status_code, made.json()["ahead"]) == (201, 0)
        assert client.get(address).json()["waits"] == [made.json()]
        again = post(address, {"offer": offer_of(full.round).pk, "quantity": "1.5"})
        assert (again.status_code, again.json()["code"]) == (409, "already_waiting")
        missing = post(address, {"offer": 999_999_999, "quantity": "1"})
        assert missing.status_code == 404
        leave = reverse("api:waiting-leave", args=[full.group.slug, made.json()["id"]])
        assert post(leave, {}).json()["status"] == "left"
        assert client.get(address).json()["waits"] == []
        entry = wait(full, full.neighbour)
        assert full.deputy.user is not None
        client.force_login(full.deputy.user)
        off = reverse("api:waiting-leave", args=[full.group.slug, entry.pk])
        silent = post(off, {})
        assert (silent.status_code, states(entry)) == (422, ["waiting"])
        assert post(off, {"reason": "重复了"}).json()["status"] == "left"
        (event,) = Event.objects.filter(kind="waiting.left", subject_id=entry.pk)
        assert event.data["reason"] == "重复了"
