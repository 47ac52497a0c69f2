"""Vetting line by line (M4). Whoever notes a line or decides holds the approval row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from groups.models import Group, GroupStatus, Membership
from groups.services import words
from merchants.models import (
    Application,
    ApplicationStatus,
    ChecklistLine,
    Document,
    LikenessCleared,
    LineCheck,
    Topic,
)
from merchants.models.vetting import DEFAULTS, PAPERS
from merchants.queries.vetting import Clash, Vetting, clashes_of, vetting_of
from tuangou.core import clock, events
from tuangou.core.errors import DomainError, InvalidInput, InvalidTransition

MOST_LINES = 30


class NotVetted(DomainError):
    """A mandatory line is open, or a paper stands against it."""

    code = "not_vetted"
    rule = "M4"


class PaperKnownElsewhere(NotVetted):
    """Another merchant has shown this number, file or picture."""

    code = "paper_known_elsewhere"
    rule = "M3"


class SecondPersonNeeded(NotVetted):
    """Papers of who sells cooked food are compared by two people."""

    code = "second_person_needed"


@dataclass(frozen=True, slots=True)
class Finding:
    """What somebody found. Of a rating: where, what, which day; of a sample, how many tasted."""

    passed: bool
    note: str = ""
    source: str = ""
    value: str = ""
    seen_on: date | None = None


@transaction.atomic
def check_line(
    *, group_id: int, merchant_id: int, line_id: int, actor_id: int, finding: Finding
) -> LineCheck:
    """An officer has looked at a line. A paper must hold for it to pass; a no says what is missing.
    One that came back is taken up by it.

    Raises InvalidTransition outside of a review, NotVetted, InvalidInput.
    """
    application = Application.objects.lock(group_id, merchant_id)
    at = clock.now()
    actor = Membership.objects.of_group(group_id).get(pk=actor_id)
    take_up(application, actor, at)
    if application.status != ApplicationStatus.IN_REVIEW:
        raise InvalidTransition(_("审核中才能逐条核对。先点「开始审核」。"))
    line = ChecklistLine.objects.of_group(group_id).standing().get(pk=line_id)
    state = vetting_of(application, today=_today(application, at))
    paper = _compared(line, state) if finding.passed else None
    check = LineCheck.objects.create(
        group_id=group_id,
        application=application,
        line=line,
        passed=finding.passed,
        document=paper,
        checked_by=actor,
        checked_at=at,
        **_said(line, finding, application.group.local(at).date()),
    )
    _tell("application.line_checked", application, actor, at, line=line.pk, passed=finding.passed)
    return check


@transaction.atomic
def clear_likeness(
    *, group_id: int, merchant_id: int, document_id: int, other_id: int, actor_id: int, note: str
) -> LikenessCleared:
    """Somebody compared two pictures that look alike: they are two papers. Twice is once.

    Raises NotVetted where the number or the file itself is the same, InvalidInput.
    """
    application = Application.objects.lock(group_id, merchant_id)
    at = clock.now()
    actor = Membership.objects.of_group(group_id).get(pk=actor_id)
    pairs = [(c.kind, c.document.pk, c.other.pk) for c in clashes_of(application)]
    if ("picture", document_id, other_id) not in pairs:
        raise NotVetted(_("编号或文件一样的，不能当成两份证件"))
    row, made = LikenessCleared.objects.get_or_create(
        group_id=group_id,
        application=application,
        document_id=document_id,
        other_id=other_id,
        defaults={
            "note": words.plain(note, field="note", most=300, empty=_("写哪里不一样")),
            "cleared_by": actor,
            "cleared_at": at,
        },
    )
    if made:
        _tell("application.likeness_cleared", application, actor, at, document=document_id)
    return row


def take_up(application: Application, actor: Membership, at: datetime) -> None:
    """Who acts first on an application that came back with what was asked for reviews it, and is
    written down as such, without a button of its own. The caller holds the approval (M4)."""
    if application.is_back:
        application.move_to(ApplicationStatus.IN_REVIEW, at=at, by=actor)
        _tell("application.review_started", application, actor, at)


def begin_checklist(group_id: int) -> None:
    """Give a group that has none the lines everybody begins with. Inside a transaction."""
    if not ChecklistLine.objects.of_group(group_id).exists():
        lines = [
            ChecklistLine(group_id=group_id, topic=topic, mandatory=must, position=n)
            for n, (topic, must) in enumerate(DEFAULTS, 1)
        ]
        ChecklistLine.objects.bulk_create(lines, ignore_conflicts=True)  # somebody was faster


@transaction.atomic
def change_checklist(
    *, group_id: int, actor_id: int, wanted: Mapping[int, str], more: str = "", must: bool = False
) -> None:
    """Which lines are mandatory ("must"), optional ("may") or dropped ("no"), and one line more.

    Decided applications keep what they were decided on. Raises InvalidInput.
    """
    Group.objects.lock(group_id)
    at = clock.now()
    begin_checklist(group_id)
    actor = Membership.objects.of_group(group_id).get(pk=actor_id)
    lines = ChecklistLine.objects.of_group(group_id).standing()
    for line in lines.filter(pk__in=wanted):
        choice = wanted[line.pk]
        line.mandatory = choice == "must"
        line.retired_at = at if choice == "no" else None
        line.save(update_fields=["mandatory", "retired_at"])
    if more.strip():
        _add_line(group_id, more, must=must)
    events.publish(
        "group.checklist_changed",
        group_id=group_id,
        subject_id=group_id,
        actor_id=actor.user_id,
        at=at,
    )


@transaction.atomic
def note_from_record(*, group_id: int, merchant_id: int, actor_id: int) -> None:
    """Every line as passed, for a merchant whose vetting is history: only while a year is loaded.

    No paper was compared, so none binds. Raises InvalidTransition in a living group.
    """
    application = Application.objects.lock(group_id, merchant_id)
    at = clock.now()
    if Group.objects.values_list("status", flat=True).get(pk=group_id) != GroupStatus.LOADING:
        raise InvalidTransition(_("在用的群逐条核对"))
    lines = ChecklistLine.objects.of_group(group_id).standing().values_list("pk", flat=True)
    LineCheck.objects.bulk_create(
        LineCheck(
            group_id=group_id,
            application=application,
            line_id=line_id,
            passed=True,
            checked_by_id=actor_id,
            checked_at=at,
        )
        for line_id in lines
    )


def require_vetted(application: Application, at: datetime) -> list[str]:
    """The topics whose papers were compared, if nothing stands in the way. The caller holds the
    approval. Raises NotVetted, PaperKnownElsewhere, SecondPersonNeeded."""
    begin_checklist(application.group_id)
    state = vetting_of(application, today=_today(application, at))
    if state.missing:
        names = _("、").join(line.line.words for line in state.missing)
        raise NotVetted(_("还差：%(lines)s。逐条核对完再通过") % {"lines": names})
    for clash in clashes_of(application):
        if not clash.cleared:
            raise PaperKnownElsewhere(_clash_words(clash))
    if state.alone and application.group.status != GroupStatus.LOADING:
        names = _("、").join(line.line.words for line in state.alone)
        raise SecondPersonNeeded(
            _("卖熟食的要两个人核对。请另一位团长或副团长也看：%(lines)s") % {"lines": names}
        )
    return [
        line.line.topic
        for line in state.lines
        if line.line.mandatory and line.newest and line.newest.document_id
    ]


def _clash_words(clash: Clash) -> str:
    said = {
        "kind": clash.document.get_kind_display(),
        "number": clash.document.masked_number,
        "brand": clash.other.merchant.brand,
    }
    if clash.kind == "number":
        return _("%(kind)s %(number)s 已经是%(brand)s的。一个编号不能两家用") % said
    if clash.kind == "file":
        return _("%(kind)s和%(brand)s传的是同一个文件。一份证件不能两家用") % said
    return _("%(kind)s和%(brand)s的照片很像。两张对着看，是两份再往下走") % said


def _compared(line: ChecklistLine, state: Vetting) -> Document | None:
    """The paper that shows it. Raises NotVetted where none does."""
    if line.topic not in PAPERS:
        return None
    paper = state.paper_for(line.topic)
    if paper is None:
        shown = [p for p in state.papers if p.kind in PAPERS[line.topic]]
        if not shown:
            raise NotVetted(_("店里还没传这份证件。点「不行」写明要补什么"))
        if line.topic == Topic.REPORT:
            raise NotVetted(_("检测报告超过一年了。点「不行」要一份新的"))
        raise NotVetted(_("这份证件过期了，或还没生效。点「不行」要一份新的"))
    if line.topic == Topic.SCOPE and state.uncovered:
        names = _("、").join(state.uncovered)
        raise NotVetted(_("许可证上没有：%(names)s。要么补许可，要么下架这些货") % {"names": names})
    return paper


def _said(line: ChecklistLine, finding: Finding, today: date) -> dict[str, object]:
    need_note = "" if finding.passed else _("写明要补什么，店里看得到")
    said: dict[str, object] = {
        "note": words.plain(finding.note, field="note", most=300, empty=need_note)
    }
    if line.topic == Topic.RATING and finding.passed:
        if finding.seen_on is None or finding.seen_on > today:
            raise InvalidInput(_("填哪天看到的评分"), field="seen_on")
        said["source"] = words.plain(
            finding.source, field="source", most=60, empty=_("填在哪里看到的评分")
        )
        said["value"] = words.plain(
            finding.value, field="value", most=20, empty=_("填评分，例如 4.8")
        )
        said["seen_on"] = finding.seen_on
    if line.topic == Topic.SAMPLE and finding.passed:
        if not (finding.value.isdecimal() and 1 <= int(finding.value) <= 500):
            raise InvalidInput(_("填几位邻居试吃过"), field="value")
        said["value"] = finding.value
    return said


def _add_line(group_id: int, more: str, *, must: bool) -> None:
    lines = ChecklistLine.objects.of_group(group_id)
    if lines.standing().count() >= MOST_LINES:
        raise InvalidInput(_("清单太长了，先去掉几条"), field="more")
    ChecklistLine.objects.create(
        group_id=group_id,
        topic=Topic.OTHER,
        text=words.plain(more, field="more", most=80, empty=_("写要核对什么")),
        mandatory=must,
        position=lines.count() + 1,
    )


def _today(application: Application, at: datetime) -> date:
    return application.group.local(at).date()


def _tell(
    kind: str, application: Application, actor: Membership, at: datetime, **data: object
) -> None:
    events.publish(
        kind,
        group_id=application.group_id,
        subject_id=application.pk,
        actor_id=actor.user_id,
        at=at,
        merchant=application.merchant_id,
        **data,
    )
