"""Who is told of what happens in a group, and what she has been told. One query each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Subquery

from groups.models import Consent, Deputy, Group, Joining, Mandate, Membership, Purpose
from tuangou.core.judging import Standing
from tuangou.core.notices import NoticeRow, inbox

PAGE = 30


@dataclass(frozen=True, slots=True)
class InboxPage:
    """Lines newest first; `older_url` leads to the page after this one, empty on the last."""

    rows: list[NoticeRow]
    older_url: str


def inbox_page(user_id: int, *, group_id: int | None, before: int | None) -> InboxPage:
    """One page of her inbox in this group, or in all."""
    rows = inbox(user_id, group_id=group_id, before=before, limit=PAGE + 1)
    return InboxPage(rows[:PAGE], f"?before={rows[PAGE - 1].id}" if len(rows) > PAGE else "")


def member_accounts(
    group_id: int, *, but: int | None = None, by: datetime | None = None
) -> set[int]:
    """Active members with an account; `but` is the account of whoever did it, `by` a moment they
    had to be in the group at."""
    members = Membership.objects.of_group(group_id).active().filter(user__isnull=False)
    if by is not None:
        members = members.filter(activated_at__lte=by)
    return set(members.values_list("user_id", flat=True)) - {but}


def officer_accounts(group_id: int, *, but: int | None = None) -> set[int]:
    """The initiator in office and her deputies."""
    mandates = Mandate.objects.filter(group_id=group_id, ended_at__isnull=True)
    deputies = Deputy.objects.filter(group_id=group_id, ended_at__isnull=True)
    accounts = mandates.values_list("membership__user_id", flat=True).union(
        deputies.values_list("membership__user_id", flat=True)
    )
    return {account for account in accounts if account is not None} - {but}


def masked_name_of(group_id: int, user_id: int | None) -> str:
    """`3栋·李*`: all that others see of her (G2); empty for nobody."""
    if user_id is None:
        return ""
    member = (
        Membership.objects.of_group(group_id)
        .filter(user_id=user_id)
        .select_related("household__building")
        .first()
    )
    return member.masked_name if member else ""


def standing_of(group_id: int, user_id: int) -> Standing:
    """The group's clock, and whether this person agreed to texts. A merchant's staff, who are no
    members, are told of their trade without being asked."""
    members = Membership.objects.of_group(group_id).filter(user_id=user_id)
    agreed = Consent.objects.filter(
        group_id=OuterRef("pk"),
        membership__user_id=user_id,
        purpose=Purpose.SMS,
        withdrawn_at__isnull=True,
    )
    found = (
        Group.objects.filter(pk=group_id)
        .annotate(agreed=Exists(agreed), belongs=Exists(members))
        .values_list("time_zone", "agreed", "belongs")
        .get()
    )
    return Standing(zone=found[0], sms_agreed=found[1] or not found[2])


def slug_of(group_id: int) -> str:
    return Group.objects.values_list("slug", flat=True).get(pk=group_id)


def slug_and_seal_of(group_id: int) -> tuple[str, int, str]:
    """A group's address, and the head of its ledger: pages and seal, 0 and "" before the first."""
    return Group.objects.values_list("slug", "ledger_pages", "ledger_seal").get(pk=group_id)


@dataclass(frozen=True, slots=True)
class JoiningNews:
    """Where somebody wants to be let in, and whom to ask and tell."""

    slug: str
    group: str
    user_id: int | None
    housemates: set[int]
    reason: str


def joining_news(membership_id: int) -> JoiningNews | None:
    """None when the row is gone, because she turned out to be somebody known. One query."""
    mates = Membership.objects.active().filter(
        household_id=OuterRef("household_id"), user__isnull=False
    )
    person = (
        Membership.objects.filter(pk=membership_id)
        .annotate(
            housemates=ArraySubquery(mates.values("user_id")),
            reason=Subquery(Joining.objects.filter(membership=OuterRef("pk")).values("reason")[:1]),
        )
        .values("group__slug", "group__name", "user_id", "housemates", "reason")
        .first()
    )
    if person is None:
        return None
    return JoiningNews(
        slug=person["group__slug"],
        group=person["group__name"],
        user_id=person["user_id"],
        housemates=set(person["housemates"]) - {person["user_id"]},
        reason=person["reason"] or "",
    )
