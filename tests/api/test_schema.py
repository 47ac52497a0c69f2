"""The schema, its page, and that answers are what the schema says."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from tests.test_api_permissions import PICTURES, READS, ask
from tests.test_permissions import make_scene
from tuangou.core.api import handbook, wire
from tuangou.core.api.schema import schema_in
from tuangou.core.errors import DomainError

METHODS = ("get", "post")


@cache
def schema(language: str = "zh-hans") -> dict[str, Any]:
    return schema_in(language)


def every() -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, one)
        for path, methods in schema()["paths"].items()
        for method, one in methods.items()
    ]


def test_the_schema_is_valid_and_raises_no_warning(tmp_path):
    file = tmp_path / "openapi.json"
    call_command(
        "spectacular", validate=True, fail_on_warn=True, format="openapi-json", file=str(file)
    )
    assert json.loads(file.read_text())["openapi"].startswith("3.1")


def test_every_answer_is_documented():
    for path, method, one in every():
        answers = set(one["responses"])
        wanted = {"401", "403", "404", "405", "422", "429", "503"}
        wanted |= {"400", "409", "413", "415"} if method == "post" else set()
        assert wanted <= answers, path
        assert len(answers & {"200", "201"}) == 1, path
        for status in wanted:
            assert list(one["responses"][status]["content"]) == ["application/problem+json"]


def test_every_post_asks_for_a_key_and_names_its_scope():
    for path, method, one in every():
        headers = {p["name"]: p for p in one.get("parameters", ()) if p["in"] == "header"}
        assert (method == "post") == (headers.get("Idempotency-Key", {}).get("required") is True)
        assert one["x-scope"] in {"read", "order", "officer"}, path
        assert method == "get" or one["x-scope"] != "read", path


def test_bodies_are_closed():
    """An unknown field is refused, and the schema says so, all the way down."""
    for path, _method, one in every():
        for content in one.get("requestBody", {}).get("content", {}).values():
            for part in parts(content["schema"]):
                assert part.get("additionalProperties") is False, path


def parts(found: dict[str, Any]) -> list[dict[str, Any]]:
    if "$ref" in found:
        found = schema()["components"]["schemas"][found["$ref"].rpartition("/")[2]]
    own = [found] if found.get("type") == "object" else []
    inner = [*found.get("properties", {}).values(), *([found["items"]] if "items" in found else [])]
    return own + [part for one in inner for part in parts(one)]


def test_money_is_whole_and_quantities_are_strings():
    for name, component in schema()["components"]["schemas"].items():
        for field, part in component.get("properties", {}).items():
            kinds = part.get("type", "object")
            kinds = set(kinds if isinstance(kinds, list) else [kinds]) - {"null"}
            if field.endswith("_fen"):
                assert kinds == {"integer"}, f"{name}.{field}"
            if field in {"quantity", "step", "left", "taken", "capacity", "household_limit"}:
                assert kinds <= {"string"}, f"{name}.{field}"
            if field.endswith("_at") or field in {"since", "at"}:
                assert part["format"] == "date-time", f"{name}.{field}"


@pytest.mark.django_db
def test_answers_are_what_the_schema_says(monkeypatch):
    monkeypatch.setattr(wire, "MOST", dict.fromkeys(wire.MOST, 10**6))
    scene = make_scene()
    registry = Registry().with_resource("urn:api", DRAFT202012.create_resource(schema()))
    by_id = {one["operationId"]: one for _path, method, one in every() if method == "get"}
    checked = 0
    for name, _who in READS:
        one = by_id.get(name)
        if one is None or name in PICTURES:
            continue
        shape = one["responses"]["200"]["content"]["application/json"]["schema"]
        ref = {"$ref": "urn:api#" + shape["$ref"][1:]}
        role = {"staff": "merchant", "door-looks": "member"}.get(name, "initiator")
        row = ask(scene, role, name, "get").json()
        Draft202012Validator(ref, registry=registry).validate(row)
        checked += 1
    assert checked > 25


@pytest.mark.django_db
def test_files_come_as_what_is_documented():
    by_id = {one["operationId"]: one for _path, method, one in every() if method == "get"}
    scene = make_scene()
    for name in PICTURES:
        answer = ask(scene, "initiator", name, "get")
        documented = by_id[name]["responses"]["200"]["content"]
        assert answer["Content-Type"] in documented, name
        assert "application/json" not in documented, name
    assert set(by_id["return-file"]["responses"]["200"]["content"]) == {
        "image/webp",
        "application/pdf",
    }


def test_every_operation_is_an_address_of_the_same_name():
    from tuangou.api import urlpatterns  # noqa: PLC0415

    names = {pattern.name for pattern in urlpatterns} - {"schema", "docs", "missing"}
    ids = {one["operationId"] for _path, _method, one in every()}
    # the POST of a list
    assert ids - names == {
        *("item-new", "round-new", "order-place", "comment-new", "agreement-propose", "day-ask"),
        "complaint-new",
        *("merchant-question-new", "proposal-new", "appeal-new", "price-seen"),
        *("settlement-draw", "share-out", "waiting-join"),
    }
    assert names <= ids


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_shows_every_operation_and_every_code(language):
    page = Client().get("/api/v1/docs/", headers={"Accept-Language": language})
    text = page.content.decode()
    assert page.status_code == 200
    for path, _method, one in every():
        assert f'id="{one["operationId"]}"' in text
        assert path in text
    for row in handbook.errors():
        assert f'id="error-{row.code}"' in text
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', text)
    assert " style=" not in text


def test_every_rule_of_a_refusal_has_an_id_of_the_domain():
    for row in handbook.errors():
        assert re.fullmatch(r"([GMORS]\d{1,2})?", row.rule), row
        assert 400 <= row.status < 500
    assert DomainError.code not in {row.code for row in handbook.errors()}


@pytest.mark.django_db
def test_the_schema_is_served_to_anyone():
    answer = Client().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    assert answer.json()["paths"].keys() == schema()["paths"].keys()
