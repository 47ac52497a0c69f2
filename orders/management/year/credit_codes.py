"""Unified social credit codes as GB 32100-2015 writes them (M1)."""

from __future__ import annotations

CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def check_character(body: str) -> str:
    """The 18th character for the first 17. Raises ValueError for a foreign character."""
    total = sum(CHARACTERS.index(c) * pow(3, place, 31) for place, c in enumerate(body))
    return CHARACTERS[-total % 31]


def is_valid(code: str) -> bool:
    """Whether a code has 18 known characters and the right last one."""
    known = len(code) == 18 and all(character in CHARACTERS for character in code)
    return known and check_character(code[:17]) == code[17]


def credit_code(*, individual: bool, region: str, serial: int) -> str:
    """A code of a company, or of an individual business, in a region, with its own serial."""
    digits = f"{serial % 10**8:08d}"
    total = sum(int(d) * w for d, w in zip(digits, _ORGANISATION_WEIGHTS, strict=True))
    check = "0123456789X0"[11 - total % 11]
    body = f"9{'2' if individual else '1'}{region}{digits}{check}"
    return body + check_character(body)
