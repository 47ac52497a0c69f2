"""Sanctions, recognitions and the table of consequences, to be read by programs (R7). Deciding,
lifting, appealing and voting are for pages."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from groups.access import membership_for
from merchants.access import caller_for
from reputation.models.consequences import NOTHING, Broken, Level
from reputation.models.sanction_appeals import SanctionAppealStatus
from reputation.models.sanctions import SanctionStatus
from reputation.queries.consequences import tables_of
from reputation.queries.sanctions import sanctions_of
from tuangou.core import clock
from tuangou.core.api.fields import Answer, Moment, Month
from tuangou.core.api.schema import operation
from tuangou.core.api.views import ApiView, answer

TAG = _("信誉")
_Choice: Any = serializers.ChoiceField


class Evidence(Answer):
    number = serializers.IntegerField(help_text=_("信誉账本第几页"))
    struck = serializers.BooleanField(help_text=_("true：已更正，不算"))


class AppealOut(Answer):
    text = serializers.CharField(allow_blank=True)
    made_at = Moment()
    status = _Choice(SanctionAppealStatus.choices)
    decided_at = Moment(allow_null=True)


class SanctionOut(Answer):
    id = serializers.IntegerField()
    level = _Choice(Level.choices)
    rule = _Choice(Broken.choices, source="broken")
    reason = serializers.CharField(allow_blank=True)
    pages = Evidence(many=True, help_text=_("证据"))
    table_version = serializers.IntegerField(help_text=_("按第几版后果表"))
    decided_at = Moment()
    ends_at = Moment(allow_null=True, help_text=_("这一刻起解除；清退没有期限，是空的"))
    appeal_until = Moment()
    status = _Choice(SanctionStatus.choices)
    lifted_at = Moment(allow_null=True)
    lifted_reason = serializers.CharField(allow_blank=True)
    appeal = AppealOut(allow_null=True)


class ProposedOut(Answer):
    id = serializers.IntegerField()
    rule = _Choice(Broken.choices, source="broken")
    level = _Choice(Level.choices)
    days = serializers.IntegerField(allow_null=True)
    pages = Evidence(many=True)
    made_at = Moment()


class RecognisedOut(Answer):
    month = Month()
    rounds = serializers.IntegerField(help_text=_("那个月结了几个团"))
    score_bp = serializers.IntegerField(help_text=_("月底的分数，万分之几"))


class SanctionsOut(Answer):
    waiting = ProposedOut(many=True, help_text=_("账本提议、等团长定的"))
    rows = SanctionOut(many=True, help_text=_("新的在前，最多 50 条"))
    recognised = RecognisedOut(many=True)


class LineOut(Answer):
    rule = _Choice(Broken.choices, source="broken")
    times = serializers.IntegerField(help_text=_("几次"))
    within = serializers.IntegerField(help_text=_("几天里"))
    level = _Choice([(NOTHING, _("不提")), *Level.choices])
    days = serializers.IntegerField(help_text=_("处分几天；0 是没有期限"))


class TableOut(Answer):
    version = serializers.IntegerField()
    since = Moment(allow_null=True)
    lines = LineOut(many=True)
    month_rounds = serializers.IntegerField(help_text=_("本月好商家至少几个团"))


class TablesOut(Answer):
    versions = TableOut(many=True, help_text=_("新的在前；第一版建群就有"))


class SanctionsView(ApiView):
    @operation(
        "sanctions",
        tag=TAG,
        summary=_("一个商家的处分、申诉和表扬，不写邻居的名字（R7）"),
        gives=SanctionsOut,
    )
    def get(self, request: Request, slug: str, merchant_id: int) -> Response:
        caller = caller_for(self.person, slug, merchant_id)
        found = sanctions_of(caller.application, at=clock.now(), member_id=None)
        return answer(SanctionsOut, found)


class ConsequencesView(ApiView):
    @operation(
        "consequences",
        tag=TAG,
        summary=_("后果表的每一版：什么事，提议什么处分（R7）"),
        gives=TablesOut,
    )
    def get(self, request: Request, slug: str) -> Response:
        member = membership_for(self.person, slug)
        return answer(TablesOut, {"versions": tables_of(member.group)})
