"""The history of an order: each change is one row, and the source of its postings (O5, O7)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from groups.models import Membership
from orders.models import (
    Account,
    ChangeKind,
    Order,
    OrderChange,
    OrderLine,
    OrderStatus,
    Source,
)
from orders.services import ledger
from orders.services.offers import Quantities
from tuangou.core import events, money


def record(
    order: Order,
    kind: ChangeKind,
    *,
    actor: Membership | None,
    at: datetime,
    before: dict[str, Any],
    after: dict[str, Any],
    delta_fen: int,
    merchant_id: int,
    reason: str = "",
) -> None:
    """One row of history, and the postings that name it as their source (O5, O7)."""
    change = OrderChange.objects.create(
        group_id=order.group_id,
        order=order,
        number=order.changes,
        kind=kind,
        actor=actor,
        at=at,
        before=before,
        after=after,
        reason=reason,
    )
    ledger.post(
        group_id=order.group_id,
        round_id=order.round_id,
        order_id=order.pk,
        source=Source.ORDER_CHANGE,
        source_id=change.pk,
        at=at,
        legs={
            (Account.MEMBER, order.member_id): delta_fen,
            (Account.MERCHANT, merchant_id): -delta_fen,
        },
    )


def end_order(
    order: Order,
    lines: list[OrderLine],
    *,
    at: datetime,
    actor: Membership | None,
    reason: str,
    merchant_id: int | None = None,
) -> None:
    """Cancel a locked order and post back what it was billed."""
    order.changes += 1
    order.save(update_fields=["changes"])
    order.move_to(OrderStatus.CANCELLED, at=at)
    record(
        order,
        ChangeKind.CANCELLED,
        actor=actor,
        at=at,
        before=written({line.offer_id: line.quantity for line in lines}),
        after={},
        delta_fen=-sum(line.billed_fen for line in lines),
        merchant_id=merchant_id or order.round.merchant_id,
        reason=reason,
    )


def cancel_with_round(*, order: Order, at: datetime, actor: Membership | None, reason: str) -> None:
    """End one order because its whole round ends. The caller holds both locks."""
    lines = list(order.lines.order_by("offer_id"))
    end_order(order, lines, at=at, actor=actor, reason=reason)
    events.publish(
        "order.cancelled",
        group_id=order.group_id,
        subject_id=order.pk,
        actor_id=actor.user_id if actor else None,
        at=at,
        with_round=True,
    )


def reprice(*, lines: Iterable[OrderLine], order: Order, at: datetime, merchant_id: int) -> None:
    """Apply the reached price tier to an order at the cut-off: downwards, once (O3).

    `lines` carry their final_unit_price_fen, not yet saved. The caller holds the locks.
    """
    changed = [line for line in lines if line.final_unit_price_fen is not None]
    before_fen = sum(money.times(line.billed_quantity, line.unit_price_fen) for line in changed)
    after_fen = sum(
        money.times(line.billed_quantity, line.final_unit_price_fen or 0) for line in changed
    )
    OrderLine.objects.bulk_update(changed, ["final_unit_price_fen"])
    order.changes += 1
    order.save(update_fields=["changes"])
    record(
        order,
        ChangeKind.REPRICED,
        actor=None,
        at=at,
        before={str(line.offer_id): line.unit_price_fen for line in changed},
        after={str(line.offer_id): line.final_unit_price_fen for line in changed},
        delta_fen=after_fen - before_fen,
        merchant_id=merchant_id,
    )


def written(quantities: Quantities) -> dict[str, str]:
    """Quantities as they stand in request bodies and history: {"12": "1.5"}."""
    return {str(offer_id): f"{q.normalize():f}" for offer_id, q in quantities.items()}
