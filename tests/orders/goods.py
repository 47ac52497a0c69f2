"""A delivery on which everything happens that anybody is told of (O9, O16)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

from merchants.models import MerchantStaff
from merchants.services.papers import read_paper
from orders.models import AnswerFile, DeliveryPhoto, Hold, Return
from orders.queries.deliveries import Came
from orders.queries.holds import standing_holds
from orders.queries.inspections import checklist
from orders.services import (
    answers,
    check_offs,
    deliveries,
    delivery_notices,
    delivery_photos,
    holds,
    later_arrivals,
    leftovers,
    short_notices,
)
from orders.services.delivery_notices import Coming
from orders.services.helpers import make_helper_link
from orders.services.inspections import Found
from orders.services.leftovers import Decision
from orders.services.said_missing import say_missing
from tests.core.test_images import picture
from tests.factories import make_round, offer_of
from tests.orders.stages import Stage, at, line_of
from tuangou.core import events
from tuangou.core.models import User


def announced(stage: Stage, hours_late: int = 0) -> None:
    """The shop's owner says when the goods come: right before the pick-up, or so much later."""
    owner = MerchantStaff.objects.filter(merchant_id=stage.round.merchant_id).order_by("pk")[0]
    start = stage.round.pickup_from + timedelta(hours=hours_late - 2)
    with at(stage.ordering):
        delivery_notices.announce_delivery(
            round_id=stage.round.pk,
            user_id=owner.user_id,
            for_merchant=False,
            coming=Coming(start, start + timedelta(hours=1), "沪A12345", "老马", "L1", "走后门"),
            request_id=uuid4(),
        )


def not_passed(stage: Stage, *failed: int) -> Found:
    checks = {c.key: False for c in checklist([o.category for o in stage.round.offers.all()])}
    return Found("failed", checks, Decimal(9), "化冻了", frozenset(failed))


def a_bad_delivery(stage: Stage) -> None:
    """Two goods: announced, late, short, one stopped and let go, then counted anew."""
    with at(stage.start):
        rnd = make_round(stage.group, merchant=stage.round.merchant, offers=2, title="周三鱼团")
    here = Stage(
        *(stage.group, stage.initiator, stage.deputy, stage.member, stage.neighbour),
        *(rnd, stage.start),
    )
    first, second = offer_of(rnd), offer_of(rnd, 2)
    for member in (here.member, here.neighbour):
        here.order(member, quantities={first.pk: Decimal(2), second.pk: Decimal(1)})
    announced(here)
    announced(here, hours_late=4)
    here.confirm()
    owner = MerchantStaff.objects.filter(merchant_id=rnd.merchant_id).order_by("pk")[0]
    with at(rnd.pickup_from - timedelta(hours=2)):
        short_notices.say_short(
            round_id=rnd.pk,
            user_id=owner.user_id,
            for_merchant=False,
            short={first.pk: Decimal(1)},
            request_id=uuid4(),
        )
    came = {first.pk: Decimal(3), second.pk: Decimal(2)}
    with at(rnd.pickup_from - timedelta(hours=1)):
        deliveries.record_arrival(
            round_id=rnd.pk,
            actor_id=here.deputy.pk,
            delivered=came,
            inspection=not_passed(here, second.pk),
            request_id=uuid4(),
        )
    events.drain(stage.group.pk)
    with at(rnd.pickup_from):
        (hold,) = standing_holds(rnd.pk)
        holds.release(
            hold_id=hold.pk, actor_id=here.initiator.pk, reason="重新量过", request_id=uuid4()
        )
        deliveries.correct_arrival(
            round_id=rnd.pk,
            actor_id=here.deputy.pk,
            delivered=came | {first.pk: Decimal(4)},
            request_id=uuid4(),
        )
    events.drain(stage.group.pk)


def a_rest_that_comes_later(stage: Stage) -> None:
    """Counted too little by a helper, shared out, the rest on a second car; one bag is kept, then
    given back."""
    with at(stage.start):
        rnd = make_round(stage.group, merchant=stage.round.merchant, title="周四豆腐团")
    here = Stage(
        *(stage.group, stage.initiator, stage.deputy, stage.member, stage.neighbour),
        *(rnd, stage.start),
    )
    orders = [here.order(person) for person in (here.member, here.neighbour)]
    here.confirm()
    with at(rnd.pickup_from - timedelta(hours=1)):
        link, _token = make_helper_link(round_id=rnd.pk, actor_id=here.deputy.pk, name="三栋小李")
        deliveries.record_arrival(
            round_id=rnd.pk,
            actor_id=here.deputy.pk,
            delivered={offer_of(rnd).pk: Decimal(3)},
            helper_id=link.pk,
            request_id=uuid4(),
        )
    events.drain(stage.group.pk)
    who = {"round_id": rnd.pk, "actor_id": here.initiator.pk}
    with at(rnd.pickup_from):
        later_arrivals.share_out(**who, ways={}, request_id=uuid4())
        later_arrivals.record_later(
            **who,
            delivered={offer_of(rnd).pk: Came(Decimal(1))},
            helper_id=link.pk,
            request_id=uuid4(),
        )
        events.drain(stage.group.pk)
        later_arrivals.share_out(**who, ways={}, request_id=uuid4())
        say_missing(
            order_id=orders[1].pk,
            actor_id=here.deputy.pk,
            helper_id=link.pk,
            missing=[line_of(orders[1]).pk],
            request_id=uuid4(),
        )
    events.drain(stage.group.pk)
    here.round.refresh_from_db()
    with at(rnd.pickup_until):
        check_offs.record_not_collected(**who)
        kept = Decision("keep", until=rnd.pickup_until + timedelta(hours=20))
        for decision in (kept, Decision("return")):
            leftovers.decide_leftover(
                order_id=orders[0].pk,
                actor_id=here.initiator.pk,
                decision=decision,
                request_id=uuid4(),
            )
            events.drain(stage.group.pk)


def a_hold(stage: Stage) -> Hold:
    """Stopped and let go again, so that it is in nobody's way."""
    with at(stage.pickup):
        hold = holds.hold(round_id=stage.round.pk, kind="incident", reason="有人说发霉")
        return holds.release(
            hold_id=hold.pk, actor_id=stage.initiator.pk, reason="看过，没事", request_id=uuid4()
        )


def an_answer_file(ret: Return, user: User) -> AnswerFile:
    """What a shop showed when it denied a return."""
    with at(ret.requested_at + timedelta(hours=1)):
        answers.answer_return(
            return_id=ret.pk,
            user_id=user.pk,
            kind="denial",
            text="出库时称过。",
            evidence=[read_paper(picture())],
            request_id=uuid4(),
        )
    return AnswerFile.objects.get(answer__ret=ret)


def a_photo(stage: Stage) -> DeliveryPhoto:
    """A picture of what came."""
    with at(stage.pickup):
        (photo,) = delivery_photos.add_photos(
            round_id=stage.round.pk,
            actor_id=stage.deputy.pk,
            photos=[picture(kind="WEBP").getvalue()],
            request_id=uuid4(),
        )
    return photo
