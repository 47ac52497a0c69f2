"""All months drawn and solved: every figure but the returns is exact after this."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from orders.management.year.draws import chance
from orders.management.year.figures import FiguresError, Row
from orders.management.year.pricing import Shelf, choose_goods, set_offer_prices
from orders.management.year.shape import DraftMonth, assign_shops, draft_month
from orders.management.year.solver import NoSum, meet_sales

DRAWS = 50
_PRETTY_DRAWS = 30  # after these, odd prices may close a gap


def draw_months(
    rows: Sequence[Row], slug: str, seed: int, per_round: int
) -> tuple[list[DraftMonth], Shelf]:
    """A solved month for each row that is not empty. Raises FiguresError naming the rows."""
    rows = [row for row in rows if not row.is_empty]
    shops = assign_shops(rows, chance(seed, slug, "shops"))
    shelf = Shelf()
    months: list[DraftMonth] = []
    problems: list[str] = []
    for row, own in zip(rows, shops, strict=True):
        month = _draw_month(row, own, per_round, shelf, chance(seed, slug, row.label))
        if month is None:
            problems.append(
                f"Row {row.label} cannot be met: {DRAWS} draws of prices and orders found none"
                f" that add up to its sales with its merchants, items and transactions."
            )
            continue
        shelf.remember(month)
        months.append(month)
    if problems:
        raise FiguresError(problems)
    return months, shelf


def _draw_month(
    row: Row, shops: Sequence[int], per_round: int, shelf: Shelf, rng: Random
) -> DraftMonth | None:
    for draw in range(DRAWS):
        month = draft_month(row, shops, per_round, rng)
        choose_goods(month, shelf, 0.15 + 0.02 * draw, rng)
        set_offer_prices(month, rng)
        try:
            meet_sales(month, rng, by_price=draw >= _PRETTY_DRAWS)
        except NoSum:
            continue
        return month
    return None
