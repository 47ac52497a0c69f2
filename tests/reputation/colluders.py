"""Ten households of 150 that praise a bad merchant, against those who say what they ate.

A round every week for half a year; most come short or late, a few are failed at unloading. About
thirty households buy each time, a third of them rate, mostly one or two stars. The ten buy every
time and give five stars each time. The figure in the docs:
`manage.py shell -c "from tests.reputation.colluders import figures; print(figures())"`.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from reputation.models import Kind
from reputation.models.weights import weight_of
from reputation.queries.formula import Counted, Standing, standing
from tests.factories import NOON

HOUSEHOLDS, COLLUDERS, WEEKS, BUYERS = 150, 10, 26, 30
STARS = (1, 1, 2, 2, 2, 3, 3, 4)


def lifted(rng: random.Random) -> tuple[Standing, Standing]:
    """Its standing by what honest households say, and with the ten beside them."""
    entries: list[Counted] = []
    at = NOON
    for _ in range(WEEKS):
        at += timedelta(days=7)
        kinds = [Kind.ON_TIME] if rng.random() < 0.35 else [rng.choice([Kind.SHORT, Kind.LATE])]
        if rng.random() < 0.08:
            kinds.append(Kind.INSPECTION_FAILED)
        for kind in kinds:
            entries.append(Counted(len(entries), kind, weight_of(kind), at))
        for household in rng.sample(range(COLLUDERS, HOUSEHOLDS), BUYERS):
            if rng.random() < 0.33:
                entries.append(_rating(len(entries), household, rng.choice(STARS), at))
    honest = list(entries)
    for week in range(WEEKS):
        when = NOON + timedelta(days=7 * (week + 1))
        for household in range(COLLUDERS):
            entries.append(_rating(len(entries), household, 5, when))
    return standing(honest, at), standing(entries, at)


def _rating(number: int, household: int, stars: int, at: datetime) -> Counted:
    weight = weight_of(Kind.RATING, stars=stars)
    return Counted(number, Kind.RATING, weight, at + timedelta(days=1), household)


def figures(runs: int = 1000) -> str:
    """What docs/ledger.md says of many seeded runs."""
    pairs = [lifted(random.Random(seed)) for seed in range(runs)]
    lifts = sorted(pushed.score - honest.score for honest, pushed in pairs)
    moved = sum(honest.band != pushed.band for honest, pushed in pairs)
    score = sorted(honest.score for honest, _ in pairs)[runs // 2]
    return (
        f"score {score:.3f}, lifted by {lifts[runs // 2]:.3f} (median), {lifts[-1]:.3f} at most;"
        f" {moved} bands moved"
    )
