"""Table 1 as JSON: months, their total, and what lies beneath one month (O13)."""

from __future__ import annotations

from datetime import date

from django.http import Http404
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from groups.access import membership_for
from orders.api import bodies, books_shapes, shapes
from orders.forms.summaries import Span, SpanForm, parse_month
from orders.queries import summaries as queries
from tuangou.core.api.paging import asked
from tuangou.core.api.schema import operation
from tuangou.core.api.views import ApiView, answer


class SummaryView(ApiView):
    @operation(
        "summary",
        tag=shapes.BOOKS,
        summary=_("每月汇总（论文的表 1）；不写 from、to 就是最近 12 个月"),
        gives=books_shapes.Summary,
        query=bodies.SpanQuery,
    )
    def get(self, request: Request, slug: str) -> Response:
        member = membership_for(self.person, slug)
        span = asked(request, bodies.SpanQuery)
        known = queries.months_with_figures(member.group_id)
        if known is None:
            row = {"ledger": member.group, "months": [], "total": None}
            return answer(books_shapes.Summary, row)
        found = _span(span, known)
        table = queries.table1(member.group_id, first=found.first, last=found.last)
        row = {"ledger": member.group, "months": table.rows, "total": table.total}
        return answer(books_shapes.Summary, row)


def _span(asked_for: dict[str, str], known: tuple[date, date]) -> Span:
    form = SpanForm(asked_for, known=known)
    if form.errors:
        raise serializers.ValidationError(
            {name: [str(error) for error in errors] for name, errors in form.errors.items()}
        )
    return form.span


class SummaryMonthView(ApiView):
    @operation(
        "summary-month",
        tag=shapes.BOOKS,
        summary=_("一个月：各商家、各样货，和定稿过的每一版"),
        gives=books_shapes.MonthDetail,
    )
    def get(self, request: Request, slug: str, month: str) -> Response:
        member = membership_for(self.person, slug)
        group_id = member.group_id
        known = queries.months_with_figures(group_id)
        first = parse_month(month)
        if known is None or first is None or not known[0] <= first <= known[1]:
            raise Http404
        table = queries.table1(group_id, first=first, last=first)
        row = {
            "row": table.rows[0],
            "merchants": queries.merchants_of(group_id, first=first, last=first),
            "items": queries.items_of(group_id, first=first, last=first),
            "versions": queries.versions_of(group_id, first),
        }
        return answer(books_shapes.MonthDetail, row)
