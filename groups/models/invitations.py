"""Ways into a group: a link for one neighbour, and the standing link of the compound (G3).

Neither keeps its token: 128 random bits go into the address, only their SHA-256 stays here.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac
from django.utils.http import int_to_base36
from django.utils.translation import gettext_lazy as _

from groups.models.groups import GroupOwned, GroupStatus
from groups.models.memberships import Membership, MembershipStatus
from tuangou.core.events import AppNow

INVITATION_LASTS = timedelta(days=7)
TOKEN_BYTES = 16
A_DAY = timedelta(days=1)
MOST_A_DAY = 5
MOST_A_DAY_OFFICER = 50


def token_sha256(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


class InvitationState(models.TextChoices):
    """What became of a link; worked out, not kept."""

    OPEN = "open", _("可以用")
    USED = "used", _("用过了")
    REVOKED = "revoked", _("收回了")
    EXPIRED = "expired", _("过期了")


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def of_group(self, group_id: int) -> InvitationQuerySet:
        return self.filter(group_id=group_id)

    def usable(self) -> InvitationQuerySet:
        """Not used, revoked or expired, of a member who is still one, to a group that is open."""
        return self.filter(
            used_at__isnull=True,
            revoked_at__isnull=True,
            expires_at__gt=AppNow(),
            invited_by__status=MembershipStatus.ACTIVE,
            group__status=GroupStatus.ACTIVE,
        )

    def with_token(self, token: str) -> InvitationQuerySet:
        return self.filter(token_sha256=token_sha256(token))

    def take(self, invitation_id: int) -> bool:
        """Use the one seat; False if somebody was faster or it is over. One statement."""
        return bool(
            self.filter(
                pk=invitation_id,
                used_at__isnull=True,
                revoked_at__isnull=True,
                expires_at__gt=AppNow(),
            ).update(used_at=AppNow())
        )


class Invitation(GroupOwned):
    """One seat, offered by a member to one neighbour for seven days."""

    token_sha256 = models.BinaryField(max_length=32, unique=True)
    invited_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    used_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")

    objects = InvitationQuerySet.as_manager()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("made_at")), name="invitation_lasts"
            ),
            models.CheckConstraint(
                condition=Q(used_by__isnull=True) | Q(used_at__isnull=False),
                name="invitation_used_has_time",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True) | Q(used_at__isnull=True),
                name="invitation_used_or_revoked",
            ),
        ]
        indexes = [
            models.Index(fields=["group", "invited_by", "-made_at"], name="invitation_of_member")
        ]

    def __str__(self) -> str:
        return f"{self.pk}"


class CompoundLink(GroupOwned):
    """The standing link for the notice board; whoever comes by it waits for an officer.

    Its token is made of the installation's key and the link's number, so that officers can be
    shown it again though only its SHA-256 is kept. A new number is a new link.
    """

    number = models.PositiveIntegerField()
    token_sha256 = models.BinaryField(max_length=32, unique=True)
    made_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(fields=["group", "number"], name="compound_link_number"),
            models.UniqueConstraint(
                fields=["group"],
                condition=Q(closed_at__isnull=True),
                name="one_compound_link_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}"

    @staticmethod
    def token_of(group_id: int, number: int) -> str:
        """128 bits of a keyed digest, in small letters and digits."""
        digest = salted_hmac("groups.compound_link", f"{group_id}/{number}", algorithm="sha256")
        return int_to_base36(int.from_bytes(digest.digest()[:TOKEN_BYTES]))

    @property
    def token(self) -> str:
        """The token, or "" when the installation's key is another one by now."""
        token = self.token_of(self.group_id, self.number)
        return token if token_sha256(token) == bytes(self.token_sha256) else ""
