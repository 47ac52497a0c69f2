"""What neighbours and shops say in a played year, beside its plan: each part is seeded by itself.

A part is made of the plan. When a step was played it names acts to come; they are played in order
of time, between the steps, each in a simulated transaction of its own. The plan's own figures do
not depend on it: Table 1 is made of orders and returns alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from heapq import heappop, heappush
from itertools import count
from typing import Protocol

from orders.management.year.plan import Step, YearPlan
from orders.management.year.play import Played
from reputation.management.year.complaints import Complaints
from reputation.management.year.opinions import Opinions
from tuangou.core import clock

Act = Callable[[], object]


class Part(Protocol):
    def after(self, step: Step, year: Played) -> Iterable[tuple[datetime, Act]]:
        """What follows from this step, and when: later than the step."""


PARTS: tuple[Callable[[YearPlan], Part], ...] = (Opinions, Complaints)


class Voices:
    """All parts as one: see orders.management.year.play.Beside."""

    def __init__(self, plan: YearPlan) -> None:
        self._parts = [part(plan) for part in PARTS]
        self._coming: list[tuple[datetime, int, Act]] = []
        self._number = count()

    def until(self, at: datetime, year: Played) -> None:
        """What would come after the last step of the year is left unsaid."""
        while self._coming and self._coming[0][0] < at:
            moment, _number, act = heappop(self._coming)
            with clock.simulated_transaction(moment):
                act()

    def played(self, step: Step, year: Played) -> None:
        for part in self._parts:
            for moment, act in part.after(step, year):
                heappush(self._coming, (moment, next(self._number), act))
