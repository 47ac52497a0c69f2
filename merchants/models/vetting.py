"""How a group looks at a merchant: its checklist, and who checked which line when (M4)."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from groups.models import GroupOwned, Membership
from merchants.models.applications import Application
from merchants.models.documents import Document, DocumentKind


class Topic(models.TextChoices):
    """What a line is about; some are checked against the papers."""

    LICENCE = "licence", _("营业执照有效，名称对得上")
    FOOD = "food", _("食品许可证有效")
    SCOPE = "scope", _("许可证写明能卖这些货")
    HEALTH = "health", _("健康证有效")
    REPORT = "report", _("检测报告是一年内的")
    CHAIN = "chain", _("是连锁，或开了一年以上")
    RATING = "rating", _("公开评分看过")
    SAMPLE = "sample", _("邻居试吃过")
    VISIT = "visit", _("上门看过")
    OTHER = "other", _("另写的一条")


# the papers that a line is checked against, any one of them
PAPERS: dict[str, tuple[str, ...]] = {
    Topic.LICENCE: (DocumentKind.LICENCE,),
    Topic.FOOD: (DocumentKind.FOOD, DocumentKind.PRODUCTION),
    Topic.SCOPE: (DocumentKind.FOOD, DocumentKind.PRODUCTION),
    Topic.HEALTH: (DocumentKind.HEALTH,),
    Topic.REPORT: (DocumentKind.REPORT,),
}
REPORT_LASTS = timedelta(days=365)
# what a group begins with: topic, mandatory
DEFAULTS = (
    (Topic.LICENCE, True),
    (Topic.FOOD, True),
    (Topic.SCOPE, True),
    (Topic.HEALTH, True),
    (Topic.CHAIN, False),
    (Topic.RATING, False),
    (Topic.REPORT, False),
    (Topic.SAMPLE, False),
    (Topic.VISIT, False),
)


class ChecklistLineQuerySet(models.QuerySet["ChecklistLine"]):
    def of_group(self, group_id: int) -> ChecklistLineQuerySet:
        return self.filter(group_id=group_id)

    def standing(self) -> ChecklistLineQuerySet:
        return self.filter(retired_at__isnull=True)


class ChecklistLine(GroupOwned):
    """A line of a group's checklist. Its words stay; a line of other words is another line."""

    topic = models.CharField(max_length=8, choices=Topic)
    text = models.CharField(max_length=80, blank=True)
    mandatory = models.BooleanField()
    position = models.PositiveSmallIntegerField()
    retired_at = models.DateTimeField(null=True)

    objects = ChecklistLineQuerySet.as_manager()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "topic"],
                condition=Q(retired_at__isnull=True) & ~Q(topic="other"),
                name="checklist_topic_once",
            ),
            models.CheckConstraint(
                condition=Q(topic__in=Topic.values), name="checklist_topic_known"
            ),
            models.CheckConstraint(
                condition=~Q(topic="other") | ~Q(text=""), name="checklist_own_line_has_words"
            ),
        ]

    @property
    def words(self) -> str:
        return self.text or str(self.get_topic_display())


class LineCheck(GroupOwned):
    """Who looked at a line for a merchant, when, and what she found. Append-only: the newest holds.

    `source`, `value`, `seen_on`: where a public rating stands, what it is, the day it was seen; of
    a sample, `value` is how many neighbours tasted it. `document` is the paper that was compared.
    """

    append_only = True

    application = models.ForeignKey(Application, models.PROTECT, related_name="checks")
    line = models.ForeignKey(ChecklistLine, models.PROTECT, related_name="checks")
    passed = models.BooleanField()
    note = models.CharField(max_length=300, blank=True)
    source = models.CharField(max_length=60, blank=True)
    value = models.CharField(max_length=20, blank=True)
    seen_on = models.DateField(null=True)
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+")
    checked_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    checked_at = models.DateTimeField()

    class Meta(GroupOwned.Meta):
        constraints = list(GroupOwned.Meta.constraints)
        indexes = [models.Index(fields=["application", "line", "-id"], name="line_check_newest")]


class LikenessCleared(GroupOwned):
    """Somebody compared two pictures that look alike and found two papers. Append-only."""

    append_only = True

    application = models.ForeignKey(Application, models.PROTECT, related_name="+")
    document = models.ForeignKey(Document, models.PROTECT, related_name="+")
    other = models.ForeignKey(Document, models.PROTECT, related_name="+")
    note = models.CharField(max_length=300, blank=True)
    cleared_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    cleared_at = models.DateTimeField()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "application", "document", "other"], name="likeness_cleared_once"
            ),
            models.CheckConstraint(condition=~Q(document=F("other")), name="likeness_is_of_two"),
        ]
