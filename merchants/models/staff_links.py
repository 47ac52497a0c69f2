"""Links by which a shop's owner lets helpers act for it (M1).

As merchants.models.links: no token is kept, only its SHA-256; the owner can copy the link again.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.crypto import salted_hmac
from django.utils.http import int_to_base36

from merchants.models.links import TOKEN_BYTES, token_sha256
from merchants.models.merchants import Merchant
from tuangou.core.events import AppNow
from tuangou.core.models import User

STAFF_LINK_LASTS = timedelta(days=3)


class StaffLinkQuerySet(models.QuerySet["StaffLink"]):
    def usable(self) -> StaffLinkQuerySet:
        """Not closed, used up or past its day."""
        return self.filter(closed_at__isnull=True, used_at__isnull=True, expires_at__gt=AppNow())

    def with_token(self, token: str) -> StaffLinkQuerySet:
        return self.filter(token_sha256=token_sha256(token))


class StaffLink(models.Model):
    """Lets one person in as the shop's helper."""

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    token_sha256 = models.BinaryField(max_length=32, unique=True)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    used_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = StaffLinkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "number"], name="staff_link_number_unique"),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("made_at")), name="staff_link_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True, used_by__isnull=True)
                | Q(used_at__isnull=False, used_by__isnull=False),
                name="staff_link_used_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.merchant_id}"

    @staticmethod
    def token_of(merchant_id: int, number: int) -> str:
        """128 bits of a keyed digest, in small letters and digits."""
        digest = salted_hmac("merchants.staff_link", f"{merchant_id}/{number}", algorithm="sha256")
        return int_to_base36(int.from_bytes(digest.digest()[:TOKEN_BYTES]))

    @property
    def token(self) -> str:
        """The token, or "" when the installation's key is another one by now."""
        token = self.token_of(self.merchant_id, self.number)
        return token if token_sha256(token) == bytes(self.token_sha256) else ""
