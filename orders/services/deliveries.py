"""Goods arrive: whole, short, damaged, in batches; counted anew until the first bag is out (O9)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from groups.models import Membership
from orders.models import (
    Batch,
    BatchPart,
    CheckOff,
    Delivery,
    DeliveryLine,
    Hold,
    HoldKind,
    LaterArrival,
    Leftover,
    Round,
    RoundStatus,
    Shortfall,
    ShortfallKind,
)
from orders.models.deliveries import Due, Verdict
from orders.queries.deliveries import (
    ArrivalPlan,
    BadArrival,
    Came,
    PlannedOffer,
    lots_of,
    parts_of,
    plan_arrival,
)
from orders.queries.inspections import due_for
from orders.services import holds, inspections
from orders.services.inspections import Found
from orders.services.later_arrivals import end_waiting, wait_for_shares
from orders.services.shortfalls import rebill
from tuangou.core import clock, events, requests, rows
from tuangou.core.errors import DomainError

__all__ = [
    "BadArrival",
    "Came",
    "NotConfirmed",
    "NotCorrectable",
    "correct_arrival",
    "record_arrival",
]

Arrived = Mapping[int, Came | Decimal]
PER_STATEMENT = 500


class NotConfirmed(DomainError):
    code = "not_confirmed"
    rule = "O9"


class NotCorrectable(DomainError):
    """Bags are out, or somebody missed something on the spot: the count stands."""

    code = "not_correctable"
    rule = "O9"


def record_arrival(
    *,
    round_id: int,
    actor_id: int,
    delivered: Arrived,
    note: str = "",
    inspection: Found | None = None,
    helper_id: int | None = None,
    request_id: UUID,
) -> Delivery:
    """Record what came of a confirmed round, per offer id: a quantity, or Came with all of it (O9).

    An offer left out did not come. What is missing is shared out as each Came says, taken off the
    orders and credited in the same transaction; more than was ordered is written down and billed
    to nobody. Where an inspection is due and none is given, everything is held until it is done.
    By a helper's link (`helper_id`) what is short moves no money: it stays until `share_out`.
    Raises NotConfirmed, BadArrival, BadShares, BadInspection, Conflict.
    """
    actor = rows.get(Membership, actor_id)
    came = {pk: _came(one) for pk, one in sorted(delivered.items())}
    body = {"round": round_id, "delivered": _written(came), "note": note}
    if inspection is not None:
        body["inspection"] = inspections.told(inspection)
    if helper_id is not None:
        body["helper"] = helper_id
    return requests.once(
        group_id=actor.group_id,
        user_id=actor.user_id,
        key=request_id,
        act="round.arrive",
        body=body,
        work=lambda: _arrive(round_id, actor, came, note, inspection, helper_id),
        replay=lambda: Delivery.objects.get(group_id=actor.group_id, round_id=round_id),
    )


def correct_arrival(
    *, round_id: int, actor_id: int, delivered: Arrived, note: str = "", request_id: UUID
) -> Delivery:
    """Count a recorded arrival anew, up or down, while every bag is still there (O9).

    Shares start again from what was ordered; each order is credited or billed the difference.
    Raises NotCorrectable, BadArrival, BadShares, Conflict.
    """
    actor = rows.get(Membership, actor_id)
    came = {pk: _came(one) for pk, one in sorted(delivered.items())}
    return requests.once(
        group_id=actor.group_id,
        user_id=actor.user_id,
        key=request_id,
        act="round.recount",
        body={"round": round_id, "delivered": _written(came), "note": note},
        work=lambda: _correct(round_id, actor, came, note),
        replay=lambda: Delivery.objects.get(group_id=actor.group_id, round_id=round_id),
    )


def _arrive(
    round_id: int,
    actor: Membership,
    came: Mapping[int, Came],
    note: str,
    inspection: Found | None,
    helper_id: int | None,
) -> Delivery:
    rnd = Round.objects.lock(round_id)
    at = clock.now()
    if rnd.status != RoundStatus.CONFIRMED:
        raise NotConfirmed(
            _("这个团现在是「%(status)s」，成团后才能记到货，也只记一次。")
            % {"status": rnd.get_status_display()}
        )
    plan = plan_arrival(rnd, came, today=actor.group.local(at).date())
    due = due_for(rnd)
    delivery = Delivery.objects.create(
        group_id=rnd.group_id,
        round=rnd,
        recorded_by=actor,
        helper_id=helper_id,
        arrived_at=at,
        note=note,
        inspection_due=due,
    )
    waits = helper_id is not None and bool(plan.short)
    _write_lines(delivery, plan, by_helper=helper_id is not None)
    rnd.move_to(RoundStatus.ARRIVED, at=at)
    short = waits or _share(rnd, plan, actor, at)
    held = _inspect(rnd, delivery, actor, inspection, at)
    events.publish(
        "round.arrived",
        group_id=rnd.group_id,
        subject_id=rnd.pk,
        actor_id=actor.user_id,
        at=at,
        delivery=delivery.pk,
        **({"short": True} if short else {}),
        **({"held": True} if held else {}),
        **({"unshared": True, "helper": helper_id} if waits else {}),
    )
    return delivery


def _share(rnd: Round, plan: ArrivalPlan, actor: Membership, at: datetime) -> bool:
    """Take off what is missing. Whether anything was."""
    if not plan.short:
        return False
    kind = ShortfallKind.DELIVERY
    return rebill(rnd=rnd, kind=kind, billed=plan.billed(), at=at, actor=actor) is not None


def _inspect(
    rnd: Round, delivery: Delivery, actor: Membership, found: Found | None, at: datetime
) -> bool:
    """Write down the inspection that came along, or hold everything for one that is due.

    Whether everything is held afterwards.
    """
    if found is not None and found.if_due and not delivery.inspection_due:
        return False
    if found is not None:
        made = inspections.inspect(rnd=rnd, delivery=delivery, actor=actor, found=found, at=at)
        return made.verdict == Verdict.FAILED and not found.failed
    if not delivery.inspection_due:
        return False
    holds.stop(
        rnd=rnd,
        offer_id=None,
        kind=HoldKind.INSPECTION,
        reason=_("等验货：%(why)s") % {"why": Due(delivery.inspection_due).label},
        actor=None,
        at=at,
    )
    return True


def _correct(round_id: int, actor: Membership, came: Mapping[int, Came], note: str) -> Delivery:
    rnd = Round.objects.lock(round_id)
    at = clock.now()
    delivery = Delivery.objects.filter(round_id=round_id).first()
    if rnd.status != RoundStatus.ARRIVED or delivery is None:
        raise NotCorrectable(
            _("这个团现在是「%(status)s」，到货以后、结团以前才能更正。")
            % {"status": rnd.get_status_display()}
        )
    _check_all_there(rnd, delivery)
    plan = plan_arrival(rnd, came, today=actor.group.local(delivery.arrived_at).date(), again=True)
    rebill(rnd=rnd, kind=ShortfallKind.CORRECTION, billed=plan.billed(), at=at, actor=actor)
    lines = DeliveryLine.objects.filter(delivery=delivery)
    BatchPart.objects.filter(batch__delivery_line__in=lines).delete()
    Batch.objects.filter(delivery_line__in=lines).delete()
    lines.delete()
    _write_lines(delivery, plan)
    end_waiting(rnd, actor, at)
    delivery.note, delivery.corrected_at = note, at
    delivery.save(update_fields=["note", "corrected_at"])
    events.publish(
        "round.recounted",
        group_id=rnd.group_id,
        subject_id=rnd.pk,
        actor_id=actor.user_id,
        at=at,
        delivery=delivery.pk,
    )
    return delivery


def _check_all_there(rnd: Round, delivery: Delivery) -> None:
    """No bag is out or gone, nothing was taken off one by one, no second car.

    Raises NotCorrectable.
    """
    if CheckOff.objects.filter(order__round_id=rnd.pk, undone_at__isnull=True).exists():
        raise NotCorrectable(
            _("已经有人取走货，到货不能再改。少了的在自提台记缺货，多了的当面补。")
        )
    one_by_one = (ShortfallKind.SPOT, ShortfallKind.WITHDRAWN)
    if Shortfall.objects.filter(round_id=rnd.pk, kind__in=one_by_one).exists():
        raise NotCorrectable(_("已经有人记过缺货或撤下的货，到货不能再改。少了的在自提台记缺货。"))
    if Leftover.objects.gone_of(rnd.pk).exists():
        raise NotCorrectable(
            _("没人取的已经有让出去或退回商家的，到货不能再改。少了的在自提台记缺货。")
        )
    if LaterArrival.objects.filter(delivery=delivery).exists():
        raise NotCorrectable(_("后来又到过一车，第一车不能再改。少了的在自提台记缺货。"))
    if Hold.objects.filter(round_id=rnd.pk, batch__isnull=False).exists():
        raise NotCorrectable(_("有一批停发过，到货不能再改。少了的在自提台记缺货。"))


def _write_lines(delivery: Delivery, plan: ArrivalPlan, *, by_helper: bool = False) -> None:
    """What came of each offer, its batches, and which line got which; what is short and counted
    by a helper is nobody's yet and stays."""
    lines = [_line(delivery, planned, by_helper=by_helper) for planned in plan.offers]
    rows.insert(lines)
    for line in lines:
        if line.unshared is not None:
            wait_for_shares(delivery.round, line.offer_id, delivery.arrived_at)
    with_lots = [(line, one) for line, one in zip(lines, plan.offers, strict=True) if one.came.lots]
    if not with_lots:
        return
    batches = [batch for line, planned in with_lots for batch in _batches(line, planned)]
    rows.insert(batches)
    made = {(batch.delivery_line_id, batch.lot): batch for batch in batches}
    BatchPart.objects.bulk_create(
        (
            BatchPart(
                group_id=delivery.group_id,
                batch=made[line.pk, lot],
                line_id=line_id,
                quantity=quantity,
            )
            for line, planned in with_lots
            if line.unshared is None
            for lot, parts in parts_of(planned).items()
            for line_id, quantity in parts.items()
        ),
        batch_size=PER_STATEMENT,
    )


def _line(delivery: Delivery, planned: PlannedOffer, *, by_helper: bool) -> DeliveryLine:
    waits = by_helper and bool(planned.short)
    return DeliveryLine(
        group_id=delivery.group_id,
        delivery=delivery,
        offer=planned.offer,
        ordered=planned.ordered,
        delivered=planned.came.quantity,
        weighed=planned.came.weighed,
        damaged=planned.came.damaged,
        sharing=planned.came.sharing if planned.short and not waits else "",
        unshared=planned.came.fit if waits else None,
        note=planned.came.note,
    )


def _batches(line: DeliveryLine, planned: PlannedOffer) -> list[Batch]:
    quantities = lots_of(planned.came)
    return [
        Batch(
            group_id=line.group_id,
            delivery_line=line,
            lot=lot.lot,
            quantity=quantities[lot.lot],
            produced_on=lot.produced_on,
            expires_on=lot.expires_on,
        )
        for lot in planned.came.lots
    ]


def _came(one: Came | Decimal) -> Came:
    return one if isinstance(one, Came) else Came(one)


def _written(came: Mapping[int, Came]) -> dict[str, object]:
    return {str(pk): one.written() for pk, one in came.items()}
