"""Codes to a phone, and the texts that carry them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac

from tuangou.core.models.people import User


class Code(models.Model):
    """A six-digit code asked for a phone. The digits are not here: they are made from the nonce
    and SECRET_KEY, so that nobody reads them in the database, before sending or after."""

    purpose = models.CharField(max_length=8)
    phone = models.CharField(max_length=16)
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")
    nonce = models.BinaryField(max_length=16)
    tries = models.PositiveSmallIntegerField(default=0)
    sends = models.PositiveSmallIntegerField(default=1)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(purpose__in=("sign_in", "phone")), name="code_purpose_known"
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], name="code_age")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk}"

    def digits(self) -> str:
        """HMAC-SHA256(SECRET_KEY, id and nonce) mod 10^6: the same in every copy of the text."""
        value = f"{self.pk}:{bytes(self.nonce).hex()}"
        mac = salted_hmac("tuangou.codes", value, algorithm="sha256").digest()
        return f"{int.from_bytes(mac, 'big') % 1_000_000:06d}"


class Sms(models.Model):
    """A text to a phone, until it is sent or too late; then phone and context are blank."""

    kind = models.CharField(max_length=20)
    phone = models.CharField(max_length=16, blank=True)
    code = models.ForeignKey(Code, models.SET_NULL, null=True, related_name="+")
    context = models.JSONField(default=dict)
    language = models.CharField(max_length=8)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=200, blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at__isnull=True) | Q(due_at__isnull=True, phone=""),
                name="sms_done_is_blank",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(done_at__isnull=True), name="sms_due"),
            models.Index(fields=["expires_at"], condition=Q(done_at__isnull=True), name="sms_open"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
