"""Requests made up from the schema, right and wrong, as different people: never a 5xx, never an
answer that the schema does not describe. Short in the suite, thousands with `make soak`."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode, checks
from schemathesis.core.failures import FailureGroup

from merchants.models import Item
from orders.models import OrderLine
from tests.api.client import token_for
from tests.factories import make_round, offer_of
from tests.test_permissions import Scene, make_scene
from tuangou.core import problems
from tuangou.core.api import wire
from tuangou.core.api.schema import schema_in
from tuangou.wsgi import application

pytestmark = pytest.mark.django_db

ROLES = ("anonymous", "outsider", "merchant", "neighbour", "member", "deputy", "initiator")
LIKELY = ("member", "deputy", "initiator", "initiator")
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
]


@pytest.fixture(autouse=True)
def one_connection(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No windows, and the test's own connection stays, as with Django's test client."""
    monkeypatch.setattr(wire, "MOST", dict.fromkeys(wire.MOST, 10**6))
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


class Caller:
    """Sends made-up cases, most of them to rows that are there, as somebody."""

    def __init__(self, scene: Scene, chance: random.Random) -> None:
        self.chance = chance
        self.people = scene.people
        self.counts: Counter[str] = Counter()
        self.tokens = {
            role: token_for(user)[1] for role, user in scene.people.items() if user is not None
        }
        stage = scene.stage
        open_round = make_round(stage.group, merchant=stage.round.merchant)
        self.known: dict[str, list[Any]] = {
            "slug": [stage.group.slug],
            "round_id": [open_round.pk, stage.round.pk, scene.ids["draft"]],
            "month": [scene.ids["month"]],
        }
        for name in ("order_id", "payment_id", "check_off_id", "return_id", "photo_id"):
            self.known[name] = [scene.ids[name]]
        for name in ("merchant_id", "item_id"):
            self.known[name] = [scene.ids[name]]
        self.inside: dict[str, list[Any]] = {
            "offer": [offer_of(open_round).pk, offer_of(stage.round).pk],
            "line": list(OrderLine.objects.values_list("pk", flat=True)),
            "item": list(Item.objects.values_list("pk", flat=True)),
            "merchant": [scene.ids["merchant_id"]],
            "member": [stage.member.pk, stage.neighbour.pk],
            "pickup_point": [scene.ids["pickup_point_id"]],
        }

    def send(self, case: Any) -> None:
        role = self.chance.choice(LIKELY if self.chance.random() < 0.8 else ROLES)
        for name in case.path_parameters or {}:
            if name in self.known and self.chance.random() < 0.9:
                case.path_parameters[name] = self.chance.choice(self.known[name])
        if isinstance(case.body, dict | list) and self.chance.random() < 0.8:
            self._fill(case.body)
        case.headers = dict(case.headers or {})
        if role in self.tokens:
            case.headers["Authorization"] = f"Bearer {self.tokens[role]}"
        if case.method == "POST" and self.chance.random() < 0.9:
            case.headers["Idempotency-Key"] = str(uuid4())
        response = case.call()
        self.counts[f"{response.status_code}"] += 1
        case.validate_response(response, checks=CHECKS)

    def _fill(self, part: Any) -> None:
        for key, value in part.items() if isinstance(part, dict) else enumerate(part):
            if key in self.inside and type(value) is int:
                part[key] = self.chance.choice(self.inside[key])
            elif isinstance(value, dict | list):
                self._fill(value)


def operations(schema: Any) -> Iterator[Any]:
    for found in schema.get_all_operations():
        yield found.ok()


def run(examples: int, start: int) -> Counter[str]:
    """So many requests per address, method and manner; how often each status was answered."""
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    caller = Caller(make_scene(), random.Random(start))
    for operation in operations(schema):
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            strategy = operation.as_strategy(generation_mode=mode)

            @seed(start)
            @settings(
                max_examples=examples,
                database=None,
                deadline=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=strategy)
            def send(case: Any) -> None:
                caller.send(case)

            send()
    return caller.counts


def test_made_up_requests_are_answered_as_documented(capsys: pytest.CaptureFixture[str]) -> None:
    counts = run(1, 7)
    with capsys.disabled():
        print(f"\nmade-up requests: {counts.total()}, by status {dict(sorted(counts.items()))}")
    assert counts.total() >= 100
    assert counts["200"] > 20


def test_twin_an_undocumented_answer_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    schema_in("zh-hans")  # made before: it still promises problems
    monkeypatch.setattr(problems, "CONTENT_TYPE", "application/json")
    with pytest.raises(FailureGroup):
        run(1, 7)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_thousands_of_made_up_requests(capsys: pytest.CaptureFixture[str]) -> None:
    counts, start = Counter[str](), 11
    while counts.total() < 5_000:
        counts += run(50, start)
        start += 1
    with capsys.disabled():
        print(f"\nmade-up requests: {counts.total()}, by status {dict(sorted(counts.items()))}")
    assert counts.total() >= 5_000
