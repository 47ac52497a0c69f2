"""Sharing out what came: laws that hold for any delivery (O9)."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st

from tuangou.core import shares
from tuangou.core.shares import BadShares, Claim, Shares, by_hand, evenly, in_order

Way = Callable[[Iterable[Claim], Decimal, Decimal], Shares]
WAYS = pytest.mark.parametrize("way", [in_order, evenly])
STEPS = [Decimal(1), Decimal("0.5"), Decimal("0.25"), Decimal("0.001")]


def q(text: str | int) -> Decimal:
    return Decimal(text)


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[Claim], Decimal, Decimal]:
    """Some households, what each asked for in whole steps, and what came: pieces or a weight."""
    step = draw(st.sampled_from(STEPS))
    many = draw(st.lists(st.integers(1, 40), min_size=1, max_size=12))
    claims = [Claim(10 + i, draw(st.integers(1, 9)), n * step) for i, n in enumerate(many)]
    if draw(st.booleans()):
        came = draw(st.integers(0, sum(many) + 5)) * step
    else:
        came = Decimal(draw(st.integers(0, int(sum(many) * step * 1000) + 999))) / 1000
    return claims, came, step


@WAYS
@given(delivery=deliveries())
@budget(max_examples=150)
def test_what_is_given_out_is_what_came(way, delivery):
    claims, came, step = delivery
    given_out = way(claims, came, step)
    asked = {claim.id: claim.asked for claim in claims}
    assert set(given_out) == set(asked)
    assert sum(given_out.values()) == min(came, sum(asked.values()))
    assert all(0 <= share <= asked[pk] for pk, share in given_out.items())


@WAYS
@given(delivery=deliveries())
@budget(max_examples=150)
def test_in_whole_steps_where_they_go_else_in_thousandths(way, delivery):
    claims, came, step = delivery
    unit = step if came % step == 0 else q("0.001")
    assert all(share % unit == 0 for share in way(claims, came, step).values())


@WAYS
@given(delivery=deliveries(), seed=st.integers())
@budget(max_examples=150)
def test_the_order_of_the_rows_does_not_matter(way, delivery, seed):
    claims, came, step = delivery
    shuffled = random.Random(seed).sample(claims, len(claims))
    assert way(shuffled, came, step) == way(claims, came, step)


@given(delivery=deliveries())
@budget(max_examples=150)
def test_nobody_is_served_before_who_asked_earlier(delivery):
    claims, came, step = delivery
    given_out = in_order(claims, came, step)
    queue = sorted(claims, key=lambda claim: (claim.place, claim.id))
    short = [given_out[claim.id] < claim.asked for claim in queue]
    if any(short):
        assert all(given_out[claim.id] == 0 for claim in queue[short.index(True) + 1 :])


@given(delivery=deliveries())
@budget(max_examples=150)
def test_evenly_nobody_is_a_unit_off_her_part(delivery):
    claims, came, step = delivery
    given_out = evenly(claims, came, step)
    whole = sum(claim.asked for claim in claims)
    came = min(came, whole)
    unit = step if came % step == 0 else q("0.001")
    for claim in claims:
        assert abs(given_out[claim.id] * whole - claim.asked * came) < unit * whole


def three() -> list[Claim]:
    return [Claim(1, 1, q(2)), Claim(2, 2, q(3)), Claim(3, 3, q(1))]


@pytest.mark.parametrize(
    ("way", "came", "expected"),
    [
        (in_order, "6", ["2", "3", "1"]),
        (in_order, "4", ["2", "2", "0"]),
        (in_order, "4.62", ["2", "2.62", "0"]),
        (in_order, "0", ["0", "0", "0"]),
        (in_order, "9", ["2", "3", "1"]),
        (evenly, "4", ["1", "2", "1"]),
        (evenly, "3", ["1", "2", "0"]),
        (evenly, "5.4", ["1.8", "2.7", "0.9"]),
        (evenly, "9", ["2", "3", "1"]),
    ],
)
def test_written_out(way, came, expected):
    assert list(way(three(), q(came), q(1)).values()) == [q(part) for part in expected]


def test_nobody_asked():
    assert in_order([], q(3), q(1)) == evenly([], q(3), q(1)) == {}


class TestByHand:
    def share(self, came: str, **said: str) -> Shares:
        return by_hand(three(), q(came), q(1), {int(k[1:]): q(v) for k, v in said.items()})

    def test_as_written(self):
        assert self.share("4", c1="1", c2="3") == {1: q(1), 2: q(3), 3: q(0)}

    @pytest.mark.parametrize(
        ("said", "claim"),
        [
            ({"c1": "3", "c2": "1"}, 1),
            ({"c1": "-1", "c2": "3"}, 1),
            ({"c1": "1", "c2": "2.5", "c3": "0.5"}, 2),
            ({"c1": "1", "c2": "2"}, None),
            ({"c1": "2", "c2": "3"}, None),
            ({"c1": "1", "c2": "2", "c9": "1"}, None),
            ({"c1": "NaN", "c2": "3"}, 1),
        ],
    )
    def test_refused(self, said, claim):
        with pytest.raises(BadShares) as caught:
            self.share("4", **said)
        assert caught.value.details.get("claim") == claim

    def test_more_than_asked_is_given_to_nobody(self):
        assert self.share("9", c1="2", c2="3", c3="1") == {1: q(2), 2: q(3), 3: q(1)}


def test_twin_without_the_turn_the_rows_decide(monkeypatch):
    """The law about rows sees it."""
    monkeypatch.setattr(shares, "_turn", lambda claim: 0)
    claims = three()
    assert in_order(claims, q(4), q(1)) != in_order(claims[::-1], q(4), q(1))


def test_twin_without_the_step_pieces_are_cut(monkeypatch):
    monkeypatch.setattr(shares, "unit_of", lambda *_: 1)
    assert any(share % 1 for share in evenly(three(), q(4), q(1)).values())
