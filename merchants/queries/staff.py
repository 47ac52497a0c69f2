"""Who acts for a merchant, and the links by which helpers come (M1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from merchants.models import MerchantStaff, StaffLink, StaffRole

SHOWN = 30


@dataclass(frozen=True, slots=True)
class StaffRow:
    """Somebody who acts for the shop, under the name of her account."""

    id: int
    user_id: int
    nickname: str
    role: str

    @property
    def is_owner(self) -> bool:
        return self.role == "owner"


@dataclass(frozen=True, slots=True)
class StaffLinkRow:
    """A link in the owner's list; `state`: open, used, revoked, expired."""

    id: int
    state: str
    made_at: datetime
    expires_at: datetime
    token: str


def staff_rows(merchant_id: int) -> list[StaffRow]:
    """The owner first, helpers as they came. One query."""
    rows = MerchantStaff.objects.filter(merchant_id=merchant_id).order_by("-role", "pk")
    return [StaffRow(*row) for row in rows.values_list("pk", "user_id", "user__nickname", "role")]


def helper_id_of(merchant_id: int, user_id: int) -> int | None:
    """Her row where she is a helper of this shop. One query."""
    rows = MerchantStaff.objects.filter(merchant_id=merchant_id, user_id=user_id)
    return rows.filter(role=StaffRole.HELPER).values_list("pk", flat=True).first()


def staff_links_of(merchant_id: int, *, at: datetime) -> list[StaffLinkRow]:
    """The links for helpers, newest first. One query."""
    rows = StaffLink.objects.filter(merchant_id=merchant_id).order_by("-pk")[:SHOWN]
    return [
        StaffLinkRow(
            id=row.pk,
            state=_state(row, at),
            made_at=row.made_at,
            expires_at=row.expires_at,
            token=row.token,
        )
        for row in rows
    ]


def staff_link_with(token: str) -> StaffLink | None:
    """The link that this token opens now, with its shop. One query."""
    return StaffLink.objects.usable().with_token(token).select_related("merchant").first()


def _state(row: StaffLink, at: datetime) -> str:
    if row.used_at is not None:
        return "used"
    if row.closed_at is not None:
        return "revoked"
    return "expired" if row.expires_at <= at else "open"
