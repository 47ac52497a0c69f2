"""One paper photographed twice is one paper; two filled-in copies of one form are two."""

from itertools import combinations, product

import pytest

from merchants.models.likeness import ALIKE, DIGITS, look_alike, picture_hashes
from tests.merchants.papers import form_filled_in, jpeg, photo, shot_again

SHOTS = [*product((0, 1, 2), (0, 0.02), (0.75, 1.1)), (3, 0.03, 0.8), (2.5, 0.015, 0.9)]


@pytest.fixture(scope="module")
def known():
    return picture_hashes(jpeg(form_filled_in(1)))


@pytest.mark.parametrize("shot", SHOTS, ids=str)
@pytest.mark.parametrize("side", [1, -1])
def test_a_paper_shot_again_is_found(known, shot, side):
    turn, cut, light = shot
    again = picture_hashes(jpeg(shot_again(form_filled_in(1), side * turn, cut, light), 60))
    assert look_alike(again, known[0])


def test_the_same_form_filled_in_otherwise_is_another_paper():
    papers = [picture_hashes(jpeg(form_filled_in(text))) for text in range(1, 9)]
    for one, other in combinations(papers, 2):
        assert not look_alike(one, other[0])
        assert not look_alike(other, one[0])


def test_twin_a_looser_bound_takes_one_for_the_other(monkeypatch):
    """So the bound of the test above is one that can fail."""
    papers = [picture_hashes(jpeg(form_filled_in(text))) for text in range(1, 9)]
    monkeypatch.setattr("merchants.models.likeness.ALIKE", 2 * ALIKE)
    assert any(look_alike(one, other[0]) for one, other in combinations(papers, 2))


def test_no_hash_is_like_nothing(known):
    assert not look_alike(known, "")
    assert not look_alike([], known[0])


def test_hashes_have_the_columns_width(known):
    assert {len(digits) for digits in known} == {DIGITS}
    assert len(photo().hashes) == 35
