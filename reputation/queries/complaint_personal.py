"""What complaints hold about one person: hers, what she answered, ruled and voted."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from reputation.models import (
    Complaint,
    ComplaintAppeal,
    ComplaintFile,
    Response,
    Ruling,
    Suggestion,
    Vote,
)
from reputation.models.complaints import FileKind, Side
from tuangou.core.personal import Column, Holding

CODE, TIME = _("编号"), _("时间")


def complaint_holdings(user_id: int) -> list[Holding]:
    return [_made(user_id), _said(user_id), _judged(user_id)]


def files_of(user_id: int) -> QuerySet[ComplaintFile]:
    """What she showed with her own complaints."""
    return ComplaintFile.objects.filter(
        side=Side.MEMBER, complaint__made_by__user_id=user_id
    ).order_by("complaint_id", "position")


def name_of(file: ComplaintFile) -> str:
    """In her export."""
    kind = "webp" if file.kind == FileKind.PICTURE else "pdf"
    return f"photos/complaint-{file.complaint_id}-{file.position}.{kind}"


def _made(user_id: int) -> Holding:
    found = Complaint.objects.filter(made_by__user_id=user_id).prefetch_related("files")
    rows = [
        {
            "code": made.code,
            "category": str(made.get_category_display()),
            "severity": str(made.get_severity_display()),
            "text": made.text,
            "said": str(made.get_status_display()),
            "made_at": made.made_at,
            "photos": [name_of(file) for file in made.files.all() if file.side == Side.MEMBER],
        }
        for made in found.order_by("-pk")
    ]
    return Holding(
        "complaints",
        _("你的投诉"),
        _("邻居看不到是你；对方和裁定的人看得到。注销时你写的话和照片删掉，结果照样算。"),
        rows,
        (Column("code", CODE), Column("said", _("现在")), Column("made_at", TIME, "time")),
    )


def _said(user_id: int) -> Holding:
    answers = Response.objects.filter(answered_by_id=user_id).select_related("complaint")
    ways = Suggestion.objects.filter(made_by_id=user_id).select_related("complaint")
    appeals = ComplaintAppeal.objects.filter(made_by_id=user_id).select_related("complaint")
    rows = [
        *(
            {"code": a.complaint.code, "text": a.text, "at": a.answered_at}
            for a in answers.order_by("-pk")
        ),
        *(
            {"code": w.complaint.code, "text": w.text, "at": w.made_at}
            for w in ways.order_by("-pk")
        ),
        *(
            {"code": a.complaint.code, "text": a.text, "at": a.made_at}
            for a in appeals.order_by("-pk")
        ),
    ]
    return Holding(
        "complaint_answers",
        _("你在投诉里说的：答复、办法、申诉"),
        _("答复写的是店名或团长，邻居看得到。注销时清掉你写的话。"),
        rows,
        (Column("code", CODE), Column("text", _("说的话")), Column("at", TIME, "time")),
    )


def _judged(user_id: int) -> Holding:
    ruled = Ruling.objects.filter(decided_by__user_id=user_id).select_related("complaint")
    voted = Vote.objects.filter(seat__member__user_id=user_id).order_by("-pk")
    rows = [
        *(
            {
                "code": one.complaint.code,
                "said": str(one.get_verdict_display()),
                "reason": one.reason,
                "at": one.decided_at,
            }
            for one in ruled.order_by("-pk")
        ),
        *(
            {"code": "", "said": one.choice, "reason": one.reason, "at": one.voted_at}
            for one in voted
        ),
    ]
    return Holding(
        "complaint_rulings",
        _("你裁定和评议过的"),
        _("裁定看得到是团长；评议看不到是谁。注销时清掉理由。"),
        rows,
        (Column("code", CODE), Column("reason", _("理由")), Column("at", TIME, "time")),
    )
