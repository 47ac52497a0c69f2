"""Settling a round with its merchant: the statement, yes and no, money (O12)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from orders.access import round_for_initiator
from orders.api import shapes
from orders.queries import settlement_pages as pages
from orders.queries.settlement_callers import (
    SettlementCaller,
    drawn_for,
    drawn_of,
    settlement_for,
)
from orders.services import settlement_payments, settlements
from tuangou.core.api.fields import Answer, Body, Empty, Fen, FenOut, Moment, Quantity, Text
from tuangou.core.api.schema import operation
from tuangou.core.api.views import ApiView, answer
from tuangou.core.models import Scope


class ContentBody(Body):
    content_hash = Text(
        max_length=64, help_text=_("看到的是哪一版；结算单变了就是 409，看过新的再确认")
    )


class WordBody(ContentBody):
    text = Text(max_length=300, help_text=_("哪里不对，两边都会看到"))


class PaidBody(Body):
    amount_fen = Fen(min_value=1)
    paid_on = serializers.DateField(help_text=_("哪天转的，2026-11-21"))
    note = Text(max_length=100, required=False, allow_blank=True)


class SettlementTotals(Answer):
    ordered_fen = FenOut()
    short_fen = FenOut(help_text=_("少货"))
    sales_fen = FenOut()
    returned_fen = FenOut()
    commission_fen = FenOut()
    due_fen = FenOut(help_text=_("销售额 − 退货 − 佣金（O12）"))
    transfer_fen = FenOut(help_text=_("团长付商家的；负数是商家付团长"))


class SettlementLine(Answer):
    name = serializers.CharField()
    spec = serializers.CharField()
    unit = serializers.CharField()
    price_fen = FenOut(source="line.price_fen")
    quantity = Quantity(source="line.quantity")
    short_quantity = Quantity(source="line.short_quantity")
    sales_fen = FenOut(source="line.sales_fen")
    returned_fen = FenOut(source="line.returned_fen")


class SettlementPart(Answer):
    number = serializers.CharField()
    at = Moment()
    reason = serializers.CharField(allow_blank=True)
    totals = SettlementTotals()


class SettlementSeen(Answer):
    """What every member may read once it is settled."""

    number = serializers.CharField()
    commission_bp = serializers.IntegerField()
    totals = SettlementTotals()
    lines = SettlementLine(many=True)


class Settlement(SettlementSeen):
    state = serializers.ChoiceField(choices=["drawn", "objected", "unpaid", "paid"])
    drawn_at = Moment()
    content_hash = serializers.CharField()
    confirmed = serializers.SerializerMethodField(help_text=_("哪几边确认了现在这一版"))
    outstanding_fen = FenOut(help_text=_("还要转的：正数团长付商家，负数商家付团长"))
    parts = SettlementPart(many=True)

    def get_confirmed(self, page: pages.SettlementPage) -> list[str]:
        return sorted(page.confirmed)


class SettlementApi(ApiView):
    field_names = {"amount": "amount_fen"}

    def card(self, caller: SettlementCaller, status: int = 200) -> Response:
        page = pages.settlement_page(caller.round, drawn_of(caller.round))
        kind: Any = Settlement if caller.party else SettlementSeen
        return answer(kind, page, status)


class SettlementView(SettlementApi):
    @operation(
        "settlement",
        tag=shapes.BOOKS,
        summary=_("一个团的结算单；邻居在两边确认以后看得到总数（O12）"),
        gives=Settlement,
    )
    def get(self, request: Request, slug: str, round_id: int) -> Response:
        return self.card(settlement_for(self.person, slug, round_id))

    @operation(
        "settlement-draw",
        tag=shapes.BOOKS,
        summary=_("结团以后出结算单；一个团一张"),
        takes=Empty,
        gives=Settlement,
        status=201,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, round_id: int) -> Response:
        initiator, rnd = round_for_initiator(self.person, slug, round_id)
        self.body(Empty)
        settlements.draw_up(round_id=rnd.pk, actor_id=initiator.pk, request_id=self.key)
        return self.card(settlement_for(self.person, slug, round_id), 201)


class SettlementConfirmView(SettlementApi):
    @operation(
        "settlement-confirm",
        tag=shapes.BOOKS,
        summary=_("这一边确认看到的数；两边都确认，团就结算了"),
        takes=ContentBody,
        gives=Settlement,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, round_id: int) -> Response:
        caller, settlement = drawn_for(self.person, slug, round_id)
        body = self.body(ContentBody)
        settlements.confirm(
            settlement_id=settlement.pk,
            party=caller.party,
            user_id=self.person.pk,
            content_hash=body["content_hash"],
            request_id=self.key,
        )
        return self.card(caller)


class SettlementSayView(SettlementApi):
    @operation(
        "settlement-say",
        tag=shapes.BOOKS,
        summary=_("商家写哪里不对，团长答复"),
        takes=WordBody,
        gives=Settlement,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, round_id: int) -> Response:
        caller, settlement = drawn_for(self.person, slug, round_id)
        body = self.body(WordBody)
        settlements.say(
            settlement_id=settlement.pk,
            party=caller.party,
            user_id=self.person.pk,
            content_hash=body["content_hash"],
            text=body["text"],
            request_id=self.key,
        )
        return self.card(caller)


class SettlementPayView(SettlementApi):
    @operation(
        "settlement-pay",
        tag=shapes.BOOKS,
        summary=_("转了钱，记一笔；最多是还要转的"),
        takes=PaidBody,
        gives=Settlement,
        status=201,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, round_id: int) -> Response:
        caller, settlement = drawn_for(self.person, slug, round_id)
        body = self.body(PaidBody)
        settlement_payments.record_payment(
            settlement_id=settlement.pk,
            party=caller.party,
            user_id=self.person.pk,
            amount_fen=body["amount_fen"],
            paid_on=body["paid_on"],
            note=body.get("note", ""),
            request_id=self.key,
        )
        return self.card(caller, 201)
