"""What a round buys of its merchant: as frozen at the cut-off, and what changed since (O14).

The merchant's staff read this: no names, no doors, no phones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from orders.models import Offer, Purchase, PurchaseLine, Round
from orders.queries.bags import Bag, bags_of, wishes_of
from orders.queries.lists import version_of
from tuangou.core import money
from tuangou.core.templatetags.money import quantity as short

# Phone numbers and doors that somebody wrote into a wish: 138 0013 8000, 3-502, 3栋502.
PRIVATE = re.compile(
    r"\+?\d(?:[ \-]?\d){6,}|\d+\s*(?:栋|幢|号楼|号院|单元|弄|#)[\d\-\s]*(?:室|号|房)?|\d+(?:-\d+)+"
)


@dataclass(frozen=True, slots=True)
class PurchaseRow:
    """One item. `frozen` is what version 1 said, None before the cut-off."""

    name: str
    spec: str
    unit: str
    price_fen: int
    quantity: Decimal
    amount_fen: int
    frozen: Decimal | None
    frozen_fen: int

    @property
    def change(self) -> Decimal:
        """Since version 1, in units."""
        return Decimal(0) if self.frozen is None else self.quantity - self.frozen

    @property
    def change_fen(self) -> int:
        return 0 if self.frozen is None else self.amount_fen - self.frozen_fen

    @property
    def change_said(self) -> str:
        """+2, −1.5; nothing where nothing changed."""
        if not self.change:
            return ""
        return f"{'+' if self.change > 0 else '−'}{short(abs(self.change))}{self.unit}"


@dataclass(frozen=True, slots=True)
class PurchasePage:
    """`at` is when version 1 was frozen, None before; `later` counts the changes since."""

    rows: tuple[PurchaseRow, ...]
    wishes: tuple[tuple[str, int], ...]
    orders: int
    amount_fen: int
    commission_bp: int
    at: datetime | None
    later: int

    @property
    def commission_fen(self) -> int:
        return money.basis_points(self.amount_fen, self.commission_bp)

    @property
    def due_fen(self) -> int:
        return self.amount_fen - self.commission_fen

    @property
    def is_changed(self) -> bool:
        return any(row.change or row.change_fen for row in self.rows)


def purchase_page(rnd: Round) -> PurchasePage:
    """All items that are or were ordered. Six statements at most."""
    bags = bags_of(rnd)
    purchase = Purchase.objects.filter(round_id=rnd.pk).first()
    lines = PurchaseLine.objects.filter(purchase=purchase) if purchase else ()
    frozen = {line.offer_id: line for line in lines}
    now = _sums(bags)
    rows = tuple(
        _row(offer, now.get(offer.pk, (Decimal(0), 0)), frozen.get(offer.pk), bool(purchase))
        for offer in Offer.objects.of_round(rnd.pk)
        if offer.pk in now or offer.pk in frozen
    )
    return PurchasePage(
        rows=rows,
        wishes=tuple((without_doors(wish), n) for wish, n in wishes_of(bags)),
        orders=len(bags),
        amount_fen=sum(row.amount_fen for row in rows),
        commission_bp=purchase.commission_bp if purchase else rnd.commission_bp,
        at=purchase.at if purchase else None,
        later=version_of(rnd) - purchase.changes if purchase else 0,
    )


def without_doors(wish: str) -> str:
    """A wish as the merchant reads it."""
    return PRIVATE.sub("…", wish)


def text_of(page: PurchasePage, rnd: Round, *, pickup: str, frozen: str) -> str:
    """For the merchant's chat. `pickup` and `frozen` are moments as they are written."""
    head = _("【%(title)s】备货单 %(frozen)s\n自提 %(pickup)s %(place)s") % {
        "title": rnd.title,
        "frozen": frozen,
        "pickup": pickup,
        "place": rnd.pickup_point.name,
    }
    rows = [_line_of(row) for row in page.rows]
    wishes = [_("备注：%(wishes)s") % {"wishes": said_of(page.wishes)}] if page.wishes else []
    foot = _("货款 %(amount)s元，佣金 %(commission)s元，应付商家 %(due)s元") % {
        "amount": money.yuan(page.amount_fen),
        "commission": money.yuan(page.commission_fen),
        "due": money.yuan(page.due_fen),
    }
    return "\n".join([head, *rows, *wishes, foot])


def said_of(wishes: Iterable[tuple[str, int]]) -> str:
    """切小块 ×4，不要肥的"""
    return _("，").join(f"{wish} ×{n}" if n > 1 else wish for wish, n in wishes)


def _line_of(row: PurchaseRow) -> str:
    facts = {
        "name": f"{row.name} {row.spec}".strip(),
        "quantity": f"{short(row.quantity)}{row.unit}",
        "price": money.yuan(row.price_fen),
        "amount": money.yuan(row.amount_fen),
        "change": row.change_said,
    }
    if row.change:
        return _("%(name)s %(quantity)s（比定稿 %(change)s）×%(price)s = %(amount)s") % facts
    return _("%(name)s %(quantity)s ×%(price)s = %(amount)s") % facts


def _sums(bags: Iterable[Bag]) -> dict[int, tuple[Decimal, int]]:
    sums: dict[int, tuple[Decimal, int]] = {}
    for bag in bags:
        for good in bag.goods:
            quantity, fen = sums.get(good.offer_id, (Decimal(0), 0))
            sums[good.offer_id] = quantity + good.quantity, fen + good.billed_fen
    return sums


def _row(
    offer: Offer, now: tuple[Decimal, int], line: PurchaseLine | None, is_frozen: bool
) -> PurchaseRow:
    quantity, amount_fen = now
    return PurchaseRow(
        name=offer.name,
        spec=offer.spec,
        unit=offer.unit,
        price_fen=offer.final_price_fen or offer.price_fen,
        quantity=quantity,
        amount_fen=amount_fen,
        frozen=(line.quantity if line else Decimal(0)) if is_frozen else None,
        frozen_fen=line.amount_fen if line else 0,
    )
