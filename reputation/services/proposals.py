"""What the ledger proposes by the published table: once per rule and evidence (R7).

Called under the group's book, where the pages are written, so that two never count the same pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from groups.models import Membership
from groups.services import words
from merchants.models import Application
from reputation.models import Entry, SanctionProposal
from reputation.models.consequences import COUNTED, Line
from reputation.models.proposals import ProposalStatus
from reputation.queries.consequences import table_at
from reputation.services.sanctions import (
    LONGEST_REASON,
    SELLING,
    keep_waiting,
    lock_proposal,
)
from tuangou.core import clock, events, rows


def consider(*, group_id: int, entries: Iterable[Entry]) -> list[SanctionProposal]:
    """Compare new pages with the table that held at the newest; what it proposes now.

    Pages within the table's days that no earlier proposal of the rule has counted, without those
    struck out; nothing where the newest is older than that, as when `fill_ledger` writes down what
    is long past. No statement where none of the pages counts. The caller holds the book.
    """
    latest: dict[int, datetime] = {}
    for entry in entries:
        if entry.kind in COUNTED and entry.merchant_id is not None:
            latest[entry.merchant_id] = max(entry.at, latest.get(entry.merchant_id, entry.at))
    made = []
    for merchant_id, at in sorted(latest.items()):
        made += _of_merchant(group_id, merchant_id, at)
    return made


@transaction.atomic
def dismiss(
    *, group_id: int, merchant_id: int, proposal_id: int, actor_id: int, reason: str
) -> SanctionProposal:
    """The initiator decides against it, with a reason that neighbours read. Raises InvalidInput,
    NothingToSanction."""
    reason = words.plain(
        reason, field="reason", most=LONGEST_REASON, empty=_("写明为什么不处分，邻居会看到")
    )
    Application.objects.lock(group_id, merchant_id)
    proposal = lock_proposal(group_id, proposal_id)
    at = clock.now()
    actor = Membership.objects.of_group(group_id).get(pk=actor_id)
    proposal.move_to(ProposalStatus.DISMISSED, at=at, by=actor, reason=reason)
    keep_waiting(group_id=group_id, merchant_id=merchant_id)
    events.publish(
        "sanction.dismissed",
        group_id=group_id,
        subject_id=proposal.pk,
        actor_id=actor.user_id,
        at=at,
        merchant=proposal.merchant_id,
    )
    return proposal


def _of_merchant(group_id: int, merchant_id: int, at: datetime) -> list[SanctionProposal]:
    here = Application.objects.of_group(group_id).filter(merchant_id=merchant_id)
    table = table_at(group_id, at)
    if not table.proposing or not here.filter(status__in=SELLING).exists():
        return []
    longest = timedelta(days=max(line.within for line in table.proposing))
    pages = _pages(group_id, merchant_id, since=at - longest)
    used = _used(group_id, merchant_id)
    found = []
    now = clock.now()
    for line in table.proposing:
        after = at - timedelta(days=line.within)
        if at <= now - timedelta(days=line.within):
            continue
        numbers = [
            page.number
            for page in pages
            if after < page.at <= at
            and line.counts(page.kind, page.weight_milli)
            and page.number not in used.get(line.broken, ())
        ]
        if len(numbers) >= line.times:
            found.append(_propose(group_id, merchant_id, line, table.version, numbers, at))
    return found


def _propose(
    group_id: int, merchant_id: int, line: Line, version: int, numbers: Sequence[int], at: datetime
) -> SanctionProposal:
    proposal = SanctionProposal(
        group_id=group_id,
        merchant_id=merchant_id,
        broken=line.broken,
        table_version=version,
        level=line.level,
        days=line.days or None,
        pages=list(numbers),
        made_at=at,
    )
    rows.insert([proposal])
    keep_waiting(group_id=group_id, merchant_id=merchant_id)
    events.publish(
        "sanction.proposed",
        group_id=group_id,
        subject_id=proposal.pk,
        actor_id=None,
        at=at,
        merchant=merchant_id,
        broken=line.broken,
    )
    return proposal


def _pages(group_id: int, merchant_id: int, *, since: datetime) -> list[Entry]:
    book = Entry.objects.of_group(group_id)
    struck = book.filter(merchant_id=merchant_id, corrects__isnull=False).values("corrects")
    theirs = book.filter(merchant_id=merchant_id, kind__in=COUNTED, at__gt=since)
    return list(theirs.exclude(number__in=struck).order_by("number"))


def _used(group_id: int, merchant_id: int) -> dict[str, set[int]]:
    """Pages that were counted before, by rule."""
    used: dict[str, set[int]] = {}
    earlier = SanctionProposal.objects.filter(group_id=group_id, merchant_id=merchant_id)
    for broken, pages in earlier.values_list("broken", "pages"):
        used.setdefault(broken, set()).update(pages)
    return used
