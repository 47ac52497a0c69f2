"""How many households gave how many stars, and which words (R1). Never an average without its n."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import connection

from reputation.models import Rating, Stars

STARS = 5
MOST_WORDS_SHOWN = 12

_WORDS = (
    "select w, count(*) as n from reputation_rating r, unnest(r.words) w"
    " where r.group_id = %s and r.merchant_id = %s and r.counted"
    " group by w order by n desc, w limit %s"
)


@dataclass(frozen=True, slots=True)
class Tally:
    """`stars`: how many gave one, two … five."""

    stars: Sequence[int]

    @property
    def n(self) -> int:
        return sum(self.stars)

    @property
    def mean(self) -> Decimal | None:
        """One decimal, half up; None without any: there is no average of nothing."""
        if not self.n:
            return None
        total = sum(stars * n for stars, n in enumerate(self.stars, start=1))
        return (Decimal(total) / self.n).quantize(Decimal("0.1"), ROUND_HALF_UP)

    @property
    def rows(self) -> list[tuple[int, str, int]]:
        """Stars, their word, how many; the best first."""
        return [(s, str(Stars(s).label), self.stars[s - 1]) for s in range(STARS, 0, -1)]


NONE = Tally((0,) * STARS)


def tally_of(stars: Iterable[tuple[int, int]]) -> Tally:
    """Of pairs: stars, how many."""
    counts = [0] * STARS
    for given, n in stars:
        counts[given - 1] += n
    return Tally(counts)


def kept_tally(rated: Mapping[str, Any]) -> Tally:
    """Of what stands on the approval row."""
    return Tally(rated["stars"]) if rated else NONE


def kept_items(rated: Mapping[str, Any]) -> dict[int, Tally]:
    """The same for each item that was rated."""
    return {int(item): Tally(stars) for item, stars in rated.get("items", {}).items()}


def count(group_id: int, merchant_id: int) -> dict[str, Any]:
    """What is to stand on the approval row; a household counts once for an item and round.
    Two statements."""
    ratings = Rating.objects.of_group(group_id).counted().filter(merchant_id=merchant_id)
    stars = [0] * STARS
    items: dict[str, list[int]] = defaultdict(lambda: [0] * STARS)
    for item_id, given in ratings.values_list("item_id", "stars"):
        stars[given - 1] += 1
        items[str(item_id)][given - 1] += 1
    with connection.cursor() as cursor:
        cursor.execute(_WORDS, [group_id, merchant_id, MOST_WORDS_SHOWN])
        words = [[word, n] for word, n in cursor.fetchall()]
    return {"stars": stars, "items": dict(items), "words": words} if any(stars) else {}
