"""Goods looked at when they are unloaded, before anybody gets them (O16)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from groups.models import Membership
from orders.models import (
    Batch,
    BatchPart,
    Delivery,
    DeliveryLine,
    Hold,
    HoldKind,
    Inspection,
    Leftover,
    OrderLine,
    OrderStatus,
    Round,
    RoundStatus,
    Sharing,
    Shortfall,
    ShortfallKind,
    Verdict,
)
from orders.models.holds import FAILED
from orders.queries.inspections import checklist, needs_temperature
from orders.queries.unloading import Load, Part, load_of
from orders.services import holds
from orders.services.shortfalls import rebill
from tuangou.core import clock, events, requests, rows
from tuangou.core.errors import DomainError, InvalidInput


class NotInspectable(DomainError):
    """Not arrived, done already, or the bags are gone."""

    code = "not_inspectable"
    rule = "O16"


class BadInspection(InvalidInput):
    code = "bad_inspection"
    rule = "O16"


class NotHeld(DomainError):
    """Only goods that are stopped are withdrawn."""

    code = "not_held"
    rule = "O16"


@dataclass(frozen=True, slots=True)
class Found:
    """What was found. `failed`: offers that did not pass, `failed_batches`: of an offer that came
    in several only these; everything where a failed verdict names none.

    `if_due`: all was well, written down only where the rule asks; for playing what is long past.
    """

    verdict: str
    checks: Mapping[str, bool] = field(default_factory=dict)
    temperature: Decimal | None = None
    note: str = ""
    failed: frozenset[int] = frozenset()
    failed_batches: frozenset[int] = frozenset()
    if_due: bool = False


# What is played, and whoever needs nothing else of it.
ALL_WELL = Found(Verdict.PASSED, if_due=True)


def record_inspection(
    *, round_id: int, actor_id: int, found: Found, car: int = 1, request_id: UUID
) -> Inspection:
    """Write down what was found on a car of a round that arrived; what failed is stopped, else its
    goods go.

    Once per car, the first being 1. Raises NotInspectable, BadInspection.
    """
    actor = rows.get(Membership, actor_id)
    return requests.once(
        group_id=actor.group_id,
        user_id=actor.user_id,
        key=request_id,
        act="round.inspect",
        body={"round": round_id, **told(found), **({"car": car} if car > 1 else {})},
        work=lambda: _record(round_id, actor, found, car),
        replay=lambda: Inspection.objects.get(delivery__round_id=round_id, car=car),
    )


def withdraw_goods(*, hold_id: int, actor_id: int, reason: str, request_id: UUID) -> Hold:
    """The initiator decides that stopped goods are not handed out: nobody pays for what is left.

    The lines are billed for what was handed over before, mostly nothing, and the stop ends with
    the reason. Raises NotHeld, AlreadyReleased, BadReason.
    """
    actor = rows.get(Membership, actor_id)
    return requests.once(
        group_id=actor.group_id,
        user_id=actor.user_id,
        key=request_id,
        act="hold.withdraw",
        body={"hold": hold_id, "reason": reason},
        work=lambda: _withdraw(hold_id, actor, reason),
        replay=lambda: Hold.objects.get(pk=hold_id),
    )


def told(found: Found) -> dict[str, object]:
    """What was found, as it stands in the body of a request."""
    return {
        "verdict": found.verdict,
        "checks": {key: found.checks[key] for key in sorted(found.checks)},
        "temperature": None if found.temperature is None else f"{found.temperature:f}",
        "note": found.note,
        "failed": sorted(found.failed),
        **({"failed_batches": sorted(found.failed_batches)} if found.failed_batches else {}),
    }


def inspect(
    *,
    rnd: Round,
    delivery: Delivery,
    actor: Membership,
    found: Found,
    at: datetime,
    load: Load | None = None,
) -> Inspection:
    """As record_inspection, for whoever holds the round's lock; of the first car, or of `load`."""
    load = load or load_of(rnd, 1) or Load(1, {})
    if found.if_due:
        found = _all_well(load)
    _check(found, load)
    made = Inspection.objects.create(
        group_id=rnd.group_id,
        delivery=delivery,
        car=load.car,
        verdict=found.verdict,
        checks=dict(found.checks),
        temperature=found.temperature,
        note=found.note.strip(),
        by=actor,
        at=at,
    )
    if made.verdict == Verdict.FAILED:
        for offer_id, batch_id in _failed(rnd, found, load):
            holds.stop(
                rnd=rnd,
                offer_id=offer_id,
                batch_id=batch_id,
                kind=HoldKind.INSPECTION,
                car=load.car,
                reason=FAILED + made.note,
                actor=actor,
                at=at,
            )
    Round.objects.bump(rnd.pk)
    events.publish(
        "round.inspected",
        group_id=rnd.group_id,
        subject_id=rnd.pk,
        actor_id=actor.user_id,
        at=at,
        inspection=made.pk,
        verdict=made.verdict,
        **({"car": load.car} if load.car > 1 else {}),
    )
    return made


def _failed(rnd: Round, found: Found, load: Load) -> list[Part]:
    """What is stopped: offers, and batches of others; all of the car where nothing is named.

    Raises BadInspection.
    """
    if load.car > 1:
        named = found.failed | found.failed_batches
        if not found.failed_batches <= {batch_id for _offer_id, batch_id in load.parts}:
            raise BadInspection(_("选的批次不是这一车的。刷新页面再选。"), field="failed")
        return [
            (offer_id, batch_id)
            for offer_id, batch_id in load.parts
            if not named or offer_id in found.failed or batch_id in found.failed_batches
        ]
    of_round = Batch.objects.filter(delivery_line__delivery__round_id=rnd.pk)
    batches = of_round.filter(pk__in=found.failed_batches).order_by("pk")
    known = list(batches.values_list("delivery_line__offer_id", "pk"))
    if len(known) < len(found.failed_batches):
        raise BadInspection(_("选的批次不在这个团里。刷新页面再选。"), field="failed")
    whole: list[Part] = [(pk, None) for pk in sorted(found.failed)]
    parts = whole + [(pk, holds.only_batch(pk, b)) for pk, b in known if pk not in found.failed]
    return parts or list(load.parts)


def _record(round_id: int, actor: Membership, found: Found, car: int) -> Inspection:
    rnd = Round.objects.lock(round_id)
    at = clock.now()
    delivery = Delivery.objects.filter(round_id=round_id).first()
    if rnd.status != RoundStatus.ARRIVED or delivery is None:
        raise NotInspectable(
            _("这个团现在是「%(status)s」，到货以后、结团以前才能记验货。")
            % {"status": rnd.get_status_display()}
        )
    load = load_of(rnd, car)
    if load is None:
        raise NotInspectable(_("没有第 %(car)d 车。刷新页面看看到了几车。") % {"car": car})
    if Inspection.objects.filter(delivery=delivery, car=car).exists():
        raise NotInspectable(_("这次到货已经验过，结果不能再改。有问题由团长停发或退款。"))
    waiting = Hold.objects.standing(round_id).filter(kind=HoldKind.INSPECTION)
    waiting = waiting.filter(car=car) if car > 1 else waiting.filter(car__isnull=True)
    stay = set(_failed(rnd, found, load)) if found.verdict == Verdict.FAILED else set()
    for held in waiting.order_by("pk"):
        goes = (held.offer_id, held.batch_id) not in stay and not holds.stopped_by_others(held)
        holds.let_go(held=held, actor=actor, reason=_("验过货了"), at=at, to_fetch=goes)
    return inspect(rnd=rnd, delivery=delivery, actor=actor, found=found, at=at, load=load)


def _all_well(load: Load) -> Found:
    cold = Decimal(4) if needs_temperature(load.categories) else None
    checks = {check.key: True for check in checklist(load.categories)}
    return Found(Verdict.PASSED, checks, temperature=cold)


def _check(found: Found, load: Load) -> None:
    keys = {check.key for check in checklist(load.categories)}
    if found.verdict not in Verdict.values:
        raise BadInspection(_("选一个结果：通过或没通过。"), field="verdict")
    if set(found.checks) != keys:
        raise BadInspection(_("清单上每一项都要看过。看完再交。"), field="checks")
    if found.verdict == Verdict.PASSED and not all(found.checks.values()):
        raise BadInspection(_("有一项不合格，结果要选没通过。"), field="verdict")
    if needs_temperature(load.categories) and found.temperature is None:
        raise BadInspection(_("有要冷藏的货，量一下温度再填。"), field="temperature")
    if found.temperature is not None and not -60 <= found.temperature <= 100:
        raise BadInspection(_("温度填 -60 到 100 之间的数。"), field="temperature")
    _check_failure(found, load)


def _check_failure(found: Found, load: Load) -> None:
    if len(found.note.strip()) > 150:
        raise BadInspection(_("说明最多 150 个字，删短一点。"), field="note")
    if found.verdict != Verdict.FAILED:
        return
    if not found.note.strip():
        raise BadInspection(_("写明哪里不行，邻居和商家都会看到。"), field="note")
    if not found.failed <= set(load.offers):
        raise BadInspection(_("选的货品不在这一车里。刷新页面再选。"), field="failed")


def _withdraw(hold_id: int, actor: Membership, reason: str) -> Hold:
    rnd = Round.objects.lock(Hold.objects.filter(pk=hold_id).values("round_id")[:1])
    held = Hold.objects.lock(hold_id)
    at = clock.now()
    holds.check_decidable(held)
    if rnd.status not in (RoundStatus.ARRIVED, RoundStatus.COMPLETED):
        raise NotHeld(
            _("这个团现在是「%(status)s」，没有货可以撤下。") % {"status": rnd.get_status_display()}
        )
    holds.let_go(held=held, actor=actor, reason=reason, at=at, to_fetch=False)
    _take_off(rnd, held, actor, at)
    return held


def _take_off(rnd: Round, held: Hold, actor: Membership, at: datetime) -> Shortfall | None:
    """Bill every waiting line of these goods for what was handed over of it; of a batch, for what
    it has of others. What waited to be shared out is nobody's any more; a bag that was passed on
    waits no more than one that was fetched."""
    lines = OrderLine.objects.live().filter(order__round_id=rnd.pk)
    lines = lines.exclude(order__status=OrderStatus.COLLECTED)
    lines = lines.exclude(order_id__in=Leftover.objects.gone_of(rnd.pk).values("order_id"))
    if held.offer_id is not None:
        lines = lines.filter(offer_id=held.offer_id)
    if held.batch_id is not None:
        billed = _without(lines, held.batch_id)
    else:
        billed = dict(lines.values_list("pk", "collected_quantity"))
        _share_nothing(rnd, held.offer_id, actor, at)
    # so that what a later car brings of it, withdrawn, too, does not take this off again
    BatchPart.objects.withdraw(lines.values("pk"), held.batch_id)
    return rebill(rnd=rnd, kind=ShortfallKind.WITHDRAWN, billed=billed, at=at, actor=actor)


def _without(lines: QuerySet[OrderLine], batch_id: int) -> dict[int, Decimal]:
    """What is left of these lines without a batch: {line id: quantity}; others are not named."""
    parts = BatchPart.objects.left_of(batch_id)
    return {
        pk: max(billed - parts[pk], collected)
        for pk, billed, collected in lines.filter(pk__in=parts).values_list(
            "pk", "billed_quantity", "collected_quantity"
        )
    }


def _share_nothing(rnd: Round, offer_id: int | None, actor: Membership, at: datetime) -> None:
    waiting = DeliveryLine.objects.filter(delivery__round_id=rnd.pk, unshared__isnull=False)
    stopped = Hold.objects.standing(rnd.pk).filter(kind=HoldKind.SHARES)
    if offer_id is not None:
        waiting, stopped = waiting.filter(offer_id=offer_id), stopped.filter(offer_id=offer_id)
    waiting.update(unshared=None, sharing=Sharing.IN_ORDER)
    for one in stopped.order_by("pk"):
        holds.let_go(held=one, actor=actor, reason=_("撤下了，不用分"), at=at, to_fetch=False)
