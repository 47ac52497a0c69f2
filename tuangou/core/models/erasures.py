"""People who were erased, and their data packed for them (core.personal, core.exports)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tuangou.core.models.people import User

ERASED = "已注销"  # begins what stands where her nickname stood; pages show it as it is


class Erasure(models.Model):
    """A person who was erased (core.personal). Stays, so that a restored backup is told again.

    `mark` tells her account from a later one with the same id; nothing here is personal.
    """

    append_only = True

    user_id = models.BigIntegerField(unique=True)
    erased_at = models.DateTimeField()
    mark = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(mark__regex=r"^[0-9a-f]{64}$"), name="erasure_mark"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}"


class Export(models.Model):
    """A person's data packed into one file; made by a worker, kept for a day (core.exports)."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    file = models.FileField(upload_to="exports/", blank=True)
    bytes = models.BigIntegerField(default=0)
    asked_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(made_at__isnull=True) | ~Q(file=""), name="export_made_has_file"
            ),
        ]
        indexes = [models.Index(fields=["user", "-id"], name="export_of_person")]

    def __str__(self) -> str:
        return f"{self.pk}"
