"""Numbers of food licences: two letters, 14 digits, the last a check digit (ISO 7064 MOD 11,10)."""

from __future__ import annotations

import re

# JY: food business, YB: registered for packaged food only, SC: food production
_SHAPE = re.compile(r"(?:JY[1-3]\d{12}|YB[1-3]\d{12}|SC[12]\d{12})\d", re.ASCII)


def has_licence_shape(number: str, letters: tuple[str, ...]) -> bool:
    """Whether this is one of these letters and 14 digits of which the first is known."""
    return number[:2] in letters and _SHAPE.fullmatch(number) is not None


def licence_check_digit(body: str) -> str:
    """The 14th digit for the first 13, as GB/T 17710 writes MOD 11,10."""
    rest = 10
    for digit in body:
        rest = ((rest + int(digit)) % 10 or 10) * 2 % 11
    return str((11 - rest) % 10)


def licence_number_is_valid(number: str) -> bool:
    """Whether the last digit of a number of the right shape is the right one."""
    return licence_check_digit(number[2:-1]) == number[-1]
