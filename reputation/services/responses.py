"""The one answer to a complaint, and whether what it promised came (R3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from groups.services import words
from merchants.services.papers import PaperFile
from orders.models import Return, ReturnStatus
from reputation.models import Complaint, RemedyDelivery, Response
from reputation.models.complaints import MOST_FILES, ComplaintStatus, Side
from reputation.models.responses import ResponseKind
from reputation.services.complaint_rules import act, keep_files, publish
from tuangou.core import clock, rows
from tuangou.core.errors import DomainError, InvalidInput

LONGEST_ANSWER = 500
MOST_FEN = 10**8


class BadResponse(InvalidInput):
    code = "bad_response"
    rule = "R3"


class AlreadyAnswered(DomainError):
    code = "complaint_already_answered"
    rule = "R3"


class NothingPromised(DomainError):
    code = "nothing_promised"
    rule = "R3"


@dataclass(frozen=True, slots=True)
class Words:
    """What the other side says: an apology may promise so many fen by a day."""

    kind: str
    text: str
    remedy_fen: int | None = None
    remedy_by: date | None = None


def respond(
    *,
    complaint_id: int,
    user_id: int,
    said: Words,
    files: Sequence[PaperFile] = (),
    request_id: UUID,
) -> Complaint:
    """What the other side says, once; late is better than never. Who may is checked by access.

    A denial needs evidence. Raises NotUndecided, AlreadyAnswered, BadResponse.
    """
    text = check(said, files)

    def work(complaint: Complaint, at: datetime) -> None:
        if Response.objects.filter(complaint=complaint).exists():
            raise AlreadyAnswered(_("这件投诉已经答复过了，刷新页面看看。"))
        check_day(complaint, said, at)
        made = Response(
            group_id=complaint.group_id,
            complaint=complaint,
            kind=said.kind,
            text=text,
            remedy_fen=said.remedy_fen,
            remedy_by=said.remedy_by,
            answered_by_id=user_id,
            answered_at=at,
        )
        rows.insert([made])
        complaint.move_to(ComplaintStatus.ANSWERED, at=at)
        publish(
            "complaint.answered",
            complaint,
            user_id,
            at,
            response=made.pk,
            answer=said.kind,
            remedy_fen=said.remedy_fen or 0,
        )
        keep_files(complaint, Side.RESPONDENT, files)

    body: dict[str, object] = {
        "kind": said.kind,
        "text": said.text,
        "remedy_fen": said.remedy_fen,
        "remedy_by": said.remedy_by,
    }
    if files:
        body["files"] = [file.source_sha256 for file in files]
    return act(
        name="complaint.answer",
        complaint_id=complaint_id,
        user_id=user_id,
        body=body,
        work=work,
        request_id=request_id,
    )


def check(said: Words, files: Sequence[PaperFile] | None) -> str:
    """The text as it is kept. `files` None: not chosen yet, for the preview. Raises BadResponse,
    InvalidInput."""
    if said.kind not in ResponseKind.values:
        raise BadResponse(_("选一种答复：道歉、道歉并补偿、解释或否认。"), field="kind")
    text = words.plain(
        said.text, field="text", most=LONGEST_ANSWER, empty=_("写几句答复，邻居都会看到。")
    )
    if said.kind == ResponseKind.DENIAL and files is not None and not files:
        raise BadResponse(_("否认要附证据：照片或 PDF，最多 4 份。"), field="evidence")
    if files is not None and len(files) > MOST_FILES:
        raise BadResponse(_("证据最多 4 份，去掉几份再交。"), field="evidence")
    promises = said.remedy_fen is not None or said.remedy_by is not None
    if said.kind != ResponseKind.REMEDY and promises:
        raise BadResponse(_("只有「道歉并补偿」写补偿多少、哪天给。"), field="remedy")
    if said.kind == ResponseKind.REMEDY:
        if said.remedy_fen is None or not 0 < said.remedy_fen <= MOST_FEN:
            raise BadResponse(_("补偿写一个大于 ¥0.00 的数。"), field="remedy")
        if said.remedy_by is None:
            raise BadResponse(_("写上哪天以前给。"), field="remedy_by")
    return text


def check_day(complaint: Complaint, said: Words, at: datetime) -> None:
    """The day of the remedy lies ahead, in the group's time. Raises BadResponse."""
    if said.remedy_by is None:
        return
    today = complaint.group.local(at).date()
    if said.remedy_by < today or (said.remedy_by - today).days > 60:
        raise BadResponse(_("写今天起 60 天以内的一天。"), field="remedy_by")


def confirm_remedy(*, complaint_id: int, user_id: int, request_id: UUID) -> Complaint:
    """The complainant says that the remedy came; also after the ruling. Twice is once.

    Raises NothingPromised.
    """

    def work(complaint: Complaint, at: datetime) -> None:
        made = Response.objects.filter(complaint=complaint, kind=ResponseKind.REMEDY).first()
        if made is None:
            raise NothingPromised(_("这件投诉没有答应过补偿。"))
        _deliver(complaint, made, at, user_id=user_id)

    return act(
        name="complaint.confirm",
        complaint_id=complaint_id,
        user_id=user_id,
        body={},
        work=work,
        request_id=request_id,
        undecided=False,
    )


@transaction.atomic
def refund_shows(*, return_id: int) -> list[int]:
    """A return of the complained goods was paid back: remedies that this delivers, by what was
    granted since the answer and shows no other remedy already; the complaints. For the handler of
    `return.refunded`."""
    ret = Return.objects.get(pk=return_id)
    promised = Response.objects.filter(
        complaint__line_id=ret.line_id, kind=ResponseKind.REMEDY, deliveries__isnull=True
    )
    shown = []
    for made in promised.select_related("complaint").order_by("pk"):
        complaint = Complaint.objects.lock(made.complaint_id)
        if _granted_since(made, ret.line_id) >= (made.remedy_fen or 0):
            _deliver(complaint, made, clock.now(), return_id=ret.pk)
            shown.append(complaint.pk)
    return shown


def _granted_since(made: Response, line_id: int) -> int:
    """Fen that refunds of a line granted since this answer, less the remedies that they showed."""
    refunded = Return.objects.filter(
        line_id=line_id, status=ReturnStatus.REFUNDED, refunded_at__gte=made.answered_at
    )
    other = RemedyDelivery.objects.filter(ret__in=refunded)
    granted = sum(fen or 0 for fen in refunded.values_list("accepted_fen", flat=True))
    return granted - sum(fen or 0 for fen in other.values_list("response__remedy_fen", flat=True))


def _deliver(
    complaint: Complaint,
    made: Response,
    at: datetime,
    *,
    user_id: int | None = None,
    return_id: int | None = None,
) -> None:
    """Once; the caller holds the complaint."""
    if RemedyDelivery.objects.filter(response=made).exists():
        return
    came = RemedyDelivery(
        group_id=complaint.group_id,
        response=made,
        ret_id=return_id,
        confirmed_by_id=user_id,
        at=at,
    )
    rows.insert([came])
    publish("remedy.delivered", complaint, user_id, at, response=made.pk, delivery=came.pk)
