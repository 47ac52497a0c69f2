"""Who saw a price in the store, and what an officer said of prices that differ (M6)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from groups.models import GroupOwned, Membership
from merchants.models.items import Item


class PriceWitness(GroupOwned):
    """Who saw the store price, where and when; stale after 14 days. Append-only.

    `said_fen` is what the shop said then: where it differs from `price_fen`, the price is
    contested. Rows from before it was kept have neither it nor a picture.
    """

    append_only = True

    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    price_fen = models.BigIntegerField()
    said_fen = models.BigIntegerField(null=True)
    place = models.CharField(max_length=60)
    seen_at = models.DateTimeField()
    noted_at = models.DateTimeField(null=True)
    picture = models.FileField(upload_to="witnesses/", blank=True)
    witness = models.ForeignKey(Membership, models.PROTECT, related_name="+")

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.CheckConstraint(
                condition=Q(price_fen__gt=0, price_fen__lt=10**8), name="witness_price_bounds"
            ),
            models.CheckConstraint(
                condition=Q(noted_at__isnull=True) | Q(seen_at__lte=F("noted_at")),
                name="witness_saw_before_it_was_noted",
            ),
            models.CheckConstraint(
                condition=Q(said_fen__isnull=True) | (~Q(picture="") & Q(noted_at__isnull=False)),
                name="witness_brings_a_picture",
            ),
        ]
        indexes = [models.Index(fields=["group", "item", "-seen_at"], name="witness_newest")]

    @property
    def contests(self) -> bool:
        """Whether it was another price than the shop said."""
        return self.said_fen is not None and self.said_fen != self.price_fen


class PriceRuling(GroupOwned):
    """What was decided of a contested price, with the reason; once. Append-only."""

    append_only = True

    witness = models.ForeignKey(PriceWitness, models.PROTECT, related_name="rulings")
    # whether the shop's price may be compared with again
    stands = models.BooleanField()
    reason = models.CharField(max_length=300)
    ruled_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    ruled_at = models.DateTimeField()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(fields=["group", "witness"], name="price_ruled_once"),
        ]
