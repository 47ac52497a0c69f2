"""Papers as pages show them: whole for the officers, masked for members (M3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from merchants.models import Document, DocumentKind

_ORDER = {kind: place for place, kind in enumerate(DocumentKind.values)}


@dataclass(frozen=True, slots=True)
class DocumentCard:
    """A paper on a local day; `state`: valid, expiring, expired, coming."""

    document: Document
    state: str


def documents_of(merchant_id: int, *, today: date) -> list[DocumentCard]:
    """The papers that stand, kind by kind, as they are on this local day. One query."""
    rows = (
        Document.objects.standing()
        .filter(merchant_id=merchant_id)
        .defer("copy_hashes", "picture_hash")
    )
    found = sorted(rows, key=lambda row: (_ORDER[row.kind], row.pk))
    return [DocumentCard(row, row.state_on(today)) for row in found]
