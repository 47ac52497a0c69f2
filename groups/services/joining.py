"""Coming in by a link: at once into a free flat, else after a yes, else in the queue (G2, G3).

Everything happens under the group's lock, so that one seat takes one person and a flat is asked
about before a second stranger is in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from groups.models import (
    Building,
    CompoundLink,
    Consent,
    Group,
    Household,
    Invitation,
    Joining,
    Membership,
    MembershipStatus,
    WaitsFor,
    Way,
)
from groups.models.joining import OTHER_BUILDING
from groups.services import words
from groups.services.memberships import (
    AlreadyMember,
    Newcomer,
    door_of,
    households_behind,
    lock_of,
    refuse_known,
    tell,
)
from groups.services.queue import is_full, let_in
from groups.services.rules import Agreed, record_consents
from tuangou.core import clock
from tuangou.core.errors import DomainError, InvalidInput, InvalidTransition
from tuangou.core.models import User

NO_NICKNAME = "邻居"


class LinkGone(DomainError):
    """Unknown, used, expired, revoked or closed: it makes no difference to who holds the link."""

    code = "link_gone"
    rule = "G3"
    status = 404


@dataclass(frozen=True, slots=True)
class Door:
    """Where somebody lives; without `building_id` it is a building the group does not know."""

    building_id: int | None
    room: str
    unit: str = ""
    other_building: str = ""


@dataclass(frozen=True, slots=True)
class Stranger:
    """What the join form asks. `phone` is E.164 or empty, and proves nothing."""

    door: Door
    real_name: str
    nickname: str = ""
    phone: str = ""
    user_id: int | None = None
    language: str = "zh-hans"


@transaction.atomic
def join_by_invitation(
    *, invitation_id: int, stranger: Stranger, agreed: Agreed, request_id: UUID
) -> Membership:
    """Take the one seat of an invitation. The membership's account is at hand, made if need be.

    Active at once behind a free door; pending behind one that is taken, in a building nobody
    knows, and beyond the limit. The same request id gives the same membership again. Raises
    LinkGone, AlreadyMember, InvalidInput.
    """
    found = Invitation.objects.filter(pk=invitation_id).values_list("group_id", "invited_by_id")
    group_id, invited_by_id = found.get()
    group = Group.objects.lock(group_id)
    at = clock.now()
    if earlier := _earlier(group_id, request_id):
        return earlier
    if not Invitation.objects.take(invitation_id):
        raise _gone()
    membership = _join(
        group,
        Joining(way=Way.INVITATION, invitation_id=invitation_id, request_id=request_id),
        stranger,
        agreed,
        at,
        invited_by_id=invited_by_id,
    )
    Invitation.objects.filter(pk=invitation_id).update(used_by=membership)
    return membership


@transaction.atomic
def join_by_link(
    *, link_id: int, stranger: Stranger, agreed: Agreed, request_id: UUID
) -> Membership:
    """Ask to be let in by the standing link: pending until an officer says yes.

    The same request id gives the same membership again. Raises as join_by_invitation.
    """
    group_id = CompoundLink.objects.values_list("group_id", flat=True).get(pk=link_id)
    group = Group.objects.lock(group_id)
    at = clock.now()
    if earlier := _earlier(group_id, request_id):
        return earlier
    if not CompoundLink.objects.filter(pk=link_id, closed_at=None).exists():
        raise _gone()
    joining = Joining(way=Way.LINK, request_id=request_id)
    return _join(group, joining, stranger, agreed, at, invited_by_id=None)


@transaction.atomic
def accept(
    *, membership_id: int, actor_id: int, same_person: bool = False, door: Door | None = None
) -> Membership:
    """Yes to somebody who waits: a member now, or in the queue when no seat is free.

    By an officer, or by the household whose flat she named. `same_person`: she is the neighbour
    without an account whom her joining names, and takes over that membership, its orders and its
    past. `door` puts right what she wrote. Raises InvalidTransition, InvalidInput.
    """
    group, membership = lock_of(membership_id)
    at = clock.now()
    joining = _awaiting(group, membership, actor_id)
    if door is not None:
        _move(group, membership, door)
    elif joining.other_building:
        raise InvalidInput(_("先选这位邻居住哪栋楼"), field="building")
    joining.decided_at, joining.decided_by_id, joining.other_building = at, actor_id, ""
    if same_person and joining.claims_id is not None:
        return _hand_over(membership, joining, actor_id, at)
    full = is_full(group)
    joining.waits_for = WaitsFor.SEAT if full else WaitsFor.NOBODY
    joining.save(update_fields=["decided_at", "decided_by", "other_building", "waits_for"])
    if not full:
        let_in(membership, at)
    kind = "membership.queued" if full else "membership.activated"
    tell(kind, membership, actor_id, at, waited=True)
    return membership


@transaction.atomic
def reject(*, membership_id: int, actor_id: int, reason: str) -> Membership:
    """No to somebody who waits, with a reason that she is told. Raises InvalidTransition."""
    reason = words.plain(reason, field="reason", most=200, empty=_("写一句理由，对方会看到"))
    group, membership = lock_of(membership_id)
    at = clock.now()
    joining = _awaiting(group, membership, actor_id, also_queued=True)
    joining.decided_at, joining.decided_by_id, joining.reason = at, actor_id, reason
    joining.waits_for = WaitsFor.NOBODY
    joining.save(update_fields=["decided_at", "decided_by", "reason", "waits_for"])
    membership.move_to(MembershipStatus.REMOVED, left_at=at)
    tell("membership.rejected", membership, actor_id, at)
    return membership


def _gone() -> LinkGone:
    return LinkGone(_("这个链接用不了了。问给你链接的邻居再要一个"))


def _earlier(group_id: int, request_id: UUID) -> Membership | None:
    earlier = Joining.objects.of_group(group_id).filter(request_id=request_id)
    joining = earlier.select_related("membership__user", "membership__group").first()
    return joining.membership if joining else None


def _join(
    group: Group,
    joining: Joining,
    stranger: Stranger,
    agreed: Agreed,
    at: datetime,
    *,
    invited_by_id: int | None,
) -> Membership:
    """The caller holds the group's lock and has taken the seat."""
    if stranger.user_id is not None:
        refuse_known(group, [stranger.user_id])
    nickname = words.plain(stranger.nickname, field="nickname", most=30)
    real_name = words.plain(stranger.real_name, field="real_name", most=30, empty=_("填真实姓名"))
    household, other = _household(group, stranger.door)
    joining.claims = _paper_neighbour(household, nickname, real_name)
    joining.waits_for = _waits_for(group, joining, household, other)
    membership = Membership.objects.create(
        group=group,
        household=household,
        user=_account(stranger, nickname),
        nickname=nickname or NO_NICKNAME,
        real_name=real_name,
        status=MembershipStatus.PENDING,
        invited_by_id=invited_by_id,
        contact_phone=stranger.phone,
    )
    joining.group, joining.membership, joining.asked_at = group, membership, at
    joining.other_building = other
    joining.save(force_insert=True)
    record_consents(membership, agreed, nickname=bool(nickname), at=at)
    data: dict[str, object] = {"invited_by": invited_by_id}
    if joining.waits_for == WaitsFor.NOBODY:
        let_in(membership, at)
        tell("membership.activated", membership, membership.pk, at, **data)
    else:
        data |= {"waits_for": str(joining.waits_for)}
        tell("membership.asked", membership, membership.pk, at, **data)
    return membership


def _account(stranger: Stranger, nickname: str) -> User:
    if stranger.user_id is not None:
        return User.objects.get(pk=stranger.user_id)
    return User.objects.create_user(nickname=nickname, language=stranger.language)


def _household(group: Group, door: Door) -> tuple[Household, str]:
    """Where she lives, and the name she gave a building that is not in the list."""
    building_id, other = door.building_id, ""
    if building_id is None:
        other = words.plain(
            door.other_building, field="other_building", most=20, empty=_("填你住的楼叫什么")
        )
        building = _building(group, other)
        building_id, other = building.pk, "" if building.name == other else other
    newcomer = Newcomer(
        building_id=building_id, unit=door.unit, room=door.room, nickname="", real_name=""
    )
    households = households_behind(group, [newcomer], activated_at=None)
    return households[door_of(newcomer)], other


def _building(group: Group, name: str) -> Building:
    """The building of that name after all, or the one that stands for those not in the list."""
    buildings = Building.objects.filter(group=group)
    found = buildings.filter(name=name).first() or buildings.filter(name=OTHER_BUILDING).first()
    if found is not None:
        return found
    last = buildings.order_by("-position").values_list("position", flat=True).first() or 0
    return Building.objects.create(group=group, name=OTHER_BUILDING, position=last + 1)


def _paper_neighbour(household: Household, nickname: str, real_name: str) -> Membership | None:
    """The one member of this flat without an account who bears her name."""
    people = Membership.objects.active().filter(household=household, user=None).order_by("pk")
    same = [m for m in people if m.real_name == real_name or (nickname and m.nickname == nickname)]
    return same[0] if len(same) == 1 else None


def _waits_for(group: Group, joining: Joining, household: Household, other: str) -> str:
    if joining.way == Way.LINK or other:
        return WaitsFor.OFFICERS
    people = Membership.objects.filter(household=household)
    living = people.active()
    queued = Joining.objects.of_group(group.pk).queue().filter(membership__in=people)
    if living.filter(user__isnull=False).exists():
        return WaitsFor.HOUSEHOLD
    if living.exists() or queued.exists():
        return WaitsFor.OFFICERS
    return WaitsFor.SEAT if is_full(group) else WaitsFor.NOBODY


def _awaiting(
    group: Group, membership: Membership, actor_id: int, *, also_queued: bool = False
) -> Joining:
    """The joining that waits for this person's yes. Raises InvalidTransition."""
    joining = Joining.objects.of_group(group.pk).filter(membership=membership).first()
    waits = membership.status == MembershipStatus.PENDING and joining is not None
    actor = Membership.objects.of_group(group.pk).active().with_office().get(pk=actor_id)
    if joining is not None and not actor.is_officer:
        waits = (
            waits
            and joining.waits_for == WaitsFor.HOUSEHOLD
            and actor.household_id == membership.household_id
        )
    elif joining is not None and joining.waits_for == WaitsFor.SEAT:
        waits = waits and also_queued
    if joining is None or not waits:
        raise InvalidTransition(_("这位邻居已经不在等了。刷新页面看看"))
    return joining


def _move(group: Group, membership: Membership, door: Door) -> None:
    """Put right the door she wrote; a flat that nobody is left to live in goes."""
    before = membership.household
    household, other = _household(group, door)
    if other:
        raise InvalidInput(_("先选这位邻居住哪栋楼"), field="building")
    if household.pk == before.pk:
        return
    membership.household = household
    membership.save(update_fields=["household"])
    if before.activated_at is None and not Membership.objects.filter(household=before).exists():
        before.delete()


def _hand_over(membership: Membership, joining: Joining, actor_id: int, at: datetime) -> Membership:
    """The neighbour known from paper has an account from now on; the new row was never needed."""
    known = Membership.objects.active().filter(pk=joining.claims_id or 0, user=None).first()
    if known is None:
        raise AlreadyMember(_("这位邻居已经接上账号了。算同住的另一个人，或不同意"))
    user_id = membership.user_id
    joining.membership, joining.claims, joining.waits_for = known, None, WaitsFor.NOBODY
    joining.save(
        update_fields=[
            *("membership", "claims", "waits_for", "decided_at", "decided_by", "other_building")
        ]
    )
    Invitation.objects.filter(used_by=membership).update(used_by=known)
    Consent.objects.filter(membership=membership).update(membership=known)
    known.take_over(membership)
    membership.delete()
    known.user_id = user_id
    known.save(update_fields=["user", "contact_phone", "rules_version", "invited_by"])
    tell("membership.claimed", known, actor_id, at, waited=True)
    return known
