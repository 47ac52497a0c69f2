"""What did not come is taken off the orders and credited (O9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from groups.models import Membership
from orders.models import (
    ChangeKind,
    Hold,
    HoldKind,
    Order,
    OrderLine,
    OrderStatus,
    Round,
    RoundStatus,
    Shortfall,
    ShortfallKind,
    ShortfallLine,
    Source,
    Why,
)
from orders.services import ledger, settlements, summaries
from orders.services.changes import record, written
from tuangou.core import clock, events, money, rows
from tuangou.core.errors import DomainError, InvalidInput

# While goods are at hand and the round's books are open.
OPEN = (RoundStatus.ARRIVED, RoundStatus.COMPLETED)
# What is told in words of its own: nobody fetched it, or it came after all.
OTHER_WORDS = (ShortfallKind.LEFT, ShortfallKind.LATER)
WAITING = (OrderStatus.PLACED, OrderStatus.NOT_COLLECTED, OrderStatus.PARTLY_COLLECTED)


class NotShortable(DomainError):
    """Nothing to take off: not arrived yet, settled, cancelled, or handed over already."""

    code = "not_shortable"
    rule = "O9"


class MoreThanWaiting(InvalidInput):
    code = "more_than_waiting"
    rule = "O9"


@transaction.atomic
def record_missing(
    *, order_id: int, missing: Mapping[int, Decimal], actor_id: int | None
) -> Shortfall:
    """Take what is missing on the spot off one order and credit it: {offer id: how much less}.

    For a bag that waits, or its rest; each quantity is above zero and at most what is billed and
    not yet handed over. Locks round and order; belongs in the act of the caller, who brings the
    request id (`actor_id` None: a helper without an account). Publishes `order.short`.
    Raises NotShortable, MoreThanWaiting.
    """
    rnd = Round.objects.lock(Order.objects.round_of(order_id))
    order = Order.objects.lock(order_id)
    at = clock.now()
    if rnd.status not in OPEN:
        raise NotShortable(
            _("这个团现在是「%(status)s」，到货后、结算前才能记缺货。")
            % {"status": rnd.get_status_display()}
        )
    if order.status not in WAITING:
        raise NotShortable(
            _("这一单现在是「%(status)s」，不能再记缺货。取走了的走退货。")
            % {"status": order.get_status_display()}
        )
    lines = {
        line.offer_id: line
        for line in OrderLine.objects.filter(order_id=order_id).select_related("offer")
    }
    _check_shared(rnd, missing)
    made = rebill(
        rnd=rnd,
        kind=ShortfallKind.SPOT,
        billed={
            lines[i].pk: lines[i].billed_quantity - quantity
            for i, quantity in missing.items()
            if _is_missing(lines.get(i), quantity)
        },
        at=at,
        actor=rows.get(Membership, actor_id) if actor_id else None,
    )
    if made is None:
        raise MoreThanWaiting(_("先填缺了多少，再提交。"))
    return made


def rebill(
    *,
    rnd: Round,
    kind: ShortfallKind,
    billed: Mapping[int, Decimal],
    at: datetime,
    actor: Membership | None,
) -> Shortfall | None:
    """Bill these lines for so much: {line id: quantity}; None where nothing changes.

    Each order gets a change of its own with its posting; the commission of the round follows,
    and the month's figures. The caller holds the round's lock and has checked that the goods are
    still there; the orders are locked here, in id order. Publishes `order.short` per order.
    """
    lines = _changing(billed)
    if not lines:
        return None
    made = Shortfall.objects.create(group_id=rnd.group_id, round=rnd, kind=kind, at=at, by=actor)
    cuts = [_cut(made, line, billed[line.pk]) for line in lines]
    rows.insert(cuts)
    for line in lines:
        line.billed_quantity = billed[line.pk]
    OrderLine.objects.bulk_update(lines, ["billed_quantity"], batch_size=500)
    for order, of_order in _by_order(cuts):
        _credit(rnd, order, of_order, kind=kind, at=at, actor=actor)
    delta = ledger.commission_delta(rnd)
    if delta:
        ledger.post(
            group_id=rnd.group_id,
            round_id=rnd.pk,
            order_id=None,
            source=Source.SHORTFALL,
            source_id=made.pk,
            at=at,
            legs=ledger.commission_legs(rnd, delta),
        )
    Round.objects.bump(rnd.pk)
    summaries.restate(rnd=rnd, at=at, reason=Why(kind).of(rnd.code))
    settlements.follow(rnd=rnd, at=at, cause=kind)
    return made


def _changing(billed: Mapping[int, Decimal]) -> list[OrderLine]:
    """The lines whose billed quantity becomes another one, their orders held in id order."""
    held = Order.objects.lock_these(OrderLine.objects.filter(pk__in=billed).values("order_id"))
    orders = {order.pk: order for order in held}
    lines = OrderLine.objects.filter(pk__in=billed).order_by("order_id", "offer_id")
    changing = [line for line in lines if line.billed_quantity != billed[line.pk]]
    for line in changing:
        line.order = orders[line.order_id]
    return changing


def _cut(made: Shortfall, line: OrderLine, after: Decimal) -> ShortfallLine:
    price = line.final_unit_price_fen or line.unit_price_fen
    return ShortfallLine(
        group_id=made.group_id,
        shortfall=made,
        order=line.order,
        line=line,
        before=line.billed_quantity,
        after=after,
        credited_fen=line.billed_fen - money.times(after, price),
    )


def _by_order(cuts: Sequence[ShortfallLine]) -> list[tuple[Order, list[ShortfallLine]]]:
    found: dict[int, tuple[Order, list[ShortfallLine]]] = {}
    for cut in cuts:
        found.setdefault(cut.order_id, (cut.order, []))[1].append(cut)
    return list(found.values())


def _credit(
    rnd: Round,
    order: Order,
    cuts: Sequence[ShortfallLine],
    *,
    kind: ShortfallKind,
    at: datetime,
    actor: Membership | None,
) -> None:
    """One order's part: its history, its posting, its news."""
    credited = sum(cut.credited_fen for cut in cuts)
    order.changes += 1
    rows.update(order, "changes")
    record(
        order,
        ChangeKind.SHORT,
        actor=actor,
        at=at,
        before=written({cut.line.offer_id: cut.before for cut in cuts}),
        after=written({cut.line.offer_id: cut.after for cut in cuts}),
        delta_fen=-credited,
        merchant_id=rnd.merchant_id,
        reason=str(kind.label),
    )
    events.publish(
        "order.short",
        group_id=order.group_id,
        subject_id=order.pk,
        actor_id=actor.user_id if actor else None,
        at=at,
        round=rnd.pk,
        shortfall=cuts[0].shortfall_id,
        credited_fen=credited,
        **({"cause": kind.value} if kind in OTHER_WORDS else {}),
    )


def _check_shared(rnd: Round, missing: Mapping[int, Decimal]) -> None:
    """Whose part is not settled yet lacks nothing of it. Raises NotShortable."""
    waits = Hold.objects.standing(rnd.pk).filter(kind=HoldKind.SHARES, offer_id__in=missing)
    if waits.exists():
        raise NotShortable(_("这样货少了，还没分。先定好怎么分，再记缺货。"))


def _is_missing(line: OrderLine | None, quantity: Decimal) -> bool:
    """Whether anything of this line is missing; 0 is nothing. Raises MoreThanWaiting."""
    if not quantity:
        return False
    if line is None:
        raise MoreThanWaiting(_("这一单里没有这样货。刷新页面再填。"))
    left = line.billed_quantity - line.collected_quantity
    fits = quantity.is_finite() and 0 < quantity <= left and quantity == round(quantity, 3)
    if not fits:
        raise MoreThanWaiting(
            _("%(name)s还没取的有 %(left)s%(unit)s，缺的填 0 到 %(left)s。")
            % {"name": line.offer.name, "left": f"{left.normalize():f}", "unit": line.offer.unit},
            field=f"offer_{line.offer_id}",
        )
    return True
