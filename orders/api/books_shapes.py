"""What statements, postings and Table 1 look like in the API."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from orders.api.shapes import Money
from orders.models import Account, RoundStatus, Source
from tuangou.core.api.fields import Answer, FenOut, Moment, Month, Quantity, Rate

_Choice: Any = serializers.ChoiceField


class Totals(Answer):
    due_fen = FenOut()
    received_fen = FenOut()
    refunded_fen = FenOut()
    owed_fen = FenOut()
    credit_fen = FenOut()


class StatementLine(Answer):
    order_id = serializers.IntegerField(source="order.pk")
    round_id = serializers.IntegerField(source="order.round_id")
    title = serializers.CharField(source="order.round.title")
    remark_code = serializers.CharField()
    placed_at = Moment(source="order.placed_at")
    money = Money()


class Statement(Answer):
    balance_fen = FenOut(help_text=_("正数是还差，负数是多付"))
    totals = Totals()
    results = StatementLine(many=True)
    next = serializers.CharField(allow_null=True)


class RoundBook(Answer):
    round_id = serializers.IntegerField()
    title = serializers.CharField()
    merchant = serializers.CharField()
    month = Month()
    status = serializers.ChoiceField(RoundStatus.choices)
    sales_fen = FenOut()
    returned_fen = FenOut()
    commission_fen = FenOut()
    due_to_merchant_fen = FenOut(help_text=_("销售额 − 退货 − 佣金（O12）"))
    cash_initiator_fen = FenOut(help_text=_("在团长手里"))
    cash_merchant_fen = FenOut(help_text=_("在商家手里"))
    members_fen = FenOut(help_text=_("邻居还差"))


class Books(Answer):
    sales_fen = FenOut()
    returned_fen = FenOut()
    commission_fen = FenOut()
    due_to_merchants_fen = FenOut()
    cash_fen = FenOut()
    results = RoundBook(many=True)
    next = serializers.CharField(allow_null=True)


class Posting(Answer):
    id = serializers.IntegerField()
    at = Moment(source="posted_at")
    source = _Choice(Source.choices, help_text=_("哪一种事"))
    source_id = serializers.IntegerField(help_text=_("哪一件事；同一件事的分录加起来是 0（O7）"))
    account = serializers.ChoiceField(Account.choices)
    amount_fen = FenOut(help_text=_("正数记借方"))
    round_id = serializers.IntegerField()
    order_id = serializers.IntegerField(allow_null=True)


class Postings(Answer):
    sum_fen = FenOut(help_text=_("全部的和，不只这一段"))
    count = serializers.IntegerField()
    results = Posting(many=True)
    next = serializers.CharField(allow_null=True)


class Figures(Answer):
    orders = serializers.IntegerField(help_text=_("成交单数"))
    orders_returned = serializers.IntegerField(help_text=_("有退货的单数"))
    lines = serializers.IntegerField()
    lines_returned = serializers.IntegerField()
    sales_fen = FenOut(help_text=_("销售额，退货之前"))
    returned_fen = FenOut(help_text=_("同意退的"))
    return_rate = Rate(
        source="rate", allow_null=True, help_text=_("退货率，%：退货 ÷ 销售额，两位小数（O13）")
    )


class MonthLine(Figures):
    month = Month()
    merchants = serializers.IntegerField()
    items = serializers.IntegerField()
    version = serializers.IntegerField(help_text=_("第几版；0 是还没定稿"))
    published_at = Moment(allow_null=True)
    reason = serializers.CharField(allow_blank=True, help_text=_("为什么有新的一版"))


class TotalLine(Figures):
    merchants = serializers.IntegerField(help_text=_("各月相加"))
    items = serializers.IntegerField(help_text=_("各月相加"))
    merchants_distinct = serializers.IntegerField(help_text=_("整段时间里不同的"))
    items_distinct = serializers.IntegerField(help_text=_("整段时间里不同的"))
    mean_rate = Rate(allow_null=True, help_text=_("各月退货率的简单平均，%"))


class LedgerHead(Answer):
    page = serializers.IntegerField(source="ledger_pages", help_text=_("信誉账本写到第几页"))
    seal = serializers.CharField(
        source="ledger_seal", allow_blank=True, help_text=_("那一页的封条")
    )


class Summary(Answer):
    ledger = LedgerHead()
    months = MonthLine(many=True)
    total = TotalLine(allow_null=True, help_text=_("还没有月份时是 null"))


class MerchantLine(Figures):
    id = serializers.IntegerField()
    brand = serializers.CharField()
    items = serializers.IntegerField()


class ItemLine(Answer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    brand = serializers.CharField()
    unit = serializers.CharField()
    units = Quantity()
    sales_fen = FenOut()
    returned_fen = FenOut()
    return_rate = Rate(source="rate", allow_null=True)


class VersionLine(Answer):
    number = serializers.IntegerField()
    published_at = Moment()
    reason = serializers.CharField(allow_blank=True)
    figures = Figures()
    orders_delta = serializers.IntegerField(help_text=_("比上一版"))
    sales_delta_fen = FenOut()
    returned_delta_fen = FenOut()


class MonthDetail(Answer):
    row = MonthLine()
    merchants = MerchantLine(many=True)
    items = ItemLine(many=True)
    versions = VersionLine(many=True)
