"""Repeatable chance: the same seed, slug and purpose give the same draws."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


def chance(*purpose: object) -> Random:
    """A generator of its own for one purpose, so that one part's draws do not move another's."""
    return Random(":".join(map(str, purpose)))  # noqa: S311 - invented data, no secret


def number(*purpose: object, below: int) -> int:
    """A fixed number for a purpose."""
    digest = hashlib.sha256(":".join(map(str, purpose)).encode()).digest()
    return int.from_bytes(digest[:12], "big") % below


def apportion(total: int, weights: Sequence[float], *, least: int = 1) -> list[int]:
    """Whole parts of a total by weight, each at least `least`; they add up to the total."""
    spare = total - least * len(weights)
    if spare < 0:
        raise ValueError(f"{total} cannot be cut into {len(weights)} parts of {least}")
    whole = sum(weights)
    exact = [spare * weight / whole for weight in weights]
    parts = [int(part) for part in exact]
    by_rest = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for i in range(spare - sum(parts)):
        parts[by_rest[i % len(parts)]] += 1
    return [least + part for part in parts]


def pick_weighted(rng: Random, weights: Sequence[float], count: int) -> list[int]:
    """`count` different places, the heavier the likelier; all of them when there are fewer."""
    keys = [(rng.random() ** (1 / weight), i) for i, weight in enumerate(weights)]
    keys.sort(reverse=True)
    return [i for _, i in keys[:count]]
