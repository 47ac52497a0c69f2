"""What a shop says against its rejection (M4): once for each."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from groups.models import GroupOwned, Membership
from merchants.models.applications import Application
from tuangou.core.errors import InvalidTransition
from tuangou.core.models import User


class AppealStatus(models.TextChoices):
    WAITING = "waiting", _("等答复")
    GRANTED = "granted", _("重新审核")
    REFUSED = "refused", _("维持原来的决定")


MOVES: dict[str, set[str]] = {
    AppealStatus.WAITING: {AppealStatus.GRANTED, AppealStatus.REFUSED},
}


class Appeal(GroupOwned):
    """One appeal against one rejection, in the shop's own words; answered once, with a reason.

    `rejected_at` and `rejected_by` are the decision it is about.
    """

    application = models.ForeignKey(Application, models.PROTECT, related_name="+")
    rejected_at = models.DateTimeField()
    rejected_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    text = models.CharField(max_length=500)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    status = models.CharField(max_length=8, choices=AppealStatus, default=AppealStatus.WAITING)
    answer = models.CharField(max_length=300, blank=True)
    answered_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "application", "rejected_at"], name="one_appeal_per_rejection"
            ),
            models.CheckConstraint(
                condition=Q(status__in=AppealStatus.values), name="appeal_status_known"
            ),
            models.CheckConstraint(
                condition=Q(status="waiting", answered_at__isnull=True, answered_by__isnull=True)
                | (~Q(status="waiting") & Q(answered_at__isnull=False, answered_by__isnull=False)),
                name="appeal_answer_has_author",
            ),
        ]

    def move_to(self, status: str, *, at: datetime, by: Membership, answer: str) -> None:
        """The only place an appeal changes status. The caller holds the lock."""
        if status not in MOVES.get(self.status, ()):
            raise InvalidTransition(_("这份申诉已经有答复了。刷新页面看看。"))
        self.status, self.answer, self.answered_at, self.answered_by = status, answer, at, by
        self.save(update_fields=["status", "answer", "answered_at", "answered_by"])
