"""Offices: the initiator's mandate (G5) and her deputies (domain section 2)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from groups.models.groups import GroupOwned


class MandateOrigin(models.TextChoices):
    FOUNDER = "founder", _("创群")
    ELECTED = "elected", _("当选")


class Mandate(GroupOwned):
    """A term of office of the initiator. The founder holds the first one (G5).

    At most one is open per group (partial unique index). Standing columns are written by
    reputation only (M7).
    """

    membership = models.ForeignKey("groups.Membership", models.PROTECT, related_name="+")
    origin = models.CharField(max_length=8, choices=MandateOrigin)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    band = models.CharField(max_length=8, default="new")
    score_bp = models.PositiveIntegerField(null=True)
    entries = models.PositiveIntegerField(default=0)
    standing_as_of = models.DateTimeField(null=True)
    formula_version = models.PositiveSmallIntegerField(null=True)

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group"], condition=Q(ended_at__isnull=True), name="one_initiator_in_office"
            ),
            models.CheckConstraint(
                condition=Q(origin__in=MandateOrigin.values), name="mandate_origin_known"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gt=models.F("started_at")),
                name="mandate_ends_after_start",
            ),
        ]


class Deputy(GroupOwned):
    """Named by the initiator; may do everything but money and sanctions."""

    membership = models.ForeignKey("groups.Membership", models.PROTECT, related_name="+")
    named_by = models.ForeignKey("groups.Membership", models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "membership"],
                condition=Q(ended_at__isnull=True),
                name="deputy_once_at_a_time",
            ),
        ]
