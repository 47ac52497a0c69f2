"""What a shop says against a sanction; three drawn neighbours decide (R7)."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from groups.models import GroupOwned
from reputation.models.sanctions import Sanction
from tuangou.core.errors import InvalidTransition
from tuangou.core.models import User


class SanctionAppealStatus(models.TextChoices):
    WAITING = "waiting", _("等三位邻居评议")
    GRANTED = "granted", _("申诉成立")
    REFUSED = "refused", _("维持原来的处分")


MOVES: dict[str, set[str]] = {
    SanctionAppealStatus.WAITING: {SanctionAppealStatus.GRANTED, SanctionAppealStatus.REFUSED}
}


class SanctionAppeal(GroupOwned):
    """What the shop says against a sanction, once; three drawn neighbours decide."""

    sanction = models.ForeignKey(Sanction, models.PROTECT, related_name="+")
    text = models.CharField(max_length=500, blank=True)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    status = models.CharField(
        max_length=8, choices=SanctionAppealStatus, default=SanctionAppealStatus.WAITING
    )
    decided_at = models.DateTimeField(null=True)

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(fields=["group", "sanction"], name="one_appeal_per_sanction"),
            models.CheckConstraint(
                condition=Q(status__in=SanctionAppealStatus.values),
                name="sanction_appeal_status_known",
            ),
            models.CheckConstraint(
                condition=Q(status="waiting", decided_at__isnull=True)
                | (~Q(status="waiting") & Q(decided_at__isnull=False)),
                name="sanction_appeal_decided_iff_said",
            ),
        ]

    def move_to(self, status: str, *, at: datetime) -> None:
        """The only place an appeal changes status. The caller holds the lock."""
        if status not in MOVES.get(self.status, ()):
            raise InvalidTransition(_("这件事刚刚变了。刷新页面看看最新状态。"))
        self.status, self.decided_at = status, at
        self.save(update_fields=["status", "decided_at"])
