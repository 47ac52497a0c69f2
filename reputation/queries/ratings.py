"""Ratings as pages show them: of an item, a merchant, a round (R1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, QuerySet
from django.utils.translation import gettext as _

from merchants.queries.rated import Tally
from orders.models import CheckOff, Order, OrderLine
from orders.models.check_offs import RATE_WITHIN
from reputation.access.ratings import Reader
from reputation.models import Rating, RatingAnswer, RatingPhoto, Stars, UsefulTap
from reputation.queries.counts import tally_of
from reputation.queries.words import said, words_for
from tuangou.core.feeds import Feed, feed

PAGE = 20
SORTS = ("useful", "new")


@dataclass(frozen=True, slots=True)
class RatingRow:
    """`who` is masked as everywhere, and unnamed to the shop where that was wished. `counted`: the
    first of its household; others are shown and do not count."""

    id: int
    merchant_id: int
    item: str
    category: str
    round_id: int
    round: str
    who: str
    stars: int
    word: str
    words: list[str]
    text: str
    photos: list[int]
    given_at: datetime
    edited_at: datetime | None
    counted: bool
    useful: int
    found_useful: bool
    mine: bool
    answer: str
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class RatingsPage:
    """`words`: what was chosen, most often first. `page` of so many that there are `has_more`."""

    tally: Tally
    words: list[tuple[str, int]]
    rows: list[RatingRow]
    sort: str
    page: int
    has_more: bool
    photos: int


def ratings_page(
    group_id: int, reader: Reader, *, sort: str = "useful", page: int = 1, **of: int
) -> RatingsPage:
    """Ratings of a merchant, an item or a round (`merchant_id=…`), twenty a page. Six queries."""
    ratings = Rating.objects.of_group(group_id).filter(**of)
    by_new = ("-given_at", "-pk")
    order = by_new if sort == "new" else ("-useful", *by_new)
    first = (page - 1) * PAGE
    found = list(_rows(ratings, reader).order_by(*order)[first : first + PAGE + 1])
    chosen: dict[str, int] = {}
    counted = ratings.counted()
    for words in counted.exclude(words=[]).values_list("words", flat=True):
        for word in words:
            chosen[word] = chosen.get(word, 0) + 1
    return RatingsPage(
        tally=tally_of(counted.by_stars().items()),
        words=[(said(w), n) for w, n in sorted(chosen.items(), key=lambda at: (-at[1], at[0]))],
        rows=[rating_row(row, reader) for row in found[:PAGE]],
        sort=sort,
        page=page,
        has_more=len(found) > PAGE,
        photos=RatingPhoto.objects.filter(rating__in=ratings).count(),
    )


def ratings_feed(
    group_id: int, reader: Reader, *, after: int | None, limit: int, **of: int
) -> Feed[RatingRow]:
    """Ratings of a merchant or a round, the newest first. Three queries."""
    rows = _rows(Rating.objects.of_group(group_id).filter(**of), reader)
    return feed(rows, after=after, limit=limit).of(lambda row: rating_row(row, reader))


def one_rating(rating: Rating, reader: Reader) -> RatingRow:
    """One with all that its row shows. Two queries."""
    return rating_row(_rows(Rating.objects.filter(pk=rating.pk), reader).get(), reader)


def _rows(ratings: QuerySet[Rating], reader: Reader) -> QuerySet[Any]:
    taps = UsefulTap.objects.filter(rating_id=OuterRef("pk"), household_no=reader.household_id or 0)
    related = ("line__offer", "line__order", "round")
    photos = Prefetch("photos", RatingPhoto.objects.order_by("position"))
    answers = Prefetch("answers", RatingAnswer.objects.order_by("pk"))
    return (
        ratings.select_related(*related)
        .prefetch_related(photos, answers)
        .annotate(useful=Count("taps", distinct=True), found_useful=Exists(taps))
    )


def said_by(rating: Rating, masked_name: str, *, for_shop: bool) -> str:
    """Whose it is, as this reader may know it."""
    return _("一位邻居") if rating.anonymous and for_shop else masked_name


def rating_row(row: Any, reader: Reader) -> RatingRow:
    answer = next(iter(row.answers.all()), None)
    return RatingRow(
        id=row.pk,
        merchant_id=row.merchant_id,
        item=row.line.offer.name,
        category=row.line.offer.category,
        round_id=row.round_id,
        round=row.round.title,
        who=said_by(row, row.line.order.masked_name, for_shop=reader.is_staff),
        stars=row.stars,
        word=str(Stars(row.stars).label),
        words=[said(word) for word in row.words],
        text=row.text,
        photos=[photo.pk for photo in row.photos.all()],
        given_at=row.given_at,
        edited_at=row.edited_at,
        counted=row.counted,
        useful=row.useful,
        found_useful=row.found_useful,
        mine=row.household_no == reader.household_id,
        answer=answer.text if answer else "",
        answered_at=answer.answered_at if answer else None,
    )


@dataclass(frozen=True, slots=True)
class RateLine:
    """Goods of an order that were fetched, and what was said of them before."""

    id: int
    item: str
    label: str
    category: str
    photo: str
    words: list[tuple[str, str]]
    stars: int | None
    chosen: list[str]
    text: str
    photos: int
    may_change: bool


@dataclass(frozen=True, slots=True)
class RatePage:
    """`until`: when rating ends; None before the goods were fetched. `open`: it may be rated."""

    lines: list[RateLine]
    until: datetime | None
    open: bool
    anonymous: bool

    @property
    def to_rate(self) -> list[RateLine]:
        return [line for line in self.lines if line.may_change]


def rate_page(order: Order, *, at: datetime) -> RatePage:
    """What the buyer of an order may rate. Five queries at most."""
    handed = CheckOff.objects.standing_of(order.pk)
    until = handed.at + RATE_WITHIN if handed else None
    lines = OrderLine.objects.filter(order=order, collected_quantity__gt=0)
    found = list(lines.select_related("offer__item").order_by("offer__position", "pk"))
    ratings = Rating.objects.filter(line__in=found).prefetch_related("photos")
    earlier = {rating.line_id: rating for rating in ratings}
    offered = words_for(order.group_id, {line.offer.category for line in found})
    return RatePage(
        lines=[
            _rate_line(line, earlier.get(line.pk), offered[line.offer.category], at)
            for line in found
        ],
        until=until,
        open=until is not None and at < until,
        anonymous=any(rating.anonymous for rating in earlier.values()),
    )


def _rate_line(
    line: OrderLine, earlier: Rating | None, offered: Sequence[str], at: datetime
) -> RateLine:
    return RateLine(
        id=line.pk,
        item=line.offer.name,
        label=f"{line.offer.name} {line.collected_quantity.normalize():f}{line.offer.unit}",
        category=line.offer.category,
        photo=line.offer.item.photo.url if line.offer.item.photo else "",
        words=[(word, said(word)) for word in offered],
        stars=earlier.stars if earlier else None,
        chosen=[word for word in earlier.words if word in offered] if earlier else [],
        text=earlier.text if earlier else "",
        photos=len(earlier.photos.all()) if earlier else 0,
        may_change=earlier is None or earlier.may_change(at),
    )


def photos_of(user_id: int) -> QuerySet[RatingPhoto]:
    """The pictures she sent with ratings."""
    return RatingPhoto.objects.filter(rating__member__user_id=user_id)
