"""Questions to a merchant and what became of them (W6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from merchants.models import Answer, MerchantStaff, Question, QuestionHiding

SHOWN = 20
# its words went with who asked, and nothing was hidden of it
EMPTIED = Q(text="", hidings__isnull=True)


@dataclass(frozen=True, slots=True)
class AnswerRow:
    text: str
    if_it_fails: str
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A question with its answers, the first one first. `took`: to the first answer; None while
    nobody answered. `text` is empty for who may not read what was hidden."""

    id: int
    merchant_id: int
    brand: str
    slug: str
    who: str
    text: str
    asked_at: datetime
    answers: list[AnswerRow]
    hidden_reason: str
    hidden_by: str
    hidden_at: datetime | None
    took: timedelta | None
    open_for: timedelta

    @property
    def took_text(self) -> str:
        """「3 小时后答的」."""
        return "" if self.took is None else _after(self.took)

    @property
    def open_text(self) -> str:
        """「问了 2 天，还没答」."""
        return "" if self.took is not None else _waits(self.open_for)


def _after(span: timedelta) -> str:
    if span >= timedelta(days=2):
        return ngettext("%(n)s 天后答的", "%(n)s 天后答的", span.days) % {"n": span.days}
    if span >= timedelta(hours=1):
        n = span // timedelta(hours=1)
        return ngettext("%(n)s 小时后答的", "%(n)s 小时后答的", n) % {"n": n}
    n = max(span // timedelta(minutes=1), 1)
    return ngettext("%(n)s 分钟后答的", "%(n)s 分钟后答的", n) % {"n": n}


def _waits(span: timedelta) -> str:
    if span >= timedelta(days=2):
        return ngettext("问了 %(n)s 天，还没答", "问了 %(n)s 天，还没答", span.days) % {
            "n": span.days
        }
    n = span // timedelta(hours=1)
    if not n:
        return _("刚问的，还没答")
    return ngettext("问了 %(n)s 小时，还没答", "问了 %(n)s 小时，还没答", n) % {"n": n}


def questions_of(
    group_id: int, merchant_id: int, *, at: datetime, reads_hidden: bool
) -> list[QuestionRow]:
    """The newest questions of a group to a merchant; 20 at most. `reads_hidden`: the initiator and
    the shop, who keep the words of what was taken off the page. Three queries.

    Left out: what an erased person asked, of which no words are left."""
    rows = _rows().filter(~EMPTIED, group_id=group_id, merchant_id=merchant_id)
    found = rows.order_by("-asked_at", "-pk")[:SHOWN]
    return [question_row(row, at=at, reads_hidden=reads_hidden) for row in found]


def question_of(group_id: int, merchant_id: int, question_id: int) -> Any:
    """One question with all that its row shows, or None. Three queries."""
    rows = _rows().filter(group_id=group_id, merchant_id=merchant_id)
    return rows.filter(pk=question_id).first()


def unanswered_for(user_id: int, merchant_id: int | None = None, *, at: datetime) -> list[Any]:
    """What a shop's staff still owes an answer to, oldest first; all their shops, or one. Two
    queries."""
    said = Answer.objects.filter(question_id=OuterRef("pk"), group_id=OuterRef("group_id"))
    staff = MerchantStaff.objects.filter(merchant_id=OuterRef("merchant_id"), user_id=user_id)
    rows = _rows().filter(~EMPTIED, Exists(staff), ~Exists(said), hidings__isnull=True)
    if merchant_id is not None:
        rows = rows.filter(merchant_id=merchant_id)
    found = rows.order_by("asked_at", "pk")[:SHOWN]
    return [question_row(row, at=at, reads_hidden=True) for row in found]


def _rows() -> Any:
    answers = Answer.objects.order_by("answered_at", "pk")
    hidings = QuestionHiding.objects.select_related("hidden_by__household__building")
    return Question.objects.select_related(
        "merchant",
        "group",
        "asked_by__household__building",
    ).prefetch_related(Prefetch("answers", queryset=answers), Prefetch("hidings", queryset=hidings))


def question_row(row: Any, *, at: datetime, reads_hidden: bool) -> QuestionRow:
    hiding = next(iter(row.hidings.all()), None)
    answers = [AnswerRow(a.text, a.if_it_fails, a.answered_at) for a in row.answers.all()]
    shown = hiding is None or reads_hidden
    return QuestionRow(
        id=row.pk,
        merchant_id=row.merchant_id,
        brand=row.merchant.brand,
        slug=row.group.slug,
        who=row.asked_by.masked_name,
        text=row.text if shown else "",
        asked_at=row.asked_at,
        answers=answers if shown else [],
        hidden_reason=hiding.reason if hiding else "",
        hidden_by=hiding.hidden_by.masked_name if hiding else "",
        hidden_at=hiding.hidden_at if hiding else None,
        took=answers[0].answered_at - row.asked_at if answers else None,
        open_for=at - row.asked_at,
    )
