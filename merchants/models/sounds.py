"""Names by their sound, to find and to sort them."""

from __future__ import annotations

import unicodedata
from difflib import SequenceMatcher

from pypinyin import Style, lazy_pinyin

# tenths in which two sounds agree: from here on they may be one shop
ALIKE = 8


def pinyin_key(name: str) -> str:
    """ "老马家" → "laomajia lmj": sorts brands and finds them by their sounds."""
    plain = unicodedata.normalize("NFKC", name)
    full = "".join(lazy_pinyin(plain)).lower()
    initials = "".join(lazy_pinyin(plain, style=Style.FIRST_LETTER)).lower()
    return f"{full[:80]} {initials[:39]}"


def sounds_alike(key: str, other: str) -> bool:
    """Whether two keys of `pinyin_key` could mean one shop: one holds the other, or nearly so."""
    mine, theirs = key.rpartition(" ")[0], other.rpartition(" ")[0]
    if not mine or not theirs:
        return False
    shorter, longer = sorted((mine, theirs), key=len)
    if len(shorter) >= 4 and shorter in longer:
        return True
    return SequenceMatcher(None, mine, theirs).ratio() * 10 >= ALIKE
