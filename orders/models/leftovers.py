"""What the initiator decided about a bag, or its rest, that nobody fetched (O10)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from groups.models import GroupOwned, Membership
from orders.models.orders import Order, OrderStatus


class LeftoverChoice(models.TextChoices):
    KEEP = "keep", _("先留着")
    PASS = "pass", _("让给别人")
    RETURN = "return", _("退回商家")


# Orders that may have something left: recorded as missed, or fetched in part.
LEFT = (OrderStatus.NOT_COLLECTED, OrderStatus.PARTLY_COLLECTED)
# After these the bag is gone.
FINAL = (LeftoverChoice.PASS, LeftoverChoice.RETURN)


class LeftoverQuerySet(models.QuerySet["Leftover"]):
    def final_of(self, order_id: int) -> Leftover | None:
        """The decision after which nothing is left of this order here. One query."""
        found = self.filter(order_id=order_id, choice__in=FINAL).select_related(
            "taker__household__building"
        )
        return found.first()

    def gone_of(self, round_id: int) -> LeftoverQuerySet:
        """The decisions of a round after which a bag is gone."""
        return self.filter(order__round_id=round_id, choice__in=FINAL)


class Leftover(GroupOwned):
    """One decision: keep it until a moment (again and again), or, once, let it go."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="+")
    choice = models.CharField(max_length=6, choices=LeftoverChoice)
    until = models.DateTimeField(null=True)
    note = models.CharField(max_length=100, blank=True)
    taker = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    paid_fen = models.BigIntegerField(default=0)
    by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    request_id = models.UUIDField()

    objects = LeftoverQuerySet.as_manager()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "order"],
                condition=Q(choice__in=FINAL),
                name="left_over_goes_once",
            ),
            models.UniqueConstraint(
                fields=["group", "by", "request_id"], name="one_leftover_per_request"
            ),
            models.CheckConstraint(
                condition=Q(choice="keep", until__isnull=False)
                | Q(choice__in=FINAL, until__isnull=True),
                name="left_over_kept_until",
            ),
            models.CheckConstraint(
                condition=Q(choice="pass", taker__isnull=False, paid_fen__gte=0)
                | (~Q(choice="pass") & Q(taker__isnull=True, paid_fen=0)),
                name="left_over_passed_to_somebody",
            ),
        ]
