"""Who is at the door, what she waits for, and one person as the officers know her (G2, G3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Q

from groups.models import (
    Building,
    Consent,
    GroupStatus,
    HouseRules,
    Joining,
    Membership,
    MembershipStatus,
    Purpose,
    WaitsFor,
)
from groups.models.joining import OTHER_BUILDING
from groups.queries.memberships import initiator_of
from tuangou.core.events import AppNow

REPEATED_WITHIN = timedelta(minutes=10)
SHOWN = 100


@dataclass(frozen=True, slots=True)
class DoorPage:
    """What the join form chooses from and shows: buildings in order, the rules in force."""

    buildings: list[Building]
    rules: HouseRules | None


@dataclass(frozen=True, slots=True)
class Applicant:
    """One person who waits, as the viewer may see her.

    Real name and phone are the initiator's; the household that is asked sees the name too, to know
    whom it says yes to. `same_as` is the neighbour without an account she may be.
    """

    id: int
    nickname: str
    real_name: str
    door: str
    other_building: str
    phone: str
    asked_at: datetime
    way: str
    invited_by: str
    neighbours: int
    same_as: str
    waits_for: str
    place: int


@dataclass(frozen=True, slots=True)
class WaitingPage:
    """`ahead` people are before her in the queue; `reason` is why she was refused."""

    waits_for: str
    refused: bool
    ahead: int
    reason: str
    initiator: str


@dataclass(frozen=True, slots=True)
class PersonPage:
    """A person as an officer sees her; what is the initiator's alone is empty for a deputy."""

    person: Membership
    real_name: str
    phone: str
    contact_phone: str
    invited_by: str
    brought: list[Membership]
    consents: list[Consent]
    rules_version: int
    joining: Joining | None


def door_page(group_id: int) -> DoorPage:
    """Two queries."""
    buildings = Building.objects.filter(group_id=group_id).exclude(name=OTHER_BUILDING)
    return DoorPage(list(buildings.order_by("position")), rules_in_force(group_id))


def rules_in_force(group_id: int) -> HouseRules | None:
    return HouseRules.objects.filter(group_id=group_id).order_by("-version").first()


def rules_history(group_id: int) -> list[HouseRules]:
    """All versions with their authors, newest first. One query."""
    versions = HouseRules.objects.filter(group_id=group_id).order_by("-version")
    return list(versions.select_related("written_by__household__building"))


def joined_just_now(request_id: UUID, token_sha256: bytes) -> Membership | None:
    """The membership that this very form made a moment ago by this invitation: it came twice."""
    joining = (
        Joining.objects.filter(
            request_id=request_id,
            invitation__token_sha256=token_sha256,
            asked_at__gt=AppNow() - REPEATED_WITHIN,
        )
        .select_related("membership__user", "membership__group")
        .first()
    )
    return joining.membership if joining else None


def applicants(viewer: Membership) -> list[Applicant]:
    """Who waits: for an officer everyone, for others who waits for her household. One query.

    Those who need a yes come first, then the queue, each in order of asking.
    """
    waiting = Joining.objects.of_group(viewer.group_id).waiting()
    if not viewer.is_officer:
        waiting = waiting.filter(
            waits_for=WaitsFor.HOUSEHOLD, membership__household_id=viewer.household_id
        )
    living = Count(
        "membership__household__memberships",
        filter=Q(membership__household__memberships__status=MembershipStatus.ACTIVE),
    )
    rows = (
        waiting.select_related(
            "membership__household__building",
            "membership__user",
            "membership__invited_by__household__building",
            "claims",
        )
        .annotate(neighbours=living)
        .order_by("asked_at", "pk")[:SHOWN]
    )
    asking = [row for row in rows if row.waits_for != WaitsFor.SEAT]
    queue = [row for row in rows if row.waits_for == WaitsFor.SEAT]
    return [_applicant(row, viewer, 0) for row in asking] + [
        _applicant(row, viewer, place) for place, row in enumerate(queue, 1)
    ]


def _applicant(row: Joining, viewer: Membership, place: int) -> Applicant:
    person = row.membership
    inviter = person.invited_by
    may_know = viewer.holds_mandate or viewer.household_id == person.household_id
    return Applicant(
        id=person.pk,
        nickname=person.nickname,
        real_name=person.real_name if may_know else "",
        door=str(person.household),
        other_building=row.other_building,
        phone=phone_of(person) if viewer.holds_mandate else "",
        asked_at=row.asked_at,
        way=row.way,
        invited_by=inviter.masked_name if inviter else "",
        neighbours=row.neighbours,  # type: ignore[attr-defined]
        same_as=row.claims.nickname if row.claims and may_know else "",
        waits_for=row.waits_for,
        place=place,
    )


def phone_of(person: Membership) -> str:
    """Where to call her: the phone that is hers for certain, else the one she wrote down."""
    return (person.user.phone if person.user else None) or person.contact_phone


def waiting_page(membership: Membership, joining: Joining | None) -> WaitingPage:
    """Two queries: the initiator, and the place in the queue."""
    waits_for = joining.waits_for if joining else WaitsFor.OFFICERS
    ahead = 0
    if joining and waits_for == WaitsFor.SEAT:
        queue = Joining.objects.of_group(membership.group_id).queue()
        earlier = Q(asked_at__lt=joining.asked_at) | Q(asked_at=joining.asked_at, pk__lt=joining.pk)
        ahead = queue.filter(earlier).count()
    return WaitingPage(
        waits_for=waits_for,
        refused=membership.status == MembershipStatus.REMOVED,
        ahead=ahead,
        reason=joining.reason if joining else "",
        initiator=initiator_of(membership.group_id).nickname,
    )


def person_page(viewer: Membership, person: Membership) -> PersonPage:
    """Three queries: whom she brought, what she agreed to, how she came."""
    mine = viewer.holds_mandate
    brought = Membership.objects.of_group(viewer.group_id).filter(invited_by=person)
    consents = Consent.objects.filter(membership=person).order_by("purpose", "version")
    joining = Joining.objects.filter(membership=person).select_related("decided_by", "claims")
    inviter = person.invited_by
    return PersonPage(
        person=person,
        real_name=person.real_name if mine else "",
        phone=(person.user.phone or "") if mine and person.user else "",
        contact_phone=person.contact_phone if mine else "",
        invited_by=inviter.masked_name if inviter else "",
        brought=list(brought.select_related("household__building").order_by("pk")[:SHOWN]),
        consents=[c for c in consents if c.purpose != Purpose.RULES],
        rules_version=person.rules_version,
        joining=joining.first(),
    )


def waits_to_be_let_in(user_id: int) -> list[Membership]:
    """Her memberships that wait for a yes or a seat, for the start page. One query."""
    waiting = Membership.objects.filter(
        user_id=user_id, status=MembershipStatus.PENDING, group__status=GroupStatus.ACTIVE
    )
    return list(waiting.select_related("group").order_by("pk"))


def consents_of(membership_id: int) -> list[Consent]:
    """What she agreed to here, in order; withdrawn ones too. One query."""
    given = Consent.objects.filter(membership_id=membership_id)
    return list(given.order_by("purpose", "version", "pk"))
