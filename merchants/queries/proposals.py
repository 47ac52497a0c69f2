"""Shops the neighbours would like to have, and those that sound like a name (W6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q

from groups.models import Membership
from merchants.models import (
    Application,
    ApplicationStatus,
    Backing,
    Proposal,
    ProposalStatus,
    ShopLink,
)
from merchants.models.sounds import pinyin_key, sounds_alike
from tuangou.core.events import AppNow

SHOWN = 50
# an answer of this age is not told of again when the shop is named anew
ANSWER_LASTS = timedelta(days=30)
LIVING = (ApplicationStatus.APPROVED, ApplicationStatus.SUSPENDED)


@dataclass(frozen=True, slots=True)
class Known:
    """A shop that sells here (`merchant_id`), or is proposed (`proposal_id`)."""

    name: str
    merchant_id: int | None = None
    proposal_id: int | None = None


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """A proposal as the group sees it; `token`: of the officers' link to pass on, while it is
    good."""

    id: int
    name: str
    reason: str
    who: str
    proposed_at: datetime
    status: str
    households: int
    mine: bool
    answer: str
    answered_at: datetime | None
    answered_by: str
    token: str

    @property
    def box_id(self) -> str:
        """Of the words to copy, in the page."""
        return f"say-{self.id}"


def known_by_name(group_id: int, name: str) -> list[Known]:
    """Shops of this group with this name, or one that sounds like it; the same name first. Two
    queries."""
    key = pinyin_key(name)
    shops = Application.objects.of_group(group_id).filter(status__in=LIVING)
    brands = shops.order_by("merchant__brand_key", "merchant_id").values_list(
        "merchant__brand", "merchant__brand_key", "merchant_id"
    )
    recent = Q(status=ProposalStatus.OPEN) | Q(answered_at__gt=AppNow() - ANSWER_LASTS)
    named = Proposal.objects.filter(recent, group_id=group_id).order_by("pk")
    found = [Known(brand, shop) for brand, other, shop in brands if _alike(name, key, brand, other)]
    found += [
        Known(other, None, row)
        for other, sound, row in named.values_list("name", "name_key", "pk")
        if _alike(name, key, other, sound)
    ]
    return sorted(found, key=lambda row: row.name != name)


def _alike(name: str, key: str, other: str, sound: str) -> bool:
    return name == other or sounds_alike(key, sound or pinyin_key(other))


def proposals_of(member: Membership) -> list[ProposalRow]:
    """Open ones by how many households would like them, then what was answered lately. Two
    queries: the second reads the links of those invited, with their keys."""
    mine = Backing.objects.filter(
        group_id=member.group_id, proposal_id=OuterRef("pk"), household_id=member.household_id
    )
    good = ShopLink.objects.usable().filter(pk=OuterRef("link_id"))
    rows = (
        Proposal.objects.filter(group_id=member.group_id)
        .select_related(
            "proposed_by__household__building", "answered_by__household__building", "link"
        )
        .annotate(households=Count("backings"), mine=Exists(mine), is_good=Exists(good))
        .order_by("answered_at", "-households", "pk")
    )
    is_open = Q(status=ProposalStatus.OPEN)
    waiting = list(rows.filter(is_open).order_by("-households", "pk")[:SHOWN])
    done = list(rows.exclude(is_open).order_by("-answered_at", "-pk")[:SHOWN])
    return [_row(row, officer=member.is_officer) for row in [*waiting, *done]]


def _row(row: Any, *, officer: bool) -> ProposalRow:
    link = row.link if officer and row.is_good else None
    return ProposalRow(
        id=row.pk,
        name=row.name,
        reason=row.reason,
        who=row.proposed_by.masked_name,
        proposed_at=row.proposed_at,
        status=row.status,
        households=row.households,
        mine=row.mine,
        answer=row.answer,
        answered_at=row.answered_at,
        answered_by=row.answered_by.masked_name if row.answered_by else "",
        token=link.token if link else "",
    )
