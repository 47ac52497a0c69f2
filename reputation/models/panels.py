"""Three drawn members without interest, who rule where the initiator may not (R2, R7)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from groups.models import GroupOwned, Membership

SEATS = 3


class Case(models.TextChoices):
    COMPLAINT = "complaint", _("投诉")
    SANCTION = "sanction", _("处分申诉")


class Panel(GroupOwned):
    """A panel for one case. `page` and `seal_hash` are the ledger's head when it was drawn: who is
    drawn follows from them, the case and the numbers of the members alone. `decided_at`: it has
    ruled, or the sides have ended the case before it did."""

    case = models.CharField(max_length=9, choices=Case)
    case_id = models.PositiveBigIntegerField()
    instance = models.PositiveSmallIntegerField(default=1)
    page = models.PositiveBigIntegerField()
    seal_hash = models.CharField(max_length=64)
    eligible = models.PositiveIntegerField()
    drawn_at = models.DateTimeField()
    due_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "case", "case_id", "instance"], name="one_panel_per_case"
            ),
            models.CheckConstraint(condition=Q(case__in=Case.values), name="panel_case_known"),
        ]
        indexes = [models.Index(fields=["decided_at", "due_at"], name="panel_by_clock")]


class Seat(GroupOwned):
    """A drawn member's place; `left_at` when somebody else was drawn for it, who did not vote."""

    panel = models.ForeignKey(Panel, models.PROTECT, related_name="seats")
    member = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()
    drawn_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(fields=["group", "panel", "member"], name="one_seat_each"),
            models.UniqueConstraint(
                fields=["group", "panel", "position"], name="seat_position_unique"
            ),
        ]


class Vote(GroupOwned):
    """What one of the three says, once, with a reason. `choice` is a word of the case's."""

    append_only = True

    seat = models.ForeignKey(Seat, models.PROTECT, related_name="votes")
    choice = models.CharField(max_length=20)
    reason = models.CharField(max_length=500)
    voted_at = models.DateTimeField()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(fields=["group", "seat"], name="one_vote_per_seat"),
        ]
