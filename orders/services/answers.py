"""The merchant's answer to a return, the clocks around it, and the credit while it is late (O11).

The merchant has 24 hours to answer, the initiator 72 to decide, both from the request. A scan
finds whose time is over; what it does then it does once, under the return's lock.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from groups.models import GroupStatus
from merchants.services.papers import PaperFile
from orders.models import (
    Account,
    AnswerFile,
    AnswerKind,
    Cause,
    EvidenceKind,
    MarkKind,
    OrderLine,
    ProvisionalCredit,
    Return,
    ReturnAnswer,
    ReturnMark,
    ReturnStatus,
    Round,
    Source,
    Wish,
)
from orders.models.answers import MOST_EVIDENCE
from orders.queries.returns import most_accepted
from orders.services import ledger, settlements
from orders.services.return_rules import (
    RETURNABLE,
    BadReturn,
    lock_open,
    lock_order,
    publish,
    return_code,
)
from tuangou.core import clock, money, requests, rows
from tuangou.core.errors import DomainError

LONGEST_ANSWER = 500
DUE: dict[str, timedelta] = {
    MarkKind.ANSWER_LATE: timedelta(hours=24),
    MarkKind.ANSWER_STILL_LATE: timedelta(hours=48),
    MarkKind.DECISION_LATE: timedelta(hours=72),
}
FOR_ANSWER = (MarkKind.ANSWER_LATE, MarkKind.ANSWER_STILL_LATE)


class AlreadyAnswered(DomainError):
    code = "return_already_answered"
    rule = "O11"


def answer_return(
    *,
    return_id: int,
    user_id: int,
    kind: str,
    text: str,
    remedy_fen: int | None = None,
    evidence: Sequence[PaperFile] = (),
    request_id: UUID,
) -> Return:
    """What the merchant says to a return, once, while it is undecided; late is better than never.

    `kind`: an AnswerKind; `remedy_fen`: what an apology with a remedy offers, at most what the
    quantity was billed; `evidence`: up to four photos or PDFs, at least one with a denial (R3).
    Raises NotOpen, AlreadyAnswered, BadReturn.
    """
    group_id = Return.objects.values_list("group_id", flat=True).get(pk=return_id)
    body: dict[str, object] = {
        "return": return_id,
        "kind": kind,
        "text": text,
        "remedy_fen": remedy_fen,
    }
    if evidence:
        body["evidence"] = [file.source_sha256 for file in evidence]
    return requests.once(
        group_id=group_id,
        user_id=user_id,
        key=request_id,
        act="return.answer",
        body=body,
        work=lambda: _answer(return_id, user_id, kind, text, remedy_fen, evidence),
        replay=lambda: Return.objects.get(pk=return_id),
    )


def _answer(
    return_id: int,
    user_id: int,
    kind: str,
    text: str,
    remedy_fen: int | None,
    evidence: Sequence[PaperFile],
) -> Return:
    text = text.strip()
    if kind not in AnswerKind.values:
        raise BadReturn(_("选一种答复：道歉、道歉并补偿、解释或否认。"), field="kind")
    if not text:
        raise BadReturn(_("写几句答复，邻居和团长都会看到。"), field="text")
    if len(text) > LONGEST_ANSWER:
        raise BadReturn(_("答复最多 500 个字，删短一点。"), field="text")
    _check_evidence(kind, evidence)
    _rnd, _order, ret, at = lock_open(return_id)
    _check_remedy(ret, kind, remedy_fen)
    if ReturnAnswer.objects.filter(ret_id=ret.pk).exists():
        raise AlreadyAnswered(_("这次退货店里已经答复过了，刷新页面看看。"))
    said = ReturnAnswer(
        group_id=ret.group_id,
        ret=ret,
        kind=kind,
        text=text,
        remedy_fen=remedy_fen,
        answered_by_id=user_id,
        answered_at=at,
    )
    rows.insert([said])
    publish("return.answered", ret, user_id, at, answer=kind, remedy_fen=remedy_fen or 0)
    _keep(said, evidence)
    return ret


def _check_evidence(kind: str, evidence: Sequence[PaperFile]) -> None:
    if kind == AnswerKind.DENIAL and not evidence:
        raise BadReturn(_("否认要附证据：照片或 PDF，最多 4 份。"), field="evidence")
    if len(evidence) > MOST_EVIDENCE:
        raise BadReturn(_("证据最多 4 份，去掉几份再交。"), field="evidence")


def _keep(said: ReturnAnswer, evidence: Sequence[PaperFile]) -> None:
    """Store files under random names; the last step, so that little can orphan a file."""
    kept: list[AnswerFile] = []
    try:
        for position, file in enumerate(evidence, start=1):
            row = AnswerFile(
                group_id=said.group_id,
                answer=said,
                position=position,
                kind=EvidenceKind.PDF if file.extension == "pdf" else EvidenceKind.PICTURE,
                sha256=hashlib.sha256(file.content).hexdigest(),
            )
            name = f"{secrets.token_hex(16)}.{file.extension}"
            row.file.save(name, ContentFile(file.content), save=False)
            kept.append(row)
        AnswerFile.objects.bulk_create(kept)
    except Exception:
        for row in kept:
            row.file.delete(save=False)
        raise


def _check_remedy(ret: Return, kind: str, remedy_fen: int | None) -> None:
    if kind != AnswerKind.REMEDY:
        if remedy_fen is not None:
            raise BadReturn(_("只有「道歉并补偿」写补偿多少。"), field="remedy")
        return
    most = most_accepted(OrderLine.objects.get(pk=ret.line_id), ret.quantity)
    if remedy_fen is None or not 0 < remedy_fen <= most:
        raise BadReturn(
            _("补偿写一个 ¥0.01 到 ¥%(most)s 的数。") % {"most": money.yuan(most)}, field="remedy"
        )


def due_returns() -> list[int]:
    """Undecided returns one of whose clocks ran out unmarked, oldest first. For the scan."""
    now = clock.now()
    late = Q()
    for kind, time in DUE.items():
        marked = ReturnMark.objects.filter(ret_id=OuterRef("pk"), kind=kind)
        over = Q(~Exists(marked), requested_at__lte=now - time)
        if kind in FOR_ANSWER:
            over &= Q(~Exists(ReturnAnswer.objects.filter(ret_id=OuterRef("pk"))))
        late |= over
    waiting = Return.objects.filter(
        status=ReturnStatus.REQUESTED,
        round__status__in=RETURNABLE,
        group__status=GroupStatus.ACTIVE,
    )
    return list(waiting.filter(late).order_by("requested_at", "pk").values_list("pk", flat=True))


@transaction.atomic
def mark_if_due(*, return_id: int) -> list[str]:
    """Do what is due on this return; the marks that were made now.

    No answer after 24 hours: the member is credited provisionally, where she wants her money back.
    Of several marks that came due together (an outage), only the last of a clock is told.
    """
    rnd, order = lock_order(Return.objects.values_list("order_id", flat=True).get(pk=return_id))
    ret = Return.objects.lock(return_id)
    at = clock.now()
    if ret.status != ReturnStatus.REQUESTED or rnd.status not in RETURNABLE:
        return []
    due = _due(ret, at)
    rows.insert([ReturnMark(group_id=ret.group_id, ret=ret, kind=kind, at=at) for kind in due])
    credited = _credit(rnd, ret, at) if MarkKind.ANSWER_LATE in due else 0
    if credited:
        code = return_code(rnd, order, ret)
        settlements.follow(rnd=rnd, at=at, cause=Cause.UNANSWERED, about=code)
    for_answer = [kind for kind in due if kind in FOR_ANSWER]
    if for_answer:
        hours = int(DUE[for_answer[-1]].total_seconds() // 3600)
        publish("return.answer_late", ret, None, at, hours=hours, credited_fen=credited)
    if MarkKind.DECISION_LATE in due:
        publish("return.decision_late", ret, None, at)
    return due


def _due(ret: Return, at: datetime) -> list[str]:
    """Kinds whose time is over and that were not marked yet, in order of time."""
    marked = set(ReturnMark.objects.filter(ret_id=ret.pk).values_list("kind", flat=True))
    answered = ReturnAnswer.objects.filter(ret_id=ret.pk).exists()
    return [
        kind
        for kind, time in DUE.items()
        if at >= ret.requested_at + time
        and kind not in marked
        and not (answered and kind in FOR_ANSWER)
    ]


def _credit(rnd: Round, ret: Return, at: datetime) -> int:
    """Credit what the quantity was billed, from the merchant's account; the fen."""
    if ret.wish != Wish.REFUND:
        return 0
    amount = most_accepted(OrderLine.objects.get(pk=ret.line_id), ret.quantity)
    if amount:
        credit = ProvisionalCredit(
            group_id=ret.group_id, ret=ret, amount_fen=amount, credited_at=at
        )
        rows.insert([credit])
        _book(rnd, ret, credit, Source.PROVISIONAL, amount, at)
    return amount


def end_credit(*, rnd: Round, ret: Return, at: datetime) -> int:
    """Take a provisional credit back in full, for whoever decides the return and holds its locks;
    the fen, 0 if there was none. What the decision grants is posted by the decision alone."""
    credit = ProvisionalCredit.objects.filter(ret_id=ret.pk, ended_at__isnull=True).first()
    if credit is None:
        return 0
    credit.ended_at = at
    rows.update(credit, "ended_at")
    _book(rnd, ret, credit, Source.PROVISIONAL_END, -credit.amount_fen, at)
    return credit.amount_fen


def _book(
    rnd: Round, ret: Return, credit: ProvisionalCredit, source: Source, fen: int, at: datetime
) -> None:
    ledger.post(
        group_id=rnd.group_id,
        round_id=rnd.pk,
        order_id=ret.order_id,
        source=source,
        source_id=credit.pk,
        at=at,
        legs={
            (Account.MEMBER, ret.order.member_id): -fen,
            (Account.MERCHANT, rnd.merchant_id): fen,
        },
    )
