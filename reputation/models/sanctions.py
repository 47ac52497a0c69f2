"""The ladder of sanctions: what was decided about a merchant, why, for how long, and its end (R7).

A sanction's facts never change; it only ends by itself, or is lifted.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from groups.models import GroupOwned, Membership
from merchants.models import Merchant
from orders.models import Return
from reputation.models.consequences import MOST_DAYS, STOPS, Broken, Level
from reputation.models.proposals import SanctionProposal
from tuangou.core.errors import InvalidTransition

APPEAL_WITHIN = timedelta(days=7)


class SanctionStatus(models.TextChoices):
    IN_FORCE = "in_force", _("生效中")
    OVER = "over", _("到期了")
    LIFTED = "lifted", _("解除了")


class Lifting(models.TextChoices):
    APPEAL = "appeal", _("申诉成立")
    INITIATOR = "initiator", _("团长解除")


MOVES: dict[str, set[str]] = {
    SanctionStatus.IN_FORCE: {SanctionStatus.OVER, SanctionStatus.LIFTED},
    # an appeal may be granted after a short sanction is over
    SanctionStatus.OVER: {SanctionStatus.LIFTED},
}


class Sanction(GroupOwned):
    """One sanction of one merchant in one group. `ends_at` is the first moment after its last day,
    in the group's time; a removal has none. Evidence: pages of the ledger, or a return."""

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+")
    level = models.CharField(max_length=10, choices=Level)
    broken = models.CharField(max_length=10, choices=Broken)
    reason = models.CharField(max_length=300)
    pages = ArrayField(models.PositiveBigIntegerField(), default=list, blank=True)
    ret = models.ForeignKey(Return, models.PROTECT, null=True, related_name="+")
    days = models.PositiveSmallIntegerField(null=True)
    table_version = models.PositiveIntegerField()
    proposal = models.ForeignKey(SanctionProposal, models.PROTECT, null=True, related_name="+")
    decided_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    appeal_until = models.DateTimeField()
    status = models.CharField(max_length=8, choices=SanctionStatus, default=SanctionStatus.IN_FORCE)
    lifted_how = models.CharField(max_length=9, choices=Lifting, blank=True)
    lifted_reason = models.CharField(max_length=300, blank=True)
    lifted_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True)

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "proposal"],
                condition=Q(proposal__isnull=False),
                name="one_sanction_per_proposal",
            ),
            models.CheckConstraint(
                condition=Q(status__in=SanctionStatus.values), name="sanction_status_known"
            ),
            models.CheckConstraint(
                condition=Q(level__in=Level.values), name="sanction_level_known"
            ),
            models.CheckConstraint(
                condition=Q(broken__in=Broken.values), name="sanction_rule_known"
            ),
            models.CheckConstraint(
                condition=Q(pages__len__gte=1) | Q(ret__isnull=False), name="sanction_has_evidence"
            ),
            models.CheckConstraint(
                condition=Q(level="removal", days__isnull=True, ends_at__isnull=True)
                | (
                    ~Q(level="removal")
                    & Q(days__gte=1, days__lte=MOST_DAYS, ends_at__gt=F("decided_at"))
                ),
                name="sanction_ends_unless_removal",
            ),
            models.CheckConstraint(
                condition=(Q(status="lifted") & ~Q(lifted_how="") & Q(lifted_at__isnull=False))
                | (~Q(status="lifted") & Q(lifted_how="", lifted_at__isnull=True)),
                name="sanction_lifted_iff_said_how",
            ),
        ]
        indexes = [
            models.Index(fields=["group", "merchant"], name="sanction_of_merchant"),
            models.Index(fields=["ends_at"], condition=Q(status="in_force"), name="sanction_due"),
        ]

    @property
    def stops(self) -> bool:
        """Whether the merchant takes no orders while it is in force."""
        return self.level in STOPS

    @property
    def last_day(self) -> datetime | None:
        """A moment of its last day."""
        return self.ends_at - timedelta(seconds=1) if self.ends_at else None

    def may_be_appealed(self, at: datetime) -> bool:
        return self.status != SanctionStatus.LIFTED and at < self.appeal_until

    def move_to(
        self,
        status: str,
        *,
        at: datetime,
        how: str = "",
        by: Membership | None = None,
        reason: str = "",
    ) -> None:
        """The only place a sanction changes status. The caller holds the lock."""
        if status not in MOVES.get(self.status, ()):
            raise InvalidTransition(_("这件事刚刚变了。刷新页面看看最新状态。"))
        self.status = status
        if status == SanctionStatus.LIFTED:
            self.lifted_how, self.lifted_reason = how, reason
            self.lifted_by, self.lifted_at = by, at
        self.save(update_fields=["status", "lifted_how", "lifted_reason", "lifted_by", "lifted_at"])
