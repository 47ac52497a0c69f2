"""The shop of the month: by the published rule, once, written with the monthly publication (R7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from merchants.models import Application
from orders.models import Round
from orders.services import summaries
from reputation.models import Entry, Kind, Recognition
from reputation.queries.formula import Standing
from reputation.services import recognitions
from tests.factories import make_group, make_merchant, make_round
from tests.orders.stages import Stage, at, make_stage
from tests.reputation.judging import decide, prove, shop_of
from tests.reputation.scenes import arrive, end
from tuangou.core import events

pytestmark = pytest.mark.django_db
NOVEMBER = date(2026, 11, 1)


@pytest.fixture
def stage() -> Stage:
    """Two completed rounds in November, and many good pages."""
    stage = make_stage(group=make_group(merchants_per_day=20))
    with at(stage.start):
        second = make_round(stage.group, merchant=stage.round.merchant, title="第二团")
    for one in (stage, replace(stage, round=second)):
        placed = one.order()
        arrive(one, "2")
        end(one, fetched=[placed])
    prove(stage, *[Kind.ON_TIME.value] * 15)
    return stage


def publish(stage: Stage) -> None:
    with at(stage.start + timedelta(days=40)):
        summaries.publish_due(group_id=stage.group.pk)
    events.drain(stage.group.pk)


def test_the_best_shop_of_a_month_is_written_down_with_its_summary_once(stage):
    publish(stage)
    found = Recognition.objects.get(group=stage.group)
    assert (found.merchant, found.month, found.rounds) == (stage.round.merchant, NOVEMBER, 2)
    assert shop_of(stage).recognised_month == NOVEMBER
    assert Entry.objects.get(kind=Kind.RECOGNISED).weight_milli == 0
    with at(stage.start + timedelta(days=41)):
        assert recognitions.recognise(group_id=stage.group.pk, month=NOVEMBER) is None
    with pytest.raises(DatabaseError), transaction.atomic():
        Recognition.objects.filter(pk=found.pk).update(rounds=9)
    with pytest.raises(IntegrityError, match="one_recognition_a_month"), transaction.atomic():
        Recognition.objects.create(
            group=stage.group,
            merchant=stage.round.merchant,
            month=NOVEMBER,
            rounds=1,
            score_bp=1,
            table_version=1,
            made_at=stage.start,
        )


def test_an_upheld_complaint_in_the_month_rules_it_out(stage):
    prove(stage, Kind.RULING, weight_milli=-1000)
    publish(stage)
    assert not Recognition.objects.exists()


def test_a_sanction_in_the_month_rules_it_out_unless_it_was_lifted(stage):
    row = decide(stage, level="warning", days=30)
    with at(stage.start + timedelta(days=40)):
        assert recognitions.recognise(group_id=stage.group.pk, month=NOVEMBER) is None
    row.move_to("lifted", at=stage.start, how="appeal")
    with at(stage.start + timedelta(days=40)):
        assert recognitions.recognise(group_id=stage.group.pk, month=NOVEMBER) is not None


@pytest.mark.parametrize("why", ["one round", "watch", "left"])
def test_who_does_not_meet_the_rule(stage, why):
    if why == "one round":
        Round.objects.filter(title="第二团").update(month=date(2026, 10, 1))
    elif why == "watch":
        prove(stage, *[Kind.NOTHING_CAME.value] * 9)
    else:
        Application.objects.filter(pk=shop_of(stage).pk).update(status="exited")
    with at(stage.start + timedelta(days=40)):
        assert recognitions.recognise(group_id=stage.group.pk, month=NOVEMBER) is None


@pytest.mark.parametrize(("rounds", "first"), [(2, True), (3, False)])
def test_equal_scores_go_to_more_rounds_then_to_who_came_first(stage, monkeypatch, rounds, first):
    equal = Standing(score=0.9, low=0.8, band="good", n=9, facts=())
    monkeypatch.setattr(recognitions, "standing", lambda entries, at: equal)
    other = make_merchant(stage.group, "江边水产")
    for n in range(rounds):
        with at(stage.start):
            rnd = make_round(stage.group, merchant=other, title=f"江边第{n}团")
        there = replace(stage, round=rnd)
        placed = there.order()
        arrive(there, "2")
        end(there, fetched=[placed])
    with at(stage.start + timedelta(days=40)):
        found = recognitions.recognise(group_id=stage.group.pk, month=NOVEMBER)
    assert found is not None
    assert (found.merchant == stage.round.merchant) is first
    assert found.rounds == rounds
