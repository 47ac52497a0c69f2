"""The table of consequences as it held at a moment, and as it came about (R7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from groups.models import Group
from reputation.models import Consequences
from reputation.models.consequences import (
    DEFAULT_LINES,
    DEFAULT_ROUNDS,
    FIRST_VERSION,
    NOTHING,
    Line,
)


@dataclass(frozen=True, slots=True)
class Table:
    """One version. `by` is empty for the first, which comes with the software."""

    version: int
    lines: tuple[Line, ...]
    month_rounds: int
    since: datetime | None = None
    by: str = ""

    @property
    def proposing(self) -> list[Line]:
        """Rules that propose something."""
        return [line for line in self.lines if line.level != NOTHING]


FIRST = Table(FIRST_VERSION, DEFAULT_LINES, DEFAULT_ROUNDS)


def table_at(group_id: int, at: datetime) -> Table:
    """What held at this moment. One query."""
    rows = Consequences.objects.filter(group_id=group_id, published_at__lte=at)
    row = rows.order_by("-version").first()
    return _table(row) if row else FIRST


def tables_of(group: Group) -> list[Table]:
    """Every version, the newest first. One query."""
    rows = Consequences.objects.filter(group=group).order_by("-version")
    found = [
        _table(row, by=row.published_by.masked_name)
        for row in rows.select_related("published_by__household__building")
    ]
    first = Table(FIRST.version, FIRST.lines, FIRST.month_rounds, group.created_at)
    return [*found, first]


def _table(row: Consequences, by: str = "") -> Table:
    lines = tuple(Line(**line) for line in row.lines)
    return Table(row.version, lines, row.month_rounds, row.published_at, by)
