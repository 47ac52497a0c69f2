"""Goods arriving (O9)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from orders.access import round_for_officer
from orders.api import bodies, shapes
from orders.api.rounds import RoundsApi
from orders.services import deliveries as service
from tuangou.core.api.schema import operation
from tuangou.core.models import Scope


class ArrivalView(RoundsApi):
    @operation(
        "arrival",
        tag=shapes.GOODS,
        summary=_("记到货：每样到了多少，要和订的一样（O9）"),
        takes=bodies.ArrivalBody,
        gives=shapes.Round,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, round_id: int) -> Response:
        officer, rnd = round_for_officer(self.person, slug, round_id)
        body = self.body(bodies.ArrivalBody)
        delivered = {row["offer"]: row["quantity"] for row in body["delivered"]}
        if len(delivered) < len(body["delivered"]):
            raise serializers.ValidationError({"delivered": [_("有货品写了两次，合成一行")]})
        service.record_arrival(
            round_id=rnd.pk,
            actor_id=officer.pk,
            delivered=delivered,
            note=body.get("note", ""),
            request_id=self.key,
        )
        return self.card(slug, rnd.pk)
