"""A link that lets one neighbour sign in once: handed over by the initiator (G2)."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models import F, Q

from groups.models.groups import GroupOwned, GroupStatus
from groups.models.invitations import token_sha256
from groups.models.memberships import Membership, MembershipStatus
from tuangou.core.events import AppNow

LOGIN_LINK_LASTS = timedelta(hours=24)
LOGIN_LINKS_A_DAY = 50


class LoginLinkQuerySet(models.QuerySet["LoginLink"]):
    def of_group(self, group_id: int) -> LoginLinkQuerySet:
        return self.filter(group_id=group_id)

    def unspent(self) -> LoginLinkQuerySet:
        return self.filter(used_at__isnull=True, revoked_at__isnull=True, expires_at__gt=AppNow())

    def usable(self) -> LoginLinkQuerySet:
        """Not used, revoked or expired, of a member who is still one, in a group that is open."""
        return self.unspent().filter(
            membership__status=MembershipStatus.ACTIVE, group__status=GroupStatus.ACTIVE
        )

    def with_token(self, token: str) -> LoginLinkQuerySet:
        return self.filter(token_sha256=token_sha256(token))

    def take(self, link_id: int) -> bool:
        """Use it up; False if somebody was faster or it is over. One statement."""
        return bool(self.unspent().filter(pk=link_id).update(used_at=AppNow()))


class LoginLink(GroupOwned):
    """24 hours, one use. 128 random bits go into the address, only their SHA-256 stays here."""

    token_sha256 = models.BinaryField(max_length=32, unique=True)
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    made_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

    objects = LoginLinkQuerySet.as_manager()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("made_at")), name="login_link_lasts"
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True) | Q(used_at__isnull=True),
                name="login_link_used_or_revoked",
            ),
            models.UniqueConstraint(
                fields=["group", "membership"],
                condition=Q(used_at__isnull=True, revoked_at__isnull=True),
                name="login_link_one_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"
