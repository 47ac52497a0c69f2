"""Who sells here, and what; goods are kept by the shop, or by the officers of its first group."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from groups.access import membership_for
from merchants.access import Caller, caller_for, item_of, keeper_for
from merchants.api import shapes
from merchants.queries import feeds
from merchants.queries.agreements import agreements_of
from merchants.queries.items import item_made_by
from merchants.services import items as service
from tuangou.core import clock
from tuangou.core.api.fields import Empty
from tuangou.core.api.paging import PageQuery, asked, page_body
from tuangou.core.api.schema import operation
from tuangou.core.api.views import ApiView, answer
from tuangou.core.models import Scope


class MerchantsView(ApiView):
    @operation(
        "merchants",
        tag=shapes.TAG,
        summary=_("在本群卖的商家"),
        gives=shapes.Merchant,
        page=True,
        query=shapes.MerchantQuery,
    )
    def get(self, request: Request, slug: str) -> Response:
        member = membership_for(self.person, slug)
        page = asked(request, shapes.MerchantQuery)
        found = feeds.merchants_feed(
            member.group_id,
            at=clock.now(),
            after=page["cursor"],
            limit=page["limit"],
            query=page.get("q", ""),
        )
        return Response(page_body(request, found, shapes.Merchant))


class MerchantView(ApiView):
    @operation("merchant", tag=shapes.TAG, summary=_("一个商家"), gives=shapes.Merchant)
    def get(self, request: Request, slug: str, merchant_id: int) -> Response:
        application = caller_for(self.person, slug, merchant_id).application
        agreements = agreements_of(application.pk)
        return answer(shapes.Merchant, feeds.merchant_card(application, agreements, clock.now()))


class GoodsApi(ApiView):
    field_names = {"store_price": "store_price_fen", "group_price": "group_price_fen"}

    def card(self, caller: Caller, item: Any, status: int = 200) -> Response:
        group = caller.application.group
        found = feeds.goods_card(item, group_id=group.pk, zone=group.time_zone, at=clock.now())
        return answer(shapes.Item, found, status)


class ItemsView(GoodsApi):
    @operation(
        "items",
        tag=shapes.TAG,
        summary=_("一个商家的货品；管货的人也看得到下架的"),
        gives=shapes.Item,
        page=True,
        query=PageQuery,
    )
    def get(self, request: Request, slug: str, merchant_id: int) -> Response:
        caller = caller_for(self.person, slug, merchant_id)
        page = asked(request, PageQuery)
        found = feeds.items_feed(
            merchant_id,
            group_id=caller.application.group_id,
            zone=caller.application.group.time_zone,
            at=clock.now(),
            after=page["cursor"],
            limit=page["limit"],
            all_goods=caller.keeps_goods,
        )
        return Response(page_body(request, found, shapes.Item))

    @operation(
        "item-new",
        tag=shapes.TAG,
        summary=_("加一样货品（M6）"),
        takes=shapes.ItemBody,
        gives=shapes.Item,
        status=201,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, merchant_id: int) -> Response:
        caller = keeper_for(self.person, slug, merchant_id)
        goods = shapes.goods_of(self.body(shapes.ItemBody))
        item = self.once(
            "item.new",
            group_id=caller.application.group_id,
            body={"merchant": merchant_id} | _written(goods),
            work=lambda: service.add_item(
                merchant_id=merchant_id, goods=goods, user_id=caller.user_id, request_id=self.key
            ),
            replay=lambda: item_made_by(merchant_id, self.key),
        )
        return self.card(caller, item, 201)


class ItemView(GoodsApi):
    @operation("item", tag=shapes.TAG, summary=_("一样货品"), gives=shapes.Item)
    def get(self, request: Request, slug: str, merchant_id: int, item_id: int) -> Response:
        caller = caller_for(self.person, slug, merchant_id)
        return self.card(caller, item_of(merchant_id, item_id))


class ItemEditView(GoodsApi):
    @operation(
        "item-edit",
        tag=shapes.TAG,
        summary=_("改一样货品，整样重写；已经开的团不变"),
        takes=shapes.ItemBody,
        gives=shapes.Item,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, merchant_id: int, item_id: int) -> Response:
        caller = keeper_for(self.person, slug, merchant_id)
        item = item_of(merchant_id, item_id)
        goods = shapes.goods_of(self.body(shapes.ItemBody))
        changed = self.once(
            "item.edit",
            group_id=caller.application.group_id,
            body={"item": item.pk} | _written(goods),
            work=lambda: service.change_item(item_id=item.pk, goods=goods, user_id=caller.user_id),
            replay=lambda: item_of(merchant_id, item_id),
        )
        return self.card(caller, changed)


class _ShelfView(GoodsApi):
    on_sale: bool

    def shelve(self, slug: str, merchant_id: int, item_id: int) -> Response:
        caller = keeper_for(self.person, slug, merchant_id)
        item = item_of(merchant_id, item_id)
        self.body(Empty)
        changed = self.once(
            "item.put_back" if self.on_sale else "item.withdraw",
            group_id=caller.application.group_id,
            body={"item": item.pk},
            work=lambda: service.shelve_item(
                item_id=item.pk, user_id=caller.user_id, on_sale=self.on_sale
            ),
            replay=lambda: item_of(merchant_id, item_id),
        )
        return self.card(caller, changed)


class ItemWithdrawView(_ShelfView):
    on_sale = False

    @operation(
        "item-withdraw",
        tag=shapes.TAG,
        summary=_("下架：新的团里不再有它"),
        takes=Empty,
        gives=shapes.Item,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, merchant_id: int, item_id: int) -> Response:
        return self.shelve(slug, merchant_id, item_id)


class ItemPutBackView(_ShelfView):
    on_sale = True

    @operation(
        "item-put-back",
        tag=shapes.TAG,
        summary=_("重新上架"),
        takes=Empty,
        gives=shapes.Item,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, merchant_id: int, item_id: int) -> Response:
        return self.shelve(slug, merchant_id, item_id)


def _written(goods: service.Goods) -> dict[str, Any]:
    names = service.Goods.__dataclass_fields__
    return {name: getattr(goods, name) for name in names}
