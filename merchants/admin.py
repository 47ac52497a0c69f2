"""The operator's window on merchants; see groups.admin."""

from groups.admin import show, site
from merchants.models import Agreement, Application, Item, Merchant, MerchantStaff, PriceWitness

__all__ = ["site"]

show(
    Merchant,
    "brand",
    "legal_name",
    "credit_code",
    "kind",
    "stores",
    "created_at",
    find=("brand", "brand_key", "legal_name", "credit_code"),
    sift=("kind",),
)
show(MerchantStaff, "merchant", "user", "role")
show(
    Application,
    "group",
    "merchant",
    "status",
    "band",
    "submitted_at",
    "decided_at",
    find=("merchant__brand",),
    sift=("status", "band"),
)
show(Agreement, "group", "application", "commission_bp", "valid_from")
show(
    Item,
    "merchant",
    "name",
    "spec",
    "unit",
    "store_price_fen",
    "is_active",
    find=("name", "merchant__brand"),
    sift=("category", "is_active"),
)
show(PriceWitness, "group", "item", "price_fen", "place", "seen_at", "witness")
