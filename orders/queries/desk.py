"""The pick-up desk: who fetches what, in the order of the doors (O10, O14)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from orders.models import CheckOff, Order, Round
from orders.queries.bags import Good, goods_of, live_orders
from orders.queries.payments import (
    OrderMoney,
    PaymentState,
    Search,
    money_by_order,
)

RECENT = 3


class DeskFilter(TextChoices):
    ALL = "all", _("全部")
    WAITING = "waiting", _("未取")
    UNPAID = "unpaid", _("未付")
    NOTED = "noted", _("有备注")


@dataclass(frozen=True, slots=True)
class DeskItem:
    name: str
    quantity: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class DeskRow:
    order_id: int
    number: int
    pickup_code: str
    building: str
    door: str
    nickname: str
    note: str
    items: tuple[DeskItem, ...]
    money: OrderMoney
    status: str
    status_label: str
    check_off_id: int | None
    collected_at: datetime | None
    collected_by: str
    handed_over_by: str

    @property
    def is_collected(self) -> bool:
        return self.check_off_id is not None

    @property
    def payment_state(self) -> PaymentState:
        return self.money.state

    def passes(self, chosen: str) -> bool:
        """Whether the row belongs under a filter; an unknown filter shows all."""
        if chosen == DeskFilter.WAITING:
            return not self.is_collected
        if chosen == DeskFilter.UNPAID:
            return self.money.owed_fen > 0
        if chosen == DeskFilter.NOTED:
            return bool(self.note)
        return True


@dataclass(frozen=True, slots=True)
class DeskPage:
    """`rows` are what was asked for; everything else speaks of the whole round."""

    rows: tuple[DeskRow, ...]
    counts: dict[str, int]
    buildings: tuple[str, ...]
    collected: int
    recent: tuple[DeskRow, ...]

    @property
    def total(self) -> int:
        return self.counts[DeskFilter.ALL]

    @property
    def all_collected(self) -> bool:
        return self.collected == self.total


def desk_page(
    rnd: Round, *, chosen: str = DeskFilter.ALL, building: str = "", search: str = ""
) -> DeskPage:
    """Live orders of a round by building, unit and room. Five queries, whatever their number."""
    rows = desk_rows(rnd)
    looked_for = Search.of(search)
    handed = sorted(
        (row for row in rows if row.collected_at is not None),
        key=lambda row: (row.collected_at, row.order_id),
        reverse=True,
    )
    return DeskPage(
        rows=tuple(
            row
            for row in rows
            if row.passes(chosen)
            and building in ("", row.building)
            and looked_for.finds(
                codes=(row.pickup_code, rnd.remark_code(row.number), str(row.number)),
                doors=(row.door, f"{row.building}-{row.door.rpartition('-')[2]}"),
                nickname=row.nickname,
            )
        ),
        counts={f.value: sum(row.passes(f) for row in rows) for f in DeskFilter},
        buildings=tuple(dict.fromkeys(row.building for row in rows)),
        collected=len(handed),
        recent=tuple(handed[:RECENT]),
    )


def desk_row(rnd: Round, order_id: int) -> DeskRow | None:
    """One live order as the desk shows it: the page behind a scanned code. Five queries."""
    rows = _rows(rnd, [order for order in live_orders(rnd) if order.pk == order_id])
    return rows[0] if rows else None


def desk_rows(rnd: Round) -> list[DeskRow]:
    """Every live order of the round in door order. Five queries."""
    return _rows(rnd, live_orders(rnd))


def _rows(rnd: Round, orders: Sequence[Order]) -> list[DeskRow]:
    ids = [order.pk for order in orders]
    books = money_by_order(ids)
    goods = goods_of(ids)
    standing = CheckOff.objects.filter(order_id__in=ids, undone_at__isnull=True)
    handed = {done.order_id: done for done in standing.select_related("by")}
    return [
        _row(rnd, order, books[order.pk], goods.get(order.pk, ()), handed.get(order.pk))
        for order in orders
    ]


def _row(
    rnd: Round, order: Order, book: OrderMoney, goods: Sequence[Good], done: CheckOff | None
) -> DeskRow:
    return DeskRow(
        order_id=order.pk,
        number=order.number,
        pickup_code=rnd.pickup_code(order.number),
        building=order.building,
        door=order.door,
        nickname=order.nickname,
        note=order.note,
        items=tuple(DeskItem(good.name, good.quantity, good.unit) for good in goods),
        money=book,
        status=order.status,
        status_label=order.get_status_display(),
        check_off_id=done.pk if done else None,
        collected_at=done.at if done else None,
        collected_by=done.collected_by if done else "",
        handed_over_by=done.by.nickname if done else "",
    )
