"""Sanctions as neighbours and the shop read them: no names, each with what proves it (R7)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from merchants.models import Application
from orders.models import Return
from orders.models.returns import OPEN_OR_GRANTED
from reputation.models import (
    Entry,
    Kind,
    Panel,
    Recognition,
    Sanction,
    SanctionAppeal,
    SanctionProposal,
    Seat,
    Vote,
)
from reputation.models.consequences import Broken
from reputation.models.panels import Case
from reputation.models.proposals import ProposalStatus
from reputation.models.sanction_appeals import SanctionAppealStatus
from reputation.models.sanctions import SanctionStatus

EVIDENCE_DAYS = timedelta(days=360)
MOST_EVIDENCE = 30
MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class PageRow:
    """One page of the ledger as evidence."""

    number: int
    label: str
    at: datetime
    struck: bool


@dataclass(frozen=True, slots=True)
class VoteRow:
    granted: bool
    reason: str


@dataclass(frozen=True, slots=True)
class AppealRow:
    text: str
    made_at: datetime
    status: str
    decided_at: datetime | None
    votes: list[VoteRow]
    my_turn: bool


@dataclass(frozen=True, slots=True)
class SanctionRow:
    """`last_day` is a moment of it, None for a removal."""

    id: int
    merchant_id: int
    brand: str
    level: str
    level_label: str
    broken: str
    rule: str
    reason: str
    pages: list[PageRow]
    return_title: str
    table_version: int
    decided_at: datetime
    ends_at: datetime | None
    last_day: datetime | None
    appeal_until: datetime
    status: str
    lifted_how: str
    lifted_reason: str
    lifted_at: datetime | None
    appeal: AppealRow | None
    may_appeal: bool

    @property
    def in_force(self) -> bool:
        return self.status == SanctionStatus.IN_FORCE


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """What the ledger proposes: a rule, how often, and the pages."""

    id: int
    merchant_id: int
    brand: str
    broken: str
    rule: str
    level: str
    level_label: str
    days: int | None
    pages: list[PageRow]
    made_at: datetime

    @property
    def n(self) -> int:
        return len(self.pages)


@dataclass(frozen=True, slots=True)
class SanctionsPage:
    """`dismissed`: what was proposed and not followed, with the reason."""

    waiting: list[ProposalRow]
    rows: list[SanctionRow]
    dismissed: list[tuple[str, str, datetime]]
    recognised: list[Recognition]


def sanctions_of(application: Application, *, at: datetime, member_id: int | None) -> SanctionsPage:
    """Everything about one shop in a group. Eight queries at most, however many rows."""
    theirs = {"group_id": application.group_id, "merchant_id": application.merchant_id}
    proposals = SanctionProposal.objects.filter(**theirs).select_related("merchant")
    decided = proposals.filter(status=ProposalStatus.DISMISSED).order_by("-decided_at")
    return SanctionsPage(
        waiting=_proposals(proposals.filter(status=ProposalStatus.WAITING)),
        rows=_rows(Sanction.objects.filter(**theirs), at=at, member_id=member_id),
        dismissed=[
            (str(Broken(row.broken).label), row.reason, row.decided_at)
            for row in decided[:MOST_SHOWN]
            if row.decided_at
        ],
        recognised=list(Recognition.objects.filter(**theirs).order_by("-month")[:MOST_SHOWN]),
    )


def sanctions_in(group_id: int, *, at: datetime, member_id: int | None) -> SanctionsPage:
    """Everything of a group: what waits, what is in force, the last fifty of the rest."""
    proposals = SanctionProposal.objects.filter(group_id=group_id).select_related("merchant")
    return SanctionsPage(
        waiting=_proposals(proposals.filter(status=ProposalStatus.WAITING)),
        rows=_rows(Sanction.objects.filter(group_id=group_id), at=at, member_id=member_id),
        dismissed=[],
        recognised=list(
            Recognition.objects.filter(group_id=group_id)
            .select_related("merchant")
            .order_by("-month")[:12]
        ),
    )


def sanction_row(sanction: Sanction, *, at: datetime) -> SanctionRow:
    """One sanction, for the pages that act on it."""
    return _rows(Sanction.objects.filter(pk=sanction.pk), at=at, member_id=None)[0]


def proposal_row(proposal: SanctionProposal) -> ProposalRow:
    rows = SanctionProposal.objects.filter(pk=proposal.pk).select_related("merchant")
    return _proposals(rows)[0]


def evidence_for(
    application: Application, *, at: datetime, proposed: Collection[int] = ()
) -> list[PageRow]:
    """Pages of the last 360 days that weigh against this shop and stand, the newest first, at most
    thirty; and those of a proposal, however many came since. One query."""
    book = Entry.objects.of_group(application.group_id).filter(merchant_id=application.merchant_id)
    struck = book.filter(corrects__isnull=False).values("corrects")
    stand = book.filter(corrects__isnull=True).exclude(number__in=struck)
    against = stand.filter(weight_milli__lt=0, at__gt=at - EVIDENCE_DAYS).order_by("-number")
    newest = against.values("pk")[:MOST_EVIDENCE]
    rows = stand.filter(Q(pk__in=newest) | Q(number__in=proposed)).order_by("-number")
    return [PageRow(e.number, str(Kind(e.kind).label), e.at, struck=False) for e in rows]


def returns_for(application: Application, *, at: datetime) -> list[tuple[int, str]]:
    """Returns of its goods in the last 360 days that were neither taken back nor refused, the
    newest first: id, and what it was."""
    rows = Return.objects.filter(
        group_id=application.group_id,
        round__merchant_id=application.merchant_id,
        requested_at__gt=at - EVIDENCE_DAYS,
        status__in=OPEN_OR_GRANTED,
    ).select_related("round", "line__offer")
    return [
        (row.pk, _("%(title)s：%(item)s") % {"title": row.round.title, "item": row.line.offer.name})
        for row in rows.order_by("-pk")[:MOST_EVIDENCE]
    ]


def _rows(found: QuerySet[Sanction], *, at: datetime, member_id: int | None) -> list[SanctionRow]:
    related = ("merchant", "ret__round", "ret__line__offer")
    rows = list(found.select_related(*related).order_by("-decided_at", "-pk")[:MOST_SHOWN])
    pages = _pages(rows)
    appeals = _appeals(rows, member_id)
    return [_row(row, pages, appeals.get(row.pk), at) for row in rows]


def _row(
    row: Sanction, pages: dict[tuple[int, int], PageRow], appeal: AppealRow | None, at: datetime
) -> SanctionRow:
    return SanctionRow(
        id=row.pk,
        merchant_id=row.merchant_id,
        brand=row.merchant.brand,
        level=row.level,
        level_label=row.get_level_display(),
        broken=row.broken,
        rule=row.get_broken_display(),
        reason=row.reason,
        pages=[pages[row.group_id, number] for number in row.pages],
        return_title=f"{row.ret.round.title} {row.ret.line.offer.name}" if row.ret else "",
        table_version=row.table_version,
        decided_at=row.decided_at,
        ends_at=row.ends_at,
        last_day=row.last_day,
        appeal_until=row.appeal_until,
        status=row.status,
        lifted_how=row.get_lifted_how_display() if row.lifted_how else "",
        lifted_reason=row.lifted_reason,
        lifted_at=row.lifted_at,
        appeal=appeal,
        may_appeal=appeal is None and row.may_be_appealed(at),
    )


def _proposals(found: QuerySet[SanctionProposal]) -> list[ProposalRow]:
    rows = list(found.order_by("made_at", "pk")[:MOST_SHOWN])
    pages = _pages(rows)
    return [
        ProposalRow(
            id=row.pk,
            merchant_id=row.merchant_id,
            brand=row.merchant.brand,
            broken=row.broken,
            rule=row.get_broken_display(),
            level=row.level,
            level_label=row.get_level_display(),
            days=row.days,
            pages=[pages[row.group_id, number] for number in row.pages],
            made_at=row.made_at,
        )
        for row in rows
    ]


def _pages(rows: Sequence[Sanction | SanctionProposal]) -> dict[tuple[int, int], PageRow]:
    """All pages that any of these rows names, of one group. At most two queries."""
    numbers = {number for row in rows for number in row.pages}
    if not numbers:
        return {}
    book = Entry.objects.of_group(rows[0].group_id)
    struck = set(book.filter(corrects__in=numbers).values_list("corrects", flat=True))
    return {
        (e.group_id, e.number): PageRow(
            e.number, str(Kind(e.kind).label), e.at, struck=e.number in struck
        )
        for e in book.filter(number__in=numbers)
    }


def _appeals(rows: Iterable[Sanction], member_id: int | None) -> dict[int, AppealRow]:
    """By sanction, with the votes once it is decided; whether this member still has to vote."""
    found = list(SanctionAppeal.objects.filter(sanction_id__in=[row.pk for row in rows]))
    if not found:
        return {}
    panels = Panel.objects.filter(
        group_id=found[0].group_id, case=Case.SANCTION, case_id__in=[row.pk for row in found]
    )
    case_of = dict(panels.values_list("pk", "case_id"))
    votes: dict[int, list[VoteRow]] = {}
    for vote in Vote.objects.filter(seat__panel_id__in=case_of).select_related("seat"):
        said = VoteRow(vote.choice == "granted", vote.reason)
        votes.setdefault(case_of[vote.seat.panel_id], []).append(said)
    seats = Seat.objects.filter(
        panel_id__in=case_of,
        panel__decided_at__isnull=True,
        member_id=member_id,
        left_at__isnull=True,
        votes__isnull=True,
    )
    mine = {case_of[panel] for panel in seats.values_list("panel_id", flat=True)}
    return {
        row.sanction_id: AppealRow(
            text=row.text,
            made_at=row.made_at,
            status=row.status,
            decided_at=row.decided_at,
            votes=votes.get(row.pk, []) if row.decided_at else [],
            my_turn=row.pk in mine and row.status == SanctionAppealStatus.WAITING,
        )
        for row in found
    }
