"""Ruling a complaint: by the initiator, or by three drawn members; once more on appeal (R2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from groups.models import Membership
from groups.services import words
from orders.services.stops import lift_stop, stop_sale
from reputation.models import Complaint, ComplaintAppeal, Panel, Ruling, RulingRating
from reputation.models.complaints import APPEAL_WITHIN, ComplaintStatus, Severity
from reputation.models.panels import Case
from reputation.models.rulings import FOUND, RULED, Verdict
from reputation.services import panels
from reputation.services.complaint_rules import act, parties_of, publish
from tuangou.core import rows
from tuangou.core.errors import DomainError, InvalidInput, NotAllowed

LONGEST = 500
# What a member of a panel may say, from the mildest for the accused on; the middle one of three
# votes is the panel's word.
LADDER = (
    Verdict.ABUSIVE.value,
    Verdict.NOT_UPHELD.value,
    *(f"{verdict.value}:{severity}" for verdict in FOUND[::-1] for severity in Severity.values),
)


class TooEarly(DomainError):
    """The sides still have time to agree."""

    code = "ruling_too_early"
    rule = "R2"


class BadRuling(InvalidInput):
    code = "bad_ruling"
    rule = "R2"


class NotAppealable(DomainError):
    code = "not_appealable"
    rule = "R2"


class NotRateable(DomainError):
    code = "not_rateable"
    rule = "R2"


@dataclass(frozen=True, slots=True)
class Decision:
    """What is ruled, and why. `severity` only where something was found; `resumes_sale`: goods
    that were stopped may be sold again although it was found."""

    verdict: str
    reason: str
    severity: str = ""
    resumes_sale: bool = False


def rule(*, complaint_id: int, actor_id: int, decision: Decision, request_id: UUID) -> Complaint:
    """The initiator rules, where she is no party. Raises NotUndecided, NotAllowed, TooEarly,
    BadRuling."""
    reason = check(decision)
    actor = rows.get(Membership, actor_id)

    def work(complaint: Complaint, at: datetime) -> None:
        check_rulable(complaint, at)
        complaint.move_to(ComplaintStatus.RULED, at=at)
        _write(complaint, decision, reason, at, by=actor)

    body: dict[str, object] = {
        "verdict": decision.verdict,
        "severity": decision.severity,
        "reason": decision.reason,
        "resumes": decision.resumes_sale,
    }
    return act(
        name="complaint.rule",
        complaint_id=complaint_id,
        user_id=actor.user_id,
        body=body,
        work=work,
        request_id=request_id,
    )


def check(decision: Decision) -> str:
    """The reason as it is kept; also before the second tap. Raises BadRuling, InvalidInput."""
    if decision.verdict not in RULED:
        raise BadRuling(_("选一种裁定：属实、部分属实、不成立或滥用。"), field="verdict")
    if decision.verdict in FOUND and decision.severity not in Severity.values:
        raise BadRuling(_("属实的要选轻重。"), field="severity")
    if decision.verdict not in FOUND and decision.severity:
        raise BadRuling(_("不成立的不选轻重。"), field="severity")
    return words.plain(
        decision.reason, field="reason", most=LONGEST, empty=_("写明理由，双方都会看到。")
    )


def check_rulable(complaint: Complaint, at: datetime) -> None:
    """Raises NotAllowed where a panel rules, TooEarly."""
    if complaint.by_panel:
        raise NotAllowed(_("团长是这件事的一方，由抽出来的三位邻居裁定。"))
    if at < complaint.mediate_until:
        raise TooEarly(
            _("双方还在商量，%(until)s 之后才裁定；一方说谈不拢，马上可以。")
            % {"until": f"{complaint.group.local(complaint.mediate_until):%m-%d %H:%M}"}
        )


def vote(*, complaint_id: int, member_id: int, decision: Decision, request_id: UUID) -> Complaint:
    """One of the drawn three says what she thinks; with two alike, or all three, it is ruled.

    Raises NoSeat, AlreadyVoted, BadRuling.
    """
    reason = check(decision)
    member = rows.get(Membership, member_id)

    def work(complaint: Complaint, at: datetime) -> None:
        panel = open_panel(complaint.pk)
        if panel is None:
            raise panels.NoSeat(_("这件事现在不用你评议了。刷新页面看看。"))
        choice = decision.verdict + (f":{decision.severity}" if decision.severity else "")
        votes = panels.vote(panel=panel, member_id=member_id, choice=choice, reason=reason, at=at)
        publish("complaint.voted", complaint, None, at, panel=panel.pk, votes=len(votes))
        choices = [given.choice for given in votes]
        if panels.is_enough(choices):
            word = middle(choices)
            said = next(given.reason for given in votes if given.choice == word)
            panels.end(panel=panel, at=at)
            _close(complaint, panel, word, said, at)

    body: dict[str, object] = {
        "verdict": decision.verdict,
        "severity": decision.severity,
        "reason": decision.reason,
    }
    return act(
        name="complaint.vote",
        complaint_id=complaint_id,
        user_id=member.user_id,
        body=body,
        work=work,
        request_id=request_id,
        undecided=False,
    )


def middle(choices: Sequence[str]) -> str:
    """The word of a panel: two alike, else the middle one of three. Pure."""
    alike = [choice for choice in choices if choices.count(choice) > 1]
    if alike:
        return alike[0]
    return sorted(choices, key=LADDER.index)[len(choices) // 2]


def open_panel(complaint_id: int) -> Panel | None:
    """The panel that has to decide about this complaint now, held; or None."""
    waiting = Panel.objects.select_for_update(no_key=True).filter(
        case=Case.COMPLAINT, case_id=complaint_id, decided_at__isnull=True
    )
    return waiting.order_by("-instance").first()


def _close(complaint: Complaint, panel: Panel, word: str, reason: str, at: datetime) -> None:
    verdict, _sep, severity = word.partition(":")
    reviewed = panel.instance == 2
    # what was found to be of one batch alone stays on sale, however grave the review finds it
    let_go = complaint.rulings.filter(verdict__in=FOUND, resumes_sale=True).exists()
    complaint.move_to(ComplaintStatus.REVIEWED if reviewed else ComplaintStatus.RULED, at=at)
    _write(complaint, Decision(verdict, reason, severity, let_go), reason, at, panel=panel)


def _write(
    complaint: Complaint,
    decision: Decision,
    reason: str,
    at: datetime,
    *,
    by: Membership | None = None,
    panel: Panel | None = None,
) -> None:
    """The outcome, what becomes of the goods, and the news. The caller holds the group."""
    made = Ruling(
        group_id=complaint.group_id,
        complaint=complaint,
        instance=panel.instance if panel else 1,
        verdict=decision.verdict,
        severity=decision.severity,
        reason=reason,
        resumes_sale=decision.resumes_sale or decision.verdict not in FOUND,
        decided_by=by,
        panel=panel,
        decided_at=at,
    )
    rows.insert([made])
    user_id = by.user_id if by else None
    _goods(complaint, made, user_id, at)
    kind = "complaint.ruled" if made.instance == 1 else "complaint.reviewed"
    publish(kind, complaint, user_id, at, ruling=made.pk, verdict=made.verdict)


def _goods(complaint: Complaint, made: Ruling, user_id: int | None, at: datetime) -> None:
    """What was stopped may be sold again, or not; a review may stop again what a ruling let go.
    What is in the bags goes where nothing was found; else the initiator decides about it."""
    if not complaint.is_unsafe or complaint.line is None:
        return
    where = {"group_id": complaint.group_id, "complaint_no": complaint.number}
    found = made.verdict in FOUND
    if made.resumes_sale:
        lift_stop(user_id=user_id, at=at, found=found, **where)
    else:
        item_id = complaint.line.offer.item_id
        stop_sale(item_id=item_id, user_id=user_id, at=at, found=found, **where)


def appeal(*, complaint_id: int, user_id: int, side: str, text: str, request_id: UUID) -> Complaint:
    """A side does not accept the ruling: three drawn members, who had no part in it, look again.

    Once per complaint, within seven days. Raises NotAppealable, TooFewMembers, InvalidInput.
    """
    said = words.plain(text, field="text", most=LONGEST, empty=_("写上哪里不对。"))

    def work(complaint: Complaint, at: datetime) -> None:
        ruled = complaint.rulings.filter(instance=1, verdict__in=RULED).first()
        if complaint.status != ComplaintStatus.RULED or ruled is None:
            raise NotAppealable(_("现在没有可以申诉的裁定。刷新页面看看。"))
        if at > ruled.decided_at + APPEAL_WITHIN:
            raise NotAppealable(_("裁定后 7 天内可以申诉，现在过了。"))
        made = ComplaintAppeal(
            group_id=complaint.group_id,
            complaint=complaint,
            side=side,
            text=said,
            made_by_id=user_id,
            made_at=at,
        )
        rows.insert([made])
        complaint.move_to(ComplaintStatus.APPEALED, at=at)
        publish("complaint.appealed", complaint, user_id, at, side=side)
        panels.draw(
            group_id=complaint.group_id,
            case=Case.COMPLAINT,
            case_id=complaint.pk,
            instance=2,
            at=at,
            **parties_of(complaint),
        )

    return act(
        name="complaint.appeal",
        complaint_id=complaint_id,
        user_id=user_id,
        body={"text": text, "side": side},
        work=work,
        request_id=request_id,
        undecided=False,
    )


def rate(*, complaint_id: int, user_id: int, stars: int, request_id: UUID) -> Complaint:
    """How the complainant finds the end of it, once for each outcome. Raises NotRateable."""

    def work(complaint: Complaint, at: datetime) -> None:
        last = complaint.rulings.exclude(verdict=Verdict.WITHDRAWN).order_by("-instance").first()
        if last is None or not 1 <= stars <= 5:
            raise NotRateable(_("有了结果才能评，选 1 到 5 星。"))
        if RulingRating.objects.filter(ruling=last).exists():
            raise NotRateable(_("你已经评过了。"))
        rows.insert(
            [RulingRating(group_id=complaint.group_id, ruling=last, stars=stars, rated_at=at)]
        )
        publish("complaint.rated", complaint, user_id, at, stars=stars)

    return act(
        name="complaint.rate",
        complaint_id=complaint_id,
        user_id=user_id,
        body={"stars": stars},
        work=work,
        request_id=request_id,
        undecided=False,
    )
