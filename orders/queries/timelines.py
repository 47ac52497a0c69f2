"""What happened to a return, in order: the one timeline that member, merchant and initiator see.

Read from the event log, which nobody can change; texts stand in the rows that the events name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from groups.models import Membership
from orders.models import (
    AnswerFile,
    BatchQuestion,
    EvidenceKind,
    Incident,
    Return,
    ReturnAnswer,
)
from orders.queries.incidents import BatchCount, count_of
from tuangou.core.models import Event

Said = tuple[str, str, int | None]  # label, text, fen

# steps that need no more words
PLAIN = {
    "return.withdrawn": gettext_lazy("撤回申请"),
    "return.decision_late": gettext_lazy("团长 72 小时没决定"),
    "return.refunded": gettext_lazy("已退款"),
    "return.reopened": gettext_lazy("退款撤销了，等重新退"),
    "batch.asked": gettext_lazy("问了买同一批的邻居"),
    "batch.answered": gettext_lazy("同一批的邻居答了"),
    "hold.released": gettext_lazy("团长放行了这批货"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A file that came with the merchant's answer."""

    id: int
    is_picture: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One point of the timeline; `fen` is what was granted, credited or paid back at it."""

    kind: str
    label: str
    at: datetime
    who: str
    text: str
    fen: int | None
    files: tuple[Shown, ...] = ()


@dataclass(frozen=True, slots=True)
class Story:
    """A return with what others added to it."""

    ret: Return
    answer: ReturnAnswer | None
    question: BatchQuestion | None
    incident: Incident | None
    count: BatchCount | None
    events: tuple[Event, ...]
    steps: tuple[Step, ...]


def story_of(ret: Return) -> Story:
    """At most six statements, however long it is. `ret` with round, merchant, line and asker."""
    answer = _answer_to(ret)
    question = BatchQuestion.objects.of_line(ret.line_id, ret.line.offer_id)
    incident, count = None, None
    if question is not None:
        incident = Incident.objects.filter(question=question).select_related("hold").first()
        count = count_of(question)
    events = _events(ret, question, incident)
    people = {
        member.user_id: member.nickname
        for member in Membership.objects.filter(
            group_id=ret.group_id, user_id__in={event.actor_id for event in events}
        )
    }
    steps: list[Step] = []
    for event in events:
        steps += _steps(ret, event, people, answer)
    steps = _answers_as_one(steps, count)
    return Story(ret, answer, question, incident, count, tuple(events), tuple(steps))


def _events(ret: Return, question: BatchQuestion | None, incident: Incident | None) -> list[Event]:
    mine = Q(kind__startswith="return.", subject_id=ret.pk)
    if question is not None:
        mine |= Q(kind__startswith="batch.", subject_id=question.pk)
    if incident is not None:
        mine |= Q(kind="incident.found", subject_id=incident.pk)
        mine |= Q(kind="hold.released", subject_id=incident.hold_id)
    return list(Event.objects.filter(mine, group_id=ret.group_id).order_by("pk"))


def _steps(
    ret: Return, event: Event, people: Mapping[int | None, str], answer: ReturnAnswer | None
) -> Iterator[Step]:
    taken = event.data.get("taken_back_fen")
    if taken:
        yield Step("return.credit_ended", _("先记的退款收回"), event.happened_at, "", "", taken)
    label, text, fen = _words(ret, event, answer)
    files = _shown(answer) if event.kind == "return.answered" else ()
    yield Step(event.kind, label, event.happened_at, _who(ret, event, people), text, fen, files)


def _answer_to(ret: Return) -> ReturnAnswer | None:
    """The merchant's answer with what it shows, in one statement."""
    files = AnswerFile.objects.filter(answer_id=OuterRef("pk")).order_by("position")
    shown = ArraySubquery(files.values(row=JSONObject(id="pk", kind="kind")))
    return ReturnAnswer.objects.filter(ret_id=ret.pk).annotate(shown=shown).first()


def _shown(answer: ReturnAnswer | None) -> tuple[Shown, ...]:
    rows = getattr(answer, "shown", ())
    return tuple(Shown(row["id"], row["kind"] == EvidenceKind.PICTURE) for row in rows)


def _words(ret: Return, event: Event, answer: ReturnAnswer | None) -> Said:
    if event.kind in PLAIN:
        return str(PLAIN[event.kind]), "", event.data.get("paid_fen")
    match event.kind:
        case "return.requested":
            return _("申请退货"), ret.text, None
        case "return.accepted":
            return _("同意退"), ret.decision, event.data.get("accepted_fen")
        case "return.rejected":
            return _("没同意"), ret.decision, None
        case "return.answered" | "return.answer_late":
            return _of_merchant(event, answer)
    return _("%(n)d户说有问题，这批先停发") % {"n": event.data["households"]}, "", None


def _of_merchant(event: Event, answer: ReturnAnswer | None) -> Said:
    data = event.data
    if event.kind == "return.answered":
        said = str(answer.get_kind_display()) if answer else ""
        label = _("商家答复：%(said)s") % {"said": said}
        return label, answer.text if answer else "", data["remedy_fen"] or None
    late = _("商家 %(hours)d 小时没答复") % {"hours": data["hours"]}
    credited = data["credited_fen"]
    return late, _("先记上退款，以决定为准") if credited else "", credited or None


def _who(ret: Return, event: Event, people: Mapping[int | None, str]) -> str:
    if event.kind == "return.requested":  # a neighbour without an account has no user
        return ret.requested_by.nickname
    if event.kind == "return.answered":
        return ret.round.merchant.brand
    if event.kind.startswith("batch."):
        return ""
    return people.get(event.actor_id, "")


def _answers_as_one(steps: list[Step], count: BatchCount | None) -> list[Step]:
    """Many answers are one line, at the last of them, with the sums and nobody's name."""
    said = [step for step in steps if step.kind == "batch.answered"]
    if not said or count is None:
        return steps
    text = _("%(yes)d户也这样，%(no)d户没事") % {"yes": count.yes, "no": count.no}
    last = said[-1]
    whole = Step(last.kind, last.label, last.at, "", text, None)
    kept = [step for step in steps if step.kind != "batch.answered" or step is last]
    return [whole if step is last else step for step in kept]
