"""A link for a day's helper: one round, the whole desk or one building, no sign-up (O10)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from groups.models import GroupOwned, GroupStatus, Membership
from groups.models.invitations import token_sha256
from orders.models.rounds import Round
from tuangou.core.events import AppNow

HELPER_LINKS_A_ROUND = 30


class HelperLinkQuerySet(models.QuerySet["HelperLink"]):
    def usable(self) -> HelperLinkQuerySet:
        """Not revoked, not past midnight, in a group that is open."""
        return self.filter(
            revoked_at__isnull=True, expires_at__gt=AppNow(), group__status=GroupStatus.ACTIVE
        )

    def with_token(self, token: str) -> HelperLinkQuerySet:
        return self.filter(token_sha256=token_sha256(token))


class HelperLink(GroupOwned):
    """Dead at local midnight or when it is taken back. 128 random bits go into the address, only
    their SHA-256 stays here. An empty `building` is the desk: the whole round."""

    token_sha256 = models.BinaryField(max_length=32, unique=True)
    round = models.ForeignKey(Round, models.PROTECT, related_name="+")
    building = models.CharField(max_length=20, blank=True)
    name = models.CharField(max_length=30)
    made_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    objects = HelperLinkQuerySet.as_manager()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("made_at")), name="helper_link_lasts"
            ),
        ]
