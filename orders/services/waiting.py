"""The waiting list of what is sold out: joining, leaving, and who gets what is freed (O3, O5).

In order of asking, whole quantities only. Whatever is freed goes to the list in the transaction
that frees it, under the round's lock: the list is gone through from its head, and everybody whose
whole quantity is there and within her household's limit gets an order. Somebody who asked later
is served first only where what is left does not fill the earlier wish, which keeps its place. So
when the lock is let go nobody waits for what is there, and a newcomer cannot take it from her.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid5

from django.db import transaction
from django.utils.translation import gettext as _

from groups.models import Membership, MembershipStatus
from groups.services import words
from orders.models import (
    BasketLine,
    Channel,
    Leftover,
    Offer,
    Round,
    TakenOffer,
    WaitlistEntry,
    WaitStatus,
)
from orders.services import placing
from orders.services.offers import (
    BadQuantity,
    OverHouseholdLimit,
    SaleStopped,
    check_steps,
    is_quantity,
    take_shares,
    take_stock,
)
from tuangou.core import clock, events, requests, rows
from tuangou.core.errors import DomainError, InvalidInput


class StillInStock(DomainError):
    """There is enough: one orders it."""

    code = "still_in_stock"
    rule = "O5"


class AlreadyWaiting(DomainError):
    """One household, one place in the line."""

    code = "already_waiting"
    rule = "O5"


class NoLongerWaiting(DomainError):
    code = "no_longer_waiting"
    rule = "O5"


class BadCapacity(InvalidInput):
    code = "bad_capacity"
    rule = "O3"


def join(*, offer_id: int, member_id: int, quantity: Decimal, request_id: UUID) -> WaitlistEntry:
    """Wait for a quantity of what is sold out, or of which less is left (O5).

    Said yes to now: the order is placed without asking again. Until the cut-off of an open round;
    one place per household and offer. Raises RoundNotOpen, StillInStock, SaleStopped,
    AlreadyWaiting, BadQuantity, OverHouseholdLimit.
    """
    member = rows.get(Membership, member_id)
    return requests.once(
        group_id=member.group_id,
        user_id=member.user_id,
        key=request_id,
        act="waiting.join",
        body={"offer": offer_id, "member": member_id, "quantity": quantity},
        work=lambda: _join(offer_id, member, quantity, request_id),
        replay=lambda: WaitlistEntry.objects.get(
            group_id=member.group_id, member_id=member_id, request_id=request_id
        ),
    )


def leave(*, entry_id: int, actor_id: int, request_id: UUID) -> WaitlistEntry:
    """Wait no longer. At any time; raises NoLongerWaiting when it was too late."""
    actor = rows.get(Membership, actor_id)
    return requests.once(
        group_id=actor.group_id,
        user_id=actor.user_id,
        key=request_id,
        act="waiting.leave",
        body={"entry": entry_id},
        work=lambda: _leave(entry_id, actor),
        replay=lambda: WaitlistEntry.objects.get(pk=entry_id),
    )


def take_off(*, entry_id: int, actor_id: int, reason: str, request_id: UUID) -> WaitlistEntry:
    """An officer takes somebody off the list, with a reason that she is told. Raises InvalidInput,
    NoLongerWaiting."""
    actor = rows.get(Membership, actor_id)
    said = words.plain(reason, field="reason", most=200, empty=_("写明原因，本人会看到。"))
    return requests.once(
        group_id=actor.group_id,
        user_id=actor.user_id,
        key=request_id,
        act="waiting.take_off",
        body={"entry": entry_id, "reason": said},
        work=lambda: _leave(entry_id, actor, reason=said),
        replay=lambda: WaitlistEntry.objects.get(pk=entry_id),
    )


@transaction.atomic
def leave_all(*, member_id: int) -> int:
    """Somebody who left the group, or was erased, waits for nothing any more; how many ended.

    Counts anew wherever she ever stood. Safe to run again.
    """
    hers = WaitlistEntry.objects.filter(member_id=member_id)
    ended = 0
    for round_id in sorted(set(hers.values_list("round_id", flat=True))):
        Round.objects.lock(round_id)
        at = clock.now()
        here = list(hers.filter(round_id=round_id))
        for entry in here:
            if entry.waits:
                entry.move_to(WaitStatus.LEFT, at=at)
                _publish("waiting.left", entry, None, at)
                ended += 1
        Offer.objects.count_waiting({entry.offer_id for entry in here})
    return ended


def raise_capacity(*, offer_id: int, actor_id: int, capacity: Decimal, request_id: UUID) -> Offer:
    """The merchant has more: the capacity goes up, and what is new goes to the list first (O5).

    Who may do so is checked by access: the officers. Raises RoundNotOpen, BadCapacity.
    """
    actor = rows.get(Membership, actor_id)
    return requests.once(
        group_id=actor.group_id,
        user_id=actor.user_id,
        key=request_id,
        act="offer.raise",
        body={"offer": offer_id, "capacity": capacity},
        work=lambda: _raise(offer_id, actor, capacity),
        replay=lambda: Offer.objects.get(pk=offer_id),
    )


def serve(*, rnd: Round, freed: Mapping[int, TakenOffer], at: datetime) -> None:
    """Give what was freed to who waits for it, in order of asking. The caller holds the round.

    `freed`: offers as they stand after the freeing. No statement where nobody waits.
    """
    left = {i: offer.left for i, offer in freed.items() if offer.waiting and offer.left}
    if not left:
        return
    for entry in WaitlistEntry.objects.in_line(left):
        if entry.quantity > left[entry.offer_id] or not _has_share(entry, freed[entry.offer_id]):
            continue
        _order_for(rnd, entry, at)
        left[entry.offer_id] -= entry.quantity
    Offer.objects.count_waiting(left)


def serve_again(*, rnd: Round, at: datetime) -> None:
    """The round takes orders again: goods whose stop ended meanwhile go to the list first. The
    caller holds the round. One statement where nobody waits."""
    if not rnd.takes_orders(at):
        return
    waited_for = Offer.objects.of_round(rnd.pk).filter(waiting__gt=0)
    serve(rnd=rnd, freed={offer.pk: offer.as_taken for offer in waited_for}, at=at)


def end_with_round(*, rnd: Round, at: datetime) -> None:
    """The round failed or was cancelled. The caller holds it."""
    if WaitlistEntry.objects.end_with_round(rnd.pk, at):
        Offer.objects.filter(round_id=rnd.pk, waiting__gt=0).update(waiting=0)


def tell_lapsed(*, rnd: Round, at: datetime) -> None:
    """The cut-off came and the round is on: whoever still waits is told, once, if anybody does."""
    if Offer.objects.filter(round_id=rnd.pk, waiting__gt=0).exists():
        events.publish(
            "waiting.lapsed", group_id=rnd.group_id, subject_id=rnd.pk, actor_id=None, at=at
        )


def hand_on(*, entry_id: int, leftover: Leftover, at: datetime) -> None:
    """Somebody in line takes over what nobody fetched. The caller holds the round.

    Raises NoLongerWaiting.
    """
    entry = WaitlistEntry.objects.get(pk=entry_id)
    _check_waits(entry)
    entry.move_to(WaitStatus.PASSED, at=at, leftover=leftover)
    Offer.objects.count_waiting([entry.offer_id])


def _join(offer_id: int, member: Membership, quantity: Decimal, request_id: UUID) -> WaitlistEntry:
    rnd = _lock_round_of(offer_id)
    at = clock.now()
    placing.check_open(rnd, at)
    offer = Offer.objects.get(pk=offer_id, group_id=member.group_id)
    _check_wish(offer, quantity)
    _check_limit(offer, member, quantity)
    others = WaitlistEntry.objects.waiting().filter(offer_id=offer_id)
    if others.filter(household_id=member.household_id).exists():
        raise AlreadyWaiting(_("你家已经在等%(name)s了，一户排一个。") % {"name": offer.name})
    if member.status != MembershipStatus.ACTIVE:
        raise NoLongerWaiting(_("不在群里，不能候补。"))
    entry = WaitlistEntry.objects.create(
        group_id=member.group_id,
        round=rnd,
        offer=offer,
        member=member,
        household_id=member.household_id,
        quantity=quantity,
        request_id=request_id,
        asked_at=at,
    )
    Offer.objects.count_waiting([offer_id])
    _publish("waiting.joined", entry, member, at)
    return entry


def _check_wish(offer: Offer, quantity: Decimal) -> None:
    """A quantity that may be ordered, that is not there now, and that could come."""
    if not is_quantity(quantity):
        raise BadQuantity(_("数量要大于 0，最多三位小数。核对一下。"), field="quantity")
    check_steps({offer.pk: offer.as_taken}, {offer.pk: quantity})
    placing.total_of({offer.pk: quantity}, {offer.pk: offer.price_fen})
    if offer.stopped_at is not None:
        raise SaleStopped(
            _("%(name)s停售了：有邻居投诉吃了怕出事。现在不能候补。") % {"name": offer.name}
        )
    if offer.left is None or quantity <= offer.left:
        raise StillInStock(_("%(name)s还有货，直接下单。") % {"name": offer.name})
    if offer.capacity is not None and quantity > offer.capacity:
        raise BadQuantity(
            _("%(name)s一共只有 %(all)s%(unit)s，候补的数量改小一点。")
            % {"name": offer.name, "all": _plain(offer.capacity), "unit": offer.unit},
            field="quantity",
        )


def _check_limit(offer: Offer, member: Membership, quantity: Decimal) -> None:
    if offer.household_limit is None:
        return
    share = BasketLine.objects.filter(offer=offer, household_id=member.household_id)
    left = offer.household_limit - (share.values_list("taken", flat=True).first() or 0)
    if quantity > left:
        raise OverHouseholdLimit(
            _("%(name)s每户限购 %(limit)s%(unit)s，你家最多再等 %(left)s%(unit)s。")
            % {
                "name": offer.name,
                "limit": _plain(offer.household_limit),
                "left": _plain(left),
                "unit": offer.unit,
            },
            field="quantity",
        )


def _leave(entry_id: int, actor: Membership, **said: str) -> WaitlistEntry:
    Round.objects.lock(WaitlistEntry.objects.filter(pk=entry_id).values("round_id")[:1])
    entry = WaitlistEntry.objects.get(pk=entry_id)
    at = clock.now()
    _check_waits(entry)
    entry.move_to(WaitStatus.LEFT, at=at)
    Offer.objects.count_waiting([entry.offer_id])
    _publish("waiting.left", entry, actor, at, **said)
    return entry


def _raise(offer_id: int, actor: Membership, capacity: Decimal) -> Offer:
    rnd = _lock_round_of(offer_id)
    at = clock.now()
    placing.check_open(rnd, at)
    offer = Offer.objects.get(pk=offer_id)
    if offer.capacity is None:
        raise BadCapacity(_("%(name)s没有限量，不用加。") % {"name": offer.name})
    if not is_quantity(capacity) or capacity <= offer.capacity:
        raise BadCapacity(
            _("限量只能往上加：现在是 %(all)s%(unit)s，写一个更大的数。")
            % {"all": _plain(offer.capacity), "unit": offer.unit},
            field="capacity",
        )
    offer.capacity = capacity
    offer.save(update_fields=["capacity"])
    Round.objects.bump(rnd.pk)
    events.publish(
        "offer.raised",
        group_id=rnd.group_id,
        subject_id=offer.pk,
        actor_id=actor.user_id,
        at=at,
        round=rnd.pk,
        offer=offer.pk,
        quantity=_plain(capacity),
    )
    serve(rnd=rnd, freed={offer.pk: offer.as_taken}, at=at)
    return Offer.objects.get(pk=offer_id)


def _has_share(entry: WaitlistEntry, offer: TakenOffer) -> bool:
    """Count it for her household; False where its limit leaves no room: she stays in line."""
    try:
        take_shares(
            entry.group_id,
            entry.member.household_id,
            {offer.id: offer},
            {offer.id: entry.quantity},
        )
    except OverHouseholdLimit:
        return False
    return True


def _order_for(rnd: Round, entry: WaitlistEntry, at: datetime) -> None:
    wanted = {entry.offer_id: entry.quantity}
    offers = take_stock(rnd.pk, wanted)
    taken = Round.objects.take_number(rnd.group_id, rnd.pk)
    if taken is None:
        raise placing.RoundNotOpen(_("没有这个团。回到团购页看看正在团的。"))
    order = placing.write_order(
        round_id=rnd.pk,
        taken=taken,
        member=entry.member,
        placed_by=entry.member,
        wanted=wanted,
        offers=offers,
        request_id=uuid5(entry.request_id, "order"),
        channel=Channel.WAITING,
        reason=_("候补，有货了"),
    )
    entry.move_to(WaitStatus.SERVED, at=at, order=order)
    _publish("waiting.served", entry, None, at, order=order.pk)


def _lock_round_of(offer_id: int) -> Round:
    """An offer never changes its round."""
    return Round.objects.lock(Offer.objects.filter(pk=offer_id).values("round_id")[:1])


def _check_waits(entry: WaitlistEntry) -> None:
    if not entry.waits:
        raise NoLongerWaiting(
            _("这个候补现在是「%(status)s」。刷新页面看看。")
            % {"status": entry.get_status_display()}
        )


def _plain(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}"


def _publish(
    kind: str, entry: WaitlistEntry, actor: Membership | None, at: datetime, **data: int | str
) -> None:
    events.publish(
        kind,
        group_id=entry.group_id,
        subject_id=entry.pk,
        actor_id=actor.user_id if actor else None,
        at=at,
        round=entry.round_id,
        offer=entry.offer_id,
        quantity=_plain(entry.quantity),
        **data,
    )
