"""Money: members say they paid, the payee ticks, undoes and gives back (O8)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from orders.access import (
    order_for_member,
    order_for_payee,
    payment_for_payee,
    round_for_books,
)
from orders.api import bodies, shapes
from orders.models import PaymentStatus
from orders.queries import feeds
from orders.services import payments as service
from tuangou.core.api.fields import Empty
from tuangou.core.api.paging import PageQuery, asked, page_body
from tuangou.core.api.schema import operation
from tuangou.core.api.views import ApiView, answer
from tuangou.core.models import Scope


class PaymentsApi(ApiView):
    field_names = {"amount": "amount_fen"}


class RoundPaymentsView(PaymentsApi):
    @operation(
        "round-payments",
        tag=shapes.MONEY,
        summary=_("一个团的每单付了没有，给收款人；团长总能看"),
        gives=shapes.PaidOrder,
        page=True,
        query=PageQuery,
        scope=Scope.OFFICER,
    )
    def get(self, request: Request, slug: str, round_id: int) -> Response:
        member, rnd = round_for_books(self.person, slug, round_id)
        page = asked(request, PageQuery)
        found = feeds.paid_orders_feed(
            rnd.pk,
            after=page["cursor"],
            limit=page["limit"],
            doors=member is not None and member.is_officer,
        )
        return Response(page_body(request, found, shapes.PaidOrder))


class OrderPaymentsView(PaymentsApi):
    @operation(
        "order-payments",
        tag=shapes.MONEY,
        summary=_("一单的每笔收退，老的在前"),
        gives=shapes.Payment,
        page=True,
        query=PageQuery,
    )
    def get(self, request: Request, slug: str, order_id: int) -> Response:
        _member, order = order_for_member(self.person, slug, order_id)
        page = asked(request, PageQuery)
        found = feeds.payments_feed(order.pk, after=page["cursor"], limit=page["limit"])
        return Response(page_body(request, found, shapes.Payment))


class ClaimView(PaymentsApi):
    @operation(
        "payment-claim",
        tag=shapes.MONEY,
        summary=_("我已转账：说了，还不算收到（O8）"),
        takes=bodies.ClaimBody,
        gives=shapes.Payment,
        status=201,
        scope=Scope.ORDER,
    )
    def post(self, request: Request, slug: str, order_id: int) -> Response:
        member, order = order_for_member(self.person, slug, order_id)
        claim = service.claim_payment(
            order_id=order.pk,
            actor_id=member.pk,
            amount_fen=self.body(bodies.ClaimBody).get("amount_fen"),
            request_id=self.key,
        )
        return answer(shapes.Payment, claim, 201)


class UnclaimView(PaymentsApi):
    @operation(
        "payment-unclaim",
        tag=shapes.MONEY,
        summary=_("其实还没转：收回「说已付」"),
        takes=Empty,
        gives=shapes.Payment,
        scope=Scope.ORDER,
    )
    def post(self, request: Request, slug: str, order_id: int) -> Response:
        member, order = order_for_member(self.person, slug, order_id)
        self.body(Empty)
        claim = self.once(
            "payment.unclaim",
            group_id=member.group_id,
            body={"order": order.pk},
            work=lambda: service.withdraw_claim(order_id=order.pk, actor_id=member.pk),
            replay=lambda: feeds.last_claim(order.pk, PaymentStatus.WITHDRAWN),
        )
        return answer(shapes.Payment, claim)


class ReceiveView(PaymentsApi):
    @operation(
        "payment-receive",
        tag=shapes.MONEY,
        summary=_("点已收：只有收款人；说已付的那笔变成已收（O8）"),
        takes=bodies.AmountBody,
        gives=shapes.Payment,
        status=201,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, order_id: int) -> Response:
        _member, order = order_for_payee(self.person, slug, order_id)
        payment = service.receive_payment(
            order_id=order.pk,
            user_id=self.person.pk,
            amount_fen=self.body(bodies.AmountBody)["amount_fen"],
            request_id=self.key,
        )
        return answer(shapes.Payment, payment, 201)


class RefundView(PaymentsApi):
    @operation(
        "payment-refund",
        tag=shapes.MONEY,
        summary=_("记一笔退款，最多退多付的（O11）"),
        takes=bodies.AmountBody,
        gives=shapes.Payment,
        status=201,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, order_id: int) -> Response:
        _member, order = order_for_payee(self.person, slug, order_id)
        payment = service.pay_back(
            order_id=order.pk,
            user_id=self.person.pk,
            amount_fen=self.body(bodies.AmountBody)["amount_fen"],
            request_id=self.key,
        )
        return answer(shapes.Payment, payment, 201)


class PaymentUndoView(PaymentsApi):
    @operation(
        "payment-undo",
        tag=shapes.MONEY,
        summary=_("撤销一笔收款或退款：记反向分录，不删（O8）"),
        takes=Empty,
        gives=shapes.Payment,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, payment_id: int) -> Response:
        _member, payment = payment_for_payee(self.person, slug, payment_id)
        self.body(Empty)
        undone = service.undo_payment(
            payment_id=payment.pk, user_id=self.person.pk, request_id=self.key
        )
        return answer(shapes.Payment, undone)
