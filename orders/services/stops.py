"""The sale of one item stopped at once in all rounds of a group, and let go again (R2).

What was sold of it before stays in the bags (orders.services.stopped_bags).

Lock order: group, rounds by id, offers by id, then what the waiting list takes. Placing takes an
offer's row, and reads its `stopped_at` there: who is first is first, nobody after.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from groups.models import Group
from orders.models import (
    Hold,
    HoldKind,
    Offer,
    OrderLine,
    Round,
    RoundStatus,
    SaleStop,
)
from orders.services import stopped_bags, waiting
from tuangou.core import clock, events, rows

# Rounds that may still take an order, or take them again; a draft is checked when it opens.
SELLING = (RoundStatus.OPEN, RoundStatus.CLOSED)


@transaction.atomic
def stop_sale(
    *,
    group_id: int,
    item_id: int,
    complaint_no: int,
    user_id: int | None,
    at: datetime,
    found: bool = False,
) -> SaleStop:
    """No orders of this item from now on, in open rounds and new ones, and no bag of it is handed
    out. Twice is once; what was let go since is stopped again.

    `found`: the ruling says that it is unsafe; from then on the initiator decides about the bags.
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
        stop.stopped_at, stop.lifted_at, stop.found_at = at, None, None
        rows.update(stop, "stopped_at", "lifted_at", "found_at")
    if found:
        _find(stop, at)
    if made or again:
        rounds = _lock_rounds(group_id, item_id)
        _mark(group_id, item_id, at)
        for rnd in rounds:
            stopped_bags.hold_bags(rnd=rnd, item_id=item_id, at=at)
        _tell("sale.stopped", stop, user_id, at)
    return stop


@transaction.atomic
def lift_stop(
    *, group_id: int, complaint_no: int, user_id: int | None, at: datetime, found: bool = False
) -> bool:
    """The ruling lets the goods go, first to who waits for them (O5); whether the sale was stopped.
    They stay stopped while another complaint's stop stands.

    `found`: it is sold again although it was found unsafe, of one batch alone, say; what is in the
    bags by now stays there until the initiator decides about it.
    """
    Group.objects.lock(group_id)
    of_it = SaleStop.objects.filter(group_id=group_id, complaint_no=complaint_no)
    stop = of_it.first()
    if stop is None:
        return False
    stood = stop.lifted_at is None
    stop.lifted_at = stop.lifted_at or at
    rows.update(stop, "lifted_at")
    if found:
        _find(stop, at)
    else:
        of_it.update(found_at=None)
    if not SaleStop.objects.standing(group_id).filter(item_id=stop.item_id).exists():
        _let_go(stop, at, bags=not found)
    if stood:
        _tell("sale.resumed", stop, user_id, at)
    return stood


def _find(stop: SaleStop, at: datetime) -> None:
    stop.found_at = stop.found_at or at
    rows.update(stop, "found_at")


def _let_go(stop: SaleStop, at: datetime, *, bags: bool) -> None:
    """No stop of these goods stands any more."""
    rounds = _lock_rounds(stop.group_id, stop.item_id, stopped=True)
    _mark(stop.group_id, stop.item_id, None)
    for rnd in rounds if bags else ():
        stopped_bags.let_bags_go(rnd=rnd, item_id=stop.item_id, at=at)
    _serve(stop.group_id, stop.item_id)


def _lock_rounds(group_id: int, item_id: int, *, stopped: bool = False) -> list[Round]:
    """Hold the rounds in which it is sold, or waits in a bag (`stopped`: was stopped), by id; and
    turn their version, so that a page that is kept shows it."""
    offers = Offer.objects.filter(group_id=group_id, item_id=item_id)
    held = Hold.objects.filter(
        offer_id=OuterRef("pk"), kind=HoldKind.COMPLAINT, released_at__isnull=True
    )
    waits = OrderLine.objects.live().filter(
        offer_id=OuterRef("pk"), collected_quantity__lt=F("billed_quantity")
    )
    of_those = (RoundStatus.DRAFT, *SELLING, *stopped_bags.FILLING)
    late = (RoundStatus.COMPLETED, RoundStatus.SETTLED)
    scope = (
        Q(stopped_at__isnull=False) | Exists(held)
        if stopped
        else Q(round__status__in=of_those) | Q(Exists(waits), round__status__in=late)
    )
    ids = sorted(set(offers.filter(scope).values_list("round_id", flat=True)))
    rounds = [Round.objects.lock(pk) for pk in ids]
    for pk in ids:
        Round.objects.bump(pk)
    return rounds


def _mark(group_id: int, item_id: int, at: datetime | None) -> None:
    """Write it on the offers of all rounds that sell, or take it off wherever it stands, also where
    the cut-off came since. The rounds are held."""
    offers = Offer.objects.filter(group_id=group_id, item_id=item_id)
    if at is None:
        offers = offers.filter(stopped_at__isnull=False)
    else:
        offers = offers.filter(round__status__in=(RoundStatus.DRAFT, *SELLING))
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
