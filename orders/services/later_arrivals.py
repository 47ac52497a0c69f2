"""The rest of a short delivery on another car, and the sharing out of what a helper counted (O9).

Goods that come later are added to what came before. Nobody gets more than she ordered; bags that
are out are opened again, so that the rest can be fetched.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import F, Max, Sum
from django.utils.translation import gettext as _

from groups.models import Membership
from orders.models import (
    Batch,
    BatchPart,
    Delivery,
    DeliveryLine,
    Hold,
    HoldKind,
    LaterArrival,
    Order,
    OrderLine,
    OrderStatus,
    Round,
    RoundStatus,
    Sharing,
    ShortfallKind,
)
from orders.models.deliveries import Due
from orders.queries.deliveries import (
    ZERO,
    ArrivalPlan,
    Came,
    PlannedOffer,
    lots_of,
    take,
)
from orders.queries.later_arrivals import plan_later, plan_sharing
from orders.services import holds
from orders.services.shortfalls import rebill
from tuangou.core import clock, events, requests, rows
from tuangou.core.errors import DomainError


class NothingFollows(DomainError):
    """Nothing has arrived yet, or the round is over."""

    code = "nothing_follows"
    rule = "O9"


class NothingToShare(DomainError):
    """Shared out already, or nothing was counted by a helper."""

    code = "nothing_to_share"
    rule = "O9"


def record_later(
    *,
    round_id: int,
    actor_id: int,
    delivered: Mapping[int, Came],
    helper_id: int | None = None,
    request_id: UUID,
) -> Delivery:
    """Add what came later to a recorded delivery, per offer id (O9).

    Shared out among those who lack some of it and billed to them, in one transaction; by a helper,
    or where nothing was shared out so far, it waits for `share_out`. Where the delivery has to be
    inspected, these goods stay until this car was, too (O16). Raises NothingFollows, BadArrival,
    BadShares.
    """
    actor = rows.get(Membership, actor_id)
    came = dict(sorted(delivered.items()))
    return requests.once(
        group_id=actor.group_id,
        user_id=actor.user_id,
        key=request_id,
        act="round.arrive_later",
        body={
            "round": round_id,
            "helper": helper_id,
            "delivered": {str(pk): one.written() for pk, one in came.items()},
        },
        work=lambda: _later(round_id, actor, came, helper_id),
        replay=lambda: Delivery.objects.get(group_id=actor.group_id, round_id=round_id),
    )


def share_out(
    *, round_id: int, actor_id: int, ways: Mapping[int, Came], request_id: UUID
) -> Delivery:
    """Share out what a helper counted: credit what is missing, bill what came after all (O9).

    `ways`: how, by offer id (sharing and shares); in the order of asking where none is named.
    Everything that waits is shared out at once, and its stops end. Raises NothingToShare,
    BadArrival, BadShares.
    """
    actor = rows.get(Membership, actor_id)
    ways = dict(sorted(ways.items()))
    return requests.once(
        group_id=actor.group_id,
        user_id=actor.user_id,
        key=request_id,
        act="round.share_out",
        body={
            "round": round_id,
            "ways": {str(pk): way.written() for pk, way in ways.items()},
        },
        work=lambda: _share_out(round_id, actor, ways),
        replay=lambda: Delivery.objects.get(group_id=actor.group_id, round_id=round_id),
    )


def wait_for_shares(rnd: Round, offer_id: int, at: datetime) -> None:
    """Nobody takes of a short offer before it is settled who gets how much."""
    holds.stop(
        rnd=rnd,
        offer_id=offer_id,
        kind=HoldKind.SHARES,
        reason=str(HoldKind.SHARES.label),
        actor=None,
        at=at,
    )


def end_waiting(rnd: Round, actor: Membership, at: datetime) -> None:
    """Every short offer of this round is shared out now."""
    standing = Hold.objects.standing(rnd.pk).filter(kind=HoldKind.SHARES)
    for held in standing.order_by("pk"):
        holds.let_go(held=held, actor=actor, reason=_("分好了"), at=at, to_fetch=False)


def _arrived(round_id: int) -> tuple[Round, Delivery, datetime]:
    rnd = Round.objects.lock(round_id)
    at = clock.now()
    delivery = Delivery.objects.filter(round_id=round_id).first()
    if rnd.status != RoundStatus.ARRIVED or delivery is None:
        raise NothingFollows(
            _("这个团现在是「%(status)s」，到货以后、结团以前才能再记一车。")
            % {"status": rnd.get_status_display()}
        )
    return rnd, delivery, at


def _later(
    round_id: int, actor: Membership, came: Mapping[int, Came], helper_id: int | None
) -> Delivery:
    rnd, delivery, at = _arrived(round_id)
    plan = plan_later(rnd, came, today=actor.group.local(at).date())
    last = LaterArrival.objects.filter(delivery=delivery).aggregate(n=Max("car"))["n"]
    car = (last or 1) + 1
    rows.insert([_row(delivery, one, car, actor, helper_id, at) for one in plan.offers])
    lines = {line.offer_id: line for line in DeliveryLine.objects.filter(delivery=delivery)}
    made: dict[int, list[Batch]] = {}
    for one in plan.offers:
        made[one.offer.pk] = _add(lines[one.offer.pk], one, waits=helper_id is not None)
    settled = [one for one in plan.offers if lines[one.offer.pk].unshared is None]
    _bill(rnd, ArrivalPlan(tuple(settled)), lines, ShortfallKind.LATER, actor, at)
    _inspect_later(rnd, delivery, plan, made, car, at)
    waits = len(settled) < len(plan.offers)
    Round.objects.bump(rnd.pk)
    events.publish(
        "round.arrived_later",
        group_id=rnd.group_id,
        subject_id=rnd.pk,
        actor_id=actor.user_id,
        at=at,
        delivery=delivery.pk,
        car=car,
        **({"helper": helper_id} if helper_id else {}),
        **({"unshared": True} if waits else {}),
    )
    return delivery


def _share_out(round_id: int, actor: Membership, ways: Mapping[int, Came]) -> Delivery:
    rnd, delivery, at = _arrived(round_id)
    plan = plan_sharing(rnd, ways)
    if not plan.offers:
        raise NothingToShare(_("没有要分的了。刷新页面看看。"))
    found = DeliveryLine.objects.filter(delivery=delivery, unshared__isnull=False)
    lines = {line.offer_id: line for line in found}
    first = any(not line.sharing for line in lines.values())
    _bill(rnd, plan, lines, ShortfallKind.DELIVERY if first else ShortfallKind.LATER, actor, at)
    for one in plan.offers:
        line = lines[one.offer.pk]
        line.unshared, line.sharing = None, one.came.sharing
        line.save(update_fields=["unshared", "sharing"])
    end_waiting(rnd, actor, at)
    Round.objects.bump(rnd.pk)
    events.publish(
        "round.shared_out",
        group_id=rnd.group_id,
        subject_id=rnd.pk,
        actor_id=actor.user_id,
        at=at,
        delivery=delivery.pk,
    )
    return delivery


def _row(
    delivery: Delivery,
    one: PlannedOffer,
    car: int,
    actor: Membership,
    helper_id: int | None,
    at: datetime,
) -> LaterArrival:
    return LaterArrival(
        group_id=delivery.group_id,
        delivery=delivery,
        offer=one.offer,
        car=car,
        delivered=one.came.quantity,
        weighed=one.came.weighed,
        damaged=one.came.damaged,
        note=one.came.note,
        by=actor,
        helper_id=helper_id,
        at=at,
    )


def _add(line: DeliveryLine, one: PlannedOffer, *, waits: bool) -> list[Batch]:
    """To what came before: scales count where either car was weighed. Its batches."""
    came, weighed = one.came, line.weighed is not None or one.came.weighed is not None
    if weighed:
        before = line.delivered if line.weighed is None else line.weighed
        line.weighed = before + (came.quantity if came.weighed is None else came.weighed)
    line.delivered += came.quantity
    line.damaged += came.damaged
    if waits or line.unshared is not None or (line.short and not line.sharing):
        if line.unshared is None:  # what came before is somebody's already, and stays hers
            line.sharing = line.sharing or Sharing.IN_ORDER
        line.unshared = (line.unshared or ZERO) + came.fit
    line.save(update_fields=["delivered", "weighed", "damaged", "sharing", "unshared"])
    return [_lot(line, lot.lot, one, lots_of(came)[lot.lot]) for lot in came.lots]


def _lot(line: DeliveryLine, name: str, one: PlannedOffer, quantity: Decimal) -> Batch:
    """A batch of the first car may go on with the next one."""
    lot = next(lot for lot in one.came.lots if lot.lot == name)
    dates = {"produced_on": lot.produced_on, "expires_on": lot.expires_on}
    batch, made = Batch.objects.get_or_create(
        group_id=line.group_id,
        delivery_line=line,
        lot=name,
        defaults={"quantity": quantity, **dates},
    )
    if not made:
        Batch.objects.filter(pk=batch.pk).update(quantity=F("quantity") + quantity)
    return batch


def _bill(
    rnd: Round,
    plan: ArrivalPlan,
    lines: Mapping[int, DeliveryLine],
    kind: ShortfallKind,
    actor: Membership,
    at: datetime,
) -> None:
    """What each gets is hers and billed; bags that were gone wait for their rest again."""
    rebill(rnd=rnd, kind=kind, billed=plan.billed(), at=at, actor=actor)
    for one in plan.offers:
        _hand_parts(lines[one.offer.pk], {s.line_id: s.gets for s in one.shares if s.gets})
    opened = Order.objects.filter(
        pk__in=OrderLine.objects.filter(
            pk__in=[share.line_id for one in plan.offers for share in one.shares],
            billed_quantity__gt=F("collected_quantity"),
        ).values("order_id"),
        status=OrderStatus.COLLECTED,
    )
    for order in Order.objects.lock_these(opened.values("pk")):
        order.move_to(OrderStatus.PARTLY_COLLECTED, at=at)


def _hand_parts(line: DeliveryLine, gets: dict[int, Decimal]) -> None:
    """Which line gets what of the batches that nobody has yet."""
    batches = Batch.objects.filter(delivery_line=line).annotate(given=Sum("parts__quantity"))
    queue = dict(gets)
    for batch in batches.order_by("pk"):
        left = batch.quantity - (batch.given or ZERO)
        for line_id, quantity in take(queue, left).items() if left > 0 else ():
            had = BatchPart.objects.filter(batch=batch, line_id=line_id)
            if not had.update(quantity=F("quantity") + quantity):
                BatchPart.objects.create(
                    group_id=line.group_id, batch=batch, line_id=line_id, quantity=quantity
                )


def _inspect_later(
    rnd: Round,
    delivery: Delivery,
    plan: ArrivalPlan,
    batches: Mapping[int, list[Batch]],
    car: int,
    at: datetime,
) -> None:
    """Goods of a delivery that has to be inspected stay, on a later car too, until somebody has
    looked at these: a batch alone where it is known by its number."""
    if not delivery.inspection_due:
        return
    why = Due(delivery.inspection_due).label
    reason = _("第 %(car)d 车等验货：%(why)s") % {"car": car, "why": why}
    for one in plan.offers:
        known: list[int | None] = [batch.pk for batch in batches[one.offer.pk]]
        for batch_id in known or [None]:
            holds.stop(
                rnd=rnd,
                offer_id=one.offer.pk,
                batch_id=batch_id,
                kind=HoldKind.INSPECTION,
                car=car,
                reason=reason,
                actor=None,
                at=at,
            )
