"""Goods as pages show them, with the newest witness of the store price (M6)."""

from __future__ import annotations

from datetime import timedelta

STALE_AFTER = timedelta(days=14)
