"""The calendar of merchant days, to read (O2, G1). Asking and answering is for pages."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from groups.access import membership_for
from merchants.api import shapes
from orders.forms.summaries import parse_month
from orders.queries.days import month_of
from tuangou.core import clock
from tuangou.core.api.fields import Answer, Day
from tuangou.core.api.schema import operation
from tuangou.core.api.views import ApiView, answer

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
