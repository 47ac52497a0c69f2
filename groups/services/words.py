"""What people type, made storable: one way of writing a name, a door, a note."""

from __future__ import annotations

import re
import unicodedata

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from tuangou.core.errors import InvalidInput

_SPACES = re.compile(r"\s+")
_ROOM_END = re.compile(r"(号房间?|房间|室|房|号)$")
_UNIT_END = re.compile(r"(单元|门洞|门)$")
_JOINERS = frozenset("\u200c\u200d\ufe0f")  # parts of emoji and of some scripts


def plain(text: str, *, field: str, most: int, empty: str | Promise = "") -> str:
    """One line without control characters and doubled spaces.

    With `empty` the field must be filled, and `empty` is the sentence that says so. Raises
    InvalidInput when nothing is left, or more than `most` characters.
    """
    kept = "".join(
        c if c in _JOINERS or unicodedata.category(c)[0] != "C" else " "
        for c in unicodedata.normalize("NFC", text)
    )
    kept = _SPACES.sub(" ", kept).strip()
    if empty and not kept.strip("".join(_JOINERS)):
        raise InvalidInput(empty, field=field)
    if len(kept) > most:
        raise InvalidInput(
            _("最多 %(most)d 个字，现在有 %(length)d 个") % {"most": most, "length": len(kept)},
            field=field,
        )
    return kept


def room(text: str, *, field: str = "room") -> str:
    """ "５０２室" → "502". Raises InvalidInput when empty or too long (12)."""
    return _door(text, _ROOM_END, field=field, most=12, empty=_("填房号"))


def unit(text: str, *, field: str = "unit") -> str:
    """ "2单元" → "2"; empty for a building without units. Raises InvalidInput beyond 10."""
    return _door(text, _UNIT_END, field=field, most=10)


def _door(text: str, end: re.Pattern[str], *, field: str, most: int, empty: str = "") -> str:
    compact = _SPACES.sub("", unicodedata.normalize("NFKC", text)).upper()
    return plain(end.sub("", compact), field=field, most=most, empty=empty)


_PERCENT = re.compile(r"(\d{1,3})(?:\.(\d{1,2}))?%?")


def basis_points(text: str, *, field: str) -> int:
    """ "5", "5%", "４.５" → 500, 500, 450. Raises InvalidInput."""
    match = _PERCENT.fullmatch("".join(unicodedata.normalize("NFKC", text).split()))
    if match is None:
        raise InvalidInput(_("百分数写成 5 或 4.5 这样，最多两位小数"), field=field)
    return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))
