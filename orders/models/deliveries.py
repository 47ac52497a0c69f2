"""Goods announced, arriving and inspected (O9, O16)."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from groups.models import GroupOwned, Membership
from orders.models.helpers import HelperLink
from orders.models.offers import Offer
from orders.models.orders import OrderLine
from orders.models.rounds import Round
from tuangou.core.models import User

ONE_IN = 5
MOST_DELIVERY_PHOTOS = 8


class DeliveryNotice(GroupOwned):
    """When the merchant says that the goods come. Append-only: the last number holds (O9)."""

    append_only = True

    round = models.ForeignKey(Round, models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField()
    arrives_from = models.DateTimeField()
    arrives_until = models.DateTimeField()
    car = models.CharField(max_length=20, blank=True)
    driver = models.CharField(max_length=30, blank=True)
    batch = models.CharField(max_length=60, blank=True)
    note = models.CharField(max_length=200, blank=True)
    said_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    for_merchant = models.BooleanField()  # written down by an officer on the merchant's behalf
    said_at = models.DateTimeField()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "round", "number"], name="delivery_notice_number_unique"
            ),
            models.CheckConstraint(
                condition=Q(arrives_until__gt=F("arrives_from")), name="delivery_notice_window"
            ),
        ]


class Due(models.TextChoices):
    """Why a delivery must be inspected (O16)."""

    FIRST = "first", _("这家第一次给本群送货")
    DRAWN = "drawn", _("按规则抽到")


class Delivery(GroupOwned):
    """The arrival of a round's goods, recorded by an officer, or by a helper in her name."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="+")
    recorded_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    helper = models.ForeignKey(HelperLink, models.PROTECT, null=True, related_name="+")
    arrived_at = models.DateTimeField()
    note = models.CharField(max_length=200, blank=True)
    inspection_due = models.CharField(max_length=5, choices=Due, blank=True)
    corrected_at = models.DateTimeField(null=True)

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(fields=["group", "round"], name="one_delivery_per_round"),
            models.CheckConstraint(
                condition=Q(inspection_due__in=["", *Due.values]), name="delivery_due_known"
            ),
        ]


class Sharing(models.TextChoices):
    IN_ORDER = "order", _("先下单的先给")
    EVENLY = "evenly", _("按比例，大家都少一点")
    BY_HAND = "hand", _("自己填")


class DeliveryLine(GroupOwned):
    """What came of one offer: counted; what the scales said, where it is sold by weight; what of
    it is damaged; how it was shared out where it was not enough.

    What came later is added here; each time stands in its LaterArrival. `unshared`: what is here
    and nobody's yet, because a helper counted it and an officer has to share it out; null where
    nothing waits. Without a `sharing` nothing of a short offer was shared out so far.
    """

    delivery = models.ForeignKey(Delivery, models.PROTECT, related_name="lines")
    offer = models.ForeignKey(Offer, models.PROTECT, related_name="+")
    ordered = models.DecimalField(max_digits=12, decimal_places=3)
    delivered = models.DecimalField(max_digits=12, decimal_places=3)
    weighed = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    damaged = models.DecimalField(max_digits=12, decimal_places=3, default=0, db_default=0)
    sharing = models.CharField(max_length=6, choices=Sharing, blank=True, db_default="")
    unshared = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    note = models.CharField(max_length=100, blank=True, db_default="")

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "delivery", "offer"], name="delivery_line_once_per_offer"
            ),
            models.CheckConstraint(
                condition=Q(ordered__gte=0, delivered__gte=0), name="delivery_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(damaged__gte=0, damaged__lte=Coalesce(F("weighed"), F("delivered"))),
                name="delivery_damaged_within_what_came",
            ),
            models.CheckConstraint(
                condition=Q(sharing__in=["", *Sharing.values]), name="delivery_sharing_known"
            ),
            models.CheckConstraint(
                condition=Q(unshared__isnull=True) | Q(unshared__gte=0),
                name="delivery_unshared_not_negative",
            ),
        ]

    @property
    def fit(self) -> Any:
        """What can be handed out: the weight counts before the number, less what is damaged."""
        came = self.delivered if self.weighed is None else self.weighed
        return came - self.damaged

    @property
    def short(self) -> Any:
        return max(self.ordered - self.fit, 0)

    @property
    def over(self) -> Any:
        return max(self.fit - self.ordered, 0)


class LaterArrival(GroupOwned):
    """What came of one offer on another car than the first: the rest of a short delivery (O9).

    Append-only; `car` counts from 2.
    """

    append_only = True

    delivery = models.ForeignKey(Delivery, models.PROTECT, related_name="later")
    offer = models.ForeignKey(Offer, models.PROTECT, related_name="+")
    car = models.PositiveSmallIntegerField()
    delivered = models.DecimalField(max_digits=12, decimal_places=3)
    weighed = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    damaged = models.DecimalField(max_digits=12, decimal_places=3, default=0)
    note = models.CharField(max_length=100, blank=True)
    by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    helper = models.ForeignKey(HelperLink, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "delivery", "car", "offer"], name="later_arrival_once_per_offer"
            ),
            models.CheckConstraint(condition=Q(car__gte=2), name="later_arrival_is_later"),
            models.CheckConstraint(
                condition=Q(delivered__gte=0)
                & Q(damaged__gte=0, damaged__lte=Coalesce(F("weighed"), F("delivered"))),
                name="later_arrival_damaged_within_what_came",
            ),
        ]

    @property
    def fit(self) -> Any:
        came = self.delivered if self.weighed is None else self.weighed
        return came - self.damaged


class Verdict(models.TextChoices):
    PASSED = "passed", _("验货通过")
    FAILED = "failed", _("验货没通过")


class Inspection(GroupOwned):
    """What was found at one unloading (O16). Append-only: one per car, the first being 1.

    `checks`: each line of the checklist by its key, true or false.
    """

    append_only = True

    delivery = models.ForeignKey(Delivery, models.PROTECT, related_name="+")
    car = models.PositiveSmallIntegerField(default=1, db_default=1)
    verdict = models.CharField(max_length=6, choices=Verdict)
    checks = models.JSONField()
    temperature = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    note = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "delivery", "car"], name="one_inspection_per_car"
            ),
            models.CheckConstraint(condition=Q(car__gte=1), name="inspection_of_a_car"),
            models.CheckConstraint(
                condition=Q(verdict__in=Verdict.values), name="inspection_verdict_known"
            ),
            models.CheckConstraint(
                condition=Q(temperature__isnull=True)
                | Q(temperature__gte=-60, temperature__lte=100),
                name="inspection_temperature_bounds",
            ),
        ]


class DeliveryPhoto(GroupOwned):
    """A re-encoded picture of what came, seen by every member; at most eight per delivery."""

    delivery = models.ForeignKey(Delivery, models.PROTECT, related_name="photos")
    offer = models.ForeignKey(Offer, models.PROTECT, null=True, related_name="+")
    position = models.PositiveSmallIntegerField()
    file = models.FileField(upload_to="deliveries/")
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    helper = models.ForeignKey(HelperLink, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "delivery", "position"], name="delivery_photo_position_unique"
            ),
            models.CheckConstraint(
                condition=Q(position__gte=1, position__lte=MOST_DELIVERY_PHOTOS),
                name="delivery_photos_at_most_eight",
            ),
        ]


class Batch(GroupOwned):
    """One lot of what came of an offer, with its dates (O9)."""

    delivery_line = models.ForeignKey(DeliveryLine, models.PROTECT, related_name="batches")
    lot = models.CharField(max_length=40)
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    produced_on = models.DateField(null=True)
    expires_on = models.DateField(null=True)

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "delivery_line", "lot"], name="batch_lot_unique"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="batch_quantity_positive"),
            models.CheckConstraint(
                condition=Q(produced_on__isnull=True)
                | Q(expires_on__isnull=True)
                | Q(expires_on__gte=F("produced_on")),
                name="batch_expires_after_production",
            ),
        ]


class BatchPartQuerySet(models.QuerySet["BatchPart"]):
    def left_of(self, batch_id: int) -> dict[int, Decimal]:
        """{line id: how much of its part of the batch was not withdrawn}."""
        parts = self.filter(batch_id=batch_id)
        return dict(parts.values_list("line_id", F("quantity") - F("withdrawn")))

    def withdraw(self, lines: QuerySet[Any], batch_id: int | None) -> int:
        """What these lines have of the batch, or of every one, is not handed out."""
        parts = self.filter(line_id__in=lines)
        parts = parts if batch_id is None else parts.filter(batch_id=batch_id)
        return parts.update(withdrawn=F("quantity"))


class BatchPart(GroupOwned):
    """What of a batch went to one line of an order; `withdrawn`: how much of it was not handed out
    in the end. What a later car brings of the batch is added to `quantity`."""

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="parts")
    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="+")
    quantity = models.DecimalField(max_digits=9, decimal_places=3)
    withdrawn = models.DecimalField(max_digits=9, decimal_places=3, db_default=0)

    objects = BatchPartQuerySet.as_manager()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(fields=["group", "batch", "line"], name="batch_once_per_line"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="batch_part_positive"),
            models.CheckConstraint(
                condition=Q(withdrawn__gte=0, withdrawn__lte=F("quantity")),
                name="batch_part_withdrawn_of_it",
            ),
        ]


def draw(code: str, merchant_id: int) -> int:
    """0 to 4 for a round's code and its merchant's number; 0 is inspected (docs/inspections.md).

    SHA-256 of `7KQ2MB-12`, read as one number, modulo five: anybody can check it.
    """
    digest = hashlib.sha256(f"{code}-{merchant_id}".encode()).hexdigest()
    return int(digest, 16) % ONE_IN
