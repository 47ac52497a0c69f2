"""What the news of a batch needs: for handlers, one query each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, Q, Subquery

from groups.models import Mandate
from merchants.models import MerchantStaff
from orders.models import BatchPart, BatchQuestion, Incident, Offer, Order, OrderLine, Round
from orders.queries.incidents import bought
from orders.queries.notices import by_buyer, collector, rows_of


@dataclass(frozen=True, slots=True)
class BatchNews:
    """A batch with round and group at hand, and the accounts of those it concerns."""

    question: BatchQuestion
    offer: Offer
    round: Round
    slug: str
    asker_id: int | None
    initiator_id: int | None
    staff_ids: list[int]


def batch_news(question_id: int) -> BatchNews:
    in_office = Mandate.objects.filter(group_id=OuterRef("group_id"), ended_at__isnull=True)
    staff = MerchantStaff.objects.filter(merchant_id=OuterRef("round__merchant_id"))
    question: Any = (
        BatchQuestion.objects.select_related("round__group", "offer", "first__requested_by")
        .annotate(
            initiator_user_id=Subquery(in_office.values("membership__user_id")[:1]),
            staff_ids=ArraySubquery(staff.order_by("pk").values("user_id")),
        )
        .get(pk=question_id)
    )
    return BatchNews(
        question=question,
        offer=question.offer,
        round=question.round,
        slug=question.round.group.slug,
        asker_id=question.first.requested_by.user_id,
        initiator_id=question.initiator_user_id,
        staff_ids=question.staff_ids,
    )


def buyers_of(question: BatchQuestion) -> list[int]:
    """The accounts of those whose orders hold some of it."""
    orders = Order.objects.filter(pk__in=bought(question).values("order_id"))
    return [buyer.user_id for buyer in by_buyer(rows_of(orders))]


def waiting_for(question: BatchQuestion) -> list[int]:
    """The accounts of those who fetch a bag in which some of the stopped goods still wait."""
    left = OrderLine.objects.live().filter(
        offer_id=question.offer_id, collected_quantity__lt=F("billed_quantity")
    )
    if question.batch_id is not None:
        mine = BatchPart.objects.filter(batch_id=question.batch_id)
        found = Incident.objects.filter(question=question, hold__batch__isnull=True)
        left = left.filter(Q(pk__in=mine.values("line_id")) | Q(Exists(found)))
    orders = Order.objects.filter(pk__in=left.values("order_id"))
    return [buyer.user_id for buyer in by_buyer(rows_of(orders, account=collector()))]
