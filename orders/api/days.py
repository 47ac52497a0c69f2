"""The calendar of merchant days: read by all, asked for by shops, answered by officers (O2)."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from groups.access import membership_for, officer_for
from groups.models import Group
from merchants.access import day_of, vetting_for
from merchants.api import shapes
from merchants.models import DayStatus
from merchants.services.days import ask_day, decline_day, withdraw_day
from orders.forms.summaries import parse_month
from orders.queries.days import days_of_shop, month_of
from orders.services.days import confirm_day
from tuangou.core import clock
from tuangou.core.api.fields import Answer, Body, Day, Empty, Flag, Text
from tuangou.core.api.schema import operation
from tuangou.core.api.views import ApiView, answer
from tuangou.core.models import Scope

FURTHEST = 731  # days


class DayRound(Answer):
    id = serializers.IntegerField()
    title = serializers.CharField()
    brand = serializers.CharField(help_text=_("招牌"))


class CalendarDay(Answer):
    day = Day(source="date", help_text=_("群里的日子"))
    merchants = serializers.IntegerField(help_text=_("几家商家占了"))
    limit = serializers.IntegerField(help_text=_("最多几家"))
    rounds = DayRound(many=True, help_text=_("那天截单的团"))
    kept = serializers.ListField(child=serializers.CharField(), help_text=_("留给了谁，还没开团的"))


class Calendar(Answer):
    days = CalendarDay(many=True)


class Wish(Answer):
    id = serializers.IntegerField()
    day = Day(help_text=_("群里的日子"))
    state = serializers.ChoiceField(
        [*DayStatus.choices, ("over", _("过了"))], help_text=_("asked 等回，confirmed 留好了")
    )
    wish = serializers.CharField(allow_blank=True, help_text=_("店里说的话"))
    answer = serializers.CharField(allow_blank=True, help_text=_("团长的回话"))


class Wishes(Answer):
    wishes = Wish(many=True, help_text=_("接下来的在前，最早到一个月前"))


class AskBody(Body):
    day = Day(help_text=_("哪天截单，群里的日子"))
    wish = Text(max_length=200, required=False, allow_blank=True)


class AnswerDayBody(Body):
    keep = Flag(help_text=_("true：留给它；false：不留"))
    answer = Text(
        max_length=200, required=False, allow_blank=True, help_text=_("不留要写一句为什么")
    )


class _ShopDays(ApiView):
    def card(self, group: Group, merchant_id: int, status: int = 200) -> Response:
        today = group.local(clock.now()).date()
        found = days_of_shop(group, merchant_id, today=today)
        return answer(Wishes, {"wishes": found}, status)


class ShopDaysView(_ShopDays):
    @operation(
        "shop-days",
        tag=shapes.TAG,
        summary=_("一家店要过的日子，和团长怎么回的"),
        gives=Wishes,
    )
    def get(self, request: Request, slug: str, merchant_id: int) -> Response:
        caller = vetting_for(self.person, slug, merchant_id)
        return self.card(caller.application.group, merchant_id)

    @operation(
        "day-ask",
        tag=shapes.TAG,
        summary=_("店里要一天"),
        takes=AskBody,
        gives=Wishes,
        status=201,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, merchant_id: int) -> Response:
        caller = vetting_for(self.person, slug, merchant_id)
        group = caller.application.group
        body = {"wish": ""} | self.body(AskBody)
        it: dict[str, Any] = {
            "group_id": group.pk,
            "merchant_id": merchant_id,
            "user_id": caller.user_id,
        }
        self.once(
            "day.ask",
            group_id=group.pk,
            body={"merchant": merchant_id} | body,
            work=lambda: ask_day(**it, **body),
            replay=lambda: None,
        )
        return self.card(group, merchant_id, 201)


class DayWithdrawView(_ShopDays):
    @operation(
        "day-withdraw",
        tag=shapes.TAG,
        summary=_("店里不要那天了"),
        takes=Empty,
        gives=Wishes,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, merchant_id: int, merchant_day_id: int) -> Response:
        caller = vetting_for(self.person, slug, merchant_id)
        row = day_of(caller.application.group_id, merchant_day_id, merchant_id)
        self.body(Empty)
        self.once(
            "day.withdraw",
            group_id=row.group_id,
            body={"day": row.pk},
            work=lambda: withdraw_day(merchant_day_id=row.pk, user_id=caller.user_id),
            replay=lambda: row,
        )
        return self.card(row.group, merchant_id)


class DayAnswerView(_ShopDays):
    @operation(
        "day-answer",
        tag=shapes.TAG,
        summary=_("把那天留给店里，或不留；一天最多几家照群规（O2）"),
        takes=AnswerDayBody,
        gives=Wishes,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, merchant_day_id: int) -> Response:
        officer = officer_for(self.person, slug)
        row = day_of(officer.group_id, merchant_day_id)
        body = {"answer": ""} | self.body(AnswerDayBody)
        act = confirm_day if body["keep"] else decline_day
        self.once(
            "day.answer",
            group_id=officer.group_id,
            body={"day": row.pk} | body,
            work=lambda: act(merchant_day_id=row.pk, actor_id=officer.pk, answer=body["answer"]),
            replay=lambda: row,
        )
        return self.card(officer.group, row.application.merchant_id)


class DaysView(ApiView):
    @operation(
        "days",
        tag=shapes.TAG,
        summary=_("一个月里哪天有哪些商家截单，2026-11"),
        gives=Calendar,
    )
    def get(self, request: Request, slug: str, month: str) -> Response:
        group = membership_for(self.person, slug).group
        today = group.local(clock.now()).date()
        first = parse_month(month)
        if first is None or abs((first - today).days) > FURTHEST:
            raise Http404
        days: list[dict[str, Any]] = [
            {
                "date": day.date,
                "merchants": day.taken,
                "limit": day.limit,
                "kept": day.kept,
                "rounds": [{"id": i, "title": t, "brand": b} for i, t, b in day.sells],
            }
            for day in month_of(group, first, today=today).days
        ]
        return answer(Calendar, {"days": days})
