"""What is bought of a merchant in one round, frozen when the round comes about (O3, O14)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from groups.models import GroupOwned
from orders.models.offers import Offer
from orders.models.rounds import Round


class Purchase(GroupOwned):
    """Version 1 of a round's purchase summary. Append-only: what changes later is told beside it.

    `changes` is how often orders of the round had been placed, changed or cancelled by then.
    """

    append_only = True

    round = models.ForeignKey(Round, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    orders = models.PositiveIntegerField()
    changes = models.PositiveIntegerField()
    commission_bp = models.PositiveIntegerField()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(fields=["group", "round"], name="one_purchase_per_round"),
        ]


class PurchaseLine(GroupOwned):
    """One item of it: the total, the price that holds after the tiers, the amount of all lines."""

    append_only = True

    purchase = models.ForeignKey(Purchase, models.PROTECT, related_name="lines")
    offer = models.ForeignKey(Offer, models.PROTECT, related_name="+")
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    price_fen = models.BigIntegerField()
    amount_fen = models.BigIntegerField()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "purchase", "offer"], name="purchase_line_once_per_offer"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, price_fen__gt=0, amount_fen__gte=0),
                name="purchase_line_positive",
            ),
        ]
