"""One order beside the list it was chosen from, on a desktop."""

from __future__ import annotations

from dataclasses import dataclass

from orders.models import Order, OrderLine, Round
from orders.queries.orders import ReceiptRow
from orders.queries.payments import OrderMoney, PaymentLine, money_of_order, payments_of_order
from orders.queries.purchases import without_doors
from tuangou.core.templatetags.money import yuan


@dataclass(frozen=True, slots=True)
class BesideRow:
    order_id: int
    door: str
    nickname: str
    money: OrderMoney


@dataclass(frozen=True, slots=True)
class Beside:
    """What the right column shows of an order; for officers and the payee."""

    row: BesideRow
    code: str
    note: str
    lines: list[ReceiptRow]
    payments: list[PaymentLine]


def order_beside(rnd: Round, chosen: str, *, doors: bool = True) -> Beside | None:
    """The order of this round with that id, else None; without `doors`, for a merchant, where it
    goes stays out. Five queries, or none without an id."""
    if not (chosen.isascii() and chosen.isdecimal() and len(chosen) < 19):
        return None
    order = Order.objects.filter(round_id=rnd.pk, pk=int(chosen)).first()
    if order is None:
        return None
    lines = OrderLine.objects.filter(order=order).select_related("offer")
    return Beside(
        row=BesideRow(
            order.pk,
            order.door if doors else order.building,
            order.nickname,
            money_of_order(order.pk),
        ),
        code=f"{rnd.remark_code(order.number)} · {rnd.pickup_code(order.number)}",
        note=order.note if doors else without_doors(order.note),
        lines=[
            ReceiptRow(
                f"{line.offer.name} {line.billed_quantity.normalize():f}{line.offer.unit}",
                line.billed_fen,
                f"× {yuan(line.final_unit_price_fen or line.unit_price_fen)}",
            )
            for line in lines.order_by("offer__position")
        ],
        payments=payments_of_order(order.pk),
    )
