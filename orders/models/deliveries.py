"""Goods arriving and bags handed out (O9 whole deliveries, O10)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from groups.models import GroupOwned, Membership
from orders.models.offers import Offer
from orders.models.rounds import Round


class Delivery(GroupOwned):
    """The arrival of a round's goods, recorded by the initiator or deputy."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="+")
    recorded_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    arrived_at = models.DateTimeField()
    note = models.CharField(max_length=200, blank=True)

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(fields=["group", "round"], name="one_delivery_per_round"),
        ]


class DeliveryLine(GroupOwned):
    """What came of one offer."""

    delivery = models.ForeignKey(Delivery, models.PROTECT, related_name="lines")
    offer = models.ForeignKey(Offer, models.PROTECT, related_name="+")
    ordered = models.DecimalField(max_digits=12, decimal_places=3)
    delivered = models.DecimalField(max_digits=12, decimal_places=3)

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "delivery", "offer"], name="delivery_line_once_per_offer"
            ),
            models.CheckConstraint(
                condition=Q(ordered__gte=0, delivered__gte=0), name="delivery_not_negative"
            ),
        ]
