"""Whose rounds a member is told of (W6)."""

from __future__ import annotations

from django.db import models

from groups.models import GroupOwned, Membership
from merchants.models.merchants import Merchant


class Follow(GroupOwned):
    """A member who is told when this merchant opens a round. The row goes when she stops."""

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+")
    member = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    since = models.DateTimeField()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "merchant", "member"], name="follow_once_per_merchant"
            ),
        ]
