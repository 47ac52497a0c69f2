"""Who may sell here (domain section 5)."""

from merchants.models.applications import Agreement, Application, ApplicationStatus, Band
from merchants.models.documents import Document, DocumentKind, ExpiryNotice, PaperType
from merchants.models.items import Category, Item, PriceWitness
from merchants.models.links import ShopLink
from merchants.models.merchants import Merchant, MerchantKind, MerchantStaff, StaffRole
from merchants.models.staff_links import StaffLink
from merchants.models.vetting import ChecklistLine, LikenessCleared, LineCheck, Topic

__all__ = [
    "Agreement",
    "Application",
    "ApplicationStatus",
    "Band",
    "Category",
    "ChecklistLine",
    "Document",
    "DocumentKind",
    "ExpiryNotice",
    "Item",
    "LikenessCleared",
    "LineCheck",
    "Merchant",
    "MerchantKind",
    "MerchantStaff",
    "PaperType",
    "PriceWitness",
    "ShopLink",
    "StaffLink",
    "StaffRole",
    "Topic",
]
