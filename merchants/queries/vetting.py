"""What a group found out about a merchant, line by line, and what stands against it (M3, M4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _

from merchants.models import (
    Application,
    Category,
    ChecklistLine,
    Document,
    Item,
    LikenessCleared,
    LineCheck,
    Topic,
)
from merchants.models.likeness import look_alike
from merchants.models.vetting import PAPERS, REPORT_LASTS

# sold under the business licence alone
NO_FOOD = frozenset({Category.HOUSEHOLD})
TWO_LOOK = frozenset({Category.COOKED})


@dataclass(frozen=True, slots=True)
class LineState:
    """A line and the newest look at it; `checks` are those of different people, newest first."""

    line: ChecklistLine
    checks: list[LineCheck]

    @property
    def newest(self) -> LineCheck | None:
        return self.checks[0] if self.checks else None

    @property
    def passed(self) -> bool:
        return bool(self.checks and self.checks[0].passed)


@dataclass(frozen=True, slots=True)
class Clash:
    """A paper that another merchant showed too; kind: number, file, picture."""

    document: Document
    other: Document
    kind: str
    cleared: bool


@dataclass(frozen=True, slots=True)
class Vetting:
    lines: list[LineState]
    papers: list[Document]
    categories: frozenset[str]
    today: date

    @property
    def missing(self) -> list[LineState]:
        """Mandatory lines that nobody has passed, or whose paper holds no more."""
        return [s for s in self.lines if s.line.mandatory and not self.holds(s)]

    def holds(self, state: LineState) -> bool:
        paper = state.newest.document if state.newest else None
        if not state.passed or paper is None:
            return state.passed  # no paper was compared: a visit, a sample, a loaded record
        covered = state.line.topic != Topic.SCOPE or not self.uncovered
        return covered and paper.withdrawn_at is None and self.fits(paper)

    def fits(self, paper: Document) -> bool:
        """Whether a paper holds today; a test report for a year."""
        if paper.kind == "report" and paper.valid_from is not None:
            return self.today - paper.valid_from <= REPORT_LASTS
        return paper.is_valid_on(self.today)

    def paper_for(self, topic: str) -> Document | None:
        """The paper a line is compared with: one that holds, the newest."""
        kinds = PAPERS.get(topic, ())
        return next((p for p in reversed(self.papers) if p.kind in kinds and self.fits(p)), None)

    @property
    def uncovered(self) -> list[str]:
        """Names of categories it sells that no licence that holds covers."""
        licences = [p for p in self.papers if p.kind in PAPERS[Topic.SCOPE] and self.fits(p)]
        covered = {category for paper in licences for category in paper.covers}
        lacking = self.categories - NO_FOOD - covered
        return [str(c.label) for c in Category if c in lacking]

    @property
    def alone(self) -> list[LineState]:
        """Of who sells cooked food: mandatory papers that fewer than two people have passed."""
        if not self.categories & TWO_LOOK:
            return []
        return [
            state
            for state in self.lines
            if state.line.mandatory and state.line.topic in PAPERS and _lookers(state) < 2
        ]


def vetting_of(application: Application, *, today: date) -> Vetting:
    """The lines that concern this merchant, with its papers. Four queries."""
    goods = Item.objects.filter(merchant_id=application.merchant_id, is_active=True)
    categories = frozenset(goods.values_list("category", flat=True))
    rows = ChecklistLine.objects.of_group(application.group_id).standing()
    lines = [line for line in rows.order_by("position", "pk") if _concerns(line, categories)]
    looks = LineCheck.objects.filter(group_id=application.group_id, application=application)
    if application.vetted_since is not None:
        looks = looks.filter(checked_at__gte=application.vetted_since)
    by_line: dict[int, dict[int, LineCheck]] = {}
    related = ("document", "checked_by__household__building")
    for look in looks.select_related(*related).order_by("-pk"):
        by_line.setdefault(look.line_id, {}).setdefault(look.checked_by_id, look)
    papers = Document.objects.standing().filter(merchant_id=application.merchant_id)
    return Vetting(
        lines=[LineState(line, list(by_line.get(line.pk, {}).values())) for line in lines],
        papers=list(papers.defer("copy_hashes").order_by("added_at", "pk")),
        categories=categories,
        today=today,
    )


def wanting(application: Application, *, today: date) -> str:
    """What was found wanting, line by line, to begin the officer's request with. Four queries."""
    state = vetting_of(application, today=today)
    failed = [s for s in state.lines if s.newest is not None and not s.passed]
    found = [
        _("%(line)s：%(note)s") % {"line": s.line.words, "note": s.newest.note}
        for s in failed
        if s.newest
    ]
    return _("；").join(found)[:300]


def clashes_of(application: Application) -> list[Clash]:
    """Papers of this merchant that another one has shown, also ones taken back. Three queries."""
    own = list(Document.objects.standing().filter(merchant_id=application.merchant_id))
    if not own:
        return []
    others = Document.objects.exclude(merchant_id=application.merchant_id)
    numbers = Q()
    for paper in own:
        numbers |= Q(kind=paper.kind, number=paper.number)
    sources = Q(source_sha256__in=[paper.source_sha256 for paper in own])
    pictures = ~Q(picture_hash="") if any(paper.picture_hash for paper in own) else Q(pk__in=[])
    known = others.filter(numbers | sources | pictures).select_related("merchant")
    done = LikenessCleared.objects.filter(group_id=application.group_id, application=application)
    cleared = set(done.values_list("document_id", "other_id"))
    found = []
    for other in known.defer("copy_hashes").order_by("pk"):
        for paper in own:
            if kind := _clash(paper, other):
                seen = kind == "picture" and (paper.pk, other.pk) in cleared
                found.append(Clash(paper, other, kind, seen))
    return found


def checklist_of(group_id: int) -> list[ChecklistLine]:
    """The lines that stand, in their order. One query."""
    rows = ChecklistLine.objects.of_group(group_id).standing()
    return list(rows.order_by("position", "pk"))


def _clash(paper: Document, other: Document) -> str:
    if (paper.kind, paper.number) == (other.kind, other.number):
        return "number"
    if paper.source_sha256 == other.source_sha256:
        return "file"
    copies = [paper.picture_hash, *paper.copy_hashes] if paper.picture_hash else []
    return "picture" if look_alike(copies, other.picture_hash) else ""


def _concerns(line: ChecklistLine, categories: frozenset[str]) -> bool:
    """Food papers concern who sells food, health certificates who cooks."""
    if line.topic in (Topic.FOOD, Topic.SCOPE):
        return not categories or bool(categories - NO_FOOD)
    if line.topic == Topic.HEALTH:
        return bool(categories & TWO_LOOK)
    return True


def _lookers(state: LineState) -> int:
    return sum(1 for check in state.checks if check.passed)
