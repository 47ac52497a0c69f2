"""What is sent to open rounds, order, pay, hand out and give back. Each names every field."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from orders.models import (
    Account,
    AnswerKind,
    CheckOffWay,
    OrderStatus,
    Payee,
    ReturnReason,
    ReturnStatus,
    RoundStatus,
    Wish,
)
from orders.models.answers import MOST_EVIDENCE
from orders.queries.openings import Start
from orders.queries.payments import PARTS
from orders.services.offers import OfferSpec, TierSpec
from orders.services.openings import RoundSpec
from orders.services.return_rules import MOST_PHOTOS
from tuangou.core.api.fields import (
    Body,
    Choice,
    Fen,
    Flag,
    FormId,
    Id,
    Many,
    Moment,
    Quantity,
    Text,
    Whole,
)
from tuangou.core.api.paging import PageQuery

MOST_LINES = 100


class LineBody(Body):
    offer = Id()
    quantity = Quantity(help_text=_('"2" 或 "0.5"，是 step 的倍数'))


class AmendBody(Body):
    lines = Many(child=LineBody(), min_length=1, max_length=MOST_LINES, help_text=_("改成这样"))
    note = Text(max_length=200, required=False, allow_blank=True)
    reason = Text(max_length=200, required=False, allow_blank=True)


class OrderBody(Body):
    lines = Many(child=LineBody(), min_length=1, max_length=MOST_LINES)
    note = Text(max_length=200, required=False, allow_blank=True)
    member = Id(required=False, help_text=_("替哪位邻居下：他的 member id；不写是自己（O4）"))
    i_pay = Flag(required=False, help_text=_("替邻居下时：我付钱"))
    i_collect = Flag(required=False, help_text=_("替邻居下时：我去取"))
    asked = Flag(required=False, help_text=_("邻居没有账号时：他托我下这一单"))


def quantities_of(lines: list[dict[str, Any]], what: str = "offer") -> dict[int, Decimal]:
    """{offer id: quantity}; an offer named twice is one wish that cannot be read."""
    wanted: dict[int, Decimal] = {}
    for place, line in enumerate(lines):
        if line[what] in wanted:
            raise serializers.ValidationError(
                {"lines": [{}] * place + [{what: [_("这样货写了两次，合成一行")]}]}
            )
        wanted[line[what]] = line["quantity"]
    return wanted


def part_of(lines: list[dict[str, Any]]) -> dict[int, Decimal]:
    """{line id: quantity} of a hand-over in part."""
    return quantities_of(lines, "line")


class ReasonBody(Body):
    reason = Text(max_length=200, required=False, allow_blank=True)


class PublicReasonBody(Body):
    reason = Text(max_length=200, help_text=_("邻居都会看到"))


class ExtendBody(Body):
    cut_off_at = Moment(help_text=_("新的截单时间"))


class TierBody(Body):
    from_quantity = Quantity()
    price_fen = Fen(max_value=10**8 - 1)


class OfferBody(Body):
    item = Id()
    price_fen = Fen(max_value=10**8 - 1, help_text=_("团价，比店价低（O2）"))
    capacity = Quantity(required=False, allow_null=True, help_text=_("一共多少；null 是不限"))
    household_limit = Quantity(required=False, allow_null=True, help_text=_("每户限购"))
    minimum = Quantity(required=False, allow_null=True, help_text=_("起订"))
    tiers = Many(child=TierBody(), required=False, max_length=10, help_text=_("阶梯价（O3）"))


class CopyBody(Body):
    """What differs from the copied round; the rest stays, times move on by whole weeks."""

    title = Text(max_length=60, required=False)
    note = Text(max_length=500, required=False, allow_blank=True)
    opens_at = Moment(required=False, help_text=_("不写就是现在"))
    cut_off_at = Moment(required=False)
    pickup_from = Moment(required=False)
    pickup_until = Moment(required=False)
    pickup_point = Id(required=False)
    minimum_households = Whole(required=False, allow_null=True, min_value=1, max_value=2000)
    minimum_fen = Fen(required=False, allow_null=True)
    payee = Choice(Payee.choices, required=False)
    to_the_door = Flag(required=False, help_text=_("商家送上门：它看得到门牌和电话，送完为止"))
    offers = Many(child=OfferBody(), required=False, min_length=1, max_length=MOST_LINES)


class RoundBody(CopyBody):
    merchant = Id()
    title = Text(max_length=60)
    cut_off_at = Moment()
    pickup_from = Moment()
    pickup_until = Moment()
    pickup_point = Id(help_text=_("自提点的 id，群里有"))
    offers = Many(child=OfferBody(), min_length=1, max_length=MOST_LINES)


def spec_of(body: dict[str, Any], *, at: datetime) -> RoundSpec:
    """The service's argument from a whole body."""
    return RoundSpec(
        title=body["title"],
        note=body.get("note", ""),
        opens_at=body.get("opens_at", at),
        cut_off_at=body["cut_off_at"],
        pickup_point_id=body["pickup_point"],
        pickup_from=body["pickup_from"],
        pickup_until=body["pickup_until"],
        minimum_households=body.get("minimum_households"),
        minimum_fen=body.get("minimum_fen"),
        payee=body.get("payee", Payee.INITIATOR),
        to_the_door=body.get("to_the_door", False),
        offers=[_offer(offer) for offer in body["offers"]],
    )


def copied_spec(body: dict[str, Any], start: Start, *, at: datetime) -> RoundSpec:
    """The service's argument from a past round and what differs."""
    kept = {
        "title": start.title,
        "note": start.note,
        "cut_off_at": start.cut_off_at,
        "pickup_from": start.pickup_from,
        "pickup_until": start.pickup_until,
        "pickup_point": start.pickup_point_id,
        "minimum_households": start.minimum_households,
        "minimum_fen": start.minimum_fen,
        "payee": start.payee,
        "to_the_door": start.to_the_door,
        "offers": [
            {
                "item": item.id,
                "price_fen": item.price_fen,
                "capacity": item.capacity,
                "household_limit": item.household_limit,
                "minimum": item.minimum,
                "tiers": [{"from_quantity": item.tier_from, "price_fen": item.tier_fen}]
                if item.tier_from
                else [],
            }
            for item in start.items
            if item.chosen
        ],
    }
    return spec_of(kept | body, at=at)


def _offer(offer: dict[str, Any]) -> OfferSpec:
    return OfferSpec(
        item_id=offer["item"],
        price_fen=offer["price_fen"],
        capacity=offer.get("capacity"),
        household_limit=offer.get("household_limit"),
        minimum=offer.get("minimum"),
        tiers=[TierSpec(t["from_quantity"], t["price_fen"]) for t in offer.get("tiers", ())],
    )


class ClaimBody(Body):
    amount_fen = Fen(required=False, help_text=_("不写就是还差的全部"))


class AmountBody(Body):
    amount_fen = Fen()


class PartBody(Body):
    line = Id(help_text=_("订单里的哪一行"))
    quantity = Quantity(help_text=_("这次交出去多少"))


class CheckOffBody(Body):
    lines = Many(
        child=PartBody(),
        min_length=1,
        max_length=MOST_LINES,
        required=False,
        help_text=_("只交一部分；不写就是剩下的全部"),
    )
    way = Choice(CheckOffWay.choices, required=False)
    collected_by = Text(max_length=30, required=False, allow_blank=True, help_text=_("谁来取的"))


class ReturnBody(Body):
    line = Id(help_text=_("订单里的哪一行"))
    quantity = Quantity(help_text=_("多少有问题"))
    reason = Choice(ReturnReason.choices)
    wish = Choice(Wish.choices, required=False)
    text = Text(max_length=500, required=False, allow_blank=True)


class ReturnForm(ReturnBody):
    """The same as a form, with pictures."""

    line = FormId()  # type: ignore[assignment]
    photos = Many(
        child=serializers.FileField(), required=False, max_length=MOST_PHOTOS, allow_empty=True
    )


class AcceptBody(Body):
    accepted_fen = Fen(min_value=0, required=False, help_text=_("退多少，分；只反馈的写 0"))
    percent = Whole(
        min_value=0, max_value=100, required=False, help_text=_("或者按比例，写了就不看金额")
    )
    decision = Text(
        max_length=300, required=False, allow_blank=True, help_text=_("双方都看得到；少退要写")
    )
    in_kind = Flag(required=False, help_text=_("true：补了货，不退钱；不写就看他要的是什么"))


class AnswerBody(Body):
    kind = Choice(AnswerKind.choices)
    text = Text(max_length=500, help_text=_("邻居和团长都看得到，不能改"))
    remedy_fen = Fen(min_value=1, required=False, help_text=_("道歉并补偿才写"))


class AnswerForm(AnswerBody):
    """The same as a form, with evidence: photos or PDFs."""

    remedy_fen = FormId(required=False)  # type: ignore[assignment]
    files = Many(
        child=serializers.FileField(), required=False, max_length=MOST_EVIDENCE, allow_empty=True
    )


class SameBody(Body):
    line = Id(help_text=_("订单里的哪一行"))
    same = Flag(help_text=_("true：也这样；再发就是改主意"))


class RejectBody(Body):
    decision = Text(max_length=300, help_text=_("理由，双方都看得到"))


class NeighbourQuery(serializers.Serializer[Any]):
    q = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=40,
        help_text=_("整个房号（3-502）或整个昵称；不写是最近替谁下过"),
    )


class RoundQuery(PageQuery):
    status = Choice(RoundStatus.choices, required=False)
    merchant = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    open = Choice(["true"], required=False, help_text=_("true：只要现在能下单的"))


class MyOrderQuery(PageQuery):
    round = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)


class RoundOrderQuery(PageQuery):
    status = Choice(OrderStatus.choices, required=False)


class ReturnQuery(PageQuery):
    status = Choice(ReturnStatus.choices, required=False)
    round = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)


class PostingQuery(PageQuery):
    part = Choice(list(PARTS), required=False, help_text=_("只要这个数的分录"))


class RoundPostingQuery(PageQuery):
    account = Choice(Account.choices, required=False, help_text=_("只要一个账户的"))


class EventQuery(PageQuery):
    cursor = None  # type: ignore[assignment]
    after = serializers.RegexField(
        r"^[0-9]{1,18}$",
        required=False,
        help_text=_("上一次最后一条的 id；不写从头来"),
        error_messages={"invalid": _("这里要上一次最后一条的 id")},
    )


class SpanQuery(serializers.Serializer[Any]):
    vars()["from"] = serializers.RegexField(
        r"^[0-9]{4}-(0[1-9]|1[0-2])$", required=False, help_text=_("从哪个月，2026-01")
    )
    to = serializers.RegexField(
        r"^[0-9]{4}-(0[1-9]|1[0-2])$", required=False, help_text=_("到哪个月")
    )
