"""Complaints: made, answered, settled or ruled; once; and what the ledger keeps of it (R2, R3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from groups.models import Mandate
from merchants.models import Application
from orders.models import Hold, Offer, Order, Round, SaleStop
from orders.services import returns
from orders.services.check_offs import GoodsHeld, check_off
from orders.services.holds import NotRuled, release
from orders.services.inspections import withdraw_goods
from orders.services.offers import SaleStopped
from orders.services.openings import open_round
from orders.services.orders import cancel_order
from reputation.models import (
    Complaint,
    ComplaintFile,
    ComplaintMark,
    Entry,
    Panel,
    RemedyDelivery,
    Ruling,
    Seat,
)
from reputation.models.rulings import FOUND
from reputation.models.weights import RULINGS
from reputation.queries.formula import Counted, standing
from reputation.services import (
    complaint_clocks,
    complaints,
    mediation,
    panels,
    responses,
    sanctions,
)
from reputation.services.complaint_rules import NotUndecided, parties_of
from reputation.services.complaints import (
    AlreadyComplained,
    BadComplaint,
    EnoughComplaints,
    NotComplainable,
)
from reputation.services.mediation import NothingToSettle
from reputation.services.panels import AlreadyVoted, NoSeat, TooFewMembers, order_drawn
from reputation.services.responses import AlreadyAnswered, BadResponse
from reputation.services.rulings import LADDER, BadRuling, NotAppealable, TooEarly, middle
from tests.databases import owner_cursor
from tests.factories import NOON, make_member, make_order, make_round, offer_of
from tests.orders.stages import at, make_stage
from tests.orders.support import refused
from tests.reputation.cases import HOUR, PHOTO, Scene, make_scene
from tests.reputation.judging import decide, shop_of
from tuangou.core import events
from tuangou.core.errors import InvalidInput, NotAllowed

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def scene() -> Scene:
    return make_scene()


class TestMaking:
    def test_is_numbered_and_its_clocks_run(self, scene):
        made = scene.complain(files=[PHOTO])
        assert (made.code, made.status, made.by_panel) == ("T-0001", "open", False)
        assert made.answer_due_at == made.made_at + 24 * HOUR
        assert made.mediate_until == made.made_at + 96 * HOUR
        assert ComplaintFile.objects.get(complaint=made).side == "member"

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"against": "moon"}, "against"),
            ({"category": "ugly"}, "category"),
            ({"severity": "huge"}, "severity"),
            ({"line_id": None}, "line"),
            ({"category": "unsafe", "against": "initiator"}, "line"),
            ({"files": [PHOTO] * 5}, "evidence"),
        ],
    )
    def test_says_what_is_missing(self, scene, fields, field):
        with refused(BadComplaint, field=field):
            scene.complain(**fields)

    def test_needs_words(self, scene):
        with refused(InvalidInput, field="text"):
            scene.complain(text=" \t ")

    def test_only_about_goods_of_ones_own_once_at_a_time_and_three_a_day(self, scene):
        with refused(NotComplainable):
            scene.complain(actor=scene.stage.neighbour)
        scene.complain()
        with refused(AlreadyComplained):
            scene.complain()
        scene.withdraw(Complaint.objects.get(), timedelta(0))
        for _ in range(2):
            other = scene.complain()
            Complaint.objects.filter(pk=other.pk).update(status="withdrawn")
        with refused(EnoughComplaints):
            scene.complain()
        scene.complain(scene.start + DAY)

    def test_not_about_goods_that_she_cancelled(self):
        stage = make_stage()
        gone = stage.order(stage.neighbour)
        with at(stage.ordering):
            cancel_order(order_id=gone.pk, actor_id=stage.neighbour.pk, request_id=uuid4())
        stage.collected()
        with refused(NotComplainable):
            Scene(stage, gone).complain(actor=stage.neighbour, category="unsafe")
        assert not SaleStop.objects.exists()

    def test_twice_is_once(self, scene):
        key = uuid4()
        for _ in range(2):
            with at(scene.start):
                complaints.complain(
                    actor_id=scene.stage.member.pk,
                    said=complaints.Said("merchant", "late", "light", "晚了", scene_line(scene)),
                    request_id=key,
                )
        assert Complaint.objects.count() == 1


def scene_line(scene: Scene) -> int:
    return scene.order.lines.get().pk


class TestClocks:
    def test_lateness_is_marked_once_and_told_at_24_and_48_hours(self, scene):
        made = scene.complain()
        assert scene.scan(made.made_at + 23 * HOUR) == []
        assert scene.scan(made.made_at + 24 * HOUR) == [(made.pk, ["answer_24"])]
        assert scene.scan(made.made_at + 25 * HOUR) == []
        assert scene.scan(made.made_at + 48 * HOUR) == [(made.pk, ["answer_48"])]
        assert scene.scan(made.made_at + 200 * HOUR) == [(made.pk, ["ruling_late"])]
        assert ComplaintMark.objects.count() == 3
        assert scene.pages() == [("complaint_late", -200), ("decided_late", -500)]

    def test_an_answer_stops_the_first_clock_and_starts_the_next(self, scene):
        made = scene.answer(scene.complain(), after=23 * HOUR)
        assert scene.scan(made.made_at + 72 * HOUR) == []
        made.refresh_from_db()
        assert made.mediate_until == made.made_at + 95 * HOUR


class TestAnswering:
    @pytest.mark.parametrize(
        ("kind", "page"),
        [
            ("apology", "apologised"),
            ("remedy", "apologised"),
            ("explanation", "explained"),
            ("denial", "denied"),
        ],
    )
    def test_each_kind_leaves_a_page_that_weighs_nothing(self, scene, kind, page):
        assert scene.answer(scene.complain(), kind).status == "answered"
        assert scene.pages() == [(page, 0)]

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"kind": "silence"}, "kind"),
            ({"kind": "denial", "files": ()}, "evidence"),
            ({"kind": "apology", "remedy_fen": 5}, "remedy"),
            ({"kind": "remedy", "remedy_fen": None}, "remedy"),
            ({"kind": "remedy", "remedy_by": None}, "remedy_by"),
            ({"kind": "remedy", "remedy_by": NOON.date() - DAY}, "remedy_by"),
        ],
    )
    def test_says_what_is_missing(self, scene, fields, field):
        made = scene.complain()
        with refused(BadResponse, field=field):
            scene.answer(made, **fields)

    def test_is_given_once(self, scene):
        made = scene.answer(scene.complain())
        with refused(AlreadyAnswered):
            scene.answer(made)

    def test_a_remedy_came_by_her_word_or_by_the_refund_of_the_goods(self, scene):
        made = scene.answer(scene.complain(), "remedy", after=HOUR / 4)
        events.drain(scene.stage.group.pk)
        scene.stage.receive(scene.order, 7600)
        ret = scene.stage.accept(scene.stage.ask(scene.order, when=made.made_at + HOUR / 2), 3800)
        assert not RemedyDelivery.objects.exists()
        with at(made.made_at + 4 * HOUR):
            returns.refund_return(
                return_id=ret.pk, user_id=scene.stage.payee_id, request_id=uuid4()
            )
        events.drain(scene.stage.group.pk)
        assert RemedyDelivery.objects.get().ret == ret
        with at(made.made_at + 5 * HOUR):
            responses.confirm_remedy(
                complaint_id=made.pk, user_id=scene.staff_id, request_id=uuid4()
            )
        assert RemedyDelivery.objects.count() == 1

    def test_one_refund_shows_one_remedy_when_two_of_a_flat_were_promised_one(self, scene):
        stage = scene.stage
        mate = make_member(stage.group, "同屋", household=stage.member.household)
        first = scene.answer(scene.complain(), "remedy", after=HOUR / 4)
        second = scene.answer(scene.complain(actor=mate), "remedy", after=HOUR / 4)
        stage.receive(scene.order, 7600)
        for n, fetched in enumerate((first, second), start=1):
            ret = stage.accept(stage.ask(scene.order, when=first.made_at + HOUR / 2), 3800)
            with at(first.made_at + 4 * HOUR):
                returns.refund_return(return_id=ret.pk, user_id=stage.payee_id, request_id=uuid4())
            events.drain(stage.group.pk)
            shown = RemedyDelivery.objects.order_by("pk")
            assert (shown.count(), shown[n - 1].response.complaint) == (n, fetched)


class TestSettling:
    def test_the_complainant_says_that_the_answer_will_do(self, scene):
        made = scene.complain()
        with refused(NothingToSettle):
            scene.settle(made)
        scene.answer(made)
        scene.settle(made)
        assert Ruling.objects.get().verdict == "agreed"
        with refused(NotUndecided):
            scene.settle(made)

    def test_both_sides_agree_to_what_the_initiator_suggests(self, scene):
        made = scene.answer(scene.complain())
        with at(made.made_at + 2 * HOUR):
            mediation.suggest(
                complaint_id=made.pk,
                user_id=scene.stage.payee_id,
                side="initiator",
                text="退一半，下次送一斤",
                request_id=uuid4(),
            )
            one = made.suggestions.get()
            for side in ("member", "respondent"):
                assert Complaint.objects.get().status == "answered"
                mediation.agree(
                    complaint_id=made.pk,
                    suggestion_id=one.pk,
                    user_id=scene.staff_id,
                    side=side,
                    request_id=uuid4(),
                )
        assert Complaint.objects.get().status == "settled"
        assert scene.pages(["ruling"]) == []


class TestRuling:
    def test_waits_for_the_sides_and_then_weighs_by_severity(self, scene):
        made = scene.answer(scene.complain())
        with refused(TooEarly):
            scene.rule(made)
        scene.press(made)
        scene.rule(made)
        assert scene.pages() == [
            ("apologised", 0),
            ("ruling", -3000),
            ("ruling_vetted", -750),
            ("complaints_in_time", 200),
        ]
        with refused(NotUndecided):
            scene.rule(made)

    def test_the_mandate_that_let_the_shop_in_bears_a_part_whoever_stopped_it_since(self, scene):
        stage = scene.stage
        before = Mandate.objects.create(
            group=stage.group,
            membership=stage.neighbour,
            origin="founder",
            started_at=stage.start - 90 * DAY,
            ended_at=stage.start - 60 * DAY,
        )
        with at(stage.start - 70 * DAY):
            events.publish(
                "application.approved",
                group_id=stage.group.pk,
                subject_id=shop_of(stage).pk,
                actor_id=stage.neighbour.user_id,
                at=stage.start - 70 * DAY,
                merchant=stage.round.merchant_id,
            )
        row = decide(stage)
        with at(stage.ordering + HOUR):
            sanctions.lift(sanction_id=row.pk, actor_id=stage.initiator.pk, reason="说清楚了")
        scene.rule(scene.press(scene.answer(scene.complain())))
        events.drain(stage.group.pk)
        assert Entry.objects.get(kind="ruling_vetted").mandate == before

    def test_a_refuted_denial_costs_double(self, scene):
        made = scene.press(scene.answer(scene.complain(), "denial"))
        scene.rule(made, severity="grave")
        assert scene.pages(["ruling", "refuted"]) == [("ruling", -10000), ("refuted", -10000)]

    def test_what_was_found_in_part_weighs_half_and_an_abusive_one_is_its_makers(self, scene):
        made = scene.press(scene.answer(scene.complain()))
        scene.rule(made, "partly", "light")
        assert scene.pages(["ruling"]) == [("ruling", -500)]
        other = scene.complain(scene.start + DAY)
        scene.press(scene.answer(other))
        scene.rule(other, "abusive", "")
        assert scene.pages(["ruling", "abusive"]) == [("ruling", -500), ("abusive", -1000)]
        assert Entry.objects.get(kind="abusive").member == scene.stage.member

    @pytest.mark.parametrize(
        ("verdict", "severity", "field"),
        [("maybe", "", "verdict"), ("upheld", "", "severity"), ("not_upheld", "light", "severity")],
    )
    def test_says_what_is_missing(self, scene, verdict, severity, field):
        made = scene.press(scene.answer(scene.complain()))
        with refused(BadRuling, field=field):
            scene.rule(made, verdict, severity)


class TestPanel:
    def test_rules_about_the_initiator_and_she_does_not(self, scene):
        scene.neighbours()
        made = scene.complain(against="initiator", category="unfair")
        assert made.by_panel
        scene.answer(made, user_id=scene.stage.payee_id)
        with pytest.raises(NotAllowed):
            scene.rule(made, after=200 * HOUR)
        scene.press(made)
        panel = Panel.objects.get()
        sat = list(panel.seats.order_by("position").values_list("member_id", flat=True))
        households = set(panel.seats.values_list("member__household_id", flat=True))
        assert len(sat) == len(households) == 3
        outside = {scene.stage.member.pk, scene.stage.initiator.pk, scene.stage.deputy.pk}
        assert outside.isdisjoint(sat)
        with pytest.raises(NoSeat):
            scene.vote(made, scene.stage.initiator.pk, "not_upheld")
        scene.vote(made, sat[0], "upheld", "light")
        with pytest.raises(AlreadyVoted):
            scene.vote(made, sat[0], "abusive")
        scene.vote(made, sat[1], "not_upheld")
        assert not Ruling.objects.exists()
        scene.vote(made, sat[2], "upheld", "grave")
        ruling = Ruling.objects.get()
        assert (ruling.verdict, ruling.severity, ruling.panel) == ("upheld", "light", panel)
        assert scene.pages(["ruling"]) == [("ruling", -1000)]
        assert Entry.objects.get(kind="ruling").subject == "mandate"

    def test_is_drawn_as_anybody_can_draw_it_again(self, scene):
        scene.neighbours()
        made = scene.complain(against="initiator", category="unfair")
        scene.scan(made.mediate_until)
        panel = Panel.objects.get()
        able = panels.eligible(made.group_id, **parties_of(made))
        assert panel.eligible == len(able)
        order = order_drawn(panel.seal_hash, f"complaint {made.pk} 1", able)
        sat = list(panel.seats.order_by("position").values_list("member_id", flat=True))
        assert sat == order[:3]

    def test_who_does_not_vote_in_time_is_replaced_by_the_next(self, scene):
        scene.neighbours()
        made = scene.complain(against="initiator", category="unfair")
        scene.scan(made.mediate_until)
        panel = Panel.objects.get()
        first = Seat.objects.get(position=1)
        scene.vote(made, first.member_id, "partly", "light", after=100 * HOUR)
        with at(panel.due_at):
            assert complaint_clocks.due_panels() == [panel.pk]
            new = complaint_clocks.replace_absent(panel_id=panel.pk)
        assert len(new) == 2
        assert list(Seat.objects.filter(left_at=None).values_list("member_id", flat=True)) == [
            first.member_id,
            *new,
        ]

    def test_is_not_promised_where_nobody_could_sit(self, scene):
        with refused(TooFewMembers):
            scene.complain(against="initiator", category="unfair")

    def test_twin_without_the_exclusions_a_party_may_be_drawn(self, scene):
        scene.neighbours()
        able = panels.eligible(scene.stage.group.pk)
        assert scene.stage.member.pk in able
        made = scene.complain(against="initiator", category="unfair")
        held = panels.eligible(made.group_id, **parties_of(made))
        assert scene.stage.member.pk not in held

    @given(st.lists(st.sampled_from(LADDER), min_size=3, max_size=3))
    def test_the_middle_one_is_what_most_find(self, votes):
        word = middle(votes)
        found = sum(vote.partition(":")[0] in FOUND for vote in votes)
        assert (word.partition(":")[0] in FOUND) == (found >= 2)
        if len(set(votes)) < 3:
            assert votes.count(word) >= 2


class TestAppeal:
    def test_overturned_pages_no_longer_count_and_the_mandate_bears_it(self, scene):
        scene.neighbours()
        made = scene.press(scene.answer(scene.complain(), "denial"))
        scene.rule(made)
        scene.pages()
        before = Entry.objects.filter(kind__in=("ruling", "refuted", "ruling_vetted")).count()
        scene.appeal(made)
        with refused(NotAppealable):
            scene.appeal(made)
        for seat in Seat.objects.order_by("position")[:2]:
            scene.vote(made, seat.member_id, "not_upheld")
        made.refresh_from_db()
        assert (made.status, Ruling.objects.count()) == ("reviewed", 2)
        assert scene.pages(["correction", "overturned"]) == [
            *[("correction", 0)] * before,
            ("overturned", -1000),
        ]

    def test_within_seven_days(self, scene):
        scene.neighbours()
        made = scene.press(scene.answer(scene.complain()))
        scene.rule(made)
        with refused(NotAppealable, "7 天"):
            scene.appeal(made, after=8 * DAY)

    def test_a_confirmed_ruling_stays_as_it_is(self, scene):
        scene.neighbours()
        made = scene.press(scene.answer(scene.complain()))
        scene.rule(made)
        scene.appeal(made)
        before = scene.pages()
        for seat in Seat.objects.order_by("position")[:2]:
            scene.vote(made, seat.member_id, "upheld", "serious")
        assert scene.pages() == before


class TestUnsafe:
    def test_stops_the_sale_until_it_is_ruled_and_nobody_bargains(self, scene):
        with at(scene.start):
            again = another_round(scene)
        made = scene.complain(category="unsafe")
        assert Offer.objects.get(round=again).stopped_at == made.made_at
        with refused(SaleStopped), at(scene.start):
            make_order(again, scene.stage.neighbour)
        for act in (lambda: scene.settle(made), lambda: scene.withdraw(made)):
            with pytest.raises(NotAllowed):
                act()
        scene.answer(made)
        scene.rule(made, "not_upheld", "", after=2 * HOUR)
        assert SaleStop.objects.get().lifted_at is not None
        with at(scene.start + 4 * HOUR):
            make_order(again, scene.stage.neighbour)

    def test_what_was_found_stays_stopped_unless_the_ruling_says_otherwise(self, scene):
        made = scene.answer(scene.complain(category="unsafe"))
        scene.rule(made, after=2 * HOUR)
        assert SaleStop.objects.get().lifted_at is None
        other = scene.answer(scene.complain(scene.start + DAY, category="unsafe"))
        scene.rule(other, resumes_sale=True)
        assert SaleStop.objects.filter(lifted_at=None).count() == 1


class TestUnsafeFoodInTheBags:
    """Two flats bought it; one ate of it and complains, the other's bag waits."""

    @pytest.fixture
    def two(self) -> tuple[Scene, Order]:
        stage = make_stage()
        eaten, waits = stage.order(), stage.order(stage.neighbour)
        stage.arrive()
        stage.hand_over(eaten)
        return Scene(stage, eaten), waits

    def stands(self, scene: Scene) -> bool:
        return Hold.objects.standing(scene.stage.round.pk).filter(kind="complaint").exists()

    def give(self, scene: Scene, order: Order, hours: int) -> None:
        with at(scene.start + hours * HOUR):
            check_off(order_id=order.pk, actor_id=scene.stage.initiator.pk, request_id=uuid4())

    def decide(self, scene: Scene, act: Callable[..., Hold], hours: int) -> None:
        with at(scene.start + hours * HOUR):
            act(
                hold_id=Hold.objects.get().pk,
                actor_id=scene.stage.initiator.pk,
                reason="看过了",
                request_id=uuid4(),
            )

    def test_stays_until_it_is_ruled_and_goes_where_nothing_was_found(self, two):
        scene, waits = two
        made = scene.answer(scene.complain(category="unsafe"))
        with refused(GoodsHeld, "吃了怕出事"):
            self.give(scene, waits, 1)
        scene.rule(made, "not_upheld", "", after=2 * HOUR)
        self.give(scene, waits, 3)

    def test_found_it_stays_until_the_initiator_decides(self, two):
        scene, waits = two
        made = scene.answer(scene.complain(category="unsafe"))
        with refused(NotRuled):
            self.decide(scene, release, 1)
        scene.rule(made, after=2 * HOUR)
        with refused(GoodsHeld):
            self.give(scene, waits, 3)
        self.decide(scene, withdraw_goods, 3)
        assert waits.lines.get().billed_quantity == 0

    def test_found_of_one_batch_it_is_sold_again_but_the_bags_wait_for_her(self, two):
        scene, waits = two
        made = scene.answer(scene.complain(category="unsafe"))
        scene.rule(made, after=2 * HOUR, resumes_sale=True)
        assert SaleStop.objects.get().lifted_at is not None
        with refused(GoodsHeld):
            self.give(scene, waits, 3)
        self.decide(scene, release, 3)
        self.give(scene, waits, 4)

    def test_cleared_by_the_review_it_goes(self, two):
        scene, waits = two
        scene.neighbours()
        made = scene.answer(scene.complain(category="unsafe"))
        scene.rule(made, after=2 * HOUR)
        scene.appeal(made)
        for seat in Seat.objects.order_by("position")[:2]:
            assert self.stands(scene)
            scene.vote(made, seat.member_id, "not_upheld")
        self.give(scene, waits, 24)

    def test_sent_twice_it_is_held_once(self, two):
        scene, _waits = two
        key = uuid4()
        for _ in range(2):
            with at(scene.start):
                complaints.complain(
                    actor_id=scene.stage.member.pk,
                    said=complaints.Said("merchant", "unsafe", "grave", "吐了", scene_line(scene)),
                    request_id=key,
                )
        assert Hold.objects.count() == 1

    def test_any_other_complaint_holds_nothing(self, two):
        scene, waits = two
        scene.complain(category="quality", severity="grave")
        self.give(scene, waits, 1)


def another_round(scene: Scene) -> Round:
    """The same goods, open now."""
    stage = scene.stage
    draft = make_round(stage.group, merchant=stage.round.merchant, opened=False)
    Offer.objects.filter(round=draft).update(item=offer_of(stage.round).item)
    return open_round(round_id=draft.pk, actor_id=stage.initiator.pk)


class TestOneOutcome:
    """G8: a complaint ends in exactly one outcome, with who and when."""

    def end(self, scene: Scene) -> Complaint:
        made = scene.press(scene.answer(scene.complain()))
        return scene.rule(made)

    def again(self, made: Complaint, **fields: object) -> None:
        ruling = Ruling.objects.get(complaint=made)
        with transaction.atomic():
            Ruling.objects.create(
                group_id=made.group_id,
                complaint=made,
                decided_by=ruling.decided_by,
                decided_at=ruling.decided_at,
                **({"verdict": "not_upheld"} | fields),
            )

    def test_no_second_outcome(self, scene):
        made = self.end(scene)
        with pytest.raises(IntegrityError, match="one_outcome_per_complaint"):
            self.again(made)
        with pytest.raises(IntegrityError, match="has not come to this end"):
            self.again(made, verdict="agreed")

    def test_no_way_back(self, scene):
        made = self.end(scene)
        for status in ("open", "settled", "withdrawn", "reviewed"):
            with pytest.raises(DatabaseError), transaction.atomic():
                Complaint.objects.filter(pk=made.pk).update(status=status)
        for change in ({"severity": "light"}, {"text": "没事"}, {"made_at": NOON}):
            with pytest.raises(DatabaseError), transaction.atomic():
                Complaint.objects.filter(pk=made.pk).update(**change)
        with pytest.raises(DatabaseError), transaction.atomic():
            Ruling.objects.update(verdict="not_upheld", severity="")

    @pytest.mark.django_db(transaction=True)
    def test_twin_without_the_guards_it_ends_twice(self, scene):
        made = self.end(scene)
        with owner_cursor() as cursor:
            cursor.execute("drop trigger reputation_complaint_moves on reputation_complaint")
            cursor.execute(
                "alter table reputation_ruling drop constraint one_outcome_per_complaint"
            )
        Complaint.objects.filter(pk=made.pk).update(status="open")
        Complaint.objects.filter(pk=made.pk).update(status="ruled")
        self.again(made)
        assert Ruling.objects.filter(complaint=made).count() == 2


BEFORE = st.lists(
    st.tuples(st.sampled_from([1000, -500, 200, -1000]), st.integers(0, 400)), max_size=12
)


@given(BEFORE, st.sampled_from(sorted(RULINGS)), st.booleans(), st.integers(0, 400))
def test_an_upheld_complaint_never_raises_a_standing(before, severity, denied, days):
    moment = NOON + 400 * DAY
    pages = [
        Counted(n, "on_time", weight, NOON + age * DAY) for n, (weight, age) in enumerate(before)
    ]
    ruled = [Counted(100, "ruling", RULINGS[severity], NOON + days * DAY)]
    if denied:
        ruled.append(Counted(101, "refuted", RULINGS[severity], NOON + days * DAY))
    assert standing([*pages, *ruled], moment).score <= standing(pages, moment).score


def test_console_and_portal_keep_what_waits(scene):
    shop = Application.objects.get(merchant=scene.stage.round.merchant)

    def kept() -> tuple[object, ...]:
        events.drain(scene.stage.group.pk)
        shop.refresh_from_db()
        return (
            *(shop.complaints_to_answer, shop.complaint_answer_due),
            *(shop.complaints_to_rule, shop.complaint_ruling_due),
        )

    made = scene.complain()
    assert kept() == (1, made.answer_due_at, 1, made.rule_due_at)
    scene.answer(made)
    made.refresh_from_db()
    assert kept() == (0, None, 1, made.rule_due_at)
    scene.press(made)
    scene.rule(made)
    assert kept() == (0, None, 0, None)
