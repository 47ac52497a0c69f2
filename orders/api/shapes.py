"""What rounds, orders, money, goods and returns look like in the API. Fen, strings, UTC."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from merchants.api.shapes import BANDS, Claim
from merchants.models import Category
from orders.models import (
    AnswerKind,
    Channel,
    CheckOffWay,
    Direction,
    EvidenceKind,
    OrderStatus,
    Payee,
    PaymentStatus,
    ReturnReason,
    ReturnStatus,
    RoundStatus,
    WaitStatus,
    Wish,
)
from orders.queries.members import Rank
from orders.queries.payments import PaymentState
from tuangou.core.api.fields import Answer, FenOut, Moment, Quantity

ROUNDS, ORDERS, MONEY = _("团"), _("订单"), _("收款")
GOODS, RETURNS, BOOKS, PEOPLE = _("到货和取货"), _("退货"), _("账本和汇总"), _("邻居")
NEWS = _("动静")

_Data: Any = serializers.DictField


class Member(Answer):
    id = serializers.IntegerField()
    masked_name = serializers.CharField(help_text=_("楼栋和昵称头一个字：所有人看到的"))
    building = serializers.CharField()
    nickname = serializers.CharField(allow_blank=True, help_text=_("团长、副团长才有，别人空着"))
    door = serializers.CharField(allow_blank=True, help_text=_("团长、副团长才有"))
    real_name = serializers.CharField(allow_blank=True, help_text=_("只有团长有（G2）"))
    phone = serializers.CharField(allow_blank=True, help_text=_("只有团长有（G2）"))
    rank = serializers.ChoiceField(Rank.choices, help_text=_("按一年取货次数（G4）"))
    collected = serializers.IntegerField(help_text=_("一年取货几次"))
    is_initiator = serializers.BooleanField()
    is_deputy = serializers.BooleanField()
    has_account = serializers.BooleanField()
    invited_by = serializers.CharField(allow_blank=True, help_text=_("谁请来的，楼栋和头一个字"))
    since = Moment(allow_null=True)


class Neighbour(Answer):
    id = serializers.IntegerField(help_text=_("下单时写在 member 里"))
    building = serializers.CharField()
    initial = serializers.CharField(help_text=_("昵称头一个字"))
    nickname = serializers.CharField(allow_blank=True, help_text=_("团长、副团长才有，别人空着"))
    door = serializers.CharField(allow_blank=True, help_text=_("团长、副团长才有"))
    recent = serializers.BooleanField(help_text=_("最近替他下过"))


class Tier(Answer):
    from_quantity = Quantity(help_text=_("大家满多少"))
    price_fen = FenOut()


class Offer(Answer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    spec = serializers.CharField(allow_blank=True)
    unit = serializers.CharField()
    category = serializers.ChoiceField(Category.choices)
    photo = serializers.CharField(allow_blank=True)
    price_fen = FenOut(help_text=_("团价，截单后是阶梯价算好的"))
    store_price_fen = serializers.SerializerMethodField(
        help_text=_("店价，分；14 天内没有邻居看过、或有争议，就是空（M6）")
    )
    claim = Claim(help_text=_("店价能说什么（M6）"))
    step = Quantity(help_text=_("数量是它的倍数"))
    minimum = Quantity(allow_null=True, help_text=_("起订"))
    household_limit = Quantity(allow_null=True, help_text=_("每户限购"))
    left = Quantity(allow_null=True, help_text=_("还剩多少；null 是不限"))
    taken = Quantity(help_text=_("已经订了多少"))
    waiting = serializers.IntegerField(help_text=_("几户在等（候补）"))
    tiers = serializers.SerializerMethodField()

    @extend_schema_field(FenOut(allow_null=True))
    def get_store_price_fen(self, offer: Any) -> int | None:
        fen: int = offer.store_price_fen
        return fen if offer.claim.holds else None

    @extend_schema_field(Tier(many=True))
    def get_tiers(self, offer: object) -> Any:
        tiers = getattr(offer, "tiers", ())
        return Tier([{"from_quantity": q, "price_fen": fen} for q, fen in tiers], many=True).data


class PickupPlace(Answer):
    id = serializers.IntegerField(source="pk")
    name = serializers.CharField()


class Seller(Answer):
    id = serializers.IntegerField(source="pk")
    brand = serializers.CharField()


class RoundLine(Answer):
    id = serializers.IntegerField(source="round.pk")
    code = serializers.CharField(source="round.code", help_text=_("短链接 /r/…；前三位是备注码"))
    title = serializers.CharField(source="round.title")
    merchant = Seller(source="round.merchant")
    band = serializers.ChoiceField(BANDS, help_text=_("商家的信誉（M7）"))
    status = serializers.ChoiceField(RoundStatus.choices, source="round.status")
    takes_orders = serializers.BooleanField(help_text=_("现在能不能下单（O1）"))
    opens_at = Moment(source="round.opens_at")
    cut_off_at = Moment(source="round.cut_off_at", help_text=_("截单"))
    pickup_point = PickupPlace(source="round.pickup_point")
    pickup_from = Moment(source="round.pickup_from")
    pickup_until = Moment(source="round.pickup_until")
    to_the_door = serializers.BooleanField(
        source="round.to_the_door", help_text=_("商家送上门：它看得到门牌和电话，送完为止")
    )
    minimum_households = serializers.IntegerField(
        source="round.minimum_households", allow_null=True, help_text=_("起送户数")
    )
    minimum_fen = FenOut(source="round.minimum_fen", allow_null=True, help_text=_("起送金额"))
    households = serializers.IntegerField(help_text=_("已有几户"))
    orders = serializers.IntegerField(help_text=_("已有几单"))
    commission_bp = serializers.IntegerField(
        source="round.commission_bp", help_text=_("团长的佣金，万分之几（M5）")
    )
    payee = serializers.ChoiceField(Payee.choices, source="round.payee", help_text=_("谁收钱"))


class Round(RoundLine):
    note = serializers.CharField(source="round.note", allow_blank=True)
    pay_to = serializers.CharField(help_text=_("转给谁：团长的昵称或店名（O8）"))
    cancel_reason = serializers.CharField(source="round.cancel_reason", allow_blank=True)
    cancel_fault = serializers.CharField(
        source="round.cancel_fault",
        allow_blank=True,
        help_text=_("成团以后取消，是谁的原因：merchant、group、nobody；没写就是空的"),
    )
    version = serializers.IntegerField(source="round.version", help_text=_("有变动就变大"))
    offers = Offer(many=True)


class StockLine(Answer):
    offer_id = serializers.IntegerField()
    left = serializers.CharField(allow_null=True, help_text=_("还剩多少；null 是不限"))


class Stock(Answer):
    takes_orders = serializers.BooleanField()
    version = serializers.IntegerField()
    offers = StockLine(many=True)


class Money(Answer):
    """What the postings of an order add up to."""

    billed_fen = FenOut(help_text=_("货款"))
    returned_fen = FenOut(help_text=_("同意退的"))
    due_fen = FenOut(help_text=_("应付"))
    received_fen = FenOut(help_text=_("已收"))
    refunded_fen = FenOut(help_text=_("已退"))
    claimed_fen = FenOut(help_text=_("说已付、还没核对的"))
    owed_fen = FenOut(help_text=_("还差"))
    credit_fen = FenOut(help_text=_("多付"))
    state = serializers.ChoiceField(PaymentState.choices)


class OrderLine(Answer):
    id = serializers.IntegerField()
    offer_id = serializers.IntegerField()
    name = serializers.CharField()
    unit = serializers.CharField()
    quantity = Quantity()
    unit_price_fen = FenOut()
    billed_fen = FenOut()
    collected = Quantity()
    returned = Quantity()


class CheckOff(Answer):
    id = serializers.IntegerField(source="pk")
    order_id = serializers.IntegerField()
    way = serializers.ChoiceField(CheckOffWay.choices)
    part = serializers.BooleanField(help_text=_("只交了一部分；每行交了多少看 collected"))
    by_helper = serializers.BooleanField(
        source="is_by_helper", help_text=_("帮手用链接核销的，不是团长或副团长自己")
    )
    at = Moment()
    undone_at = Moment(allow_null=True)


class Order(Answer):
    id = serializers.IntegerField(source="order.pk")
    round_id = serializers.IntegerField(source="order.round_id")
    number = serializers.IntegerField(source="order.number", help_text=_("跟团号"))
    status = serializers.ChoiceField(OrderStatus.choices, source="order.status")
    channel = serializers.ChoiceField(Channel.choices, source="order.channel")
    member_id = serializers.IntegerField(source="order.member_id", help_text=_("给谁下的"))
    masked_name = serializers.CharField(source="order.masked_name")
    nickname = serializers.CharField(
        allow_null=True, help_text=_("自己家的、团长和副团长才有；别人是 null（G2）")
    )
    door = serializers.CharField(allow_null=True, help_text=_("同上"))
    by_me = serializers.BooleanField(help_text=_("是我下的"))
    by_proxy = serializers.BooleanField(source="order.is_by_proxy", help_text=_("别人代下的"))
    note = serializers.CharField(source="order.note", allow_blank=True)
    placed_at = Moment(source="order.placed_at")
    amended_at = Moment(source="order.amended_at", allow_null=True)
    cancelled_at = Moment(source="order.cancelled_at", allow_null=True)
    remark_code = serializers.CharField(help_text=_("转账备注写它（O8）"))
    pickup_code = serializers.CharField(help_text=_("取货时报它（O10）"))
    lines = OrderLine(many=True)
    money = Money()
    check_off = CheckOff(allow_null=True)


class Payment(Answer):
    id = serializers.IntegerField(source="pk")
    order_id = serializers.IntegerField()
    direction = serializers.ChoiceField(Direction.choices)
    status = serializers.ChoiceField(PaymentStatus.choices)
    amount_fen = FenOut()
    claimed_at = Moment(allow_null=True)
    received_at = Moment(allow_null=True)
    undone_at = Moment(allow_null=True)


class PaidOrder(Answer):
    order_id = serializers.IntegerField(source="order.pk")
    number = serializers.IntegerField(source="order.number")
    status = serializers.ChoiceField(OrderStatus.choices, source="order.status")
    remark_code = serializers.CharField()
    nickname = serializers.CharField(source="order.nickname")
    door = serializers.CharField(help_text=_("团长看到门牌，商家只看到楼栋"))
    money = Money()
    payments = Payment(many=True)


class AnswerFile(Answer):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(EvidenceKind.choices)


class MerchantAnswer(Answer):
    kind = serializers.ChoiceField(AnswerKind.choices)
    text = serializers.CharField(allow_blank=True)
    remedy_fen = FenOut(allow_null=True, help_text=_("说要补偿多少"))
    answered_at = Moment()
    files = AnswerFile(many=True, help_text=_("附的证据，在 return-files 里取"))


class Return(Answer):
    id = serializers.IntegerField(source="ret.pk")
    code = serializers.CharField()
    round_id = serializers.IntegerField(source="ret.round_id")
    order_id = serializers.IntegerField(source="ret.order_id")
    line_id = serializers.IntegerField(source="ret.line_id")
    item = serializers.CharField(source="ret.line.offer.name")
    unit = serializers.CharField(source="ret.line.offer.unit")
    quantity = Quantity(source="ret.quantity")
    reason = serializers.ChoiceField(ReturnReason.choices, source="ret.reason")
    wish = serializers.ChoiceField(Wish.choices, source="ret.wish")
    text = serializers.CharField(source="ret.text", allow_blank=True)
    status = serializers.ChoiceField(ReturnStatus.choices, source="ret.status")
    nickname = serializers.CharField(allow_null=True)
    door = serializers.CharField(allow_null=True)
    requested_at = Moment(source="ret.requested_at")
    decided_at = Moment(source="ret.decided_at", allow_null=True)
    decision = serializers.CharField(source="ret.decision", allow_blank=True)
    accepted_fen = FenOut(source="ret.accepted_fen", allow_null=True)
    refunded_at = Moment(source="ret.refunded_at", allow_null=True)
    answer_due_at = Moment(source="ret.answer_due_at", help_text=_("商家最晚什么时候答复"))
    decide_due_at = Moment(source="ret.decide_due_at", help_text=_("团长最晚什么时候决定"))
    answer = MerchantAnswer(allow_null=True)
    provisional_fen = FenOut(help_text=_("商家没按时答复，先记上的；决定了就收回"))
    photo_ids = serializers.ListField(child=serializers.IntegerField())


class RefundDone(Answer):
    """For the payee, who may be a merchant and sees no more of the return than this."""

    id = serializers.IntegerField(source="pk")
    order_id = serializers.IntegerField()
    status = serializers.ChoiceField(ReturnStatus.choices)
    accepted_fen = FenOut(allow_null=True)
    refunded_at = Moment(allow_null=True)


class BatchLine(Answer):
    id = serializers.IntegerField()
    order_id = serializers.IntegerField()
    quantity = Quantity()
    claimed = serializers.BooleanField(help_text=_("申请了退货，算说「也这样」"))
    same = serializers.BooleanField(allow_null=True, help_text=_("null：还没说"))


class BatchQuestion(Answer):
    """「你家的也这样吗」, with what all said and her own lines."""

    id = serializers.IntegerField()
    item = serializers.CharField()
    round_id = serializers.IntegerField()
    asked_at = Moment()
    closes_at = Moment()
    is_open = serializers.BooleanField()
    buyers = serializers.IntegerField(source="count.buyers", help_text=_("买了的户数"))
    yes = serializers.IntegerField(source="count.yes")
    no = serializers.IntegerField(source="count.no")
    needed = serializers.IntegerField(help_text=_("满几户就停发"))
    stopped = serializers.BooleanField()
    lines = BatchLine(many=True)


class Wait(Answer):
    """One place on a waiting list."""

    id = serializers.IntegerField()
    offer_id = serializers.IntegerField()
    name = serializers.CharField()
    unit = serializers.CharField()
    quantity = Quantity()
    ahead = serializers.IntegerField(help_text=_("前面还有几户"))
    asked_at = Moment()
    status = serializers.ChoiceField(WaitStatus.choices)
    order_id = serializers.IntegerField(allow_null=True, help_text=_("轮到以后下的那一单"))
    masked_name = serializers.CharField()


class Waiting(Answer):
    waits = Wait(many=True)


class Goods(Answer):
    offer = serializers.IntegerField()
    name = serializers.CharField()
    unit = serializers.CharField()
    quantity = Quantity()


class Sharing(Answer):
    """What a recorded delivery still lacks, and what of it waits to be shared out."""

    lacking = Goods(many=True, help_text=_("还缺多少，后来的车补"))
    waiting = Goods(many=True, help_text=_("帮手数的，已经到了，等定怎么分"))


class Event(Answer):
    id = serializers.IntegerField(help_text=_("下一次写在 after 里"))
    kind = serializers.CharField(help_text=_("例如 order.placed"))
    subject_id = serializers.IntegerField(help_text=_("哪一行：kind 点号前面那种的 id"))
    happened_at = Moment()
    data = _Data(help_text=_("id、数量、分和代号；没有姓名、手机号和文字"))


class Counted(Answer):
    count = serializers.IntegerField()
