"""Money is integer fen, rounded and split in one place."""

from decimal import Decimal
from fractions import Fraction

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from tuangou.core import money
from tuangou.core.errors import InvalidInput
from tuangou.core.templatetags import money as tags

QUANTITIES = st.decimals("0.001", "999999", places=3)
FEN = st.integers(-(10**12), 10**12)


@pytest.mark.parametrize(
    ("quantity", "price", "fen"),
    [("2", 3800, 7600), ("0.5", 3801, 1901), ("0.125", 4, 1), ("0.124", 4, 0), ("1.005", 100, 101)],
)
def test_a_line_is_rounded_half_up_once(quantity, price, fen):
    assert money.times(Decimal(quantity), price) == fen


@given(QUANTITIES, st.integers(0, 10**9))
def test_a_line_is_never_more_than_half_a_fen_off(quantity, price):
    off = money.times(quantity, price) - Fraction(quantity) * price
    assert Fraction(-1, 2) < off <= Fraction(1, 2)


@given(FEN, st.integers(0, 3000))
def test_basis_points_are_symmetric_and_close(amount, bp):
    assert money.basis_points(-amount, bp) == -money.basis_points(amount, bp)
    assert abs(money.basis_points(amount, bp) - Fraction(amount * bp, 10_000)) <= Fraction(1, 2)


@given(FEN, st.lists(st.integers(0, 10**6), min_size=1, max_size=30).filter(any))
def test_shares_add_up_and_each_is_within_one_fen(total, weights):
    parts = money.share(total, weights)
    assert sum(parts) == total
    whole = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(total * weight, whole)) < 1


@given(FEN, st.lists(QUANTITIES, min_size=1, max_size=10))
def test_shares_by_quantity_add_up(total, weights):
    assert sum(money.share(total, weights)) == total


def test_equal_remainders_go_to_the_earlier_part():
    assert money.share(100, [1, 1, 1]) == [34, 33, 33]
    assert money.share(-100, [1, 1, 1]) == [-34, -33, -33]


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1, 3]])
def test_nothing_is_split_over_nothing(weights):
    with pytest.raises(ValueError, match="weights"):
        money.share(100, weights)


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("38", 3800),
        ("38.5", 3850),
        (" ¥1,234.50 ", 123450),
        ("３８．５０元", 3850),
        ("￥0.01", 1),
        ("0", 0),
    ],
)
def test_amounts_are_read_as_people_type_them(typed, fen):
    assert money.parse_yuan(typed) == fen


@pytest.mark.parametrize(
    "typed", ["", "abc", "-3", "1.234", "1,23", "1e3", "٣٤x", "99999999999", "1 2"]
)
def test_unreadable_amounts_are_refused_with_a_sentence(typed):
    with pytest.raises(InvalidInput, match="金额"):
        money.parse_yuan(typed)


@given(st.integers(0, 10**12 - 1))
def test_written_and_read_again_is_the_same(fen):
    assert money.parse_yuan(money.yuan(fen)) == fen


@pytest.mark.parametrize(
    ("fen", "shown"),
    [(1280, "¥12.80"), (999999, "¥9999.99"), (1000000, "¥10,000.00"), (-500, "-¥5.00"), (None, "")],
)
def test_amounts_are_shown_with_commas_from_ten_thousand(fen, shown):
    assert tags.yuan(fen) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [("2.000", "2"), ("2.500", "2.5"), ("100.000", "100"), ("0.375", "0.375")]
)
def test_quantities_have_no_trailing_zeros(value, shown):
    assert tags.quantity(Decimal(value)) == shown


def test_discounts_in_both_ways():
    assert tags.discount(3800, 4500) == "8.4折"
    assert tags.discount(4000, 5000) == "8折"
    assert tags.discount(4500, 4500) == ""
    with translation.override("en"):
        assert tags.discount(3800, 4500) == "16% off"
