"""The people of a group, with their rank by participation (G2, G4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, TextChoices
from django.utils.translation import gettext_lazy as _

from groups.models import Mandate, MandateOrigin, Membership
from groups.queries.joining import Applicant, applicants
from orders.models import Order, OrderStatus
from orders.queries.neighbours import doors_of_flat
from orders.queries.payments import door_parts

PAGE = 60
RANK_WINDOW = timedelta(days=365)
ACTIVE_FROM = 24
SENIOR_FROM = 6


class Rank(TextChoices):
    """By collected orders in the last 12 months; derived, never bought (G4, paper 2.3)."""

    OWNER = "owner", _("创群")
    ACTIVE = "active", _("活跃")
    SENIOR = "senior", _("老邻居")
    ORDINARY = "ordinary", _("邻居")


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One person as the viewer may see him; what he may not see is empty."""

    id: int
    masked_name: str
    nickname: str
    building: str
    door: str
    real_name: str
    phone: str
    rank: Rank
    collected: int
    is_initiator: bool
    is_deputy: bool
    has_account: bool
    invited_by: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """A member's own rank, and what is missing to the next one; empty for the highest."""

    rank: Rank
    collected: int
    next_rank: str
    missing: int


@dataclass(frozen=True, slots=True)
class MembersPage:
    """`waiting` is for officers: who asked to be let in and has no answer yet."""

    rows: list[MemberRow]
    total: int
    households: int
    page: int
    pages: int
    mine: Standing
    waiting: list[Applicant]


def rank_of(collected: int, *, is_founder: bool) -> Rank:
    """Pure rule of G4: `collected` orders in 12 months."""
    if is_founder:
        return Rank.OWNER
    if collected >= ACTIVE_FROM:
        return Rank.ACTIVE
    return Rank.SENIOR if collected >= SENIOR_FROM else Rank.ORDINARY


def standing_of(collected: int, *, is_founder: bool) -> Standing:
    """Pure: the rank, and how many more collected orders lead to the next."""
    rank = rank_of(collected, is_founder=is_founder)
    steps = {Rank.ORDINARY: (Rank.SENIOR, SENIOR_FROM), Rank.SENIOR: (Rank.ACTIVE, ACTIVE_FROM)}
    if rank not in steps:
        return Standing(rank, collected, "", 0)
    following, least = steps[rank]
    return Standing(rank, collected, str(following.label), least - collected)


def members_page(
    viewer: Membership, *, at: datetime, search: str = "", page: int = 1
) -> MembersPage:
    """Active members in door order. Five queries, whatever their number; six for officers.

    The initiator sees door, real name and phone; a deputy door and nickname; members building and
    first character (G2).
    """
    people = Membership.objects.active().of_group(viewer.group_id)
    total = people.count()
    households = people.values("household_id").distinct().count()
    rows = list(
        people.select_related("household__building", "user", "invited_by__household__building")
        .with_office()
        .in_door_order()
    )
    search = search.strip()
    if search:
        rows = [person for person in rows if _finds(person, search, viewer)]
    pages = max(1, -(-len(rows) // PAGE))
    page = min(max(1, page), pages)
    shown = rows[(page - 1) * PAGE : page * PAGE]
    collected = dict(
        Order.objects.of_group(viewer.group_id)
        .filter(
            member__in={viewer.pk, *(person.pk for person in shown)},
            status__in=(OrderStatus.COLLECTED, OrderStatus.PARTLY_COLLECTED),
            placed_at__gt=at - RANK_WINDOW,
        )
        .values_list("member_id")
        .annotate(Count("pk"))
    )
    founders = set(
        Mandate.objects.filter(group_id=viewer.group_id, origin=MandateOrigin.FOUNDER).values_list(
            "membership_id", flat=True
        )
    )
    return MembersPage(
        rows=[
            member_row(
                person, viewer, collected.get(person.pk, 0), is_founder=person.pk in founders
            )
            for person in shown
        ],
        total=total,
        households=households,
        page=page,
        pages=pages,
        mine=standing_of(collected.get(viewer.pk, 0), is_founder=viewer.pk in founders),
        waiting=applicants(viewer) if viewer.is_officer else [],
    )


def _finds(person: Membership, search: str, viewer: Membership) -> bool:
    """By building and nickname's first character for all; by door and names for officers."""
    seen = [person.household.building.name, person.masked_name]
    if viewer.is_officer:
        typed = door_parts(search)
        if "-" in typed and any(door.startswith(typed) for door in doors_of_flat(person)):
            return True
        seen += [person.nickname, _door(person)]
    if viewer.holds_mandate:
        seen += [person.real_name, (person.user.phone or "") if person.user else ""]
    return any(search.casefold() in text.casefold() for text in seen)


def _door(person: Membership) -> str:
    flat = person.household
    parts = (flat.building.name.removesuffix("栋"), flat.unit, flat.room)
    return "-".join(part for part in parts if part)


def member_row(
    person: Membership, viewer: Membership, collected: int, *, is_founder: bool
) -> MemberRow:
    """One person as the viewer may see him; person with office, inviter and account at hand."""
    officer, initiator = viewer.is_officer, viewer.holds_mandate
    inviter = person.invited_by
    return MemberRow(
        id=person.pk,
        masked_name=person.masked_name,
        nickname=person.nickname if officer else "",
        building=person.household.building.name,
        door=_door(person) if officer else "",
        real_name=person.real_name if initiator else "",
        phone=(person.user.phone or "") if initiator and person.user else "",
        rank=rank_of(collected, is_founder=is_founder),
        collected=collected,
        is_initiator=person.holds_mandate,
        is_deputy=person.is_deputy,
        has_account=person.user_id is not None,
        invited_by=inviter.masked_name if inviter else "",
        since=person.activated_at,
    )
