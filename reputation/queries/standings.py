"""What the formula is fed with, and what pages show of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from reputation.models import Subject
from reputation.queries.formula import Counted

_OF = (
    "select number, kind, weight_milli, at, household_no, corrects from reputation_entry"
    " where group_id = %s and "
)
_SQL = {
    Subject.MERCHANT.value: f"{_OF} merchant_id = %s order by number",
    Subject.MANDATE.value: f"{_OF} mandate_id = %s order by number",
}


def entries_about(group_id: int, subject: str, subject_id: int) -> list[Counted]:
    """All pages about a merchant or a mandate in a group. One query, no model instances."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL[subject], [group_id, subject_id])
        return [_counted(row) for row in cursor.fetchall()]


def _counted(row: Sequence[Any]) -> Counted:
    number, kind, weight, at, household, corrects = row
    moment: datetime = at.astimezone(UTC)
    return Counted(number, kind, weight, moment, household, corrects)
