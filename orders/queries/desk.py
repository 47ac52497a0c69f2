"""The pick-up desk: who fetches what, in the order of the doors (O10, O14)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from orders.models import CheckOff, Order, OrderLine, OrderStatus, Round
from orders.queries.bags import live_orders
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
    """One line: what is billed, what of it waits, and whether it is stopped for now (O16)."""

    line_id: int
    name: str
    unit: str
    quantity: Decimal
    left: Decimal
    held: bool

    @property
    def goes(self) -> Decimal:
        """What may be handed over now."""
        return Decimal(0) if self.held else self.left


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
        return self.status == OrderStatus.COLLECTED

    @property
    def is_part(self) -> bool:
        return self.status == OrderStatus.PARTLY_COLLECTED

    @property
    def waiting(self) -> list[DeskItem]:
        return [item for item in self.items if item.left]

    @property
    def held(self) -> list[DeskItem]:
        return [item for item in self.waiting if item.held]

    @property
    def goes(self) -> list[DeskItem]:
        return [item for item in self.waiting if not item.held]

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
    rnd: Round,
    *,
    chosen: str = DeskFilter.ALL,
    building: str = "",
    search: str = "",
    only: str = "",
) -> DeskPage:
    """Live orders of a round by building, unit and room. Five queries, whatever their number.

    `only`: a building beside which nothing is seen or counted, for a helper's list.
    """
    rows = [row for row in desk_rows(rnd) if only in ("", row.building)]
    looked_for = Search.of(search)
    handed = sorted(
        (row for row in rows if row.is_collected or row.is_part),
        key=lambda row: (row.collected_at or rnd.pickup_from, row.order_id),
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
        collected=sum(row.is_collected for row in rows),
        recent=tuple(row for row in handed if row.check_off_id)[:RECENT],
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
    goods = _goods(rnd, ids)
    standing = CheckOff.objects.standing().filter(order_id__in=ids).order_by("pk")
    handed = {done.order_id: done for done in standing.select_related("by", "helper")}
    return [
        _row(rnd, order, books[order.pk], goods.get(order.pk, []), handed.get(order.pk))
        for order in orders
    ]


def _goods(rnd: Round, order_ids: Sequence[int]) -> dict[int, list[DeskItem]]:
    """Lines by order, as the round lists them; each says whether it is stopped. One statement."""
    lines = OrderLine.objects.filter(order_id__in=order_ids).select_related("offer")
    found: dict[int, list[DeskItem]] = {}
    for line in lines.with_stopped(rnd.pk).order_by("offer__position", "pk"):
        found.setdefault(line.order_id, []).append(
            DeskItem(
                line_id=line.pk,
                name=line.offer.name,
                unit=line.offer.unit,
                quantity=line.billed_quantity,
                left=line.left,
                held=line.stopped,
            )
        )
    return found


def _row(
    rnd: Round, order: Order, book: OrderMoney, items: Sequence[DeskItem], done: CheckOff | None
) -> DeskRow:
    return DeskRow(
        order_id=order.pk,
        number=order.number,
        pickup_code=rnd.pickup_code(order.number),
        building=order.building,
        door=order.door,
        nickname=order.nickname,
        note=order.note,
        items=tuple(items),
        money=book,
        status=order.status,
        status_label=order.get_status_display(),
        check_off_id=done.pk if done else None,
        collected_at=(done.device_at or done.at) if done else None,
        collected_by=done.collected_by if done else "",
        handed_over_by=done.handed_over_by if done else "",
    )
