"""Goods stopped and let go (O16)."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import translation

from orders.models import Hold, HoldKind, Offer
from orders.models.holds import HoldQuerySet
from orders.models.rounds import RoundQuerySet
from orders.queries.holds import held, standing_holds
from orders.services import holds
from orders.services.holds import AlreadyReleased, BadReason, NotHoldable
from tests.factories import make_round, offer_of
from tests.orders.guarded import Guard, check_guards
from tests.orders.stages import Stage, at, filled, make_stage
from tests.threads import together
from tuangou.core import clock
from tuangou.core.models import Event


def stop(stage: Stage, offer: Offer | None = None, **fields: Any) -> Hold:
    with at(stage.pickup):
        return holds.hold(
            round_id=stage.round.pk,
            offer_id=offer.pk if offer else None,
            **filled({"kind": "incident", "reason": "同一批有人说发霉"}, fields),
        )


def release(stage: Stage, hold: Hold, **fields: Any) -> Hold:
    with at(stage.pickup + timedelta(minutes=5)):
        return holds.release(
            hold_id=hold.pk,
            **filled(
                {"actor_id": stage.initiator.pk, "reason": "看过，没事", "request_id": uuid4()},
                fields,
            ),
        )


@pytest.fixture
def stage(db: None) -> Stage:
    stage = make_stage(offers=2)
    stage.order()
    stage.arrive()
    return stage


class TestHold:
    def test_one_offer_or_all_of_it(self, stage):
        offer = offer_of(stage.round)
        stop(stage, offer)
        found = held(standing_holds(stage.round.pk))
        assert (found.stops(offer.pk), found.stops(0), bool(found)) == (True, False, True)
        stop(stage)
        assert held(standing_holds(stage.round.pk)).stops(0)

    def test_asking_again_gives_the_standing_one(self, stage):
        offer = offer_of(stage.round)
        assert stop(stage, offer) == stop(stage, offer)
        assert stop(stage) == stop(stage) != stop(stage, offer)
        assert stop(stage, kind="inspection") != stop(stage)
        assert Event.objects.filter(kind="hold.placed").count() == 3

    def test_an_offer_of_another_round(self, stage):
        with pytest.raises(NotHoldable):
            stop(stage, Offer(pk=0))
        with at(stage.start):
            other = offer_of(make_round(stage.group))
        with pytest.raises(NotHoldable):
            stop(stage, other)

    def test_what_nobody_has_bought_yet(self, db):
        stage = make_stage()
        stage.order()
        with pytest.raises(NotHoldable):
            stop(stage)

    @pytest.mark.parametrize("reason", ["", "  ", "长" * 201])
    def test_with_a_reason(self, stage, reason):
        with pytest.raises(BadReason):
            stop(stage, reason=reason)


class TestRelease:
    def test_with_a_reason_and_who(self, stage):
        found = release(stage, stop(stage))
        assert (found.released_by, found.release_reason) == (stage.initiator, "看过，没事")
        assert standing_holds(stage.round.pk) == []
        assert Event.objects.get(kind="hold.released").data["round"] == stage.round.pk

    @pytest.mark.parametrize("reason", ["", "  ", "长" * 201])
    def test_not_without(self, stage, reason):
        hold = stop(stage)
        with pytest.raises(BadReason):
            release(stage, hold, reason=reason)
        assert standing_holds(stage.round.pk) == [hold]

    def test_once(self, stage):
        hold = stop(stage)
        release(stage, hold)
        with pytest.raises(AlreadyReleased):
            release(stage, hold)
        assert stop(stage) != hold, "stopped anew"

    def test_sent_twice_is_once(self, stage):
        hold, key = stop(stage), uuid4()
        assert release(stage, hold, request_id=key) == release(stage, hold, request_id=key)


TRIGGER = "drop trigger orders_hold_kept on orders_hold"


@pytest.mark.django_db(transaction=True)
def test_what_the_table_refuses_and_what_happens_without():
    stage = make_stage(offers=2)
    stage.order()
    stage.arrive()
    hold, other = stop(stage), stop(stage, offer_of(stage.round))
    let_go = release(stage, stop(stage, offer_of(stage.round, 2)))
    foreign = offer_of(make_round(stage.group))
    table = "orders_hold"
    change = f"update {table} set %s where id = {hold.pk}"
    check_guards(
        Guard(table, "hold_kind_known", change % "kind = 'whim'"),
        Guard(table, "hold_has_reason", change % "reason = ''"),
        Guard(table, "hold_released_with_reason", change % "release_reason = 'x'"),
        Guard(
            table,
            "hold_released_with_reason",
            change % f"released_at = held_at, released_by_id = {stage.initiator.pk}",
        ),
        Guard(
            table,
            "one_standing_hold",
            f"update {table} set offer_id = null where id = {other.pk}",
            off="drop index one_standing_hold",
        ),
        Guard(table, "hold_offer_of_round", change % f"offer_id = {foreign.pk}", off=TRIGGER),
        Guard(
            table,
            "hold_released_once",
            f"update {table} set released_at = now() + interval '9 years' where id = {let_go.pk}",
            off=TRIGGER,
        ),
    )


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def ready(self) -> Stage:
        with transaction.atomic():
            start = clock.now() - timedelta(hours=45)
        stage = make_stage(start)
        stage.order()
        stage.arrive()
        return stage

    def tap(self, stage: Stage, hold: Hold) -> list[object]:
        def release() -> str:
            holds.release(
                hold_id=hold.pk, actor_id=stage.initiator.pk, reason="没事", request_id=uuid4()
            )
            return "released"

        return together([release] * 2)

    def test_two_releases_are_one(self):
        stage = self.ready()
        outcomes = self.tap(stage, stop(stage))
        assert outcomes.count("released") == 1
        assert sum(isinstance(outcome, AlreadyReleased) for outcome in outcomes) == 1

    def test_two_stops_are_one(self):
        stage = self.ready()
        both = together([partial(holds.hold, **self.asked(stage))] * 2)
        assert len({hold.pk for hold in both}) == 1

    def asked(self, stage: Stage) -> dict[str, Any]:
        return {"round_id": stage.round.pk, "kind": "incident", "reason": "发霉"}

    def test_twin_without_the_round_s_lock_the_index_refuses(self, monkeypatch):
        stage = self.ready()
        looked = Barrier(2, timeout=30)

        def find_then_wait(self: HoldQuerySet, round_id: int) -> HoldQuerySet:
            found = self.filter(round_id=round_id, released_at__isnull=True)
            list(found)
            looked.wait()
            return found.none()

        monkeypatch.setattr(RoundQuerySet, "lock", lambda self, pk: self.get(pk=pk))
        monkeypatch.setattr(HoldQuerySet, "standing", find_then_wait)
        both = together([partial(holds.hold, **self.asked(stage))] * 2)
        assert sum(isinstance(outcome, Hold) for outcome in both) == 1
        assert sum("one_standing_hold" in str(outcome) for outcome in both) == 1


def test_the_systems_words_are_said_in_the_language_of_the_reader():
    incident = Hold(kind=HoldKind.INCIDENT, reason="2户说牛腩有问题，先停发")
    failed = Hold(kind=HoldKind.INSPECTION, reason="鱼化了", held_by_id=1)
    with translation.override("en"):
        assert (str(incident.said), failed.said) == (str(HoldKind.INCIDENT.label), "鱼化了")
        assert not re.search(r"[\u4e00-\u9fff]", incident.said)
