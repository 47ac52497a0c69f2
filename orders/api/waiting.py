"""The waiting list of what is sold out (O5): hers, joined and left."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from orders.access import round_for_member
from orders.api import bodies, shapes
from orders.queries import waiting as queries
from orders.services.waiting import join, leave, take_off
from tuangou.core.api.schema import operation
from tuangou.core.api.views import ApiView, answer
from tuangou.core.models import Scope


class WaitingView(ApiView):
    @operation(
        "waiting",
        tag=shapes.ORDERS,
        summary=_("一个团里我家在等的；团长、副团长看得到所有人的，按先后"),
        gives=shapes.Waiting,
    )
    def get(self, request: Request, slug: str, round_id: int) -> Response:
        member, rnd = round_for_member(self.person, slug, round_id)
        waits = queries.waits_in(rnd) if member.is_officer else queries.waits_of(rnd, member)
        return answer(shapes.Waiting, {"waits": waits})

    @operation(
        "waiting-join",
        tag=shapes.ORDERS,
        summary=_("排候补：抢完了，或剩的不够要的数；轮到就自动下单（O5）"),
        takes=bodies.LineBody,
        gives=shapes.Wait,
        status=201,
        scope=Scope.ORDER,
    )
    def post(self, request: Request, slug: str, round_id: int) -> Response:
        member, rnd = round_for_member(self.person, slug, round_id)
        body = self.body(bodies.LineBody)
        offer = queries.offer_of(rnd, body["offer"])
        entry = join(
            offer_id=offer.pk,
            member_id=member.pk,
            quantity=body["quantity"],
            request_id=self.key,
        )
        return answer(shapes.Wait, queries.wait_card(entry.pk), 201)


class WaitingLeaveView(ApiView):
    @operation(
        "waiting-leave",
        tag=shapes.ORDERS,
        summary=_("不等了；团长、副团长拿掉别人的，写明原因，本人会收到"),
        takes=bodies.ReasonBody,
        gives=shapes.Wait,
        scope=Scope.ORDER,
    )
    def post(self, request: Request, slug: str, entry_id: int) -> Response:
        member, entry = queries.entry_for_member(self.person, slug, entry_id)
        reason = self.body(bodies.ReasonBody).get("reason", "")
        if entry.member_id == member.pk:
            leave(entry_id=entry.pk, actor_id=member.pk, request_id=self.key)
        else:
            take_off(entry_id=entry.pk, actor_id=member.pk, reason=reason, request_id=self.key)
        return answer(shapes.Wait, queries.wait_card(entry.pk))
