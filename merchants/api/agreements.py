"""What was agreed with a shop, for every member and the shop to read (M5). Signing is for pages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from merchants.access import caller_for
from merchants.api import shapes
from merchants.models import Side, Way
from merchants.queries.agreements import of_merchant
from tuangou.core import clock
from tuangou.core.api.fields import Answer, Moment
from tuangou.core.api.schema import operation
from tuangou.core.api.views import ApiView, answer


class Signature(Answer):
    side = serializers.ChoiceField(Side.choices, help_text=_("group 团长这边，shop 店里"))
    way = serializers.ChoiceField(Way.choices)
    who = serializers.CharField(allow_blank=True, help_text=_("楼栋和昵称头一个字；店里不写"))
    at = Moment()


class Version(Answer):
    number = serializers.IntegerField(help_text=_("第几版"))
    commission_bp = serializers.IntegerField(help_text=_("佣金，万分之几"))
    delivery = serializers.CharField(allow_blank=True, help_text=_("怎么送"))
    packaging = serializers.CharField(allow_blank=True, help_text=_("怎么包"))
    returns = serializers.CharField(allow_blank=True, help_text=_("什么情况退"))
    rules_version = serializers.IntegerField(help_text=_("按第几版群规签的；0 是没有"))
    valid_from = Moment(help_text=_("哪一刻起"))
    changes = serializers.ListField(
        child=serializers.CharField(), help_text=_("和上一版比改了什么，一句一条")
    )
    signatures = Signature(many=True, source="names")


class Agreed(Answer):
    current = Version(allow_null=True, help_text=_("现在的约定；没有就是空"))
    coming = Version(many=True, help_text=_("签好了、还没到日子的"))
    past = Version(many=True, help_text=_("以前的，新的在前"))


class AgreementView(ApiView):
    @operation("agreement", tag=shapes.TAG, summary=_("和一个商家的约定（M5）"), gives=Agreed)
    def get(self, request: Request, slug: str, merchant_id: int) -> Response:
        group = caller_for(self.person, slug, merchant_id).application.group
        page = of_merchant(group.pk, merchant_id, at=clock.now(), rules_version=group.rules_version)
        return answer(Agreed, page)
