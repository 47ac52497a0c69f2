"""The other end of the ladder: the shop of a month, by a published rule (R7)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from groups.models import GroupOwned
from merchants.models import Merchant


class Recognition(GroupOwned):
    """The shop of a month, by the published rule: the best standing at the end of it. Append-only;
    a month has at most one."""

    append_only = True

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+")
    month = models.DateField()
    rounds = models.PositiveIntegerField()
    score_bp = models.PositiveIntegerField()
    table_version = models.PositiveIntegerField()
    made_at = models.DateTimeField()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(fields=["group", "month"], name="one_recognition_a_month"),
            models.CheckConstraint(condition=Q(month__day=1), name="recognition_month_is_a_first"),
        ]
