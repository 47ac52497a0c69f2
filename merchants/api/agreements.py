"""What is agreed with a shop: read by every member, proposed and signed by both sides (M5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from merchants.access import Caller, caller_for, signer_for
from merchants.api import shapes
from merchants.models import Side, Way
from merchants.queries.agreements import of_merchant
from merchants.services import agreements as service
from merchants.services.promises import Promises
from tuangou.core import clock
from tuangou.core.api.fields import Answer, Body, Day, Moment, Text, Whole
from tuangou.core.api.schema import operation
from tuangou.core.api.views import ApiView, answer
from tuangou.core.models import Scope

PROMISES = ("delivery", "packaging", "returns")


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


class Draft(Version):
    """What waits for a name."""

    valid_from = Moment(allow_null=True, help_text=_("签好才有"))
    not_before = Day(allow_null=True, help_text=_("最早从哪天起；空就是满 7 天"))
    waits_for = serializers.ListField(
        child=serializers.ChoiceField(Side.choices), help_text=_("还等谁签")
    )
    content = serializers.CharField(help_text=_("签这一版时原样发回来"))


class Agreed(Answer):
    current = Version(allow_null=True, help_text=_("现在的约定；没有就是空"))
    coming = Version(many=True, help_text=_("签好了、还没到日子的"))
    past = Version(many=True, help_text=_("以前的，新的在前"))
    draft = Draft(allow_null=True, help_text=_("等着签的一版；只有两边和副团长看得到"))


class TermsBody(Body):
    delivery = Text(max_length=300, required=False, allow_blank=True, help_text=_("怎么送"))
    packaging = Text(max_length=300, required=False, allow_blank=True, help_text=_("怎么包"))
    returns = Text(max_length=300, required=False, allow_blank=True, help_text=_("什么情况退"))
    commission_bp = Whole(
        min_value=0,
        max_value=3000,
        required=False,
        help_text=_("佣金，万分之几；只有团长能改，不写就照旧"),
    )
    not_before = Day(required=False, help_text=_("最早从哪天起；不写就是签好满 7 天"))


class VersionBody(Body):
    content = Text(max_length=64, help_text=_("读到的那一版的 content"))


class DeclineBody(VersionBody):
    note = Text(max_length=300, help_text=_("为什么，对方看得到"))


class _Agreements(ApiView):
    def card(self, caller: Caller, status: int = 200) -> Response:
        """What holds and what waits, for who asks."""
        group = caller.application.group
        page = of_merchant(
            group.pk,
            caller.application.merchant_id,
            at=clock.now(),
            rules_version=group.rules_version,
        )
        insider = bool(caller.signer.sides) or caller.is_officer or caller.is_staff
        draft = page.draft if insider else None
        shown = {"current": page.current, "coming": page.coming, "past": page.past}
        return answer(Agreed, {**shown, "draft": draft}, status)

    def act(
        self,
        name: str,
        slug: str,
        merchant_id: int,
        body: dict[str, Any],
        work: Callable[[dict[str, Any]], object],
        status: int = 200,
    ) -> Response:
        """`work` takes whose agreement it is and who signs; once per key."""
        caller, signer = signer_for(self.person, slug, merchant_id)
        group_id = caller.application.group_id
        it = {"group_id": group_id, "merchant_id": merchant_id, "signer": signer}
        self.once(
            f"agreement.{name}",
            group_id=group_id,
            body={"merchant": merchant_id} | body,
            work=lambda: work(it),
            replay=lambda: None,
        )
        return self.card(caller, status)


class AgreementView(_Agreements):
    @operation("agreement", tag=shapes.TAG, summary=_("和一个商家的约定（M5）"), gives=Agreed)
    def get(self, request: Request, slug: str, merchant_id: int) -> Response:
        return self.card(caller_for(self.person, slug, merchant_id))

    @operation(
        "agreement-propose",
        tag=shapes.TAG,
        summary=_("提一版新的约定，提的人就签好了；先前等着签的作废（M5）"),
        takes=TermsBody,
        gives=Agreed,
        status=201,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, merchant_id: int) -> Response:
        signer_for(self.person, slug, merchant_id)
        body = self.body(TermsBody)
        terms = service.Terms(
            promises=Promises(*(body.get(name, "") for name in PROMISES)),
            commission_bp=body.get("commission_bp"),
            not_before=body.get("not_before"),
        )
        return self.act(
            "propose", slug, merchant_id, body, lambda it: service.propose(**it, terms=terms), 201
        )


class AgreementSignView(_Agreements):
    @operation(
        "agreement-sign",
        tag=shapes.TAG,
        summary=_("签等着的那一版；两边都签了就定下来（M5）"),
        takes=VersionBody,
        gives=Agreed,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, merchant_id: int) -> Response:
        signer_for(self.person, slug, merchant_id)
        body = self.body(VersionBody)
        return self.act("sign", slug, merchant_id, body, lambda it: service.sign(**it, **body))


class AgreementDeclineView(_Agreements):
    @operation(
        "agreement-decline",
        tag=shapes.TAG,
        summary=_("不同意等着的那一版，或收回自己提的；原来的照旧（M5）"),
        takes=DeclineBody,
        gives=Agreed,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, merchant_id: int) -> Response:
        signer_for(self.person, slug, merchant_id)
        body = self.body(DeclineBody)
        return self.act(
            "decline", slug, merchant_id, body, lambda it: service.decline(**it, **body)
        )
