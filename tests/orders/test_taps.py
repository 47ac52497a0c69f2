"""Taps that waited on a device: sent together, answered one by one, harmless when sent again."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orders.forms.desk import TapForm
from orders.models import CheckOff, Order, Payment
from orders.services import ledger
from tests.orders.stages import Stage, line_of, make_stage
from tuangou.core.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    return make_stage(timezone.now() - timedelta(hours=45))


def send(stage: Stage, *taps: Any, who: User | None = None) -> list[dict[str, Any]]:
    client = Client()
    user = who or stage.initiator.user
    assert user is not None
    client.force_login(user)
    answer = client.post(
        reverse("orders:taps", args=[stage.group.slug, stage.round.pk]),
        json.dumps({"taps": taps}),
        content_type="application/json",
    )
    assert answer.status_code == 200, answer.content
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


def hand(order: Order, **fields: Any) -> dict[str, Any]:
    return {"id": str(uuid4()), "kind": "hand", "order": order.pk} | fields


def undo(order: Order, **fields: Any) -> dict[str, Any]:
    return {"id": str(uuid4()), "kind": "undo", "order": order.pk} | fields


def results(answers: list[dict[str, Any]]) -> list[str]:
    return [answer["result"] for answer in answers]


def status(order: Order) -> str:
    order.refresh_from_db()
    return order.status


def test_done_once_however_often_it_is_sent(stage):
    order = stage.order()
    stage.arrive()
    when = timezone.now() - timedelta(minutes=20)
    tap = hand(order, at=when.isoformat(), collected_by="婆婆", way="name")
    assert results(send(stage, tap)) == ["done"]
    assert results(send(stage, tap, tap)) == ["already", "already"]
    done = CheckOff.objects.get()
    assert (done.device_at, done.collected_by, done.way) == (when, "婆婆", "name")


def test_a_bag_somebody_else_gave_is_a_conflict_that_says_who_and_when(stage):
    order = stage.order()
    stage.arrive()
    send(stage, hand(order), who=stage.deputy.user)
    tap = hand(order, fen=7600)
    for _again in range(2):
        (answer,) = send(stage, tap)
        assert answer["result"] == "conflict"
        assert answer["by"] == stage.deputy.nickname
        assert stage.deputy.nickname in answer["said"]
        assert answer["at"]
    assert not Payment.objects.exists()
    assert CheckOff.objects.get().by == stage.deputy


def test_a_tap_and_its_undo_in_one_sending(stage):
    order = stage.order()
    stage.arrive()
    first = hand(order)
    again = hand(order)
    assert results(send(stage, first, undo(order, of=first["id"]), again)) == ["done"] * 3
    assert status(order) == "collected"
    assert CheckOff.objects.filter(undone_at=None).get().request_id.hex == again["id"].replace(
        "-", ""
    )


def test_undoing_what_never_counted_undoes_nothing_else(stage):
    order = stage.order()
    stage.arrive()
    send(stage, hand(order), who=stage.deputy.user)
    mine = hand(order)
    assert results(send(stage, mine, undo(order, of=mine["id"]))) == ["conflict", "already"]
    assert status(order) == "collected"


def test_undoing_what_the_page_knew(stage):
    order = stage.order()
    stage.arrive()
    send(stage, hand(order))
    tap = undo(order, check_off=CheckOff.objects.get().pk)
    assert results(send(stage, tap, tap)) == ["done", "already"]
    assert status(order) == "placed"


def test_money_by_who_ticks_it_only(stage):
    first, second = stage.order(), stage.order(stage.neighbour)
    stage.arrive()
    owed = ledger.balance_of_order(first.pk)
    assert results(send(stage, hand(first, fen=owed))) == ["done"]
    assert ledger.balance_of_order(first.pk) == 0
    (answer,) = send(stage, hand(second, fen=owed), who=stage.deputy.user)
    assert (answer["result"], status(second)) == ("refused", "placed")


def test_a_part_and_what_is_missing_wait_too(stage):
    first, second = stage.order(quantity=3), stage.order(stage.neighbour, 2)
    stage.arrive()
    (one, two) = line_of(first), line_of(second)
    taps = [
        hand(first, lines={str(one.pk): "1"}, short=[one.pk], collected_by="婆婆"),
        hand(second, lines={str(two.pk): "1.5"}, short=[]),
    ]
    assert results(send(stage, *taps)) == ["done", "done"]
    assert results(send(stage, *taps)) == ["already", "already"]
    one.refresh_from_db()
    two.refresh_from_db()
    assert [one.billed_quantity, one.collected_quantity] == [1, 1]
    assert [two.billed_quantity, two.left] == [2, Decimal("0.5")]
    assert (status(first), status(second)) == ("collected", "partly")
    assert results(send(stage, hand(second, lines={str(two.pk): "1"}))) == ["refused"]


def test_twin_a_tap_that_forgets_its_part_gives_all(stage, monkeypatch):
    order = stage.order(quantity=3)
    stage.arrive()
    monkeypatch.setattr(TapForm, "clean_lines", lambda _form: None)
    line = line_of(order)
    assert results(send(stage, hand(order, lines={str(line.pk): "1"}))) == ["done"]
    assert status(order) == "collected"


def test_what_cannot_be_read_stops_nothing_else(stage):
    order = stage.order()
    stage.arrive()
    for bad in (
        7,
        {},
        {"id": "x"},
        hand(order) | {"order": "7' or 1"},
        hand(order) | {"kind": "eat"},
        hand(order) | {"lines": [1]},
        hand(order) | {"lines": {"x": "1"}},
        hand(order) | {"lines": {"1": "viel"}},
        hand(order) | {"lines": {"1": {"2": 3}}},
        hand(order) | {"short": {"1": 1}},
        hand(order) | {"short": ["x"]},
    ):
        assert results(send(stage, bad)) == ["refused"]
    assert results(send(stage, {"id": "x"}, hand(order), hand(order) | {"order": 10**17})) == [
        "refused",
        "done",
        "refused",
    ]


def test_an_order_of_another_round_is_not_on_this_list(stage):
    other = make_stage(timezone.now() - timedelta(hours=45))
    order = other.order()
    other.arrive()
    assert results(send(stage, hand(order))) == ["refused"]
    assert status(order) == "placed"


@pytest.mark.parametrize(
    "when",
    [
        "",
        "gestern",
        "2026-02-30T00:00:00Z",
        "2026-11-21T17:00:00",
        "2019-01-01T00:00:00Z",
        "2999-01-01T00:00:00Z",
    ],
)
def test_a_wrong_clock_is_no_reason_to_refuse(stage, when):
    order = stage.order()
    stage.arrive()
    assert results(send(stage, hand(order, at=when))) == ["done"]
    assert CheckOff.objects.get().device_at is None


@pytest.mark.parametrize(
    "body", ["", "[]", "{", '{"taps": 7}', '{"taps": [' + "{}," * 100 + "{}]}", "[" * 99999]
)
def test_bodies_that_are_none_are_a_sentence(stage, body):
    client = Client()
    assert stage.initiator.user is not None
    client.force_login(stage.initiator.user)
    address = reverse("orders:taps", args=[stage.group.slug, stage.round.pk])
    assert client.post(address, body, content_type="application/json").status_code == 422


def test_without_the_token_of_a_page_nothing_is_taken(stage):
    client = Client(enforce_csrf_checks=True)
    client.force_login(stage.initiator.user)
    address = reverse("orders:taps", args=[stage.group.slug, stage.round.pk])
    assert client.post(address, "{}", content_type="application/json").status_code == 403


def test_twin_without_request_ids_her_own_tap_is_a_conflict(stage, monkeypatch):
    order = stage.order()
    stage.arrive()
    tap = hand(order)
    monkeypatch.setattr("orders.services.check_offs.requests.once", lambda **act: act["work"]())
    assert results(send(stage, tap)) == ["done"]
    assert results(send(stage, tap)) == ["conflict"]


def test_twin_without_the_list_any_order_goes(stage, monkeypatch):
    other = make_stage(timezone.now() - timedelta(hours=45), group=stage.group)
    order = other.order()
    other.arrive()
    monkeypatch.setattr("orders.services.taps.order_ids", lambda desk, wanted: set(wanted))
    assert results(send(stage, hand(order))) == ["done"]
