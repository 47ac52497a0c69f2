"""The WeCom robot of a group's chat (S2)."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from groups.models import Group, Membership
from tuangou.core import clock, events
from tuangou.core.errors import InvalidInput
from tuangou.core.models import Outgoing, OutgoingState, Robot, Way
from tuangou.core.outgoing import LEASE

KEY = re.compile(r"[0-9A-Za-z_-]{16,80}")
HELLO = "robot.connected"


@transaction.atomic
def connect_robot(*, group_id: int, actor_id: int, address: str) -> None:
    """Let the group's robot tell its chat what happens, and say hello at once.

    Of the address only its key is kept: every request goes to the installation's own host
    (ROBOT_URL), so that no address can lead elsewhere. Raises InvalidInput.
    """
    Group.objects.lock(group_id)
    at = clock.now()
    Robot.objects.update_or_create(
        group_id=group_id,
        defaults={"key": key_of(address), "connected_at": at, "broken_at": None},
    )
    user_id = Membership.objects.values_list("user_id", flat=True).get(pk=actor_id)
    event = events.publish(HELLO, group_id=group_id, subject_id=group_id, actor_id=user_id, at=at)
    if not event.simulated:
        Outgoing.objects.create(
            group_id=group_id,
            event=event,
            channel=Way.ROBOT,
            kind=HELLO,
            due_at=at,
            created_at=at,
            lapses_at=at + 10 * LEASE,
        )


@transaction.atomic
def disconnect_robot(*, group_id: int, actor_id: int) -> None:
    """Silence, and the key is gone. Twice is once."""
    Group.objects.lock(group_id)
    at = clock.now()
    if not Robot.objects.filter(group_id=group_id).delete()[0]:
        return
    waiting = Outgoing.objects.filter(
        group_id=group_id, channel=Way.ROBOT, state=OutgoingState.WAITING
    )
    waiting.update(state=OutgoingState.CANCELLED, reason="gone", done_at=at)
    user_id = Membership.objects.values_list("user_id", flat=True).get(pk=actor_id)
    events.publish(
        "robot.disconnected", group_id=group_id, subject_id=group_id, actor_id=user_id, at=at
    )


def key_of(address: str) -> str:
    """The key in a robot's address. Raises InvalidInput for any other host or path."""
    wanted = urlsplit(settings.ROBOT_URL)
    try:
        given = urlsplit(address.strip())
        keys = parse_qs(given.query).get("key", [])
        here = (given.scheme, given.netloc, given.path)
    except ValueError:
        here, keys = ("", "", ""), []
    if here != (wanted.scheme, wanted.netloc, wanted.path) or given.fragment:
        raise InvalidInput(
            _("机器人的地址要以 %(start)s 开头") % {"start": f"{settings.ROBOT_URL}?key="},
            field="address",
        )
    if len(keys) != 1 or not KEY.fullmatch(keys[0]):
        raise InvalidInput(_("地址里的 key 不完整，从企业微信里整段复制"), field="address")
    return keys[0]
