"""What every address does alike: problems, keys, tokens, scopes, windows, pieces of lists."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from groups.models import Group, Membership, PickupPoint
from orders.models import Order, Round
from orders.services.offers import SoldOut
from tests.api.client import ALL, Api, token_for
from tests.factories import (
    make_group,
    make_initiator,
    make_item,
    make_member,
    make_merchant,
    make_round,
    make_user,
    offer_of,
)
from tests.orders.stages import make_stage
from tuangou.core.api import wire
from tuangou.core.errors import DomainError
from tuangou.core.models import ApiToken, Scope, User
from tuangou.core.tokens import digest_of, find_token, make_token, revoke_token

pytestmark = pytest.mark.django_db

KEYS = {"type", "title", "status", "detail", "code", "rule", "errors"}


@pytest.fixture
def group(db: None) -> Group:
    return make_group()


@pytest.fixture
def initiator(group: Group) -> Membership:
    return make_initiator(group)


@pytest.fixture
def lan(group: Group, initiator: Membership) -> Membership:
    return make_member(group, "阿兰")


@pytest.fixture
def rnd(group: Group, initiator: Membership) -> Round:
    return make_round(group, capacity=5)


def lines(rnd: Round, quantity: str = "2") -> dict[str, Any]:
    return {"lines": [{"offer": offer_of(rnd).pk, "quantity": quantity}]}


def problem(response: Any, status: int, code: str) -> dict[str, Any]:
    assert (response.status_code, response.headers["Content-Type"]) == (
        status,
        "application/problem+json",
    ), response.content
    body: dict[str, Any] = response.json()
    assert set(body) == KEYS
    assert (body["status"], body["code"]) == (status, code)
    assert body["type"].endswith(f"#error-{code}")
    assert body["detail"]
    assert response.headers["Cache-Control"] == "no-store"
    return body


# Problems


def test_a_rule_is_a_problem_with_its_id(rnd, lan):
    body = problem(Api(lan).post(f"rounds/{rnd.pk}/orders", lines(rnd, "9")), 409, SoldOut.code)
    assert body["rule"] == SoldOut.rule == "O4"


def test_a_field_is_named_as_it_was_sent(rnd, lan):
    wrong = {"lines": [{"offer": offer_of(rnd).pk, "quantity": 2}], "price_fen": 1}
    body = problem(Api(lan).post(f"rounds/{rnd.pk}/orders", wrong), 422, "invalid_input")
    assert body["errors"] == [{"field": "price_fen", "detail": "没有这一项"}]
    del wrong["price_fen"]
    body = problem(Api(lan).post(f"rounds/{rnd.pk}/orders", wrong), 422, "invalid_input")
    assert [e["field"] for e in body["errors"]] == ["lines.0.quantity"]


@pytest.mark.parametrize("quantity", [2, 2.0, "2.0001", "-1", "1e3", " 2", "", None, True, "NaN"])
def test_a_quantity_is_a_plain_string(rnd, lan, quantity):
    wrong = {"lines": [{"offer": offer_of(rnd).pk, "quantity": quantity}]}
    problem(Api(lan).post(f"rounds/{rnd.pk}/orders", wrong), 422, "invalid_input")


@pytest.mark.parametrize("offer", ["1", 1.5, True, 0, -1, 2**63, 10**400, 1e300])
def test_an_id_is_a_whole_number(rnd, lan, offer):
    wrong = {"lines": [{"offer": offer, "quantity": "1"}]}
    response = Api(lan).post(f"rounds/{rnd.pk}/orders", json.dumps(wrong))
    assert response.status_code == 422


def test_the_sentence_speaks_the_language_asked_for(rnd, lan):
    english = Api(lan).get("rounds/999999", **{"Accept-Language": "en"})
    assert english.headers["Content-Language"] == "en"
    assert Api(lan).get("rounds/999999").headers["Content-Language"] == "zh-hans"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("{", 400, "unreadable"),
        ("[" * 100_000, 400, "unreadable"),
        (b"\xff\xfe", 400, "unreadable"),
        ('{"note": NaN}', 400, "unreadable"),
        ("[]", 422, "invalid_input"),
        ('"x"', 422, "invalid_input"),
        ("null", 422, "invalid_input"),
        (json.dumps({"note": "x" * 3_000_000}), 413, "too_large"),
    ],
)
def test_bodies_that_cannot_be_read(rnd, lan, body, status, code):
    problem(Api(lan).post(f"rounds/{rnd.pk}/orders", body), status, code)


def test_only_json_is_taken(rnd, lan):
    api = Api(lan)
    response = api.http.post(
        api.address(f"rounds/{rnd.pk}/orders"),
        {"note": "x"},
        headers=api.headers(**{"Idempotency-Key": str(uuid4())}),
    )
    problem(response, 415, "unsupported_media_type")


def test_nothing_there_is_a_problem_too(lan):
    for path in ("/api/v1/nothing/here", "/api/v1/", "/api/v1/groups/%0A/rounds", "/api/v1/docs/x"):
        problem(Api(lan).get(path), 404, "not_found")


# Keys


def test_a_post_without_a_key_names_the_header(rnd, lan):
    for wrong in ("", "x", "1234"):
        response = Api(lan).post(
            f"rounds/{rnd.pk}/orders", lines(rnd), **{"Idempotency-Key": wrong}
        )
        body = problem(response, 400, "idempotency_key_missing")
        assert "Idempotency-Key" in body["detail"]
    assert not Order.objects.exists()


def test_the_same_key_gives_the_same_order(rnd, lan):
    api, key = Api(lan), uuid4()
    first = api.post(f"rounds/{rnd.pk}/orders", lines(rnd), key=key)
    again = api.post(f"rounds/{rnd.pk}/orders", lines(rnd, "2.0"), key=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert Order.objects.count() == 1


def test_a_refusal_stays_refused(rnd, lan):
    api, key = Api(lan), uuid4()
    first = api.post(f"rounds/{rnd.pk}/orders", lines(rnd, "9"), key=key)
    rnd.offers.update(capacity=99)
    again = api.post(f"rounds/{rnd.pk}/orders", lines(rnd, "9"), key=key)
    assert first.content == again.content
    assert again.headers["Idempotency-Replayed"] == "true"
    assert not Order.objects.exists()


def test_the_same_key_with_another_body_is_a_conflict(rnd, lan):
    api, key = Api(lan), uuid4()
    api.post(f"rounds/{rnd.pk}/orders", lines(rnd), key=key)
    problem(api.post(f"rounds/{rnd.pk}/orders", lines(rnd, "3"), key=key), 409, "conflict")
    assert Order.objects.get().lines.get().quantity == 2


def test_every_act_is_done_once(group, initiator):
    """Drafting, opening, closing, goods: acts whose services know no request."""
    api = Api(initiator)
    merchant = make_merchant(group)
    goods = {"name": "牛腩", "unit": "斤", "category": "beef", "store_price_fen": 4500}
    items = [_twice(api, f"merchants/{merchant.pk}/items", goods)["id"]]
    spec = _spec(group, merchant.pk, items)
    round_id = _twice(api, "rounds", spec)["id"]
    assert Round.objects.count() == 1
    assert _twice(api, f"rounds/{round_id}/open")["status"] == "open"
    assert _twice(api, f"rounds/{round_id}/close")["status"] == "failed"
    copied = _twice(api, f"rounds/{round_id}/copy", {"title": "再来一团"})
    assert (copied["title"], copied["status"]) == ("再来一团", "draft")
    assert Round.objects.count() == 2
    for act in ("withdraw", "put-back"):
        _twice(api, f"merchants/{merchant.pk}/items/{items[0]}/{act}")


def _twice(api: Api, path: str, body: Any = None) -> dict[str, Any]:
    key = uuid4()
    first, again = (api.post(path, body, key=key) for _ in range(2))
    assert first.status_code in (200, 201), first.content
    assert first.content == again.content
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    found: dict[str, Any] = first.json()
    return found


def _spec(group: Group, merchant_id: int, items: list[int]) -> dict[str, Any]:
    now = timezone.now()
    return {
        "merchant": merchant_id,
        "title": "周六牛肉团",
        "cut_off_at": (now + timedelta(days=1)).isoformat(),
        "pickup_from": (now + timedelta(days=2)).isoformat(),
        "pickup_until": (now + timedelta(days=2, hours=2)).isoformat(),
        "pickup_point": PickupPoint.objects.filter(group=group).get().pk,
        "offers": [{"item": item, "price_fen": 3800} for item in items],
    }


# Tokens


def test_a_token_is_kept_as_a_digest_only(lan):
    token, secret = token_for(lan.user)
    assert secret.startswith("tg_")
    assert len(secret) == 46
    with connection.cursor() as cursor:
        cursor.execute("select row_to_json(t)::text from core_apitoken t")
        row = cursor.fetchone()[0]
    assert secret not in row
    assert secret[len(token.prefix) :] not in row
    assert bytes(ApiToken.objects.get().sha256) == digest_of(secret)


def test_dead_tokens_are_one_answer_byte_for_byte(group, lan):
    expired, gone = token_for(lan.user), token_for(lan.user)
    ApiToken.objects.filter(pk=expired[0].pk).update(expires_at=timezone.now())
    revoke_token(user_id=lan.user_id, token_id=gone[0].pk)
    left = make_member(group)
    erased = token_for(left.user)
    User.objects.filter(pk=left.user_id or 0).update(is_active=False)
    secrets = [expired[1], gone[1], erased[1], "tg_" + "x" * 43, "x", "", "tg_\udcff"]
    answers = []
    for secret in secrets:
        with CaptureQueriesContext(connection) as sent:
            response = Client().get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"})
        looked = [q["sql"] for q in sent if "core_apitoken" in q["sql"]]
        answers.append((response.status_code, response.content, len(looked)))
        assert response.headers["WWW-Authenticate"] == "Bearer"
    assert set(answers) == {(401, answers[0][1], 1)}
    assert json.loads(answers[0][1])["code"] == "token_invalid"


def test_a_use_is_noted_at_most_once_an_hour(lan):
    token, secret = token_for(lan.user)
    for _ in range(3):
        find_token(secret)
    first = ApiToken.objects.get(pk=token.pk).last_used_at
    assert first is not None
    hours_ago = first - timedelta(minutes=61)
    ApiToken.objects.filter(pk=token.pk).update(last_used_at=hours_ago)
    find_token(secret)
    assert ApiToken.objects.get(pk=token.pk).last_used_at != hours_ago


def test_a_token_dies_with_its_persons_place(rnd, lan):
    api = Api(lan)
    assert api.get("rounds").status_code == 200
    lan.move_to("left", left_at=timezone.now())
    assert api.get("rounds").status_code == 404


@pytest.mark.parametrize(
    ("scopes", "allowed"),
    [
        (("read",), {"read"}),
        (("order",), {"order"}),
        (("officer",), {"officer"}),
        (("read", "order"), {"read", "order"}),
        (ALL, {"read", "order", "officer"}),
    ],
)
def test_a_token_does_no_more_than_its_scopes(rnd, initiator, scopes, allowed):
    api = Api(initiator, *scopes)
    tried = {
        "read": api.get("rounds"),
        "order": api.post(f"rounds/{rnd.pk}/orders", lines(rnd)),
        "officer": api.get(f"rounds/{rnd.pk}/orders"),
    }
    for scope, response in tried.items():
        if scope in allowed:
            assert response.status_code in (200, 201), scope
        else:
            assert str(Scope(scope).label) in problem(response, 403, "scope_missing")["detail"]


def test_without_officer_an_initiator_is_a_neighbour(group, initiator, lan):
    """The list of members opens to read alone, and tells what any neighbour sees."""
    text = {s: Api(initiator, *s).get("members").content.decode() for s in (("read",), ALL)}
    assert lan.user.phone in text[ALL]
    assert lan.user.phone not in text["read",]
    assert Api(initiator, "read").get("/api/v1/groups/" + group.slug).json()["me"]["role"] == (
        "member"
    )


def test_a_shop_without_officer_is_a_stranger(group, initiator):
    owner = make_user("店主")
    merchant = make_merchant(group, staff=owner)
    path = f"merchants/{merchant.pk}"
    assert Api(owner, slug=group.slug).get(path).status_code == 200
    assert Api(owner, "read", slug=group.slug).get(path).status_code == 404


def test_an_office_with_a_second_factor_needs_a_proved_token(group, initiator, lan, settings):
    settings.SECOND_FACTOR = "required"
    for proved, status in ((True, 200), (False, 403)):
        api = Api(initiator)
        api.secret = token_for(initiator.user, proved=proved)[1]
        assert api.get("members").status_code == status
        assert api.get("books").status_code == status
        assert api.get("rounds").status_code == 200
    settings.SECOND_FACTOR = "offered"
    assert api.get("books").status_code == 200


def test_sessions_need_the_csrf_token(rnd, lan):
    client = Client(enforce_csrf_checks=True)
    client.force_login(lan.user)
    response = client.post(
        f"/api/v1/groups/{lan.group.slug}/rounds/{rnd.pk}/orders",
        json.dumps(lines(rnd)),
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid4())},
    )
    problem(response, 403, "csrf")
    assert not Order.objects.exists()


def test_at_most_twenty_living_tokens(lan):
    for _ in range(20):
        token, _secret = token_for(lan.user)
    with pytest.raises(DomainError, match="20"):
        make_token(user_id=lan.user_id, name="多", scopes=["read"])
    revoke_token(user_id=lan.user_id, token_id=token.pk)
    token_for(lan.user)


# Windows


def test_too_many_requests_say_when_to_come_back(rnd, lan, monkeypatch):
    monkeypatch.setattr(wire, "MOST", {"read": 2, "write": 1, "anonymous": 1})
    api = Api(lan)
    assert [api.get("rounds").status_code for _ in range(3)] == [200, 200, 429]
    body = problem(api.get("rounds"), 429, "too_many")
    assert body["detail"]
    assert int(api.get("rounds").headers["Retry-After"]) >= 1
    assert Api(lan).get("rounds").status_code == 200, "another token has a window of its own"
    assert [api.post(f"rounds/{rnd.pk}/orders", {}).status_code for _ in range(2)] == [422, 429]
    stranger = Api(None)
    assert [stranger.get("/api/v1/me").status_code for _ in range(2)] == [401, 429]


# Pieces of lists


def test_pieces_of_a_list_neither_repeat_nor_miss(group, initiator, rnd):
    for _ in range(5):
        make_member(group)
    api = Api(initiator)
    ids = [row["id"] for row in api.everything("members?limit=2")]
    assert len(ids) == len(set(ids)) == Membership.objects.filter(group=group).count()
    first = api.get("members?limit=2").json()
    make_member(group)
    second = api.get(first["next"]).json()
    assert not {r["id"] for r in first["results"]} & {r["id"] for r in second["results"]}
    assert "limit=2" in first["next"]


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "cursor=x", "cursor=-1"])
def test_a_piece_that_cannot_be_had(lan, query):
    problem(Api(lan).get(f"members?{query}"), 422, "invalid_input")


LISTS = (
    "members",
    "merchants",
    "rounds",
    "orders",
    "returns",
    "statement",
    "notices",
    "events",
    "rounds/{round}/orders",
    "rounds/{round}/payments",
    "rounds/{round}/postings",
    "books",
    "merchants/{merchant}/items",
)


def test_a_list_takes_as_many_statements_for_one_row_as_for_three():
    """All lists at once: everything is there once, then three times."""
    counted: dict[str, list[int]] = {path: [] for path in LISTS}
    for rows in (1, 3):
        stage = make_stage()
        orders = [stage.order(make_member(stage.group)) for _ in range(rows - 1)]
        orders.append(stage.order())
        stage.order(stage.initiator)
        stage.arrive()
        for order in orders:
            stage.hand_over(order)
            stage.receive(order, 7600)
        for order in orders:
            stage.ask(order)
        for _ in range(rows - 1):
            make_round(stage.group, opened=False)
            make_item(stage.round.merchant)
        api = Api(stage.initiator)
        known = {"round": stage.round.pk, "merchant": stage.round.merchant_id}
        for path in LISTS:
            api.get(path.format(**known))
            with CaptureQueriesContext(connection) as sent:
                response = api.get(path.format(**known))
            assert response.status_code == 200, path
            counted[path].append(len(sent))
    assert {path: n for path, n in counted.items() if n[0] != n[1]} == {}
