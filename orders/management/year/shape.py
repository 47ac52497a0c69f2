"""The shape of a month before any price: merchants, rounds, orders, lines, quantities."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from orders.management.year.draws import apportion, pick_weighted
from orders.management.year.figures import MAX_LINES, Row
from orders.management.year.goods import Size
from orders.management.year.words import SHOPS

_TIGHT_LINE_FEN = 900  # under this average, one of each is all a line can hold


@dataclass(slots=True)
class Slot:
    """One of the month's distinct items; which goods it is, is decided with its price."""

    shop: int
    popularity: float
    price_fen: int = 0
    size: Size | None = None


@dataclass(slots=True, eq=False)
class DraftOffer:
    slot: Slot
    price_fen: int = 0
    step_milli: int = 1000

    @property
    def unit_fen(self) -> int:
        """What one step of it costs; prices are drawn so that this is whole."""
        return self.price_fen * self.step_milli // 1000


@dataclass(slots=True, eq=False)
class DraftLine:
    """units: how many steps of the offer."""

    offer: DraftOffer
    units: int

    @property
    def fen(self) -> int:
        return self.units * self.offer.unit_fen


@dataclass(slots=True, eq=False)
class DraftOrder:
    lines: list[DraftLine] = field(default_factory=list)

    def has(self, offer: DraftOffer) -> bool:
        return any(line.offer is offer for line in self.lines)


@dataclass(slots=True, eq=False)
class DraftRound:
    shop: int
    offers: list[DraftOffer]
    orders: list[DraftOrder]
    minimum_households: int | None = None
    fails: bool = False


@dataclass(slots=True)
class DraftMonth:
    row: Row
    slots: list[Slot]
    rounds: list[DraftRound]

    def lines(self) -> list[DraftLine]:
        return [line for rnd in self.rounds for order in rnd.orders for line in order.lines]

    def offers(self) -> list[DraftOffer]:
        return [offer for rnd in self.rounds for offer in rnd.offers]

    @property
    def total_fen(self) -> int:
        return sum(line.fen for line in self.lines())


def assign_shops(rows: Sequence[Row], rng: Random) -> list[list[int]]:
    """Which shops sell in each month: new ones all year, the liked ones again and again."""
    counts = [row.merchants for row in rows]
    wanted = min(len(SHOPS), max(*counts, -(-sum(counts) * 58 // 100), 1))
    pool = pick_weighted(rng, [weight for *_, weight in SHOPS], wanted)
    months: list[list[int]] = []
    known: list[int] = []
    for month, count in enumerate(counts):
        aim = wanted * sum(counts[: month + 1]) // max(1, sum(counts))
        least = max(count - len(known), wanted - len(known) - sum(counts[month + 1 :]), 0)
        fresh = max(least, min(count, aim - len(known), wanted - len(known)))
        again = pick_weighted(rng, [SHOPS[shop][3] ** 1.5 for shop in known], count - fresh)
        months.append([known[i] for i in again] + pool[len(known) : len(known) + fresh])
        known += pool[len(known) : len(known) + fresh]
    return months


def draft_month(row: Row, shops: Sequence[int], per_round: int, rng: Random) -> DraftMonth:
    """Rounds with orders that hold each item at least once; no goods and no prices yet."""
    weights = [SHOPS[shop][3] * rng.lognormvariate(0, 0.35) for shop in shops]
    transactions = apportion(row.transactions, weights)
    items = _items_of_shops(row.items, transactions, rng)
    rounds_of = _rounds_of_shops(row, transactions, per_round)
    slots: list[Slot] = []
    rounds: list[DraftRound] = []
    for shop, orders, n_items, n_rounds in zip(shops, transactions, items, rounds_of, strict=True):
        own = [Slot(shop, 1 / (place + 1.5)) for place in range(n_items)]
        slots += own
        rounds += _rounds_of_shop(shop, own, orders, n_rounds, rng)
    for rnd in rounds:
        _fill_round(rnd, row, rng)
    return DraftMonth(row, slots, rounds)


def _items_of_shops(items: int, transactions: Sequence[int], rng: Random) -> list[int]:
    """Items of each shop, at most what its orders have lines for."""
    weights = [count**0.5 * rng.lognormvariate(0, 0.3) for count in transactions]
    parts = apportion(items, weights)
    room = [MAX_LINES * count - part for count, part in zip(transactions, parts, strict=True)]
    while min(room) < 0:
        full, roomy = room.index(min(room)), room.index(max(room))
        parts[full] -= 1
        parts[roomy] += 1
        room[full] += 1
        room[roomy] -= 1
    return parts


def _rounds_of_shops(row: Row, transactions: Sequence[int], per_round: int) -> list[int]:
    """Rounds of each shop: about `per_round` orders in each, at most two rounds a day in all."""
    days = calendar.monthrange(row.year, row.month)[1]
    wanted = max(row.merchants, round(row.transactions / per_round), 5 - row.items)
    parts = apportion(min(wanted, row.transactions, 2 * days - 2), transactions)
    return [min(p, t, days - 2) for p, t in zip(parts, transactions, strict=True)]


def _rounds_of_shop(
    shop: int, slots: Sequence[Slot], orders: int, count: int, rng: Random
) -> list[DraftRound]:
    sizes = apportion(orders, [rng.lognormvariate(0, 0.35) for _ in range(count)])
    homes: list[list[Slot]] = [[] for _ in sizes]
    for slot in slots:  # each item has one round it is sure to be ordered in
        free = [1 - len(home) / (MAX_LINES * n) for home, n in zip(homes, sizes, strict=True)]
        homes[max(range(count), key=lambda j: (free[j] > 0, free[j] * rng.random()))].append(slot)
    rounds: list[DraftRound] = []
    for home, n_orders in zip(homes, sizes, strict=True):
        others = [slot for slot in slots if slot not in home]
        more = max(0, rng.randint(3, 9) - len(home))
        picked = pick_weighted(rng, [slot.popularity for slot in others], more)
        drafts = [DraftOrder() for _ in range(n_orders)]
        offered = [DraftOffer(slot) for slot in home]
        for offer in offered:
            order = min(drafts, key=lambda draft: (len(draft.lines), rng.random()))
            order.lines.append(DraftLine(offer, 1))
        offered += [DraftOffer(others[i]) for i in picked]
        rounds.append(DraftRound(shop, offered, drafts))
    return rounds


def _fill_round(rnd: DraftRound, row: Row, rng: Random) -> None:
    """Give every order its lines and quantities; then drop what nobody asked for."""
    order_fen = row.sales_fen / row.transactions
    more = min(max(order_fen / 4_000 - 0.9, 0.12), 1.5)  # lines beyond the first, on average
    weights = [offer.slot.popularity for offer in rnd.offers]
    line_fen = row.sales_fen / max(row.items, row.transactions * (1 + more))
    for order in rnd.orders:
        wanted = 1
        while wanted < MAX_LINES and rng.random() < more / (1 + more):
            wanted += 1
        for i in pick_weighted(rng, weights, wanted):
            if len(order.lines) < wanted and not order.has(rnd.offers[i]):
                order.lines.append(DraftLine(rnd.offers[i], 1))
        if line_fen > _TIGHT_LINE_FEN:
            for line in order.lines:
                line.units = rng.choices((1, 2, 3, 4), (78, 17, 3, 2))[0]
    drop_unordered(rnd)


def drop_unordered(rnd: DraftRound) -> None:
    ordered = {id(line.offer) for order in rnd.orders for line in order.lines}
    rnd.offers = [offer for offer in rnd.offers if id(offer) in ordered]
