"""What a played year's ledger gives at each month end: the app, and docs/check_ledger.py from an
export alone."""

from __future__ import annotations

import importlib.util
import json
from datetime import date, datetime, time, timedelta
from types import ModuleType
from typing import Any

from groups.models import Group, Mandate
from merchants.models import Application
from reputation.models import Entry
from reputation.queries.chain import export_lines
from reputation.queries.formula import standing
from reputation.queries.standings import entries_about, standing_page
from tests.reputation.test_tampering import CHECKER


def checker() -> ModuleType:
    """The script as it stands in docs/, which imports nothing of the app."""
    spec = importlib.util.spec_from_file_location("check_ledger", CHECKER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def check_standings(group: Group) -> int:
    """Every standing of the group at every month end, both ways, and what is kept; how many month
    ends were compared."""
    script = checker()
    pages = [json.loads(line) for line in export_lines(group.pk)]
    assert list(script.faults(pages, [])) == []
    about: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for page in pages:
        about.setdefault((page["subject"], page["subject_id"]), []).append(page)
    compared = 0
    for row in Application.objects.filter(group=group):
        compared += _of_one(script, group, row, about.get(("merchant", row.merchant_id), []))
    for mandate in Mandate.objects.filter(group=group):
        compared += _of_one(script, group, mandate, about.get(("mandate", mandate.pk), []))
    return compared


def _of_one(
    script: ModuleType, group: Group, row: Application | Mandate, pages: list[dict[str, Any]]
) -> int:
    if not pages:
        assert row.entries == 0
        return 0
    if isinstance(row, Application):
        subject, pk = "merchant", row.merchant_id
    else:
        subject, pk = "mandate", row.pk
    last = Entry.objects.filter(group=group).latest("number").at
    shown = standing_page(group, subject, pk, at=last)
    entries = entries_about(group.pk, subject, pk)
    for month, score in shown.history:
        at = min(_end_of(group, month), last)
        _alpha, _beta, points, band = script.standing(pages, at)
        assert (points, band) == (round(score * 100), standing(entries, at).band), (pk, month)
    _alpha, _beta, points, band = script.standing(pages, row.standing_as_of)
    assert (points, band) == (row.score_bp, row.band), pk
    return len(shown.history)


def _end_of(group: Group, month: date) -> datetime:
    following = (month + timedelta(days=31)).replace(day=1)
    return datetime.combine(following, time(), tzinfo=group.zone)
