"""People as pages need them."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404

from groups.models import Deputy, Group, GroupStatus, Mandate, MandateOrigin, Membership
from groups.models.memberships import MembershipQuerySet


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group of hers, for the start page."""

    id: int
    slug: str
    name: str
    compound: str
    is_loading: bool
    is_officer: bool


def groups_of(user_id: int) -> list[GroupRow]:
    """The living and loading groups in which she is an active member, by name. One query."""
    memberships = (
        Membership.objects.active()
        .filter(user_id=user_id)
        .exclude(group__status=GroupStatus.VOID)
        .select_related("group")
        .with_office()
        .order_by("group__name", "group_id")
    )
    return [
        GroupRow(
            id=m.group_id,
            slug=m.group.slug,
            name=m.group.name,
            compound=m.group.compound,
            is_loading=m.group.status == GroupStatus.LOADING,
            is_officer=m.is_officer,
        )
        for m in memberships
    ]


def initiator_of(group_id: int) -> Membership:
    """Who holds the mandate now, with account, household and building. One query."""
    return (
        Mandate.objects.select_related("membership__user", "membership__household__building")
        .get(group_id=group_id, ended_at=None)
        .membership
    )


def readable_phone(phone: str | None) -> str:
    """+8613800138000 → 138 0013 8000; other countries as they are."""
    number = phone or ""
    if number.startswith("+86") and len(number) == 14:
        return f"{number[3:6]} {number[6:10]} {number[10:]}"
    return number


def deputies_of(group_id: int) -> list[Membership]:
    """The deputies in office, in door order. One query."""
    in_office = Deputy.objects.filter(group_id=group_id, ended_at=None).values("membership_id")
    return list(_people(group_id).filter(pk__in=in_office).in_door_order())


def possible_deputies(group_id: int) -> list[Membership]:
    """Active members with an account, but for the initiator, in door order. One query.

    Those who are deputies say so: `is_deputy`.
    """
    people = _people(group_id).filter(user__isnull=False).with_office().in_door_order()
    return [member for member in people if not member.holds_mandate]


def member_of(group_id: int, membership_id: int) -> Membership:
    """A person of this group, whatever became of her, or 404. One query."""
    member = Membership.objects.of_group(group_id).filter(pk=membership_id).first()
    if member is None:
        raise Http404
    return member


def _people(group_id: int) -> MembershipQuerySet:
    return Membership.objects.of_group(group_id).active().select_related("household__building")


def latest_of(user_id: int) -> Membership | None:
    """Her newest membership anywhere, for a form that asks nothing twice. One query."""
    return Membership.objects.filter(user_id=user_id).order_by("-pk").first()


def real_name_of(user_id: int) -> str:
    """The real name she last gave, or "". One query."""
    known = latest_of(user_id)
    return known.real_name if known else ""


def founded_last(user_id: int) -> Group:
    """The group she founded last. One query."""
    hers = Mandate.objects.filter(membership__user_id=user_id, origin=MandateOrigin.FOUNDER)
    return hers.select_related("group").order_by("-pk")[0].group
