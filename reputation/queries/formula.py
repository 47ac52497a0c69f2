"""The one formula of a standing, version 1 (R5): a pure function of entries up to a moment.

docs/ledger.md says the same in words; docs/check_ledger.py computes it from an export alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp2, fsum, log1p

from merchants.models.applications import Band
from reputation.models import Kind
from reputation.models.weights import FOLLOWING, REPAIRS, TELLING
from reputation.queries.beta import quantile

VERSION = 1
HALF_LIFE = timedelta(days=180)
# what all entries of one household may move a standing by, in thousandths, in any 180 days
HOUSEHOLD_MOST = 200
HOUSEHOLD_DAYS = timedelta(days=180)
YEAR = timedelta(days=360)
LEAST_ENTRIES = 5
CAUTION = 0.1
GOOD_FROM, FAIR_FROM = 0.75, 0.55
FACTS = 3


@dataclass(frozen=True, slots=True)
class Counted:
    """What of an entry the formula reads. `number` only tells which page a correction strikes, or
    a remedy repairs."""

    number: int
    kind: str
    weight_milli: int
    at: datetime
    household_id: int | None = None
    corrects: int | None = None
    repairs: int | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """Entries of one kind in 360 days, and what they weigh now, in thousandths."""

    kind: str
    n: int
    weight_milli: int


@dataclass(frozen=True, slots=True)
class Standing:
    """`score` = α/(α+β); `low`: its 10 % quantile, which decides the band; `n` in 360 days."""

    score: float
    low: float
    band: str
    n: int
    facts: tuple[Fact, ...]
    alpha: float = 1.0
    beta: float = 1.0

    @property
    def score_bp(self) -> int:
        return round(self.score * 10_000)


def standing(entries: Iterable[Counted], at: datetime) -> Standing:
    """The standing at a moment. Later entries do not matter, nor in what order they are given."""
    live = _live(entries, at)
    said = [entry for entry in live if entry.repairs is None]
    bounded, repairs = _bounded(said), list(_repairs(live))
    back: Counter[int] = Counter()
    for entry, size, _since in repairs:
        back[entry.repairs or 0] += size
    alpha = 1 + fsum(_worn(weight, at - entry.at) for entry, weight in bounded if weight > 0)
    # in whole thousandths before it wears off, so that what is made up for in full leaves nothing
    lost = [(entry, -weight - back[entry.number]) for entry, weight in bounded if weight < 0]
    beta = 1 + fsum(_worn(weight, at - entry.at) for entry, weight in lost)
    weighed = [(entry, _worn(weight, at - entry.at)) for entry, weight in bounded]
    weighed += [(entry, _worn(size, at - since)) for entry, size, since in repairs]
    low = quantile(alpha, beta, CAUTION)
    n = sum(1 for entry in said if entry.at > at - YEAR and entry.kind not in TELLING)
    return Standing(
        score=alpha / (alpha + beta),
        low=low,
        band=band_of(low, n),
        n=n,
        facts=_facts(weighed, at),
        alpha=alpha,
        beta=beta,
    )


def band_of(low: float, n: int) -> str:
    """新 under five entries in 360 days, else by the 10 % quantile."""
    if n < LEAST_ENTRIES:
        return Band.NEW.value
    if low >= GOOD_FROM:
        return Band.GOOD.value
    return Band.FAIR.value if low >= FAIR_FROM else Band.WATCH.value


def repair_of(answer: str, households: int) -> int:
    """Thousandths that an answer gives back, the less, the more households buy there (R6)."""
    return int(REPAIRS[answer] / (1 + log1p(households / FOLLOWING)))


def _live(entries: Iterable[Counted], at: datetime) -> list[Counted]:
    """Up to the moment, without what was struck out; in an order that equal times do not change."""
    known = [entry for entry in entries if entry.at <= at]
    struck = {entry.corrects for entry in known if entry.corrects is not None}
    kept = [e for e in known if e.number not in struck and e.kind != Kind.CORRECTION]
    return sorted(kept, key=lambda e: (e.at, e.weight_milli, e.kind, e.household_id or 0))


def _bounded(entries: Sequence[Counted]) -> list[tuple[Counted, int]]:
    """Each with its weight, cut where its household has used up what it may weigh in 180 days."""
    used: dict[int, deque[tuple[datetime, int]]] = defaultdict(deque)
    bounded = []
    for entry in entries:
        weight = entry.weight_milli
        if entry.household_id is not None:
            past = used[entry.household_id]
            while past and past[0][0] <= entry.at - HOUSEHOLD_DAYS:
                past.popleft()
            left = HOUSEHOLD_MOST - sum(size for _, size in past)
            size = min(abs(weight), left)
            past.append((entry.at, size))
            weight = size if weight > 0 else -size
        bounded.append((entry, weight))
    return bounded


def _repairs(live: Sequence[Counted]) -> Iterator[tuple[Counted, int, datetime]]:
    """Each remedy with what it gives back and the moment of the ruling it makes up for (R6): the
    first ones in full, all together never more than that ruling took."""
    left = {
        entry.number: (-entry.weight_milli, entry.at)
        for entry in live
        if entry.kind == Kind.RULING and entry.weight_milli < 0 and entry.household_id is None
    }
    for entry in live:
        if entry.repairs in left:
            lost, since = left[entry.repairs]
            size = min(entry.weight_milli, lost)
            left[entry.repairs] = (lost - size, since)
            yield entry, size, since


def _worn(weight_milli: int, age: timedelta) -> float:
    """A weight, halved every 180 days, continuously."""
    return weight_milli / 1000 * exp2(-(age / HALF_LIFE))


def _facts(weighed: Sequence[tuple[Counted, float]], at: datetime) -> tuple[Fact, ...]:
    """The three kinds that weigh most, either way; of those seen in 360 days."""
    by_kind: dict[str, list[float]] = defaultdict(list)
    for entry, weight in weighed:
        if entry.at > at - YEAR and entry.kind not in TELLING:
            by_kind[entry.kind].append(weight)
    facts = [
        Fact(kind, len(weights), round(fsum(weights) * 1000)) for kind, weights in by_kind.items()
    ]
    return tuple(sorted(facts, key=lambda fact: (-abs(fact.weight_milli), fact.kind))[:FACTS])
