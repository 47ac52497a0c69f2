"""What the officers tell everyone: dated, kept, withdrawn but never deleted."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from groups.models.groups import GroupOwned
from groups.models.memberships import Membership

TITLE_MOST, TEXT_MOST = 40, 1000


class AnnouncementQuerySet(models.QuerySet["Announcement"]):
    def of_group(self, group_id: int) -> AnnouncementQuerySet:
        return self.filter(group_id=group_id)

    def standing(self) -> AnnouncementQuerySet:
        return self.filter(withdrawn_at__isnull=True)

    def on_top(self, at: datetime) -> AnnouncementQuerySet:
        """What the front page shows: pinned ones, the latest first."""
        return self.standing().filter(pinned_until__gt=at).order_by("-published_at", "-pk")


class Announcement(GroupOwned):
    """One announcement (公告), plain text. `pinned_until` keeps it on the front page."""

    title = models.CharField(max_length=TITLE_MOST)
    text = models.CharField(max_length=TEXT_MOST)
    author = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    published_at = models.DateTimeField()
    pinned_until = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")

    objects = AnnouncementQuerySet.as_manager()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.CheckConstraint(
                condition=~Q(title="") & ~Q(text=""), name="announcement_says_something"
            ),
            models.CheckConstraint(
                condition=Q(pinned_until__isnull=True) | Q(pinned_until__gt=F("published_at")),
                name="announcement_pinned_after_published",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="announcement_withdrawn_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["group", "-published_at", "-id"], name="announcement_newest_first")
        ]

    def __str__(self) -> str:
        return self.title
