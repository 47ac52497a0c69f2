"""The tick: one short task per round that is due, in living groups only."""

from datetime import timedelta

import pytest

from orders import tasks
from orders.models import Round
from orders.services import rounds
from tests.factories import make_group, make_order, make_round
from tests.orders.stages import at, make_stage
from tests.orders.support import events_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch) -> list[dict[str, object]]:
    """What the tick hands to workers, instead of a broker."""
    calls: list[dict[str, object]] = []
    monkeypatch.setattr(tasks.close_due_round, "apply_async", lambda **call: calls.append(call))
    return calls


def test_each_due_round_is_a_task_of_its_own_that_ends_with_its_minute(sent):
    stage = make_stage(group=make_group(merchants_per_day=20))
    stage.order()
    with at(stage.start):
        short = make_round(stage.group, minimum_households=9, cut_off_in=timedelta(hours=2))
        make_order(short, stage.member)
        later = make_round(stage.group, cut_off_in=timedelta(days=2))
    with at(short.cut_off_at):
        tasks.close_due_rounds()
        assert sent == [{"kwargs": {"round_id": short.pk}, "expires": 60}]
        for call in sent * 2:
            tasks.close_due_round(**call["kwargs"], from_a_newer_version=True)
    assert [len(events_of("round.closed", pk)) for pk in (short.pk, later.pk)] == [1, 0]
    sent.clear()
    with at(stage.round.cut_off_at):
        tasks.close_due_rounds()
        for call in sent:
            tasks.close_due_round(**call["kwargs"])
    found = {rnd.pk: rnd.status for rnd in Round.objects.all()}
    assert found == {stage.round.pk: "confirmed", short.pk: "failed", later.pk: "open"}
    sent.clear()
    with at(stage.round.cut_off_at):
        tasks.close_due_rounds()
    assert sent == []


@pytest.mark.parametrize("status", ["loading", "void"])
def test_the_tick_leaves_groups_alone_that_play_their_own_time(sent, status):
    stage = make_stage(group=make_group(status=status))
    with at(stage.round.cut_off_at):
        tasks.close_due_rounds()
        assert sent == []
        assert list(Round.objects.due_to_close(stage.round.cut_off_at)) == [stage.round]
        assert rounds.due_rounds() == []
