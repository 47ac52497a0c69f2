"""Bags handed out (O10)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from groups.models import GroupOwned, Membership
from orders.models.orders import Order
from tuangou.core import rows


class CheckOffWay(models.TextChoices):
    SCAN = "scan", _("扫码")
    DOOR = "door", _("按房号")
    NAME = "name", _("按昵称")


class CheckOffQuerySet(rows.Rows["CheckOff"]):
    """New rows in a kept sentence."""


class CheckOff(GroupOwned):
    """One hand-over at the desk: a row, not a flag. At most one is standing per order."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="check_offs")
    by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
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
                condition=Q(undone_at__isnull=True),
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
