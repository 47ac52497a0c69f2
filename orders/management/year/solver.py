"""Orders that add up: quantities moved until a month's sales are met to the fen."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd
from random import Random

from orders.management.year.figures import MAX_LINES
from orders.management.year.pricing import LEAST_PRICE_FEN
from orders.management.year.shape import (
    DraftLine,
    DraftMonth,
    DraftOffer,
    DraftOrder,
    drop_unordered,
)

NEAR_FEN = 6_000  # random moves stop this near to the month's sales
_MOST_PIECES = 6  # random moves ask for no more of one thing
_DEAREST_MOVE_FEN = 8_000  # dearer goods are not moved in the last step, if there are cheaper
_WIDEST_FEN = 20_000  # how far from the sales the last step may stray
_PRICE_MOVES = 12  # the last resort moves the prices of so many offers

LinesOf = dict[DraftOffer, list[DraftLine]]


class NoSum(Exception):
    """This draw cannot be made to add up; another may."""


@dataclass(frozen=True, slots=True)
class _Move:
    """Changes the month's sales by `fen`: units of an offer more or less, or its price."""

    fen: int
    offer: DraftOffer
    units: int = 0
    price_fen: int = 0


def meet_sales(month: DraftMonth, rng: Random, *, by_price: bool) -> None:
    """Make the month's lines add up to its sales exactly. Raises NoSum.

    by_price: let odd prices close the gap too, when draws with pretty ones have failed.
    """
    _come_near(month, rng)
    for rnd in month.rounds:
        drop_unordered(rnd)
    lines_of: LinesOf = {}
    for line in month.lines():
        lines_of.setdefault(line.offer, []).append(line)
    odd = _take_odd_fen(month, lines_of)
    fixed = {odd} if odd else set()
    moves: list[_Move] = []
    if by_price:
        moves = _price_moves(lines_of, fixed)
        fixed |= {move.offer for move in moves}
    moves += _unit_moves(lines_of, fixed)
    rng.shuffle(moves)
    for move in _shortest(month.row.sales_fen - month.total_fen, moves):
        _apply(move, lines_of[move.offer], rng)
    cheapest = min(offer.price_fen for offer in lines_of)
    if month.total_fen != month.row.sales_fen or cheapest < LEAST_PRICE_FEN // 2:
        raise NoSum


def _come_near(month: DraftMonth, rng: Random) -> None:
    """Random units and lines more or less until the sales are near. Raises NoSum."""
    gap = month.row.sales_fen - month.total_fen
    orders = [(rnd.offers, order) for rnd in month.rounds for order in rnd.orders]
    asked = Counter(id(line.offer.slot) for line in month.lines())
    for _ in range(60 * len(orders) + 600):
        if abs(gap) <= NEAR_FEN:
            return
        offers, order = rng.choice(orders)
        gap += _less(order, asked, rng) if gap < 0 else -_more(offers, order, asked, rng)
    raise NoSum


def _more(offers: Sequence[DraftOffer], order: DraftOrder, asked: Counter[int], rng: Random) -> int:
    """A line more, or a unit more of a line; what it adds in fen."""
    free = [offer for offer in offers if not order.has(offer)]
    if free and len(order.lines) < MAX_LINES and rng.random() < 0.5:
        line = DraftLine(rng.choice(free), 0)
        order.lines.append(line)
        asked[id(line.offer.slot)] += 1
    else:
        line = rng.choice(order.lines)
    if line.units * line.offer.step_milli >= _MOST_PIECES * 1000:
        return 0
    line.units += 1
    return line.offer.unit_fen


def _less(order: DraftOrder, asked: Counter[int], rng: Random) -> int:
    """A unit less of a line, or a line less where its item is asked for again; the fen it takes."""
    line = rng.choice(order.lines)
    if line.units > 1:
        line.units -= 1
        return line.offer.unit_fen
    if len(order.lines) > 1 and asked[id(line.offer.slot)] > 1:
        order.lines.remove(line)
        asked[id(line.offer.slot)] -= 1
        return line.offer.unit_fen
    return 0


def _take_odd_fen(month: DraftMonth, lines_of: LinesOf) -> DraftOffer | None:
    """Give one offer of whole pieces the price that leaves whole 10 fen to everything else."""
    rest = month.row.sales_fen % 10
    if not rest:
        return None
    whole = [offer for offer in lines_of if offer.step_milli == 1000]
    if not whole:
        raise NoSum
    counts = {offer: sum(line.units for line in lines_of[offer]) for offer in whole}
    odd = min(whole, key=lambda offer: (gcd(counts[offer], 10) > 1, counts[offer]))
    while gcd(counts[odd], 10) > 1:
        lines_of[odd][0].units += 1
        counts[odd] += 1
    odd.price_fen += rest * pow(counts[odd], -1, 10) % 10
    return odd


def _unit_moves(lines_of: LinesOf, fixed: set[DraftOffer]) -> list[_Move]:
    """One unit more or less of every offer that has lines to bear it."""
    free = sorted((o for o in lines_of if o not in fixed), key=lambda offer: offer.unit_fen)
    near = [offer for offer in free if offer.unit_fen <= _DEAREST_MOVE_FEN] or free[:4]
    moves = [_Move(offer.unit_fen, offer, units=1) for offer in near]
    return moves + [
        _Move(-offer.unit_fen, offer, units=-1)
        for offer in near
        if any(line.units > 1 for line in lines_of[offer])
    ]


def _price_moves(lines_of: LinesOf, fixed: set[DraftOffer]) -> list[_Move]:
    """A step up or down in price of the offers fewest asked for."""
    moves: list[_Move] = []
    free = [offer for offer in lines_of if offer not in fixed]
    units = {offer: sum(line.units for line in lines_of[offer]) for offer in free}
    for offer in sorted(free, key=lambda offer: units[offer])[:_PRICE_MOVES]:
        step = 10_000 // offer.step_milli  # 10 fen a piece, 20 fen where halves are sold
        fen = units[offer] * 10
        moves += [
            _Move(fen, offer, price_fen=step),
            _Move(-fen, offer, price_fen=-step),
        ]
    return moves


def _shortest(gap: int, moves: Sequence[_Move]) -> list[_Move]:
    """The fewest moves that close the gap, by breadth first. Raises NoSum."""
    by_fen = {move.fen: move for move in moves}  # moves of one value are as good as each other
    came: dict[int, _Move | None] = {0: None}
    queue = deque([0])
    while queue and gap not in came:
        here = queue.popleft()
        for fen, move in by_fen.items():
            there = here + fen
            if there not in came and -_WIDEST_FEN <= there <= _WIDEST_FEN:
                came[there] = move
                queue.append(there)
    if gap not in came:
        raise NoSum
    path: list[_Move] = []
    while (last := came[gap]) is not None:
        path.append(last)
        gap -= last.fen
    return path


def _apply(move: _Move, lines: Sequence[DraftLine], rng: Random) -> None:
    """Carry out one move. Raises NoSum where no line can bear it any more."""
    move.offer.price_fen += move.price_fen
    if not move.units:
        return
    able = [line for line in lines if line.units + move.units > 0]
    if not able:
        raise NoSum
    rng.choice(able).units += move.units
