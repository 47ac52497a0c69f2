"""What a review of a ruling changes in the ledger: the first ruling's pages no longer count."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from reputation.models import Evidence, Ruling
from reputation.queries.complaint_facts import of_overturned, of_ruling, pages_of_ruling
from reputation.services import ledger


@transaction.atomic
def enter_review(*, ruling_id: int, at: datetime) -> None:
    """Strike out what the first ruling wrote, where the second says otherwise, and write down what
    it says instead; the mandate whose ruling was overturned bears it. Twice is once."""
    second = Ruling.objects.select_related("complaint").get(pk=ruling_id)
    first = Ruling.objects.select_related("complaint").get(
        complaint_id=second.complaint_id, instance=1
    )
    if (first.verdict, first.severity) == (second.verdict, second.severity):
        return
    for number in pages_of_ruling(first):
        ledger.strike_out(
            group_id=second.group_id,
            number=number,
            evidence=Evidence.RULING,
            evidence_id=second.pk,
            at=at,
        )
    facts = [*of_ruling(second, at=at, by=None), *of_overturned(first, second, at=at)]
    ledger.enter(group_id=second.group_id, facts=facts)
