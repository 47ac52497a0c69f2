"""Reading the ledger to the end: does each page say what it said when it was written? (R4, 5.6)"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import connection

from groups.models import Membership
from merchants.models import MerchantStaff
from orders.models import PublishedSummary
from reputation.models import Book, Entry, Evidence, Kind, Rating
from reputation.models.entries import BEFORE_THE_FIRST, SEAL_LETTERS
from reputation.queries.facts import digest_of

READ_AT_ONCE = 2000
SEALED = ("evidence_id", "number", "digest")
SEAL = re.compile(rf"^(\d{{1,12}})[ ,:]*([{SEAL_LETTERS}]{{4}}-[{SEAL_LETTERS}]{{4}})$")


@dataclass(frozen=True, slots=True)
class Witness:
    """A seal that somebody holds: "page 12, seal abcd-1234"."""

    number: int
    seal: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was written. `number`: the page, 0 for the book as a whole."""

    number: int
    what: str
    detail: str

    def __str__(self) -> str:
        return f"page {self.number}: {self.what}: {self.detail}"


@dataclass(frozen=True, slots=True)
class Head:
    """The last page and its seal, to be printed where members keep it."""

    pages: int
    seal: str


def head_of(group_id: int) -> Head | None:
    """The head of a group's ledger; None before its first page. One query."""
    book = Book.objects.filter(group_id=group_id, pages__gt=0).first()
    return Head(book.pages, book.seal) if book else None


def witness_from(text: str) -> Witness | None:
    """`12 abcd-1234`, as people copy it; None for anything else."""
    found = SEAL.match(text.strip().lower())
    return Witness(int(found[1]), found[2]) if found else None


def verify(group_id: int, witnesses: Iterable[Witness] = ()) -> list[Finding]:
    """Everything that is wrong with a group's ledger, page by page; empty when all is well.

    Each page against its own hash, its number and the page before; the last against the book; the
    rows that prove them; the tables whose hash was sealed; and the seals that people hold, which
    alone can tell that the whole book was written anew.
    """
    held: dict[int, list[str]] = {}
    for witness in witnesses:
        held.setdefault(witness.number, []).append(witness.seal)
    found: list[Finding] = []
    expected, previous = 1, BEFORE_THE_FIRST
    for entry in _pages(group_id):
        found += _faults(entry, expected, previous)
        seals = held.pop(entry.number, [])
        found += [_broken(entry, seal) for seal in seals if seal != entry.seal]
        expected, previous = entry.number + 1, entry.hash
    found += _book_faults(group_id, expected - 1, previous)
    found += [
        Finding(number, "missing", f"somebody holds its seal {seal}, but there is no such page")
        for number, seals in sorted(held.items())
        for seal in seals
    ]
    return found + _without_proof(group_id) + _months(group_id)


def export_lines(group_id: int, reader: Membership | None = None) -> Iterator[str]:
    """The whole ledger, one JSON object a line, in order: what the independent checker reads.

    To a `reader` without an office, pages about other members say only where they stand in the
    chain: who paid late is between her and the officers. So do, to the people of a shop, ratings of
    it that were to stay unnamed to them: the number of the household tells whose they are.
    """
    unnamed = _unnamed_to(reader) if reader is not None else set()
    for entry in _pages(group_id):
        written = entry.written()
        if reader is not None and (_of_another(entry, reader) or _is_among(entry, unnamed)):
            written = {"number": entry.number, "withheld": 1, "previous": entry.previous}
        yield json.dumps(written | {"hash": entry.hash}) + "\n"


def _of_another(entry: Entry, reader: Membership) -> bool:
    about_her = entry.member_id is None or entry.member_id == reader.pk
    return not (about_her or reader.is_officer)


def _unnamed_to(reader: Membership) -> set[int]:
    """Ratings of the shops she works for whose givers these may not know. One query."""
    shops = MerchantStaff.objects.filter(user_id=reader.user_id or 0).values("merchant_id")
    found = Rating.objects.of_group(reader.group_id).filter(anonymous=True, merchant_id__in=shops)
    return set(found.values_list("pk", flat=True))


def _is_among(entry: Entry, ratings: set[int]) -> bool:
    return entry.evidence == Evidence.RATING and entry.evidence_id in ratings


def _pages(group_id: int) -> Iterator[Entry]:
    pages = Entry.objects.of_group(group_id).order_by("number", "pk")
    return pages.iterator(chunk_size=READ_AT_ONCE)


def _faults(entry: Entry, expected: int, previous: str) -> Iterator[Finding]:
    if entry.number > expected:
        last = entry.number - 1
        span = f"pages {expected} to {last} are" if last > expected else f"page {expected} is"
        yield Finding(expected, "missing", f"{span} not there")
    if entry.number < expected:
        yield Finding(entry.number, "twice", "this number was there before")
    if entry.previous != previous:
        yield Finding(entry.number, "broken", "it does not follow the page before it")
    if entry.hash != entry.hash_now():
        yield Finding(entry.number, "changed", "it does not say what it said when it was sealed")


def _broken(entry: Entry, seal: str) -> Finding:
    return Finding(entry.number, "rewritten", f"its seal is {entry.seal}, somebody holds {seal}")


def _book_faults(group_id: int, pages: int, head: str) -> Iterator[Finding]:
    book = Book.objects.filter(group_id=group_id).first()
    if book is None and pages:
        yield Finding(0, "missing", f"there are {pages} pages and no book")
    elif book is not None and (book.pages, book.head) != (pages, head):
        yield Finding(
            min(book.pages, pages) + 1 if book.pages != pages else pages,
            "missing" if book.pages > pages else "added" if book.pages < pages else "changed",
            f"the book ends with page {book.pages}, the ledger with page {pages}",
        )


def _without_proof(group_id: int) -> list[Finding]:
    """Pages whose evidence is not there any more. One query per table that proves anything."""
    used = Entry.objects.of_group(group_id).values_list("evidence", flat=True)
    found = []
    for table in sorted(set(used.order_by().distinct()) & set(Evidence.values)):
        with connection.cursor() as cursor:
            cursor.execute(
                "select number, evidence_id from reputation_entry e"  # noqa: S608 (from a list)
                f" where group_id = %s and evidence = %s and not exists (select from {table} t"
                " where t.id = e.evidence_id) order by number",
                [group_id, table],
            )
            found += [
                Finding(number, "unproved", f"row {pk} of {table} is not there")
                for number, pk in cursor.fetchall()
            ]
    return found


def _months(group_id: int) -> list[Finding]:
    """Published tables that do not say what was sealed."""
    seals = Entry.objects.of_group(group_id).filter(kind=Kind.MONTH_SEALED)
    sealed = {pk: (n, digest) for pk, n, digest in seals.values_list(*SEALED)}
    summaries = PublishedSummary.objects.filter(pk__in=sealed).order_by("pk")
    return [
        Finding(
            sealed[summary.pk][0],
            "restated",
            f"version {summary.version} of {summary.month:%Y-%m} is not the table that was sealed",
        )
        for summary in summaries
        if sealed[summary.pk][1] != digest_of(summary)
    ]
