"""Papers of a merchant: shown once, looked at by each group for itself (M3)."""

from __future__ import annotations

from datetime import date, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from groups.models import GroupOwned
from merchants.models.items import Category
from merchants.models.likeness import DIGITS
from merchants.models.merchants import Merchant
from tuangou.core.models import User

EXPIRING = timedelta(days=30)


class DocumentKind(models.TextChoices):
    LICENCE = "licence", _("营业执照")
    FOOD = "food", _("食品经营许可证")
    PRODUCTION = "production", _("食品生产许可证")
    HEALTH = "health", _("健康证")
    REPORT = "report", _("检测报告")
    BRAND = "brand", _("品牌授权书")
    OTHER = "other", _("其他证明")

    @property
    def msgid(self) -> str:
        """Its name in the source language, for texts that are translated when they are read."""
        with override(None):
            return str(self.label)


class PaperType(models.TextChoices):
    """What lies in the file: pictures are rewritten as WebP, PDFs are kept as they came."""

    PICTURE = "image/webp", _("照片")
    PDF = "application/pdf", "PDF"


class DocumentQuerySet(models.QuerySet["Document"]):
    def standing(self) -> DocumentQuerySet:
        """Papers that were not taken back or replaced."""
        return self.filter(withdrawn_at__isnull=True)


class Document(models.Model):
    """One paper. What it says and its file stay as they came in; another one replaces it.

    Days are local days of whoever looks: valid from the first to the end of the last; without a
    last day it is valid for good. `covers`: categories of goods a food licence allows.
    `sha256` is of the file that lies there, `source_sha256` of what was sent.
    """

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=10, choices=DocumentKind)
    number = models.CharField(max_length=40)
    issuer = models.CharField(max_length=60, blank=True)
    valid_from = models.DateField(null=True)
    valid_until = models.DateField(null=True)
    covers = ArrayField(models.CharField(max_length=12, choices=Category), default=list, blank=True)
    file = models.FileField(upload_to="documents/")
    content_type = models.CharField(max_length=16, choices=PaperType)
    sha256 = models.CharField(max_length=64)
    source_sha256 = models.CharField(max_length=64)
    picture_hash = models.CharField(max_length=DIGITS, blank=True)
    copy_hashes = ArrayField(models.CharField(max_length=DIGITS), default=list, blank=True)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "kind", "number"],
                condition=Q(withdrawn_at__isnull=True),
                name="document_stands_once",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=DocumentKind.values), name="document_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(content_type__in=PaperType.values), name="document_type_known"
            ),
            models.CheckConstraint(condition=~Q(number=""), name="document_has_number"),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True)
                | Q(valid_until__isnull=True)
                | Q(valid_until__gte=F("valid_from")),
                name="document_days_in_order",
            ),
            models.CheckConstraint(
                condition=Q(sha256__regex="^[0-9a-f]{64}$")
                & Q(source_sha256__regex="^[0-9a-f]{64}$"),
                name="document_hash_shape",
            ),
        ]
        indexes = [
            models.Index(fields=["number"], name="document_by_number"),
            models.Index(fields=["source_sha256"], name="document_by_source"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"

    @property
    def masked_number(self) -> str:
        """What members see: enough to compare with the paper on the shop's wall."""
        number = self.number
        shown = 4 if len(number) > 10 else 1
        return f"{number[:shown]}****{number[-shown:]}"

    def is_valid_on(self, day: date) -> bool:
        """Whether it holds on this local day, to its end."""
        begun = self.valid_from is None or self.valid_from <= day
        return begun and (self.valid_until is None or day <= self.valid_until)

    def state_on(self, day: date) -> str:
        """valid, expiring (30 days), expired, or coming (not valid yet)."""
        if self.valid_from is not None and day < self.valid_from:
            return "coming"
        if self.valid_until is None:
            return "valid"
        if self.valid_until < day:
            return "expired"
        return "expiring" if self.valid_until - day <= EXPIRING else "valid"


class ExpiryNotice(GroupOwned):
    """That a group was told of a paper 30, 7 or 0 days before it ends: once each."""

    document = models.ForeignKey(Document, models.PROTECT, related_name="+")
    days = models.PositiveSmallIntegerField()
    told_at = models.DateTimeField()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(fields=["group", "document", "days"], name="expiry_told_once"),
            models.CheckConstraint(condition=Q(days__in=(30, 7, 0)), name="expiry_days_known"),
        ]
