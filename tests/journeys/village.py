"""A group in which every page has something to show, in states that look different."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

from django.conf import settings
from django.utils import timezone

from groups.services.robots import connect_robot
from groups.services.rules import Agreed, write_rules
from merchants.access import Signer
from merchants.models import Item, Merchant, MerchantStaff
from merchants.services import agreements
from merchants.services.links import make_link
from merchants.services.promises import Promises
from merchants.services.proposals import propose
from merchants.services.questions import answer
from merchants.services.questions import ask as ask_shop
from merchants.services.staff import make_staff_link
from orders.models import BatchQuestion, Hold, Order
from orders.services import holds, payments, rounds
from orders.services.helpers import make_helper_link
from orders.services.offers import OfferSpec, TierSpec
from orders.services.openings import draft_round
from orders.services.waiting import join
from tests.core.out import confirm_token, happen, mailbox_for, tell
from tests.core.test_images import picture
from tests.factories import (
    announce,
    approve,
    make_checklist,
    make_document,
    make_group,
    make_item,
    make_member,
    make_merchant,
    make_merchant_day,
    make_order,
    make_round,
    make_user,
    make_witness,
    offer_of,
)
from tests.groups.doors import come, invite, knock, stranger
from tests.orders.settling import complete, confirm, draw, object_to, pay, settle
from tests.orders.stages import Stage, at, make_stage
from tests.orders.support import spec_for
from tests.reputation.cases import PHOTO
from tests.reputation.cases import Scene as Case
from tests.reputation.judging import judged
from tests.reputation.said import comment, hide, rate
from tuangou.core import events
from tuangou.core.mailbox import ask
from tuangou.core.models import User
from tuangou.core.wording import token_of


@dataclass
class Village:
    """People by role, and the numbers that addresses are made of."""

    slug: str
    people: dict[str, User | None]
    ids: dict[str, object] = field(default_factory=dict)


def make_village() -> Village:
    """Committed, so that the server sees it; an inbox has what the events put there."""
    group = make_group(
        "wutong", merchants_per_day=20, notice="周六两点发货，麻烦大家在群里报一下几点来取。"
    )
    shop, new_shop = make_user("马老板"), make_user("路人")
    beef = make_merchant(group, "老马家牛肉铺", staff=shop)
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    arrived = make_stage(now - timedelta(days=3), group=group, merchant=beef, offers=2)
    village = Village(
        group.slug,
        {
            "nobody": None,
            "member": arrived.member.user,
            "initiator": arrived.initiator.user,
            "shop": shop,
            "new shop": new_shop,
            "newcomer": make_user("路人"),
        },
        {"merchant_id": beef.pk},
    )
    _last_months(arrived)
    village.ids |= _settlements(arrived, beef)
    village.ids |= _arrived(arrived)
    village.ids |= _rounds(arrived, beef)
    village.ids |= _merchants(arrived, beef, new_shop)
    _door(village, arrived)
    _messages(village, arrived)
    events.drain(group.pk)
    return village


def _last_months(stage: Stage) -> None:
    for days in (70, 40):
        with at(stage.start - timedelta(days=days)):
            rnd = make_round(stage.group, title="周日蔬菜团", price_fen=1290)
        earlier = replace(stage, round=rnd, start=stage.start - timedelta(days=days))
        order = earlier.collected(quantity=3)
        earlier.accept(earlier.ask(order), 1290)


def _settlements(stage: Stage, beef: Merchant) -> dict[str, object]:
    """To be drawn up; objected to, with a supplement; settled and paid."""
    ids: dict[str, object] = {}
    for days, name in ((30, "settled"), (25, "drawn"), (20, "completed")):
        start = stage.start - timedelta(days=days)
        with at(start):
            rnd = make_round(stage.group, merchant=beef, title="周三牛腩团")
        before = replace(stage, round=rnd, start=start)
        order = before.collected(quantity=3)
        before.receive(order, 11400)
        complete(before)
        ids[name] = rnd.pk
        if name == "settled":
            settlement = settle(before)
            pay(before, settlement, 5000)
        if name == "drawn":
            settlement = draw(before)
            before.accept(before.ask(order), 3800)
            object_to(before, settlement, "送了 4 斤，单上只有 3 斤")
            confirm(before, settlement, "initiator")
    return ids


def _arrived(stage: Stage) -> dict[str, object]:
    """Fetched and partly asked back, waiting and unpaid, waiting and said to be paid."""
    order = stage.order(quantity=3, note="切小块，分两袋装")
    stage.order(stage.flat("12栋", "2", "1804", "欧阳长河"), 1)
    waiting = stage.order(stage.member, "1.5")
    stage.receive(order, 11400)
    with at(stage.ordering):
        payments.claim_payment(
            order_id=waiting.pk, actor_id=stage.member.pk, request_id=uuid4(), amount_fen=None
        )
    proxy = stage.order(stage.neighbour, 2, placed_by=stage.member)
    stage.arrive()
    stage.hand_over(order)
    stage.hand_over(proxy)
    photo = picture(kind="WEBP").getvalue()
    asked = stage.ask(order, 1, photos=(photo, photo))
    granted = stage.accept(stage.ask(proxy, 1), 3800)
    question = BatchQuestion.objects.get(round=stage.round)
    with at(stage.pickup + timedelta(hours=3)):  # two of three flats: an incident, looked at
        holds.release(
            hold_id=Hold.objects.get(round=stage.round, kind="incident").pk,
            actor_id=stage.initiator.pk,
            reason="看过了，只是外皮颜色深",
            request_id=uuid4(),
        )
    rating = rate(
        stage, proxy, 4, words=("嫩", "切得好"), text="炖了一锅，孩子爱吃", photos=(photo,)
    )
    said = comment(stage, stage.neighbour)
    hide(stage, comment(stage, stage.member, "谁家的车挡着门"))
    case = Case(stage, order)
    complaint = case.complain(files=[PHOTO], text="炖了两个钟头还是咬不动")
    case.suggest(complaint)
    return {
        "complaint_id": complaint.pk,
        **judged(stage, stage.member),
        "rating_id": rating.pk,
        "comment_id": said.pk,
        "category": "beef",
        "arrived": stage.round.pk,
        "helper": make_helper_link(
            round_id=stage.round.pk, actor_id=stage.initiator.pk, name="三栋小李"
        )[1],
        "collected_order": order.pk,
        "waiting_order": waiting.pk,
        "proxy_order": proxy.pk,
        "neighbour": stage.neighbour.pk,
        "granny": make_member(stage.group, "李奶奶", account=False).pk,
        "announcement": announce(stage.initiator, "周六发货改到下午三点").pk,
        "return_id": asked.pk,
        "granted_return": granted.pk,
        "question_id": question.pk,
        "month": f"{stage.round.month:%Y-%m}",
    }


def _rounds(stage: Stage, beef: Merchant) -> dict[str, object]:
    """One of each kind that members or officers can still look at."""
    opened = _open_round(stage, beef)
    order = Order.objects.get(round_id=opened)
    with at(stage.start):
        confirmed = make_round(stage.group, title="周五豆腐团")
        make_order(confirmed, stage.member)
        closed = make_round(stage.group, title="中秋大闸蟹团", minimum_households=40)
    with at(stage.ordering):
        rounds.close_round(round_id=confirmed.pk, actor_id=stage.initiator.pk)
    with at(stage.start):
        brought = make_round(stage.group, merchant=beef, title="周日蔬菜团", to_the_door=True)
        make_order(brought, stage.member, note="切小块，分两袋装")
    with at(stage.ordering):
        rounds.close_round(round_id=brought.pk, actor_id=stage.initiator.pk)
    draft = make_round(stage.group, merchant=beef, title="下周牛肉团", opened=False)
    cancelled = make_round(stage.group, title="周三水果团")
    rounds.cancel_round(
        round_id=cancelled.pk, actor_id=stage.initiator.pk, reason="果园下雨，摘不了"
    )
    rounds.close_round(round_id=closed.pk, actor_id=stage.initiator.pk)
    return {
        "open": opened,
        "open_order": order.pk,
        "sold_out": offer_of(order.round, 2).pk,
        "confirmed": confirmed.pk,
        "to_the_door": brought.pk,
        "closed": closed.pk,
        "draft": draft.pk,
        "cancelled": cancelled.pk,
    }


def _open_round(stage: Stage, beef: Merchant) -> int:
    """Three goods: with a limit and a lower price from a quantity on, sold out, and plain."""
    specs = [
        OfferSpec(
            item_id=_item(beef, "牛腩", "切块，约 500 克一份").pk,
            price_fen=3800,
            capacity=Decimal(30),
            household_limit=Decimal(5),
            tiers=[TierSpec(Decimal(20), 3600)],
        ),
        OfferSpec(item_id=_item(beef, "牛舌").pk, price_fen=4000, capacity=Decimal(2)),
        OfferSpec(item_id=_item(beef, "手打牛筋丸（冷冻，保质期三个月）").pk, price_fen=2990),
    ]
    now = timezone.now()
    rnd = draft_round(
        group_id=stage.group.pk,
        actor_id=stage.initiator.pk,
        merchant_id=beef.pk,
        spec=spec_for(
            stage.group,
            *specs,
            opens_at=now,
            cut_off_at=now + timedelta(hours=30),
            pickup_from=now + timedelta(hours=50),
            pickup_until=now + timedelta(hours=52),
            note="周六早上现杀。\n要切块的写在备注里。",
            minimum_households=12,
        ),
    )
    rounds.open_round(round_id=rnd.pk, actor_id=stage.initiator.pk)
    tender, tongue = offer_of(rnd, 1), offer_of(rnd, 2)
    make_order(rnd, stage.member, quantities={tender.pk: Decimal("1.5"), tongue.pk: Decimal(2)})
    for person in (stage.neighbour, stage.initiator):
        join(offer_id=tongue.pk, member_id=person.pk, quantity=Decimal(1), request_id=uuid4())
    return rnd.pk


def _item(merchant: Merchant, name: str, spec: str = "") -> Item:
    return make_item(merchant, name, spec=spec)


def _merchants(stage: Stage, beef: Merchant, newcomer: User) -> dict[str, object]:
    reviewed = make_merchant(brand="阿芳豆腐坊")
    approve(stage.group, reviewed, status="in_review")
    approve(stage.group, make_merchant(brand="江边水产"), status="suspended")
    item = Item.objects.filter(merchant=beef).order_by("pk").first()
    assert item is not None
    make_document(beef, "food", number="JY11108071215650", covers=["beef"])
    make_document(beef, "licence", number="91310000132260250X")
    half_way = make_merchant(brand="江边水产", staff=newcomer)
    approve(stage.group, half_way, status="draft")
    link = make_link(group_id=stage.group.pk, actor_id=stage.initiator.pk)
    make_link(group_id=stage.group.pk, actor_id=stage.initiator.pk, for_all=True)
    on_paper = make_merchant(stage.group, "江边水产")
    for shop in (beef, on_paper):
        agreements.propose(
            group_id=stage.group.pk,
            merchant_id=shop.pk,
            signer=Signer(("group",), stage.initiator.user_id or 0, stage.initiator.pk),
            terms=agreements.Terms(Promises("周六发货改到下午三点", "早来的先等等。", ""), 600),
        )
    return _said(stage, beef, item) | {
        "paper_merchant": on_paper.pk,
        "merchant_day": make_merchant_day(stage.group, beef, days=1).pk,
        "reviewed_merchant": reviewed.pk,
        "draft_merchant": half_way.pk,
        "checklist_line_id": make_checklist(stage.group)[0].pk,
        "item_id": item.pk,
        "paper": "food",
        "shop_link": link.token,
        **_staff(beef),
    }


def _staff(shop: Merchant) -> dict[str, object]:
    """A helper of the shop, and a link for another."""
    helper = MerchantStaff.objects.create(merchant=shop, user=make_user("小雨"), role="helper")
    owner = shop.staff.get(role="owner")
    link = make_staff_link(merchant_id=shop.pk, actor_user_id=owner.user_id)
    return {"staff_id": helper.pk, "staff_link": link.token}


def _said(stage: Stage, shop: Merchant, item: Item) -> dict[str, int | str]:
    """A price seen and another one, a question answered and one that waits, a proposal."""
    group, member = stage.group, stage.member
    for thing in Item.objects.filter(merchant=shop).order_by("pk"):
        make_witness(group, thing, by=stage.deputy)
    other = make_witness(group, item, by=stage.neighbour, price_fen=item.store_price_fen - 300)
    questions = [
        ask_shop(group_id=group.pk, merchant_id=shop.pk, actor_id=member.pk, text=text)
        for text in ("切小块，分两袋装", "周六早上现杀。")
    ]
    staff = shop.staff.order_by("pk").first()
    if staff is not None:
        answer(
            group_id=group.pk,
            question_id=questions[0].pk,
            user_id=staff.user_id,
            text="看过了，只是外皮颜色深",
            if_it_fails="退一部分",
        )
    proposal = propose(group_id=group.pk, actor_id=member.pk, name="阿婆馄饨", reason="有点酸")
    return {
        "price_witness_id": other.pk,
        "merchant_question_id": questions[1].pk,
        "proposal_id": proposal.pk,
    }


def _messages(village: Village, stage: Stage) -> None:
    """A robot, two mailboxes, and news that were sent, refused, and came too late."""
    group, user = stage.group, stage.member.user
    assert user is not None
    assert stage.initiator.user is not None
    mailbox_for(user, "zhang@mail.example")
    ask(user_id=stage.initiator.user.pk, address="tuanzhang@mail.example")
    connect_robot(
        group_id=group.pk,
        actor_id=stage.initiator.pk,
        address=f"{settings.ROBOT_URL}?key=693a91f6-7c05-4bc4-97a0-0ec2f5fa5aaa",
    )
    about = happen("round.cancelled", group_id=group.pk, subject_id=stage.round.pk)
    words = {"title": stage.round.title, "reason": "断货", "fen": 7600}
    told = tell(user, kind="orders.round_cancelled", event=about, path="/", **words)
    rows = [row for row in told if row.user_id]
    ends = (("failed", "refused"), ("lapsed", "too_late"))
    for row, (state, reason) in zip(rows, ends, strict=False):
        row.state, row.reason, row.done_at = state, reason, timezone.now()
        row.save(update_fields=["state", "reason", "done_at"])
    village.ids |= {"told": token_of(rows[0].pk), "mailbox_token": confirm_token(user)}


def _door(village: Village, stage: Stage) -> None:
    """House rules, a link nobody used, and who came by others: in, asking, refused."""
    group, initiator = stage.group, stage.initiator
    write_rules(group_id=group.pk, actor_id=initiator.pk, text="按时取货\n截单前能改能取消")
    read = {"agreed": Agreed(orders=True, rules_version=1)}
    paper = make_member(group, "李奶奶", account=False)
    came = come(stage.member, stranger(group, "1801", phone="+8613800138000"), **read)
    come(initiator, stranger(group, paper.household.room, real_name="李奶奶"), **read)
    asking = knock(group, initiator, stranger(group, "1802"), **read)
    village.people["waiting"] = asking.user
    village.ids |= {"neighbour_id": came.pk, "invitation": invite(stage.member)[1]}
