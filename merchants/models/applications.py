"""A merchant's standing with one group: application and approval (M4, M7)."""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from groups.models import GroupOwned, Membership
from merchants.models.merchants import Merchant
from tuangou.core.errors import InvalidTransition


class ApplicationStatus(models.TextChoices):
    DRAFT = "draft", _("草稿")
    SUBMITTED = "submitted", _("已提交")
    IN_REVIEW = "in_review", _("审核中")
    CHANGES_ASKED = "changes_asked", _("要补材料")
    APPROVED = "approved", _("已通过")
    REJECTED = "rejected", _("未通过")
    SUSPENDED = "suspended", _("停团")
    EXITED = "exited", _("已退出")


MOVES: dict[str, set[str]] = {
    ApplicationStatus.DRAFT: {ApplicationStatus.SUBMITTED, ApplicationStatus.EXITED},
    ApplicationStatus.SUBMITTED: {ApplicationStatus.IN_REVIEW, ApplicationStatus.EXITED},
    ApplicationStatus.IN_REVIEW: {
        ApplicationStatus.APPROVED,
        ApplicationStatus.CHANGES_ASKED,
        ApplicationStatus.REJECTED,
    },
    ApplicationStatus.CHANGES_ASKED: {ApplicationStatus.SUBMITTED, ApplicationStatus.EXITED},
    ApplicationStatus.APPROVED: {
        ApplicationStatus.SUSPENDED,
        ApplicationStatus.IN_REVIEW,
        ApplicationStatus.EXITED,
    },
    ApplicationStatus.SUSPENDED: {ApplicationStatus.APPROVED, ApplicationStatus.EXITED},
    ApplicationStatus.REJECTED: {ApplicationStatus.SUBMITTED},
    ApplicationStatus.EXITED: {ApplicationStatus.SUBMITTED},
}


class Band(models.TextChoices):
    GOOD = "good", _("良好")
    FAIR = "fair", _("一般")
    WATCH = "watch", _("观察")
    NEW = "new", _("新")


class ApplicationQuerySet(models.QuerySet["Application"]):
    def approved(self) -> ApplicationQuerySet:
        return self.filter(status=ApplicationStatus.APPROVED)

    def of_group(self, group_id: int) -> ApplicationQuerySet:
        return self.filter(group_id=group_id)

    def lock(self, group_id: int, merchant_id: int) -> Application:
        """Hold the approval until the transaction ends. After the group, before any round."""
        return self.select_for_update(of=("self",), no_key=True).get(
            group_id=group_id, merchant_id=merchant_id
        )


class Application(GroupOwned):
    """The approval row (group, merchant). Its standing columns are written by reputation only."""

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="applications")
    status = models.CharField(
        max_length=13, choices=ApplicationStatus, default=ApplicationStatus.DRAFT
    )
    reason = models.CharField(max_length=300, blank=True)
    # what the shop promises this group, in its own words (M2)
    delivery_promise = models.CharField(max_length=300, blank=True)
    packaging_promise = models.CharField(max_length=300, blank=True)
    returns_promise = models.CharField(max_length=300, blank=True)
    # checks from here on count: set when it is looked at anew
    vetted_since = models.DateTimeField(null=True)
    # topics whose papers were compared at approval: they bind every opening of a round
    papers_required = ArrayField(models.CharField(max_length=8), default=list, blank=True)
    submitted_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    band = models.CharField(max_length=8, choices=Band, default=Band.NEW)
    score_bp = models.PositiveIntegerField(null=True)
    entries = models.PositiveIntegerField(default=0)
    standing_as_of = models.DateTimeField(null=True)
    formula_version = models.PositiveSmallIntegerField(null=True)
    # what decided it: [kind, how many in 360 days, what they weigh now in thousandths] each
    standing_facts = models.JSONField(default=list, db_default=[], blank=True)
    # how households rated it here: {"stars": [one .. five], "items": {item: [one .. five]},
    # "words": [[word, how many], ...]}; empty before the first one
    rated = models.JSONField(default=dict, db_default={}, blank=True)

    # the gravest sanction in force and its last day, and the last month it was shop of (R7)
    sanction = models.CharField(max_length=10, default="", db_default="", blank=True)
    sanction_last_day = models.DateField(null=True)
    recognised_month = models.DateField(null=True)
    # how many sanctions the ledger proposes that nobody has decided about
    sanctions_proposed = models.PositiveSmallIntegerField(default=0, db_default=0)
    # complaints that the shop has to answer and the initiator to rule, and until when the first
    complaints_to_answer = models.PositiveSmallIntegerField(default=0, db_default=0)
    complaint_answer_due = models.DateTimeField(null=True)
    complaints_to_rule = models.PositiveSmallIntegerField(default=0, db_default=0)
    complaint_ruling_due = models.DateTimeField(null=True)

    objects = ApplicationQuerySet.as_manager()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(fields=["group", "merchant"], name="one_application_per_group"),
            models.CheckConstraint(
                condition=Q(status__in=ApplicationStatus.values), name="application_status_known"
            ),
            models.CheckConstraint(
                condition=Q(band__in=Band.values), name="application_band_known"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=("approved", "rejected", "suspended"))
                | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="application_decision_has_author",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=("rejected", "suspended", "changes_asked")) | ~Q(reason=""),
                name="application_refusal_has_reason",
            ),
        ]
        indexes = [models.Index(fields=["group", "status"], name="application_by_status")]

    @property
    def may_open_rounds(self) -> bool:
        return self.status == ApplicationStatus.APPROVED

    @property
    def is_back(self) -> bool:
        """Whether it is sent again with what an officer had asked for: nobody has to begin the
        review anew, who acts on it next takes it up. Refused, left or appealed, it is looked at
        anew from `vetted_since` on."""
        looked, since = self.decided_at, self.vetted_since
        back = looked is not None and (since is None or since < looked)
        return self.status == ApplicationStatus.SUBMITTED and back

    @property
    def is_stopped(self) -> bool:
        """Whether a suspension or removal is in force, also while the shop is out of the group."""
        return self.sanction in ("suspension", "removal")

    def move_to(
        self, status: str, *, at: datetime, by: Membership | None = None, reason: str = ""
    ) -> None:
        """The only place an application changes status. The caller holds the lock."""
        if status not in MOVES.get(self.status, ()):
            raise InvalidTransition(_("商家现在的状态不能这样改。刷新页面看看最新状态。"))
        self.status, self.reason = status, reason
        if status == ApplicationStatus.SUBMITTED:
            self.submitted_at = at
        elif by is not None:
            self.decided_at, self.decided_by = at, by
        self.save(update_fields=["status", "reason", "submitted_at", "decided_at", "decided_by"])
