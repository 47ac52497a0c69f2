"""Buyers rate what they took home; after a day the ledger has it (R1)."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from groups.models import Household, Membership
from groups.services import words as typed
from merchants.models import MerchantStaff
from orders.models import CheckOff, Order, OrderLine
from orders.models.check_offs import RATE_WITHIN
from reputation.models import Book, Evidence, Kind, Rating, RatingAnswer, RatingPhoto, UsefulTap
from reputation.models.ratings import MOST_PHOTOS
from reputation.models.weights import weight_of
from reputation.queries.facts import Fact
from reputation.queries.words import words_for
from reputation.services import ledger
from tuangou.core import clock, events, requests, rows
from tuangou.core.errors import DomainError, InvalidInput, NotAllowed

AT_ONCE = 200


class NotYours(NotAllowed):
    """Goods are rated by whoever bought them."""

    code = "not_your_goods"
    rule = "R1"


class NotInHand(DomainError):
    """Goods are rated once they were fetched."""

    code = "not_in_hand"
    rule = "R1"


class RatingClosed(DomainError):
    """The 30 days, or the 24 hours to change it, are over."""

    code = "rating_closed"
    rule = "R1"


class BadRating(InvalidInput):
    code = "bad_rating"
    rule = "R1"


class AnsweredAlready(DomainError):
    """A shop answers a rating once."""

    code = "answered_already"
    rule = "R1"


@dataclass(frozen=True, slots=True)
class Opinion:
    """What is said of one line. `photos`: re-encoded pictures; they take the place of earlier ones,
    none leaves those."""

    line_id: int
    stars: int
    words: Sequence[str] = ()
    text: str = ""
    photos: Sequence[bytes] = field(default=(), repr=False)

    def body(self) -> dict[str, Any]:
        return {
            "line": self.line_id,
            "stars": self.stars,
            "words": sorted(self.words),
            "text": self.text,
            "photos": [hashlib.sha256(photo).hexdigest() for photo in self.photos],
        }


def rate(
    *,
    order_id: int,
    actor_id: int,
    opinions: Sequence[Opinion],
    anonymous: bool | None = False,
    request_id: UUID,
) -> list[Rating]:
    """The buyer rates lines of an order that she fetched, or changes what she said within 24 hours.

    Of a household the first rating of an item and round counts. `anonymous`: the shop does not read
    whose it is; None leaves what she changes as it was. Raises NotYours, NotInHand, RatingClosed,
    BadRating, Conflict.
    """
    actor = rows.get(Membership, actor_id)
    return requests.once(
        group_id=actor.group_id,
        user_id=actor.user_id,
        key=request_id,
        act="rating.give",
        body={
            "order": order_id,
            "anonymous": anonymous,
            "said": [opinion.body() for opinion in opinions],
        },
        work=lambda: _rate(order_id, actor, opinions, anonymous=anonymous),
        replay=lambda: _given(order_id, opinions),
    )


def _rate(
    order_id: int, actor: Membership, opinions: Sequence[Opinion], *, anonymous: bool | None
) -> list[Rating]:
    order = Order.objects.select_related("round").get(pk=order_id, group_id=actor.group_id)
    if order.member_id != actor.pk:
        raise NotYours(_("评价由买的人来写。"))
    Household.objects.select_for_update(no_key=True).get(pk=order.household_id)
    at = clock.now()
    _check_time(order, at)
    lines = _lines(order, opinions)
    said = {opinion.line_id: _checked(opinion, lines[opinion.line_id]) for opinion in opinions}
    _check_words(order.group_id, lines, said)
    earlier = {rating.line_id: rating for rating in Rating.objects.filter(line__in=lines)}
    ratings = []
    for line_id, opinion in said.items():
        rating = earlier.get(line_id)
        if rating is None:
            rating = _give(order, lines[line_id], opinion, anonymous=bool(anonymous), at=at)
        else:
            unnamed = rating.anonymous if anonymous is None else anonymous
            _change(rating, opinion, anonymous=unnamed, at=at)
        _show(rating, opinion.photos)
        ratings.append(rating)
    events.publish(
        "rating.given",
        group_id=order.group_id,
        subject_id=order.pk,
        actor_id=actor.user_id,
        at=at,
        merchant=order.round.merchant_id,
        ratings=[rating.pk for rating in ratings],
    )
    return ratings


def _check_time(order: Order, at: datetime) -> None:
    handed = CheckOff.objects.standing_of(order.pk)
    if handed is None:
        raise NotInHand(_("取货后才能评。"))
    if at >= handed.at + RATE_WITHIN:
        raise RatingClosed(_("取货后 30 天内可以评，现在过了。有事直接找团长。"))


def _lines(order: Order, opinions: Sequence[Opinion]) -> dict[int, OrderLine]:
    """The lines that are rated, with their offers; each one once, each fetched."""
    wanted = [opinion.line_id for opinion in opinions]
    if not wanted or len(set(wanted)) != len(wanted):
        raise BadRating(_("先选几颗星"))
    lines = OrderLine.objects.select_related("offer").filter(order=order, pk__in=wanted)
    found = {line.pk: line for line in lines}
    if len(found) != len(wanted):
        raise BadRating(_("这一单里没有这样货。刷新页面再评。"))
    if not all(line.collected_quantity for line in found.values()):
        raise NotInHand(_("有一样还没取到，取到的才能评。"))
    return found


def _checked(opinion: Opinion, line: OrderLine) -> Opinion:
    if opinion.stars not in range(1, 6):
        raise BadRating(_("先选几颗星"), field=f"stars_{line.pk}")
    if len(opinion.photos) > MOST_PHOTOS:
        raise BadRating(_("照片最多 4 张。去掉几张再传。"), field=f"photos_{line.pk}")
    text = typed.plain(opinion.text, field=f"text_{line.pk}", most=300)
    chosen = tuple(dict.fromkeys(opinion.words))
    return Opinion(line.pk, opinion.stars, chosen, text, opinion.photos)


def _check_words(
    group_id: int, lines: Mapping[int, OrderLine], said: Mapping[int, Opinion]
) -> None:
    offered = words_for(group_id, {line.offer.category for line in lines.values()})
    for line_id, opinion in said.items():
        if not set(opinion.words) <= set(offered[lines[line_id].offer.category]):
            raise BadRating(_("从列出的词里选。"), field=f"words_{line_id}")


def _give(
    order: Order, line: OrderLine, opinion: Opinion, *, anonymous: bool, at: datetime
) -> Rating:
    """The household is held, so that one of two at once is the first."""
    item_id = line.offer.item_id
    of_household = Rating.objects.of_group(order.group_id).counted()
    counted = not of_household.filter(
        household_no=order.household_id, item_id=item_id, round_id=order.round_id
    ).exists()
    return Rating.objects.create(
        group_id=order.group_id,
        line=line,
        round_id=order.round_id,
        merchant_id=order.round.merchant_id,
        item_id=item_id,
        member_id=order.member_id,
        household_no=order.household_id,
        stars=opinion.stars,
        words=list(opinion.words),
        text=opinion.text,
        anonymous=anonymous,
        counted=counted,
        given_at=at,
    )


def _change(rating: Rating, opinion: Opinion, *, anonymous: bool, at: datetime) -> None:
    if not rating.may_change(at):
        raise RatingClosed(_("评过 24 小时了，不能再改。"))
    before = (rating.stars, set(rating.words), rating.text, rating.anonymous)
    after = (opinion.stars, set(opinion.words), opinion.text, anonymous)
    if before == after and not opinion.photos:
        return  # sent along with another line of the page
    rating.stars, rating.words, rating.text = opinion.stars, list(opinion.words), opinion.text
    rating.anonymous, rating.edited_at = anonymous, at
    rating.save(update_fields=["stars", "words", "text", "anonymous", "edited_at"])


def _show(rating: Rating, photos: Sequence[bytes]) -> None:
    """The pictures, under names that tell nothing; without any the earlier ones stay, else they
    go, files too."""
    if not photos:
        return
    earlier = RatingPhoto.objects.filter(rating=rating)
    files = [row.file for row in earlier]
    earlier.delete()
    kept: list[RatingPhoto] = []
    try:
        for position, photo in enumerate(photos, start=1):
            row = RatingPhoto(
                group_id=rating.group_id,
                rating=rating,
                position=position,
                sha256=hashlib.sha256(photo).hexdigest(),
            )
            row.file.save(f"{secrets.token_hex(16)}.webp", ContentFile(photo), save=False)
            kept.append(row)
        RatingPhoto.objects.bulk_create(kept)
    except Exception:
        for row in kept:
            row.file.delete(save=False)
        raise
    for file in files:
        file.storage.delete(str(file.name))


def _given(order_id: int, opinions: Sequence[Opinion]) -> list[Rating]:
    wanted = [opinion.line_id for opinion in opinions]
    return list(Rating.objects.filter(line__order_id=order_id, line__in=wanted))


@transaction.atomic
def find_useful(*, rating_id: int, actor_id: int, useful: bool) -> None:
    """A household says once that a rating helped it, or takes that back. Raises NotYours."""
    actor = rows.get(Membership, actor_id)
    Household.objects.select_for_update(no_key=True).get(pk=actor.household_id)
    at = clock.now()
    rating = Rating.objects.get(pk=rating_id, group_id=actor.group_id)
    if rating.household_no == actor.household_id:
        raise NotYours(_("自己家的评价，让邻居来说有没有用。"))
    taps = UsefulTap.objects.filter(rating=rating, household_no=actor.household_id)
    if not useful:
        taps.delete()
    elif not taps.exists():
        UsefulTap.objects.create(
            group_id=rating.group_id,
            rating=rating,
            member=actor,
            household_no=actor.household_id,
            at=at,
        )


@transaction.atomic
def answer(*, rating_id: int, user_id: int, text: str) -> RatingAnswer:
    """The shop answers a rating before everybody, once. Raises NotAllowed, AnsweredAlready,
    InvalidInput."""
    text = typed.plain(text, field="text", most=300, empty=_("写上答复"))
    rating = Rating.objects.select_for_update(no_key=True, of=("self",)).get(pk=rating_id)
    at = clock.now()
    if not MerchantStaff.objects.filter(merchant_id=rating.merchant_id, user_id=user_id).exists():
        raise NotAllowed(_("只有店里的人能答。"))
    if RatingAnswer.objects.filter(group_id=rating.group_id, rating=rating).exists():
        raise AnsweredAlready(_("这条评价答过了，一条只答一次。"))
    made = RatingAnswer.objects.create(
        group_id=rating.group_id,
        rating=rating,
        text=text,
        answered_by_id=user_id,
        answered_at=at,
    )
    events.publish(
        "rating.answered",
        group_id=rating.group_id,
        subject_id=rating.pk,
        actor_id=user_id,
        at=at,
        merchant=rating.merchant_id,
    )
    return made


def groups_with_settled() -> list[int]:
    """Groups with ratings whose 24 hours are over and that the ledger does not have yet."""
    found = Rating.objects.settled(clock.now()).order_by().values_list("group_id", flat=True)
    return sorted(set(found.distinct()))


@transaction.atomic
def enter_settled(*, group_id: int) -> int:
    """Write ratings into the ledger that nobody can change any more; how many were looked at.

    Of a household one for each item of a round. Run twice or at once, each is written once: the
    book is held, and a rating says that it was entered.
    """
    Book.objects.lock(group_id)
    at = clock.now()
    due = Rating.objects.of_group(group_id).settled(at).order_by("given_at", "pk")
    found = list(due.select_for_update(no_key=True)[:AT_ONCE])
    facts = [_fact(rating, at) for rating in found if rating.counted]
    ledger.enter(group_id=group_id, facts=facts)
    Rating.objects.filter(pk__in=[rating.pk for rating in found]).update(entered=True)
    return len(found)


def _fact(rating: Rating, at: datetime) -> Fact:
    """Without who gave it: the shop may not have to know."""
    return Fact(
        kind=Kind.RATING,
        about=rating.merchant_id,
        evidence=Evidence.RATING,
        evidence_id=rating.pk,
        at=at,
        round_id=rating.round_id,
        household_id=rating.household_no,
        weight_milli=weight_of(Kind.RATING, stars=rating.stars),
    )
