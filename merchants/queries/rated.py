"""How households rated a merchant, from what higher apps keep on its approval row (R1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

STARS = 5
STAR_WORDS = {5: _("很好"), 4: _("好"), 3: _("一般"), 2: _("不好"), 1: _("很差")}


@dataclass(frozen=True, slots=True)
class Tally:
    """`stars`: how many gave one, two … five. Never an average without its n."""

    stars: tuple[int, ...] = (0,) * STARS

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
        return [(s, str(word), self.stars[s - 1]) for s, word in STAR_WORDS.items()]


@dataclass(frozen=True, slots=True)
class Rated:
    """`words`: in the reader's language, the most often chosen first."""

    tally: Tally
    items: dict[int, Tally]
    words: list[tuple[str, int]]

    def of(self, item_id: int) -> Tally:
        return self.items.get(item_id, Tally())


def rated_of(kept: Mapping[str, Any]) -> Rated:
    """What `Application.rated` says."""
    return Rated(
        tally=Tally(tuple(kept["stars"])) if kept else Tally(),
        items={int(item): Tally(tuple(stars)) for item, stars in kept.get("items", {}).items()},
        words=[(gettext(word), n) for word, n in kept.get("words", ())],
    )
