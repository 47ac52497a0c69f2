"""Keying in paper slips: the neighbour behind a door is known, or becomes known now (O4, G2)."""

from __future__ import annotations

from django.db import transaction

from groups.models import Group, Membership
from groups.services import words
from groups.services.memberships import add_member


@transaction.atomic
def neighbour_at(
    *, group_id: int, actor_id: int, building_id: int, unit: str, room: str, name: str
) -> Membership:
    """Who goes by this name behind this door; added without an account when nobody does.

    The group's lock is held, so that a slip keyed in twice at once adds one person.
    Raises GroupFull, GroupVoid, InvalidInput.
    """
    Group.objects.lock(group_id)
    known = (
        Membership.objects.active()
        .of_group(group_id)
        .filter(
            household__building_id=building_id,
            household__unit=words.unit(unit),
            household__room=words.room(room),
            nickname=words.plain(name, field="name", most=30),
        )
        .order_by("pk")
        .first()
    )
    if known is not None:
        return known
    return add_member(
        group_id=group_id,
        building_id=building_id,
        unit=unit,
        room=room,
        nickname=name,
        real_name=name,
        actor_id=actor_id,
    )
