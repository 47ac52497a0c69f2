"""The API's documentation, read from its own schema: what the page shows, row by row."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from tuangou.core.api.schema import schema_in
from tuangou.core.api.views import KEY_HEADER
from tuangou.core.errors import DomainError
from tuangou.core.models import Scope

DEEPEST = 4
_CHOICE = re.compile(r"^\* `(.+?)` - (.+)$", re.MULTILINE)
_SAMPLES = {
    "date-time": "2026-11-21T12:00:00Z",
    "uuid": "0f8c5a0e-4b0e-4a39-9a3e-6f1f0a6f2a11",
    "binary": "@photo.jpg",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One field or parameter."""

    name: str
    type: str
    required: bool
    text: str
    choices: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Operation:
    id: str
    method: str
    path: str
    summary: str
    text: str
    scope: str
    status: str
    query: list[Row]
    body: list[Row]
    answer: list[Row]
    curl: str


@dataclass(frozen=True, slots=True)
class Section:
    name: str
    operations: list[Operation] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ErrorRow:
    code: str
    rule: str
    status: int


@lru_cache(maxsize=8)
def sections(language: str, address: str) -> list[Section]:
    """Every operation by its group, in the order of the addresses; `address` is the site's own."""
    schema = schema_in(language)
    found: dict[str, Section] = {}
    for path, methods in schema["paths"].items():
        for method, one in methods.items():
            tag = one["tags"][0]
            section = found.setdefault(tag, Section(tag))
            section.operations.append(_operation(schema, path, method, one, address))
    return list(found.values())


def errors() -> list[ErrorRow]:
    """Every code that a problem may carry, by rule and name."""
    rows = {(k.code, k.rule, k.status) for k in _kinds(DomainError) if k.code != DomainError.code}
    return [ErrorRow(*row) for row in sorted(rows)]


def _kinds(base: type[DomainError]) -> Iterator[type[DomainError]]:
    for kind in base.__subclasses__():
        yield kind
        yield from _kinds(kind)


def _operation(
    schema: dict[str, Any], path: str, method: str, one: dict[str, Any], address: str
) -> Operation:
    status = next(iter(one["responses"]))
    contents = one.get("requestBody", {}).get("content", {})
    body = _resolved(schema, next(iter(contents.values()))["schema"]) if contents else {}
    given: dict[str, Any] = next(iter(one["responses"][status].get("content", {}).values()), {})
    scope = one.get("x-scope", "")
    text = one.get("description", "")
    return Operation(
        id=one["operationId"],
        method=method.upper(),
        path=path,
        summary=one["summary"],
        text="" if text == one["summary"] else text,
        scope=scope if scope in Scope.values else "",
        status=status,
        query=[
            _row(p["name"], p["schema"] | p, p.get("required", False))
            for p in one.get("parameters", ())
            if p["in"] == "query"
        ],
        body=list(_rows(schema, body, "", 0)),
        answer=list(_rows(schema, _resolved(schema, given.get("schema", {})), "", 0)),
        curl=_curl(path, method, bool(scope), _sample(schema, body) if body else None, address),
    )


def _resolved(schema: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    for key in ("allOf", "oneOf", "anyOf"):
        if key in part:
            inner = next(p for p in part[key] if p.get("type") != "null")
            kept = {name: value for name, value in part.items() if name != key}
            return _resolved(schema, inner) | kept
    if "$ref" in part:
        kept = {name: value for name, value in part.items() if name != "$ref"}
        known = schema["components"]["schemas"][part["$ref"].rpartition("/")[2]]
        return _resolved(schema, known) | kept
    return part


def _rows(schema: dict[str, Any], part: dict[str, Any], before: str, depth: int) -> Iterator[Row]:
    required = part.get("required", ())
    for name, raw in part.get("properties", {}).items():
        inner = _resolved(schema, raw)
        full = f"{before}{name}"
        yield _row(full, inner, name in required)
        if depth >= DEEPEST:
            continue
        items = _resolved(schema, inner.get("items", {}))
        if items.get("properties"):
            yield from _rows(schema, items, f"{full}[].", depth + 1)
        elif inner.get("properties"):
            yield from _rows(schema, inner, f"{full}.", depth + 1)


def _row(name: str, part: dict[str, Any], required: bool) -> Row:
    """Spectacular appends what each choice means to the description: parted from it again."""
    said = part.get("description", "")
    means = dict(_CHOICE.findall(said))
    choices = [
        (str(value), "" if means.get(str(value)) == value else means.get(str(value), ""))
        for value in part.get("enum", ())
        if value is not None
    ]
    return Row(name, _type(part), required, _CHOICE.sub("", said).strip(), choices)


def _type(part: dict[str, Any]) -> str:
    """string, integer | null, date-time"""
    kind = part.get("type", "object")
    kinds = kind if isinstance(kind, list) else [kind]
    named = [part.get("format") if k == "string" and part.get("format") else k for k in kinds]
    return " | ".join(str(name) for name in named)


def _sample(schema: dict[str, Any], part: dict[str, Any]) -> Any:
    part = _resolved(schema, part)
    if "enum" in part:
        return part["enum"][0]
    kind = part.get("type", "object")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        wanted = part.get("required", ())
        inner = part.get("properties", {})
        return {name: _sample(schema, inner[name]) for name in inner if name in wanted}
    if kind == "array":
        return [_sample(schema, part["items"])]
    if kind == "string":
        return _SAMPLES.get(part.get("format", ""), "2" if "pattern" in part else "…")
    return {"integer": max(part.get("minimum", 1), 1), "boolean": True}.get(kind, 1)


def _curl(path: str, method: str, known: bool, body: Any, address: str) -> str:
    lines = [f"curl {address}{path}"]
    if known:
        lines.append("-H 'Authorization: Bearer tg_…'")
    if method == "post":
        lines.append(f"-H '{KEY_HEADER}: {_SAMPLES['uuid']}'")
        lines.append("-H 'Content-Type: application/json'")
        lines.append(f"-d '{json.dumps(body or {}, ensure_ascii=False)}'")
    return " \\\n  ".join(lines)
