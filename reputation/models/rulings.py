"""How a complaint ended: agreed, withdrawn or ruled; once, and once more on appeal (R2)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from groups.models import GroupOwned, Membership
from reputation.models.complaints import Complaint, Severity, Side
from reputation.models.panels import Panel
from tuangou.core.models import User


class Verdict(models.TextChoices):
    UPHELD = "upheld", _("属实")
    PARTLY = "partly", _("部分属实")
    NOT_UPHELD = "not_upheld", _("不成立")
    ABUSIVE = "abusive", _("滥用投诉")
    AGREED = "agreed", _("双方谈妥")
    WITHDRAWN = "withdrawn", _("已撤回")


RULED = (Verdict.UPHELD, Verdict.PARTLY, Verdict.NOT_UPHELD, Verdict.ABUSIVE)
FOUND = (Verdict.UPHELD, Verdict.PARTLY)


class Ruling(GroupOwned):
    """The one outcome of a complaint; `instance` 2 is the review after an appeal.

    `panel` ruled where it is set, else `decided_by`, the initiator; nobody where both sides
    agreed, the complainant where she withdrew it.
    """

    append_only = True

    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="rulings")
    instance = models.PositiveSmallIntegerField(default=1)
    verdict = models.CharField(max_length=10, choices=Verdict)
    severity = models.CharField(max_length=7, choices=Severity, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    resumes_sale = models.BooleanField(default=False)
    decided_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    panel = models.ForeignKey(Panel, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "complaint", "instance"], name="one_outcome_per_complaint"
            ),
            models.CheckConstraint(
                condition=Q(verdict__in=Verdict.values), name="ruling_verdict_known"
            ),
            models.CheckConstraint(
                condition=Q(instance=1) | Q(instance=2, panel__isnull=False),
                name="ruling_review_is_a_panels",
            ),
            models.CheckConstraint(
                condition=Q(verdict__in=("upheld", "partly"), severity__in=Severity.values)
                | (~Q(verdict__in=("upheld", "partly")) & Q(severity="")),
                name="ruling_severity_iff_found",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=False)
                | Q(panel__isnull=False)
                | Q(verdict="agreed"),
                name="ruling_has_author",
            ),
        ]


class ComplaintAppeal(GroupOwned):
    """A side does not accept the ruling: once per complaint, within seven days."""

    append_only = True

    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="appeals")
    side = models.CharField(max_length=10, choices=Side)
    text = models.CharField(max_length=500)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(fields=["group", "complaint"], name="one_appeal_per_complaint"),
            models.CheckConstraint(
                condition=Q(side__in=("member", "respondent")), name="complaint_appeal_side_known"
            ),
        ]


class RulingRating(GroupOwned):
    """How the complainant finds the way her complaint ended."""

    append_only = True

    ruling = models.ForeignKey(Ruling, models.PROTECT, related_name="ratings")
    stars = models.PositiveSmallIntegerField()
    rated_at = models.DateTimeField()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(fields=["group", "ruling"], name="one_rating_per_ruling"),
            models.CheckConstraint(
                condition=Q(stars__gte=1, stars__lte=5), name="ruling_rating_stars"
            ),
        ]
