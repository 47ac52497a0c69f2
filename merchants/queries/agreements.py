"""What was agreed with a shop: in force, coming, past, and what waits for a name (M5, G7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from groups.queries.settings import percent_text
from merchants.models import (
    Agreement,
    AgreementDraft,
    AgreementSignature,
    Application,
    Side,
    Way,
)


@dataclass(frozen=True, slots=True)
class Name:
    """A signature as members see it: `who` is masked, as everywhere; of a shop its part only."""

    id: int
    side: str
    way: str
    who: str
    at: datetime
    has_paper: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """Terms in words. `number` counts what was agreed; a draft has the one it would get.

    Commission in basis points and as percent; promises may be empty. `changes`: against the version
    before, in sentences, none for the first.
    """

    id: int
    number: int
    commission_bp: int
    delivery: str
    packaging: str
    returns: str
    rules_version: int
    valid_from: datetime | None
    not_before: date | None
    names: list[Name]
    changes: list[str]
    content: str

    @property
    def percent(self) -> str:
        return percent_text(self.commission_bp)

    @property
    def has_promises(self) -> bool:
        return bool(self.delivery or self.packaging or self.returns)

    def waits_for(self) -> list[str]:
        """Sides that have not signed."""
        return [side for side in Side.values if side not in {name.side for name in self.names}]


@dataclass(frozen=True, slots=True)
class AgreementPage:
    """`draft` waits for a name and is shown to both sides only, as is the last one `refused`."""

    current: Version | None
    coming: list[Version]
    past: list[Version]
    draft: Version | None
    refused: Name | None
    rules_moved: bool


def agreement_at(*, application_id: int, at: datetime) -> Agreement | None:
    """The agreement in force at a moment: the one that began last (M5). One query."""
    return (
        Agreement.objects.filter(application_id=application_id, valid_from__lte=at)
        .order_by("-valid_from", "-pk")
        .first()
    )


def agreements_of(application_id: int) -> list[Agreement]:
    """All that was agreed, newest first. One query."""
    rows = Agreement.objects.filter(application_id=application_id)
    return list(rows.order_by("-valid_from", "-pk"))


def latest_of(application: Application) -> Agreement | None:
    """What was agreed last, with its text, also when it has not begun. One query."""
    rows = Agreement.objects.filter(group_id=application.group_id, application=application)
    return rows.select_related("draft").order_by("-valid_from", "-pk").first()


def latest_terms(application: Application) -> AgreementDraft:
    """What was agreed last, also when it has not begun; else the group's default commission and
    what the shop promised. Not saved. One query."""
    standing = latest_of(application)
    if standing is not None and standing.draft is not None:
        return standing.draft
    return AgreementDraft(
        commission_bp=standing.commission_bp if standing else application.group.commission_bp,
        delivery=application.delivery_promise,
        packaging=application.packaging_promise,
        returns=application.returns_promise,
        rules_version=application.group.rules_version,
    )


def of_merchant(
    group_id: int, merchant_id: int, *, at: datetime, rules_version: int
) -> AgreementPage:
    """Every version with its names. `rules_version`: the house rules as they are now. Three
    queries."""
    whose = {"group_id": group_id, "application__merchant_id": merchant_id}
    agreed = Agreement.objects.filter(**whose).select_related("draft").order_by("valid_from", "pk")
    agreements = list(agreed)
    newest = AgreementDraft.objects.filter(**whose).order_by("-number").first()
    ids = {a.draft_id for a in agreements} | ({newest.pk} if newest else set())
    names, refusals = _names(group_id, {i for i in ids if i is not None})
    versions: list[Version] = []
    for number, agreement in enumerate(agreements, 1):
        terms = agreement.draft or _bare(agreement)
        before = versions[-1] if versions else None
        signed = names.get(agreement.draft_id or 0, [])
        versions.append(_version(terms, number, signed, before, agreement))
    begun = [v for v in versions if v.valid_from and v.valid_from <= at]
    current = begun[-1] if begun else None
    refused = refusals.get(newest.pk) if newest else None
    waiting = newest and newest.pk not in {a.draft_id for a in agreements} and refused is None
    last = versions[-1] if versions else None
    return AgreementPage(
        current=current,
        coming=[v for v in versions if v not in begun],
        past=begun[-2::-1],
        draft=_version(newest, len(versions) + 1, names.get(newest.pk, []), last)
        if newest and waiting
        else None,
        refused=refused,
        rules_moved=bool(current and current.rules_version != rules_version),
    )


def groups_to_sign(merchant_id: int) -> set[int]:
    """Groups whose newest version waits for the shop's name, for its own pages. One query."""
    later = AgreementDraft.objects.filter(
        application=OuterRef("application"), number__gt=OuterRef("number")
    )
    rows = AgreementDraft.objects.filter(
        ~Exists(later), application__merchant_id=merchant_id, agreements__isnull=True
    )
    rows = rows.exclude(signatures__refused=True).exclude(signatures__side=Side.SHOP)
    return set(rows.values_list("group_id", flat=True))


def _names(group_id: int, draft_ids: set[int]) -> tuple[dict[int, list[Name]], dict[int, Name]]:
    """Signatures of these versions, and the refusal of each that was refused. One query."""
    rows = AgreementSignature.objects.filter(group_id=group_id, draft_id__in=draft_ids)
    signed: dict[int, list[Name]] = {}
    refused: dict[int, Name] = {}
    for row in rows.select_related("member__household__building").order_by("pk"):
        name = _name(row)
        if row.refused:
            refused[row.draft_id] = name
        else:
            signed.setdefault(row.draft_id, []).append(name)
    return signed, refused


def _name(row: AgreementSignature) -> Name:
    by_group = row.side == Side.GROUP and row.member is not None
    return Name(
        id=row.pk,
        side=row.side,
        way=row.way,
        who=row.member.masked_name if by_group and row.member else "",
        at=row.signed_at,
        has_paper=row.way == Way.PAPER,
        note=row.note,
    )


def _bare(agreement: Agreement) -> AgreementDraft:
    """Of the time before signatures were kept: the commission alone."""
    return AgreementDraft(commission_bp=agreement.commission_bp, rules_version=0)


def _version(
    draft: AgreementDraft,
    number: int,
    names: list[Name],
    before: Version | None,
    agreement: Agreement | None = None,
) -> Version:
    return Version(
        id=agreement.pk if agreement else draft.pk,
        number=number,
        commission_bp=draft.commission_bp,
        delivery=draft.delivery,
        packaging=draft.packaging,
        returns=draft.returns,
        rules_version=draft.rules_version,
        valid_from=agreement.valid_from if agreement else None,
        not_before=draft.not_before,
        names=names,
        changes=_changes(before, draft) if before else [],
        content=draft.content_sha256,
    )


def _changes(before: Version, after: AgreementDraft) -> list[str]:
    """What is different, in plain words."""
    found = []
    if before.commission_bp != after.commission_bp:
        rates = {"old": before.percent, "new": percent_text(after.commission_bp)}
        found.append(_("佣金从 %(old)s%% 改成 %(new)s%%") % rates)
    for name, words in _promise_words().items():
        old, new = getattr(before, name), getattr(after, name)
        if old == new:
            continue
        changed, added, gone = words
        sentence = changed if old and new else added if new else gone
        found.append(sentence % {"old": old, "new": new})
    if before.rules_version != after.rules_version:
        versions = {"old": before.rules_version, "new": after.rules_version}
        if before.rules_version:
            found.append(_("群规从第 %(old)s 版换成第 %(new)s 版") % versions)
        else:
            found.append(_("按群规第 %(new)s 版") % versions)
    return found


def _promise_words() -> dict[str, tuple[str, str, str]]:
    return {
        "delivery": (
            _("怎么送：从「%(old)s」改成「%(new)s」"),
            _("怎么送：加上「%(new)s」"),
            _("怎么送：去掉「%(old)s」"),
        ),
        "packaging": (
            _("怎么包：从「%(old)s」改成「%(new)s」"),
            _("怎么包：加上「%(new)s」"),
            _("怎么包：去掉「%(old)s」"),
        ),
        "returns": (
            _("什么情况退：从「%(old)s」改成「%(new)s」"),
            _("什么情况退：加上「%(new)s」"),
            _("什么情况退：去掉「%(old)s」"),
        ),
    }
