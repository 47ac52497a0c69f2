"""What was taken off orders after the cut-off because it did not come (O9)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from groups.models import GroupOwned, Membership
from orders.models.orders import Order, OrderLine
from orders.models.rounds import Round


class ShortfallKind(models.TextChoices):
    DELIVERY = "delivery", _("到货少了")
    CORRECTION = "correction", _("到货更正")
    LATER = "later", _("后来到的")
    SPOT = "spot", _("取货时缺货")
    LEFT = "left", _("没人取，退回商家")
    WITHDRAWN = "withdrawn", _("验货没通过，不发")


class Shortfall(GroupOwned):
    """One act that changed what orders are billed for. Append-only; source of its commission."""

    append_only = True

    round = models.ForeignKey(Round, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=ShortfallKind)
    at = models.DateTimeField()
    by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.CheckConstraint(
                condition=Q(kind__in=ShortfallKind.values), name="shortfall_kind_known"
            ),
        ]


class ShortfallLine(GroupOwned):
    """One line of it: from how much to how much, and what is credited for it. Append-only.

    More than before, at a negative credit, only where a recorded arrival is corrected, or where the
    rest comes later.
    """

    append_only = True

    shortfall = models.ForeignKey(Shortfall, models.PROTECT, related_name="lines")
    order = models.ForeignKey(Order, models.PROTECT, related_name="+")
    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="+")
    before = models.DecimalField(max_digits=9, decimal_places=3)
    after = models.DecimalField(max_digits=9, decimal_places=3)
    credited_fen = models.BigIntegerField()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "shortfall", "line"], name="shortfall_once_per_line"
            ),
            models.CheckConstraint(
                condition=Q(after__gte=0)
                & (
                    Q(after__lt=F("before"), credited_fen__gte=0)
                    | Q(after__gt=F("before"), credited_fen__lte=0)
                ),
                name="shortfall_credits_what_is_missing",
            ),
        ]
