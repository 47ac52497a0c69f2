"""The shop of the month: the best standing at its end, by the published rule (R7).

Among shops that sell here, with so many completed rounds whose cut-off lay in the month, in band
good, without an upheld complaint or a sanction in it. Equal scores: more rounds, then who came
first. Published with the month's summary, once.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Count

from groups.models import Group
from merchants.models import Application, ApplicationStatus, Band
from orders.models import Round, RoundStatus
from reputation.models import Entry, Kind, Recognition, Sanction, Subject
from reputation.models.sanctions import SanctionStatus
from reputation.queries.consequences import table_at
from reputation.queries.formula import standing
from reputation.queries.standings import entries_about
from tuangou.core import clock, events

ENDED = (RoundStatus.COMPLETED, RoundStatus.SETTLED)


@transaction.atomic
def recognise(*, group_id: int, month: date) -> Recognition | None:
    """Write down the shop of a month, once; None where nobody meets the rule."""
    group = Group.objects.lock(group_id)
    if Recognition.objects.filter(group=group, month=month).exists():
        return None
    end = _end_of(group, month)
    table = table_at(group_id, end)
    rounds = _rounds(group_id, month, at_least=table.month_rounds)
    ranked = []
    for merchant_id, application_id, n in _eligible(group, month, end, rounds):
        found = standing(entries_about(group_id, Subject.MERCHANT, merchant_id), end)
        if found.band == Band.GOOD:
            ranked.append((-found.score_bp, -n, application_id, merchant_id))
    if not ranked:
        return None
    score, n, application_id, merchant_id = min(ranked)
    at = clock.now()
    made = Recognition.objects.create(
        group=group,
        merchant_id=merchant_id,
        month=month,
        rounds=-n,
        score_bp=-score,
        table_version=table.version,
        made_at=at,
    )
    Application.objects.filter(pk=application_id).update(recognised_month=month)
    events.publish(
        "merchant.recognised",
        group_id=group_id,
        subject_id=made.pk,
        actor_id=None,
        at=at,
        merchant=merchant_id,
    )
    return made


def _end_of(group: Group, month: date) -> datetime:
    """The first moment of the next month, in the group's time."""
    following = (month + timedelta(days=32)).replace(day=1)
    return datetime.combine(following, time(), tzinfo=group.zone)


def _rounds(group_id: int, month: date, *, at_least: int) -> dict[int, int]:
    ended = Round.objects.of_group(group_id).filter(month=month, status__in=ENDED)
    counted = ended.order_by().values_list("merchant_id").annotate(n=Count("pk"))
    return {merchant_id: n for merchant_id, n in counted if n >= at_least}


def _eligible(
    group: Group, month: date, end: datetime, rounds: dict[int, int]
) -> Iterable[tuple[int, int, int]]:
    """(merchant, approval, rounds) without an upheld complaint or sanction in the month."""
    begun = datetime.combine(month, time(), tzinfo=group.zone)
    book = Entry.objects.of_group(group.pk)
    struck = book.filter(corrects__isnull=False).values("corrects")
    ruled = book.filter(kind=Kind.RULING, at__gte=begun, at__lt=end).exclude(number__in=struck)
    blamed = set(ruled.values_list("merchant_id", flat=True))
    sanctions = Sanction.objects.filter(group=group, decided_at__gte=begun, decided_at__lt=end)
    standing_ones = sanctions.exclude(status=SanctionStatus.LIFTED)
    blamed |= set(standing_ones.values_list("merchant_id", flat=True))
    shops = Application.objects.of_group(group.pk).filter(
        merchant_id__in=rounds, status=ApplicationStatus.APPROVED
    )
    for merchant_id, pk in shops.values_list("merchant_id", "pk"):
        if merchant_id not in blamed:
            yield merchant_id, pk, rounds[merchant_id]
