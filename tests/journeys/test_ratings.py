"""A good round: the notice of the day after leads to the stars, neighbours read them with their n,
the shop answers, somebody takes something amiss and an officer hides it with a reason."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories import make_group, make_merchant, make_user
from tests.orders.stages import make_stage
from tests.reputation.said import comment
from tuangou.core import events

pytestmark = pytest.mark.e2e

MOST_TAPS = 4  # the link in the notice, two goods, send


def test_a_good_round_is_rated_read_and_answered(person, settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path
    shop_owner = make_user("马老板")
    group = make_group()
    shop = make_merchant(group, "老马家牛肉铺", staff=shop_owner)
    start = timezone.now().replace(microsecond=0) - timedelta(days=3)
    stage = make_stage(start, group=group, merchant=shop, offers=2)
    order = stage.collected()
    comment(stage, stage.neighbour, "谁家的车挡着门")
    buyer, neighbour = person(stage.member.user), person(stage.neighbour.user)
    officer, owner = person(stage.deputy.user), person(shop_owner)
    slug = group.slug

    with buyer.does_in(MOST_TAPS, exactly=False):
        buyer.open(reverse("reputation:rate", args=[slug, order.pk]))
        buyer.choose("5 星 很好")
        buyer.go("评好了")
    buyer.sees("5.0 分，1 次评价", "5 星 很好")
    events.drain(group.pk)

    neighbour.open(reverse("merchants:merchant", args=[slug, shop.pk]))
    neighbour.sees("5.0 分，1 次评价")
    neighbour.go("一条一条看")
    neighbour.go(neighbour.page.get_by_role("button", name="有用"))
    neighbour.sees("1 户觉得有用")

    owner.open(reverse("reputation:merchant-ratings", args=[slug, shop.pk]))
    owner.go("答复")
    owner.fill("答复", "谢谢，下周还有")
    owner.go("答复，大家看得到")
    owner.sees("谢谢，下周还有")

    officer.open(reverse("reputation:round-said", args=[slug, stage.round.pk]))
    officer.go("收起")
    officer.go("收起")  # without a reason: refused, and asked again
    officer.sees("写明为什么收起")
    officer.fill("为什么收起", "跟这个团没关系")
    officer.go("收起")
    buyer.open(reverse("reputation:round-said", args=[slug, stage.round.pk]))
    buyer.sees("跟这个团没关系", "谢谢，下周还有")
    assert buyer.page.get_by_text("谁家的车").count() == 0
