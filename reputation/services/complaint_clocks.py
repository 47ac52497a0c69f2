"""The clocks of complaints: what happens because time passed, each thing once (R2)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from groups.models import Group, GroupStatus
from reputation.models import Complaint, ComplaintMark, Panel
from reputation.models.complaints import UNDECIDED, ComplaintStatus, MarkKind
from reputation.models.panels import Case
from reputation.services import panels
from reputation.services.complaint_rules import parties_of, publish
from tuangou.core import clock, rows

# after the 24 hours of an answer
DUE: dict[str, timedelta] = {
    MarkKind.ANSWER_LATE: timedelta(0),
    MarkKind.ANSWER_STILL_LATE: timedelta(hours=24),
}


def due_complaints() -> list[int]:
    """Undecided complaints one of whose clocks ran out unmarked, or whose panel is to be drawn,
    oldest first. For the scan."""
    now = clock.now()
    late = Q()
    for kind, more in DUE.items():
        marked = ComplaintMark.objects.filter(complaint_id=OuterRef("pk"), kind=kind)
        late |= Q(~Exists(marked), status=ComplaintStatus.OPEN, answer_due_at__lte=now - more)
    ruled_late = ComplaintMark.objects.filter(
        complaint_id=OuterRef("pk"), kind=MarkKind.RULING_LATE
    )
    late |= Q(~Exists(ruled_late), by_panel=False, rule_due_at__lte=now)
    drawn = Panel.objects.filter(case=Case.COMPLAINT, case_id=OuterRef("pk"), instance=1)
    late |= Q(~Exists(drawn), by_panel=True, mediate_until__lte=now)
    waiting = Complaint.objects.undecided().filter(group__status=GroupStatus.ACTIVE)
    return list(waiting.filter(late).order_by("made_at", "pk").values_list("pk", flat=True))


@transaction.atomic
def mark_if_due(*, complaint_id: int) -> list[str]:
    """Do what is due on this complaint; the marks that were made now."""
    Group.objects.lock(Complaint.objects.values_list("group_id", flat=True).get(pk=complaint_id))
    complaint = Complaint.objects.lock(complaint_id)
    at = clock.now()
    if complaint.status not in UNDECIDED:
        return []
    due = _due(complaint, at)
    rows.insert(
        [
            ComplaintMark(group_id=complaint.group_id, complaint=complaint, kind=kind, at=at)
            for kind in due
        ]
    )
    for_answer = [kind for kind in due if kind in DUE]
    if for_answer:
        hours = 48 if MarkKind.ANSWER_STILL_LATE in for_answer else 24
        publish("complaint.answer_late", complaint, None, at, hours=hours)
    if MarkKind.RULING_LATE in due:
        publish("complaint.ruling_late", complaint, None, at)
    draw_if_due(complaint, at)
    return due


def due_panels() -> list[int]:
    """Panels about complaints whose time is over without a decision, oldest first. For the scan."""
    late = Panel.objects.filter(
        case=Case.COMPLAINT,
        decided_at__isnull=True,
        due_at__lte=clock.now(),
        group__status=GroupStatus.ACTIVE,
    )
    return list(late.order_by("due_at", "pk").values_list("pk", flat=True))


@transaction.atomic
def replace_absent(*, panel_id: int) -> list[int]:
    """Who did not vote on a complaint in time makes room for the next; who they are."""
    panel = Panel.objects.get(pk=panel_id)
    complaint = Complaint.objects.lock(panel.case_id)
    return panels.replace_absent(panel_id=panel_id, **parties_of(complaint))


def _due(complaint: Complaint, at: datetime) -> list[str]:
    """Kinds whose time is over and that were not marked yet, in order of time."""
    marked = set(complaint.marks.values_list("kind", flat=True))
    due: list[str] = []
    if complaint.status == ComplaintStatus.OPEN:
        due = [kind for kind, more in DUE.items() if at >= complaint.answer_due_at + more]
    if not complaint.by_panel and at >= complaint.rule_due_at:
        due.append(MarkKind.RULING_LATE)
    return [kind for kind in due if kind not in marked]


def draw_if_due(complaint: Complaint, at: datetime) -> None:
    """Where the initiator is a party three members are drawn as soon as it may be ruled; nobody
    is while too few are left without interest."""
    if not complaint.by_panel or at < complaint.mediate_until:
        return
    case = {"group_id": complaint.group_id, "case": Case.COMPLAINT, "case_id": complaint.pk}
    if Panel.objects.filter(instance=1, **case).exists():
        return
    try:
        with transaction.atomic():
            panels.draw(at=at, **case, **parties_of(complaint))  # type: ignore[arg-type]
    except panels.TooFewMembers:
        return
