"""What tests of joining share: links, strangers at the door, and the form they fill in."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.urls import reverse

from groups.models import Building, Group, Invitation, Membership
from groups.services import invitations, joining
from groups.services.joining import Door, Stranger
from groups.services.rules import Agreed

YES = Agreed(orders=True, rules_version=0)


def invite(member: Membership) -> tuple[Invitation, str]:
    return invitations.make_invitation(group_id=member.group_id, actor_id=member.pk)


def door(group: Group, room: str = "502", building: str = "3栋", **fields: Any) -> Door:
    place = Building.objects.get(group=group, name=building)
    return Door(building_id=place.pk, room=room, **fields)


def stranger(group: Group, room: str = "502", **fields: Any) -> Stranger:
    defaults: dict[str, Any] = {
        "door": door(group, room),
        "real_name": "林小雨",
        "nickname": "小雨",
    }
    return Stranger(**(defaults | fields))


def come(by: Membership | Invitation, who: Stranger, **fields: Any) -> Membership:
    """Join by a link of this member, or by this invitation."""
    invitation = invite(by)[0] if isinstance(by, Membership) else by
    defaults: dict[str, Any] = {"agreed": YES, "request_id": uuid4()}
    return joining.join_by_invitation(
        invitation_id=invitation.pk, stranger=who, **(defaults | fields)
    )


def knock(group: Group, officer: Membership, who: Stranger, **fields: Any) -> Membership:
    """Ask by the standing link."""
    link = invitations.renew_link(group_id=group.pk, actor_id=officer.pk)
    defaults: dict[str, Any] = {"agreed": YES, "request_id": uuid4()}
    return joining.join_by_link(link_id=link.pk, stranger=who, **(defaults | fields))


def form(group: Group, **fields: Any) -> dict[str, Any]:
    """The join form as typed."""
    building = Building.objects.get(group=group, name="3栋")
    return {
        "request_id": uuid4(),
        "nickname": "小雨",
        "real_name": "林小雨",
        "phone": "138 0013 8000",
        "building": building.pk,
        "room": "502",
        "orders": "on",
    } | fields


def address(token: str, name: str = "invitation") -> str:
    return reverse(name, args=[token])
