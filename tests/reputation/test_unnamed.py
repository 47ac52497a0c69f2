"""Who asked to stay unnamed to a shop is so to its people, wherever they read (R1)."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from groups.models import Membership
from merchants.models import MerchantStaff
from reputation.models import Entry, Rating
from reputation.queries.chain import export_lines
from tests.api.client import Api
from tests.core.out import happen, mailbox_for, tell
from tests.orders.stages import Stage, at, make_stage
from tests.reputation.said import AFTER, DAY, enter, rate
from tuangou.core import matrix
from tuangou.core.models import Outgoing

pytestmark = pytest.mark.django_db
NOBODY = "一位邻居"


@pytest.fixture
def stage(settings, tmp_path) -> Stage:
    """The neighbour and the initiator live here and work at the shop, too."""
    settings.MEDIA_ROOT = tmp_path
    stage = make_stage()
    for who in (stage.neighbour, stage.initiator):
        assert who.user is not None
        MerchantStaff.objects.create(merchant=stage.round.merchant, user=who.user, role="helper")
    return stage


@pytest.fixture
def rating(stage: Stage) -> Rating:
    return rate(stage, stage.collected(), anonymous=True)


def named(rating: Rating) -> str:
    return rating.line.order.masked_name


def test_on_the_page_that_comes_back_with_a_refused_comment(stage, rating):
    path = reverse("reputation:comment-new", args=[stage.group.slug, stage.round.pk])
    shown = {}
    for who in (stage.neighbour, stage.deputy):
        client = Client()
        client.force_login(who.user)
        with at(stage.pickup + AFTER):
            refused = client.post(path, {"request_id": str(uuid4()), "text": ""})
        assert refused.status_code == 422
        shown[who] = refused.content.decode()
    assert NOBODY in shown[stage.neighbour]
    assert named(rating) not in shown[stage.neighbour]
    assert named(rating) in shown[stage.deputy]


def test_to_programs_also_with_a_token_that_puts_the_shop_aside(stage, rating):
    lists = (f"merchants/{rating.merchant_id}/ratings", f"rounds/{rating.round_id}/ratings")
    for scopes in (("read",), ()):
        hers, others = (Api(who, *scopes) for who in (stage.neighbour, stage.deputy))
        for path in lists:
            (row,) = hers.get(path).json()["results"]
            assert row["who"] == NOBODY, path
            (row,) = others.get(path).json()["results"]
            assert row["who"] == named(rating), path
    for who, said in ((stage.neighbour, NOBODY), (stage.deputy, named(rating))):
        tapped = Api(who, "read", "order").post(f"ratings/{rating.pk}/useful", {"useful": True})
        assert (tapped.status_code, tapped.json()["who"]) == (200, said)


def test_among_the_ratings_to_look_at_twice(stage):
    stage.member.activated_at = stage.start
    stage.member.save(update_fields=["activated_at"])
    open_one, hidden = stage.order(), stage.order(stage.deputy)
    stage.arrive()
    for order in (open_one, hidden):
        stage.hand_over(order)
    rate(stage, open_one)
    Membership.objects.filter(pk=stage.deputy.pk).update(activated_at=stage.start)
    rate(stage, hidden, anonymous=True)
    client = Client()
    client.force_login(stage.initiator.user)
    path = reverse("reputation:rating-flags", args=[stage.group.slug])
    with at(stage.pickup + DAY):
        seen = client.get(path).content.decode()
        assert (NOBODY in seen, hidden.masked_name in seen) == (True, False)
        assert open_one.masked_name in seen
        MerchantStaff.objects.filter(user=stage.initiator.user).delete()
        assert hidden.masked_name in client.get(path).content.decode()


def test_in_the_ledger_that_they_take_along(stage, rating):
    enter(stage)
    page = Entry.objects.get(kind="rating")
    assert page.household_no == rating.household_no

    def households(who: Membership) -> list[int | None]:
        reader = Membership.objects.with_office().get(pk=who.pk)
        pages = [json.loads(line) for line in export_lines(stage.group.pk, reader)]
        assert [one["hash"] for one in pages][page.number - 1] == page.hash
        return [one.get("household") for one in pages]

    assert rating.household_no not in households(stage.neighbour)
    assert rating.household_no not in households(stage.initiator)
    assert rating.household_no in households(stage.deputy)


@pytest.mark.parametrize(
    "kind", ["reputation.complaint_answered", "reputation.panel_drawn", "reputation.appeal_drawn"]
)
def test_who_complained_or_was_drawn_among_what_officers_see_was_sent(stage, kind):
    """A deputy reads a case about the initiator without names, and learns none here."""
    mailbox_for(stage.member.user)
    said = {"code": "T-0001", "item": "", "brand": "牛家"}
    happened = happen("complaint.answered", group_id=stage.group.pk, subject_id=1)
    (mail,) = [
        row
        for row in tell(stage.member.user, kind=kind, event=happened, **said)
        if (row.channel == "email")
    ]
    client = Client()
    client.force_login(stage.deputy.user)
    path = reverse("orders:told", args=[stage.group.slug])

    def seen() -> tuple[bool, bool]:
        page = client.get(path).content.decode()
        assert str(matrix.title_of(kind)) in page
        return NOBODY in page, stage.member.masked_name in page

    assert seen() == (True, False)
    Outgoing.objects.filter(pk=mail.pk).update(kind="orders.round_cancelled")
    assert stage.member.masked_name in client.get(path).content.decode()


def test_by_a_program_that_changes_the_stars_and_does_not_say_it_again(stage, rating):
    said = {"lines": [{"line": rating.line_id, "stars": 2}]}
    api, path = Api(stage.member), f"orders/{rating.line.order_id}/rate"
    for more, unnamed in (({}, True), ({"anonymous": False}, False), ({}, False)):
        with at(stage.pickup + AFTER):
            assert api.post(path, said | more).status_code == 200
        rating.refresh_from_db()
        assert (rating.stars, rating.anonymous) == (2, unnamed)


def test_who_did_not_ask_for_it_is_named_to_the_shop_and_in_its_ledger(stage):
    rating = rate(stage, stage.collected())
    enter(stage)
    (row,) = Api(stage.neighbour).get(f"rounds/{rating.round_id}/ratings").json()["results"]
    assert row["who"] == named(rating)
    reader = Membership.objects.with_office().get(pk=stage.neighbour.pk)
    assert '"withheld"' not in "".join(export_lines(stage.group.pk, reader))
