import pytest
from hypothesis import given
from hypothesis import strategies as st

from groups.services import words
from tuangou.core.errors import InvalidInput


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("502", "502"),
        ("５０２室", "502"),
        (" 5 02 号房", "502"),
        ("502号", "502"),
        ("a1806", "A1806"),
        ("12-1", "12-1"),
    ],
)
def test_one_way_of_writing_a_room(typed, kept):
    assert words.room(typed) == kept


@pytest.mark.parametrize(
    ("typed", "kept"), [("2单元", "2"), ("东门洞", "东"), ("", ""), (" ２ ", "2"), ("单元", "")]
)
def test_one_way_of_writing_a_unit(typed, kept):
    assert words.unit(typed) == kept


@pytest.mark.parametrize("typed", ["", "  ", "\u200b", "\u200d", "\x00", "1" * 13])
def test_a_room_is_needed_and_short(typed):
    with pytest.raises(InvalidInput):
        words.room(typed)


@given(st.text(max_size=60))
def test_plain_is_stable_and_holds_no_control_characters(typed):
    kept = words.plain(typed, field="name", most=200)
    assert words.plain(kept, field="name", most=200) == kept
    assert "\x00" not in kept
    assert kept == kept.strip()


def test_emoji_of_several_parts_survive():
    assert words.plain("👩‍🍳王阿姨", field="name", most=30) == "👩‍🍳王阿姨"
