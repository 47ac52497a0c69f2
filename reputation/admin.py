"""The operator's window on the ledger; see groups.admin."""

from groups.admin import show, site
from reputation.models import (
    Book,
    Comment,
    CommentHiding,
    Consequences,
    Entry,
    Rating,
    RatingAnswer,
    RatingPhoto,
    Recognition,
    Sanction,
    SanctionAppeal,
    SanctionProposal,
    UsefulTap,
    WordSet,
)

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
show(Consequences, "group", "version", "published_at")
show(
    SanctionProposal,
    *("group", "merchant", "broken", "level", "pages", "made_at", "status"),
    sift=("status", "broken"),
)
show(
    Sanction,
    *("group", "merchant", "level", "broken", "pages", "decided_at", "ends_at", "status"),
    sift=("status", "level"),
)
show(SanctionAppeal, "group", "sanction", "made_at", "status", sift=("status",))
show(Recognition, "group", "month", "merchant", "rounds", "score_bp")
show(
    Rating,
    *("group", "round", "item", "stars", "counted", "entered", "given_at"),
    sift=("stars", "counted", "entered"),
)
show(RatingPhoto, "group", "rating", "position")
show(UsefulTap, "group", "rating", "at")
show(RatingAnswer, "group", "rating", "answered_at")
show(WordSet, "group", "category", "changed_at")
show(Comment, "group", "round", "said_at")
show(CommentHiding, "group", "comment", "hidden_at")
