"""R6: what answers were followed by, with n, and nothing claimed of few."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.urls import reverse

from groups.models import Membership
from orders.models import Order
from reputation.models import Complaint, Rating, Response
from reputation.queries.effects import Effect, effects_of
from tests.orders.stages import Stage, line_of, make_stage
from tests.reputation.test_pages import sign_in

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def stage() -> Stage:
    """Two orders of 张三 and one of 王芳, in a round that came about, all fetched."""
    stage = make_stage()
    orders = [stage.order(), stage.order(), stage.order(stage.neighbour)]
    stage.arrive()
    for order in orders:
        stage.hand_over(order)
    return stage


def answered(stage: Stage, kind: str, made_at: datetime, by: Membership | None = None) -> Response:
    """A complaint against the shop and its answer a day later, as rows."""
    complaint = Complaint.objects.create(
        group=stage.group,
        number=Complaint.objects.count() + 1,
        against="merchant",
        merchant=stage.round.merchant,
        category="quality",
        severity="light",
        text="一股味",
        made_by=by or stage.member,
        made_at=made_at,
        answer_due_at=made_at + DAY,
        mediate_until=made_at + 3 * DAY,
        rule_due_at=made_at + 4 * DAY,
    )
    promised = {"remedy_fen": 100, "remedy_by": made_at.date()} if kind == "remedy" else {}
    return Response.objects.create(
        group=stage.group,
        complaint=complaint,
        kind=kind,
        text="对不起",
        answered_by_id=stage.initiator.user_id or 0,
        answered_at=made_at + DAY,
        **promised,
    )


def seen(stage: Stage, days: int) -> dict[str, Effect]:
    return {one.kind: one for one in effects_of(stage.group.pk, at=stage.start + days * DAY)}


def test_orders_and_ratings_on_either_side_of_complaint_and_answer(stage):
    """All three were ordered between the two moments: before the one, after the other."""
    answered(stage, "apology", stage.start + 10 * DAY)
    answered(stage, "denial", stage.start - 10 * DAY)
    order = Order.objects.filter(member=stage.neighbour).get()
    Rating.objects.create(
        group=stage.group,
        line=line_of(order),
        round=stage.round,
        merchant=stage.round.merchant,
        item=line_of(order).offer.item,
        member=stage.neighbour,
        household_no=stage.neighbour.household_id,
        stars=2,
        counted=True,
        given_at=stage.start + 20 * DAY,
    )
    found = seen(stage, 60)
    sorry, denial = found["apology"], found["denial"]
    assert (sorry.n, sorry.orders_before, sorry.orders_after, sorry.came_back) == (1, 3, 0, 0)
    assert (denial.n, denial.orders_before, denial.orders_after, denial.came_back) == (1, 0, 3, 1)
    assert (sorry.mean_before, sorry.mean_after, sorry.stars_after) == ("", "2.0", [2])
    assert [found[kind].n for kind in ("remedy", "explanation")] == [0, 0]


def test_an_answer_counts_when_its_time_is_over(stage):
    answered(stage, "remedy", stage.start)
    assert [seen(stage, days)["remedy"].n for days in (28, 29, 800)] == [0, 1, 0]


def test_three_queries_for_one_and_for_three(stage, django_assert_num_queries):
    answered(stage, "apology", stage.start)
    for _ in range(2):
        with django_assert_num_queries(3):
            found = seen(stage, 60)
        assert found["apology"].is_few
        for kind in ("apology", "denial"):
            answered(stage, kind, stage.start + DAY)


def test_the_page_is_the_initiators_and_says_what_it_cannot_say(stage):
    answered(stage, "apology", stage.start - 60 * DAY)
    page = reverse("reputation:effects", args=[stage.group.slug])
    text = sign_in(stage.initiator).get(page).content.decode()
    assert "1 次答复" in text
    assert "不到 5 次，太少" in text
    assert "不说明原因" in text
    assert sign_in(stage.member).get(page).status_code == 403
