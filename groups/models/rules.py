"""The house rules in their versions (G7). Who accepted which is a Consent of purpose `rules`."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from groups.models.groups import GroupOwned
from groups.models.memberships import Membership


class HouseRules(GroupOwned):
    """One version of a group's rules. Append-only: a change is a further version."""

    append_only = True

    version = models.PositiveIntegerField()
    text = models.TextField(max_length=4000)
    written_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    written_at = models.DateTimeField()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(fields=["group", "version"], name="house_rules_version"),
            models.CheckConstraint(condition=Q(version__gte=1), name="house_rules_from_one"),
            models.CheckConstraint(condition=~Q(text=""), name="house_rules_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.version}"
