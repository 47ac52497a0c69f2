"""Papers as pages show them: whole for the officers, masked for members (M3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from merchants.models import Application, Document, DocumentKind
from merchants.models.vetting import PAPERS, REPORT_LASTS

_ORDER = {kind: place for place, kind in enumerate(DocumentKind.values)}


@dataclass(frozen=True, slots=True)
class DocumentCard:
    """A paper on a local day; `state`: valid, expiring, expired, coming."""

    document: Document
    state: str


def papers_lacking(application: Application, *, today: date, last_day: date) -> list[str]:
    """Names of the papers this approval stands on that do not last from today to a local day. One
    query, none where it stands on no papers."""
    if not application.papers_required:
        return []
    rows = Document.objects.standing().filter(merchant_id=application.merchant_id)
    lasting = {row.kind for row in rows.defer("copy_hashes") if _lasts(row, today, last_day)}
    lacking = [
        DocumentKind(PAPERS[topic][0]).label
        for topic in application.papers_required
        if topic in PAPERS and not lasting & set(PAPERS[topic])
    ]
    return list(dict.fromkeys(str(name) for name in lacking))


def _lasts(row: Document, today: date, last_day: date) -> bool:
    if row.kind == DocumentKind.REPORT and row.valid_from is not None:
        return row.valid_from <= today and last_day - row.valid_from <= REPORT_LASTS
    return row.is_valid_on(today) and row.is_valid_on(last_day)


def documents_of(merchant_id: int, *, today: date) -> list[DocumentCard]:
    """The papers that stand, kind by kind, as they are on this local day. One query."""
    rows = (
        Document.objects.standing()
        .filter(merchant_id=merchant_id)
        .defer("copy_hashes", "picture_hash")
    )
    found = sorted(rows, key=lambda row: (_ORDER[row.kind], row.pk))
    return [DocumentCard(row, row.state_on(today)) for row in found]
