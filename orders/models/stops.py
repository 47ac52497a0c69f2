"""Goods that nobody in the group may order until a complaint about them is ruled (R2)."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models
from django.db.models import F, Q

from groups.models import GroupOwned
from merchants.models import Item


class SaleStopQuerySet(models.QuerySet["SaleStop"]):
    def standing(self, group_id: int) -> SaleStopQuerySet:
        return self.filter(group_id=group_id, lifted_at__isnull=True)

    def stopped_of(self, group_id: int, item_ids: Iterable[int]) -> set[int]:
        """Which of these items nobody may order here now."""
        standing = self.standing(group_id).filter(item_id__in=list(item_ids))
        return set(standing.values_list("item_id", flat=True))

    def unruled(self, group_id: int) -> SaleStopQuerySet:
        """Standing, and nobody has said yet whether it is unsafe."""
        return self.standing(group_id).filter(found_at__isnull=True)


class SaleStop(GroupOwned):
    """One item, stopped in one group by the complaint of this number; lifted by its ruling alone.

    Offers of rounds carry `stopped_at` while any stop of their item stands, so that placing reads
    one row; bags that are not handed out yet carry a Hold. `found_at`: since when the ruling says
    that it is unsafe, so that the initiator may decide about these.
    """

    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    complaint_no = models.PositiveIntegerField()
    stopped_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    found_at = models.DateTimeField(null=True)

    objects = SaleStopQuerySet.as_manager()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "item", "complaint_no"], name="one_stop_per_complaint"
            ),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True) | Q(lifted_at__gte=F("stopped_at")),
                name="sale_stop_lifted_after_it_began",
            ),
            models.CheckConstraint(
                condition=Q(found_at__isnull=True) | Q(found_at__gte=F("stopped_at")),
                name="sale_stop_found_after_it_began",
            ),
        ]
