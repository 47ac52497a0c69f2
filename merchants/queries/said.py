"""What a person said to shops and of them, and whom she follows: for her own eyes."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from merchants.models import (
    Answer,
    Appeal,
    Backing,
    Follow,
    PriceRuling,
    Proposal,
    Question,
    QuestionHiding,
)
from tuangou.core.personal import Column, Holding

SHOP, TIME = _("商家"), _("时间")


def said_holdings(user_id: int) -> list[Holding]:
    return [
        _follows(user_id),
        _proposals(user_id),
        _questions(user_id),
        _answers(user_id),
        _appeals(user_id),
        _decisions(user_id),
    ]


def _follows(user_id: int) -> Holding:
    found = Follow.objects.filter(member__user_id=user_id).select_related("merchant")
    rows = [{"shop": f.merchant.brand, "since": f.since} for f in found.order_by("-pk")]
    columns = (Column("shop", SHOP), Column("since", TIME, "time"))
    return Holding("follows", _("关注的商家"), _("只有你看得到。注销后删掉。"), rows, columns)


def _proposals(user_id: int) -> Holding:
    backed = Backing.objects.filter(member__user_id=user_id).select_related("proposal")
    named = Proposal.objects.filter(proposed_by__user_id=user_id)
    rows = [
        *({"name": p.name, "reason": p.reason, "at": p.proposed_at} for p in named.order_by("-pk")),
        *({"name": b.proposal.name, "reason": "", "at": b.at} for b in backed.order_by("-pk")),
    ]
    columns = (
        Column("name", _("店名")),
        Column("reason", _("理由")),
        Column("at", TIME, "time"),
    )
    why = _("群里的人看得到是哪栋的邻居提的。注销后理由清空。")
    return Holding("proposals", _("想团的店"), why, rows, columns)


def _questions(user_id: int) -> Holding:
    found = Question.objects.filter(asked_by__user_id=user_id).select_related("merchant")
    rows = [
        {"shop": q.merchant.brand, "text": q.text, "asked_at": q.asked_at}
        for q in found.order_by("-pk")
    ]
    columns = (
        Column("shop", SHOP),
        Column("text", _("问题")),
        Column("asked_at", TIME, "time"),
    )
    why = _("群里的人看得到是哪栋的邻居问的。注销后问题清空。")
    return Holding("shop_questions", _("问商家的问题"), why, rows, columns)


def _answers(user_id: int) -> Holding:
    found = Answer.objects.filter(answered_by_id=user_id).select_related("question__merchant")
    rows = [
        {
            "shop": a.question.merchant.brand,
            "text": a.text,
            "if_it_fails": a.if_it_fails,
            "answered_at": a.answered_at,
        }
        for a in found.order_by("-pk")
    ]
    columns = (
        Column("shop", SHOP),
        Column("text", _("答复")),
        Column("answered_at", TIME, "time"),
    )
    why = _("群里的人看得到，写的是店名。注销后答复清空。")
    return Holding("question_answers", _("替店里答的问题"), why, rows, columns)


def _appeals(user_id: int) -> Holding:
    found = Appeal.objects.filter(made_by_id=user_id).select_related("application__merchant")
    rows = [
        {"shop": a.application.merchant.brand, "text": a.text, "made_at": a.made_at}
        for a in found.order_by("-pk")
    ]
    columns = (
        Column("shop", SHOP),
        Column("text", _("申诉")),
        Column("made_at", TIME, "time"),
    )
    why = _("团长和副团长看得到。注销后清空。")
    return Holding("appeals", _("替店里提的申诉"), why, rows, columns)


def _decisions(user_id: int) -> Holding:
    ruled = PriceRuling.objects.filter(ruled_by__user_id=user_id).select_related("witness__item")
    hidden = QuestionHiding.objects.filter(hidden_by__user_id=user_id)
    shops = hidden.select_related("question__merchant")
    answered = Appeal.objects.filter(answered_by__user_id=user_id)
    replied = Proposal.objects.filter(answered_by__user_id=user_id)
    rows: list[dict[str, Any]] = [
        *({"about": r.witness.item.name, "reason": r.reason, "at": r.ruled_at} for r in ruled),
        *(
            {"about": h.question.merchant.brand, "reason": h.reason, "at": h.hidden_at}
            for h in shops
        ),
        *(
            {"about": a.application.merchant.brand, "reason": a.answer, "at": a.answered_at}
            for a in answered.select_related("application__merchant")
        ),
        *({"about": p.name, "reason": p.answer, "at": p.answered_at} for p in replied),
    ]
    columns = (
        Column("about", _("关于")),
        Column("reason", _("理由")),
        Column("at", TIME, "time"),
    )
    why = _("群里的人看得到是谁定的。注销后理由清空。")
    return Holding("shop_decisions", _("定店价、收问题、答申诉和提议"), why, rows, columns)
