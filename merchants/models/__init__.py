"""Who may sell here (domain section 5)."""

from merchants.models.agreements import (
    Agreement,
    AgreementDraft,
    AgreementNotice,
    AgreementSignature,
    Side,
    Way,
)
from merchants.models.appeals import Appeal, AppealStatus
from merchants.models.applications import Application, ApplicationStatus, Band
from merchants.models.days import DayStatus, MerchantDay
from merchants.models.documents import Document, DocumentKind, ExpiryNotice, PaperType
from merchants.models.follows import Follow
from merchants.models.items import Category, Item, ProcessPhoto
from merchants.models.links import ShopLink
from merchants.models.merchants import Merchant, MerchantKind, MerchantStaff, StaffRole
from merchants.models.proposals import Backing, Proposal, ProposalStatus
from merchants.models.questions import Answer, Question, QuestionHiding
from merchants.models.staff_links import StaffLink
from merchants.models.vetting import ChecklistLine, LikenessCleared, LineCheck, Topic
from merchants.models.witnesses import PriceRuling, PriceWitness

__all__ = [
    "Agreement",
    "AgreementDraft",
    "AgreementNotice",
    "AgreementSignature",
    "Answer",
    "Appeal",
    "AppealStatus",
    "Application",
    "ApplicationStatus",
    "Backing",
    "Band",
    "Category",
    "ChecklistLine",
    "DayStatus",
    "Document",
    "DocumentKind",
    "ExpiryNotice",
    "Follow",
    "Item",
    "LikenessCleared",
    "LineCheck",
    "Merchant",
    "MerchantDay",
    "MerchantKind",
    "MerchantStaff",
    "PaperType",
    "PriceRuling",
    "PriceWitness",
    "ProcessPhoto",
    "Proposal",
    "ProposalStatus",
    "Question",
    "QuestionHiding",
    "ShopLink",
    "Side",
    "StaffLink",
    "StaffRole",
    "Topic",
    "Way",
]
