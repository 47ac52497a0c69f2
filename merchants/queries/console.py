"""What shops wait for in a group, for the officers' console."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, JSONObject

from groups.models import Group
from merchants.models import (
    AgreementDraft,
    AgreementSignature,
    Application,
    ApplicationStatus,
    DayStatus,
    MerchantDay,
    Side,
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """`applications` to vet, `days` asked for and not answered; `to_sign`: shops whose newest
    agreement lacks the group's name, as (merchant, brand, since when); `proposed`: sanctions that
    the ledger proposes; `complaints` to rule, the first until `ruling_due`."""

    applications: int
    days: int
    to_sign: list[tuple[int, str, datetime]]
    proposed: int
    complaints: int
    ruling_due: datetime | None


def waiting_for_officers(group_id: int, *, today: date) -> Waiting:
    """One statement. A day that has passed waits for nobody."""
    applications = Application.objects.filter(
        group_id=OuterRef("pk"),
        status__in=(ApplicationStatus.SUBMITTED, ApplicationStatus.IN_REVIEW),
    )
    days = MerchantDay.objects.filter(
        group_id=OuterRef("pk"), status=DayStatus.ASKED, day__gte=today
    )
    shop = JSONObject(
        id="application__merchant_id", brand="application__merchant__brand", since="proposed_at"
    )
    row: Any = (
        Group.objects.filter(pk=group_id)
        .values(
            applications=_count(applications),
            days=_count(days),
            proposed=_sum("sanctions_proposed"),
            complaints=_sum("complaints_to_rule"),
            ruling_due=_first_ruling(),
            to_sign=ArraySubquery(_to_sign().values(data=shop)),
        )
        .get()
    )
    to_sign = [
        (one["id"], one["brand"], datetime.fromisoformat(one["since"])) for one in row["to_sign"]
    ]
    return Waiting(
        row["applications"],
        row["days"],
        to_sign,
        row["proposed"],
        row["complaints"],
        row["ruling_due"],
    )


def _to_sign() -> QuerySet[AgreementDraft]:
    """Newest versions of the outer group that neither the group nor anybody's no has answered."""
    newer = AgreementDraft.objects.filter(
        application=OuterRef("application"), number__gt=OuterRef("number")
    )
    names = AgreementSignature.objects.filter(group_id=OuterRef("group_id"), draft=OuterRef("pk"))
    drafts = AgreementDraft.objects.filter(
        ~Exists(newer),
        ~Exists(names.filter(refused=True)),
        ~Exists(names.filter(side=Side.GROUP)),
        group_id=OuterRef("pk"),
        agreements__isnull=True,
    )
    gone = (ApplicationStatus.REJECTED, ApplicationStatus.EXITED)
    return drafts.exclude(application__status__in=gone).order_by("pk")


def _sum(column: str) -> Coalesce:
    """Of a count that the approval rows keep."""
    here = Application.objects.filter(group_id=OuterRef("pk"), **{f"{column}__gt": 0})
    counted = here.order_by().values("group_id").annotate(n=Sum(column)).values("n")
    return Coalesce(Subquery(counted), Value(0))


def _first_ruling() -> Subquery:
    here = Application.objects.filter(group_id=OuterRef("pk"), complaints_to_rule__gt=0)
    return Subquery(here.order_by("complaint_ruling_due").values("complaint_ruling_due")[:1])


def _count(rows: QuerySet[Any]) -> Coalesce:
    counted = rows.order_by().values("group_id").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), Value(0))
