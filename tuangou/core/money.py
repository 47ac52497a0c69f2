"""Money is integer fen. The only place that rounds or splits it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from django.utils.translation import gettext as _

from tuangou.core.errors import InvalidInput

LARGEST_FEN = 10**12 - 1
_YUAN = re.compile(r"[¥¥]?\s*(?P<yuan>\d{1,3}(?:,\d{3})+|\d{1,10})(?:\.(?P<fen>\d{1,2}))?\s*元?")


def times(quantity: Decimal, unit_price_fen: int) -> int:
    """Fen of a line: quantity × unit price, rounded half up, once (O6)."""
    return _half_up(Fraction(quantity) * unit_price_fen)


def basis_points(amount_fen: int, bp: int) -> int:
    """`bp` ten-thousandths of an amount in fen, rounded half up (away from zero when negative)."""
    return _half_up(Fraction(amount_fen * bp, 10_000))


def share(total_fen: int, weights: Sequence[int | Decimal]) -> list[int]:
    """Split fen by weight, largest remainder; parts add up to the whole, equal remainders go to
    the earlier weight. Raises ValueError for negative weights, or none above zero."""
    exact_weights = [Fraction(weight) for weight in weights]
    whole = sum(exact_weights)
    if whole <= 0 or min(exact_weights) < 0:
        raise ValueError("share() needs weights of zero or more, one of them above zero")
    sign = -1 if total_fen < 0 else 1
    exact = [abs(total_fen) * weight / whole for weight in exact_weights]
    parts = [int(part) for part in exact]
    by_remainder = sorted(range(len(exact)), key=lambda i: (parts[i] - exact[i], i))
    for i in by_remainder[: abs(total_fen) - sum(parts)]:
        parts[i] += 1
    return [sign * part for part in parts]


def parse_yuan(text: str) -> int:
    """Fen of what a person typed: "38", "¥38.00", "1,234.5", "３８元". Raises InvalidInput."""
    match = _YUAN.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if match is None:
        raise InvalidInput(_("金额写成 38 或 38.50 这样，最多两位小数"))
    fen = int(match["yuan"].replace(",", "")) * 100 + int((match["fen"] or "").ljust(2, "0"))
    if fen > LARGEST_FEN:
        raise InvalidInput(_("金额太大，核对一下"))
    return fen


def yuan(fen: int) -> str:
    """ "38.00": two decimals, no sign of currency, no thousands comma. For CSV and machines."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def _half_up(exact: Fraction) -> int:
    """Nearest integer; the half goes away from zero. Fractions are exact: no context precision."""
    sign = -1 if exact < 0 else 1
    return sign * int((2 * abs(exact) + 1) // 2)


def round_half_up(value: Decimal, places: int) -> Decimal:
    """A rate or an average for display, rounded half up to `places` decimals. Not for amounts."""
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
