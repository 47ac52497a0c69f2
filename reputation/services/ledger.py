"""Pages are written here and nowhere else: in order, once per proof, under the book's lock (R4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from groups.models import Group
from reputation.models import VERSION, Book, Entry, Evidence, Kind, Subject, subject_of, weight_of
from reputation.queries.facts import Fact
from reputation.services import proposals, standings
from tuangou.core import rows
from tuangou.core.errors import DomainError


class NoSuchPage(DomainError):
    code = "no_such_page"
    rule = "R4"


Key = tuple[str, int, str, str]


@transaction.atomic
def enter(*, group_id: int, facts: Sequence[Fact]) -> list[Entry]:
    """Write what is not in the book yet, in the order given; the new pages.

    Twice is once: a proof stands for one page of a kind. The standings of everyone concerned are
    counted anew in the same transaction, and sanctions proposed. For handlers of events: the book
    is locked first.
    """
    if not facts:
        return []
    book = Book.objects.lock(group_id)
    known = _known(group_id, facts)
    new = [fact for fact in facts if _key(fact) not in known]
    pages = [_page(group_id, fact) for fact in new]
    _write(book, pages)
    standings.refresh(group_id=group_id, entries=pages)
    proposals.consider(group_id=group_id, entries=pages)
    return pages


@transaction.atomic
def strike_out(
    *,
    group_id: int,
    number: int,
    evidence: str,
    evidence_id: int,
    at: datetime,
    by: int | None = None,
) -> Entry:
    """Correct a page by a new one: from `at` on it no longer counts, and stays to be read.

    Striking out twice gives the first correction. Raises NoSuchPage.
    """
    book = Book.objects.lock(group_id)
    earlier = Entry.objects.of_group(group_id).filter(corrects=number).first()
    if earlier is not None:
        return earlier
    struck = Entry.objects.of_group(group_id).filter(number=number).first()
    if struck is None or struck.kind == Kind.CORRECTION:
        raise NoSuchPage(_("账本里没有第 %(n)s 页可以更正。") % {"n": number})
    page = Entry(
        group_id=group_id,
        subject=struck.subject,
        merchant_id=struck.merchant_id,
        mandate_id=struck.mandate_id,
        member_id=struck.member_id,
        kind=Kind.CORRECTION,
        weight_milli=0,
        weights_version=VERSION,
        evidence=Evidence(evidence),
        evidence_id=evidence_id,
        round_id=struck.round_id,
        household_no=struck.household_no,
        by_id=by,
        at=at,
        corrects=number,
    )
    _write(book, [page])
    standings.refresh(group_id=group_id, entries=[page])
    return page


def _write(book: Book, pages: Iterable[Entry]) -> None:
    """Number and seal them one after the other, and turn the book to the last; the group's row
    carries its head, for receipts and other papers that members keep."""
    written = list(pages)
    for page in written:
        page.number, page.previous = book.pages + 1, book.head
        page.hash = page.hash_now()
        book.pages, book.head = page.number, page.hash
    if written:
        rows.insert(written)
        rows.update(book, "pages", "head")
        Group.objects.filter(pk=book.group_id).update(
            ledger_pages=book.pages, ledger_seal=book.seal
        )


def _page(group_id: int, fact: Fact) -> Entry:
    about = _subject(fact)
    return Entry(
        group_id=group_id,
        subject=about,
        merchant_id=fact.about if about == Subject.MERCHANT else None,
        mandate_id=fact.about if about == Subject.MANDATE else None,
        member_id=fact.about if about == Subject.MEMBER else None,
        kind=fact.kind,
        weight_milli=weight_of(fact.kind) if fact.weight_milli is None else fact.weight_milli,
        weights_version=VERSION,
        evidence=fact.evidence,
        evidence_id=fact.evidence_id,
        digest=fact.digest,
        round_id=fact.round_id,
        household_no=fact.household_id,
        by_id=fact.by,
        at=fact.at,
        repairs=fact.repairs,
    )


def _known(group_id: int, facts: Sequence[Fact]) -> set[Key]:
    ids = {fact.evidence_id for fact in facts}
    found = Entry.objects.of_group(group_id).filter(evidence_id__in=ids, corrects__isnull=True)
    return set(found.values_list("evidence", "evidence_id", "kind", "subject"))


def _key(fact: Fact) -> Key:
    return (str(fact.evidence), fact.evidence_id, str(fact.kind), str(_subject(fact)))


def _subject(fact: Fact) -> str:
    return fact.subject or subject_of(fact.kind)
