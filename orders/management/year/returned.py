"""Which lines come back, so that a month's return rate is met to the fen (O11, O13)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from orders.management.year.shape import DraftLine, DraftMonth, DraftOrder

_LAST_STRETCH_FEN = 4_000
_DRAWS = 8  # before a part of a line is agreed on
_WHOLE_LINES_FROM_BP = 2_000  # half returned lines would not add up to such a rate
_PAIRED = 600  # so many amounts are tried in pairs


@dataclass(frozen=True, slots=True)
class DraftReturn:
    """accepted_fen may be less than the units were billed: part of the price was agreed on."""

    order: DraftOrder
    line: DraftLine
    units: int
    accepted_fen: int


def draw_returns(month: DraftMonth, rng: Random) -> list[DraftReturn]:
    """Accepted returns of a month that add up to its rate; at most one for a line."""
    for _ in range(_DRAWS):
        chosen = _draw(month, rng)
        if all(ret.accepted_fen == ret.units * ret.line.offer.unit_fen for ret in chosen):
            break
    return chosen


def _draw(month: DraftMonth, rng: Random) -> list[DraftReturn]:
    least, most = month.row.returned_span_fen()
    middle = (least + most) // 2 if least else 0
    whole_lines = month.row.rate_bp > _WHOLE_LINES_FROM_BP
    lines = [(order, line) for rnd in month.rounds for order in rnd.orders for line in order.lines]
    rng.shuffle(lines)
    chosen: list[DraftReturn] = []
    rest: list[tuple[DraftOrder, DraftLine]] = []
    done = 0
    for order, line in lines:
        units = line.units if whole_lines or rng.random() < 0.6 else 1
        fen = units * line.offer.unit_fen
        if middle - done > _LAST_STRETCH_FEN and fen <= most - done:
            chosen.append(DraftReturn(order, line, units, fen))
            done += fen
        else:
            rest.append((order, line))
    if done < middle:
        chosen += _last_ones(rest, least - done, middle - done, most - done)
    return chosen


def _last_ones(
    lines: Sequence[tuple[DraftOrder, DraftLine]], least: int, middle: int, most: int
) -> list[DraftReturn]:
    """The one or two whole returns within the window that come nearest to its middle (a year whose
    months all lay at one end would miss its own rate); else as many as it takes, the last in part.
    """
    whole = sorted(
        (
            DraftReturn(order, line, units, units * line.offer.unit_fen)
            for order, line in lines
            for units in range(1, line.units + 1)
        ),
        key=lambda ret: ret.accepted_fen,
    )
    amounts = [ret.accepted_fen for ret in whole]
    best: list[DraftReturn] = []
    miss = most - least + 1
    for first in (None, *whole[:_PAIRED]):
        given = first.accepted_fen if first else 0
        at = bisect_left(amounts, middle - given)
        for second in whole[max(at - 1, 0) : at + 2]:
            total = given + second.accepted_fen
            off = abs(total - middle)
            twice = first is not None and second.line is first.line
            if least <= total <= most and off < miss and not twice:
                best, miss = [*filter(None, [first]), second], off
    return best or _in_part(lines, middle)


def _in_part(lines: Sequence[tuple[DraftOrder, DraftLine]], wanted: int) -> list[DraftReturn]:
    """Whole lines, and of the last one only the part that is wanted."""
    chosen: list[DraftReturn] = []
    for order, line in sorted(lines, key=lambda pair: -pair[1].fen):
        if wanted <= 0:
            break
        accepted = min(wanted, line.fen)
        units = -(-accepted // line.offer.unit_fen)
        chosen.append(DraftReturn(order, line, units, accepted))
        wanted -= accepted
    return chosen
