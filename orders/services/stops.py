"""The sale of one item stopped at once in all rounds of a group, and let go again (R2).

Lock order: group, rounds by id, offers by id, then what the waiting list takes. Placing takes an
offer's row, and reads its `stopped_at` there: who is first is first, nobody after.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from groups.models import Group
from orders.models import Offer, Round, RoundStatus, SaleStop
from orders.services import waiting
from tuangou.core import clock, events, rows

# Rounds that may still take an order, or take them again; a draft is checked when it opens.
SELLING = (RoundStatus.OPEN, RoundStatus.CLOSED)


@transaction.atomic
def stop_sale(
    *, group_id: int, item_id: int, complaint_no: int, user_id: int | None, at: datetime
) -> SaleStop:
    """No orders of this item from now on, in open rounds and new ones. Twice is once; what was let
    go since is stopped again.

    The caller says which complaint; the group is locked here, before any round.
    """
    Group.objects.lock(group_id)
    stop, made = SaleStop.objects.get_or_create(
        group_id=group_id,
        item_id=item_id,
        complaint_no=complaint_no,
        defaults={"stopped_at": at},
    )
    again = stop.lifted_at is not None
    if again:
        stop.stopped_at, stop.lifted_at = at, None
        rows.update(stop, "stopped_at", "lifted_at")
    if made or again:
        _mark(group_id, item_id, at)
        _tell("sale.stopped", stop, user_id, at)
    return stop


@transaction.atomic
def lift_stop(*, group_id: int, complaint_no: int, user_id: int | None, at: datetime) -> bool:
    """The ruling lets the goods go, first to who waits for them (O5); whether anything was stopped.
    They stay stopped while another complaint's stop stands."""
    Group.objects.lock(group_id)
    stop = SaleStop.objects.standing(group_id).filter(complaint_no=complaint_no).first()
    if stop is None:
        return False
    stop.lifted_at = at
    rows.update(stop, "lifted_at")
    if not SaleStop.objects.standing(group_id).filter(item_id=stop.item_id).exists():
        _mark(group_id, stop.item_id, None)
        _serve(group_id, stop.item_id)
    _tell("sale.resumed", stop, user_id, at)
    return True


def _mark(group_id: int, item_id: int, at: datetime | None) -> None:
    """Write it on the offers of all rounds that sell, or take it off wherever it stands, also where
    the cut-off came since; and turn those rounds' version, so that a page that is kept shows it."""
    offers = Offer.objects.filter(group_id=group_id, item_id=item_id)
    if at is None:
        offers = offers.filter(stopped_at__isnull=False)
    else:
        offers = offers.filter(round__status__in=(RoundStatus.DRAFT, *SELLING))
    for round_id in sorted(set(offers.values_list("round_id", flat=True))):
        Round.objects.lock(round_id)
        Round.objects.bump(round_id)
    for offer_id in offers.order_by("pk").values_list("pk", flat=True):
        Offer.objects.filter(pk=offer_id).update(stopped_at=at)


def _serve(group_id: int, item_id: int) -> None:
    """What was freed while it was stopped went to nobody. The rounds are held."""
    waited_for = Offer.objects.filter(group_id=group_id, item_id=item_id, waiting__gt=0)
    at = clock.now()
    for offer in waited_for.select_related("round").order_by("round_id", "pk"):
        if offer.round.takes_orders(at):
            waiting.serve(rnd=offer.round, freed={offer.pk: offer.as_taken}, at=at)


def _tell(kind: str, stop: SaleStop, user_id: int | None, at: datetime) -> None:
    events.publish(
        kind,
        group_id=stop.group_id,
        subject_id=stop.pk,
        actor_id=user_id,
        at=at,
        item=stop.item_id,
        complaint_no=stop.complaint_no,
    )
