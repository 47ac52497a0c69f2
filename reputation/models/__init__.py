"""What is remembered of merchants and initiators (domain section 7)."""

from reputation.models.complaints import (
    Complaint,
    ComplaintFile,
    ComplaintMark,
    Suggestion,
)
from reputation.models.consequences import Consequences
from reputation.models.entries import Book, Entry, Evidence, seal_of
from reputation.models.panels import Panel, Seat, Vote
from reputation.models.proposals import SanctionProposal
from reputation.models.ratings import (
    Comment,
    CommentHiding,
    Rating,
    RatingAnswer,
    RatingPhoto,
    Stars,
    UsefulTap,
    WordSet,
)
from reputation.models.recognitions import Recognition
from reputation.models.responses import RemedyDelivery, Response
from reputation.models.rulings import ComplaintAppeal, Ruling, RulingRating
from reputation.models.sanction_appeals import SanctionAppeal
from reputation.models.sanctions import Sanction
from reputation.models.weights import VERSION, Kind, Subject, subject_of, weight_of

__all__ = [
    "VERSION",
    "Book",
    "Comment",
    "CommentHiding",
    "Complaint",
    "ComplaintAppeal",
    "ComplaintFile",
    "ComplaintMark",
    "Consequences",
    "Entry",
    "Evidence",
    "Kind",
    "Panel",
    "Rating",
    "RatingAnswer",
    "RatingPhoto",
    "Recognition",
    "RemedyDelivery",
    "Response",
    "Ruling",
    "RulingRating",
    "Sanction",
    "SanctionAppeal",
    "SanctionProposal",
    "Seat",
    "Stars",
    "Subject",
    "Suggestion",
    "UsefulTap",
    "Vote",
    "WordSet",
    "seal_of",
    "subject_of",
    "weight_of",
]
