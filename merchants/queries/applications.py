"""What a group knows of its merchants, and what was agreed with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from groups.models import Group, GroupStatus
from groups.queries.settings import percent_text
from merchants.models import Agreement, Application, ApplicationStatus, Item
from tuangou.core.models import Event
from tuangou.core.templatetags.times import month

SHOWN = 50
GOODS_SHOWN = 3
MOST_IN_CHAT = 60
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
    goods: tuple[str, ...] = ()
    recognised_month: date | None = None


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


def merchants_of(group_id: int, *, at: datetime, query: str = "", page: int = 1) -> MerchantList:
    """Merchants that sell here, suspended ones too, by the sound of their brand; 50 a page.

    `query` as `found_by` reads it. One query.
    """
    rows = found_by(Application.objects.of_group(group_id).filter(status__in=SELLING), query)
    rows = rows.annotate(goods=_goods(query))
    start = (page - 1) * SHOWN
    found = list(_listed(rows, at)[start : start + SHOWN + 1])
    return MerchantList([_row(a) for a in found[:SHOWN]], page, len(found) > SHOWN)


def found_by(rows: QuerySet[Application], query: str) -> QuerySet[Application]:
    """Merchants by a part of the brand, of its pinyin (whole or initials), or of the name of goods
    on the shelf; all of them without a query."""
    if not query:
        return rows
    sound = "".join(query.lower().split())
    sold = Item.objects.filter(merchant_id=OuterRef("merchant_id"), is_active=True)
    return rows.filter(
        Q(merchant__brand__icontains=query)
        | Q(merchant__brand_key__contains=sound)
        | Exists(sold.filter(name__icontains=query))
    )


def _goods(query: str) -> ArraySubquery:
    """Names of goods on the shelf, those that the query names first."""
    sold = Item.objects.filter(merchant_id=OuterRef("merchant_id"), is_active=True)
    meant = sold.filter(name__icontains=query) if query else sold
    return ArraySubquery(meant.order_by("name", "pk").values("name")[:GOODS_SHOWN])


def list_text(group: Group, *, at: datetime, url: str) -> str:
    """「本月商家」: who sells here now and what, ready for the chat. One query."""
    rows = Application.objects.of_group(group.pk).filter(status=ApplicationStatus.APPROVED)
    found: QuerySet[Any] = rows.select_related("merchant").annotate(goods=_goods(""))
    lines = [
        _("【%(group)s】%(month)s商家名单")
        % {"group": group.name, "month": month(at, group.time_zone)}
    ]
    for n, row in enumerate(found.order_by("merchant__brand_key", "merchant_id"), 1):
        goods: list[str] = row.goods
        brand = row.merchant.brand
        lines.append(f"{n}. {brand}：{'、'.join(goods)}" if goods else f"{n}. {brand}")
        if n == MOST_IN_CHAT:
            break
    lines.append(_("证件、店价和约定看这里：%(url)s") % {"url": url})
    return "\n".join(lines)


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
        goods=tuple(getattr(application, "goods", ())),
        recognised_month=application.recognised_month,
    )
