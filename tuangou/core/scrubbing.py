"""Taking one person's name out of what others wrote (core.personal)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.db import connection, models

SOMEBODY = "邻居"  # stands where others wrote her name; never longer than what it replaces


def scrub(
    model: type[models.Model], *fields: str, words: Iterable[str], **within: Iterable[int]
) -> None:
    """Take her name out of what others wrote: texts and JSON of these columns.

    `within` narrows it: group_id=[…] and rows of no group. Longest words first, so that a name in
    a name goes whole.
    """
    for name in fields:
        column: Any = model._meta.get_field(name)
        is_json = isinstance(column, models.JSONField)
        shown = [json.dumps(w, ensure_ascii=False)[1:-1] if is_json else w for w in words]
        shown = sorted((w for w in shown if len(w) >= len(SOMEBODY)), key=len, reverse=True)
        if shown:
            _scrub(model._meta.db_table, column.column, is_json, shown, within)


def _scrub(
    table: str, column: str, is_json: bool, words: list[str], within: dict[str, Iterable[int]]
) -> None:
    quote = connection.ops.quote_name
    text = f"{quote(column)}::text"
    new = text
    for _word in words:
        new = f"replace({new}, %s, %s)"
    new = f"({new})::jsonb" if is_json else new
    where = "".join(f" and ({quote(name)} is null or {quote(name)} = any(%s))" for name in within)
    with connection.cursor() as cursor:
        cursor.execute(
            f"update {quote(table)} set {quote(column)} = {new}"  # noqa: S608 (names of columns)
            f" where {text} like any(%s){where}",
            [
                *(value for word in words for value in (word, SOMEBODY)),
                [f"%{_literal(word)}%" for word in words],
                *(list(ids) for ids in within.values()),
            ],
        )


def _literal(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def blank(model: type[models.Model], column: str, ids: Iterable[int]) -> None:
    """Empty one text of append-only rows, where the table's guard allows that column to be emptied
    (core_erase_text: it can do nothing else)."""
    rows = sorted(ids)
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(
                "select core_erase_text(%s::regclass, %s, %s)",
                [model._meta.db_table, column, rows],
            )


def mentioning(
    rows: models.QuerySet[Any], column: str, words: Iterable[str]
) -> models.QuerySet[Any]:
    """Rows in whose column one of the words stands."""
    wanted = models.Q(pk__in=())
    for word in words:
        if len(word) >= len(SOMEBODY):
            wanted |= models.Q(**{f"{column}__contains": word})
    return rows.filter(wanted)


def phone_forms(phone: str | None) -> set[str]:
    """A phone as people and machines write it."""
    if not phone:
        return set()
    if not (phone.startswith("+86") and len(phone) == 14):
        return {phone, phone.removeprefix("+")}
    number = phone[3:]
    a, b, c = number[:3], number[3:7], number[7:]
    return {phone, number, f"{a} {b} {c}", f"{a}-{b}-{c}", f"{a} {b}{c}", f"{a}****{c}"}
