"""What may be said of a price in the store: the claim, and the rows it stands on (M6).

The only place that compares a price with the store's. A claim stands on somebody of the group who
saw just this store price within 14 days, and on nobody who saw another one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Max, OuterRef, Prefetch, Q, Subquery, Value
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from merchants.models import Item, PriceRuling, PriceWitness
from tuangou.core.events import AppNow

STALE_AFTER = timedelta(days=14)
SHOWN = 50
SEEN, CONTESTED, UNSEEN = "seen", "contested", "unseen"


@dataclass(frozen=True, slots=True)
class Claim:
    """`state`: seen, contested, unseen. Only when seen: how much below the store, in percent (0
    where no price is compared), how many local days ago it was last seen, by how many households.
    """

    state: str = UNSEEN
    percent: int = 0
    days: int = 0
    neighbours: int = 0

    @property
    def holds(self) -> bool:
        """Whether a store price may be put beside the group's at all."""
        return self.state == SEEN

    @property
    def text(self) -> str:
        """「比门店便宜 17%，3 天前 2 位邻居看过」; what is in the way, otherwise."""
        if self.state == CONTESTED:
            return _("店价有争议，先不比")
        if self.state != SEEN:
            return _("店价未核")
        said = {"percent": self.percent, "days": self.days, "n": self.neighbours}
        if not self.percent:
            return _seen(said)
        return _cheaper_today(said) if self.days == 0 else _cheaper(said)


def _cheaper_today(said: Mapping[str, int]) -> str:
    return (
        ngettext(
            "比门店便宜 %(percent)s%%，今天 %(n)s 位邻居看过",
            "比门店便宜 %(percent)s%%，今天 %(n)s 位邻居看过",
            said["n"],
        )
        % said
    )


def _cheaper(said: Mapping[str, int]) -> str:
    return (
        ngettext(
            "比门店便宜 %(percent)s%%，%(days)s 天前 %(n)s 位邻居看过",
            "比门店便宜 %(percent)s%%，%(days)s 天前 %(n)s 位邻居看过",
            said["n"],
        )
        % said
    )


def _seen(said: Mapping[str, int]) -> str:
    if said["days"] == 0:
        return ngettext("今天 %(n)s 位邻居看过", "今天 %(n)s 位邻居看过", said["n"]) % said
    return (
        ngettext("%(days)s 天前 %(n)s 位邻居看过", "%(days)s 天前 %(n)s 位邻居看过", said["n"])
        % said
    )


def claim_of(
    seen: Mapping[str, Any] | None, *, zone: str, price_fen: int | None, store_fen: int
) -> Claim:
    """What `seen_of` found, as a claim about this price of the group; without one, of the store
    price alone. Fen."""
    if not seen:
        return Claim()
    if seen["contested"]:
        return Claim(CONTESTED)
    if not seen["neighbours"]:
        return Claim()
    there = ZoneInfo(zone)
    last, now = (
        datetime.fromisoformat(seen[name]).astimezone(there).date() for name in ("last", "now")
    )
    return Claim(SEEN, percent_below(price_fen, store_fen), (now - last).days, seen["neighbours"])


def percent_below(price_fen: int | None, store_fen: int) -> int:
    """Whole percent, half up: 15.6 → 16; 0 where it is no less."""
    if price_fen is None or not 0 < price_fen < store_fen:
        return 0
    return int((2 * Fraction((store_fen - price_fen) * 100, store_fen) + 1) // 2)


def seen_of(*, item: str, price: str, group_id: int | None = None) -> Subquery:
    """To annotate goods or offers with what this group saw: no statement of its own.

    `item` and `price` name the columns of the outer row: the goods, and the store price to be
    confirmed (fen). The group is the outer row's own, or `group_id`. For `claim_of`.
    """
    group: Any = OuterRef("group_id") if group_id is None else Value(group_id)
    fresh = Q(price_fen=OuterRef(price), seen_at__gte=AppNow() - STALE_AFTER)
    other = Q(said_fen=OuterRef(price)) & ~Q(price_fen=OuterRef(price))
    unsettled = Q(rulings__isnull=True) | Q(rulings__stands=False)
    rows = PriceWitness.objects.filter(group_id=group, item_id=OuterRef(item)).order_by()
    found = rows.values("item_id").annotate(
        seen=JSONObject(
            last=Max("seen_at", filter=fresh),
            neighbours=Count("witness__household_id", filter=fresh, distinct=True),
            contested=Count("pk", filter=other & unsettled),
            now=Max(AppNow()),  # else each row would be a group of its own
        )
    )
    return Subquery(found.values("seen"))


@dataclass(frozen=True, slots=True)
class Look:
    """One time somebody saw the price. `state`: agrees, stale, contests, upheld, struck, corrected
    (another price that the shop took over or changed since)."""

    id: int
    who: str
    price_fen: int
    place: str
    seen_at: datetime
    has_picture: bool
    state: str
    said_fen: int | None
    reason: str
    ruled_at: datetime | None
    ruled_by: str


def looks_at(item: Item, *, group_id: int, at: datetime) -> list[Look]:
    """Everybody of the group who saw this price, newest first; 50 at most. Two queries."""
    rows = PriceWitness.objects.filter(group_id=group_id, item=item).select_related(
        "witness__household__building"
    )
    ruled = PriceRuling.objects.select_related("ruled_by__household__building")
    rows = rows.prefetch_related(Prefetch("rulings", queryset=ruled.order_by("pk")))
    return [_look(row, item, at) for row in rows.order_by("-seen_at", "-pk")[:SHOWN]]


def _ruling_of(row: PriceWitness) -> PriceRuling | None:
    return next(iter(row.rulings.all()), None)


def _look(row: PriceWitness, item: Item, at: datetime) -> Look:
    ruling = _ruling_of(row)
    return Look(
        id=row.pk,
        who=row.witness.masked_name,
        price_fen=row.price_fen,
        place=row.place,
        seen_at=row.seen_at,
        has_picture=bool(row.picture),
        state=_state(row, item, at),
        said_fen=row.said_fen,
        reason=ruling.reason if ruling else "",
        ruled_at=ruling.ruled_at if ruling else None,
        ruled_by=ruling.ruled_by.masked_name if ruling else "",
    )


def _state(row: PriceWitness, item: Item, at: datetime) -> str:
    if row.contests:
        ruling = _ruling_of(row)
        if ruling is not None:
            return "upheld" if ruling.stands else "struck"
        if row.said_fen == item.store_price_fen:
            return "contests"
        return "corrected"
    if row.price_fen != item.store_price_fen:
        return "corrected"
    return "agrees" if at - row.seen_at <= STALE_AFTER else "stale"


def contested_in(group_id: int) -> list[PriceWitness]:
    """Prices that wait for an officer: not decided, not corrected by the shop. One query."""
    said = F("item__store_price_fen")
    rows = PriceWitness.objects.filter(group_id=group_id, rulings__isnull=True, said_fen=said)
    rows = rows.exclude(price_fen=said).select_related("item__merchant")
    return list(rows.order_by("noted_at", "pk")[:SHOWN])
