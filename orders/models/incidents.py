"""The same batch: is it bad in other kitchens, too? Asked, answered, and what follows."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q

from groups.models import GroupOwned, Membership
from orders.models.deliveries import Batch, BatchPart
from orders.models.holds import Hold
from orders.models.offers import Offer
from orders.models.orders import OrderLine
from orders.models.returns import Return
from orders.models.rounds import Round
from tuangou.core import rows

OPEN_FOR = timedelta(hours=72)


class BatchQuestionQuerySet(rows.Rows["BatchQuestion"]):
    def about(self, offer_id: int, batch_id: int | None) -> BatchQuestion | None:
        same = Q(batch__isnull=True) if batch_id is None else Q(batch_id=batch_id)
        return self.filter(same, offer_id=offer_id).first()

    def of_line(self, line_id: int, offer_id: int) -> BatchQuestion | None:
        """The question about what this line got; the first, where it got of several batches."""
        parts = BatchPart.objects.filter(line_id=line_id)
        same = Q(batch__isnull=True) | Q(batch_id__in=parts.values("batch_id"))
        return self.filter(same, offer_id=offer_id).order_by("pk").first()


class BatchQuestion(GroupOwned):
    """Asked once per batch, by the first claim on it; open for 72 hours unless it is settled.

    Goods that came without batches are one batch: their offer.
    """

    round = models.ForeignKey(Round, models.PROTECT, related_name="+")
    offer = models.ForeignKey(Offer, models.PROTECT, related_name="+")
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, related_name="+")
    first = models.ForeignKey(Return, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()

    objects = BatchQuestionQuerySet.as_manager()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "offer", "batch"], name="batch_asked_once", nulls_distinct=False
            ),
        ]

    @property
    def closes_at(self) -> datetime:
        return self.asked_at + OPEN_FOR


class BatchAnswer(GroupOwned):
    """One buyer's yes or no; one per line, hers to change while the question is open."""

    question = models.ForeignKey(BatchQuestion, models.PROTECT, related_name="answers")
    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="+")
    same = models.BooleanField()
    answered_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    answered_at = models.DateTimeField()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "question", "line"], name="one_batch_answer_per_line"
            ),
        ]


class Incident(GroupOwned):
    """So many households said yes that the rest is not handed out; lifted by releasing its hold."""

    append_only = True

    question = models.ForeignKey(BatchQuestion, models.PROTECT, related_name="incidents")
    hold = models.ForeignKey(Hold, models.PROTECT, related_name="+")
    households = models.PositiveIntegerField()
    buyers = models.PositiveIntegerField()
    found_at = models.DateTimeField()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(fields=["group", "question"], name="one_incident_per_batch"),
            models.CheckConstraint(
                condition=Q(households__gte=1, households__lte=F("buyers")),
                name="incident_households_among_buyers",
            ),
        ]
