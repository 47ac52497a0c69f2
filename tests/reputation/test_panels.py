"""Drawn neighbours and judges: nobody is asked for nothing, and nobody rules her own case (R2)."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from groups.models import Mandate, Membership
from merchants.models import MerchantStaff
from orders.models import Offer, SaleStop
from orders.services.openings import open_round
from reputation.models import Complaint, Panel, Seat, Vote
from reputation.services import complaint_clocks, panels
from reputation.services.complaint_rules import parties_of
from reputation.services.panels import NoSeat
from tests.core.test_factors import PROOF, give_totp, now_code
from tests.factories import make_member, make_round, offer_of
from tests.orders.stages import at
from tests.reputation.cases import HOUR, Scene, make_scene
from tuangou.core.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    scene = make_scene()
    scene.neighbours(8)
    return scene


def browser(who: Membership) -> Client:
    client = Client()
    assert who.user is not None
    client.force_login(who.user)
    return client


def about_the_initiator(scene: Scene) -> tuple[Complaint, list[Membership]]:
    """A complaint that three neighbours were drawn for, and who they are."""
    made = scene.complain(against="initiator", category="unfair")
    scene.answer(made, user_id=scene.stage.payee_id)
    scene.press(made)
    seats = Seat.objects.select_related("member__user").order_by("position")
    return made, [seat.member for seat in seats]


class TestEndedByTheSides:
    @pytest.mark.parametrize("end", ["settle", "withdraw"])
    def test_the_drawn_are_let_go_and_nobody_follows_them(self, scene, end):
        made, drawn = about_the_initiator(scene)
        scene.vote(made, drawn[0].pk, "upheld", "light", after=3 * HOUR)
        getattr(scene, end)(made, after=4 * HOUR)
        with pytest.raises(NoSeat):
            scene.vote(made, drawn[1].pk, "upheld", "light")
        told = Event.objects.filter(kind="panel.drawn").count()
        with at(Panel.objects.get().due_at + HOUR):
            assert complaint_clocks.due_panels() == []
            assert complaint_clocks.replace_absent(panel_id=Panel.objects.get().pk) == []
        assert Event.objects.filter(kind="panel.drawn").count() == told
        page = self.page(made, drawn[1])
        assert "评议的邻居" not in page, "a vote of a case that was not ruled"
        assert "说我的看法" not in page

    def page(self, made: Complaint, who: Membership) -> str:
        path = reverse("reputation:complaint", args=[made.group.slug, made.pk])
        with at(made.made_at + 21 * HOUR):
            return browser(who).get(path).content.decode()


class TestVoting:
    def test_who_has_voted_is_asked_no_more_and_sent_twice_is_one(self, scene):
        made, drawn = about_the_initiator(scene)
        shown = reverse("reputation:complaint", args=[made.group.slug, made.pk])
        path = reverse("reputation:complaint-rule", args=[made.group.slug, made.pk])
        said = {
            "verdict": "not_upheld",
            "reason": "群规写着",
            "step": "confirm",
            "request_id": str(uuid4()),
        }
        for n, who in enumerate(drawn[:2]):
            client = browser(who)
            with at(made.made_at + (4 + n) * HOUR):
                assert "说我的看法" in client.get(shown).content.decode()
                for _tap in range(2):
                    assert client.post(path, said).status_code == 302
                assert "说我的看法" not in client.get(shown).content.decode()
                assert client.get(path).status_code == 403
                other = client.post(path, said | {"request_id": str(uuid4())})
                assert other.status_code == 422
            assert Vote.objects.count() == n + 1
        assert Complaint.objects.get().status == "ruled"


class TestSecondFactor:
    def test_a_judge_in_office_is_asked_for_it_before_the_ruling(self, scene):
        made = scene.press(scene.answer(scene.complain()))
        path = reverse("reputation:complaint-rule", args=[made.group.slug, made.pk])
        secret = give_totp(scene.stage.initiator.user)
        client = browser(scene.stage.initiator)
        with at(made.made_at + 3 * HOUR):
            asked = client.get(path)
            assert asked["Location"].startswith(PROOF)
            assert client.post(path, {"verdict": "upheld"})["Location"].startswith(PROOF)
            client.post(asked["Location"], {"code": now_code(secret)})
            assert client.get(path).status_code == 200

    def test_a_drawn_neighbour_is_not(self, scene):
        made, drawn = about_the_initiator(scene)
        path = reverse("reputation:complaint-rule", args=[made.group.slug, made.pk])
        give_totp(drawn[0].user)
        with at(made.made_at + 4 * HOUR):
            assert browser(drawn[0]).get(path).status_code == 200


class TestWithoutInterest:
    def test_the_initiator_who_works_for_the_shop_by_now_does_not_rule(self, scene):
        made = scene.press(scene.answer(scene.complain()))
        path = reverse("reputation:complaint-rule", args=[made.group.slug, made.pk])
        client = browser(scene.stage.initiator)
        with at(made.made_at + 3 * HOUR):
            assert client.get(path).status_code == 200
            mine = MerchantStaff.objects.create(
                merchant=scene.stage.round.merchant, user=scene.stage.initiator.user, role="helper"
            )
            assert client.get(path).status_code == 403
            mine.delete()
            assert client.get(path).status_code == 200

    @pytest.mark.parametrize("whose", ["hers", "who lives with her", "a neighbour's"])
    def test_three_are_drawn_about_a_shop_of_the_initiators_flat(self, scene, whose):
        stage = scene.stage
        husband = make_member(stage.group, "老李", household=stage.initiator.household)
        who = {"hers": stage.initiator, "who lives with her": husband}.get(whose, stage.neighbour)
        MerchantStaff.objects.create(merchant=stage.round.merchant, user=who.user, role="owner")
        assert scene.complain().by_panel is (whose != "a neighbour's")

    def test_who_ruled_first_is_not_drawn_to_look_again_when_out_of_office(self, scene):
        made = scene.press(scene.answer(scene.complain()))
        scene.rule(made)
        judge, flats = scene.stage.initiator, panels.eligible(made.group_id)
        Mandate.objects.filter(membership=judge).update(ended_at=made.made_at + 4 * HOUR)
        assert judge.pk in panels.eligible(made.group_id)
        assert judge.pk not in panels.eligible(made.group_id, **parties_of(made))
        assert flats.keys() & panels.eligible(made.group_id, **parties_of(made)).keys()


def test_each_outcome_is_rated_once_on_the_page(scene):
    made = scene.press(scene.answer(scene.complain()))
    scene.rule(made)
    path = reverse("reputation:complaint", args=[made.group.slug, made.pk])
    client = browser(scene.stage.member)

    def may(hours: int) -> bool:
        with at(made.made_at + hours * HOUR):
            return "评这个结果" in client.get(path).content.decode()

    assert may(4)
    scene.rate(made, after=5 * HOUR)
    assert not may(6)
    scene.appeal(made)
    for seat in Seat.objects.order_by("position")[:2]:
        scene.vote(made, seat.member_id, "not_upheld")
    assert may(21)
    scene.rate(made, 2, after=22 * HOUR)
    assert not may(23)


class TestUnsafeFoodLookedAtAgain:
    """What becomes of the goods follows the review, as it followed the ruling."""

    def review(self, scene: Scene, first: str, second: str, **fields: bool) -> SaleStop:
        made = scene.answer(scene.complain(category="unsafe"))
        severity = "serious" if first == "upheld" else ""
        scene.rule(made, first, severity, after=2 * HOUR, **fields)
        scene.appeal(made)
        severity = "light" if second == "upheld" else ""
        for seat in Seat.objects.order_by("position")[:2]:
            scene.vote(made, seat.member_id, second, severity)
        return SaleStop.objects.get()

    def test_let_go_by_the_ruling_and_found_by_the_review_it_stops_again(self, scene):
        with at(scene.start):
            draft = make_round(scene.stage.group, merchant=scene.stage.round.merchant, opened=False)
            item = offer_of(scene.stage.round).item
            Offer.objects.filter(round=draft).update(item=item)
            later = open_round(round_id=draft.pk, actor_id=scene.stage.initiator.pk)
        stop = self.review(scene, "not_upheld", "upheld")
        assert stop.lifted_at is None
        assert Offer.objects.get(round=later).stopped_at == stop.stopped_at
        assert stop.stopped_at == Complaint.objects.get().rulings.get(instance=2).decided_at
        told = Event.objects.filter(kind__startswith="sale.").order_by("pk")
        kinds = list(told.values_list("kind", flat=True))
        assert kinds == ["sale.stopped", "sale.resumed", "sale.stopped"]

    def test_found_of_one_batch_alone_it_stays_on_sale(self, scene):
        assert self.review(scene, "upheld", "upheld", resumes_sale=True).lifted_at is not None

    def test_found_by_neither_it_stays_on_sale(self, scene):
        assert self.review(scene, "not_upheld", "abusive").lifted_at is not None

    def test_found_by_both_it_stays_stopped(self, scene):
        assert self.review(scene, "upheld", "upheld").lifted_at is None

    def test_cleared_by_the_review_it_is_sold_again(self, scene):
        assert self.review(scene, "upheld", "not_upheld").lifted_at is not None

    def test_its_page_says_whether_a_ruling_is_waited_for(self, scene):
        made = scene.answer(scene.complain(category="unsafe"))
        path = reverse("reputation:complaint", args=[made.group.slug, made.pk])
        client = browser(scene.stage.neighbour)

        def says() -> tuple[bool, bool]:
            page = client.get(path).content.decode()
            return "等裁定" in page, "在本群不再卖" in page

        assert says() == (True, False)
        scene.rule(made, after=2 * HOUR)
        assert says() == (False, True)
        scene.appeal(made)
        assert says() == (True, False)
