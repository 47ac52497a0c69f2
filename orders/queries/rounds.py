"""Rounds as pages show them: the group's front page and the page of one round."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from groups.models import Group, Membership
from merchants.models import Item
from merchants.queries.rated import Rated
from merchants.queries.witnesses import Claim
from orders.models import (
    Offer,
    Order,
    Payee,
    Round,
    RoundStatus,
)
from orders.models.offers import PriceTier
from orders.queries.claims import SEEN, claim_on
from orders.queries.standings import bands_of, standing_of
from tuangou.core.kept import Kept

LIVE = (RoundStatus.OPEN, RoundStatus.CLOSED, RoundStatus.CONFIRMED, RoundStatus.ARRIVED)
SHOWN_BUYERS = 12


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One round on the front page. Money in fen; quantities in the offer's unit."""

    id: int
    title: str
    merchant_id: int
    brand: str
    band: str
    status: str
    opens_at: datetime
    cut_off_at: datetime
    pickup_from: datetime
    pickup_until: datetime
    households: int
    minimum_households: int | None
    category: str
    photo: str
    offer_name: str
    offer_unit: str
    price_fen: int
    store_price_fen: int
    claim: Claim


@dataclass(frozen=True, slots=True)
class Board:
    open: list[BoardRow]
    upcoming: list[BoardRow]
    past: list[BoardRow]


@dataclass(frozen=True, slots=True)
class OfferRow:
    """One offer on the page of a round."""

    id: int
    item_id: int
    merchant_id: int
    field: str
    name: str
    spec: str
    unit: str
    category: str
    photo: str
    description: str
    origin: str
    price_fen: int
    store_price_fen: int
    claim: Claim
    step: Decimal
    minimum: Decimal | None
    household_limit: Decimal | None
    left: Decimal | None
    taken: Decimal
    waiting: int
    tiers: tuple[tuple[Decimal, int], ...]
    stopped: bool

    @property
    def sold_out(self) -> bool:
        return self.left is not None and self.left < self.step


@dataclass(frozen=True, slots=True)
class Buyer:
    building: str
    initial: str


@dataclass(frozen=True, slots=True)
class MineRow:
    id: int
    number: int
    remark: str
    is_cancelled: bool
    for_other: str


@dataclass(frozen=True, slots=True)
class RoundPage:
    """What stands on the page of a round beside the round and its offers."""

    band: str
    facts: list[list[Any]]
    rated: Rated
    commission_bp: int
    households: int
    buyers: list[Buyer]
    more_buyers: int
    mine: list[MineRow]
    minimum_households: int | None

    @property
    def commission_percent(self) -> str:
        """5 for 500 basis points."""
        return f"{Decimal(self.commission_bp).scaleb(-2).normalize():f}"

    @property
    def to_minimum(self) -> int:
        return max((self.minimum_households or 0) - self.households, 0)


def board(group: Group, *, at: datetime, past: int = 6) -> Board:
    """The group's front page: open rounds by cut-off, what opens next, what was. Four queries."""
    rounds = list(
        Round.objects.of_group(group.pk)
        .filter(Q(status=RoundStatus.OPEN) | Q(status__in=LIVE[1:], cut_off_at__gt=at - RECENT))
        .select_related("merchant")
        .order_by("cut_off_at", "pk")
    )
    closed = list(
        Round.objects.of_group(group.pk)
        .filter(status__in=(RoundStatus.COMPLETED, RoundStatus.SETTLED))
        .select_related("merchant")
        .order_by("-cut_off_at", "-pk")[:past]
    )
    rows = _rows(group, [*rounds, *closed])
    now_open = [rows[r.pk] for r in rounds if r.takes_orders(at)]
    later = [rows[r.pk] for r in rounds if r.status == RoundStatus.OPEN and r.opens_at > at]
    known = {row.id for row in [*now_open, *later]}
    done = sorted(
        (rows[r.pk] for r in [*rounds, *closed] if r.pk not in known),
        key=lambda row: (row.cut_off_at, row.id),
        reverse=True,
    )
    return Board(now_open, later, done[:past])


RECENT = timedelta(days=14)


def _rows(group: Group, rounds: list[Round]) -> dict[int, BoardRow]:
    ids = [r.pk for r in rounds]
    first: dict[int, Offer] = {}
    offers = Offer.objects.filter(round_id__in=ids).select_related("item").annotate(seen=SEEN)
    for offer in offers.order_by("round", "position"):
        first.setdefault(offer.round_id, offer)
    households = dict(
        Order.objects.live()
        .filter(round_id__in=ids)
        .values_list("round_id")
        .annotate(n=Count("household_id", distinct=True))
    )
    bands = bands_of(group.pk, {r.merchant_id for r in rounds})
    zone = group.time_zone
    return {r.pk: _row(r, first[r.pk], households.get(r.pk, 0), bands, zone) for r in rounds}


def _row(rnd: Round, offer: Offer, households: int, bands: dict[int, str], zone: str) -> BoardRow:
    return BoardRow(
        id=rnd.pk,
        title=rnd.title,
        merchant_id=rnd.merchant_id,
        brand=rnd.merchant.brand,
        band=bands.get(rnd.merchant_id, "new"),
        status=rnd.status,
        opens_at=rnd.opens_at,
        cut_off_at=rnd.cut_off_at,
        pickup_from=rnd.pickup_from,
        pickup_until=rnd.pickup_until,
        households=households,
        minimum_households=rnd.minimum_households,
        category=offer.category,
        photo=photo_of(offer.item),
        offer_name=offer.name,
        offer_unit=offer.unit,
        price_fen=offer.price_fen,
        store_price_fen=offer.store_price_fen,
        claim=claim_on(offer, zone),
    )


def photo_of(item: Item) -> str:
    return item.photo.url if item.photo else ""


def round_page(rnd: Round, member: Membership) -> RoundPage:
    """Three queries, any length; the offers are read by themselves."""
    buyers, households = _buyers(rnd.pk)
    shop = standing_of(rnd.group_id, rnd.merchant_id)
    return RoundPage(
        band=shop.band,
        facts=shop.facts,
        rated=shop.rated,
        commission_bp=rnd.commission_bp,
        households=households,
        buyers=buyers[:SHOWN_BUYERS],
        more_buyers=max(households - SHOWN_BUYERS, 0),
        mine=_mine(rnd, member),
        minimum_households=rnd.minimum_households,
    )


def offers_of(round_id: int) -> list[OfferRow]:
    """The offers of a round in their order, with tiers. Two queries."""
    tiers: dict[int, list[tuple[Decimal, int]]] = {}
    for tier in _TIERS.rows(round_id=round_id):
        tiers.setdefault(tier.offer_id, []).append((tier.from_quantity, tier.price_fen))
    return [
        OfferRow(
            id=o.pk,
            item_id=o.item_id,
            merchant_id=o.item.merchant_id,
            field=f"offer_{o.pk}",
            name=o.name,
            spec=o.spec,
            unit=o.unit,
            category=o.category,
            photo=photo_of(o.item),
            description=o.item.description,
            origin=o.item.origin,
            price_fen=o.final_price_fen or o.price_fen,
            store_price_fen=o.store_price_fen,
            claim=claim_on(o, o.zone),
            step=o.step,
            minimum=o.minimum,
            household_limit=o.household_limit,
            left=o.left,
            taken=o.taken,
            waiting=o.waiting,
            tiers=tuple(tiers.get(o.pk, ())),
            stopped=o.stopped_at is not None,
        )
        for o in _OFFERS.rows(round_id=round_id)
    ]


def _tiers(round_id: int) -> QuerySet[PriceTier]:
    return PriceTier.objects.filter(offer__round_id=round_id).order_by("from_quantity")


def _offers(round_id: int) -> QuerySet[Any]:
    rows = Offer.objects.of_round(round_id).select_related("item")
    return rows.annotate(seen=SEEN, zone=F("group__time_zone"))


_TIERS, _OFFERS = Kept(_tiers), Kept(_offers)


def _buyers(round_id: int) -> tuple[list[Buyer], int]:
    """Who buys, as others may see it: building and first character of the nickname (G2)."""
    seen: dict[int, Buyer] = {}
    orders = Order.objects.live().filter(round_id=round_id).order_by("number")
    for household_id, building, nickname in orders.values_list(
        "household_id", "building", "nickname"
    ):
        seen.setdefault(household_id, Buyer(building, nickname[:1]))
    return list(seen.values()), len(seen)


def _mine(rnd: Round, member: Membership) -> list[MineRow]:
    orders = (
        Order.objects.filter(round_id=rnd.pk)
        .filter(Q(member_id=member.pk) | Q(placed_by_id=member.pk))
        .order_by("number")
    )
    return [
        MineRow(
            id=o.pk,
            number=o.number,
            remark=rnd.remark_code(o.number),
            is_cancelled=o.cancelled_at is not None,
            for_other="" if o.member_id == member.pk else o.masked_name,
        )
        for o in orders
    ]


def stock_of(rnd: Round) -> dict[str, str | None]:
    """What is left per offer, for the poll: {"offer_12": "36.5"}; null = no limit. One query."""
    return {
        f"offer_{o.pk}": None if o.left is None else f"{o.left.normalize():f}"
        for o in Offer.objects.of_round(rnd.pk)
    }


def time_left(rnd: Round, at: datetime) -> str:
    """「还剩 5小时」, in days, hours, or minutes in the last hour."""
    left = rnd.cut_off_at - at
    if left >= timedelta(days=2):
        return ngettext("还剩 %(n)s天", "还剩 %(n)s天", left.days) % {"n": left.days}
    if left >= timedelta(hours=1):
        n = left // timedelta(hours=1)
        return ngettext("还剩 %(n)s小时", "还剩 %(n)s小时", n) % {"n": n}
    n = max(left // timedelta(minutes=1), 0)
    return ngettext("还剩 %(n)s分钟", "还剩 %(n)s分钟", n) % {"n": n}


def cut_off_text(rnd: Round, at: datetime) -> str:
    """「今天 20:00」, 「明天 20:00」, else the hour: the date stands beneath it."""
    moment, today = rnd.group.local(rnd.cut_off_at), rnd.group.local(at).date()
    hour = f"{moment:%H:%M}"
    if moment.date() == today:
        return _("今天 %(hour)s") % {"hour": hour}
    if moment.date() == today + timedelta(days=1):
        return _("明天 %(hour)s") % {"hour": hour}
    return hour


def payee_name(rnd: Round) -> str:
    """Whom to transfer to: the initiator's nickname or the merchant's brand (O8)."""
    return rnd.merchant.brand if rnd.payee == Payee.MERCHANT else rnd.initiator.nickname
