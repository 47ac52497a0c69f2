"""What is remembered of requests: answers given, tries counted, tokens of programs."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tuangou.core.models.people import User


class RequestKey(models.Model):
    """A form or API call that was answered: sent again it gets the same answer (requests.once).

    Bodies are kept as SHA-256 only; `refusal` holds the refusal that was the answer.
    """

    group_id = models.BigIntegerField(null=True)
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")
    key = models.UUIDField()
    act = models.CharField(max_length=60)
    body_sha256 = models.BinaryField(max_length=32)
    refusal = models.JSONField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["group_id", "user", "key"], nulls_distinct=False, name="request_key_once"
            ),
        ]
        indexes = [models.Index(fields=["created_at"], name="request_key_age")]

    def __str__(self) -> str:
        return f"{self.act} {self.key}"


class Limit(models.Model):
    """How often something was tried in the window that ends at `ends_at` (limits.spend)."""

    act = models.CharField(max_length=40)
    key_sha256 = models.BinaryField(max_length=32)
    tries = models.BigIntegerField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["act", "key_sha256"], name="limit_once"),
        ]
        indexes = [models.Index(fields=["ends_at"], name="limit_age")]

    def __str__(self) -> str:
        return f"{self.act} {self.tries}"


class Scope(models.TextChoices):
    """What a token may do for its person; never more than she may herself."""

    READ = "read", _("看：我作为邻居看得到的")
    ORDER = "order", _("下单：下单、改单、说已付、申请退货")
    OFFICER = "officer", _("管团：团长、副团长和店里的事")


class ApiToken(models.Model):
    """A person's token for programs. Its secret is told once; what is kept is a SHA-256."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    name = models.CharField(max_length=40)
    scopes = models.CharField(max_length=20)  # of Scope, in its order, parted by blanks
    sha256 = models.BinaryField(max_length=32, unique=True)
    prefix = models.CharField(max_length=8)
    proved = models.BooleanField(default=False)  # made by a session with a second factor
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(scopes__regex=r"^(read( order)?( officer)?|order( officer)?|officer)$"),
                name="token_scopes_known",
            ),
        ]
        indexes = [models.Index(fields=["user", "-id"], name="token_of_person")]

    def __str__(self) -> str:
        return f"{self.prefix}… {self.name}"

    def grants(self, scope: str) -> bool:
        return scope in self.scopes.split()
