"""What is remembered of merchants and initiators (domain section 7)."""

from reputation.models.entries import Book, Entry, Evidence, seal_of
from reputation.models.weights import VERSION, Kind, Subject, subject_of, weight_of

__all__ = [
    "VERSION",
    "Book",
    "Entry",
    "Evidence",
    "Kind",
    "Subject",
    "seal_of",
    "subject_of",
    "weight_of",
]
