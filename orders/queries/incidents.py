"""The same-batch question as its buyers, the officers and the shop see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection
from django.db.models import QuerySet

from orders.models import (
    BatchAnswer,
    BatchPart,
    BatchQuestion,
    Hold,
    Incident,
    OrderLine,
    Return,
)
from orders.models.returns import OPEN_OR_GRANTED

ENOUGH = 3  # households, or
TENTH = 10  # one household in so many of those who bought
LEAST = 2  # one claim alone asks; it takes a second household to stop the hand-out

_COUNT = """
    select count(distinct o.household_id),
           count(distinct o.household_id) filter (where a.same or c.claimed),
           count(distinct o.household_id) filter (where not a.same and c.claimed is null)
    from orders_orderline l
    join orders_order o on o.id = l.order_id and o.status <> 'cancelled'
    left join orders_batchanswer a on a.line_id = l.id and a.question_id = %s
    left join lateral (
        select true as claimed from orders_return r
        where r.line_id = l.id and r.status = any(%s) limit 1
    ) c on true
    where l.offer_id = %s and l.billed_quantity > 0
      and (%s::bigint is null or exists (
        select from orders_batchpart p where p.line_id = l.id and p.batch_id = %s))
"""


@dataclass(frozen=True, slots=True)
class BatchCount:
    """Households: who bought, who says it is bad (claims count), who says it is not."""

    buyers: int
    yes: int
    no: int


def needed(buyers: int) -> int:
    """So many households make an incident: three, or a tenth of the buyers, but never one alone."""
    return max(LEAST, min(ENOUGH, -(-buyers // TENTH)))


def batch_count(offer_id: int, batch_id: int | None = None, *, question_id: int = 0) -> BatchCount:
    """One statement; without a question nobody has answered. Claims that were withdrawn or refused
    do not count."""
    with connection.cursor() as cursor:
        claims = list(OPEN_OR_GRANTED)
        cursor.execute(_COUNT, [question_id, claims, offer_id, batch_id, batch_id])
        return BatchCount(*cursor.fetchone())


def count_of(question: BatchQuestion) -> BatchCount:
    """What the buyers of its batch say by now. One statement."""
    return batch_count(question.offer_id, question.batch_id, question_id=question.pk)


def bought(question: BatchQuestion) -> QuerySet[OrderLine]:
    """The live lines that got of the batch a question is about."""
    lines = OrderLine.objects.live().filter(offer_id=question.offer_id, billed_quantity__gt=0)
    if question.batch_id is None:
        return lines
    parts = BatchPart.objects.filter(batch_id=question.batch_id)
    return lines.filter(pk__in=parts.values("line_id"))


@dataclass(frozen=True, slots=True)
class BoughtLine:
    """A line of hers: what she said of it, and whether she claimed it back."""

    id: int
    order_id: int
    quantity: Decimal
    collected: bool
    claimed: bool
    same: bool | None


@dataclass(frozen=True, slots=True)
class QuestionPage:
    id: int
    item: str
    unit: str
    lot: str
    round_id: int
    round_title: str
    merchant: str
    reason: str
    asked_at: datetime
    closes_at: datetime
    is_open: bool
    count: BatchCount
    needed: int
    incident: Incident | None
    hold: Hold | None
    waiting: int
    lines: tuple[BoughtLine, ...]

    @property
    def stopped(self) -> bool:
        return self.hold is not None and self.hold.stands


def question_page(
    question: BatchQuestion, lines: QuerySet[OrderLine], *, at: datetime
) -> QuestionPage:
    """`lines`: those she may answer for. Six statements."""
    incident = (
        Incident.objects.filter(question_id=question.pk).select_related("hold__released_by").first()
    )
    hold = incident.hold if incident else None
    hers = list(bought(question).filter(pk__in=lines.values("pk")).order_by("pk"))
    ids = [line.pk for line in hers]
    said = dict(
        BatchAnswer.objects.filter(question_id=question.pk, line_id__in=ids).values_list(
            "line_id", "same"
        )
    )
    claimed = set(
        Return.objects.filter(line_id__in=ids, status__in=OPEN_OR_GRANTED).values_list(
            "line_id", flat=True
        )
    )
    count = count_of(question)
    return QuestionPage(
        id=question.pk,
        item=question.offer.name,
        unit=question.offer.unit,
        lot=question.batch.lot if question.batch else "",
        round_id=question.round_id,
        round_title=question.round.title,
        merchant=question.round.merchant.brand,
        reason=str(question.first.get_reason_display()),
        asked_at=question.asked_at,
        closes_at=question.closes_at,
        is_open=at <= question.closes_at and (hold is None or hold.stands),
        count=count,
        needed=needed(count.buyers),
        incident=incident,
        hold=hold,
        waiting=not_collected(question.offer_id, hold.batch_id if hold else None),
        lines=tuple(
            BoughtLine(
                id=line.pk,
                order_id=line.order_id,
                quantity=line.billed_quantity,
                collected=line.collected_quantity > 0,
                claimed=line.pk in claimed,
                same=said.get(line.pk),
            )
            for line in hers
        ),
    )


def not_collected(offer_id: int, batch_id: int | None = None) -> int:
    """Orders in whose bag some of it, or of one batch, still waits. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from orders_orderline l join orders_order o on o.id = l.order_id"
            " where l.offer_id = %s and o.status <> 'cancelled'"
            " and l.collected_quantity < l.billed_quantity and (%s::bigint is null or exists"
            " (select from orders_batchpart p where p.line_id = l.id and p.batch_id = %s))",
            [offer_id, batch_id, batch_id],
        )
        return int(cursor.fetchone()[0])
