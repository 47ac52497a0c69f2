"""What a group and a shop agreed, in versions, signed by both (M5, G7).

A draft is one version of the text. Both sides sign its content; when the second has signed, the
agreement itself is written: that row alone says what holds from when.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from groups.models import GroupOwned, Membership
from merchants.models.applications import Application
from tuangou.core.models import User

NOTICE = timedelta(days=7)
PROMISES = ("delivery", "packaging", "returns")


class Side(models.TextChoices):
    GROUP = "group", _("团长")
    SHOP = "shop", _("商家")


class Way(models.TextChoices):
    """How a side said yes; from a record: only in a group whose past is loaded."""

    APP = "app", _("在这里签")
    PAPER = "paper", _("在纸上签")
    RECORD = "record", _("照记录")


def starts_at(
    zone: ZoneInfo, signed_at: datetime, *, not_before: date | None, last: datetime | None
) -> datetime:
    """When a change that both have signed begins: a local midnight at least seven local days later,
    not before the day they wanted, and after every agreement before it (M5)."""
    signed = signed_at.astimezone(zone)
    day = (signed + NOTICE).date() + timedelta(days=signed.time() > time(0))
    day = max(day, not_before or day)
    if last is not None:
        day = max(day, last.astimezone(zone).date() + timedelta(days=1))
    return datetime.combine(day, time(0), tzinfo=zone).astimezone(UTC)


class AgreementDraft(GroupOwned):
    """One version of the terms, in words that no longer change. Append-only; the newest stands.

    `not_before`: the local day from which it is wanted, or none. `rules_version`: the house rules
    that both accept with it, 0 for a group without any. Promises are empty where none were given,
    or were erased because they named somebody.
    """

    append_only = True

    application = models.ForeignKey(Application, models.PROTECT, related_name="drafts")
    number = models.PositiveIntegerField()
    commission_bp = models.PositiveIntegerField()
    delivery = models.CharField(max_length=300, blank=True)
    packaging = models.CharField(max_length=300, blank=True)
    returns = models.CharField(max_length=300, blank=True)
    rules_version = models.PositiveIntegerField()
    not_before = models.DateField(null=True)
    content_sha256 = models.CharField(max_length=64)
    side = models.CharField(max_length=5, choices=Side)
    proposed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "application", "number"], name="agreement_draft_number"
            ),
            models.UniqueConstraint(
                fields=["group", "id", "content_sha256"], name="agreement_draft_content"
            ),
            models.CheckConstraint(
                condition=Q(commission_bp__lte=3000), name="agreement_draft_commission_bounds"
            ),
            models.CheckConstraint(
                condition=Q(side__in=Side.values), name="agreement_draft_side_known"
            ),
            models.CheckConstraint(
                condition=Q(content_sha256__regex="^[0-9a-f]{64}$"), name="agreement_draft_hash"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id}/{self.number}"

    def content(self) -> str:
        """SHA-256 of what is signed: the terms, of whom, and which version."""
        said = [
            self.application_id,
            self.number,
            self.commission_bp,
            *(getattr(self, name) for name in PROMISES),
            self.rules_version,
            self.not_before and self.not_before.isoformat(),
        ]
        return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()

    def says_the_same(self, other: AgreementDraft) -> bool:
        """Whether the terms are the same, whenever they begin."""
        names = ("commission_bp", *PROMISES, "rules_version")
        return all(getattr(self, name) == getattr(other, name) for name in names)


class AgreementSignature(GroupOwned):
    """That a side signed a version, or refused it; a refusal ends a version. Append-only.

    On paper: the initiator has recorded it, `photo` shows the sheet. `content_sha256` is of what
    stood on the page that was signed.
    """

    append_only = True

    draft = models.ForeignKey(AgreementDraft, models.PROTECT, related_name="signatures")
    side = models.CharField(max_length=5, choices=Side)
    way = models.CharField(max_length=6, choices=Way)
    refused = models.BooleanField(default=False)
    note = models.CharField(max_length=300, blank=True)
    content_sha256 = models.CharField(max_length=64)
    member = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    photo = models.FileField(upload_to="agreements/", blank=True)
    signed_at = models.DateTimeField()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "draft", "side", "refused"], name="agreement_signed_once"
            ),
            models.CheckConstraint(
                condition=Q(side__in=Side.values) & Q(way__in=Way.values),
                name="agreement_signature_known",
            ),
            models.CheckConstraint(
                condition=Q(side="shop") | Q(member__isnull=False),
                name="agreement_group_signs_by_member",
            ),
            models.CheckConstraint(
                condition=~Q(way="app") | Q(user__isnull=False), name="agreement_signed_by_somebody"
            ),
            models.CheckConstraint(
                condition=Q(way="paper", side="shop", refused=False, member__isnull=False)
                & ~Q(photo="")
                | ~Q(way="paper") & Q(photo=""),
                name="agreement_paper_has_photo",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.draft_id} {self.side}"


class Agreement(GroupOwned):
    """What holds from a moment, never retroactive (M5). Append-only.

    Written when both have signed `draft`; none: agreed before signatures were kept.
    """

    append_only = True

    application = models.ForeignKey(Application, models.PROTECT, related_name="agreements")
    draft = models.ForeignKey(AgreementDraft, models.PROTECT, null=True, related_name="agreements")
    commission_bp = models.PositiveIntegerField()
    valid_from = models.DateTimeField()
    agreed_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "application", "valid_from"], name="agreement_from_unique"
            ),
            models.UniqueConstraint(fields=["group", "draft"], name="agreement_of_draft_once"),
            models.CheckConstraint(
                condition=Q(commission_bp__lte=3000), name="agreement_commission_bounds"
            ),
        ]


class AgreementNotice(GroupOwned):
    """That a group was told of a change before it begins: once."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="+")
    told_at = models.DateTimeField()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(fields=["group", "agreement"], name="agreement_told_once"),
        ]
