"""Returns decided at the same moment: once each, and the commission stays exact (O11)."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import transaction

from orders.models import Posting, Return, Round
from orders.models.rounds import RoundQuerySet
from orders.services import ledger, returns
from orders.services.return_rules import NotOpen
from tests.orders.stages import Stage, accounts_of, make_stage
from tests.threads import together
from tuangou.core import clock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]


def recently() -> datetime:
    with transaction.atomic():
        return clock.now() - timedelta(hours=48)


def accept(stage: Stage, ret: Return, fen: int) -> str:
    returns.accept_return(
        return_id=ret.pk,
        actor_id=stage.initiator.pk,
        accepted_fen=fen,
        decision="按照片",
        request_id=uuid4(),
    )
    return "accepted"


def test_two_taps_decide_one_return_once():
    stage = make_stage(recently())
    ret = stage.ask(stage.collected())
    outcomes = together([partial(accept, stage, ret, 3800)] * 2)
    assert outcomes.count("accepted") == 1
    assert sum(isinstance(outcome, NotOpen) for outcome in outcomes) == 1
    assert accounts_of(stage.round)["member"] == 3800


def two_small_returns() -> tuple[Stage, list[Return]]:
    """Four orders of 10 fen at 5 %: commission 2. Less one of them it is half-up(1.5) = 2, so a
    return alone moves nothing; less two it is 1."""
    stage = make_stage(recently(), price_fen=10)
    orders = [stage.order(quantity=1) for _ in range(4)]
    stage.arrive()
    for order in orders[:2]:
        stage.hand_over(order)
    return stage, [stage.ask(order) for order in orders[:2]]


def commission_of(rnd: Round) -> int:
    return -sum(
        Posting.objects.filter(round=rnd, account="commission").values_list("amount_fen", flat=True)
    )


def test_commission_is_exact_when_two_orders_return_at_once():
    stage, asked = two_small_returns()
    assert commission_of(stage.round) == 2
    assert together([partial(accept, stage, ret, 10) for ret in asked]) == ["accepted"] * 2
    assert commission_of(stage.round) == 1


def test_twin_without_the_round_s_lock_the_commission_drifts(monkeypatch):
    """Each has computed what is left to post before the other's return is there."""
    stage, asked = two_small_returns()
    computed = Barrier(2, timeout=30)
    delta = ledger.commission_delta

    def compute_then_wait(rnd: Round) -> int:
        fen = delta(rnd)
        computed.wait()
        return fen

    monkeypatch.setattr(RoundQuerySet, "lock", lambda self, pk: self.get(pk=pk))
    monkeypatch.setattr(ledger, "commission_delta", compute_then_wait)
    assert together([partial(accept, stage, ret, 10) for ret in asked]) == ["accepted"] * 2
    assert commission_of(stage.round) == 2
