"""Orders: mine, of a round, one; placed for oneself or a neighbour, amended, cancelled."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from groups.access import membership_for
from groups.models import Membership
from orders.access import (
    neighbour_for_proxy,
    order_for_member,
    round_for_member,
    round_for_officer,
)
from orders.api import bodies, shapes
from orders.models import Channel
from orders.queries import feeds
from orders.services.neighbours import Errand
from orders.services.orders import amend_order, cancel_order, place_order
from tuangou.core.api.paging import asked, page_body
from tuangou.core.api.schema import operation
from tuangou.core.api.views import ApiView, answer
from tuangou.core.models import Scope


class OrdersApi(ApiView):
    def card(self, member: Membership, order_id: int, status: int = 200) -> Response:
        return answer(shapes.Order, feeds.order_card(member, order_id), status)


class MyOrdersView(OrdersApi):
    @operation(
        "orders",
        tag=shapes.ORDERS,
        summary=_("我的单，和我替邻居下的，新的在前"),
        gives=shapes.Order,
        page=True,
        query=bodies.MyOrderQuery,
    )
    def get(self, request: Request, slug: str) -> Response:
        member = membership_for(self.person, slug)
        page = asked(request, bodies.MyOrderQuery)
        found = feeds.my_orders_feed(
            member, after=page["cursor"], limit=page["limit"], round_id=page.get("round")
        )
        return Response(page_body(request, found, shapes.Order))


class RoundOrdersView(OrdersApi):
    @operation(
        "round-orders",
        tag=shapes.ORDERS,
        summary=_("一个团的所有单，给团长和副团长"),
        gives=shapes.Order,
        page=True,
        query=bodies.RoundOrderQuery,
        scope=Scope.OFFICER,
    )
    def get(self, request: Request, slug: str, round_id: int) -> Response:
        officer, rnd = round_for_officer(self.person, slug, round_id)
        page = asked(request, bodies.RoundOrderQuery)
        found = feeds.round_orders_feed(
            officer,
            rnd.pk,
            after=page["cursor"],
            limit=page["limit"],
            status=page.get("status", ""),
        )
        return Response(page_body(request, found, shapes.Order))

    @operation(
        "order-place",
        tag=shapes.ORDERS,
        summary=_("下单，给自己或替邻居；截单按服务器的钟（O1、O4）"),
        takes=bodies.OrderBody,
        gives=shapes.Order,
        status=201,
        scope=Scope.ORDER,
    )
    def post(self, request: Request, slug: str, round_id: int) -> Response:
        member, rnd = round_for_member(self.person, slug, round_id)
        body = self.body(bodies.OrderBody)
        chosen = body.get("member")
        neighbour = neighbour_for_proxy(member, str(chosen) if chosen else None)
        errand = Errand(
            pays=body.get("i_pay", False),
            collects=body.get("i_collect", False),
            asked=body.get("asked", False),
        )
        order = place_order(
            round_id=rnd.pk,
            member_id=neighbour.person.pk if neighbour else member.pk,
            placed_by_id=member.pk,
            quantities=bodies.quantities_of(body["lines"]),
            note=body.get("note", ""),
            request_id=self.key,
            channel=Channel.API,
            errand=errand,
        )
        return self.card(member, order.pk, 201)


class OrderView(OrdersApi):
    @operation("order", tag=shapes.ORDERS, summary=_("一单：货品、钱、取货"), gives=shapes.Order)
    def get(self, request: Request, slug: str, order_id: int) -> Response:
        member, order = order_for_member(self.person, slug, order_id)
        return self.card(member, order.pk)


class OrderAmendView(OrdersApi):
    @operation(
        "order-amend",
        tag=shapes.ORDERS,
        summary=_("改单：lines 是改好以后的全部，到截单为止（O5）"),
        takes=bodies.AmendBody,
        gives=shapes.Order,
        scope=Scope.ORDER,
    )
    def post(self, request: Request, slug: str, order_id: int) -> Response:
        member, order = order_for_member(self.person, slug, order_id)
        body = self.body(bodies.AmendBody)
        amend_order(
            order_id=order.pk,
            actor_id=member.pk,
            quantities=bodies.quantities_of(body["lines"]),
            note=body.get("note"),
            reason=body.get("reason", ""),
            request_id=self.key,
        )
        return self.card(member, order.pk)


class OrderCancelView(OrdersApi):
    @operation(
        "order-cancel",
        tag=shapes.ORDERS,
        summary=_("取消一单，到截单为止（O5）"),
        takes=bodies.ReasonBody,
        gives=shapes.Order,
        scope=Scope.ORDER,
    )
    def post(self, request: Request, slug: str, order_id: int) -> Response:
        member, order = order_for_member(self.person, slug, order_id)
        body = self.body(bodies.ReasonBody)
        cancel_order(
            order_id=order.pk,
            actor_id=member.pk,
            reason=body.get("reason", ""),
            request_id=self.key,
        )
        return self.card(member, order.pk)
