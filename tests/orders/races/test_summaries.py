"""Counted figures that move at the same moment: kept = rebuilt at the end, each month published
once, versions without gaps (O13)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError

from orders.models import MonthItem, PublishedSummary, Return, Round, SummaryMonth
from orders.models.summaries import SummaryMonthQuerySet
from orders.queries.summaries import table1
from orders.services import returns, summaries
from orders.services import rounds as round_services
from orders.services.summaries import check, publish_due, publish_month, rebuild
from tests.orders import oracle_table1 as oracle
from tests.orders.histories import History, lines_of
from tests.orders.stages import at
from tests.threads import together
from tuangou.core.models import Event

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

JUNE = date(2026, 6, 1)
MID_JUNE = datetime(2026, 6, 12, 12, 0, tzinfo=UTC)
JULY_3 = datetime(2026, 7, 2, 16, 0, tzinfo=UTC)


@pytest.fixture
def history() -> History:
    made = History()
    made.merchant()
    return made


def handed_out(history: History, day: int) -> Round:
    """A round of three orders of two lines, all fetched."""
    rnd = history.round(MID_JUNE + timedelta(days=day))
    for member in (0, 1, 2):
        history.order(rnd, 1, 2, member=member)
    history.confirm(rnd)
    history.hand_out(rnd)
    return rnd


def accept(history: History, ret: Return, fen: int, when: datetime) -> str:
    with at(when):
        returns.accept_return(
            return_id=ret.pk,
            actor_id=history.initiator.pk,
            accepted_fen=fen,
            decision="按照片",
            request_id=uuid4(),
        )
    return "accepted"


def two_returns(history: History) -> list[Callable[[], str]]:
    """Of two rounds of one merchant in one month: only the month's head stands between them."""
    asked = [history.ask(lines_of(handed_out(history, day))[0]) for day in (0, 7)]
    return [partial(accept, history, ret, 100, JULY_3 - timedelta(days=1)) for ret in asked]


def unlocked(self: SummaryMonthQuerySet, group_id: int, month: date) -> SummaryMonth:
    return self.get(group_id=group_id, month=month)


def test_two_returns_of_one_month_both_count(history):
    calls = two_returns(history)
    assert together(calls) == ["accepted"] * 2
    assert check(group_id=history.group.pk) == []
    assert MonthItem.objects.get(returned_fen__gt=0).returned_fen == 200


def test_twin_without_the_head_s_lock_a_return_is_forgotten(history, monkeypatch):
    """Each has counted before the other's return is there; the later row wins."""
    calls = two_returns(history)
    both_counted = Barrier(2, timeout=30)
    counted = summaries._counted

    def count_then_wait(*args, **scope):
        tally = counted(*args, **scope)
        both_counted.wait()
        return tally

    monkeypatch.setattr(SummaryMonthQuerySet, "lock", unlocked)
    monkeypatch.setattr(summaries, "_counted", count_then_wait)
    assert together(calls) == ["accepted"] * 2
    monkeypatch.undo()
    assert MonthItem.objects.get(returned_fen__gt=0).returned_fen == 100
    (difference,) = [one for one in check(group_id=history.group.pk) if one.item_id]
    assert "returned_fen 100, rebuilt" in str(difference)


def beats(history: History, count: int) -> list[Any]:
    def beat() -> int:
        with at(JULY_3):
            return len(publish_due())

    return together([beat] * count)


def test_two_beats_publish_a_month_once(history):
    handed_out(history, 0)
    outcomes = beats(history, 4)
    assert sorted(outcomes) == [0, 0, 0, 1]
    assert PublishedSummary.objects.get().version == 1
    assert Event.objects.filter(kind="summary.published").count() == 1


def test_twin_without_the_head_s_lock_both_beats_publish(history, monkeypatch):
    """Both find the month unpublished; only the unique version number stops the second."""
    handed_out(history, 0)
    both_looked = Barrier(2, timeout=30)
    figures = summaries._figures

    def look_then_wait(head: SummaryMonth):
        both_looked.wait()
        return figures(head)

    monkeypatch.setattr(SummaryMonthQuerySet, "lock", unlocked)
    monkeypatch.setattr(summaries, "_figures", look_then_wait)
    outcomes = beats(history, 2)
    assert outcomes.count(1) == 1
    assert sum(isinstance(outcome, IntegrityError) for outcome in outcomes) == 1


def test_exact_under_returns_cancelling_publishing_and_rebuilding_at_once(history):
    """T13: whatever comes first, kept = rebuilt = plain SQL, and each version follows the last."""
    pk, when = history.group.pk, JULY_3 + timedelta(minutes=1)
    asked = [
        history.ask(line) for day in (0, 7, 14) for line in lines_of(handed_out(history, day))[:3]
    ]
    gone = history.round(MID_JUNE + timedelta(days=3))
    history.order(gone, 5, 5)
    history.confirm(gone)
    late = history.round(MID_JUNE + timedelta(days=4))
    history.order(late, 3)

    def act(work: Callable[..., object], **scope: object) -> str:
        with at(when):
            work(**scope)
        return "accepted"

    acts: list[Callable[[], str]] = [
        partial(accept, history, ret, 100 + n, when) for n, ret in enumerate(asked)
    ]
    acts += [
        partial(
            act,
            round_services.cancel_round,
            round_id=gone.pk,
            actor_id=history.initiator.pk,
            reason="货没来",
        ),
        partial(act, round_services.close_if_due, round_id=late.pk),
        partial(act, publish_month, group_id=pk, month=JUNE),
        partial(act, rebuild, group_id=pk),
        partial(act, check, group_id=pk),
    ]
    assert together(acts) == ["accepted"] * len(acts)
    assert check(group_id=pk) == []
    (month,) = oracle.months(pk)
    row = table1(pk, first=JUNE, last=JUNE).rows[0]
    assert (row.orders, row.sales_fen, row.returned_fen) == month[3:6]
    assert row.returned_fen == sum(range(100, 109))
    assert (row.orders, row.lines_returned) == (10, 9)
    versions = list(PublishedSummary.objects.order_by("version"))
    assert [version.version for version in versions] == list(range(1, len(versions) + 1))
    assert versions[-1].figures["returned_fen"] == row.returned_fen
    assert versions[-1].figures["sales_fen"] == row.sales_fen
