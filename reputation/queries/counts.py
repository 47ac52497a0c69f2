"""How many households gave how many stars, and which words (R1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db import connection

from merchants.queries.rated import STARS, Tally
from reputation.models import Rating

MOST_WORDS_SHOWN = 12

_WORDS = (
    "select w, count(*) as n from reputation_rating r, unnest(r.words) w"
    " where r.group_id = %s and r.merchant_id = %s and r.counted"
    " group by w order by n desc, w limit %s"
)


def tally_of(stars: Iterable[tuple[int, int]]) -> Tally:
    """Of pairs: stars, how many."""
    counts = [0] * STARS
    for given, n in stars:
        counts[given - 1] += n
    return Tally(tuple(counts))


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
