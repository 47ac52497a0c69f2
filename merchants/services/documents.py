"""Papers of a merchant come in, replace each other and are taken back (M3).

They belong to the merchant, across groups; each group looks at them for itself (M4). Whoever adds
one holds the merchant's row, so two copies of one paper never stand beside each other.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from groups.services import words
from merchants.models import Category, Document, DocumentKind, Merchant
from merchants.models.credit_codes import credit_code_is_valid
from merchants.models.licence_numbers import has_licence_shape, licence_number_is_valid
from merchants.services.papers import PaperFile
from tuangou.core import clock, events
from tuangou.core.errors import DomainError, InvalidInput

# kinds that say which goods may be sold
LICENCES = (DocumentKind.FOOD, DocumentKind.PRODUCTION)
# the last day may stay empty: it holds for good
ENDLESS = (DocumentKind.LICENCE, DocumentKind.BRAND, DocumentKind.OTHER)


class OtherShopsLicence(InvalidInput):
    """The licence's number is not the credit code of this merchant."""

    code = "other_shops_licence"
    rule = "M3"


class DocumentGone(DomainError):
    """The paper was taken back already, or replaced."""

    code = "document_gone"
    rule = "M3"


@dataclass(frozen=True, slots=True)
class Paper:
    """What is typed off a paper. Days are days of the calendar; no last day: for good.

    For a test report `valid_from` is the day of the report and `valid_until` stays empty.
    """

    kind: str
    number: str
    issuer: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    covers: tuple[str, ...] = field(default=())


@transaction.atomic
def add_document(*, merchant_id: int, paper: Paper, file: PaperFile, user_id: int) -> Document:
    """Keep a paper and its file; one of the same kind and number is replaced by it (M3).

    Whether another merchant showed the same is found when a group looks at it, not here: who sends
    a forged paper learns nothing. Raises OtherShopsLicence, InvalidInput.
    """
    merchant = Merchant.objects.select_for_update(no_key=True).get(pk=merchant_id)
    at = clock.now()
    fields = _checked(paper, merchant, at)
    same = Document.objects.standing().filter(
        merchant=merchant, kind=fields["kind"], number=fields["number"]
    )
    replaced = list(same.values_list("pk", flat=True))
    same.update(withdrawn_at=at)
    row = Document(
        merchant=merchant,
        **fields,
        content_type=file.content_type,
        sha256=hashlib.sha256(file.content).hexdigest(),
        source_sha256=file.source_sha256,
        picture_hash=file.hashes[0] if file.hashes else "",
        copy_hashes=list(file.hashes[1:]),
        added_at=at,
        added_by_id=user_id,
    )
    _keep(row, file)
    _tell("document.added", row, user_id, at, replaced=replaced)
    return row


@transaction.atomic
def withdraw_document(*, merchant_id: int, document_id: int, user_id: int) -> Document:
    """Take a paper back. Its number and hashes stay known. Raises DocumentGone."""
    Merchant.objects.select_for_update(no_key=True).get(pk=merchant_id)
    at = clock.now()
    row = Document.objects.standing().filter(merchant_id=merchant_id, pk=document_id).first()
    if row is None:
        raise DocumentGone(_("这份证件已经收回，或换成新的了。刷新页面看看。"))
    row.withdrawn_at = at
    row.save(update_fields=["withdrawn_at"])
    _tell("document.withdrawn", row, user_id, at)
    return row


def normal_number(kind: str, typed: str, *, field: str = "number") -> str:
    """A number as it is compared: capitals, no spaces. Raises InvalidInput (M3)."""
    number = "".join(unicodedata.normalize("NFKC", typed).split()).upper()
    number = words.plain(number, field=field, most=40, empty=_("填证件上的编号"))
    if kind == DocumentKind.LICENCE and not credit_code_is_valid(number):
        raise InvalidInput(_("信用代码有 18 位，最后一位是校验位，照营业执照核对一遍"), field=field)
    if kind == DocumentKind.FOOD:
        _check_licence(number, ("JY", "YB"), _("食品经营许可证编号是 JY 加 14 位数字"), field)
    if kind == DocumentKind.PRODUCTION:
        _check_licence(number, ("SC",), _("食品生产许可证编号是 SC 加 14 位数字"), field)
    return number


def _check_licence(number: str, letters: tuple[str, ...], shape: str, field: str) -> None:
    if not has_licence_shape(number, letters):
        raise InvalidInput(shape, field=field)
    if not licence_number_is_valid(number):
        raise InvalidInput(_("最后一位校验位对不上，照证件把编号核对一遍"), field=field)


def _checked(paper: Paper, merchant: Merchant, at: datetime) -> dict[str, object]:
    if paper.kind not in DocumentKind.values:
        raise InvalidInput(_("选是哪一种证件"), field="kind")
    number = normal_number(paper.kind, paper.number)
    if paper.kind == DocumentKind.LICENCE and number != (merchant.credit_code or number):
        raise OtherShopsLicence(
            _("营业执照上的信用代码和店的资料对不上。先核对是不是这家店的执照"), field="number"
        )
    _check_days(paper, at)
    covers = [category for category in Category.values if category in paper.covers]
    if paper.kind in LICENCES and not covers:
        raise InvalidInput(_("照许可证勾选能卖的品类"), field="covers")
    return {
        "kind": paper.kind,
        "number": number,
        "issuer": words.plain(paper.issuer, field="issuer", most=60),
        "valid_from": paper.valid_from,
        "valid_until": paper.valid_until,
        "covers": covers if paper.kind in LICENCES else [],
    }


def _check_days(paper: Paper, at: datetime) -> None:
    """Expired papers may be shown: the group sees that they are. A report has its day."""
    first, last = paper.valid_from, paper.valid_until
    if first and last and last < first:
        raise InvalidInput(_("到期日要在起始日之后"), field="valid_until")
    if paper.kind == DocumentKind.REPORT:
        if first is None:
            raise InvalidInput(_("填报告的日期"), field="valid_from")
        if first > _latest_day(at):
            raise InvalidInput(_("报告的日期还没到，照报告核对一遍"), field="valid_from")
    elif last is None and paper.kind not in ENDLESS:
        raise InvalidInput(_("填证件上的到期日"), field="valid_until")


def _latest_day(at: datetime) -> date:
    """The day it is where the day is furthest on."""
    return (at + timedelta(hours=14)).date()


def _keep(row: Document, file: PaperFile) -> None:
    """The file under a random name; the row is the last step, so that little can orphan it."""
    row.file.save(f"{secrets.token_hex(16)}.{file.extension}", ContentFile(file.content), False)
    try:
        row.save(force_insert=True)
    except Exception:
        row.file.delete(save=False)
        raise


def _tell(kind: str, row: Document, user_id: int, at: datetime, **data: object) -> None:
    """Papers are known across groups, so what happens to them belongs to the installation."""
    events.publish(
        kind,
        group_id=None,
        subject_id=row.pk,
        actor_id=user_id,
        at=at,
        merchant=row.merchant_id,
        paper=row.kind,
        **data,
    )
