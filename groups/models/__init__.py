"""People who buy together (domain section 4)."""

from groups.models.announcements import Announcement
from groups.models.groups import (
    Building,
    Group,
    GroupOwned,
    GroupStatus,
    Load,
    PickupPoint,
)
from groups.models.mandates import Deputy, Mandate, MandateOrigin
from groups.models.memberships import Household, Membership, MembershipStatus

__all__ = [
    "Announcement",
    "Building",
    "Deputy",
    "Group",
    "GroupOwned",
    "GroupStatus",
    "Household",
    "Load",
    "Mandate",
    "MandateOrigin",
    "Membership",
    "MembershipStatus",
    "PickupPoint",
]
