"""A small group to walk through: an initiator, two merchants, a past round, three doors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from groups.models import Group, Membership
from merchants.models import Merchant
from orders.models import Round
from tests.factories import (
    approve,
    make_group,
    make_household,
    make_initiator,
    make_member,
    make_merchant,
    make_user,
)
from tests.journeys.people import PASSWORD
from tests.orders.stages import Stage, make_stage
from tuangou.core.models import User


@dataclass
class Street:
    group: Group
    initiator: Membership
    merchant: Merchant
    a: Membership
    b: Membership
    paper: Membership
    past: Stage

    @property
    def last(self) -> Round:
        return self.past.round


def make_street() -> Street:
    """Committed, so that the server sees it. The past round was cut off at noon two days ago."""
    with transaction.atomic():
        group = make_group("wutong", notice="周六下午两点发货")
        initiator = make_initiator(group, user=make_user("子怡", password=PASSWORD))
        merchant = make_merchant(group, "老马家牛肉铺")
        approve(group, make_merchant(brand="阿芳豆腐坊"))
        a = _at_door(group, "502", "张三", make_user("张三", password=PASSWORD))
        b = _at_door(group, "503", "王芳", make_user("王芳", password=PASSWORD))
        paper = _at_door(group, "601", "李奶奶", None)
        # Opened at noon, so that its pick-up, copied with the round, is in one day at any hour.
        noon = timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0)
        start = noon - timedelta(days=3)
        past = make_stage(start, group=group, merchant=merchant)
        order = past.collected(quantity=3)
        past.receive(order, 11400, past.pickup)
    return Street(group, initiator, merchant, a, b, paper, past)


def _at_door(group: Group, room: str, nickname: str, user: User | None) -> Membership:
    household = make_household(group, room)
    return make_member(group, nickname, household=household, user=user, account=user is not None)
