"""Links by which shops come to a group: one for a shop, or one for all (M2).

No token is kept: it is worked out from the row and the installation's key, so that the officer can
copy the link again; only its SHA-256 is looked up.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.crypto import salted_hmac
from django.utils.http import int_to_base36

from groups.models import GroupOwned, GroupStatus, Membership
from merchants.models.merchants import Merchant
from tuangou.core.events import AppNow
from tuangou.core.models import User

LASTS = timedelta(days=14)
TOKEN_BYTES = 16


def token_sha256(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


class ShopLinkQuerySet(models.QuerySet["ShopLink"]):
    def of_group(self, group_id: int) -> ShopLinkQuerySet:
        return self.filter(group_id=group_id)

    def usable(self) -> ShopLinkQuerySet:
        """Not closed, used up or past its day, to a group that is open."""
        return self.filter(
            Q(expires_at__isnull=True) | Q(expires_at__gt=AppNow()),
            closed_at__isnull=True,
            used_at__isnull=True,
            group__status=GroupStatus.ACTIVE,
        )

    def with_token(self, token: str) -> ShopLinkQuerySet:
        return self.filter(token_sha256=token_sha256(token))


class ShopLink(GroupOwned):
    """A way for shops into a group. With `expires_at` it lets one shop in, else any until closed;
    with `merchant` it makes who comes by it that shop's owner."""

    number = models.PositiveIntegerField()
    token_sha256 = models.BinaryField(max_length=32, unique=True)
    merchant = models.ForeignKey(Merchant, models.PROTECT, null=True, related_name="+")
    made_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    used_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = ShopLinkQuerySet.as_manager()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(fields=["group", "number"], name="shop_link_number_unique"),
            models.UniqueConstraint(
                fields=["group"],
                condition=Q(expires_at__isnull=True, closed_at__isnull=True),
                name="one_standing_shop_link",
            ),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True) | Q(expires_at__isnull=False),
                name="shop_link_for_all_is_not_used_up",
            ),
            models.CheckConstraint(
                condition=Q(merchant__isnull=True) | Q(expires_at__isnull=False),
                name="shop_link_to_a_shop_is_for_one",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True) | Q(expires_at__gt=F("made_at")),
                name="shop_link_ends_after_it_begins",
            ),
        ]

    @staticmethod
    def token_of(group_id: int, number: int) -> str:
        """128 bits of a keyed digest, in small letters and digits."""
        digest = salted_hmac("merchants.shop_link", f"{group_id}/{number}", algorithm="sha256")
        return int_to_base36(int.from_bytes(digest.digest()[:TOKEN_BYTES]))

    @property
    def token(self) -> str:
        """The token, or "" when the installation's key is another one by now."""
        token = self.token_of(self.group_id, self.number)
        return token if token_sha256(token) == bytes(self.token_sha256) else ""

    @property
    def for_all(self) -> bool:
        return self.expires_at is None
