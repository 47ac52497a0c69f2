"""News for programs: what concerns whom, nothing personal, and nothing that comes too late."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connections, transaction

from groups.models import Membership
from orders.queries.event_feeds import PUBLIC, TOLD, Settled, events_feed
from tests.api.client import Api
from tests.factories import make_group, make_initiator, make_member
from tests.orders.stages import Stage, make_stage
from tests.threads import together
from tuangou.core import clock, events
from tuangou.core.models import Event

ACCOUNT_WORDS = ("actor", "user", "phone", "real", "nickname", "request", "reason", "text")


@pytest.fixture
def stage(db: None) -> Stage:
    stage = make_stage()
    order, other = stage.order(), stage.order(stage.neighbour)
    stage.arrive()
    for one in (order, other):
        stage.hand_over(one)
        stage.receive(one, 7600)
        stage.ask(one)
    return stage


def orders_named(rows: list[dict[str, Any]]) -> set[int]:
    """The orders that rows speak of, by subject or in their data."""
    named = {row["data"].get("order") for row in rows if "order" in row["data"]}
    return named | {r["subject_id"] for r in rows if str(r["kind"]).startswith("order.")}


def test_officers_hear_all_of_the_group(stage):
    known = set(Event.objects.filter(group_id=stage.group.pk).values_list("pk", flat=True))
    for who in (stage.initiator, stage.deputy):
        assert {row["id"] for row in Api(who).everything("events?limit=5")} == known


def test_a_member_hears_what_concerns_her(stage):
    mine = set(stage.round.orders.filter(member=stage.member).values_list("pk", flat=True))
    rows = Api(stage.member).everything("events?limit=3")
    assert orders_named(rows) == mine
    kinds = {row["kind"] for row in rows}
    assert {"order.placed", "order.collected", "payment.received", "return.requested"} <= kinds
    assert {kind for kind in kinds if kind.startswith("round.")} <= set(PUBLIC)
    assert "round.drafted" not in kinds


def test_a_bystander_hears_of_rounds_only(stage):
    rows = Api(make_member(stage.group)).everything("events")
    assert {row["kind"].partition(".")[0] for row in rows} <= {"round", "summary", "announcement"}
    assert orders_named(rows) == set()


def test_a_token_without_officer_hears_as_a_member(stage):
    assert orders_named(Api(stage.initiator, "read").everything("events")) == set()


def test_another_group_hears_nothing(stage):
    other = make_initiator(make_group())
    assert Api(other).everything("events") == []


def test_nothing_personal_is_told(stage):
    for who in (stage.initiator, stage.member):
        rows = Api(who).everything("events")
        for row in rows:
            assert set(row) == {"id", "kind", "subject_id", "happened_at", "data"}
            assert set(row["data"]) <= TOLD
        text = json.dumps(rows, ensure_ascii=False)
        for name in ("张三", "王芳", stage.member.user.phone, "有点酸"):
            assert name not in text
    assert not [word for word in ACCOUNT_WORDS if word in TOLD]


def test_after_goes_on_where_it_was_left(stage):
    api = Api(stage.initiator)
    rows = api.get("events?limit=4").json()["results"]
    more = api.get(f"events?after={rows[-1]['id']}").json()["results"]
    assert rows + more == api.get("events").json()["results"]
    assert api.get(f"events?after={more[-1]['id']}").json() == {"results": [], "next": None}


@pytest.mark.django_db(transaction=True)
@pytest.mark.race
@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "twin"])
def test_a_slow_transaction_holds_back_what_comes_after_it(guarded, monkeypatch):
    """Its key is smaller than one committed before it: read past it, and it would be lost."""
    if not guarded:
        monkeypatch.setattr(Settled, "template", "%(expressions)s::text is not null")
    group = make_group()
    initiator = Membership.objects.with_office().get(pk=make_initiator(group).pk)

    def publish() -> int:
        return events.publish(
            "round.opened", group_id=group.pk, subject_id=1, actor_id=None, at=clock.now()
        ).pk

    def seen() -> list[int]:
        return [row.id for row in events_feed(initiator, after=None, limit=50).rows]

    def other() -> int:
        try:
            with transaction.atomic():
                return publish()
        finally:
            connections.close_all()

    with transaction.atomic():
        slow = publish()
        fast = together([other])[0]
        assert fast > slow
        meanwhile = together([seen])[0]
    assert meanwhile == ([] if guarded else [fast])
    assert seen() == [slow, fast]
