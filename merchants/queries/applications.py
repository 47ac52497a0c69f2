"""What a group knows of its merchants, and what was agreed with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery

from groups.models import GroupStatus
from groups.queries.settings import percent_text
from merchants.models import Agreement, Application, ApplicationStatus
from tuangou.core.models import Event

SHOWN = 50
WAITING = (
    ApplicationStatus.SUBMITTED,
    ApplicationStatus.IN_REVIEW,
    ApplicationStatus.CHANGES_ASKED,
    ApplicationStatus.DRAFT,
)
# what an application's events tell, as `merchants.services.applications` publishes it
FACTS = (
    "started",
    "submitted",
    "review_started",
    "changes_asked",
    "rejected",
    "approved",
    "agreed",
    "suspended",
    "reinstated",
    "exited",
)
SELLING = (ApplicationStatus.APPROVED, ApplicationStatus.SUSPENDED)


@dataclass(frozen=True, slots=True)
class MerchantRow:
    """A merchant in a list. `since`: first agreement here; commission in basis points."""

    id: int
    brand: str
    status: str
    band: str
    kind: str
    stores: int
    since: datetime | None
    commission_bp: int | None


@dataclass(frozen=True, slots=True)
class MerchantList:
    rows: list[MerchantRow]
    page: int
    has_more: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to an application; `fact` is one of FACTS."""

    fact: str
    at: datetime
    reason: str
    commission: str


@dataclass(frozen=True, slots=True)
class ShopRow:
    """A shop of hers in a group, for the start page."""

    merchant_id: int
    brand: str
    slug: str
    group: str
    status: str


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


def merchants_of(group_id: int, *, at: datetime, query: str = "", page: int = 1) -> MerchantList:
    """Merchants that sell here, suspended ones too, by the sound of their brand; 50 a page.

    `query` finds a part of the brand or of its pinyin. One query.
    """
    rows = Application.objects.of_group(group_id).filter(status__in=SELLING)
    if query:
        sound = "".join(query.lower().split())
        rows = rows.filter(
            Q(merchant__brand__icontains=query) | Q(merchant__brand_key__contains=sound)
        )
    start = (page - 1) * SHOWN
    found = list(_listed(rows, at)[start : start + SHOWN + 1])
    return MerchantList([_row(a) for a in found[:SHOWN]], page, len(found) > SHOWN)


def waiting_in(group_id: int, *, at: datetime) -> list[MerchantRow]:
    """Applications that wait for someone, for the officers. One query."""
    rows = Application.objects.of_group(group_id).filter(status__in=WAITING)
    return [_row(a) for a in _listed(rows, at)[:SHOWN]]


def shops_here(user_id: int, group_id: int, *, at: datetime) -> list[MerchantRow]:
    """The shops of this person in this group, in whatever state. One query."""
    rows = Application.objects.of_group(group_id).filter(merchant__staff__user_id=user_id)
    return [_row(a) for a in _listed(rows, at)[:SHOWN]]


def shops_of(user_id: int) -> list[ShopRow]:
    """Her shops in all living groups. One query."""
    rows = (
        Application.objects.filter(
            merchant__staff__user_id=user_id, group__status=GroupStatus.ACTIVE
        )
        .select_related("merchant", "group")
        .order_by("merchant__brand_key", "group__name", "pk")
    )
    return [
        ShopRow(a.merchant_id, a.merchant.brand, a.group.slug, a.group.name, a.status) for a in rows
    ]


def history_of(application: Application) -> list[Step]:
    """What happened to an application, newest first. One query."""
    events = Event.objects.filter(
        group_id=application.group_id,
        kind__in=[f"application.{fact}" for fact in FACTS],
        subject_id=application.pk,
    ).order_by("-pk")
    return [
        Step(
            fact=event.kind.removeprefix("application."),
            at=event.happened_at,
            reason=event.data.get("reason", ""),
            commission=percent_text(event.data.get("commission_bp") or 0),
        )
        for event in events
    ]


def _listed(rows: QuerySet[Application], at: datetime) -> QuerySet[Application, Any]:
    agreed = Agreement.objects.filter(application=OuterRef("pk"), group_id=OuterRef("group_id"))
    now = agreed.filter(valid_from__lte=at).order_by("-valid_from", "-pk")
    return (
        rows.select_related("merchant")
        .annotate(
            since=Subquery(agreed.order_by("valid_from", "pk").values("valid_from")[:1]),
            commission=Subquery(now.values("commission_bp")[:1]),
        )
        .order_by("merchant__brand_key", "merchant_id")
    )


def _row(application: Any) -> MerchantRow:
    merchant = application.merchant
    return MerchantRow(
        id=merchant.pk,
        brand=merchant.brand,
        status=application.status,
        band="stop" if application.status == ApplicationStatus.SUSPENDED else application.band,
        kind=merchant.kind,
        stores=merchant.stores,
        since=application.since,
        commission_bp=application.commission,
    )
