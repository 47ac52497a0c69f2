"""「你家的也这样吗」: who is asked, what counts, when the rest of a batch is stopped (O11, O16)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from groups.models import Membership
from orders.models import (
    Batch,
    BatchAnswer,
    BatchPart,
    BatchQuestion,
    DeliveryLine,
    Hold,
    Incident,
    Order,
    OrderLine,
)
from orders.queries import incidents as queries
from orders.queries.incidents import count_of, needed, question_page
from orders.queries.returns import return_view
from orders.services import holds, incidents, returns
from orders.services.incidents import NotABuyer, QuestionClosed, answer_batch
from tests.factories import make_member, offer_of
from tests.orders.stages import Stage, at, line_of, make_stage
from tuangou.core import events
from tuangou.core.models import Event, Notice

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def households(buyers: int) -> tuple[Stage, list[Order]]:
    """So many flats bought of one offer; three quarters fetched it, the others not yet."""
    stage = make_stage()
    orders = [stage.order(make_member(stage.group, f"邻居{n}")) for n in range(buyers)]
    stage.arrive()
    for order in orders[: max(1, buyers * 3 // 4)]:
        stage.hand_over(order)
    return stage, orders


@pytest.fixture
def street() -> tuple[Stage, list[Order]]:
    return households(8)


def say(stage: Stage, order: Order, same: bool = True, after: timedelta = 2 * HOUR) -> BatchAnswer:
    with at(stage.pickup + after):
        return answer_batch(
            question_id=BatchQuestion.objects.get(offer=offer_of(order.round)).pk,
            line_id=line_of(order).pk,
            actor_id=order.member_id,
            same=same,
            request_id=uuid4(),
        )


def lift(stage: Stage, reason: str = "看过了，只是外皮") -> None:
    with at(stage.pickup + 3 * HOUR):
        holds.release(
            hold_id=Incident.objects.get().hold_id,
            actor_id=stage.initiator.pk,
            reason=reason,
            request_id=uuid4(),
        )


class TestAsking:
    def test_the_first_claim_asks_once(self, street):
        stage, orders = street
        first = stage.ask(orders[0])
        stage.ask(orders[1])
        (question,) = BatchQuestion.objects.all()
        assert (question.first, question.offer) == (first, offer_of(stage.round))
        assert Event.objects.filter(kind="batch.asked").count() == 1

    def test_nobody_is_asked_where_nobody_else_bought(self):
        stage = make_stage()
        stage.ask(stage.collected())
        assert not BatchQuestion.objects.exists()

    def test_nor_about_a_past_that_is_loaded(self, street, monkeypatch):
        stage, orders = street
        monkeypatch.setattr(incidents, "GroupStatus", SimpleNamespace(LOADING="active"))
        stage.ask(orders[0])
        assert not BatchQuestion.objects.exists()

    def test_the_database_knows_one_question_per_batch(self, street):
        stage, orders = street
        first = stage.ask(orders[0])
        again = BatchQuestion(
            group=stage.group,
            round=stage.round,
            offer=offer_of(stage.round),
            first=first,
            asked_at=first.requested_at,
        )
        with pytest.raises(IntegrityError, match="batch_asked_once"), transaction.atomic():
            again.save(force_insert=True)


class TestAnswering:
    def test_is_one_row_per_line_and_hers_to_change(self, street):
        stage, orders = street
        stage.ask(orders[0])
        say(stage, orders[1], True)
        say(stage, orders[1], False)
        (row,) = BatchAnswer.objects.all()
        assert row.same is False
        assert count_of(row.question).no == 1

    def test_until_the_time_is_over(self, street):
        stage, orders = street
        asked = stage.ask(orders[0]).requested_at - stage.pickup
        say(stage, orders[1], after=asked + 72 * HOUR)
        with pytest.raises(QuestionClosed):
            say(stage, orders[2], after=asked + 72 * HOUR + timedelta(seconds=1))

    def test_or_the_stop_was_lifted(self, street):
        stage, orders = street
        for order in orders[:2]:
            stage.ask(order)
        lift(stage)
        with pytest.raises(QuestionClosed):
            say(stage, orders[2], after=4 * HOUR)

    def test_only_of_what_was_bought(self, street):
        stage, orders = street
        stage.ask(orders[0])
        other = make_stage(group=stage.group)
        stranger = other.order(orders[1].member)
        with at(stage.pickup + 2 * HOUR), pytest.raises(NotABuyer):
            answer_batch(
                question_id=BatchQuestion.objects.get().pk,
                line_id=line_of(stranger).pk,
                actor_id=stranger.member_id,
                same=True,
                request_id=uuid4(),
            )

    def test_the_database_takes_no_other_line(self, street):
        stage, orders = street
        stage.ask(orders[0])
        other = make_stage(group=stage.group)
        stranger = other.order(orders[1].member)
        row = BatchAnswer(
            group=stage.group,
            question=BatchQuestion.objects.get(),
            line=line_of(stranger),
            same=True,
            answered_by=stranger.member,
            answered_at=stage.pickup,
        )
        with pytest.raises(IntegrityError, match="bought of that batch"), transaction.atomic():
            row.save(force_insert=True)


class TestCounting:
    @pytest.mark.parametrize(
        ("buyers", "yes"),
        [(1, 2), (2, 2), (10, 2), (20, 2), (21, 3), (30, 3), (31, 3), (439, 3)],
    )
    def test_three_or_a_tenth_but_never_one_alone(self, buyers, yes):
        assert needed(buyers) == yes

    def test_a_second_household_of_a_few_makes_the_incident(self, street):
        stage, orders = street
        stage.ask(orders[0])
        assert not Incident.objects.exists()
        say(stage, orders[1])
        (incident,) = Incident.objects.all()
        assert (incident.households, incident.buyers) == (2, 8)
        assert (incident.hold.kind, incident.hold.offer) == ("incident", offer_of(stage.round))
        assert incident.hold.reason.startswith("2户说")

    def test_claims_count_as_yes(self, street):
        stage, orders = street
        stage.ask(orders[0])
        stage.ask(orders[1])
        assert Incident.objects.count() == 1

    def test_a_household_counts_once(self, street):
        stage, orders = street
        twin = make_member(stage.group, "同屋", household=orders[0].household)
        assert isinstance(twin, Membership)
        stage.ask(orders[0])
        say(stage, orders[0])
        assert not Incident.objects.exists()

    def test_no_does_not_count_nor_what_was_taken_back(self, street):
        stage, orders = street
        first = stage.ask(orders[0])
        say(stage, orders[1], False)
        with at(stage.pickup + 2 * HOUR):
            returns.withdraw_return(
                return_id=first.pk, actor_id=orders[0].member_id, request_id=uuid4()
            )
        say(stage, orders[2])
        assert not Incident.objects.exists()

    def test_three_of_many(self):
        stage, orders = households(24)
        stage.ask(orders[0])
        say(stage, orders[1])
        assert not Incident.objects.exists()
        say(stage, orders[2])
        assert Incident.objects.count() == 1

    def test_once(self, street):
        stage, orders = street
        stage.ask(orders[0])
        for order in orders[1:5]:
            say(stage, order)
        assert Incident.objects.count() == Hold.objects.filter(kind="incident").count() == 1

    def test_an_incident_is_never_changed(self, street):
        stage, orders = street
        for order in orders[:2]:
            stage.ask(order)
        refused = pytest.raises(DatabaseError, match=r"append-only|permission denied")
        with refused, transaction.atomic():
            Incident.objects.update(households=7)

    def test_twin_without_the_least_one_claim_stops_a_small_round(self, street, monkeypatch):
        stage, orders = street
        monkeypatch.setattr(queries, "LEAST", 1)
        stage.ask(orders[0])
        assert Incident.objects.exists()


class TestStopping:
    def test_the_rest_is_not_handed_out_until_it_is_lifted(self, street):
        stage, orders = street
        for order in orders[:2]:
            stage.ask(order)
        with pytest.raises(Exception, match="先不能交"):
            stage.hand_over(orders[-1])
        lift(stage)
        stage.hand_over(orders[-1])

    def test_the_timeline_tells_it(self, street):
        stage, orders = street
        ret = stage.ask(orders[0])
        say(stage, orders[1], False)
        say(stage, orders[2])
        lift(stage)
        steps = return_view(ret.pk).steps
        assert [step.kind for step in steps] == [
            "return.requested",
            "batch.asked",
            "batch.answered",
            "incident.found",
            "hold.released",
        ]
        assert steps[2].text == "2户也这样，1户没事"
        assert [step.who for step in steps[1:4]] == ["", "", ""]

    def test_who_hears_what(self, street):
        stage, orders = street
        from_outside = make_member(stage.group, "没买")
        stage.ask(orders[0])
        stage.ask(orders[1])
        events.drain(stage.group.pk)
        told = {
            kind: set(
                Notice.objects.filter(kind=f"orders.{kind}").values_list("user_id", flat=True)
            )
            for kind in ("batch_asked", "incident_found", "incident_stopped")
        }
        everybody = {order.member.user_id for order in orders}
        waiting = {order.member.user_id for order in orders[6:]}
        assert told == {
            "batch_asked": everybody - {orders[0].member.user_id},
            "incident_found": {stage.initiator.user_id},
            "incident_stopped": waiting,
        }
        assert from_outside.user_id not in everybody


class TestPage:
    def page(self, stage: Stage, member: Membership, method: str = "get", **data: object):
        client = Client()
        assert member.user is not None
        client.force_login(member.user)
        name = "orders:question-answer" if method == "post" else "orders:question"
        path = reverse(name, args=[stage.group.slug, BatchQuestion.objects.get().pk])
        if method == "get":
            return client.get(path)
        return client.post(path, {"request_id": str(uuid4()), **data})

    def test_one_tap(self, street):
        stage, orders = street
        stage.ask(orders[0])
        line = line_of(orders[1])
        with at(stage.pickup + 2 * HOUR):
            shown = self.page(stage, orders[1].member).content.decode()
            assert shown.count('name="same"') == 2
            done = self.page(stage, orders[1].member, "post", line=line.pk, same="yes")
        assert done.status_code == 302
        assert BatchAnswer.objects.get().same is True

    def test_not_for_another_s_line(self, street):
        stage, orders = street
        stage.ask(orders[0])
        line = line_of(orders[2])
        with at(stage.pickup + 2 * HOUR):
            assert (
                self.page(stage, orders[1].member, "post", line=line.pk, same="yes").status_code
                == 404
            )
        assert not BatchAnswer.objects.exists()

    def test_who_did_not_buy_finds_nothing(self, street):
        stage, orders = street
        stage.ask(orders[0])
        assert self.page(stage, make_member(stage.group)).status_code == 404

    def test_an_officer_sees_it_and_answers_for_nobody(self, street):
        stage, orders = street
        stage.ask(orders[0])
        with at(stage.pickup + 2 * HOUR):
            shown = self.page(stage, stage.deputy)
        assert shown.status_code == 200
        assert 'name="same"' not in shown.content.decode()

    def test_the_initiator_lifts_it_with_a_reason(self, street):
        stage, orders = street
        for order in orders[:2]:
            stage.ask(order)
        client = Client()
        assert stage.initiator.user is not None
        client.force_login(stage.initiator.user)
        path = reverse(
            "orders:question-lift", args=[stage.group.slug, BatchQuestion.objects.get().pk]
        )
        with at(stage.pickup + 3 * HOUR):
            refused = client.post(path, {"request_id": str(uuid4()), "reason": " "})
            assert refused.status_code == 422
            assert "写明理由" in refused.content.decode()
            client.post(path, {"request_id": str(uuid4()), "reason": "看过了"})
        hold = Hold.objects.get(kind="incident")
        assert (hold.stands, hold.release_reason) == (False, "看过了")

    def test_as_many_statements_for_many_as_for_few(self):
        counted = []
        for buyers in (4, 12):
            stage, orders = households(buyers)
            stage.ask(orders[0])
            page = question_of(stage)
            with CaptureQueriesContext(connection) as seen:
                question_page(page, OrderLine.objects.filter(order=orders[1]), at=stage.pickup)
            counted.append(len(seen))
        assert counted == [6, 6]


def question_of(stage: Stage) -> BatchQuestion:
    asked = BatchQuestion.objects.select_related("round__merchant", "offer", "first", "batch")
    return asked.get(group=stage.group)


class TestBatches:
    """Where goods came in lots, only who got of the same lot is asked and counted."""

    @pytest.fixture
    def lots(self) -> tuple[Stage, list[Order]]:
        """Eight flats; the first four got of lot A, the others of lot B."""
        stage, orders = households(8)
        came = DeliveryLine.objects.get(delivery__round=stage.round)
        for lot, part in (("A", orders[:4]), ("B", orders[4:])):
            batch = Batch.objects.create(
                group=stage.group, delivery_line=came, lot=lot, quantity=Decimal(8)
            )
            for order in part:
                BatchPart.objects.create(
                    group=stage.group, batch=batch, line=line_of(order), quantity=Decimal(2)
                )
        return stage, orders

    def test_only_the_same_lot_is_asked(self, lots):
        stage, orders = lots
        stage.ask(orders[0])
        (question,) = BatchQuestion.objects.all()
        assert question.batch is not None
        assert question.batch.lot == "A"
        assert count_of(question).buyers == 4
        events.drain(stage.group.pk)
        told = Notice.objects.filter(kind="orders.batch_asked").values_list("user_id", flat=True)
        assert set(told) == {order.member.user_id for order in orders[1:4]}

    def test_claims_on_two_lots_are_two_questions_and_no_incident(self, lots):
        stage, orders = lots
        stage.ask(orders[0])
        stage.ask(orders[4])
        assert BatchQuestion.objects.count() == 2
        assert not Incident.objects.exists()

    def test_who_got_the_other_lot_is_not_heard(self, lots):
        stage, orders = lots
        stage.ask(orders[0])
        with pytest.raises(NotABuyer):
            say(stage, orders[5])

    def test_the_second_household_of_the_lot_makes_it(self, lots):
        stage, orders = lots
        stage.ask(orders[0])
        say(stage, orders[1])
        incident = Incident.objects.get()
        assert (incident.households, incident.buyers) == (2, 4)
