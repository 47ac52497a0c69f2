"""R6: a remedy that came, or an answer that is accepted, makes a part of a ruling good."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from merchants.models import Application
from reputation import handlers
from reputation.models import Complaint, Entry
from reputation.queries.chain import verify
from reputation.queries.repairs import following
from reputation.services import responses, rulings
from reputation.services.panels import NoSeat
from tests.orders.stages import at
from tests.reputation.cases import HOUR, Scene, make_scene
from tuangou.core.models import Event

pytestmark = pytest.mark.django_db
REPAIR = ("ruling", "repaired", "refuted", "correction")


@pytest.fixture
def scene() -> Scene:
    return make_scene()


def ruled(scene: Scene, kind: str) -> Complaint:
    made = scene.complain()
    scene.answer(made, kind)
    scene.press(made)
    return scene.rule(made)


def confirm(scene: Scene, made: Complaint, hours: int) -> None:
    with at(made.made_at + hours * HOUR):
        responses.confirm_remedy(
            complaint_id=made.pk, user_id=scene.stage.member.user_id or 0, request_id=uuid4()
        )


def rate(scene: Scene, made: Complaint, stars: int) -> None:
    with at(made.made_at + 200 * HOUR):
        rulings.rate(
            complaint_id=made.pk,
            user_id=scene.stage.member.user_id or 0,
            stars=stars,
            request_id=uuid4(),
        )


def test_a_remedy_that_comes_after_the_ruling(scene):
    made = ruled(scene, "remedy")
    assert scene.pages(REPAIR) == [("ruling", -3000)]
    shop = Application.objects.get(group=scene.stage.group, merchant=made.merchant)
    before = shop.score_bp
    confirm(scene, made, 5)
    # one household in 180 days: 0.8 / (1 + ln(1 + 1/50))
    assert scene.pages(REPAIR) == [("ruling", -3000), ("repaired", 784)]
    ruling, repaired = Entry.objects.filter(kind__in=REPAIR).order_by("number")
    assert (repaired.repairs, repaired.merchant_id) == (ruling.number, made.merchant_id)
    shop.refresh_from_db()
    assert (shop.score_bp or 0) > (before or 0)
    handlers.enter_repair(Event.objects.get(kind="remedy.delivered"))
    assert len(scene.pages(REPAIR)) == 2
    assert verify(scene.stage.group.pk) == []


def test_a_remedy_that_came_before_it(scene):
    made = scene.complain()
    scene.answer(made, "remedy")
    confirm(scene, made, 2)
    assert scene.pages(REPAIR) == []
    scene.press(made)
    scene.rule(made)
    assert scene.pages(REPAIR) == [("ruling", -3000), ("repaired", 784)]


def test_a_ruling_whose_page_comes_late_is_repaired_with_it(scene):
    """Its handler failed at first: when it is tried again, nothing of that news comes after."""
    made = scene.complain()
    scene.answer(made, "remedy")
    confirm(scene, made, 2)
    scene.press(made)
    scene.rule(made)
    handlers.enter_complaint(Event.objects.get(kind="complaint.ruled"))
    found = Entry.objects.filter(kind__in=REPAIR).order_by("number")
    assert list(found.values_list("kind", flat=True)) == ["ruling", "repaired"]


def test_a_promise_that_is_accepted_counts_in_full_once_it_came(scene):
    """Not as an apology without one meanwhile: a ruling is repaired once."""
    made = ruled(scene, "remedy")
    rate(scene, made, 5)
    assert scene.pages(REPAIR) == [("ruling", -3000)]
    confirm(scene, made, 210)
    assert scene.pages(REPAIR) == [("ruling", -3000), ("repaired", 784)]


@pytest.mark.parametrize(
    ("kind", "stars", "back"),
    [("apology", 4, 392), ("apology", 3, None), ("explanation", 5, 196), ("denial", 5, None)],
)
def test_an_apology_or_explanation_that_is_accepted_and_no_denial(scene, kind, stars, back):
    made = ruled(scene, kind)
    rate(scene, made, stars)
    wanted = [("repaired", back)] if back else []
    assert scene.pages(("repaired",)) == wanted
    assert scene.pages(("refuted",)) == ([("refuted", -3000)] if kind == "denial" else [])


def test_what_was_not_found_needs_no_repair(scene):
    made = scene.complain()
    scene.answer(made, "remedy")
    scene.press(made)
    scene.rule(made, "not_upheld", "")
    confirm(scene, made, 5)
    assert scene.pages(REPAIR) == []


@pytest.mark.parametrize(("verdict", "severity"), [("not_upheld", ""), ("upheld", "light")])
def test_a_review_strikes_out_the_ruling_with_its_repair(scene, verdict, severity):
    """And what the review finds instead is repaired anew by the same remedy."""
    people = scene.neighbours()
    made = ruled(scene, "remedy")
    confirm(scene, made, 5)
    scene.appeal(made)
    for member in people:
        if Complaint.objects.get(pk=made.pk).status == "appealed":
            try:
                scene.vote(made, member.pk, verdict, severity)
            except NoSeat:
                continue
    pages = scene.pages(REPAIR)
    again = [("ruling", -1000), ("repaired", 784)] if severity else []
    assert pages[:2] == [("ruling", -3000), ("repaired", 784)]
    assert sorted(pages[2:]) == sorted([("correction", 0)] * (len(pages) - 2 - len(again)) + again)
    shop = Application.objects.get(group=scene.stage.group, merchant=made.merchant)
    kinds = {kind for kind, _n, _weight in shop.standing_facts}
    assert ("ruling" in kinds) == bool(severity)
    assert verify(scene.stage.group.pk) == []


def test_the_following_is_households_of_180_days(scene):
    group, merchant = scene.stage.group.pk, scene.stage.round.merchant_id
    now = scene.start
    assert following(group, merchant, now) == following(group, None, now) == 1
    assert following(group, merchant, now + timedelta(days=200)) == 0
    assert following(group, merchant + 10**6, now) == 0
