"""How amounts and quantities are written on a page."""

from __future__ import annotations

from decimal import Decimal

from django import template

register = template.Library()

COMMA_FROM_FEN = 10_000_00


@register.filter
def yuan(fen: int) -> str:
    """ "¥38.00", "−¥38.00": two decimals; the thousands comma only from ¥10,000 on."""
    whole, rest = divmod(abs(fen), 100)
    digits = f"{whole:,}" if abs(fen) >= COMMA_FROM_FEN else str(whole)
    return f"{'−' if fen < 0 else ''}¥{digits}.{rest:02d}"


@register.filter
def quantity(number: Decimal) -> str:
    """ "2.5", "2", "1200": no trailing zeros, no exponent."""
    return f"{number.normalize():f}"
