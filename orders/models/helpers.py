"""A link for a day's helper: one round, the whole desk or one building, no sign-up (O10)."""

from __future__ import annotations

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from groups.models import (
    Deputy,
    GroupOwned,
    GroupStatus,
    Mandate,
    Membership,
    MembershipStatus,
)
from groups.models.invitations import token_sha256
from orders.models.orders import Order, OrderQuerySet
from orders.models.rounds import Round
from tuangou.core.events import AppNow

HELPER_LINKS_A_ROUND = 30


class HelperLinkQuerySet(models.QuerySet["HelperLink"]):
    def standing(self) -> HelperLinkQuerySet:
        """Not taken back, not past midnight."""
        return self.filter(revoked_at__isnull=True, expires_at__gt=AppNow())

    def usable(self) -> HelperLinkQuerySet:
        """Standing, in a group that is open, of somebody who still is an officer there."""
        office = {"membership_id": OuterRef("made_by_id"), "ended_at__isnull": True}
        return self.standing().filter(
            Exists(Mandate.objects.filter(**office)) | Exists(Deputy.objects.filter(**office)),
            group__status=GroupStatus.ACTIVE,
            made_by__status=MembershipStatus.ACTIVE,
        )

    def opened_by(self, token: str) -> HelperLink | None:
        """The usable link of this token, with its round, group and maker. One query."""
        found = self.usable().filter(token_sha256=token_sha256(token))
        places = ("round__merchant", "round__pickup_point")
        link = found.select_related("group", *places, "made_by").first()
        if link is not None:
            link.round.group = link.made_by.group = link.group
        return link


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

    def orders(self) -> OrderQuerySet:
        """The list that it opens."""
        scope = Q(building=self.building) if self.building else Q()
        return Order.objects.live().filter(scope, round_id=self.round_id)

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("made_at")), name="helper_link_lasts"
            ),
        ]
