"""What tests of ratings share: goods fetched and rated, answered, commented under."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from groups.models import Membership
from merchants.models import MerchantStaff
from orders.models import Order
from reputation.models import Comment, Rating
from reputation.services import comments, ratings, words
from reputation.services.ratings import Opinion
from tests.core.test_images import picture
from tests.factories import make_user
from tests.orders.stages import Stage, at, line_of

AFTER = timedelta(hours=2)
DAY = timedelta(days=1)


def rate(
    stage: Stage,
    order: Order,
    stars: int = 5,
    *,
    when: datetime | None = None,
    by: Membership | None = None,
    anonymous: bool = False,
    **said: Any,
) -> Rating:
    """The buyer rates the one line of her order, two hours after the pick-up."""
    with at(when or stage.pickup + AFTER):
        (rating,) = ratings.rate(
            order_id=order.pk,
            actor_id=(by or order.member).pk,
            opinions=[Opinion(line_of(order).pk, stars, **said)],
            anonymous=anonymous,
            request_id=uuid4(),
        )
    return rating


def enter(stage: Stage, when: datetime | None = None) -> int:
    """The scan, a day after the last rating of the pick-up."""
    with at(when or stage.pickup + AFTER + DAY):
        return ratings.enter_settled(group_id=stage.group.pk)


def comment(stage: Stage, who: Membership, text: str = "牛腩切得真好") -> Comment:
    with at(stage.pickup + AFTER):
        return comments.comment(round_id=stage.round.pk, actor_id=who.pk, text=text)


def hide(stage: Stage, said: Comment, reason: str = "跟这个团没关系") -> None:
    with at(stage.pickup + AFTER):
        comments.hide(
            group_id=stage.group.pk,
            comment_id=said.pk,
            actor_id=stage.initiator.pk,
            reason=reason,
        )


def a_shop_hand(stage: Stage) -> MerchantStaff:
    """Somebody who acts for the shop and lives elsewhere."""
    return MerchantStaff.objects.create(
        merchant_id=stage.round.merchant_id, user=make_user("店员小周"), role="helper"
    )


def all_said(stage: Stage, order: Order) -> Rating:
    """One row in each table of this: a rating with a photo that helped, its answer, a comment
    that was hidden, words of the group's own."""
    photo = picture(kind="WEBP").getvalue()
    rating = rate(stage, order, text="很嫩", photos=(photo,))
    hand = a_shop_hand(stage)
    said = comment(stage, stage.member)
    with at(stage.pickup + AFTER):
        ratings.find_useful(rating_id=rating.pk, actor_id=stage.neighbour.pk, useful=True)
        ratings.answer(rating_id=rating.pk, user_id=hand.user_id, text="谢谢")
        comments.hide(
            group_id=stage.group.pk, comment_id=said.pk, actor_id=stage.deputy.pk, reason="跑题"
        )
        words.keep_words(
            group_id=stage.group.pk,
            category="beef",
            words=["新鲜", "嫩", "纹理好"],
            actor_id=stage.deputy.pk,
        )
    return rating
