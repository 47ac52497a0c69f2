"""Who belongs to a group: adding, activating, leaving, deputies (G2, domain section 2).

Every change of a membership or an office holds the group's lock, so limits and offices are counted
while nobody else changes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from groups.models import (
    Building,
    Deputy,
    Group,
    GroupStatus,
    Household,
    Joining,
    Mandate,
    Membership,
    MembershipStatus,
    WaitsFor,
)
from groups.services import words
from groups.services.queue import admit_waiting, let_in
from tuangou.core import clock, events
from tuangou.core.errors import DomainError, InvalidInput, InvalidTransition
from tuangou.core.models import ERASED

BATCH = 500


class GroupFull(DomainError):
    """The member limit is reached (G1)."""

    code = "group_full"
    rule = "G1"


class GroupVoid(DomainError):
    """The group was given up; nobody joins it."""

    code = "group_void"
    rule = "G1"


class AlreadyMember(DomainError):
    """This account has a membership here, maybe a past one."""

    code = "already_member"
    rule = "G2"


class HoldsMandate(DomainError):
    """The initiator in office cannot do this before another one is elected."""

    code = "holds_mandate"
    rule = "G5"


class NotADeputy(DomainError):
    """Only an active member with an account, and not the initiator, can be a deputy."""

    code = "not_a_deputy"
    rule = "G5"


@dataclass(frozen=True, slots=True)
class Newcomer:
    """One person to be added. Without `user_id`: a neighbour known from paper, chain or sheet."""

    building_id: int
    room: str
    nickname: str
    real_name: str
    unit: str = ""
    user_id: int | None = None
    invited_by_id: int | None = None


@transaction.atomic
def add_member(
    *,
    group_id: int,
    building_id: int,
    room: str,
    nickname: str,
    real_name: str,
    unit: str = "",
    user_id: int | None = None,
    invited_by_id: int | None = None,
    active: bool = True,
    actor_id: int | None = None,
) -> Membership:
    """Add one person, with her household when it is new (G2).

    `active=False` waits for the initiator. Raises GroupFull, GroupVoid, AlreadyMember,
    InvalidInput.
    """
    newcomer = Newcomer(
        building_id=building_id,
        unit=unit,
        room=room,
        nickname=nickname,
        real_name=real_name,
        user_id=user_id,
        invited_by_id=invited_by_id,
    )
    group = Group.objects.lock(group_id)
    at = clock.now()
    (membership,) = _add(group, [newcomer], active=active, at=at)
    kind = "membership.activated" if active else "membership.asked"
    tell(kind, membership, actor_id, at, invited_by=invited_by_id)
    return membership


@transaction.atomic
def add_members(
    *, group_id: int, newcomers: Sequence[Newcomer], actor_id: int | None = None
) -> list[Membership]:
    """Add many active members at once, in the order given, in a handful of statements (G2).

    `invited_by_id` names members who are there already. All or nothing. Raises as add_member.
    """
    group = Group.objects.lock(group_id)
    at = clock.now()
    members = _add(group, newcomers, active=True, at=at)
    events.publish(
        "group.members_added",
        group_id=group_id,
        subject_id=group_id,
        actor_id=_user_of(group_id, actor_id),
        at=at,
        memberships=[member.pk for member in members],
    )
    return members


@transaction.atomic
def activate(*, membership_id: int, actor_id: int) -> Membership:
    """Let a waiting person in, or one who left or was removed back in; never one who was erased.

    Raises GroupFull, InvalidTransition.
    """
    group, membership = lock_of(membership_id)
    if membership.nickname.startswith(ERASED):
        raise InvalidTransition(_("这位邻居已经注销，不能恢复。要回来就重新加入"))
    at = clock.now()
    if membership.status != MembershipStatus.ACTIVE:
        _refuse_full(group, 1)
    let_in(membership, at)
    Joining.objects.filter(membership=membership).update(waits_for=WaitsFor.NOBODY)
    tell("membership.activated", membership, actor_id, at, waited=True)
    return membership


@transaction.atomic
def leave(*, membership_id: int) -> Membership:
    """A member goes by herself; her orders and money stay. Raises HoldsMandate."""
    return _depart(membership_id, MembershipStatus.LEFT, membership_id, "membership.left")


@transaction.atomic
def remove(*, membership_id: int, actor_id: int) -> Membership:
    """The initiator takes a person off the list; her orders and money stay. Raises HoldsMandate."""
    return _depart(membership_id, MembershipStatus.REMOVED, actor_id, "membership.removed")


@transaction.atomic
def name_deputy(*, group_id: int, actor_id: int, membership_id: int) -> Deputy:
    """The initiator names a deputy, who may do everything but money and sanctions.

    Naming twice is naming once. Raises NotADeputy.
    """
    Group.objects.lock(group_id)
    at = clock.now()
    membership = Membership.objects.of_group(group_id).with_office().get(pk=membership_id)
    standing = Deputy.objects.filter(membership=membership, ended_at=None).first()
    if standing:
        return standing
    if membership.status != MembershipStatus.ACTIVE or membership.holds_mandate:
        raise NotADeputy(_("副团长要从在群的邻居里选，团长自己不用选"), field="membership")
    if membership.user_id is None:
        raise NotADeputy(_("这位邻居还没有账号，登录过才能当副团长"), field="membership")
    deputy = Deputy.objects.create(
        group_id=group_id, membership=membership, named_by_id=actor_id, started_at=at
    )
    tell("group.deputy_named", membership, actor_id, at)
    return deputy


@transaction.atomic
def end_deputy(*, group_id: int, actor_id: int, membership_id: int) -> None:
    """The deputy's office ends now. Ending twice is ending once."""
    Group.objects.lock(group_id)
    at = clock.now()
    membership = Membership.objects.of_group(group_id).get(pk=membership_id)
    if _end_office(membership, at):
        tell("group.deputy_ended", membership, actor_id, at)


def _depart(membership_id: int, status: str, actor_id: int, kind: str) -> Membership:
    group, membership = lock_of(membership_id)
    at = clock.now()
    if Mandate.objects.filter(membership=membership, ended_at=None).exists():
        raise HoldsMandate(_("团长在任时不能退群。先选出新团长"))
    membership.move_to(status, left_at=at)
    _end_office(membership, at)
    tell(kind, membership, actor_id, at)
    admit_waiting(group, at)
    return membership


def _end_office(membership: Membership, at: datetime) -> bool:
    return bool(Deputy.objects.filter(membership=membership, ended_at=None).update(ended_at=at))


def lock_of(membership_id: int) -> tuple[Group, Membership]:
    """The group first, then the membership as it is now."""
    group_id = Membership.objects.values_list("group_id", flat=True).get(pk=membership_id)
    group = Group.objects.lock(group_id)
    return group, Membership.objects.of_group(group_id).get(pk=membership_id)


def _add(
    group: Group, newcomers: Sequence[Newcomer], *, active: bool, at: datetime
) -> list[Membership]:
    """The caller holds the group's lock."""
    if group.status == GroupStatus.VOID:
        raise GroupVoid(_("这个群已经作废，不能再加人"))
    if active:
        _refuse_full(group, len(newcomers))
    refuse_known(group, [n.user_id for n in newcomers if n.user_id is not None])
    households = households_behind(group, newcomers, activated_at=at if active else None)
    status = MembershipStatus.ACTIVE if active else MembershipStatus.PENDING
    return Membership.objects.bulk_create(
        (
            Membership(
                group=group,
                household=households[door_of(newcomer)],
                user_id=newcomer.user_id,
                nickname=words.plain(
                    newcomer.nickname, field="nickname", most=30, empty=_("填昵称")
                ),
                real_name=words.plain(
                    newcomer.real_name, field="real_name", most=30, empty=_("填真实姓名")
                ),
                status=status,
                invited_by_id=newcomer.invited_by_id,
                activated_at=at if active else None,
            )
            for newcomer in newcomers
        ),
        batch_size=BATCH,
    )


def _refuse_full(group: Group, more: int) -> None:
    members = Membership.objects.of_group(group.pk).active().count()
    if members + more > group.member_limit:
        raise GroupFull(
            _("群里已有 %(members)d 人，上限 %(limit)d 人。团长可以在群设置里调上限")
            % {"members": members, "limit": group.member_limit}
        )


def refuse_known(group: Group, user_ids: Sequence[int]) -> None:
    twice = len(set(user_ids)) < len(user_ids)
    if twice or Membership.objects.of_group(group.pk).filter(user_id__in=user_ids).exists():
        raise AlreadyMember(_("这个账号已经在群里了，或者退过群。退过群的由团长恢复"))


Door = tuple[int, str, str]


def door_of(newcomer: Newcomer) -> Door:
    return newcomer.building_id, words.unit(newcomer.unit), words.room(newcomer.room)


def households_behind(
    group: Group, newcomers: Iterable[Newcomer], *, activated_at: datetime | None
) -> dict[Door, Household]:
    """The household behind each door, made or activated where needed. The group's lock is held."""
    doors = dict.fromkeys(door_of(newcomer) for newcomer in newcomers)
    buildings = {building_id for building_id, _unit, _room in doors}
    if Building.objects.filter(group=group, pk__in=buildings).count() < len(buildings):
        raise InvalidInput(_("这栋楼不在楼栋表里，团长可以在群设置里加"), field="building")
    known = {
        (row.building_id, row.unit, row.room): row
        for row in Household.objects.filter(group=group, building_id__in=buildings)
    }
    if activated_at:
        asleep = [known[d].pk for d in doors if d in known and known[d].activated_at is None]
        Household.objects.filter(pk__in=asleep).update(activated_at=activated_at)
    new = Household.objects.bulk_create(
        (
            Household(
                group=group,
                building_id=door[0],
                unit=door[1],
                room=door[2],
                activated_at=activated_at,
            )
            for door in doors
            if door not in known
        ),
        batch_size=BATCH,
    )
    return known | {(row.building_id, row.unit, row.room): row for row in new}


def tell(
    kind: str, membership: Membership, actor_id: int | None, at: datetime, **data: object
) -> None:
    events.publish(
        kind,
        group_id=membership.group_id,
        subject_id=membership.pk,
        actor_id=_user_of(membership.group_id, actor_id),
        at=at,
        **data,
    )


def _user_of(group_id: int, membership_id: int | None) -> int | None:
    """Events name accounts; None for the installation and for neighbours without one."""
    if membership_id is None:
        return None
    return Membership.objects.of_group(group_id).get(pk=membership_id).user_id
