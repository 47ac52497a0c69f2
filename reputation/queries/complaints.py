"""Complaints as lists, and as one timeline that everybody reads without names (R2)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from groups.models import Membership
from orders.models import COUNTED, OrderLine, SaleStop
from reputation.access.complaints import Visit
from reputation.models import (
    Complaint,
    ComplaintAppeal,
    ComplaintFile,
    Panel,
    RemedyDelivery,
    Response,
    Ruling,
    RulingRating,
    Suggestion,
    Vote,
)
from reputation.models.complaints import (
    APPEAL_WITHIN,
    UNDECIDED,
    Against,
    ComplaintStatus,
    FileKind,
    MarkKind,
    Side,
)
from reputation.models.panels import Case
from reputation.models.responses import ResponseKind
from reputation.models.rulings import RULED, Verdict
from tuangou.core import clock
from tuangou.core.models import Event

PAGE = 30
# goods of this long ago may be complained of
RECENT = timedelta(days=60)
MOST_LINES = 40


@dataclass(frozen=True, slots=True)
class Row:
    """One case without names. `item` is empty where it is about no goods; `due_at` is the next
    clock, None once it is decided."""

    id: int
    code: str
    who: str
    item: str
    lot: str
    category: str
    severity: str
    text: str
    status: str
    made_at: datetime
    due_at: datetime | None
    verdict: str
    answer: str
    category_code: str
    severity_code: str


@dataclass(frozen=True, slots=True)
class ComplaintsPage:
    rows: list[Row]
    undecided: int
    older: int | None


@dataclass(frozen=True, slots=True)
class Shown:
    id: int
    is_picture: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One point of the timeline: what, who in general, the words; `fen` what was promised."""

    at: datetime
    label: str
    who: str = ""
    text: str = ""
    fen: int | None = None
    files: tuple[Shown, ...] = ()


@dataclass(frozen=True, slots=True)
class Story:
    """A complaint as this reader sees it."""

    row: Row
    steps: list[Step]
    response: Response | None
    delivered: bool
    suggestions: list[Suggestion]
    ruling: Ruling | None
    appeal_until: datetime | None
    rated: int | None
    stopped: bool
    rulable: bool
    panels: list[PanelView] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PanelView:
    """A panel as everybody may check it: from which page and how many it was drawn."""

    page: int
    seal_hash: str
    case: str
    eligible: int
    numbers: list[int]
    votes: int
    due_at: datetime
    decided: bool


def complaints_page(
    group_id: int,
    *,
    merchant_id: int | None = None,
    view: str = "",
    mine: Membership | None = None,
    before: int | None = None,
) -> ComplaintsPage:
    """Thirty cases, undecided ones by `view` "open"; older than number `before`. Two queries."""
    found = _rows(Complaint.objects.of_group(group_id))
    if merchant_id is not None:
        found = found.filter(merchant_id=merchant_id, against=Against.MERCHANT)
    if mine is not None:
        found = found.filter(made_by=mine)
    undecided = found.filter(status__in=(*UNDECIDED, ComplaintStatus.APPEALED))
    shown = undecided if view == "open" else found
    if before is not None:
        shown = shown.filter(number__lt=before)
    rows = list(shown.order_by("-number")[: PAGE + 1])
    return ComplaintsPage(
        rows=[row_of(row) for row in rows[:PAGE]],
        undecided=undecided.count(),
        older=rows[PAGE - 1].number if len(rows) > PAGE else None,
    )


def counts_of(group_id: int, merchant_id: int) -> dict[str, int]:
    """How many complaints of each end a merchant has had here. One query."""
    found = Complaint.objects.of_group(group_id).filter(
        merchant_id=merchant_id, against=Against.MERCHANT
    )
    return dict(found.values_list("status").annotate(n=Count("pk")))


def lines_of(member: Membership, *, at: datetime) -> list[tuple[int, str]]:
    """Goods of her household that she may complain of, newest first: (line, words). One query."""
    hers = Q(order__household_id=member.household_id) | Q(order__placed_by_id=member.pk)
    lines = (
        OrderLine.objects.live()
        .filter(hers, group_id=member.group_id, order__round__status__in=COUNTED)
        .filter(order__round__cut_off_at__gt=at - RECENT)
        .select_related("offer", "order__round")
        .order_by("-order__round__cut_off_at", "-order_id", "offer__position")
    )
    return [
        (line.pk, f"{line.offer.name} · {line.order.round.title}") for line in lines[:MOST_LINES]
    ]


def _rows(complaints: QuerySet[Complaint]) -> Any:
    return complaints.select_related("merchant", "line__offer", "batch").prefetch_related(
        "rulings", "responses"
    )


def row_of(complaint: Complaint) -> Row:
    rulings = sorted(complaint.rulings.all(), key=lambda ruling: ruling.instance)
    responses = list(complaint.responses.all())
    due = _due(complaint)
    return Row(
        id=complaint.pk,
        code=complaint.code,
        who=_accused(complaint),
        item=complaint.line.offer.name if complaint.line else "",
        lot=complaint.batch.lot if complaint.batch else "",
        category=str(complaint.get_category_display()),
        severity=str(complaint.get_severity_display()),
        text=complaint.text,
        status=complaint.status,
        made_at=complaint.made_at,
        due_at=due,
        verdict=_verdict(rulings[-1]) if rulings else "",
        answer=str(responses[0].get_kind_display()) if responses else "",
        category_code=complaint.category,
        severity_code=complaint.severity,
    )


def _due(complaint: Complaint) -> datetime | None:
    if complaint.status == ComplaintStatus.OPEN:
        return complaint.answer_due_at
    return complaint.rule_due_at if complaint.status == ComplaintStatus.ANSWERED else None


def _accused(complaint: Complaint) -> str:
    if complaint.against == Against.MERCHANT and complaint.merchant:
        return complaint.merchant.brand
    return str(Against.INITIATOR.label)


def _verdict(ruling: Ruling) -> str:
    word = str(ruling.get_verdict_display())
    if ruling.severity:
        return _("%(verdict)s（%(severity)s）") % {
            "verdict": word,
            "severity": ruling.get_severity_display(),
        }
    return word


def story_of(visit: Visit) -> Story:
    """The whole complaint for this reader; a constant number of queries."""
    complaint = visit.complaint
    rulings = list(complaint.rulings.order_by("instance"))
    last = rulings[-1] if rulings else None
    response = complaint.responses.first()
    delivered = RemedyDelivery.objects.filter(response=response).first() if response else None
    rated = RulingRating.objects.filter(ruling=last).first() if last else None
    panels = list(
        Panel.objects.filter(case=Case.COMPLAINT, case_id=complaint.pk)
        .order_by("instance")
        .prefetch_related("seats__votes")
    )
    suggestions = list(complaint.suggestions.order_by("pk")) if visit.sees_all else []
    steps = [
        *_of_rows(visit, response, delivered, rulings),
        *_of_events(visit, rulings),
        *_of_panels(panels, {ruling.panel_id for ruling in rulings}),
    ]
    steps.sort(key=lambda step: step.at)
    ruled = last is not None and last.instance == 1 and last.verdict in RULED
    return Story(
        row=row_of(complaint),
        steps=steps,
        response=response,
        delivered=delivered is not None,
        suggestions=suggestions,
        ruling=last,
        appeal_until=last.decided_at + APPEAL_WITHIN if last and ruled else None,
        rated=rated.stars if rated else None,
        stopped=SaleStop.objects.filter(
            group_id=complaint.group_id, complaint_no=complaint.number, lifted_at__isnull=True
        ).exists(),
        rulable=clock.now() >= complaint.mediate_until,
        panels=[_panel(panel) for panel in panels],
    )


def _of_rows(
    visit: Visit,
    response: Response | None,
    delivered: RemedyDelivery | None,
    rulings: Sequence[Ruling],
) -> Iterator[Step]:
    complaint = visit.complaint
    files = _files(visit)
    neighbour, accused = str(Side.MEMBER.label), _accused(complaint)
    yield Step(
        complaint.made_at,
        _("投诉"),
        neighbour,
        complaint.text,
        files=files.get(Side.MEMBER.value, ()),
    )
    for mark in complaint.marks.order_by("pk"):
        words = {MarkKind.RULING_LATE: _("团长到点没裁定")}
        yield Step(mark.at, words.get(MarkKind(mark.kind), str(mark.get_kind_display())), "")
    if response is not None:
        yield Step(
            response.answered_at,
            _("答复：%(kind)s") % {"kind": response.get_kind_display()},
            accused,
            response.text,
            response.remedy_fen,
            files.get(Side.RESPONDENT.value, ()),
        )
    if delivered is not None:
        how = _("退款记录为凭") if delivered.ret_id else _("投诉的邻居说收到了")
        yield Step(delivered.at, _("补偿到了"), "", how)
    for ruling in rulings:
        yield Step(ruling.decided_at, _ended(ruling), _judge(ruling), ruling.reason)


def _of_events(visit: Visit, rulings: Sequence[Ruling]) -> Iterator[Step]:
    """What left no row of its own to read it from, or one that only the sides read."""
    complaint = visit.complaint
    appeal = ComplaintAppeal.objects.filter(complaint=complaint).first()
    if appeal is not None:
        yield Step(
            appeal.made_at,
            _("不服裁定，申诉"),
            _side(complaint, appeal.side),
            appeal.text if visit.sees_all else "",
        )
    about = Q(kind="complaint.pressed", subject_id=complaint.pk)
    if complaint.is_unsafe:
        about |= Q(kind__startswith="sale.", data__complaint_no=complaint.number)
    words = {
        "complaint.pressed": _("谈不拢，请求裁定"),
        "sale.stopped": _("全群停售"),
        "sale.resumed": _("恢复销售"),
    }
    for event in Event.objects.filter(about, group_id=complaint.group_id).order_by("pk"):
        side = event.data.get("side", "")
        yield Step(event.happened_at, words[event.kind], _side(complaint, side) if side else "")


def _of_panels(panels: Sequence[Panel], ruled: Collection[int | None]) -> Iterator[Step]:
    """Votes of panels that ruled; what one of them said before the sides agreed is nobody's."""
    for panel in panels:
        yield Step(panel.drawn_at, _("抽出三位无关的邻居来评议"))
        if panel.pk not in ruled:
            continue
        votes = [vote for seat in panel.seats.all() for vote in seat.votes.all()]
        for n, vote in enumerate(sorted(votes, key=lambda vote: vote.pk), start=1):
            yield Step(
                vote.voted_at,
                _("评议的邻居 %(n)d：%(word)s") % {"n": n, "word": _choice(vote)},
                "",
                vote.reason,
            )


def _choice(vote: Vote) -> str:
    verdict, _sep, severity = vote.choice.partition(":")
    return _verdict(Ruling(verdict=verdict, severity=severity))


def _panel(panel: Panel) -> PanelView:
    seats = sorted(panel.seats.all(), key=lambda seat: seat.position)
    return PanelView(
        page=panel.page,
        seal_hash=panel.seal_hash,
        case=f"{panel.case} {panel.case_id} {panel.instance}",
        eligible=panel.eligible,
        numbers=[seat.member_id for seat in seats],
        votes=sum(len(seat.votes.all()) for seat in seats),
        due_at=panel.due_at,
        decided=panel.decided_at is not None,
    )


def _ended(ruling: Ruling) -> str:
    if ruling.verdict not in RULED:
        return str(ruling.get_verdict_display())
    word = _verdict(ruling)
    if ruling.instance == 2:
        return _("复议：%(word)s") % {"word": word}
    return _("裁定：%(word)s") % {"word": word}


def _judge(ruling: Ruling) -> str:
    if ruling.panel_id:
        return _("三位评议的邻居")
    if ruling.verdict in RULED:
        return str(Against.INITIATOR.label)
    return str(Side.MEMBER.label) if ruling.verdict == Verdict.WITHDRAWN else ""


def _side(complaint: Complaint, side: str) -> str:
    return _accused(complaint) if side == Side.RESPONDENT else str(Side(side).label)


def _files(visit: Visit) -> dict[str, tuple[Shown, ...]]:
    """What each side showed, for whoever sees all."""
    if not visit.sees_all:
        return {}
    shown: dict[str, list[Shown]] = {}
    for row in ComplaintFile.objects.filter(complaint=visit.complaint).order_by("position"):
        shown.setdefault(row.side, []).append(Shown(row.pk, row.kind == FileKind.PICTURE))
    return {side: tuple(rows) for side, rows in shown.items()}


def is_promised(story: Story) -> bool:
    """A remedy that nobody has confirmed yet."""
    return bool(
        story.response and story.response.kind == ResponseKind.REMEDY and not story.delivered
    )
