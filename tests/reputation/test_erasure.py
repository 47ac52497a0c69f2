"""Erasing who rated, commented, complained, judged and was initiator: nothing names her, and sums,
standings and the chain are what they were (G11)."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import jsonschema
import pytest
from django.test import Client
from django.urls import reverse

from groups.models import Mandate, Membership
from merchants.models import Answer, Application, MerchantStaff
from merchants.services import questions
from reputation.models import (
    Comment,
    Complaint,
    ComplaintAppeal,
    Entry,
    Rating,
    RatingAnswer,
    Response,
    Ruling,
    Sanction,
    SanctionAppeal,
    SanctionProposal,
    Vote,
)
from reputation.queries.chain import export_lines, verify
from reputation.services import (
    consequences,
    proposals,
    ratings,
    sanction_appeals,
    sanctions,
    standings,
)
from reputation.services.sanctions import Decision
from tests.core.erasures import (
    NICK,
    REAL,
    STRINGS,
    Person,
    dump,
    found_in,
    found_in_media,
    make_person,
    media,
)
from tests.core.test_erasure import sums, without
from tests.core.test_images import picture
from tests.core.test_my_data import SCHEMA
from tests.factories import make_user
from tests.orders.stages import Stage, at
from tests.reputation.cases import HOUR, PHOTO, Scene, make_scene
from tests.reputation.judging import DAY, judged, owner_of, prove, table_with
from tests.reputation.said import comment, enter, hide, rate
from tuangou.core import events, exports, personal
from tuangou.core.models import ERASED


@pytest.fixture(autouse=True)
def own_folders(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.ERASURES_FILE = tmp_path / "records" / "erasures.jsonl"


@pytest.fixture
def person(db) -> Person:
    """She rated, commented, complained, sat in a panel, and was initiator once; others name her."""
    person = make_person()
    stage, she = person.stage, person.member
    _rated(person)
    _complained(person)
    Mandate.objects.create(
        group=stage.group,
        membership=she,
        origin="founder",
        started_at=stage.start - 90 * DAY,
        ended_at=stage.start - 60 * DAY,
    )
    _decided(stage, she.pk)
    events.drain(stage.group.pk)
    return person


def _rated(person: Person) -> None:
    stage, she = person.stage, person.member
    rate(
        stage,
        person.order,
        4,
        by=she,
        text=f"我是{REAL}，肉很嫩",
        photos=(picture(kind="WEBP").getvalue(),),
    )
    comment(stage, she, f"{NICK}觉得好吃")
    hide(stage, comment(stage, stage.neighbour, f"跟{REAL}说一声"), f"{REAL}说不合适")
    enter(stage)


def _complained(person: Person) -> None:
    case = Scene(person.stage, person.order)
    made = case.complain(
        case.start + HOUR, actor=person.member, text=f"{REAL}家吃了肚子疼", files=[PHOTO]
    )
    case.answer(made, text=f"跟{NICK}赔不是")
    case.rule(made, after=80 * HOUR)


def _decided(stage: Stage, she: int) -> None:
    """As initiator once: a table, a sanction, a proposal that she did not follow; as a neighbour:
    a vote. And what others wrote of her."""
    group_id, merchant_id = stage.group.pk, stage.round.merchant_id
    owner_of(stage)
    ids = judged(stage, Membership.objects.get(pk=she))
    with at(stage.ordering):
        consequences.publish_table(
            group_id=group_id, actor_id=she, lines=table_with("short", times=5), month_rounds=2
        )
        mine = sanctions.decide(
            group_id=group_id,
            merchant_id=merchant_id,
            actor_id=she,
            decision=Decision(
                level="notice",
                days=9,
                broken="late",
                reason=f"{REAL}家等到九点",
                pages=prove(stage, "late"),
            ),
        )
        sanctions.lift(sanction_id=mine.pk, actor_id=stage.initiator.pk, reason=f"{NICK}说算了")
        proposals.dismiss(
            group_id=group_id,
            merchant_id=merchant_id,
            proposal_id=ids["sanction_proposal_id"],
            actor_id=she,
            reason=f"我{REAL}担保",
        )
    appeal = SanctionAppeal.objects.get(sanction_id=ids["sanction_id"])
    SanctionAppeal.objects.filter(pk=appeal.pk).update(text=f"{REAL}看见车坏了")
    with at(appeal.made_at):
        sanction_appeals.vote(
            appeal_id=appeal.pk, member_id=she, choice="granted", reason=f"{REAL}在场"
        )


def trust(stage: Stage) -> dict[str, Any]:
    """What was counted, page by page, and what stands on the approvals."""
    return {
        "pages": list(export_lines(stage.group.pk)),
        "entries": list(Entry.objects.order_by("pk").values()),
        "kept": list(
            Application.objects.order_by("pk").values("band", "score_bp", "entries", "sanction")
        ),
        "stars": list(Rating.objects.order_by("pk").values("stars", "counted", "merchant_id")),
        "cases": list(Complaint.objects.order_by("pk").values("status", "severity", "number")),
        "ruled": list(Ruling.objects.order_by("pk").values("verdict", "severity")),
        "sanctions": list(Sanction.objects.order_by("pk").values("level", "status", "pages")),
        "votes": list(Vote.objects.order_by("pk").values("choice", "seat_id")),
    }


def texts() -> list[str]:
    rows = (
        (Comment, "text"),
        (Complaint, "text"),
        (Response, "text"),
        (Sanction, "reason"),
        (Sanction, "lifted_reason"),
        (SanctionProposal, "reason"),
        (SanctionAppeal, "text"),
        (Vote, "reason"),
        (Rating, "text"),
    )
    return [
        f"{model.__name__}.{column}"
        for model, column in rows
        if found_in("\n".join(model._base_manager.values_list(column, flat=True)))
    ]


@pytest.mark.django_db(transaction=True)
def test_nothing_names_her_and_every_sum_standing_and_page_is_what_it_was(person, caplog):
    stage = person.stage
    assert len(texts()) == 9, "the drill begins with her everywhere"
    before = sums(), trust(stage)
    with caplog.at_level("DEBUG"):
        personal.erase(user_id=person.user.pk)
    assert found_in(dump()) == []
    assert found_in_media() == []
    left = {path.parent.name for path, _data in media()}
    assert left <= {"documents"}, "her photos and papers go, of ratings that she changed too"
    assert found_in(caplog.text) == []
    assert (sums(), trust(stage)) == before
    assert verify(stage.group.pk) == []
    assert standings.check(group_id=stage.group.pk) == []
    for other in (stage.initiator.user_id, stage.neighbour.user_id, owner_of(stage)):
        packed = ZipFile(BytesIO(exports.archive(other or 0)))
        assert [w for name in packed.namelist() for w in found_in(packed.read(name))] == []
    assert seen_by(stage) == []
    person.user.refresh_from_db()
    assert person.user.nickname == ERASED


def seen_by(stage: Stage) -> list[str]:
    """Pages on which an officer still reads her name."""
    client = Client()
    client.force_login(stage.initiator.user)  # type: ignore[arg-type]
    slug, shop = stage.group.slug, stage.round.merchant_id
    addresses = [
        reverse("reputation:ledger", args=[slug]),
        reverse("reputation:ledger-export", args=[slug]),
        reverse("reputation:round-said", args=[slug, stage.round.pk]),
        reverse("reputation:merchant-ratings", args=[slug, shop]),
        reverse("reputation:complaints", args=[slug]),
        reverse("reputation:complaint", args=[slug, Complaint.objects.get().pk]),
        reverse("reputation:sanctions", args=[slug, shop]),
        reverse("reputation:consequences", args=[slug]),
        reverse("reputation:merchant-chain", args=[slug, shop]),
    ]
    named = []
    for address in addresses:
        response = client.get(address)
        assert response.status_code == 200, address
        body = response.getvalue()
        if any(word in STRINGS for word in found_in(body)):
            named.append(address)
    return named


@pytest.mark.django_db(transaction=True)
def test_whatever_she_wrote_is_in_her_export_before_it_goes(person):
    """What erasing empties as hers, she may take away: her reasons in office, and an appeal."""
    said = ComplaintAppeal.objects.create(
        group=person.stage.group,
        complaint=Complaint.objects.get(),
        side="member",
        text="再看一遍照片",
        made_by=person.user,
        made_at=person.stage.start,
    )
    packed = ZipFile(BytesIO(exports.archive(person.user.pk)))
    data = json.loads(packed.read("data.json"))
    jsonschema.Draft202012Validator(SCHEMA).validate(data)
    assert {row["text"] for row in data["trust_reasons"]} == {f"{REAL}家等到九点", f"我{REAL}担保"}
    assert said.text in {row["text"] for row in data["complaint_answers"]}


@pytest.mark.django_db(transaction=True)
def test_twin_without_the_part_of_this_app_she_is_found(person):
    with without("reputation"):
        personal.erase(user_id=person.user.pk)
    assert found_in(dump())
    assert len(texts()) == 9


@pytest.mark.django_db(transaction=True)
def test_who_stands_in_a_shop_and_lives_elsewhere_takes_her_words_with_her():
    """She is no member of the group where she answered a rating, a complaint and a question."""
    scene = make_scene()
    stage, helper = scene.stage, make_user("小陈")
    where = {"group_id": stage.group.pk, "merchant_id": stage.round.merchant_id}
    MerchantStaff.objects.create(merchant=stage.round.merchant, user=helper, role="helper")
    rating = rate(stage, scene.order, 2)
    with at(scene.start):
        ratings.answer(rating_id=rating.pk, user_id=helper.pk, text="小陈记下了")
        asked = questions.ask(**where, actor_id=stage.member.pk, text="几点到？")
        questions.answer(
            group_id=stage.group.pk,
            question_id=asked.pk,
            user_id=helper.pk,
            text="小陈五点送到",
            if_it_fails="找小陈退",
        )
    scene.answer(scene.complain(), user_id=helper.pk, text="小陈给你赔不是")
    personal.erase(user_id=helper.pk)
    left = [
        *RatingAnswer.objects.values_list("text", flat=True),
        *Answer.objects.values_list("text", flat=True),
        *Answer.objects.values_list("if_it_fails", flat=True),
        *Response.objects.values_list("text", flat=True),
    ]
    assert left == ["", "", "", ""]
