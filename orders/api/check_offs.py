"""Bags handed out (O10)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from orders.access import check_off_for_officer, order_for_officer
from orders.api import bodies, shapes
from orders.models import CheckOffWay
from orders.services import check_offs as service
from tuangou.core.api.fields import Empty
from tuangou.core.api.schema import operation
from tuangou.core.api.views import ApiView, answer
from tuangou.core.models import Scope


class CheckOffView(ApiView):
    @operation(
        "check-off",
        tag=shapes.GOODS,
        summary=_("已取：一单交出去，整单或一部分（O10）"),
        takes=bodies.CheckOffBody,
        gives=shapes.CheckOff,
        status=201,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, order_id: int) -> Response:
        officer, order = order_for_officer(self.person, slug, order_id)
        body = self.body(bodies.CheckOffBody)
        done = service.check_off(
            order_id=order.pk,
            actor_id=officer.pk,
            way=body.get("way", CheckOffWay.DOOR),
            collected_by=body.get("collected_by", ""),
            lines=bodies.part_of(body["lines"]) if "lines" in body else None,
            request_id=self.key,
        )
        return answer(shapes.CheckOff, done, 201)


class CheckOffUndoView(ApiView):
    @operation(
        "check-off-undo",
        tag=shapes.GOODS,
        summary=_("撤销一次核销：货还在这里（O10）"),
        takes=Empty,
        gives=shapes.CheckOff,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, check_off_id: int) -> Response:
        officer, done = check_off_for_officer(self.person, slug, check_off_id)
        self.body(Empty)
        undone = service.undo_check_off(
            check_off_id=done.pk, actor_id=officer.pk, request_id=self.key
        )
        return answer(shapes.CheckOff, undone)
