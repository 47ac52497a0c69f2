"""Bags handed out (O10)."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from groups.models import GroupOwned, Membership
from orders.models.helpers import HelperLink
from orders.models.orders import Order, OrderLine
from tuangou.core import rows

# so long after the hand-over goods may be rated (R1)
RATE_WITHIN = timedelta(days=30)


class CheckOffWay(models.TextChoices):
    SCAN = "scan", _("扫码")
    DOOR = "door", _("按房号")
    NAME = "name", _("按昵称")


class CheckOffQuerySet(rows.Rows["CheckOff"]):
    """New rows in a kept sentence."""

    def standing(self) -> CheckOffQuerySet:
        return self.filter(undone_at__isnull=True)

    def standing_of(self, order_id: int) -> CheckOff | None:
        """The latest hand-over of an order that was not undone. One query."""
        found = self.standing().filter(order_id=order_id).select_related("by", "helper")
        return found.order_by("-pk").first()


class CheckOff(GroupOwned):
    """One hand-over at the desk: a row, not a flag.

    A whole one gives all that is billed and stands alone; of a part, its lines say what it gave.
    That no quantity goes twice is held by the lines of the order: collected <= billed.
    """

    order = models.ForeignKey(Order, models.PROTECT, related_name="check_offs")
    by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    helper = models.ForeignKey(HelperLink, models.PROTECT, null=True, related_name="+")
    part = models.BooleanField(default=False, db_default=False)
    way = models.CharField(max_length=4, choices=CheckOffWay, default=CheckOffWay.DOOR)
    collected_by = models.CharField(max_length=30, blank=True)
    request_id = models.UUIDField()
    device_at = models.DateTimeField(null=True)
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")

    objects = CheckOffQuerySet.as_manager()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "order"],
                condition=Q(undone_at__isnull=True, part=False),
                name="handed_over_once",
            ),
            models.UniqueConstraint(
                fields=["group", "by", "request_id"], name="one_check_off_per_request"
            ),
            models.CheckConstraint(
                condition=Q(way__in=CheckOffWay.values), name="check_off_way_known"
            ),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by__isnull=True)
                | Q(undone_at__gte=F("at"), undone_by__isnull=False),
                name="check_off_undone_after_done",
            ),
        ]

    @property
    def is_by_helper(self) -> bool:
        return self.helper_id is not None

    @property
    def handed_over_by(self) -> str:
        """Who did it, as the desk says it: a helper by the name on the link."""
        return self.helper.name if self.helper else self.by.nickname


class CheckOffLine(GroupOwned):
    """What a partial hand-over gave of one line."""

    check_off = models.ForeignKey(CheckOff, models.PROTECT, related_name="lines")
    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="+")
    quantity = models.DecimalField(max_digits=9, decimal_places=3)

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "check_off", "line"], name="check_off_line_once"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="check_off_line_positive"),
        ]
