"""Who may sell here (domain section 5)."""

from merchants.models.applications import Agreement, Application, ApplicationStatus, Band
from merchants.models.documents import Document, DocumentKind, PaperType
from merchants.models.items import Category, Item, PriceWitness
from merchants.models.links import ShopLink
from merchants.models.merchants import Merchant, MerchantKind, MerchantStaff, StaffRole

__all__ = [
    "Agreement",
    "Application",
    "ApplicationStatus",
    "Band",
    "Category",
    "Document",
    "DocumentKind",
    "Item",
    "Merchant",
    "MerchantKind",
    "MerchantStaff",
    "PaperType",
    "PriceWitness",
    "ShopLink",
    "StaffRole",
]
