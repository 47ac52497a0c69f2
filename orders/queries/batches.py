"""Who got what of which batch (O9): for recalls, and for asking neighbours about the same one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet

from orders.models import Batch, BatchPart, OrderLine


@dataclass(frozen=True, slots=True)
class BatchBuyer:
    """One order line that got some of a batch."""

    line_id: int
    order_id: int
    membership_id: int
    user_id: int | None
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class BatchCard:
    """A batch as pages show it."""

    id: int
    offer_id: int
    lot: str
    quantity: Decimal
    produced_on: date | None
    expires_on: date | None


def batches_of(offer_ids: Iterable[int]) -> dict[int, list[BatchCard]]:
    """The batches of these offers as delivered: {offer id: batches}. One query."""
    found: dict[int, list[BatchCard]] = {}
    batches = Batch.objects.filter(delivery_line__offer_id__in=list(offer_ids))
    rows = batches.order_by("pk").values_list(
        *("pk", "delivery_line__offer_id", "lot", "quantity", "produced_on", "expires_on")
    )
    for row in rows:
        card = BatchCard(*row)
        found.setdefault(card.offer_id, []).append(card)
    return found


def buyers_of_batch(batch_id: int) -> list[BatchBuyer]:
    """Lines of live orders that got some of this batch, in the order of asking. One query."""
    parts = BatchPart.objects.filter(batch_id=batch_id)
    rows = parts.exclude(line__order__status="cancelled").order_by("line__order__number", "pk")
    return [
        BatchBuyer(*row)
        for row in rows.values_list(
            *("line_id", "line__order_id", "line__order__member_id"),
            *("line__order__member__user_id", "quantity"),
        )
    ]


def batch_ids_of_line(line_id: int) -> list[int]:
    """The batches of which this line got some; none where no batches were written down."""
    parts = BatchPart.objects.filter(line_id=line_id)
    return list(parts.order_by("batch_id").values_list("batch_id", flat=True))


def lines_with(line: OrderLine) -> QuerySet[OrderLine]:
    """Lines of the same goods as this one: of the same batches; without batches, of the same offer.

    Live orders only, billed lines only, this one among them. Nothing is read yet.
    """
    lines = OrderLine.objects.live().filter(offer_id=line.offer_id, billed_quantity__gt=0)
    batch_ids = batch_ids_of_line(line.pk)
    if not batch_ids:
        return lines
    parts = BatchPart.objects.filter(batch_id__in=batch_ids)
    return lines.filter(pk__in=parts.values("line_id"))
