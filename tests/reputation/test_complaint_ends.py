"""The end of a complaint, by a program: suggested, a remedy that came, voted, rated (R2, R3)."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse

from groups.models import Membership
from reputation.models import Complaint, RulingRating, Seat, Vote
from tests.orders.stages import at
from tests.reputation.cases import HOUR, Scene, make_scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    scene = make_scene()
    scene.neighbours()
    return scene


def send(
    someone: Membership,
    made: Complaint,
    act: str,
    hours: int,
    key: UUID | None = None,
    **body: Any,
) -> Any:
    client = Client()
    client.force_login(someone.user)  # type: ignore[arg-type]
    where = reverse(f"api:complaint-{act}", args=[made.group.slug, made.pk])
    with at(made.made_at + hours * HOUR):
        return client.post(
            where,
            json.dumps(body),
            content_type="application/json",
            headers={"Idempotency-Key": str(key or uuid4())},
        )


def test_suggested_confirmed_and_rated(scene):
    she = scene.stage.member
    made = scene.complain()
    scene.answer(made, "remedy")
    assert send(she, made, "suggest", 2, text="补半斤就好").status_code == 200
    assert made.suggestions.get().side == "member"
    assert send(she, made, "confirm", 3).json()["response"]["delivered"] is True
    early = send(she, made, "rate", 3, stars=4)
    assert (early.status_code, early.json()["code"]) == (409, "not_rateable")
    scene.settle(made, after=4 * HOUR)
    assert send(she, made, "rate", 5, stars=6).status_code == 422
    assert send(she, made, "rate", 5, stars=4).status_code == 200
    assert RulingRating.objects.get().stars == 4
    assert send(scene.stage.neighbour, made, "rate", 5, stars=1).status_code == 403


def test_who_was_drawn_votes_and_nobody_else(scene):
    made = scene.complain()
    scene.answer(made)
    scene.press(made)
    scene.rule(made)
    scene.appeal(made)
    words: dict[str, Any] = {"verdict": "not_upheld", "reason": "照片不是那袋"}
    seats = Seat.objects.select_related("member__user").order_by("position")
    first, second, _third = [seat.member for seat in seats]
    keys = {first: uuid4(), second: uuid4()}
    for n, member in enumerate((first, second)):
        assert send(member, made, "vote", 20 + n, keys[member], **words).status_code == 200
    for member, key in keys.items():
        again = send(member, made, "vote", 22, key, **words)
        assert again.status_code == 200, "the answer was lost on the way; the copy gets it again"
    assert Vote.objects.count() == 2
    last = send(scene.stage.member, made, "vote", 22, **words)
    assert last.status_code == 403
    done = send(first, made, "vote", 22, **words)
    assert (done.status_code, done.json()["code"]) == (409, "no_seat"), "it is decided"
    assert made.rulings.get(instance=2).verdict == "not_upheld"
