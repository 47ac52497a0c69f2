"""What waits for whom at settlements: for the console and the shop's own pages (O12)."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from orders.models import (
    Party,
    Payee,
    Posting,
    Round,
    RoundStatus,
    Settlement,
    SettlementPart,
    SettlementWord,
    WordKind,
)
from orders.queries.settlements import TELLING


def waiting_for_shop(merchant_id: int) -> dict[int, int]:
    """{group: settlements that this merchant has not confirmed as they stand}. One statement."""
    parts = _unconfirmed(Party.MERCHANT).filter(settlement__round__merchant_id=merchant_id)
    return dict(parts.values_list("group_id").annotate(Count("pk")))


def settlements_open(group_id: int) -> tuple[int, int]:
    """(completed rounds without a statement, statements the initiator has not confirmed as they
    stand). Two statements."""
    drawn = Settlement.objects.filter(round_id=OuterRef("pk"))
    completed = Round.objects.of_group(group_id).filter(status=RoundStatus.COMPLETED)
    waiting = _unconfirmed(Party.INITIATOR).filter(group_id=group_id)
    return completed.exclude(Exists(drawn)).count(), waiting.count()


def still_open(group_id: int) -> Q:
    """Of settlements: those that a side has not confirmed as they stand, and those of which money
    has still to go over. A condition, no statement."""
    unread = [
        Q(pk__in=_unconfirmed(party).filter(group_id=group_id).values("settlement_id"))
        for party in Party
    ]
    owed = [Q(payee=payee, round_id__in=_uneven(group_id, payee)) for payee in TELLING]
    return reduce(or_, unread + owed)


def _uneven(group_id: int, payee: Payee) -> QuerySet[Posting, Any]:
    """Rounds of which money has still to go over, were this their payee."""
    held = Posting.objects.filter(group_id=group_id, account__in=TELLING[payee])
    owed = held.order_by().values("round_id").annotate(fen=Sum("amount_fen")).exclude(fen=0)
    return owed.values("round_id")


def _unconfirmed(party: Party) -> QuerySet[SettlementPart]:
    """The last parts of what this side has not confirmed as it stands now."""
    newer = SettlementPart.objects.filter(
        settlement_id=OuterRef("settlement_id"), number__gt=OuterRef("number")
    )
    yes = SettlementWord.objects.filter(
        settlement_id=OuterRef("settlement_id"),
        kind=WordKind.CONFIRMED,
        party=party,
        content_hash=OuterRef("content_hash"),
    )
    return SettlementPart.objects.exclude(Exists(newer)).exclude(Exists(yes))
