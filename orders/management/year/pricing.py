"""Which goods the month's items are, and prices that look like prices.

Every price is a multiple of 10 fen, of 20 fen where half a unit is sold, so that a line never
bills a part of a fen. Where the month's sales end in odd fen, the solver gives one offer of whole
pieces an odd price.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from math import exp, log
from random import Random

from orders.management.year.draws import number
from orders.management.year.goods import CATEGORIES, SIZES, Size
from orders.management.year.shape import DraftMonth, DraftOffer, Slot
from orders.management.year.words import SECOND, SHOPS

_ENDINGS = (0, 50, 80, 90)
_HALF_ENDINGS = (0, 60, 80)
LEAST_PRICE_FEN = 100
_LOOSE_PIECES = 1.9  # how much of goods sold by weight a line asks for, about

Key = tuple[int, str, str]  # shop, name, spec


def key_of(slot: Slot) -> Key:
    if slot.size is None:
        raise ValueError("an item without goods has no key")
    return slot.shop, slot.size.name, slot.size.spec


@dataclass(slots=True)
class Shelf:
    """What each shop has sold so far, with the group prices asked for it, oldest first."""

    prices: dict[Key, list[int]] = field(default_factory=dict)

    def usual_fen(self, shop: int, size: Size) -> int:
        """What a shop asks for goods: what it asked last, else a price of its own."""
        asked = self.prices.get((shop, size.name, size.spec))
        if asked:
            return asked[-1]
        return size.price_fen * (94 + number(shop, size.name, below=13)) // 100

    def remember(self, month: DraftMonth) -> None:
        for offer in month.offers():
            self.prices.setdefault(key_of(offer.slot), []).append(offer.price_fen)


def price_points(step_milli: int, low: int, high: int) -> Iterator[int]:
    """The prices between two amounts that a shop would write."""
    endings = _ENDINGS if step_milli == 1000 else _HALF_ENDINGS
    for yuan in range(low // 100 * 100, high + 100, 100):
        yield from (yuan + end for end in endings if low <= yuan + end <= high)


def nearest_point(fen: int, step_milli: int) -> int:
    low = max(LEAST_PRICE_FEN, fen - 100)
    points = price_points(step_milli, low, max(low, fen) + 100)
    return min(points, key=lambda point: abs(point - fen))


def choose_goods(month: DraftMonth, shelf: Shelf, slack: float, rng: Random) -> None:
    """Give every item its goods, so that usual prices come near the month's sales.

    slack: how far, as a share, a price may stray from the usual one.
    """
    units = _units_of(month)
    mean = month.row.sales_fen / max(1, sum(units))
    wishes = [exp(rng.gauss(0, 0.5)) for _ in month.slots]
    weighted = sum(wish * count for wish, count in zip(wishes, units, strict=True))
    scale = mean * sum(units) / weighted
    taken: dict[int, list[Size]] = {}
    for place, (slot, wish) in enumerate(zip(month.slots, wishes, strict=True)):
        own = taken.setdefault(slot.shop, [])
        whole = place == 0 and (month.row.sales_fen % 10 > 0 or month.row.items < 3)
        slot.size = _size_near(slot.shop, wish * scale, own, shelf, only_whole=whole)
        own.append(slot.size)
    _sell_by_half(month, rng)
    _fit_prices(month, shelf, slack)


def _units_of(month: DraftMonth) -> list[int]:
    """How many of each item are asked for."""
    counts = {id(slot): 0 for slot in month.slots}
    for line in month.lines():
        counts[id(line.offer.slot)] += line.units
    return [counts[id(slot)] for slot in month.slots]


def _size_near(
    shop: int, fen: float, taken: Sequence[Size], shelf: Shelf, *, only_whole: bool
) -> Size:
    """Goods of the shop that usually cost about so much; not two sizes of one thing if it can."""
    main = SHOPS[shop][1]
    near = (main, *SECOND[main])
    names = {size.name for size in taken}
    sizes = {(size.name, size.spec) for size in taken}

    def cost(size: Size) -> float:
        line_fen = shelf.usual_fen(shop, size) * (_LOOSE_PIECES if size.step_milli < 1000 else 1)
        known = (shop, size.name, size.spec) in shelf.prices
        foreign = 0.0 if size.category == main else 0.3 if size.category in near else 1.2
        odd = 0.0 if size.is_usual else 0.5 if size.sale_unit == "箱" else 0.25
        again = 0.6 * (size.name in names) - 0.25 * known
        return abs(log(line_fen / fen)) + foreign + odd + again

    categories = near if len(taken) < 30 else CATEGORIES
    free = [
        size
        for size in chain.from_iterable(SIZES[category] for category in categories)
        if (size.name, size.spec) not in sizes and not (only_whole and size.step_milli < 1000)
    ]
    return min(free, key=cost)


def _sell_by_half(month: DraftMonth, rng: Random) -> None:
    """Goods sold by weight: counted in half units, a pound or several to a line."""
    for offer in month.offers():
        offer.step_milli = offer.slot.size.step_milli if offer.slot.size else 1000
    for line in month.lines():
        if line.offer.step_milli == 500:
            halves = rng.choices((1, 2, 3, 4, 5, 6), (5, 20, 12, 30, 8, 20))[0]
            line.units = min(12, line.units * halves)


def _fit_prices(month: DraftMonth, shelf: Shelf, slack: float) -> None:
    """Move all prices together until the sales fit, none further than the slack."""
    wanted = month.row.sales_fen
    usual = [shelf.usual_fen(slot.shop, slot.size) if slot.size else 0 for slot in month.slots]
    for slot, fen in zip(month.slots, usual, strict=True):
        slot.price_fen = max(LEAST_PRICE_FEN, fen)
    for _ in range(4):
        factor = wanted / max(1, _total_at_slot_prices(month))
        for slot, fen in zip(month.slots, usual, strict=True):
            least, most = int(fen * (1 - slack)), int(fen * (1 + slack))
            fitted = max(least, min(most, int(slot.price_fen * factor)))
            slot.price_fen = max(LEAST_PRICE_FEN, fitted)


def _total_at_slot_prices(month: DraftMonth) -> int:
    return sum(
        line.units * line.offer.slot.price_fen * line.offer.step_milli // 1000
        for line in month.lines()
    )


def set_offer_prices(month: DraftMonth, rng: Random) -> None:
    """Each round asks the item's price of the month, now and then a little more or less."""
    offers = month.offers()
    vary = 0.3 if len(offers) > 12 else 0.8
    for offer in offers:
        offer.price_fen = nearest_point(offer.slot.price_fen, offer.step_milli)
        if rng.random() < vary:
            offer.price_fen = _next_to(offer, rng)


def _next_to(offer: DraftOffer, rng: Random) -> int:
    spread = max(60, offer.price_fen * 6 // 100)
    low = max(LEAST_PRICE_FEN, offer.price_fen - spread)
    points = list(price_points(offer.step_milli, low, offer.price_fen + spread))
    return rng.choice(points) if points else offer.price_fen
