"""The operator's window on merchants; see groups.admin."""

from groups.admin import show, site
from merchants.models import (
    Agreement,
    AgreementDraft,
    AgreementNotice,
    AgreementSignature,
    Answer,
    Appeal,
    Application,
    Backing,
    Follow,
    Item,
    Merchant,
    MerchantDay,
    MerchantStaff,
    PriceRuling,
    PriceWitness,
    Proposal,
    Question,
    QuestionHiding,
)

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
show(AgreementDraft, "group", "application", "number", "commission_bp", "side", "proposed_at")
show(AgreementSignature, "group", "draft", "side", "way", "refused", "signed_at")
show(AgreementNotice, "group", "agreement", "told_at")
show(MerchantDay, "group", "application", "day", "status", "asked_at", sift=("status",))
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
show(PriceRuling, "group", "witness", "stands", "reason", "ruled_by", "ruled_at")
show(Follow, "group", "merchant", "member", "since")
show(
    Proposal,
    "group",
    "name",
    "reason",
    "proposed_by",
    "status",
    "answer",
    "answered_at",
    find=("name", "name_key"),
    sift=("status",),
)
show(Backing, "group", "proposal", "household", "at")
show(Question, "group", "merchant", "text", "asked_by", "asked_at")
show(Answer, "group", "question", "text", "if_it_fails", "answered_by", "answered_at")
show(QuestionHiding, "group", "question", "reason", "hidden_by", "hidden_at")
show(
    Appeal,
    "group",
    "application",
    "text",
    "made_at",
    "status",
    "answer",
    "answered_by",
    sift=("status",),
)
