"""The monthly summary, the paper's Table 1 (O13): two rollups, a month head, frozen versions."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from groups.models import GroupOwned
from merchants.models import Item, Merchant
from orders.models.shortfalls import ShortfallKind


class SummaryMonthQuerySet(models.QuerySet["SummaryMonth"]):
    def lock(self, group_id: int, month: date) -> SummaryMonth:
        """Hold the month's head, making it when it is not there yet."""
        self.bulk_create([SummaryMonth(group_id=group_id, month=month)], ignore_conflicts=True)
        return self.select_for_update(no_key=True).get(group_id=group_id, month=month)


class SummaryMonth(GroupOwned):
    """Head of one month: who changes a counted figure holds this row, so versions come in order."""

    month = models.DateField()
    latest_version = models.PositiveIntegerField(default=0)

    objects = SummaryMonthQuerySet.as_manager()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(fields=["group", "month"], name="summary_month_unique"),
            models.CheckConstraint(condition=Q(month__day=1), name="summary_month_is_a_first"),
        ]


class MonthMerchant(GroupOwned):
    """Orders and lines of one merchant in one month."""

    month = models.DateField()
    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+")
    orders = models.PositiveIntegerField()
    orders_returned = models.PositiveIntegerField()
    lines = models.PositiveIntegerField()
    lines_returned = models.PositiveIntegerField()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "month", "merchant"], name="month_merchant_unique"
            ),
            models.CheckConstraint(
                condition=Q(orders__gt=0, orders_returned__lte=F("orders"))
                & Q(lines__gte=F("orders"), lines_returned__lte=F("lines")),
                name="month_merchant_bounds",
            ),
        ]


class MonthItem(GroupOwned):
    """Units, sales and returned amount of one item of one merchant in one month."""

    month = models.DateField()
    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    units = models.DecimalField(max_digits=12, decimal_places=3)
    sales_fen = models.BigIntegerField()
    returned_fen = models.BigIntegerField()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "month", "merchant", "item"], name="month_item_unique"
            ),
            models.CheckConstraint(
                condition=Q(units__gt=0, sales_fen__gte=0)
                & Q(returned_fen__gte=0, returned_fen__lte=F("sales_fen")),
                name="month_item_bounds",
            ),
        ]


class Why(models.TextChoices):
    """Why a published month was counted anew. A version stores it with the code of what it is
    about, and says it in the language of whoever reads it."""

    RETURN = "return", _("退货")
    DELIVERY = ShortfallKind.DELIVERY.value, ShortfallKind.DELIVERY.label
    CORRECTION = ShortfallKind.CORRECTION.value, ShortfallKind.CORRECTION.label
    LATER = ShortfallKind.LATER.value, ShortfallKind.LATER.label
    SPOT = ShortfallKind.SPOT.value, ShortfallKind.SPOT.label
    LEFT = ShortfallKind.LEFT.value, ShortfallKind.LEFT.label
    WITHDRAWN = ShortfallKind.WITHDRAWN.value, ShortfallKind.WITHDRAWN.label
    CONFIRMED = "confirmed", _("成团")
    CANCELLED = "cancelled", _("取消团")
    COUNTED = "counted", _("重新计算")

    def of(self, code: str = "") -> str:
        """As it is stored: `return 7KQ2MB-0312-1`."""
        return f"{self.value} {code}".strip()


SENTENCES = {
    Why.RETURN.value: _("退货 %(code)s"),
    Why.CONFIRMED.value: _("成团 %(code)s"),
    Why.CANCELLED.value: _("取消团 %(code)s"),
}


def said_of(reason: str) -> str:
    """What Why.of() stored, in the reader's language; an old finished sentence as it stands."""
    why, _space, code = reason.partition(" ")
    if why not in Why.values:
        return reason
    kind = str(Why(why).label)
    if not code:
        return kind
    sentence = SENTENCES.get(why, _("%(kind)s %(code)s"))
    return str(sentence) % {"kind": kind, "code": code}


class PublishedSummary(GroupOwned):
    """A frozen, numbered version of a month's figures. Append-only: a change makes version n+1."""

    append_only = True

    month = models.DateField()
    version = models.PositiveIntegerField()
    published_at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)
    figures = models.JSONField()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "month", "version"], name="published_version_unique"
            ),
            models.CheckConstraint(condition=Q(version__gte=1), name="published_version_positive"),
        ]

    @property
    def said(self) -> str:
        return said_of(self.reason)
