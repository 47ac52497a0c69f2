"""The ledger, standings and chains of trust, to be read and checked by programs (R4, R5, R10)."""

from __future__ import annotations

import json
from typing import Any

from django.http import Http404
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from groups.access import membership_for
from merchants.access import caller_for, item_of
from merchants.models.applications import Band
from reputation.models import Evidence, Kind, Subject
from reputation.queries.chain import export_lines
from reputation.queries.entries import VIEWS, ledger_page
from reputation.queries.formula import VERSION
from reputation.queries.standings import StandingPage, mandate_in_office, standing_page
from reputation.queries.trust_chains import chain_page
from tuangou.core import clock
from tuangou.core.api.fields import Answer, Moment, Month, Rate
from tuangou.core.api.paging import PageQuery, asked, page_body
from tuangou.core.api.schema import operation
from tuangou.core.api.views import ApiView, answer
from tuangou.core.feeds import Feed

TAG = _("信誉")
_Choice: Any = serializers.ChoiceField


class LedgerQuery(PageQuery):
    view = _Choice(
        [name for name in VIEWS if name], required=False, help_text=_("只看哪一种；mine 是关于我的")
    )
    merchant = serializers.IntegerField(
        required=False, min_value=1, max_value=2**63 - 1, help_text=_("只看这家商家")
    )


class EntryOut(Answer):
    number = serializers.IntegerField(help_text=_("第几页，从 1 起，不跳号"))
    seal = serializers.CharField(help_text=_("这一页的封条"))
    subject = _Choice(Subject.choices)
    who = serializers.CharField(
        allow_blank=True, help_text=_("商家或团长；别的邻居不写名字，是空的")
    )
    kind = _Choice(Kind.choices)
    weight_milli = serializers.IntegerField(help_text=_("算多少，千分之几"))
    evidence = _Choice(Evidence.choices, help_text=_("凭据在哪张表"))
    evidence_id = serializers.IntegerField(
        allow_null=True, help_text=_("那张表的第几行；说别的群友的一页是空的")
    )
    at = Moment()
    corrects = serializers.IntegerField(allow_null=True, help_text=_("更正第几页"))
    repairs = serializers.IntegerField(allow_null=True, help_text=_("补救第几页的裁定（R6）"))
    struck_by = serializers.IntegerField(allow_null=True, help_text=_("被第几页更正了"))
    url = serializers.CharField(allow_blank=True, help_text=_("凭据的网页；不给看的是空的"))


class LedgerExport(Answer):
    pages = serializers.ListField(
        child=serializers.DictField(),
        help_text=_(
            "从第 1 页起，封进封条的每一项，和 hash；各项的次序见 docs/ledger.md。"
            "说别的群友的几页只有 number、previous、hash"
        ),
    )


class FactOut(Answer):
    kind = _Choice(Kind.choices)
    n = serializers.IntegerField(help_text=_("360 天里几条"))
    weight_milli = serializers.IntegerField(help_text=_("现在一共算多少，千分之几"))


class MonthEnd(Answer):
    month = Month()
    score = Rate(help_text=_("月底的分数，%；本月是现在"))


class StandingOut(Answer):
    band = _Choice(Band.choices)
    score = Rate(help_text=_("好的占多少，%"))
    entries = serializers.IntegerField(help_text=_("360 天里几条记录；不到 5 条不评级"))
    formula_version = serializers.IntegerField()
    facts = FactOut(many=True, help_text=_("最要紧的三种"))
    history = MonthEnd(many=True)


class ChainFact(Answer):
    text = serializers.CharField()
    url = serializers.CharField(allow_blank=True, help_text=_("凭据的网页"))
    holds = serializers.BooleanField(help_text=_("false：缺"))


class ChainLink(Answer):
    key = serializers.CharField(
        help_text=_("you、voucher、initiator、merchant、goods、neighbours、own")
    )
    title = serializers.CharField()
    tie = serializers.CharField(allow_blank=True, help_text=_("和上一环怎么连着"))
    holds = serializers.BooleanField(help_text=_("false：这一环缺"))
    band = serializers.CharField(allow_blank=True)
    facts = ChainFact(many=True)


class Chain(Answer):
    links = ChainLink(many=True)
    missing = serializers.IntegerField(help_text=_("缺几环"))


class LedgerView(ApiView):
    @operation(
        "ledger",
        tag=TAG,
        summary=_("信誉账本，新的在前（R4）"),
        gives=EntryOut,
        page=True,
        query=LedgerQuery,
    )
    def get(self, request: Request, slug: str) -> Response:
        member = membership_for(self.person, slug)
        page = asked(request, LedgerQuery)
        merchant_id = page.get("merchant")
        found = ledger_page(
            member,
            view=page.get("view", ""),
            merchant_id=merchant_id,
            before=page["cursor"],
            limit=page["limit"],
        )
        if merchant_id is not None and not found.brand:
            raise Http404
        return Response(page_body(request, Feed(found.rows, found.older), EntryOut))


class LedgerExportView(ApiView):
    @operation(
        "ledger-export",
        tag=TAG,
        summary=_("整本信誉账本；每页写成一行，就能用 docs/check_ledger.py 自己核对（R4）"),
        gives=LedgerExport,
    )
    def get(self, request: Request, slug: str) -> Response:
        member = membership_for(self.person, slug)
        pages = [json.loads(line) for line in export_lines(member.group_id, member)]
        return answer(LedgerExport, {"pages": pages})


class MerchantStandingView(ApiView):
    @operation(
        "merchant-standing",
        tag=TAG,
        summary=_("一家商家现在的信誉，和为什么（R5）"),
        gives=StandingOut,
    )
    def get(self, request: Request, slug: str, merchant_id: int) -> Response:
        row = caller_for(self.person, slug, merchant_id).application
        found = standing_page(row.group, Subject.MERCHANT, merchant_id, at=clock.now())
        return answer(StandingOut, _standing(found))


class InitiatorStandingView(ApiView):
    @operation(
        "initiator-standing",
        tag=TAG,
        summary=_("现在的团长的信誉，和为什么（R5）"),
        gives=StandingOut,
    )
    def get(self, request: Request, slug: str) -> Response:
        member = membership_for(self.person, slug)
        mandate = mandate_in_office(member.group_id)
        if mandate is None:
            raise Http404
        found = standing_page(member.group, Subject.MANDATE, mandate.pk, at=clock.now())
        return answer(StandingOut, _standing(found))


class MerchantChainView(ApiView):
    @operation(
        "merchant-chain",
        tag=TAG,
        summary=_("为什么可以信一家商家，一环一环（R10）"),
        gives=Chain,
    )
    def get(self, request: Request, slug: str, merchant_id: int) -> Response:
        caller = caller_for(self.person, slug, merchant_id)
        page = chain_page(caller.application, caller.membership, item=None, at=clock.now())
        return answer(Chain, page)


class ItemChainView(ApiView):
    @operation(
        "item-chain",
        tag=TAG,
        summary=_("为什么可以信一样货，一环一环（R10）"),
        gives=Chain,
    )
    def get(self, request: Request, slug: str, merchant_id: int, item_id: int) -> Response:
        caller = caller_for(self.person, slug, merchant_id)
        item = item_of(merchant_id, item_id)
        page = chain_page(caller.application, caller.membership, item=item, at=clock.now())
        return answer(Chain, page)


def _standing(found: StandingPage) -> dict[str, Any]:
    return {
        "band": found.now.band,
        "score": found.score,
        "entries": found.now.n,
        "formula_version": VERSION,
        "facts": found.now.facts,
        "history": [{"month": month, "score": score} for month, score in found.history],
    }
