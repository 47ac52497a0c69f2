"""What the ledger proposes by the published table; the initiator decides (R7)."""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from groups.models import GroupOwned, Membership
from merchants.models import Merchant
from reputation.models.consequences import Broken, Level
from tuangou.core.errors import InvalidTransition


class ProposalStatus(models.TextChoices):
    WAITING = "waiting", _("等团长定")
    ACCEPTED = "accepted", _("照办了")
    DISMISSED = "dismissed", _("不处分")


MOVES: dict[str, set[str]] = {
    ProposalStatus.WAITING: {ProposalStatus.ACCEPTED, ProposalStatus.DISMISSED}
}


class SanctionProposal(GroupOwned):
    """The ledger says that a rule of the table was broken so often: the initiator decides.

    `pages` are the evidence; a page serves for one proposal of a rule.
    """

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+")
    broken = models.CharField(max_length=10, choices=Broken)
    table_version = models.PositiveIntegerField()
    level = models.CharField(max_length=10, choices=Level)
    days = models.PositiveSmallIntegerField(null=True)
    pages = ArrayField(models.PositiveBigIntegerField())
    made_at = models.DateTimeField()
    status = models.CharField(max_length=9, choices=ProposalStatus, default=ProposalStatus.WAITING)
    reason = models.CharField(max_length=300, blank=True)
    decided_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.CheckConstraint(
                condition=Q(status__in=ProposalStatus.values), name="sanction_proposal_status_known"
            ),
            models.CheckConstraint(
                condition=Q(level__in=Level.values), name="sanction_proposal_level_known"
            ),
            models.CheckConstraint(
                condition=Q(pages__len__gte=1), name="sanction_proposal_has_evidence"
            ),
            models.CheckConstraint(
                condition=Q(status="waiting", decided_at__isnull=True, decided_by__isnull=True)
                | (~Q(status="waiting") & Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="sanction_proposal_decision_has_author",
            ),
        ]
        indexes = [models.Index(fields=["group", "status"], name="sanction_proposal_by_status")]

    def move_to(self, status: str, *, at: datetime, by: Membership, reason: str = "") -> None:
        """The only place a proposal changes status. The caller holds the lock."""
        if status not in MOVES.get(self.status, ()):
            raise InvalidTransition(_("这件事刚刚变了。刷新页面看看最新状态。"))
        self.status, self.reason, self.decided_at, self.decided_by = status, reason, at, by
        self.save(update_fields=["status", "reason", "decided_at", "decided_by"])
