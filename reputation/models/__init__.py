"""What is remembered of merchants and initiators (domain section 7)."""

from reputation.models.entries import Book, Entry, Evidence, seal_of
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
from reputation.models.weights import VERSION, Kind, Subject, subject_of, weight_of

__all__ = [
    "VERSION",
    "Book",
    "Comment",
    "CommentHiding",
    "Entry",
    "Evidence",
    "Kind",
    "Rating",
    "RatingAnswer",
    "RatingPhoto",
    "Stars",
    "Subject",
    "UsefulTap",
    "WordSet",
    "seal_of",
    "subject_of",
    "weight_of",
]
