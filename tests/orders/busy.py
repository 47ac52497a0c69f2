"""A round in which everybody of a large group ordered everything, written set-wise."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

from groups.models import Building, Household, Membership
from orders.models import Offer, Order, OrderLine, Round
from tests.factories import LONG_AGO, make_group, make_initiator, make_merchant, make_round
from tuangou.core import clock

BUILDINGS = 18
GOODS = (
    ("牛腩", "", "斤"),
    ("牛肉丸", "500g/包", "包"),
    ("牛腱", "", "斤"),
    ("卤牛肉", "真空", "盒"),
    ("蔬菜包A", "5样", "份"),
    ("土鸡蛋", "30枚", "板"),
    ("手工水饺", "猪肉白菜", "袋"),
    ("鲜牛奶", "950ml", "瓶"),
)
NAMES = ["张三", "李四", "王奶奶", "小南", "林姨", "马丽", "陈晨", "阿圆", "老周", "王芳"]


def busy_round(members: int = 439, goods: int = 8) -> Round:
    """Open; 3-502 and its like in `BUILDINGS` buildings, every fifth with a wish."""
    group = make_group(member_limit=2000)
    make_initiator(group)
    rnd = make_round(group, merchant=make_merchant(group), offers=goods)
    offers = list(Offer.objects.of_round(rnd.pk))
    for offer, (name, spec, unit) in zip(offers, GOODS, strict=False):
        offer.name, offer.spec, offer.unit = name, spec, unit
    Offer.objects.bulk_update(offers, ["name", "spec", "unit"])
    orders = Order.objects.bulk_create(
        _order(rnd, m, n) for n, m in enumerate(_people(rnd, members))
    )
    OrderLine.objects.bulk_create(
        _line(order, offer, Decimal(1 + (n + order.number) % 3))
        for order in orders
        for n, offer in enumerate(offers)
    )
    rnd.last_number = members
    rnd.save(update_fields=["last_number"])
    return rnd


def _people(rnd: Round, members: int) -> list[Membership]:
    buildings = [
        Building.objects.get_or_create(
            group_id=rnd.group_id, name=f"{n}栋", defaults={"position": 100 + n}
        )[0]
        for n in range(1, BUILDINGS + 1)
    ]
    homes = Household.objects.bulk_create(
        Household(
            group_id=rnd.group_id,
            building=buildings[n % BUILDINGS],
            unit=str(1 + n % 2) if n % 3 == 0 else "",
            room=f"{1 + n // BUILDINGS}0{1 + n % 4}",
            activated_at=LONG_AGO,
        )
        for n in range(members)
    )
    return Membership.objects.bulk_create(
        Membership(
            group_id=rnd.group_id,
            household=home,
            nickname=NAMES[n % len(NAMES)],
            real_name="",
            status="active",
            activated_at=LONG_AGO,
        )
        for n, home in enumerate(homes)
    )


def _order(rnd: Round, member: Membership, n: int) -> Order:
    home = member.household
    return Order(
        group_id=rnd.group_id,
        round=rnd,
        member=member,
        household=home,
        placed_by=member,
        number=n + 1,
        request_id=uuid4(),
        building=home.building.name,
        unit=home.unit,
        room=home.room,
        nickname=member.nickname,
        note="切小块" if n % 5 == 0 else "",
        placed_at=clock.now(),
    )


def _line(order: Order, offer: Offer, quantity: Decimal) -> OrderLine:
    return OrderLine(
        group_id=order.group_id,
        order=order,
        offer=offer,
        quantity=quantity,
        unit_price_fen=offer.price_fen,
        billed_quantity=quantity,
    )
