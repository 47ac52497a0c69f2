"""The ledger as members read it: newest first, each page with the way to what proves it (R4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from groups.models import Membership
from merchants.models import Application
from orders.models import PublishedSummary
from reputation.models import Entry, Evidence, Kind, Subject

PAGE = 30
OF_COMPLAINTS = (
    Evidence.COMPLAINT,
    Evidence.COMPLAINT_MARK,
    Evidence.RESPONSE,
    Evidence.RULING,
)
# what one may look at alone → subjects; "mine": what is written about her
VIEWS = {
    "": _("全部"),
    Subject.MERCHANT.value: _("商家"),
    Subject.MANDATE.value: _("团长"),
    Subject.GROUP.value: _("月报"),
    "mine": _("关于我"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One page. `url` opens the evidence, "" where it is not for the reader's eyes; `who` is
    empty where a neighbour stays unnamed, and so is `evidence_id`: the number of an order leads to
    whose it is. `weight` is signed, "" for none."""

    number: int
    seal: str
    kind: str
    label: str
    who: str
    subject: str
    weight: str
    at: datetime
    title: str
    url: str
    corrects: int | None
    struck_by: int | None
    month: date | None
    weight_milli: int
    evidence: str
    evidence_id: int | None
    repairs: int | None


@dataclass(frozen=True, slots=True)
class LedgerPage:
    rows: list[Row]
    brand: str
    older: int | None


def ledger_page(
    member: Membership,
    *,
    view: str = "",
    merchant_id: int | None = None,
    before: int | None = None,
    limit: int = PAGE,
) -> LedgerPage:
    """So many pages, older than `before`. At most four queries, however many rows."""
    found = Entry.objects.of_group(member.group_id)
    if merchant_id is not None:
        found = found.filter(merchant_id=merchant_id)
    elif view == "mine":
        found = found.filter(Q(member=member) | Q(mandate__membership=member))
    elif view in VIEWS and view:
        found = found.filter(subject=view)
    if before is not None:
        found = found.filter(number__lt=before)
    related = ("merchant", "mandate__membership", "member", "round")
    pages = list(found.select_related(*related).order_by("-number")[: limit + 1])
    shown = pages[:limit]
    months, struck = _months(shown), _struck(member.group_id, shown)
    return LedgerPage(
        rows=[_row(entry, member, months, struck) for entry in shown],
        brand=_brand(member.group_id, merchant_id) if merchant_id is not None else "",
        older=shown[-1].number if len(pages) > limit else None,
    )


def _row(entry: Entry, member: Membership, months: dict[int, date], struck: dict[int, int]) -> Row:
    month = months.get(entry.evidence_id) if entry.evidence == Evidence.SUMMARY else None
    return Row(
        number=entry.number,
        seal=entry.seal,
        kind=entry.kind,
        label=str(Kind(entry.kind).label),
        who=_who(entry, member),
        subject=entry.subject,
        weight=f"{entry.weight_milli / 1000:+g}" if entry.weight_milli else "",
        at=entry.at,
        title=entry.round.title if entry.round else "",
        url=_url(entry, member, month),
        corrects=entry.corrects,
        struck_by=struck.get(entry.number),
        month=month,
        weight_milli=entry.weight_milli,
        evidence=entry.evidence,
        evidence_id=entry.evidence_id if _may_know(entry, member) else None,
        repairs=entry.repairs,
    )


def _who(entry: Entry, member: Membership) -> str:
    """A shop by its name, the initiator by hers; a neighbour only to herself and to officers."""
    if entry.merchant is not None:
        return entry.merchant.brand
    if entry.mandate is not None:
        return entry.mandate.membership.nickname
    if entry.member is not None and _may_know(entry, member):
        return entry.member.nickname
    return ""


def _may_know(entry: Entry, member: Membership) -> bool:
    """Whether this reader may know whom it is about."""
    return member.is_officer or entry.member_id in (None, member.pk)


def _url(entry: Entry, member: Membership, month: date | None) -> str:
    """The page of the evidence, as far as this reader may open it."""
    slug = member.group.slug
    own = member.is_officer or entry.member_id == member.pk
    if ours := _of_trust(entry, slug):
        return ours
    if month is not None:
        return reverse("orders:summary-month", args=[slug, f"{month:%Y-%m}"])
    if entry.evidence in (Evidence.DELIVERY, Evidence.INSPECTION) and entry.round_id:
        return reverse("orders:delivery", args=[slug, entry.round_id])
    if entry.evidence == Evidence.PAPER:
        return reverse("merchants:vetting", args=[slug, entry.merchant_id])
    if entry.evidence == Evidence.ORDER:
        return reverse("orders:order", args=[slug, entry.evidence_id]) if own else ""
    if entry.evidence == Evidence.RETURN and member.is_officer:
        return reverse("orders:return", args=[slug, entry.evidence_id])
    if entry.evidence in (Evidence.RETURN, Evidence.RETURN_MARK) and entry.merchant_id:
        return reverse("orders:return-report", args=[slug]) + f"?merchant={entry.merchant_id}"
    return reverse("orders:round", args=[slug, entry.round_id]) if entry.round_id else ""


def _of_trust(entry: Entry, slug: str) -> str:
    """The page of evidence that is of this app; else nothing."""
    if entry.evidence == Evidence.RATING and entry.round_id:
        return reverse("reputation:round-said", args=[slug, entry.round_id])
    if entry.evidence in (Evidence.SANCTION, Evidence.RECOGNITION):
        return reverse("reputation:sanctions", args=[slug, entry.merchant_id])
    if entry.evidence in OF_COMPLAINTS:
        return reverse("reputation:complaint-of", args=[slug, entry.evidence, entry.evidence_id])
    return ""


def _months(entries: Iterable[Entry]) -> dict[int, date]:
    ids = [entry.evidence_id for entry in entries if entry.evidence == Evidence.SUMMARY]
    if not ids:
        return {}
    return dict(PublishedSummary.objects.filter(pk__in=ids).values_list("pk", "month"))


def _struck(group_id: int, entries: Iterable[Entry]) -> dict[int, int]:
    """Which of these were struck out, and by which page."""
    numbers = [entry.number for entry in entries]
    later = Entry.objects.of_group(group_id).filter(corrects__in=numbers)
    return {struck: by for struck, by in later.values_list("corrects", "number") if struck}


def _brand(group_id: int, merchant_id: int) -> str:
    rows = Application.objects.of_group(group_id).filter(merchant_id=merchant_id)
    return rows.values_list("merchant__brand", flat=True).first() or ""
