"""Rounds from draft to completed (O1, O2, O3): drafting, opening checks, the cut-off, the end."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from groups.models import Group, Membership, PickupPoint
from merchants.models import Agreement, Application, Item
from orders.models import (
    CheckOff,
    Offer,
    Order,
    OrderLine,
    OrderStatus,
    Payee,
    PriceTier,
    Round,
    RoundStatus,
    Source,
)
from orders.models.rounds import EXTENSION_WINDOW
from orders.services import ledger, summaries
from orders.services import orders as order_services
from tuangou.core import clock, events, money
from tuangou.core.errors import DomainError, InvalidInput

CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
PREFIX_UNIQUE_FOR = timedelta(days=180)


class MerchantNotApproved(DomainError):
    code = "merchant_not_approved"
    rule = "O2"


class TooManyMerchantsThatDay(DomainError):
    code = "too_many_merchants_that_day"
    rule = "O2"


class NotUnderStorePrice(DomainError):
    code = "not_under_store_price"
    rule = "O2"


class BadTimes(InvalidInput):
    code = "bad_times"
    rule = "O1"


class NoOffers(InvalidInput):
    code = "no_offers"
    rule = "O3"


class BadOffer(InvalidInput):
    code = "bad_offer"
    rule = "O3"


class NotAllHandedOut(DomainError):
    code = "not_all_handed_out"
    rule = "O10"


@dataclass(frozen=True, slots=True)
class TierSpec:
    from_quantity: Decimal
    price_fen: int


@dataclass(frozen=True, slots=True)
class OfferSpec:
    """One line of the form that opens a round; prices in fen, quantities in the item's unit."""

    item_id: int
    price_fen: int
    capacity: Decimal | None = None
    household_limit: Decimal | None = None
    minimum: Decimal | None = None
    tiers: Sequence[TierSpec] = field(default=())


@dataclass(frozen=True, slots=True)
class RoundSpec:
    """What the initiator fills in. Times are moments with a zone; minimum_fen is an amount."""

    title: str
    opens_at: datetime
    cut_off_at: datetime
    pickup_point_id: int
    pickup_from: datetime
    pickup_until: datetime
    offers: Sequence[OfferSpec]
    note: str = ""
    minimum_households: int | None = None
    minimum_fen: int | None = None
    payee: str = Payee.INITIATOR


@transaction.atomic
def draft_round(
    *,
    group_id: int,
    actor_id: int,
    merchant_id: int,
    spec: RoundSpec,
    copied_from_id: int | None = None,
) -> Round:
    """Save a draft (O1). Nothing binds yet: merchant, day and prices are checked at opening (O2).

    Names, units and store prices are copied from the items now and again at opening.
    Raises BadTimes, NoOffers, BadOffer.
    """
    group = Group.objects.lock(group_id)  # codes are drawn under it, so their prefix is unique
    at = clock.now()
    _check_times(spec, at)
    rnd = Round.objects.create(
        group=group,
        merchant_id=merchant_id,
        initiator_id=_initiator_id(group_id, actor_id),
        code=_new_code(group_id, at),
        copied_from_id=copied_from_id,
        commission_bp=group.commission_bp,
        created_at=at,
        month=group.month_of(spec.cut_off_at),
        **_columns(group_id, spec),
    )
    _write_offers(rnd, spec.offers)
    events.publish(
        "round.drafted",
        group_id=group_id,
        subject_id=rnd.pk,
        actor_id=_user_of(actor_id),
        at=at,
        copied_from=copied_from_id,
    )
    return rnd


@transaction.atomic
def update_draft(*, round_id: int, actor_id: int, spec: RoundSpec) -> Round:
    """Replace everything in a draft but its merchant and code. Raises as draft_round."""
    rnd = Round.objects.lock(round_id)
    at = clock.now()
    if rnd.status != RoundStatus.DRAFT:
        raise DomainError(_("已经开团，不能再改内容。要改就取消后重开。"))
    _check_times(spec, at)
    for name, value in _columns(rnd.group_id, spec).items():
        setattr(rnd, name, value)
    rnd.month = rnd.group.month_of(rnd.cut_off_at)
    rnd.save(update_fields=[*_columns(rnd.group_id, spec), "month"])
    PriceTier.objects.filter(offer__round_id=rnd.pk).delete()
    rnd.offers.all().delete()
    _write_offers(rnd, spec.offers)
    events.publish(
        "round.redrafted",
        group_id=rnd.group_id,
        subject_id=rnd.pk,
        actor_id=_user_of(actor_id),
        at=at,
    )
    return rnd


@transaction.atomic
def open_round(*, round_id: int, actor_id: int) -> Round:
    """Open a draft after the checks of O2, under the locks of group and approval.

    The merchant is approved and not suspended; each offer lies under its store price by the
    group's margin; at most merchants_per_day merchants have a cut-off on that local day. The
    commission in force at the cut-off is frozen (M5).
    Raises MerchantNotApproved, TooManyMerchantsThatDay, NotUnderStorePrice, BadTimes.
    """
    group_id, merchant_id = Round.objects.values_list("group_id", "merchant_id").get(pk=round_id)
    group = Group.objects.lock(group_id)
    application = Application.objects.lock(group_id, merchant_id)
    rnd = Round.objects.lock(round_id)
    at = clock.now()
    if not application.may_open_rounds:
        raise MerchantNotApproved(
            _("%(brand)s现在不能开团：%(status)s。先在商家页处理。")
            % {
                "brand": application.merchant.brand,
                "status": application.get_status_display(),
            }
        )
    if rnd.cut_off_at <= at:
        raise BadTimes(_("截单时间已经过了。改一个往后的时间。"), field="cut_off")
    _check_day(group, rnd)
    _freeze_prices(group, rnd)
    rnd.opens_at = max(rnd.opens_at, at)
    rnd.commission_bp = _commission_bp(application, group, rnd.opens_at)
    rnd.save(update_fields=["opens_at", "commission_bp"])
    rnd.move_to(RoundStatus.OPEN, at=at)
    events.publish(
        "round.opened",
        group_id=group_id,
        subject_id=rnd.pk,
        actor_id=_user_of(actor_id),
        at=at,
    )
    return rnd


@transaction.atomic
def close_round(*, round_id: int, actor_id: int) -> Round:
    """Close before the cut-off, by hand. Decides at once whether the round is confirmed (O1)."""
    rnd = Round.objects.lock(round_id)
    at = clock.now()
    _close(rnd, at=at, actor_id=actor_id)
    return rnd


@transaction.atomic
def close_if_due(*, round_id: int) -> bool:
    """What the tick does at the cut-off: close and decide; later fail what was not extended.

    Safe to run any number of times; returns whether anything changed.
    """
    rnd = Round.objects.lock(round_id)
    at = clock.now()
    if rnd.status == RoundStatus.OPEN and rnd.cut_off_at <= at:
        _close(rnd, at=at, actor_id=None)
        return True
    if rnd.status == RoundStatus.CLOSED and _extension_is_over(rnd, at):
        _fail(rnd, at=at, actor_id=None)
        return True
    return False


@transaction.atomic
def extend_round(*, round_id: int, actor_id: int, cut_off_at: datetime) -> Round:
    """Open a closed round once more with a later cut-off (O1). Raises BadTimes."""
    rnd = Round.objects.lock(round_id)
    at = clock.now()
    if cut_off_at <= at:
        raise BadTimes(_("截单时间已经过了。改一个往后的时间。"), field="cut_off")
    if cut_off_at > rnd.pickup_from:
        raise BadTimes(_("自提要在截单之后。截单改早一点。"), field="cut_off")
    rnd.move_to(RoundStatus.OPEN, at=at)
    rnd.cut_off_at = cut_off_at
    rnd.month = rnd.group.month_of(cut_off_at)
    rnd.save(update_fields=["cut_off_at", "month"])
    events.publish(
        "round.extended",
        group_id=rnd.group_id,
        subject_id=rnd.pk,
        actor_id=_user_of(actor_id),
        at=at,
    )
    return rnd


@transaction.atomic
def fail_round(*, round_id: int, actor_id: int) -> Round:
    """The initiator gives up a closed round that missed its minimum; all orders end together."""
    rnd = Round.objects.lock(round_id)
    at = clock.now()
    _fail(rnd, at=at, actor_id=actor_id)
    return rnd


@transaction.atomic
def cancel_round(*, round_id: int, actor_id: int, reason: str) -> Round:
    """Cancel from draft up to arrived (O1): every order ends, what was posted is posted back.

    Where bags were already handed out the round cannot be cancelled as a whole; returns settle it.
    The summary is restated when the round counted. Raises NotAllHandedOut, InvalidTransition.
    """
    rnd = Round.objects.lock(round_id)
    orders = Order.objects.lock_of_round(rnd.pk)
    at = clock.now()
    if not reason.strip():
        raise InvalidInput(_("写明取消的原因，邻居都会看到。"), field="reason")
    if CheckOff.objects.filter(order__round_id=rnd.pk, undone_at__isnull=True).exists():
        raise NotAllHandedOut(_("已经有人取走货，不能整团取消。逐单走退货。"))
    counted = rnd.is_counted
    rnd.move_to(RoundStatus.CANCELLED, at=at, reason=reason.strip())
    actor = Membership.objects.get(pk=actor_id)
    _end_orders(rnd, orders, at=at, actor=actor, reason=reason.strip())
    if counted:
        _post_commission(rnd, Source.ROUND_CANCELLED, at=at)
        summaries.restate(rnd=rnd, at=at, reason=_("取消团 %(code)s") % {"code": rnd.code})
    events.publish(
        "round.cancelled",
        group_id=rnd.group_id,
        subject_id=rnd.pk,
        actor_id=actor.user_id,
        at=at,
    )
    return rnd


@transaction.atomic
def complete_round(*, round_id: int, actor_id: int) -> Round:
    """All bags collected or recorded as missed: done (O1). Raises NotAllHandedOut."""
    rnd = Round.objects.lock(round_id)
    at = clock.now()
    waiting = Order.objects.filter(round_id=rnd.pk, status=OrderStatus.PLACED).count()
    if waiting:
        raise NotAllHandedOut(
            _("还有 %(n)s 单没取也没记录。先交货，或记成没取，再结团。") % {"n": waiting}
        )
    rnd.move_to(RoundStatus.COMPLETED, at=at)
    events.publish(
        "round.completed",
        group_id=rnd.group_id,
        subject_id=rnd.pk,
        actor_id=_user_of(actor_id),
        at=at,
    )
    return rnd


def _close(rnd: Round, *, at: datetime, actor_id: int | None) -> None:
    rnd.move_to(RoundStatus.CLOSED, at=at)
    events.publish(
        "round.closed",
        group_id=rnd.group_id,
        subject_id=rnd.pk,
        actor_id=_user_of(actor_id),
        at=at,
    )
    if _minimum_reached(rnd):
        _confirm(rnd, at=at)
    elif rnd.extended_at is not None or not Order.objects.live().filter(round=rnd).exists():
        _fail(rnd, at=at, actor_id=actor_id)


def _minimum_reached(rnd: Round) -> bool:
    """At least one order, and the minimum of households and of the amount where one is set."""
    live = Order.objects.live().filter(round_id=rnd.pk)
    households = live.values("household_id").distinct().count()
    if households < max(rnd.minimum_households or 1, 1):
        return False
    if rnd.minimum_fen is None:
        return True
    billed = OrderLine.objects.live().filter(order__round_id=rnd.pk).billed_by("order__round_id")
    return billed.get(rnd.pk, 0) >= rnd.minimum_fen


def _confirm(rnd: Round, *, at: datetime) -> None:
    """Tiers, commission, summary: all in the transaction that confirms (O3, O11, O13)."""
    _apply_tiers(rnd, at=at)
    rnd.move_to(RoundStatus.CONFIRMED, at=at)
    _post_commission(rnd, Source.ROUND_CONFIRMED, at=at)
    summaries.restate(rnd=rnd, at=at, reason=_("成团 %(code)s") % {"code": rnd.code})
    events.publish(
        "round.confirmed", group_id=rnd.group_id, subject_id=rnd.pk, actor_id=None, at=at
    )


def _fail(rnd: Round, *, at: datetime, actor_id: int | None) -> None:
    actor = Membership.objects.get(pk=actor_id) if actor_id else None
    orders = Order.objects.lock_of_round(rnd.pk)
    rnd.move_to(RoundStatus.FAILED, at=at)
    _end_orders(rnd, orders, at=at, actor=actor, reason=_("没到起团量"))
    events.publish(
        "round.failed",
        group_id=rnd.group_id,
        subject_id=rnd.pk,
        actor_id=actor.user_id if actor else None,
        at=at,
    )


def _end_orders(
    rnd: Round, orders: list[Order], *, at: datetime, actor: Membership | None, reason: str
) -> None:
    """All live orders of the round end together, in id order."""
    for order in orders:
        if order.status in (OrderStatus.PLACED, OrderStatus.NOT_COLLECTED):
            order.round = rnd
            if order.status == OrderStatus.NOT_COLLECTED:
                order.move_to(OrderStatus.PLACED, at=at)
            order_services.cancel_with_round(order=order, at=at, actor=actor, reason=reason)


def _extension_is_over(rnd: Round, at: datetime) -> bool:
    return rnd.closed_at is not None and at >= rnd.closed_at + EXTENSION_WINDOW


def _apply_tiers(rnd: Round, *, at: datetime) -> None:
    """The reached tier of each offer holds for everyone, only ever downwards (O3)."""
    reached: dict[int, int] = {}
    for tier in PriceTier.objects.filter(offer__round_id=rnd.pk).select_related("offer"):
        price = reached.get(tier.offer_id, tier.offer.price_fen)
        if tier.offer.taken >= tier.from_quantity and tier.price_fen < price:
            reached[tier.offer_id] = tier.price_fen
    if not reached:
        return
    for offer in Offer.objects.filter(pk__in=reached).order_by("pk"):
        offer.final_price_fen = reached[offer.pk]
        offer.save(update_fields=["final_price_fen"])
    by_order: dict[int, list[OrderLine]] = {}
    lines = OrderLine.objects.live().filter(order__round_id=rnd.pk, offer_id__in=reached)
    for line in lines.order_by("order_id", "offer_id"):
        line.final_unit_price_fen = reached[line.offer_id]
        by_order.setdefault(line.order_id, []).append(line)
    for order in Order.objects.lock_of_round(rnd.pk):
        if order.pk in by_order:
            order_services.reprice(
                lines=by_order[order.pk], order=order, at=at, merchant_id=rnd.merchant_id
            )


def _post_commission(rnd: Round, source: Source, *, at: datetime) -> None:
    delta = ledger.commission_delta(rnd)
    if delta:
        ledger.post(
            group_id=rnd.group_id,
            round_id=rnd.pk,
            order_id=None,
            source=source,
            source_id=rnd.pk,
            at=at,
            legs=ledger.commission_legs(rnd, delta),
        )


def _check_times(spec: RoundSpec, at: datetime) -> None:
    if spec.cut_off_at <= at:
        raise BadTimes(_("截单时间已经过了。改一个往后的时间。"), field="cut_off")
    if spec.cut_off_at <= spec.opens_at:
        raise BadTimes(_("截单要在开团之后。改一下时间。"), field="cut_off")
    if spec.pickup_from < spec.cut_off_at:
        raise BadTimes(_("自提要在截单之后。改一下自提时间。"), field="pickup")
    if spec.pickup_until <= spec.pickup_from:
        raise BadTimes(_("自提结束要晚于开始。改一下自提时间。"), field="pickup")


def _columns(group_id: int, spec: RoundSpec) -> dict[str, object]:
    if not PickupPoint.objects.filter(pk=spec.pickup_point_id, group_id=group_id).exists():
        raise InvalidInput(_("自提点不在本群的名单里。重新选一个。"), field="pickup_point")
    return {
        "title": spec.title,
        "note": spec.note,
        "opens_at": spec.opens_at,
        "cut_off_at": spec.cut_off_at,
        "pickup_point_id": spec.pickup_point_id,
        "pickup_from": spec.pickup_from,
        "pickup_until": spec.pickup_until,
        "minimum_households": spec.minimum_households,
        "minimum_fen": spec.minimum_fen,
        "payee": spec.payee,
    }


def _write_offers(rnd: Round, specs: Sequence[OfferSpec]) -> None:
    if not specs:
        raise NoOffers(_("至少选一样货品，再保存。"), field="offers")
    items = Item.objects.filter(merchant_id=rnd.merchant_id, is_active=True).in_bulk(
        [spec.item_id for spec in specs]
    )
    if len(items) != len(specs):
        raise BadOffer(_("有货品不是这家的，或选了两次。核对货品。"), field="offers")
    offers = [
        Offer(
            group_id=rnd.group_id,
            round=rnd,
            item=items[spec.item_id],
            position=position,
            price_fen=spec.price_fen,
            minimum=spec.minimum,
            household_limit=spec.household_limit,
            capacity=spec.capacity,
            step=items[spec.item_id].step,
            **_copied(items[spec.item_id]),
        )
        for position, spec in enumerate(specs, start=1)
    ]
    for offer in offers:
        _check_price(offer, margin_bp=0)
    Offer.objects.bulk_create(offers)
    PriceTier.objects.bulk_create(
        PriceTier(
            group_id=rnd.group_id,
            offer=offer,
            from_quantity=tier.from_quantity,
            price_fen=tier.price_fen,
        )
        for offer, spec in zip(offers, specs, strict=True)
        for tier in spec.tiers
    )


def _copied(item: Item) -> dict[str, object]:
    return {
        "name": item.name,
        "spec": item.spec,
        "unit": item.unit,
        "category": item.category,
        "store_price_fen": item.store_price_fen,
    }


def _check_price(offer: Offer, margin_bp: int) -> None:
    """Group price under the store price, by at least the margin (O2, G1)."""
    ceiling = offer.store_price_fen * (10_000 - margin_bp)
    if offer.price_fen >= offer.store_price_fen or offer.price_fen * 10_000 > ceiling:
        raise NotUnderStorePrice(
            _("%(name)s团价 ¥%(price)s 太高，店价 ¥%(store)s。本群要求至少低 %(percent)s%%。")
            % {
                "name": offer.name,
                "price": money.yuan(offer.price_fen),
                "store": money.yuan(offer.store_price_fen),
                "percent": money.yuan(margin_bp).removesuffix(".00"),
            },
            field=f"price_{offer.item_id}",
        )


def _freeze_prices(group: Group, rnd: Round) -> None:
    """Copy names and store prices at opening, then check the group's margin (O2, O3)."""
    offers = list(rnd.offers.select_related("item").order_by("position"))
    if not offers:
        raise NoOffers(_("至少选一样货品，再开团。"), field="offers")
    for offer in offers:
        for name, value in _copied(offer.item).items():
            setattr(offer, name, value)
        _check_price(offer, margin_bp=group.min_discount_bp)
    Offer.objects.bulk_update(offers, ["name", "spec", "unit", "category", "store_price_fen"])


def _check_day(group: Group, rnd: Round) -> None:
    """At most merchants_per_day merchants with a cut-off on the same local day (O2, G1)."""
    day = group.local(rnd.cut_off_at).date()
    start = datetime.combine(day, time(), tzinfo=group.zone).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), time(), tzinfo=group.zone).astimezone(UTC)
    merchants = set(
        Round.objects.of_group(group.pk)
        .filter(cut_off_at__gte=start, cut_off_at__lt=end)
        .exclude(status__in=(RoundStatus.DRAFT, RoundStatus.CANCELLED, RoundStatus.FAILED))
        .values_list("merchant_id", flat=True)
    ) | {rnd.merchant_id}
    if len(merchants) > group.merchants_per_day:
        raise TooManyMerchantsThatDay(
            _("每天最多 %(limit)s 个商家截单（群规），那天已有 %(n)s 个。换一天截单。")
            % {"limit": group.merchants_per_day, "n": len(merchants) - 1},
            field="cut_off",
        )


def _commission_bp(application: Application, group: Group, at: datetime) -> int:
    agreement = (
        Agreement.objects.filter(application=application, valid_from__lte=at)
        .order_by("-valid_from")
        .first()
    )
    return agreement.commission_bp if agreement else group.commission_bp


def _new_code(group_id: int, at: datetime) -> str:
    """Six characters; the first three are unique in the group for 180 days (O1)."""
    used = {
        code[:3]
        for code in Round.objects.of_group(group_id)
        .filter(created_at__gt=at - PREFIX_UNIQUE_FOR)
        .values_list("code", flat=True)
    }
    while True:
        code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(6))
        if code[:3] not in used and not Round.objects.filter(code=code).exists():
            return code


def _initiator_id(group_id: int, actor_id: int) -> int:
    """The initiator in office answers for the round, also when her deputy drafts it (G5)."""
    holder = (
        Membership.objects.of_group(group_id)
        .with_office()
        .filter(holds_mandate=True)
        .values_list("pk", flat=True)
        .first()
    )
    return holder or actor_id


def _user_of(membership_id: int | None) -> int | None:
    if membership_id is None:
        return None
    return Membership.objects.values_list("user_id", flat=True).get(pk=membership_id)
