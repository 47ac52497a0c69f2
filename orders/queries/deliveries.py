"""What came of a round, and what that means for each order, before anything is written (O9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from django.utils.translation import gettext as _

from orders.models import Offer, OrderLine, Round, Sharing
from tuangou.core import money, shares
from tuangou.core.errors import InvalidInput
from tuangou.core.shares import BadShares, Claim

ZERO = Decimal(0)
LARGEST = Decimal(999_999_999)


class BadArrival(InvalidInput):
    code = "bad_arrival"
    rule = "O9"


@dataclass(frozen=True, slots=True)
class Lot:
    """A batch as it is written on the box; without a quantity it is all that came."""

    lot: str
    quantity: Decimal | None = None
    produced_on: date | None = None
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class Came:
    """What came of one offer. `weighed` counts before `quantity`, for goods by weight.

    `shares` says who gets how much (line id: quantity), where it is shared out by hand.
    """

    quantity: Decimal
    weighed: Decimal | None = None
    damaged: Decimal = ZERO
    sharing: str = Sharing.IN_ORDER
    shares: Mapping[int, Decimal] = field(default_factory=dict)
    lots: tuple[Lot, ...] = ()
    note: str = ""

    @property
    def fit(self) -> Decimal:
        """What can be handed out."""
        return (self.quantity if self.weighed is None else self.weighed) - self.damaged

    def written(self) -> object:
        """As it stands in the body of a request: a plain quantity, or all that was said."""
        if self == Came(self.quantity):
            return f"{self.quantity.normalize():f}"
        return {
            "quantity": self.quantity,
            "weighed": self.weighed,
            "damaged": self.damaged,
            "sharing": self.sharing,
            "shares": {str(pk): q for pk, q in sorted(self.shares.items())},
            "lots": [[lot.lot, lot.quantity, lot.produced_on, lot.expires_on] for lot in self.lots],
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class PlannedShare:
    """One order's part of one offer. `credit_fen`: against what it is billed now; `before`: what it
    is billed already and keeps, where the rest comes later."""

    line_id: int
    number: int
    door: str
    nickname: str
    asked: Decimal
    gets: Decimal
    credit_fen: int
    before: Decimal = ZERO

    @property
    def billed(self) -> Decimal:
        """What the line is billed for afterwards."""
        return self.before + self.gets

    @property
    def owes_fen(self) -> int:
        """What is billed anew."""
        return -self.credit_fen

    @property
    def lacks(self) -> Decimal:
        return self.asked - self.gets


@dataclass(frozen=True, slots=True)
class PlannedOffer:
    """`shares`, in the order of asking, only where something depends on them."""

    offer: Offer
    came: Came
    ordered: Decimal
    shares: tuple[PlannedShare, ...]

    @property
    def short(self) -> Decimal:
        return max(self.ordered - self.came.fit, ZERO)

    @property
    def over(self) -> Decimal:
        return max(self.came.fit - self.ordered, ZERO)

    @property
    def credit_fen(self) -> int:
        return sum(share.credit_fen for share in self.shares)

    @property
    def is_rest(self) -> bool:
        """Whether somebody got some of it before."""
        return any(share.before for share in self.shares)

    @property
    def lacking(self) -> list[PlannedShare]:
        return [share for share in self.shares if share.lacks]


@dataclass(frozen=True, slots=True)
class ArrivalPlan:
    """Every offer that was ordered or came, in the order of the round."""

    offers: tuple[PlannedOffer, ...]

    @property
    def short(self) -> list[PlannedOffer]:
        return [one for one in self.offers if one.short]

    @property
    def credit_fen(self) -> int:
        return sum(one.credit_fen for one in self.offers)

    @property
    def owes_fen(self) -> int:
        """What is billed anew."""
        return -self.credit_fen

    @property
    def households(self) -> int:
        """How many orders get less than they asked for."""
        return len({share.number for one in self.offers for share in one.lacking})

    def billed(self) -> dict[int, Decimal]:
        """What each line is billed for afterwards: {line id: quantity}."""
        return {share.line_id: share.billed for one in self.offers for share in one.shares}


def plan_arrival(
    rnd: Round, came: Mapping[int, Came], *, today: date, again: bool = False
) -> ArrivalPlan:
    """Who gets how much, in fen, if this came: {offer id: Came}; one left out did not come.

    `today`, in the group's time, is when it came: what is past its date is refused. `again`: a
    recorded arrival is counted anew, so whole offers matter too. Two queries, three where
    something is short or has batches. Raises BadArrival, BadShares with the field that is wrong.
    """
    offers = {offer.pk: offer for offer in Offer.objects.of_round(rnd.pk)}
    if not set(came) <= set(offers):
        raise BadArrival(_("到货里有这个团没有的货品。刷新页面再填。"))
    live = OrderLine.objects.live().filter(order__round_id=rnd.pk)
    ordered = live.quantity_by("offer_id")
    found = {pk: came.get(pk, Came(ZERO)) for pk in offers if pk in ordered or pk in came}
    for pk, one in found.items():
        check_came(offers[pk], one, today)
    wanted = [
        pk for pk, one in found.items() if again or one.lots or one.fit < ordered.get(pk, ZERO)
    ]
    lines: dict[int, list[OrderLine]] = {}
    if wanted:
        chosen = live.filter(offer_id__in=wanted).select_related("order")
        for line in chosen.order_by("order__number", "pk"):
            lines.setdefault(line.offer_id, []).append(line)
    return ArrivalPlan(
        tuple(
            PlannedOffer(
                offers[pk], one, ordered.get(pk, ZERO), shared(offers[pk], one, lines.get(pk, []))
            )
            for pk, one in found.items()
        )
    )


def shared(
    offer: Offer,
    came: Came,
    lines: list[OrderLine],
    kept: Mapping[int, Decimal] = MappingProxyType({}),
) -> tuple[PlannedShare, ...]:
    """Who gets how much of what came; `kept`: what lines are billed already and keep. Raises
    BadShares."""
    asked = {line.pk: line.quantity - kept.get(line.pk, ZERO) for line in lines}
    claims = [Claim(line.pk, line.order.number, asked[line.pk]) for line in lines]
    gets = _ways(offer, came, claims)
    return tuple(
        PlannedShare(
            line_id=line.pk,
            number=line.order.number,
            door=line.order.door,
            nickname=line.order.nickname,
            asked=asked[line.pk],
            gets=gets[line.pk],
            credit_fen=line.billed_fen
            - money.times(
                gets[line.pk] + kept.get(line.pk, ZERO),
                line.final_unit_price_fen or line.unit_price_fen,
            ),
            before=kept.get(line.pk, ZERO),
        )
        for line in lines
    )


def _ways(offer: Offer, came: Came, claims: list[Claim]) -> shares.Shares:
    asked = sum((claim.asked for claim in claims), ZERO)
    if came.fit >= asked or came.sharing == Sharing.IN_ORDER:
        return shares.in_order(claims, came.fit, offer.step)
    if came.sharing == Sharing.EVENLY:
        return shares.evenly(claims, came.fit, offer.step)
    try:
        return shares.by_hand(claims, came.fit, offer.step, came.shares)
    except BadShares as refusal:
        claim = refusal.details.get("claim")
        field = f"share_{offer.pk}_{claim}" if claim else f"sharing_{offer.pk}"
        raise BadShares(
            _("%(name)s：%(why)s") % {"name": offer.name, "why": refusal.message}, field=field
        ) from refusal


def check_came(offer: Offer, came: Came, today: date) -> None:
    """What was typed for one offer. Raises BadArrival."""
    _check_quantity(offer, came.quantity, f"offer_{offer.pk}")
    if came.weighed is not None:
        if not offer.by_weight:
            raise BadArrival(
                _("%(name)s不按重量卖，不用称，填数量就行。") % {"name": offer.name},
                field=f"weighed_{offer.pk}",
            )
        _check_quantity(offer, came.weighed, f"weighed_{offer.pk}")
    _check_quantity(offer, came.damaged, f"damaged_{offer.pk}")
    if came.fit < 0:
        raise BadArrival(
            _("%(name)s坏的比到的还多。核对一下。") % {"name": offer.name},
            field=f"damaged_{offer.pk}",
        )
    if came.sharing not in Sharing.values:
        raise BadArrival(
            _("分法只有三种：先下单的先给、按比例、自己填。"), field=f"sharing_{offer.pk}"
        )
    if len(came.note) > 100:
        raise BadArrival(_("备注最多 100 个字，删短一点。"), field=f"note_{offer.pk}")
    _check_lots(offer, came, today)


def _check_quantity(offer: Offer, q: Decimal, field: str) -> None:
    if not q.is_finite() or not 0 <= q <= LARGEST or q != round(q, 3):
        raise BadArrival(
            _("%(name)s的数量要从 0 起，最多三位小数。核对一下。") % {"name": offer.name},
            field=field,
        )
    if not offer.by_weight and q % offer.step:
        raise BadArrival(
            _("%(name)s按 %(step)s%(unit)s 的倍数填。")
            % {"name": offer.name, "step": f"{offer.step.normalize():f}", "unit": offer.unit},
            field=field,
        )


def _check_lots(offer: Offer, came: Came, today: date) -> None:
    field, words = f"lot_{offer.pk}", {"name": offer.name}
    for lot in came.lots:
        _check_lot(lot, words | {"lot": lot.lot}, field, today)
    if len({lot.lot for lot in came.lots}) < len(came.lots):
        raise BadArrival(_("%(name)s有批号写了两次，合成一行。") % words, field=field)
    if came.lots and not came.fit:
        raise BadArrival(_("%(name)s一点没到，不用写批次。") % words, field=field)
    quantities = lots_of(came).values()
    if came.lots and (ZERO in quantities or sum(quantities, ZERO) != came.fit):
        raise BadArrival(
            _("%(name)s各批加起来要等于能发的 %(fit)s%(unit)s。")
            % {**words, "fit": f"{came.fit.normalize():f}", "unit": offer.unit},
            field=field,
        )


def lots_of(came: Came) -> dict[str, Decimal]:
    """How much of each lot there is; a single one is all that can be handed out."""
    if len(came.lots) == 1:
        (only,) = came.lots
        return {only.lot: came.fit if only.quantity is None else only.quantity}
    return {lot.lot: lot.quantity or ZERO for lot in came.lots}


def _check_lot(lot: Lot, words: Mapping[str, str], field: str, today: date) -> None:
    if not lot.lot.strip() or len(lot.lot) > 40:
        raise BadArrival(_("%(name)s的批号写 1 到 40 个字。") % words, field=field)
    if lot.quantity is not None and not (lot.quantity.is_finite() and lot.quantity > 0):
        raise BadArrival(_("%(name)s批次 %(lot)s 的数量要大于 0。") % words, field=field)
    if lot.produced_on and lot.produced_on > today:
        raise BadArrival(
            _("%(name)s批次 %(lot)s 的生产日期在以后。核对一下。") % words, field=field
        )
    if lot.expires_on and lot.expires_on < today:
        raise BadArrival(
            _("%(name)s批次 %(lot)s 已经过期，不能收。这一批记成坏的，或退给商家。") % words,
            field=field,
        )
    if lot.produced_on and lot.expires_on and lot.expires_on < lot.produced_on:
        raise BadArrival(_("%(name)s批次 %(lot)s 到期早于生产。核对日期。") % words, field=field)


def parts_of(planned: PlannedOffer) -> dict[str, dict[int, Decimal]]:
    """Which line gets what of which lot, in the order of asking: {lot: {line id: quantity}}."""
    queue = {share.line_id: share.gets for share in planned.shares if share.gets}
    parts: dict[str, dict[int, Decimal]] = {}
    for lot, quantity in lots_of(planned.came).items():
        parts[lot] = take(queue, quantity)
    return parts


def take(queue: dict[int, Decimal], quantity: Decimal) -> dict[int, Decimal]:
    """What the first ones waiting get of it; the queue keeps what they still wait for."""
    taken: dict[int, Decimal] = {}
    for line_id, waits in list(queue.items()):
        part = min(waits, quantity)
        if not part:
            break
        taken[line_id] = part
        quantity -= part
        queue[line_id] = waits - part
        if part == waits:
            del queue[line_id]
    return taken
