"""Bags that nobody fetched, and what was decided about them (O10)."""

from __future__ import annotations

from dataclasses import dataclass

from orders.models import Leftover, Round
from orders.models.leftovers import FINAL, LEFT
from orders.queries.desk import DeskRow, desk_rows


@dataclass(frozen=True, slots=True)
class LeftRow:
    """A bag or its rest, with the latest decision."""

    row: DeskRow
    decided: Leftover | None

    @property
    def is_gone(self) -> bool:
        return self.decided is not None and self.decided.choice in FINAL


def leftovers_of(rnd: Round) -> list[LeftRow]:
    """Whatever was missed or fetched in part, in door order. Six queries."""
    rows = [row for row in desk_rows(rnd) if row.status in LEFT]
    decisions = Leftover.objects.filter(order_id__in=[row.order_id for row in rows])
    latest = {one.order_id: one for one in decisions.select_related("taker").order_by("pk")}
    found = [LeftRow(row, latest.get(row.order_id)) for row in rows]
    return [one for one in found if one.row.waiting or one.is_gone]
