"""What a merchant says will be missing, before it arrives (O9)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from groups.models import GroupOwned
from orders.models.offers import Offer
from orders.models.rounds import Round
from tuangou.core.models import User


class ShortNotice(GroupOwned):
    """How much of one offer the merchant will be short. Append-only: the last number of a round
    holds for each offer; 0 takes it back. It changes no order: what came is counted on arrival."""

    append_only = True

    round = models.ForeignKey(Round, models.PROTECT, related_name="+")
    offer = models.ForeignKey(Offer, models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField()
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    note = models.CharField(max_length=200, blank=True)
    said_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    for_merchant = models.BooleanField()  # written down by an officer on the merchant's behalf
    said_at = models.DateTimeField()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "round", "offer", "number"], name="short_notice_number_unique"
            ),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="short_notice_not_negative"),
        ]
