"""Questions to a merchant in public, and the shop's answers (W6). Rows are never changed."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from groups.models import Group, Membership
from groups.services import words
from merchants.models import (
    Answer,
    Application,
    ApplicationStatus,
    MerchantStaff,
    Question,
    QuestionHiding,
)
from merchants.services.witnesses import NotSoldHere
from tuangou.core import clock, events
from tuangou.core.errors import DomainError, NotAllowed

MOST_A_DAY = 5
MOST_ANSWERS = 5
ASKED_OF = (ApplicationStatus.APPROVED, ApplicationStatus.SUSPENDED)


class EnoughQuestions(DomainError):
    """A member asks only so much a day, and a shop answers a question only so often."""

    code = "enough_questions"


class AlreadyHidden(DomainError):
    """The question is off the page."""

    code = "already_hidden"


@transaction.atomic
def ask(*, group_id: int, merchant_id: int, actor_id: int, text: str) -> Question:
    """A member asks a merchant before everybody. Raises NotSoldHere, EnoughQuestions,
    InvalidInput."""
    text = words.plain(text, field="text", most=300, empty=_("写上想问什么"))
    Membership.objects.of_group(group_id).select_for_update(no_key=True).get(pk=actor_id)
    at = clock.now()
    actor = Membership.objects.of_group(group_id).get(pk=actor_id)
    shops = Application.objects.of_group(group_id).filter(status__in=ASKED_OF)
    if not shops.filter(merchant_id=merchant_id).exists():
        raise NotSoldHere(_("这家商家现在不在本群卖，问团长吧"))
    today = Question.objects.filter(
        group_id=group_id, asked_by=actor, asked_at__gt=at - timedelta(days=1)
    )
    if today.count() >= MOST_A_DAY:
        raise EnoughQuestions(_("一天最多问 5 个，明天再问"))
    row = Question.objects.create(
        group_id=group_id, merchant_id=merchant_id, text=text, asked_by=actor, asked_at=at
    )
    _tell("question.asked", row, actor.user_id, at)
    return row


@transaction.atomic
def answer(*, group_id: int, question_id: int, user_id: int, text: str, if_it_fails: str) -> Answer:
    """The shop's staff says how it is, and what happens if it is not so. Another answer corrects
    the one before; both stay. Raises NotAllowed, EnoughQuestions, InvalidInput."""
    text = words.plain(text, field="text", most=500, empty=_("写上答复"))
    if_it_fails = words.plain(
        if_it_fails, field="if_it_fails", most=300, empty=_("写上要是没做到怎么办，例如 退全款")
    )
    row = _lock(group_id, question_id)
    at = clock.now()
    staff = MerchantStaff.objects.filter(merchant_id=row.merchant_id, user_id=user_id)
    if not staff.exists():
        raise NotAllowed(_("只有店里的人能答。"))
    before = Answer.objects.filter(group_id=group_id, question=row).count()
    if before >= MOST_ANSWERS:
        raise EnoughQuestions(_("这个问题答过 5 次了，有变化写在货品说明里"))
    made = Answer.objects.create(
        group_id=group_id,
        question=row,
        text=text,
        if_it_fails=if_it_fails,
        answered_by_id=user_id,
        answered_at=at,
    )
    _tell("question.answered", row, user_id, at, answer=made.pk, first=not before)
    return made


@transaction.atomic
def hide(*, group_id: int, question_id: int, actor_id: int, reason: str) -> QuestionHiding:
    """The initiator takes a question off the page, with the reason everybody reads; its text is
    kept. Raises AlreadyHidden, InvalidInput without a reason."""
    reason = words.plain(reason, field="reason", most=300, empty=_("写明为什么收起，大家看得到"))
    row = _lock(group_id, question_id)
    at = clock.now()
    if QuestionHiding.objects.filter(group_id=group_id, question=row).exists():
        raise AlreadyHidden(_("这个问题已经收起了"))
    actor = Membership.objects.of_group(group_id).get(pk=actor_id)
    hiding = QuestionHiding.objects.create(
        group_id=group_id, question=row, reason=reason, hidden_by=actor, hidden_at=at
    )
    _tell("question.hidden", row, actor.user_id, at)
    return hiding


def _lock(group_id: int, question_id: int) -> Question:
    """The group's row orders answers and hidings: a question itself is never changed."""
    Group.objects.lock(group_id)
    return Question.objects.get(group_id=group_id, pk=question_id)


def _tell(kind: str, row: Question, user_id: int | None, at: datetime, **data: object) -> None:
    events.publish(
        kind,
        group_id=row.group_id,
        subject_id=row.pk,
        actor_id=user_id,
        at=at,
        merchant=row.merchant_id,
        **data,
    )
