"""Standings as they stand on the approval row and the mandate (M7, R5): kept, and counted anew."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists

from groups.models import Group, GroupStatus, Mandate
from merchants.models import Application
from reputation.models import Book, Entry, Subject
from reputation.queries.formula import VERSION, Standing, standing
from reputation.queries.standings import entries_about
from tuangou.core import clock

Columns = dict[str, Any]
MERCHANT, MANDATE = Subject.MERCHANT.value, Subject.MANDATE.value
OF_BOTH = ("band", "score_bp", "entries", "formula_version")
NAMES = {MERCHANT: (*OF_BOTH, "standing_facts"), MANDATE: OF_BOTH}
UNKNOWN: Columns = {
    "band": "new",
    "score_bp": None,
    "entries": 0,
    "formula_version": None,
    "standing_facts": [],
}


@dataclass(frozen=True, slots=True)
class Difference:
    """A standing that is not what its entries give at the moment it was counted."""

    subject: str
    subject_id: int
    kept: Columns
    rebuilt: Columns

    def __str__(self) -> str:
        return f"{self.subject} {self.subject_id}: kept {self.kept}, rebuilt {self.rebuilt}"


def refresh(*, group_id: int, entries: Iterable[Entry]) -> None:
    """Count anew whoever new pages are about. The caller holds the book."""
    touched = {(e.subject, e.subject_id) for e in entries if e.subject in (MERCHANT, MANDATE)}
    latest = max((e.at for e in entries), default=None)
    if not touched or latest is None:
        return
    at = max(clock.now(), latest)
    for subject, subject_id in sorted(touched):
        _keep(group_id, subject, subject_id, at)


@transaction.atomic
def rebuild(*, group_id: int) -> list[Difference]:
    """Bring every standing of a group up to now; first, which ones were not what they should be.

    Entries wear off, so a standing moves without news: the nightly run calls this.
    """
    Book.objects.lock(group_id)
    Group.objects.lock(group_id)
    at = clock.now()
    wrong = _differences(group_id)
    for subject, subject_id, _row in _kept_rows(group_id):
        _keep(group_id, subject, subject_id, at)
    return wrong


@transaction.atomic
def check(*, group_id: int) -> list[Difference]:
    """Kept standings that their entries do not give, each at the moment it was counted."""
    Book.objects.lock(group_id)
    return _differences(group_id)


def groups_to_rebuild() -> list[int]:
    """Living groups that have a book."""
    books = Book.objects.filter(group__status=GroupStatus.ACTIVE)
    return list(books.order_by("group_id").values_list("group_id", flat=True))


def _differences(group_id: int) -> list[Difference]:
    found = []
    shown = Group.objects.values_list("mandate_standing", flat=True).get(pk=group_id)
    for subject, subject_id, row in _kept_rows(group_id):
        names = NAMES[subject]
        rebuilt = UNKNOWN
        if row.standing_as_of is not None:
            entries = entries_about(group_id, subject, subject_id)
            rebuilt = _columns(standing(entries, row.standing_as_of))
        kept = {name: getattr(row, name) for name in names}
        wanted = {name: rebuilt[name] for name in names}
        if isinstance(row, Mandate) and row.ended_at is None and row.standing_as_of is not None:
            kept["shown"], wanted["shown"] = shown, _shown(rebuilt)
        if kept != wanted:
            found.append(Difference(subject, subject_id, kept, wanted))
    return found


def _kept_rows(group_id: int) -> Iterable[tuple[str, int, Application | Mandate]]:
    for application in Application.objects.of_group(group_id).order_by("pk"):
        yield MERCHANT, application.merchant_id, application
    for mandate in Mandate.objects.filter(group_id=group_id).order_by("pk"):
        yield MANDATE, mandate.pk, mandate


def _keep(group_id: int, subject: str, subject_id: int, at: datetime) -> None:
    counted = _columns(standing(entries_about(group_id, subject, subject_id), at))
    columns = {name: counted[name] for name in NAMES[subject]} | {"standing_as_of": at}
    if subject == MERCHANT:
        Application.objects.of_group(group_id).filter(merchant_id=subject_id).update(**columns)
    else:
        Mandate.objects.filter(group_id=group_id, pk=subject_id).update(**columns)
        in_office = Mandate.objects.filter(group_id=group_id, pk=subject_id, ended_at=None)
        group = Group.objects.filter(Exists(in_office), pk=group_id)
        group.update(mandate_standing=_shown(counted))


def _shown(counted: Columns) -> Columns:
    """What the group's row carries of the mandate in office, for its front page."""
    return {"band": counted["band"], "facts": counted["standing_facts"]}


def _columns(now: Standing) -> Columns:
    return {
        "band": now.band,
        "score_bp": now.score_bp,
        "entries": now.n,
        "formula_version": VERSION,
        "standing_facts": [[fact.kind, fact.n, fact.weight_milli] for fact in now.facts],
    }
