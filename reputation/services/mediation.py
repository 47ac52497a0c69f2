"""Between answer and ruling: the sides, or the initiator between them, look for an end (R2)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from groups.services import words
from reputation.models import Complaint, Suggestion
from reputation.models.complaints import ComplaintStatus, Side
from reputation.models.rulings import Verdict
from reputation.services.complaint_clocks import draw_if_due
from reputation.services.complaint_rules import act, finish, publish
from tuangou.core import rows
from tuangou.core.errors import DomainError, NotAllowed

LONGEST = 300
MOST_SUGGESTIONS = 10


class NothingToSettle(DomainError):
    """Nobody has answered yet, or it was answered or agreed meanwhile."""

    code = "nothing_to_settle"
    rule = "R2"


class EnoughSuggestions(DomainError):
    code = "enough_suggestions"
    rule = "R2"


def suggest(
    *, complaint_id: int, user_id: int, side: str, text: str, request_id: UUID
) -> Complaint:
    """How it could be settled; whoever suggests it for a side says yes by that.

    `side` is checked by access. Raises NotUndecided, EnoughSuggestions, NotAllowed, InvalidInput.
    """
    said = words.plain(text, field="text", most=LONGEST, empty=_("写上怎么了结，一两句话。"))

    def work(complaint: Complaint, at: datetime) -> None:
        _check_negotiable(complaint)
        if complaint.suggestions.count() >= MOST_SUGGESTIONS:
            raise EnoughSuggestions(_("提过 10 个办法了，谈不拢就请裁定。"))
        made = Suggestion(
            group_id=complaint.group_id,
            complaint=complaint,
            side=side,
            text=said,
            made_by_id=user_id,
            made_at=at,
            member_yes_at=at if side == Side.MEMBER else None,
            respondent_yes_at=at if side == Side.RESPONDENT else None,
        )
        rows.insert([made])
        publish("complaint.suggested", complaint, user_id, at, suggestion=made.pk, side=side)

    return act(
        name="complaint.suggest",
        complaint_id=complaint_id,
        user_id=user_id,
        body={"text": text, "side": side},
        work=work,
        request_id=request_id,
    )


def agree(
    *, complaint_id: int, suggestion_id: int, user_id: int, side: str, request_id: UUID
) -> Complaint:
    """One side says yes to a suggestion; with both it is settled. Raises NothingToSettle."""

    def work(complaint: Complaint, at: datetime) -> None:
        _check_negotiable(complaint)
        found = Suggestion.objects.filter(complaint=complaint, pk=suggestion_id).first()
        if found is None or side not in (Side.MEMBER, Side.RESPONDENT):
            raise NothingToSettle(_("这个办法不在这件投诉里。刷新页面看看。"))
        if side == Side.MEMBER:
            found.member_yes_at = found.member_yes_at or at
        else:
            found.respondent_yes_at = found.respondent_yes_at or at
        rows.update(found, "member_yes_at", "respondent_yes_at")
        publish("complaint.agreed", complaint, user_id, at, suggestion=found.pk, side=side)
        if found.is_agreed:
            finish(complaint, Verdict.AGREED, ComplaintStatus.SETTLED, None, at)

    body: dict[str, object] = {"suggestion": suggestion_id, "side": side}
    return act(
        name="complaint.agree",
        complaint_id=complaint_id,
        user_id=user_id,
        body=body,
        work=work,
        request_id=request_id,
    )


def settle(*, complaint_id: int, member_id: int, user_id: int, request_id: UUID) -> Complaint:
    """The complainant says that the answer settles the matter (R3). Raises NothingToSettle."""

    def work(complaint: Complaint, at: datetime) -> None:
        _check_negotiable(complaint)
        if complaint.status != ComplaintStatus.ANSWERED:
            raise NothingToSettle(_("对方还没答复。不投诉了可以撤回。"))
        finish(complaint, Verdict.AGREED, ComplaintStatus.SETTLED, member_id, at)

    return act(
        name="complaint.settle",
        complaint_id=complaint_id,
        user_id=user_id,
        body={},
        work=work,
        request_id=request_id,
    )


def ask_ruling(*, complaint_id: int, user_id: int, side: str, request_id: UUID) -> Complaint:
    """A side sees no agreement: it is ruled from now on, without waiting for the 72 hours.

    Raises NothingToSettle while the other side still has its 24 hours to answer.
    """

    def work(complaint: Complaint, at: datetime) -> None:
        if complaint.status == ComplaintStatus.OPEN and at < complaint.answer_due_at:
            raise NothingToSettle(_("对方还在 24 小时的答复时间里，先等一等。"))
        if at >= complaint.mediate_until:
            return
        complaint.give_until(at)
        rows.update(complaint, "mediate_until", "rule_due_at")
        publish("complaint.pressed", complaint, user_id, at, side=side)
        draw_if_due(complaint, at)

    return act(
        name="complaint.press",
        complaint_id=complaint_id,
        user_id=user_id,
        body={"side": side},
        work=work,
        request_id=request_id,
    )


def _check_negotiable(complaint: Complaint) -> None:
    if complaint.is_unsafe:
        raise NotAllowed(_("关系到大家吃得安不安全，要有裁定，不能私下了结。"))
