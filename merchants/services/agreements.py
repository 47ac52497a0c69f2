"""What a group and a shop agree: proposed by one side, signed by both, told in time (M5, G7).

Lock order: the approval, so that nobody signs what the other is changing, and no round opens beside
a signature. A version is signed by its content: what stood on the page is what is signed.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from groups.models import GroupStatus, Membership
from groups.services import words
from merchants.access import Signer
from merchants.models import (
    Agreement,
    AgreementDraft,
    AgreementSignature,
    Application,
    ApplicationStatus,
    MerchantStaff,
    Side,
    StaffRole,
    Way,
)
from merchants.models.agreements import NOTICE, PROMISES, starts_at
from merchants.queries.agreements import latest_of, latest_terms
from merchants.services.agreement_news import tell_coming
from merchants.services.promises import Promises
from tuangou.core import clock, events
from tuangou.core.errors import DomainError, InvalidInput, InvalidTransition

MOST_COMMISSION_BP = 3000
LATEST = timedelta(days=366)
OPEN_TO_CHANGE = (ApplicationStatus.APPROVED, ApplicationStatus.SUSPENDED)


class AgreementChanged(DomainError):
    """The other side has proposed something else meanwhile."""

    code = "agreement_changed"
    rule = "M5"


class NothingToSign(DomainError):
    """No version waits for this side."""

    code = "nothing_to_sign"
    rule = "M5"


class OneForBoth(DomainError):
    """Nobody signs for both sides."""

    code = "one_for_both"
    rule = "M5"


@dataclass(frozen=True, slots=True)
class Terms:
    """What is proposed. Commission in basis points, None: as it stands, the only thing a shop may
    say; `not_before`: a local day, or as soon as the notice allows."""

    promises: Promises
    commission_bp: int | None = None
    not_before: date | None = None


@transaction.atomic
def propose(*, group_id: int, merchant_id: int, signer: Signer, terms: Terms) -> AgreementDraft:
    """A further version, signed by who proposes it; any that waited is void by it (M5).

    The house rules as they are now belong to it (G7). Raises InvalidTransition, InvalidInput.
    """
    application = Application.objects.lock(group_id, merchant_id)
    at = clock.now()
    if application.status not in OPEN_TO_CHANGE:
        raise InvalidTransition(_("通过审核以后才谈约定。先把申请办完"))
    standing = latest_terms(application)
    commission_bp = terms.commission_bp
    if commission_bp is None or Side.GROUP not in signer.sides:
        commission_bp = standing.commission_bp
    _check_day(application, terms.not_before, at)
    draft = _draft(application, commission_bp, terms.promises, terms.not_before)
    if (current := latest_of(application)) and current.draft and draft.says_the_same(current.draft):
        raise InvalidInput(_("和现在的约定一样，不用再签"))
    return _put_forward(application, draft, signer, at)


@transaction.atomic
def sign(*, group_id: int, merchant_id: int, signer: Signer, content: str) -> Agreement | None:
    """Sign the version that stood on the page; the agreement, once both have.

    Raises AgreementChanged when that is not the newest by now, NothingToSign, OneForBoth.
    """
    application = Application.objects.lock(group_id, merchant_id)
    at = clock.now()
    draft = _open_draft(application, content)
    side = _side_to_sign(draft, signer)
    _put_name(draft, side, Way.APP, at, user_id=signer.user_id, member_id=signer.member_id)
    return _conclude(application, draft, signer.user_id, at)


@transaction.atomic
def record_paper(
    *, group_id: int, merchant_id: int, actor_id: int, content: str, photo: bytes
) -> Agreement | None:
    """The initiator records that a shop without an account has signed on paper. `photo`: WebP.

    Raises AgreementChanged, NothingToSign; InvalidInput for a shop whose owner can sign.
    """
    application = Application.objects.lock(group_id, merchant_id)
    at = clock.now()
    actor = Membership.objects.of_group(group_id).get(pk=actor_id)
    if MerchantStaff.objects.filter(merchant_id=merchant_id, role=StaffRole.OWNER).exists():
        raise InvalidInput(_("这家店有店主，请店主自己在这里签"))
    draft = _open_draft(application, content)
    if _signed(draft, Side.SHOP):
        raise NothingToSign(_("店里已经签过这一版。刷新页面看看"))
    _put_name(draft, Side.SHOP, Way.PAPER, at, member_id=actor.pk, photo=photo)
    return _conclude(application, draft, actor.user_id, at)


@transaction.atomic
def decline(
    *, group_id: int, merchant_id: int, signer: Signer, content: str, note: str
) -> AgreementDraft:
    """No to the version that stood on the page, or take back one's own: it is void.

    What held before goes on. Raises AgreementChanged, NothingToSign, InvalidInput.
    """
    application = Application.objects.lock(group_id, merchant_id)
    at = clock.now()
    draft = _open_draft(application, content)
    note = words.plain(note, field="note", most=300, empty=_("写一句为什么，对方看得到"))
    _put_name(
        draft,
        signer.side,
        Way.APP,
        at,
        user_id=signer.user_id,
        member_id=signer.member_id,
        refused=True,
        note=note,
    )
    _tell("agreement.declined", application, draft.pk, signer.user_id, at, side=signer.side)
    return draft


def offer(
    application: Application, *, actor: Membership, commission_bp: int | None, at: datetime
) -> int:
    """What approval agrees on, and its commission: without `commission_bp` what was agreed before,
    else the group's default. The caller holds the approval. Raises InvalidInput.

    Nothing new where that is agreed already; else the group has signed by approving, and the shop's
    name is wanted: its past is loaded with it.
    """
    standing = latest_of(application)
    if commission_bp is None:
        commission_bp = latest_terms(application).commission_bp
    promised = Promises(
        application.delivery_promise, application.packaging_promise, application.returns_promise
    )
    draft = _draft(application, commission_bp, promised, None)
    if standing is None or not _covers(standing, draft):
        signer = Signer((Side.GROUP,), actor.user_id or 0, actor.pk)
        _put_forward(application, draft, signer, at)
    return commission_bp


def _covers(standing: Agreement, draft: AgreementDraft) -> bool:
    """Whether approving needs no new signature: the rules may have moved on (G7)."""
    if standing.commission_bp != draft.commission_bp:
        return False
    before = standing.draft or AgreementDraft()
    return all(getattr(before, name) == getattr(draft, name) for name in PROMISES)


def _draft(
    application: Application, commission_bp: int, promises: Promises, not_before: date | None
) -> AgreementDraft:
    if not 0 <= commission_bp <= MOST_COMMISSION_BP:
        raise InvalidInput(_("佣金填 0 到 30 之间的百分数"), field="commission")
    drafts = AgreementDraft.objects.filter(group_id=application.group_id, application=application)
    draft = AgreementDraft(
        group_id=application.group_id,
        application=application,
        number=drafts.count() + 1,
        commission_bp=commission_bp,
        delivery=words.plain(promises.delivery, field="delivery", most=300),
        packaging=words.plain(promises.packaging, field="packaging", most=300),
        returns=words.plain(promises.returns, field="returns", most=300),
        rules_version=application.group.rules_version,
        not_before=not_before,
    )
    return draft


def _put_forward(
    application: Application, draft: AgreementDraft, signer: Signer, at: datetime
) -> AgreementDraft:
    draft.content_sha256 = draft.content()
    draft.side, draft.proposed_by_id, draft.proposed_at = signer.side, signer.user_id or None, at
    draft.save(force_insert=True)
    past = application.group.status == GroupStatus.LOADING
    way = Way.RECORD if past else Way.APP
    _put_name(draft, draft.side, way, at, user_id=signer.user_id, member_id=signer.member_id)
    if past:
        _put_name(draft, Side.SHOP, way, at)
        _conclude(application, draft, signer.user_id, at)
    else:
        _tell("agreement.proposed", application, draft.pk, signer.user_id, at, side=draft.side)
    return draft


def _put_name(
    draft: AgreementDraft,
    side: str,
    way: str,
    at: datetime,
    *,
    user_id: int | None = None,
    member_id: int | None = None,
    refused: bool = False,
    note: str = "",
    photo: bytes = b"",
) -> None:
    paper = way == Way.PAPER
    row = AgreementSignature(
        group_id=draft.group_id,
        draft=draft,
        side=side,
        way=way,
        refused=refused,
        note=note,
        content_sha256=draft.content_sha256,
        member_id=member_id if paper or side == Side.GROUP else None,
        user_id=user_id or None,
        signed_at=at,
    )
    if not paper:
        row.save(force_insert=True)
        return
    row.photo.save(f"{secrets.token_hex(16)}.webp", ContentFile(photo), False)
    try:
        row.save(force_insert=True)
    except Exception:
        row.photo.delete(save=False)
        raise


def _open_draft(application: Application, content: str) -> AgreementDraft:
    """The newest version, if it waits and is the one that was read. The caller holds the lock."""
    rows = AgreementDraft.objects.filter(group_id=application.group_id, application=application)
    draft = rows.order_by("-number").first()
    over = draft is None or Agreement.objects.filter(draft=draft).exists()
    if draft is None or over or draft.signatures.filter(refused=True).exists():
        raise NothingToSign(_("现在没有等签的约定。刷新页面看看"))
    if draft.content_sha256 != content:
        raise AgreementChanged(_("对方刚改过约定。看完新的再签"))
    return draft


def _side_to_sign(draft: AgreementDraft, signer: Signer) -> Side:
    waiting = [side for side in Side if not _signed(draft, side)]
    side = next((side for side in waiting if side in signer.sides), None)
    if side is None:
        raise NothingToSign(_("你这边已经签过这一版，等对方签"))
    if draft.signatures.filter(user_id=signer.user_id, refused=False).exists():
        raise OneForBoth(_("同一个人不能替两边签。请副团长审核时签团长这边"))
    return side


def _signed(draft: AgreementDraft, side: str) -> bool:
    return draft.signatures.filter(side=side, refused=False).exists()


def _conclude(
    application: Application, draft: AgreementDraft, user_id: int | None, at: datetime
) -> Agreement | None:
    """Once both have signed: at once if it is the first, else after the notice (M5)."""
    names = list(draft.signatures.filter(refused=False).order_by("pk"))
    if {name.side for name in names} != set(Side.values):
        return None
    before = latest_of(application)
    start = at
    if before is not None:
        zone = application.group.zone
        start = starts_at(zone, at, not_before=draft.not_before, last=before.valid_from)
    agreement = Agreement.objects.create(
        group_id=application.group_id,
        application=application,
        draft=draft,
        commission_bp=draft.commission_bp,
        valid_from=start,
        agreed_by_id=next(name.member_id for name in names if name.side == Side.GROUP),
    )
    _tell(
        "agreement.signed",
        application,
        agreement.pk,
        user_id,
        at,
        valid_from=start.isoformat(),
        first=before is None,
    )
    tell_coming(application, at)
    return agreement


def _check_day(application: Application, not_before: date | None, at: datetime) -> None:
    """A day that can still be kept if the other side signs today."""
    if not_before is None:
        return
    today = application.group.local(at).date()
    if not_before < today + NOTICE:
        raise InvalidInput(_("改约定要提前 7 天。选 7 天以后的日子，或空着"), field="not_before")
    if not_before > today + LATEST:
        raise InvalidInput(_("最远选到一年以后"), field="not_before")


def _tell(
    kind: str,
    application: Application,
    subject_id: int,
    user_id: int | None,
    at: datetime,
    **data: object,
) -> None:
    events.publish(
        kind,
        group_id=application.group_id,
        subject_id=subject_id,
        actor_id=user_id or None,
        at=at,
        merchant=application.merchant_id,
        **data,
    )
