"""What the formula is fed with, and what pages show of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from groups.models import Group, Mandate
from reputation.models import Kind, Subject, weight_of
from reputation.queries.formula import Counted, Standing, standing

MONTHS = 12
MOST_TRIED = 30
RANK = {"watch": 0, "new": 0, "fair": 1, "good": 2}
MERCHANT_CHANGES = (Kind.ON_TIME.value, Kind.SHORT.value, Kind.INSPECTION_FAILED.value)
MANDATE_CHANGES = (Kind.ROUND_RUN.value, Kind.ROUND_SLOW.value, Kind.DECIDED_LATE.value)

_OF = (
    "select number, kind, weight_milli, at, household_no, corrects, repairs from reputation_entry"
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
    number, kind, weight, at, household, corrects, repairs = row
    moment: datetime = at.astimezone(UTC)
    return Counted(number, kind, weight, moment, household, corrects, repairs)


@dataclass(frozen=True, slots=True)
class Change:
    """What would become of a standing: how many more of a kind, and the band and score then."""

    kind: str
    n: int
    band: str
    score: Decimal


@dataclass(frozen=True, slots=True)
class StandingPage:
    """A standing now, at the end of each of twelve months, and what would change it."""

    now: Standing
    score: Decimal
    facts: list[list[str | int]]
    history: list[tuple[date, Decimal]]
    changes: list[Change]
    entries: int


def standing_page(group: Group, subject: str, subject_id: int, *, at: datetime) -> StandingPage:
    """One query; everything else is computed from the entries."""
    entries = entries_about(group.pk, subject, subject_id)
    now = standing(entries, at)
    kinds = MERCHANT_CHANGES if subject == Subject.MERCHANT else MANDATE_CHANGES
    return StandingPage(
        now=now,
        score=_percent(now),
        facts=[[fact.kind, fact.n, fact.weight_milli] for fact in now.facts],
        history=_history(group, entries, at),
        changes=_changes(entries, now, kinds, at),
        entries=len(entries),
    )


def _history(group: Group, entries: list[Counted], at: datetime) -> list[tuple[date, Decimal]]:
    """At the end of each month since the first entry, twelve at most; of the present one, now."""
    if not entries:
        return []
    month = group.month_of(at)
    begun = group.month_of(min(entry.at for entry in entries))
    points: list[tuple[date, Decimal]] = []
    end = at
    while month >= begun and len(points) < MONTHS:
        points.append((month, _percent(standing(entries, end))))
        end = datetime.combine(month, time(), tzinfo=group.zone)
        month = (month - timedelta(days=1)).replace(day=1)
    return points[::-1]


def _changes(
    entries: list[Counted], now: Standing, kinds: tuple[str, ...], at: datetime
) -> list[Change]:
    """The way up, then one more of each kind; nothing twice."""
    changes = _up(entries, now, kinds[0], at)
    return changes + [one for k in kinds if (one := _one(entries, k, at)) not in changes]


def _up(entries: list[Counted], now: Standing, kind: str, at: datetime) -> list[Change]:
    """How many more good ones, now, would lift it into the next band; none where it is the best."""
    for n in range(1, MOST_TRIED + 1):
        then = standing([*entries, *_more(kind, n, at)], at)
        if RANK[then.band] > RANK[now.band]:
            return [Change(kind, n, then.band, _percent(then))]
    return []


def _one(entries: list[Counted], kind: str, at: datetime) -> Change:
    then = standing([*entries, *_more(kind, 1, at)], at)
    return Change(kind, 1, then.band, _percent(then))


def _more(kind: str, n: int, at: datetime) -> list[Counted]:
    return [Counted(-1 - i, kind, weight_of(kind), at) for i in range(n)]


def _percent(found: Standing) -> Decimal:
    return Decimal(found.score_bp) / 100


def mandate_in_office(group_id: int) -> Mandate | None:
    """The present term of office, with whose it is. One query."""
    return (
        Mandate.objects.filter(group_id=group_id, ended_at=None)
        .select_related("membership")
        .first()
    )
