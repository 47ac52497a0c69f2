"""Goods that must not be handed out for the time being, and why (O16)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from groups.models import GroupOwned, Membership
from orders.models.offers import Offer
from orders.models.rounds import Round
from tuangou.core import rows

# before the note of a failed inspection, in `reason`
FAILED = "failed "


class HoldKind(models.TextChoices):
    INSPECTION = "inspection", _("验货没通过")
    INCIDENT = "incident", _("同一批有问题")
    SHARES = "shares", _("少了，等团长分")
    COMPLAINT = "complaint", _("有邻居投诉吃了怕出事")


class HoldQuerySet(models.QuerySet["Hold"]):
    def standing(self, round_id: int) -> HoldQuerySet:
        return self.filter(round_id=round_id, released_at__isnull=True)

    def lock(self, hold_id: int) -> Hold:
        """Hold this row until the transaction ends. The round is locked before it."""
        return rows.get(Hold, hold_id, lock=True)


class Hold(GroupOwned):
    """A stop of one round's goods: all of them, one offer, or one batch of an offer; a row,
    released once and kept."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="+")
    offer = models.ForeignKey(Offer, models.PROTECT, null=True, related_name="+")
    batch = models.ForeignKey("orders.Batch", models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=10, choices=HoldKind)
    # the later car whose goods wait to be inspected, or did not pass; null: the first, or no car's
    car = models.PositiveSmallIntegerField(null=True)
    reason = models.CharField(max_length=200)
    held_at = models.DateTimeField()
    held_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    released_at = models.DateTimeField(null=True)
    released_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    release_reason = models.CharField(max_length=200, blank=True)

    objects = HoldQuerySet.as_manager()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "round", "offer", "batch", "kind", "car"],
                condition=Q(released_at__isnull=True),
                name="one_standing_hold",
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=Q(kind__in=HoldKind.values), name="hold_kind_known"),
            models.CheckConstraint(
                condition=Q(car__isnull=True) | Q(car__gte=2, kind="inspection"),
                name="hold_of_a_later_car",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="hold_has_reason"),
            models.CheckConstraint(
                condition=Q(batch__isnull=True) | Q(offer__isnull=False),
                name="hold_of_a_batch_names_its_offer",
            ),
            models.CheckConstraint(
                condition=Q(released_at__isnull=True, released_by__isnull=True, release_reason="")
                | (
                    # a panel rules in nobody's name
                    (Q(released_by__isnull=False) | Q(kind="complaint"))
                    & Q(released_at__gte=F("held_at"))
                    & ~Q(release_reason="")
                ),
                name="hold_released_with_reason",
            ),
        ]

    @property
    def stands(self) -> bool:
        return self.released_at is None

    @property
    def said(self) -> str:
        """Why: what a person wrote, and the system's words in the language of the reader."""
        if self.failed_note:
            return gettext("验货没通过：%(note)s") % {"note": self.failed_note}
        by_person = self.kind == HoldKind.INSPECTION and self.held_by_id is not None
        return self.reason if by_person else self.in_short

    @property
    def failed_note(self) -> str:
        """What did not pass, as whoever looked wrote it; empty where it was not that, or where it
        stands in a finished sentence of an old row."""
        coded = self.kind == HoldKind.INSPECTION and self.reason.startswith(FAILED)
        return self.reason.removeprefix(FAILED) if coded else ""

    @property
    def in_short(self) -> str:
        """Why, without what a person wrote."""
        if self.kind != HoldKind.INSPECTION or self.held_by_id is not None:
            return str(self.get_kind_display())
        return gettext("第 %(car)d 车等验货") % {"car": self.car} if self.car else gettext("等验货")

    @property
    def what(self) -> str:
        """The goods by name, with the batch where only one is stopped; empty for all of them."""
        if self.offer is None:
            return ""
        if self.batch is None:
            return self.offer.name
        words = {"name": self.offer.name, "lot": self.batch.lot}
        return gettext("%(name)s（批号 %(lot)s）") % words
