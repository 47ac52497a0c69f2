"""How far a shop has come on its way into a group, and the links that lead there (M2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Exists, OuterRef, Q

from merchants.models import (
    Application,
    Category,
    DocumentKind,
    Item,
    Merchant,
    MerchantStaff,
    ProcessPhoto,
)
from merchants.models.links import ShopLink
from merchants.queries.documents import DocumentCard, documents_of

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Progress:
    """What is there of each step; the steps are who, papers, goods, promises, check. `proven`:
    goods with a picture of the store price; `made`: those that show how they are made."""

    application: Application
    papers: list[DocumentCard]
    goods: int
    proven: int
    made: int
    categories: frozenset[str]

    @property
    def who_done(self) -> bool:
        return bool(self.application.merchant.credit_code)

    @property
    def papers_done(self) -> bool:
        return not self.papers_missing

    @property
    def papers_missing(self) -> list[str]:
        """Names of the kinds that this shop will be asked for and that are not there, or over."""
        held = {card.document.kind for card in self.papers if card.state != "expired"}
        wanted = [DocumentKind.LICENCE]
        if self.categories - {Category.HOUSEHOLD}:
            wanted.append(DocumentKind.FOOD)
        if Category.COOKED in self.categories:
            wanted.append(DocumentKind.HEALTH)
        if DocumentKind.PRODUCTION in held:
            held.add(DocumentKind.FOOD)
        return [str(kind.label) for kind in wanted if kind not in held]

    @property
    def goods_done(self) -> bool:
        return self.goods > 0

    @property
    def unmade(self) -> int:
        """Goods that show neither a picture nor a video of how they are made."""
        return self.goods - self.made

    @property
    def promises_done(self) -> bool:
        row = self.application
        return bool(row.delivery_promise and row.packaging_promise and row.returns_promise)

    @property
    def now(self) -> int:
        """The first step that is not done; 5 when all are."""
        done = (self.who_done, self.papers_done, self.goods_done, self.promises_done)
        return next((n for n, ready in enumerate(done, 1) if not ready), 5)


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link in the officers' list; `state`: open, used, revoked, expired."""

    id: int
    state: str
    made_at: datetime
    expires_at: datetime | None
    brand: str
    token: str


def progress_of(application: Application, *, today: date) -> Progress:
    """What stands of the five steps. Two queries."""
    goods = Item.objects.filter(merchant_id=application.merchant_id, is_active=True)
    photos = ProcessPhoto.objects.filter(item_id=OuterRef("pk"))
    made = Q(Exists(photos)) | ~Q(video_url="")
    rows = list(goods.annotate(made=made).values_list("category", "price_proof", "made"))
    return Progress(
        application=application,
        papers=documents_of(application.merchant_id, today=today),
        goods=len(rows),
        proven=sum(1 for _category, proof, _made in rows if proof),
        made=sum(1 for *_rest, made in rows if made),
        categories=frozenset(category for category, *_rest in rows),
    )


def goods_of(merchant_id: int) -> list[Item]:
    """All goods of a shop, by category and name, and how many pictures of its making each has.
    One query."""
    rows = Item.objects.filter(merchant_id=merchant_id).annotate(made=Count("process_photos"))
    return list(rows.order_by("-is_active", "category", "name", "pk"))


def link_with(token: str) -> ShopLink | None:
    """The link that this token opens now, with its group and shop. One query."""
    rows = ShopLink.objects.usable().with_token(token)
    return rows.select_related("group", "merchant").first()


def links_of(group_id: int, *, at: datetime) -> list[LinkRow]:
    """The links for shops, newest first. One query."""
    rows = ShopLink.objects.of_group(group_id).select_related("merchant").order_by("-pk")[:SHOWN]
    return [
        LinkRow(
            id=row.pk,
            state=_state(row, at),
            made_at=row.made_at,
            expires_at=row.expires_at,
            brand=row.merchant.brand if row.merchant else "",
            token=row.token,
        )
        for row in rows
    ]


def own_shops(user_id: int) -> list[Merchant]:
    """The shops this person acts for. One query."""
    rows = MerchantStaff.objects.filter(user_id=user_id).select_related("merchant")
    return [row.merchant for row in rows.order_by("merchant__brand_key", "pk")]


def _state(row: ShopLink, at: datetime) -> str:
    if row.used_at is not None:
        return "used"
    if row.closed_at is not None:
        return "revoked"
    return "expired" if row.expires_at is not None and row.expires_at <= at else "open"
