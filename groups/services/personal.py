"""A person's own data in her groups: corrected by her, and taken out when she is erased."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models, transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from groups.models import (
    Announcement,
    Building,
    Consent,
    Deputy,
    Group,
    Household,
    Invitation,
    Joining,
    LoginLink,
    Membership,
    MembershipStatus,
    PickupPoint,
)
from groups.queries.personal import asked_households, memberships_of
from groups.services import words
from tuangou.core import clock, events
from tuangou.core.errors import InvalidInput
from tuangou.core.models import ERASED
from tuangou.core.personal import Erasing
from tuangou.core.scrubbing import SOMEBODY, mentioning, phone_forms, scrub


@transaction.atomic
def rename(*, membership_id: int, nickname: str, real_name: str) -> Membership:
    """She corrects her nickname and real name in one group; past orders keep what they said.

    Raises InvalidInput.
    """
    membership = Membership.objects.select_for_update(of=("self",), no_key=True).get(
        pk=membership_id
    )
    at = clock.now()
    membership.nickname = words.plain(nickname, field="nickname", most=30, empty=_("填昵称"))
    membership.real_name = words.plain(real_name, field="real_name", most=30, empty=_("填真实姓名"))
    if membership.nickname.startswith(ERASED):
        raise InvalidInput(_("昵称不能以「已注销」开头，换一个"), field="nickname")
    membership.save(update_fields=["nickname", "real_name"])
    _tell("membership.renamed", membership, at)
    return membership


@transaction.atomic
def ask_door(*, membership_id: int, building_id: int, unit: str, room: str) -> Household:
    """She asks the initiator to write another door for her; the event names it by id (G2).

    Raises InvalidInput for a building that is not there, an empty room, or her own door.
    """
    group_id = Membership.objects.values_list("group_id", flat=True).get(pk=membership_id)
    Group.objects.lock(group_id)
    at = clock.now()
    membership = Membership.objects.of_group(group_id).get(pk=membership_id)
    household = _door(group_id, building_id, unit, room)
    if household.pk == membership.household_id:
        raise InvalidInput(_("现在登记的就是这一户，不用改"), field="room")
    _tell("membership.door_asked", membership, at, household=household.pk)
    return household


@transaction.atomic
def move_door(
    *, membership_id: int, actor_id: int, building_id: int, unit: str, room: str
) -> Membership:
    """The initiator writes another door for a member (G2); orders placed before keep theirs.

    Raises InvalidInput as ask_door.
    """
    group_id = Membership.objects.values_list("group_id", flat=True).get(pk=membership_id)
    Group.objects.lock(group_id)
    at = clock.now()
    membership = Membership.objects.of_group(group_id).get(pk=membership_id)
    if membership.status != MembershipStatus.ACTIVE:
        raise InvalidInput(_("这位邻居不在群里，不能换住址"), field="room")
    household = _door(group_id, building_id, unit, room)
    if household.pk == membership.household_id:
        raise InvalidInput(_("现在登记的就是这一户，不用改"), field="room")
    left_id, membership.household = membership.household_id, household
    membership.save(update_fields=["household"])
    Household.objects.filter(pk=household.pk, activated_at=None).update(activated_at=at)
    forget_empty(household_ids=(left_id,))
    actor = Membership.objects.of_group(group_id).get(pk=actor_id)
    _tell("membership.door_moved", membership, at, actor=actor, household=household.pk)
    return membership


def _door(group_id: int, building_id: int, unit: str, room: str) -> Household:
    """The flat behind a door as typed, made when it is new. The group's lock is held."""
    building = Building.objects.filter(group_id=group_id, pk=building_id).first()
    if building is None:
        raise InvalidInput(_("这栋楼不在楼栋表里，团长可以在群设置里加"), field="building")
    room = words.room(room)
    if room.startswith(ERASED):
        raise InvalidInput(_("填房号"), field="room")
    household, _new = Household.objects.get_or_create(
        group_id=group_id, building=building, unit=words.unit(unit), room=room
    )
    return household


def nowhere(*, group_id: int) -> Household:
    """The door that stands for none: where erased people and their orders are kept."""
    building = Building.objects.filter(group_id=group_id).order_by("position").first()
    if building is None:
        raise LookupError(f"Group {group_id} has members and no building")
    household, _new = Household.objects.get_or_create(
        group_id=group_id, building=building, unit="", room=ERASED
    )
    return household


def pseudonym(membership: Membership) -> str:
    """What an erased person is called in the books: `已注销·128`."""
    return f"{ERASED}·{membership.pk}"


def collect_words(erasing: Erasing) -> None:
    """Everything that names her in a group; a door only where nobody else lives.

    Holds her groups and memberships from here on: an order that is being placed for her waits, and
    then finds her gone (orders_member_stays).
    """
    hers = Membership.objects.filter(user_id=erasing.user_id)
    for group_id in hers.order_by("group_id").values_list("group_id", flat=True):
        Group.objects.lock(group_id)
    list(hers.select_for_update(of=("self",)).order_by("pk"))
    doors = asked_households(erasing.user_id)
    for membership in memberships_of(erasing.user_id):
        erasing.group_ids.add(membership.group_id)
        erasing.words |= {membership.nickname, membership.real_name, membership.masked_name}
        erasing.words |= phone_forms(membership.contact_phone)
        doors.append(membership.household)
    for household in doors:
        erasing.household_ids.add(household.pk)
        others = Membership.objects.filter(household=household).exclude(user_id=erasing.user_id)
        if not others.exists():
            building = household.building.name.removesuffix("栋")
            parts = [part for part in (building, household.unit, household.room) if part]
            erasing.words |= {str(household), "-".join(parts)}


@transaction.atomic
def erase(*, erasing: Erasing) -> None:
    """She leaves every group; a pseudonym stays, at no door. Texts of others lose her name."""
    for membership in memberships_of(erasing.user_id):
        _erase_one(membership, erasing)
    within = {"group_id": erasing.group_ids}
    scrub(Announcement, "title", "text", words=erasing.words, **within)
    scrub(Joining, "reason", "other_building", words=erasing.words, **within)
    scrub(Group, "notice", words=erasing.words, id=erasing.group_ids)
    _scrub_points(erasing)
    forget_empty(household_ids=erasing.household_ids)


def _erase_one(membership: Membership, erasing: Erasing) -> None:
    Group.objects.lock(membership.group_id)
    if membership.status == MembershipStatus.ACTIVE:
        membership.move_to(MembershipStatus.LEFT, left_at=erasing.at)
        _tell("membership.left", membership, erasing.at)
    elif membership.status not in (MembershipStatus.LEFT, MembershipStatus.REMOVED):
        membership.move_to(MembershipStatus.REMOVED, left_at=erasing.at)
    Deputy.objects.filter(membership=membership, ended_at=None).update(ended_at=erasing.at)
    membership.nickname = membership.real_name = pseudonym(membership)
    membership.household = nowhere(group_id=membership.group_id)
    membership.contact_phone = ""
    membership.save(update_fields=["nickname", "real_name", "household", "contact_phone"])
    Joining.objects.filter(membership=membership).update(other_building="", reason="")
    links = Invitation.objects.filter(invited_by=membership, used_at=None, revoked_at=None)
    links.update(revoked_at=erasing.at)
    LoginLink.objects.filter(membership=membership).delete()
    given = Consent.objects.filter(membership=membership, withdrawn_at=None)
    given.update(withdrawn_at=Greatest(F("given_at"), Value(erasing.at)))


def _scrub_points(erasing: Erasing) -> None:
    """A pick-up point may be called after the flat it is in; its name is unique in the group."""
    points = PickupPoint.objects.filter(group_id__in=erasing.group_ids)
    for point in mentioning(points, "name", erasing.words):
        point.name = f"{SOMEBODY}·{point.pk}"
        point.save(update_fields=["name"])


def forget_empty(*, household_ids: Iterable[int]) -> None:
    """A flat that nothing points to any more is no longer known."""
    for household in Household.objects.filter(pk__in=household_ids):
        if not any(
            relation.field.model._base_manager.filter(**{relation.field.name: household}).exists()
            for relation in Household._meta.get_fields(include_hidden=True)
            if isinstance(relation, models.ManyToOneRel)
        ):
            household.delete()


def _tell(
    kind: str,
    membership: Membership,
    at: object,
    *,
    actor: Membership | None = None,
    **data: int,
) -> None:
    events.publish(
        kind,
        group_id=membership.group_id,
        subject_id=membership.pk,
        actor_id=(actor or membership).user_id,
        at=at,  # type: ignore[arg-type]
        **data,
    )
