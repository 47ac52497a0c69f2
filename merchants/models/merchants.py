"""Who may sell, known across groups (M1)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tuangou.core.models import User


class MerchantKind(models.TextChoices):
    SINGLE = "single", _("单店")
    CHAIN = "chain", _("连锁")


class Merchant(models.Model):
    """A shop or a chain. Known across groups, approved per group (M1, M4)."""

    legal_name = models.CharField(max_length=80)
    brand = models.CharField(max_length=40)
    brand_key = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=6, choices=MerchantKind, default=MerchantKind.SINGLE)
    stores = models.PositiveIntegerField(default=1)
    credit_code = models.CharField(max_length=18, null=True, blank=True, unique=True)
    contact = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=MerchantKind.values), name="merchant_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(kind="single", stores=1) | Q(kind="chain", stores__gte=1),
                name="merchant_stores_fit_kind",
            ),
            models.CheckConstraint(
                condition=Q(credit_code__isnull=True)
                | Q(credit_code__regex=r"^[0-9A-HJ-NPQRTUWXY]{18}$"),
                name="merchant_credit_code_shape",
            ),
        ]

    def __str__(self) -> str:
        return self.brand


class StaffRole(models.TextChoices):
    OWNER = "owner", _("店主")
    HELPER = "helper", _("店员")


class MerchantStaff(models.Model):
    """Who may act for a merchant: one owner, and helpers."""

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="staff")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    role = models.CharField(max_length=6, choices=StaffRole)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "user"], name="staff_once_per_merchant"),
            models.UniqueConstraint(
                fields=["merchant"], condition=Q(role="owner"), name="one_owner_per_merchant"
            ),
            models.CheckConstraint(condition=Q(role__in=StaffRole.values), name="staff_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} {self.merchant_id}"
