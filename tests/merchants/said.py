"""What neighbours and shops say to each other, once each: for the life in tests/orders/news.py."""

from __future__ import annotations

from typing import Any

from merchants.models import Application, MerchantStaff
from merchants.services import appeals, applications, follows, proposals, questions, witnesses
from tests.factories import approve, make_item, make_merchant, make_round, make_user
from tests.orders.stages import Stage, at


def members_side(stage: Stage) -> None:
    """Prices contested and decided, questions, proposals, an appeal, a round of a followed shop."""
    group, merchant = stage.group, stage.round.merchant
    who: dict[str, Any] = {"group_id": group.pk, "actor_id": stage.member.pk}
    officer = stage.initiator
    staff = MerchantStaff.objects.get(merchant=merchant, role="owner").user_id
    with at(stage.start):
        for stands, name in ((True, "争一"), (False, "争二")):
            seen = witnesses.witness_price(
                item_id=make_item(merchant, name).pk,
                price_fen=3900,
                place="店里",
                picture=b"x",
                **who,
            )
            witnesses.rule_price(
                group_id=group.pk,
                witness_id=seen.pk,
                actor_id=officer.pk,
                stands=stands,
                reason="去看过",
            )
        asked = [
            questions.ask(merchant_id=merchant.pk, text=text, **who) for text in ("几点切", "骂人")
        ]
        questions.answer(
            group_id=group.pk,
            question_id=asked[0].pk,
            user_id=staff,
            text="五点",
            if_it_fails="退全款",
        )
        questions.hide(
            group_id=group.pk, question_id=asked[1].pk, actor_id=officer.pk, reason="人身攻击"
        )
        wanted = [
            proposals.propose(name=name, reason="好吃", **who) for name in ("阿婆馄饨", "青禾果蔬")
        ]
        decision = {"group_id": group.pk, "actor_id": officer.pk}
        proposals.invite(proposal_id=wanted[0].pk, **decision)
        proposals.decline(proposal_id=wanted[1].pk, reason="太远", **decision)
        _an_appeal(stage)
        _a_followed_round(stage)


def _an_appeal(stage: Stage) -> None:
    group = stage.group
    for granted in (True, False):
        shop = make_merchant(brand=f"申诉{granted}", staff=make_user("店主"))
        approve(group, shop, status="in_review")
        here = {"group_id": group.pk, "merchant_id": shop.pk}
        applications.reject(actor_id=stage.initiator.pk, reason="报告过期", **here)
        owner = shop.staff.get().user_id
        appeals.appeal(user_id=owner, text="报告是新的", **here)
        appeals.answer_appeal(actor_id=stage.deputy.pk, granted=granted, reason="看过了", **here)
        assert Application.objects.get(**here).status != "in_review"


def _a_followed_round(stage: Stage) -> None:
    shop = make_merchant(stage.group, "关注的店")
    follows.follow(group_id=stage.group.pk, merchant_id=shop.pk, actor_id=stage.member.pk, on=True)
    make_round(stage.group, merchant=shop)
