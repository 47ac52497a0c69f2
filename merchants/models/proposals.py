"""Whom the neighbours would like to have, by name (W6)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from groups.models import GroupOwned, Household, Membership
from merchants.models.links import ShopLink
from tuangou.core.errors import InvalidTransition


class ProposalStatus(models.TextChoices):
    OPEN = "open", _("等团长")
    INVITED = "invited", _("去请了")
    DECLINED = "declined", _("不请")


MOVES: dict[str, set[str]] = {
    ProposalStatus.OPEN: {ProposalStatus.INVITED, ProposalStatus.DECLINED},
}


class Proposal(GroupOwned):
    """A shop that a member would like to buy from, by its name. Answered once."""

    name = models.CharField(max_length=40)
    name_key = models.CharField(max_length=120)
    reason = models.CharField(max_length=300)
    proposed_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    status = models.CharField(max_length=8, choices=ProposalStatus, default=ProposalStatus.OPEN)
    answer = models.CharField(max_length=300, blank=True)
    answered_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    # by which the shop is invited
    link = models.ForeignKey(ShopLink, models.PROTECT, null=True, related_name="+")

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "name"],
                condition=Q(status="open"),
                name="one_open_proposal_of_a_name",
            ),
            models.CheckConstraint(
                condition=Q(status__in=ProposalStatus.values), name="proposal_status_known"
            ),
            models.CheckConstraint(
                condition=Q(status="open", answered_at__isnull=True, answered_by__isnull=True)
                | (~Q(status="open") & Q(answered_at__isnull=False, answered_by__isnull=False)),
                name="proposal_answer_has_author",
            ),
            models.CheckConstraint(
                condition=~Q(status="invited") | Q(link__isnull=False),
                name="proposal_invitation_has_link",
            ),
        ]
        indexes = [models.Index(fields=["group", "status"], name="proposal_by_status")]

    def move_to(self, status: str, **stamps: object) -> None:
        """The only place a proposal changes status. The caller holds the lock."""
        if status not in MOVES.get(self.status, ()):
            raise InvalidTransition(_("这个提议已经有答复了。刷新页面看看。"))
        self.status = status
        for name, value in stamps.items():
            setattr(self, name, value)
        self.save(update_fields=["status", *stamps])


class Backing(GroupOwned):
    """「想团这家」: one per household. The row goes when they change their mind."""

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="backings")
    household = models.ForeignKey(Household, models.PROTECT, related_name="+")
    member = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "proposal", "household"], name="backing_once_per_household"
            ),
        ]
