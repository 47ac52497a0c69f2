"""The group's robot, without its key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from tuangou.core.models import Robot


@dataclass(frozen=True, slots=True)
class RobotCard:
    """`tail`: the last four characters of the key, to know it by."""

    tail: str
    connected_at: datetime
    is_broken: bool


def robot_of(group_id: int) -> RobotCard | None:
    row = Robot.objects.filter(group_id=group_id).first()
    return RobotCard(row.key[-4:], row.connected_at, row.broken_at is not None) if row else None


def hello(_group_id: int, site: str) -> str:
    """What a robot says when it is connected."""
    return _("团购机器人接通了，开团、截单、到货会在这里说一声。") + f"\n{site}/"
