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
from groups.models.invitations import CompoundLink, Invitation, InvitationState
from groups.models.joining import CONSENT_VERSION, Consent, Joining, Purpose, WaitsFor, Way
from groups.models.login_links import LoginLink
from groups.models.mandates import Deputy, Mandate, MandateOrigin
from groups.models.memberships import Household, Membership, MembershipStatus
from groups.models.rules import HouseRules

__all__ = [
    "CONSENT_VERSION",
    "Announcement",
    "Building",
    "CompoundLink",
    "Consent",
    "Deputy",
    "Group",
    "GroupOwned",
    "GroupStatus",
    "HouseRules",
    "Household",
    "Invitation",
    "InvitationState",
    "Joining",
    "Load",
    "LoginLink",
    "Mandate",
    "MandateOrigin",
    "Membership",
    "MembershipStatus",
    "PickupPoint",
    "Purpose",
    "WaitsFor",
    "Way",
]
