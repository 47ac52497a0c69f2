"""What orders are billed, paid and owed, read from the postings; the payments page (O7, O8)."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, Sum, TextChoices
from django.utils.translation import gettext_lazy as _

from orders.models import (
    RETURN_SOURCES,
    Account,
    Direction,
    Order,
    Payment,
    PaymentStatus,
    Posting,
    Round,
    Source,
)
from tuangou.core import money
from tuangou.core.errors import InvalidInput

_CASH = (Source.PAYMENT, Source.PAYMENT_UNDO)

# The parts of a member's account, as conditions on its postings: each amount on a page is the sum
# of one part, and opens exactly the postings of that part. Their signs: see `_SIGNS`.
PARTS: dict[str, Q] = {
    "billed": ~Q(source__in=(*_CASH, *RETURN_SOURCES)),
    "returned": Q(source__in=RETURN_SOURCES),
    "received": Q(source=Source.PAYMENT, amount_fen__lt=0)
    | Q(source=Source.PAYMENT_UNDO, amount_fen__gt=0),
    "refunded": Q(source=Source.PAYMENT, amount_fen__gt=0)
    | Q(source=Source.PAYMENT_UNDO, amount_fen__lt=0),
}
_SIGNS = {"billed": 1, "returned": -1, "received": -1, "refunded": 1}


class PaymentState(TextChoices):
    UNPAID = "unpaid", _("未付")
    CLAIMED = "claimed", _("说已付")
    PART = "part", _("部分付")
    PAID = "paid", _("已收")
    OVER = "over", _("多付")
    REFUNDED = "refunded", _("已退款")
    NOTHING = "nothing", _("不用付")


def payment_state(
    *, due_fen: int, received_fen: int, refunded_fen: int = 0, claimed: bool = False
) -> PaymentState:
    """The one answer to "is this order paid": due after returns, against money in less money out.

    An open claim is never money: it only tells an order that still owes from one nobody paid.
    """
    held = received_fen - refunded_fen
    if held > due_fen:
        return PaymentState.OVER
    if held < due_fen:
        if claimed:
            return PaymentState.CLAIMED
        return PaymentState.PART if held > 0 else PaymentState.UNPAID
    if received_fen and not held:
        return PaymentState.REFUNDED
    return PaymentState.PAID if held else PaymentState.NOTHING


@dataclass(frozen=True, slots=True)
class OrderMoney:
    """What the postings say about one order, in fen; `claimed_fen` is said, not counted."""

    billed_fen: int = 0
    returned_fen: int = 0
    received_fen: int = 0
    refunded_fen: int = 0
    claimed_fen: int = 0

    @property
    def due_fen(self) -> int:
        """To pay in all: billed less what returns were credited, for good or provisionally."""
        return self.billed_fen - self.returned_fen

    @property
    def balance_fen(self) -> int:
        """Balance of the member's account: positive = owes, negative = credit."""
        return self.due_fen - self.received_fen + self.refunded_fen

    @property
    def owed_fen(self) -> int:
        return max(0, self.balance_fen)

    @property
    def credit_fen(self) -> int:
        return max(0, -self.balance_fen)

    @property
    def state(self) -> PaymentState:
        return payment_state(
            due_fen=self.due_fen,
            received_fen=self.received_fen,
            refunded_fen=self.refunded_fen,
            claimed=self.claimed_fen > 0,
        )


def money_by_order(order_ids: Collection[int]) -> dict[int, OrderMoney]:
    """Money of these orders, {order id: OrderMoney}, every id present. Two queries."""
    sums = (
        Posting.objects.filter(order_id__in=order_ids, account=Account.MEMBER)
        .values("order_id")
        .annotate(**{part: Sum("amount_fen", filter=where) for part, where in PARTS.items()})
    )
    claims = dict(
        Payment.objects.filter(
            order_id__in=order_ids, status=PaymentStatus.CLAIMED, direction=Direction.IN
        ).values_list("order_id", "amount_fen")
    )
    found = {row["order_id"]: _money(dict(row), claims.get(row["order_id"], 0)) for row in sums}
    return {pk: found.get(pk, OrderMoney(claimed_fen=claims.get(pk, 0))) for pk in order_ids}


def money_of_order(order_id: int) -> OrderMoney:
    """Money of one order. Two queries."""
    return money_by_order([order_id])[order_id]


def _money(row: Mapping[str, Any], claimed_fen: int) -> OrderMoney:
    fen: dict[str, int] = {f"{part}_fen": _SIGNS[part] * (row[part] or 0) for part in PARTS}
    return OrderMoney(**fen, claimed_fen=claimed_fen)


@dataclass(frozen=True, slots=True)
class Search:
    """What a payee or helper typed: an amount, a code, a door or part of a nickname."""

    text: str
    door: str
    fen: int | None

    @classmethod
    def of(cls, typed: str) -> Search:
        text = unicodedata.normalize("NFKC", typed).strip().casefold()
        try:
            fen = money.parse_yuan(text) if text else None
        except InvalidInput:
            fen = None
        return cls(text, door_parts(text), fen)

    def finds(
        self, *, codes: Iterable[str], doors: Iterable[str], nickname: str, fen: Iterable[int] = ()
    ) -> bool:
        """Whether a row answers; an empty search finds every row."""
        if not self.text:
            return True
        return (
            any(code.casefold() == self.text for code in codes)
            or ("-" in self.door and any(door_parts(d).startswith(self.door) for d in doors))
            or self.text in nickname.casefold()
            or (self.fen is not None and self.fen > 0 and self.fen in fen)
        )


def doors_of(order: Order) -> tuple[str, ...]:
    """`3-2-502`, and without the unit `3-502`: both are what people say."""
    return order.door, f"{order.building}-{order.room}"


def door_parts(text: str) -> str:
    """`3栋2单元502室` and `3-2-502` are one door, `３栋５０２` and `3-502` another."""
    text = unicodedata.normalize("NFKC", text).casefold()
    text = re.sub(r"\s+|号楼|[栋幢座—–/#]|单元|[室号]", "-", text)
    return re.sub(r"-+", "-", text).strip("-")


@dataclass(frozen=True, slots=True)
class PaymentLine:
    """One movement of an order, for its history and the undo button."""

    id: int
    direction: str
    status: str
    status_label: str
    amount_fen: int
    at: datetime | None
    undone_at: datetime | None

    @property
    def may_undo(self) -> bool:
        return self.status == PaymentStatus.RECEIVED


@dataclass(frozen=True, slots=True)
class PaymentRow:
    order_id: int
    number: int
    remark_code: str
    door: str
    nickname: str
    cancelled: bool
    money: OrderMoney
    claimed_at: datetime | None
    payments: tuple[PaymentLine, ...]

    @property
    def state(self) -> PaymentState:
        return self.money.state


@dataclass(frozen=True, slots=True)
class PaymentTotals:
    """应收 已收 退款 还差, and what members have to get back. due - received + refunded is
    always owed - credit."""

    due_fen: int
    received_fen: int
    refunded_fen: int
    owed_fen: int
    credit_fen: int


@dataclass(frozen=True, slots=True)
class PaymentsPage:
    rows: tuple[PaymentRow, ...]
    totals: PaymentTotals
    counts: Mapping[str, int]

    @property
    def all_paid(self) -> bool:
        """都收齐了: nobody of the round owes anything."""
        return self.totals.owed_fen == 0


def payments_page(
    rnd: Round, *, search: str = "", state: str = "", doors: bool = True
) -> PaymentsPage:
    """Orders of a round with their money, by number; totals and counts are of the whole round.

    Cancelled orders stay while money lies on them. Without `doors`, for a merchant, only buildings
    are shown and found. Three queries and one for the payments.
    """
    orders = list(Order.objects.filter(round_id=rnd.pk).order_by("number"))
    ids = [order.pk for order in orders]
    books = money_by_order(ids)
    lines = _payments_of(ids)
    shown = [o for o in orders if o.cancelled_at is None or _has_money(books[o.pk])]
    looked_for = Search.of(search)
    rows = tuple(
        _row(rnd, order, books[order.pk], lines.get(order.pk, []), doors=doors)
        for order in shown
        if state in ("", books[order.pk].state)
        and looked_for.finds(
            codes=(rnd.remark_code(order.number),),
            doors=doors_of(order) if doors else (),
            nickname=order.nickname,
            fen=(books[order.pk].owed_fen, books[order.pk].claimed_fen),
        )
    )
    counts = Counter(books[order.pk].state.value for order in shown)
    return PaymentsPage(rows, totals_of(books.values()), counts)


def totals_of(books: Iterable[OrderMoney]) -> PaymentTotals:
    """Sums over orders; what one owes and another is in credit are kept apart."""
    books = list(books)
    return PaymentTotals(
        due_fen=sum(b.due_fen for b in books),
        received_fen=sum(b.received_fen for b in books),
        refunded_fen=sum(b.refunded_fen for b in books),
        owed_fen=sum(b.owed_fen for b in books),
        credit_fen=sum(b.credit_fen for b in books),
    )


def payments_of_order(order_id: int) -> list[PaymentLine]:
    """History of one order's money, oldest first. One query."""
    return [_line(payment) for payment in _payments_of([order_id]).get(order_id, [])]


def _payments_of(order_ids: Collection[int]) -> dict[int, list[Payment]]:
    found: dict[int, list[Payment]] = {}
    for payment in Payment.objects.filter(order_id__in=order_ids).order_by("pk"):
        found.setdefault(payment.order_id, []).append(payment)
    return found


def _row(
    rnd: Round, order: Order, book: OrderMoney, payments: list[Payment], *, doors: bool
) -> PaymentRow:
    claims = [p.claimed_at for p in payments if p.status == PaymentStatus.CLAIMED]
    return PaymentRow(
        order_id=order.pk,
        number=order.number,
        remark_code=rnd.remark_code(order.number),
        door=order.door if doors else order.building,
        nickname=order.nickname,
        cancelled=order.cancelled_at is not None,
        money=book,
        claimed_at=claims[0] if claims else None,
        payments=tuple(_line(p) for p in payments),
    )


def _line(payment: Payment) -> PaymentLine:
    return PaymentLine(
        id=payment.pk,
        direction=payment.direction,
        status=payment.status,
        status_label=payment.get_status_display(),
        amount_fen=payment.amount_fen,
        at=payment.received_at or payment.claimed_at,
        undone_at=payment.undone_at,
    )


def _has_money(book: OrderMoney) -> bool:
    return bool(book.received_fen or book.refunded_fen or book.claimed_fen or book.balance_fen)
