"""Returns as lists and as one timeline that both sides see (O11)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Case, Count, IntegerField, QuerySet, Sum, Value, When

from orders.models import (
    OrderLine,
    ProvisionalCredit,
    Return,
    ReturnPhoto,
    ReturnReason,
    ReturnStatus,
    Wish,
)
from orders.queries.timelines import Step, Story, story_of
from tuangou.core import money

PAGE = 50


@dataclass(frozen=True, slots=True)
class ReturnRow:
    id: int
    code: str
    round_id: int
    round_title: str
    merchant: str
    order_id: int
    door: str
    building: str
    nickname: str
    item: str
    quantity: Decimal
    unit: str
    reason: str
    wish: str
    text: str
    status: str
    status_label: str
    requested_at: datetime
    answer_due_at: datetime
    decide_due_at: datetime
    accepted_fen: int | None
    decision: str
    photos: int

    @property
    def is_open(self) -> bool:
        return self.status == ReturnStatus.REQUESTED


@dataclass(frozen=True, slots=True)
class ReturnsPage:
    rows: tuple[ReturnRow, ...]
    counts: Mapping[str, int]
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class ReturnView:
    row: ReturnRow
    most_fen: int
    photo_ids: tuple[int, ...]
    story: Story
    in_kind: bool
    credited_fen: int

    @property
    def steps(self) -> tuple[Step, ...]:
        return self.story.steps


def most_accepted(line: OrderLine, quantity: Decimal) -> int:
    """Fen that a return of this quantity may be accepted for: what it was billed.

    Several returns of one line never add up to more than the line, however each is rounded.
    """
    price = line.final_unit_price_fen or line.unit_price_fen
    granted = Return.objects.counted().filter(line_id=line.pk).aggregate(fen=Sum("accepted_fen"))
    left: int = line.billed_fen - (granted["fen"] or 0)
    return max(0, min(money.times(quantity, price), left))


def returns_page(
    group_id: int,
    *,
    status: str = "",
    round_id: int | None = None,
    merchant_id: int | None = None,
    page: int = 1,
) -> ReturnsPage:
    """Returns of a group, a round or a merchant: undecided first, then the newest. Two queries."""
    returns = Return.objects.of_group(group_id)
    if merchant_id is not None:
        returns = returns.filter(round__merchant_id=merchant_id)
    if round_id is not None:
        returns = returns.filter(round_id=round_id)
    counts = Counter(
        dict(returns.values_list("status").annotate(n=Count("pk")).values_list("status", "n"))
    )
    if status in ReturnStatus.values:
        returns = returns.filter(status=status)
    found = counts[status] if status in ReturnStatus.values else counts.total()
    pages = max(1, -(-found // PAGE))
    page = min(max(1, page), pages)
    rows = _rows(returns)[(page - 1) * PAGE : page * PAGE]
    return ReturnsPage(tuple(_row(ret) for ret in rows), counts, page, pages)


def returns_of_order(order_id: int) -> list[ReturnRow]:
    """Returns of one order, oldest first. One query."""
    rows = _rows(Return.objects.filter(order_id=order_id)).order_by("number")
    return [_row(ret) for ret in rows]


def return_view(return_id: int) -> ReturnView:
    """One return with pictures and timeline, a constant number of queries. Who may see it is
    answered by access."""
    ret = _rows(Return.objects.filter(pk=return_id)).get()
    story = story_of(ret)
    photos = ReturnPhoto.objects.filter(ret_id=ret.pk).order_by("position")
    credit = ProvisionalCredit.objects.filter(ret_id=ret.pk, ended_at__isnull=True).first()
    return ReturnView(
        row=_row(ret),
        most_fen=most_accepted(ret.line, ret.quantity),
        photo_ids=tuple(photos.values_list("pk", flat=True)),
        story=story,
        in_kind=any(
            ret.accepted_fen and event.data["credited_fen"] == 0
            for event in story.events
            if event.kind == "return.accepted"
        ),
        credited_fen=credit.amount_fen if credit else 0,
    )


def _rows(returns: QuerySet[Return]) -> QuerySet[Return]:
    undecided_first = Case(
        When(status=ReturnStatus.REQUESTED, then=Value(0)),
        default=Value(1),
        output_field=IntegerField(),
    )
    return (
        returns.select_related("round__merchant", "order", "line__offer", "requested_by")
        .annotate(photo_count=Count("photos"))
        .order_by(undecided_first, "-requested_at", "-pk")
    )


def _row(ret: Return) -> ReturnRow:
    photo_count: int = getattr(ret, "photo_count", 0)
    return ReturnRow(
        id=ret.pk,
        code=f"{ret.round.remark_code(ret.order.number)}-{ret.number}",
        round_id=ret.round_id,
        round_title=ret.round.title,
        merchant=ret.round.merchant.brand,
        order_id=ret.order_id,
        door=ret.order.door,
        building=ret.order.building,
        nickname=ret.order.nickname,
        item=ret.line.offer.name,
        quantity=ret.quantity,
        unit=ret.line.offer.unit,
        reason=str(ReturnReason(ret.reason).label),
        wish=str(Wish(ret.wish).label),
        text=ret.text,
        status=ret.status,
        status_label=str(ReturnStatus(ret.status).label),
        requested_at=ret.requested_at,
        answer_due_at=ret.answer_due_at,
        decide_due_at=ret.decide_due_at,
        accepted_fen=ret.accepted_fen,
        decision=ret.decision,
        photos=photo_count,
    )
