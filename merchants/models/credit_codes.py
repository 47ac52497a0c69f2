"""Unified social credit codes as GB 32100-2015 writes them (M1)."""

from __future__ import annotations

CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LENGTH = 18


def credit_code_check_character(body: str) -> str:
    """The 18th character for the first 17. Raises ValueError for a foreign character."""
    total = sum(CHARACTERS.index(c) * pow(3, place, 31) for place, c in enumerate(body))
    return CHARACTERS[-total % 31]


def credit_code_is_valid(code: str) -> bool:
    """Whether a code has 18 known characters and the right last one."""
    known = len(code) == LENGTH and all(character in CHARACTERS for character in code)
    return known and credit_code_check_character(code[:-1]) == code[-1]
