"""The operator's window on the ledger; see groups.admin."""

from groups.admin import show, site
from reputation.models import Book, Entry

__all__ = ["site"]

show(Book, "group", "pages", "seal")
show(
    Entry,
    "group",
    "number",
    "subject",
    "kind",
    "weight_milli",
    "evidence",
    "evidence_id",
    "at",
    sift=("subject", "kind"),
)
