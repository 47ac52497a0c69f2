"""R5: a standing is a pure function of the entries up to a moment."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reputation.models import Kind
from reputation.models.weights import (
    OWN_WEIGHT,
    REPAIRS,
    RULINGS,
    VERSION,
    WEIGHTS,
    weight_of,
)
from reputation.queries import formula
from reputation.queries.formula import Counted, repair_of, standing
from tests.factories import NOON
from tests.reputation.colluders import lifted

DAY = timedelta(days=1)
GIVEN_BACK = [0, 133, 545, 800, 2000]


def entry(number: int, kind: str = Kind.ON_TIME, weight: int | None = None, *, day: float = 0,
          household: int | None = None, corrects: int | None = None,
          repairs: int | None = None) -> Counted:  # fmt: skip
    return Counted(
        number=number,
        kind=kind,
        weight_milli=weight_of(kind) if weight is None else weight,
        at=NOON + day * DAY,
        household_id=household,
        corrects=corrects,
        repairs=repairs,
    )


@st.composite
def histories(draw: st.DrawFn) -> list[Counted]:
    """Up to forty entries of a year and a half, by few households, some struck out or repaired
    later."""
    found: list[Counted] = []
    day = 0
    for number in range(1, draw(st.integers(0, 40)) + 1):
        day += draw(st.sampled_from([0, 0, 1, 5, 30]))
        kind = draw(st.sampled_from([Kind.ON_TIME, Kind.SHORT, Kind.RATING, Kind.RETURN_ACCEPTED,
                                     Kind.RULING, Kind.REPAIRED, Kind.SANCTIONED,
                                     Kind.CORRECTION]))  # fmt: skip
        if kind == Kind.CORRECTION:
            open_ones = [e.number for e in found if e.corrects is None]
            open_ones = [n for n in open_ones if n not in {e.corrects for e in found}]
            if open_ones:
                struck = draw(st.sampled_from(open_ones))
                found.append(entry(number, kind, day=day, corrects=struck))
            continue
        if kind == Kind.REPAIRED:
            rulings = [e.number for e in found if e.kind == Kind.RULING]
            if rulings:
                ruling, back = draw(st.sampled_from(rulings)), draw(st.sampled_from(GIVEN_BACK))
                found.append(entry(number, kind, back, day=day, repairs=ruling))
            continue
        weight = draw(st.integers(-2, 2)) * 100 if kind == Kind.RATING else None
        if kind == Kind.RULING:
            weight = draw(st.sampled_from(sorted(RULINGS.values())))
        household = draw(st.integers(1, 4)) if kind in (Kind.RATING, Kind.RETURN_ACCEPTED) else None
        found.append(entry(number, kind, weight, day=day, household=household))
    return found


def test_nobody_knows_a_new_one():
    nobody = standing([], NOON)
    assert (nobody.score, nobody.band, nobody.n, nobody.facts) == (0.5, "new", 0, ())
    assert nobody.low == pytest.approx(0.1)


def test_weights_and_wear():
    """One round on time 180 days ago and a short one now: 1 + 1/2 against 1 + 1/2."""
    at = NOON + 180 * DAY
    found = standing([entry(1), entry(2, Kind.SHORT, day=180)], at)
    assert (found.alpha, found.beta) == (1.5, 1.5)
    assert (found.score, found.score_bp, found.n) == (0.5, 5000, 2)
    later = standing([entry(1), entry(2, Kind.SHORT, day=180)], at + 180 * DAY)
    assert (later.alpha, later.beta, later.n) == (1.25, 1.25, 1)


@pytest.mark.parametrize(
    ("good", "bad", "band"),
    [(4, 0, "new"), (5, 0, "fair"), (7, 0, "fair"), (8, 0, "good"), (20, 1, "good"),
     (5, 1, "watch"), (9, 2, "fair"), (2, 9, "watch")],
)  # fmt: skip
def test_bands_by_the_cautious_quantile(good, bad, band):
    entries = [entry(n) for n in range(good)]
    entries += [entry(100 + n, Kind.SHORT, -1000) for n in range(bad)]
    assert standing(entries, NOON).band == band


def test_the_three_facts_are_those_that_weigh_most():
    entries = [entry(n) for n in range(6)]
    entries += [entry(10 + n, Kind.SHORT) for n in range(2)]
    entries += [entry(20, Kind.LATE), entry(21, Kind.RATING, 200, household=1)]
    entries += [entry(22, Kind.INSPECTION_FAILED, day=-361)]
    facts = standing(entries, NOON).facts
    assert [(fact.kind, fact.n, fact.weight_milli) for fact in facts] == [
        ("on_time", 6, 6000), ("short", 2, -1000), ("late", 1, -500),
    ]  # fmt: skip


def test_a_correction_strikes_out_from_its_moment_on():
    entries = [entry(1), entry(2, Kind.INSPECTION_FAILED, day=1)]
    entries.append(entry(3, Kind.CORRECTION, day=5, corrects=2))
    before, after = standing(entries, NOON + 4 * DAY), standing(entries, NOON + 5 * DAY)
    assert (before.beta > 1.9, after.beta, after.n) == (True, 1.0, 1)


@given(histories(), st.integers(0, 700), st.randoms())
def test_it_is_pure(entries, day, rng):
    """The same again, from a prefix, and in whatever order the pages are given."""
    at = NOON + day * DAY
    once = standing(entries, at)
    assert standing(iter(entries), at) == once
    assert standing([e for e in entries if e.at <= at], at) == once
    shuffled = list(entries)
    rng.shuffle(shuffled)
    assert standing(shuffled, at) == once


@given(histories(), st.randoms())
def test_equal_times_may_change_places(entries, rng):
    """The pages of one moment numbered in another order give the same standing."""
    at = NOON + 700 * DAY
    by_time: dict[object, list[Counted]] = {}
    for one in entries:
        by_time.setdefault(one.at, []).append(one)
    numbers: dict[int, int] = {}
    for same in by_time.values():
        places = [one.number for one in same]
        rng.shuffle(places)
        numbers |= {one.number: place for one, place in zip(same, places, strict=True)}
    again = [
        replace(
            one,
            number=numbers[one.number],
            corrects=one.corrects and numbers[one.corrects],
            repairs=one.repairs and numbers[one.repairs],
        )
        for one in entries
    ]
    assert standing(again, at) == standing(entries, at)


@given(histories(), st.integers(0, 700))
def test_one_household_moves_it_by_no_more_than_its_share(entries, day):
    """Whatever one household says, α and β are off by at most 0.2 for each half year of saying."""
    at = NOON + day * DAY
    without = standing([e for e in entries if e.household_id != 1], at)
    found = standing(entries, at)
    moved = abs(found.alpha - without.alpha) + abs(found.beta - without.beta)
    worn = sum(0.5**half for half in range(5))  # 0.2 now, 0.2 half a year ago, worn to 0.1 …
    assert moved <= 0.2 * worn + 1e-9


def test_twin_unbounded_a_household_outweighs_the_deliveries(monkeypatch):
    shouts = [entry(n, Kind.RATING, -200, household=1, day=n / 10) for n in range(50)]
    rounds = [entry(100 + n) for n in range(9)]
    assert standing(rounds + shouts, NOON + 5 * DAY).band == "good"
    monkeypatch.setattr(formula, "HOUSEHOLD_MOST", 10**9)
    assert standing(rounds + shouts, NOON + 5 * DAY).band == "watch"


@given(
    histories(),
    st.integers(0, 700),
    st.sampled_from(sorted(RULINGS.values())),
    st.lists(st.sampled_from(GIVEN_BACK), max_size=4),
)
def test_what_is_held_against_one_never_raises_it(entries, day, weight, given_back):
    """An upheld complaint: neither score nor caution goes up, at any later time; remedies bring
    back at most what it took, and never lower anything."""
    ruling = Counted(10_000, Kind.RULING, weight, NOON + day * DAY)
    remedies = [
        Counted(10_001 + n, Kind.REPAIRED, back, NOON + (day + n) * DAY, repairs=10_000)
        for n, back in enumerate(given_back)
    ]
    for later in (0, 1, 200):
        at = NOON + (day + later) * DAY
        with_it, without = standing([*entries, ruling], at), standing(entries, at)
        repaired = standing([*entries, ruling, *remedies], at)
        assert with_it.score < without.score
        assert with_it.low < without.low
        assert with_it.score <= repaired.score <= without.score
        assert with_it.low <= repaired.low <= without.low
        assert (repaired.n, repaired.alpha) == (with_it.n, without.alpha)
        if without.band != "new":
            assert BANDS.index(with_it.band) <= BANDS.index(repaired.band)
            assert BANDS.index(repaired.band) <= BANDS.index(without.band)


BANDS = ["watch", "fair", "good"]


# Repair (R6)


def test_a_remedy_lowers_what_its_ruling_took_and_wears_off_with_it():
    """A light ruling, 0.5 of it made up for 60 days later: half is left, then and ever after."""
    entries = [entry(1, Kind.RULING, -1000), entry(2, Kind.REPAIRED, 500, day=60, repairs=1)]
    before, then = standing(entries, NOON + 59 * DAY), standing(entries, NOON + 60 * DAY)
    assert before.beta == pytest.approx(1 + 2 ** (-59 / 180))
    assert then.beta == pytest.approx(1 + 0.5 * 2 ** (-60 / 180))
    assert standing(entries, NOON + 180 * DAY).beta == 1.25
    assert [(fact.kind, fact.n) for fact in then.facts] == [("ruling", 1), ("repaired", 1)]
    assert (then.n, then.facts[1].weight_milli) == (1, 397)


def test_nothing_is_given_back_beyond_what_was_lost_nor_for_what_does_not_count():
    twice = [entry(n, Kind.REPAIRED, 800, day=n, repairs=1) for n in (2, 3)]
    ruling, at = entry(1, Kind.RULING, -1000), NOON + 9 * DAY
    assert standing([ruling, *twice], at).beta == 1.0
    struck = entry(4, Kind.CORRECTION, 0, day=4, corrects=1)
    assert standing([ruling, *twice, struck], at).beta == 1.0
    one_struck = entry(4, Kind.CORRECTION, 0, day=4, corrects=2)
    left = 1 + 0.2 * 2 ** (-9 / 180)
    assert standing([ruling, *twice, one_struck], at).beta == pytest.approx(left)
    for other in (entry(1, Kind.SHORT), entry(1, Kind.RULING, -200, household=7)):
        assert standing([other, *twice], at) == standing([other], at)


def test_twin_unbounded_a_remedy_makes_up_for_other_things(monkeypatch):
    """Without the bound three apologies for one light ruling would also pay for short rounds."""
    entries = [entry(1, Kind.RULING, -1000), *(entry(10 + n, Kind.SHORT) for n in range(4))]
    entries += [entry(2 + n, Kind.REPAIRED, 800, day=1, repairs=1) for n in range(3)]
    honest = standing(entries, NOON + DAY)

    def unbounded(live: list[Counted]) -> list[tuple[Counted, int, object]]:
        return [(one, one.weight_milli, NOON) for one in live if one.repairs]

    monkeypatch.setattr(formula, "_repairs", unbounded)
    assert standing(entries, NOON + DAY).beta < honest.beta - 1


def test_the_more_buy_from_it_the_less_an_answer_repairs():
    assert [repair_of("remedy", buyers) for buyers in (0, 50, 150, 1000)] == [800, 472, 335, 197]
    assert [repair_of(answer, 0) for answer in REPAIRS] == [800, 400, 200, 0]
    assert repair_of("denial", 10) == 0


def test_what_only_tells_of_something_counts_for_nothing():
    told = [entry(n, kind) for n, kind in enumerate([Kind.APOLOGISED, Kind.SANCTIONED] * 4)]
    assert standing(told, NOON) == standing([], NOON)


def test_every_kind_has_its_weight():
    assert set(WEIGHTS[VERSION]) == set(Kind.values) - OWN_WEIGHT
    assert [weight_of(Kind.RATING, stars=stars) for stars in range(1, 6)] == [
        -200, -100, 0, 100, 200,
    ]  # fmt: skip


def test_colluders_cannot_lift_a_bad_merchant():
    """Ten of 150 households give five stars at every chance (docs/ledger.md has the figure)."""
    for seed in range(12):
        honest, pushed = lifted(random.Random(seed))
        assert pushed.score - honest.score <= 0.05
        assert pushed.band == honest.band == "watch"


def test_twin_unbounded_they_lift_it(monkeypatch):
    monkeypatch.setattr(formula, "HOUSEHOLD_MOST", 10**9)
    honest, pushed = lifted(random.Random(1))
    assert pushed.score - honest.score > 0.05
