"""Who may, in the API: every address and method, every role; and who sees which phone and door.

The same answers as the pages give (tests/test_permissions.py), as problems: 401, 403, 404.
"""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, reverse

from groups.models import Household, Membership
from orders.models import Order
from orders.queries.members import member_row
from tests.answers import headers
from tests.test_permissions import ROLES, Scene, make_scene
from tuangou import api
from tuangou.core.api import wire

pytestmark = pytest.mark.django_db

OK, NO, GONE, SIGN = "ok", "403", "404", "401"

ANYONE = (OK,) * 8
NOBODY = (GONE,) * 8
SIGNED_IN = (SIGN, *(OK,) * 7)
#            anonymous outsider other  merchant neighb. member deputy initiator
MEMBERS = (SIGN, GONE, GONE, GONE, OK, OK, OK, OK)
BUYER = (SIGN, GONE, GONE, GONE, GONE, OK, GONE, GONE)  # who bought it, and no officer
OWN = (SIGN, GONE, GONE, GONE, GONE, OK, OK, OK)  # her own order, or any for officers
OFFICERS = (SIGN, GONE, GONE, GONE, NO, NO, OK, OK)
INITIATOR = (SIGN, GONE, GONE, GONE, NO, NO, NO, OK)
SHOP_AND_MEMBERS = (SIGN, GONE, GONE, OK, OK, OK, OK, OK)
BOTH_SIDES = (SIGN, GONE, GONE, OK, NO, NO, NO, OK)
SHOP_AND_OFFICERS = (SIGN, GONE, GONE, OK, NO, NO, OK, OK)
SHOP = (SIGN, GONE, GONE, OK, NO, NO, NO, NO)
SHOP_ALONE = (SIGN, GONE, GONE, OK, GONE, GONE, GONE, GONE)
HERSELF = (SIGN, GONE, GONE, GONE, GONE, OK, GONE, GONE)
PICTURES = {"return-photo", "return-file", "rating-photo", "delivery-photo", "price-picture"}

TABLE: list[tuple[str, str, tuple[str, ...]]] = [
    ("schema", "get", ANYONE),
    ("docs", "get", ANYONE),
    ("missing", "get", NOBODY),
    ("missing", "post", NOBODY),
    ("me", "get", SIGNED_IN),
    ("notices", "get", SIGNED_IN),
    ("groups", "get", SIGNED_IN),
    ("group", "get", MEMBERS),
    ("group-notices", "get", MEMBERS),
    ("group-notices-read", "post", MEMBERS),
    ("members", "get", MEMBERS),
    ("neighbours", "get", MEMBERS),
    ("events", "get", MEMBERS),
    ("merchants", "get", MEMBERS),
    ("merchant", "get", SHOP_AND_MEMBERS),
    ("agreement", "get", SHOP_AND_MEMBERS),
    ("agreement", "post", BOTH_SIDES),
    ("agreement-sign", "post", BOTH_SIDES),
    ("agreement-decline", "post", BOTH_SIDES),
    ("days", "get", MEMBERS),
    ("shop-days", "get", SHOP_AND_OFFICERS),
    ("shop-days", "post", SHOP_AND_OFFICERS),
    ("day-withdraw", "post", SHOP_AND_OFFICERS),
    ("day-answer", "post", OFFICERS),
    ("follow", "post", MEMBERS),
    ("merchant-questions", "get", SHOP_AND_MEMBERS),
    ("merchant-questions", "post", MEMBERS),
    ("merchant-question-answer", "post", SHOP),
    ("merchant-question-hide", "post", (SIGN, GONE, GONE, NO, NO, NO, NO, OK)),
    ("proposals", "get", MEMBERS),
    ("proposals", "post", MEMBERS),
    ("proposal-back", "post", MEMBERS),
    ("proposal-invite", "post", OFFICERS),
    ("proposal-decline", "post", OFFICERS),
    ("appeal", "get", SHOP_AND_OFFICERS),
    ("appeal", "post", SHOP),
    ("appeal-answer", "post", (SIGN, GONE, GONE, GONE, NO, NO, GONE, GONE)),  # none waits
    ("staff", "get", SHOP_ALONE),
    ("staff-link-new", "post", SHOP_ALONE),
    ("staff-link-close", "post", SHOP_ALONE),
    ("staff-remove", "post", SHOP_ALONE),
    ("staff-hand-on", "post", (SIGN, *(GONE,) * 7)),  # the helper has gone; api/test_shops.py
    ("items", "get", SHOP_AND_MEMBERS),
    ("items", "post", SHOP_AND_OFFICERS),
    ("item", "get", SHOP_AND_MEMBERS),
    ("item-edit", "post", SHOP_AND_OFFICERS),
    ("item-withdraw", "post", SHOP_AND_OFFICERS),
    ("item-put-back", "post", SHOP_AND_OFFICERS),
    ("process-photos", "post", SHOP_AND_OFFICERS),
    ("prices", "get", SHOP_AND_MEMBERS),
    ("prices", "post", MEMBERS),
    ("price-rule", "post", INITIATOR),
    ("price-picture", "get", SHOP_AND_MEMBERS),
    ("rounds", "get", MEMBERS),
    ("rounds", "post", OFFICERS),
    ("round", "get", MEMBERS),
    ("round-stock", "get", MEMBERS),
    ("round-copy", "post", OFFICERS),
    ("round-open", "post", OFFICERS),
    ("round-close", "post", OFFICERS),
    ("round-extend", "post", OFFICERS),
    ("round-fail", "post", OFFICERS),
    ("round-cancel", "post", INITIATOR),
    ("round-missed", "post", OFFICERS),
    ("round-complete", "post", OFFICERS),
    ("orders", "get", MEMBERS),
    ("round-orders", "get", OFFICERS),
    ("round-orders", "post", MEMBERS),
    ("order", "get", OWN),
    ("order-amend", "post", OWN),
    ("order-cancel", "post", OWN),
    ("waiting", "get", MEMBERS),
    ("waiting", "post", MEMBERS),
    ("waiting-leave", "post", OWN),
    ("round-payments", "get", INITIATOR),
    ("order-payments", "get", OWN),
    ("payment-claim", "post", OWN),
    ("payment-unclaim", "post", OWN),
    ("payment-receive", "post", INITIATOR),
    ("payment-refund", "post", INITIATOR),
    ("payment-undo", "post", INITIATOR),
    ("goods", "get", MEMBERS),
    ("coming", "post", SHOP_AND_OFFICERS),
    ("short", "post", SHOP_AND_OFFICERS),
    ("inspection", "post", OFFICERS),
    ("delivery-photos", "post", OFFICERS),
    ("delivery-photo", "get", MEMBERS),
    ("hold-release", "post", INITIATOR),
    ("hold-withdraw", "post", INITIATOR),
    ("door-looks", "get", HERSELF),
    ("arrival", "post", OFFICERS),
    ("arrival-later", "post", OFFICERS),
    ("sharing", "get", OFFICERS),
    ("sharing", "post", OFFICERS),
    ("check-off", "post", OFFICERS),
    ("check-off-undo", "post", OFFICERS),
    ("ledger", "get", MEMBERS),
    ("ledger-export", "get", MEMBERS),
    ("initiator-standing", "get", MEMBERS),
    ("merchant-standing", "get", SHOP_AND_MEMBERS),
    ("sanctions", "get", SHOP_AND_MEMBERS),
    ("consequences", "get", MEMBERS),
    ("merchant-chain", "get", SHOP_AND_MEMBERS),
    ("item-chain", "get", SHOP_AND_MEMBERS),
    ("order-rate", "post", BUYER),
    ("round-ratings", "get", SHOP_AND_MEMBERS),
    ("merchant-ratings", "get", SHOP_AND_MEMBERS),
    ("rating-useful", "post", MEMBERS),
    ("rating-answer", "post", (SIGN, GONE, GONE, OK, NO, NO, NO, NO)),
    ("rating-photo", "get", SHOP_AND_MEMBERS),
    ("comments", "get", SHOP_AND_MEMBERS),
    ("comments", "post", MEMBERS),
    ("complaints", "get", MEMBERS),
    ("complaints", "post", MEMBERS),
    ("complaint", "get", SHOP_AND_MEMBERS),
    ("complaint-answer", "post", (SIGN, GONE, GONE, OK, NO, NO, NO, NO)),
    ("complaint-settle", "post", (SIGN, GONE, GONE, NO, NO, OK, NO, NO)),
    ("complaint-withdraw", "post", (SIGN, GONE, GONE, NO, NO, OK, NO, NO)),
    ("complaint-rule", "post", (SIGN, GONE, GONE, NO, NO, NO, NO, OK)),
    ("complaint-appeal", "post", (SIGN, GONE, GONE, OK, NO, OK, NO, NO)),
    ("complaint-suggest", "post", (SIGN, GONE, GONE, OK, NO, OK, NO, OK)),
    ("complaint-confirm", "post", (SIGN, GONE, GONE, NO, NO, OK, NO, NO)),
    ("complaint-vote", "post", (SIGN, GONE, GONE, *(NO,) * 5)),  # none drawn; test_complaint_ends
    ("complaint-rate", "post", (SIGN, GONE, GONE, NO, NO, OK, NO, NO)),
    ("returns", "get", MEMBERS),
    ("return-new", "post", OWN),
    ("return", "get", OWN),
    ("return-withdraw", "post", OWN),
    ("return-accept", "post", INITIATOR),
    ("return-reject", "post", INITIATOR),
    ("return-refund", "post", INITIATOR),
    ("return-answer", "post", (SIGN, GONE, GONE, OK, NO, NO, NO, NO)),
    ("return-photo", "get", (SIGN, GONE, GONE, OK, GONE, OK, OK, OK)),
    ("return-file", "get", (SIGN, GONE, GONE, OK, GONE, OK, OK, OK)),
    ("question", "get", MEMBERS),
    ("question-answer", "post", MEMBERS),
    ("statement", "get", MEMBERS),
    ("books", "get", INITIATOR),
    ("settlement", "get", BOTH_SIDES),
    ("settlement", "post", INITIATOR),
    ("settlement-confirm", "post", BOTH_SIDES),
    ("settlement-say", "post", BOTH_SIDES),
    ("settlement-pay", "post", BOTH_SIDES),
    ("order-postings", "get", OWN),
    ("round-postings", "get", INITIATOR),
    ("summary", "get", MEMBERS),
    ("summary-month", "get", MEMBERS),
]

PAID_TO_MERCHANT: list[tuple[str, str, tuple[str, ...]]] = [
    ("round-payments", "get", (SIGN, GONE, GONE, OK, NO, NO, NO, OK)),
    ("payment-receive", "post", (SIGN, GONE, GONE, OK, NO, NO, NO, NO)),
    ("payment-refund", "post", (SIGN, GONE, GONE, OK, NO, NO, NO, NO)),
    ("payment-undo", "post", (SIGN, GONE, GONE, OK, NO, NO, NO, NO)),
    ("return-refund", "post", (SIGN, GONE, GONE, OK, NO, NO, NO, NO)),
]

ROUTES = {p.name or "": p for p in api.urlpatterns if isinstance(p, URLPattern)}
PARAMETERS = {name: tuple(p.pattern.converters) for name, p in ROUTES.items()}
PARAMETERS["missing"] = ("rest",)
READS = [(name, who) for name, method, who in TABLE if method == "get"]
ACTS = [(name, who) for name, method, who in TABLE if method == "post"]


@pytest.fixture(autouse=True)
def no_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "MOST", dict.fromkeys(wire.MOST, 10**6))


def path_of(scene: Scene, name: str, ids: dict[str, object] | None = None) -> str:
    known: dict[str, object] = {"slug": scene.stage.group.slug, "rest": "zzz"}
    known |= scene.ids | (ids or {})
    return reverse(f"api:{name}", args=[known[p] for p in PARAMETERS[name]])


def client_of(scene: Scene, role: str) -> Client:
    """One sign-in per person and scene."""
    clients: dict[str, Client] = scene.__dict__.setdefault("clients", {})
    if role not in clients:
        clients[role] = Client()
        user = scene.people[role]
        if user is not None:
            clients[role].force_login(user)
    return clients[role]


def ask(scene: Scene, role: str, name: str, method: str, **ids: object) -> Any:
    client = client_of(scene, role)
    path = path_of(scene, name, ids)
    if method == "get":
        return client.get(path)
    headers = {"Idempotency-Key": str(uuid4())}
    return client.post(path, "{}", content_type="application/json", headers=headers)


def word(response: Any) -> str:
    known = {401: SIGN, 403: NO, 404: GONE}
    fine = response.status_code in (200, 201, 409, 422)
    return known.get(response.status_code, OK if fine else f"status {response.status_code}")


def test_every_address_and_method_is_in_the_table() -> None:
    """The resolver against the table, both ways; other methods are 405 for whoever may."""
    routes = set()
    for name, pattern in ROUTES.items():
        view = getattr(pattern.callback, "cls", None)
        methods = view().allowed_methods if view else ["GET"]
        routes |= {(name, m.lower()) for m in methods if m in {"GET", "POST"}}
    assert routes - {("missing", "get"), ("missing", "post")} == {
        (name, method) for name, method, _who in TABLE if name != "missing"
    }


def test_who_may_look() -> None:
    scene = make_scene()
    got = {
        name: {role: word(ask(scene, role, name, "get")) for role in ROLES} for name, _w in READS
    }
    wanted = {name: dict(zip(ROLES, who, strict=True)) for name, who in READS}
    assert {n: got[n] for n in got if got[n] != wanted[n]} == {}


def test_who_may_act() -> None:
    """One scene for all: an act that was done is refused to the next with a rule, which is OK."""
    scene = make_scene()
    got = {
        name: {role: word(ask(scene, role, name, "post")) for role in ROLES} for name, _w in ACTS
    }
    wanted = {name: dict(zip(ROLES, who, strict=True)) for name, who in ACTS}
    assert {n: got[n] for n in got if got[n] != wanted[n]} == {}


def test_who_may_where_the_merchant_is_paid() -> None:
    scene = make_scene(payee="merchant")
    got = {n: tuple(word(ask(scene, r, n, m)) for r in ROLES) for n, m, _who in PAID_TO_MERCHANT}
    assert got == {name: who for name, _method, who in PAID_TO_MERCHANT}


def test_other_methods_are_405_and_say_which_there_are() -> None:
    scene = make_scene()
    client = Client()
    initiator = scene.people["initiator"]
    assert initiator is not None
    client.force_login(initiator)
    for method in ("put", "patch", "delete", "options"):
        response = getattr(client, method)(path_of(scene, "round"))
        assert response.status_code == 405
        assert response["Allow"] == "GET, HEAD"
        assert response.json()["code"] == "method_not_allowed"


def test_a_draft_is_missing_for_members() -> None:
    scene = make_scene()
    draft = scene.ids["draft"]
    got = {r: word(ask(scene, r, "round", "get", round_id=draft)) for r in ("member", "deputy")}
    assert got == {"member": GONE, "deputy": OK}
    rows = {r: ask(scene, r, "rounds", "get").json()["results"] for r in ("member", "deputy")}
    assert [draft in {row["id"] for row in rows[r]} for r in rows] == [False, True]


def test_a_foreign_row_is_a_missing_row_byte_for_byte() -> None:
    """Bodies and headers, for every address that names a row, also for a stranger to the group."""
    scene, other = make_scene(), make_scene()
    checked = 0
    for name, parameters in PARAMETERS.items():
        keys = [p for p in parameters if p.endswith("_id")]
        for method in {m for row, m, _who in TABLE if row == name and keys}:
            foreign = {key: other.ids[key] for key in keys}
            missing = dict.fromkeys(keys, 999_999_999)
            for role in ("initiator", "outsider"):
                first = ask(scene, role, name, method, **foreign)
                second = ask(scene, role, name, method, **missing)
                assert first.status_code == second.status_code == 404, name
                assert first.content == second.content, name
                assert headers(first) == headers(second), name
                checked += 1
    assert checked > 60


def test_a_foreign_group_is_a_missing_group_byte_for_byte() -> None:
    scene, other = make_scene(), make_scene()
    for name, parameters in PARAMETERS.items():
        if "slug" not in parameters:
            continue
        method = next(m for row, m, _who in TABLE if row == name)
        foreign = ask(scene, "initiator", name, method, slug=other.stage.group.slug)
        missing = ask(scene, "initiator", name, method, slug="no-such-group")
        assert foreign.status_code == missing.status_code == 404, name
        assert foreign.content == missing.content, name


# Field by field: who sees which phone, door and real name


def named_scene(payee: str = "initiator") -> Scene:
    """As make_scene, with names, doors and phones that occur nowhere else."""
    scene = make_scene(payee)
    for role in ("member", "neighbour"):
        member: Membership = getattr(scene.stage, role)
        Membership.objects.filter(pk=member.pk).update(
            real_name=f"真名{role}", nickname=f"昵{role}"
        )
        Household.objects.filter(pk=member.household_id).update(room=f"R{role}")
        Order.objects.filter(member=member).update(room=f"R{role}", nickname=f"昵{role}")
    return scene


def told(scene: Scene, role: str) -> str:
    """All that a role can read anywhere in the API, as one text."""
    parts = []
    for name, _who in READS:
        if name in {"schema", "docs"} | PICTURES:
            continue
        response = ask(scene, role, name, "get")
        parts.append(json.dumps(json.loads(response.content), ensure_ascii=False))
    return "\n".join(parts)


def phone_of(scene: Scene, role: str) -> str:
    user = scene.people[role]
    assert user is not None
    assert user.phone is not None
    return user.phone


#                     real name  phone   door   nickname   of the member
SEES_MEMBER = {
    "anonymous": (False, False, False, False),
    "outsider": (False, False, False, False),
    "other_initiator": (False, False, False, False),
    "merchant": (False, False, False, False),
    "neighbour": (False, False, False, False),
    "member": (False, True, True, True),  # herself
    "deputy": (False, False, True, True),
    "initiator": (True, True, True, True),
}


def test_who_sees_which_phone_door_and_name() -> None:
    scene = named_scene()
    phone = phone_of(scene, "member")
    secrets = ("真名member", phone.removeprefix("+86"), "Rmember", "昵member")
    texts = {role: told(scene, role) for role in ROLES}
    got = {role: tuple(s in texts[role] for s in secrets) for role in ROLES}
    assert got == SEES_MEMBER
    assert "+86" not in texts["deputy"].replace(phone_of(scene, "deputy"), "")


def test_a_merchant_that_is_paid_sees_buildings_of_its_orders_and_no_more() -> None:
    """The initiator, who may look at the same money, is the twin."""
    scene = named_scene(payee="merchant")
    text = told(scene, "merchant")
    assert "Rmember" not in text
    assert "Rmember" in told(scene, "initiator")
    assert "昵member" in text
    assert "真名member" not in text
    assert phone_of(scene, "member") not in text


def test_twin_the_search_finds_what_a_careless_row_would_tell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same rows, made for the initiator whoever reads."""
    scene = named_scene()
    initiator = Membership.objects.with_office().get(pk=scene.stage.initiator.pk)
    monkeypatch.setattr(
        "orders.queries.people_feeds.member_row",
        lambda person, viewer, *args, **kwargs: member_row(person, initiator, *args, **kwargs),
    )
    assert "真名member" in told(scene, "neighbour")


def test_the_pickup_token_is_told_nowhere() -> None:
    scene = make_scene()
    tokens = set(Order.objects.values_list("pickup_token", flat=True))
    text = told(scene, "initiator")
    assert not [token for token in tokens if token in text]
    assert not re.search(r'"(actor|user)(_id)?":', text)
