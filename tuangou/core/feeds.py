"""Lists in pieces that stay put while rows are added: after a key, so many (the API's cursors)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet

T = TypeVar("T")
M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Feed(Generic[T]):
    """A piece of a list, and the key after which the next one begins; None at the end."""

    rows: list[T]
    next: int | None

    def of(self, make: Callable[[T], Any]) -> Feed[Any]:
        return Feed([make(row) for row in self.rows], self.next)


def feed(
    rows: QuerySet[M, Any], *, after: int | None, limit: int, newest_first: bool = True
) -> Feed[M]:
    """At most `limit` rows by key, behind `after`. One query."""
    if after is not None:
        rows = rows.filter(pk__lt=after) if newest_first else rows.filter(pk__gt=after)
    found = list(rows.order_by("-pk" if newest_first else "pk")[: limit + 1])
    shown = found[:limit]
    return Feed(shown, shown[-1].pk if len(found) > limit else None)
