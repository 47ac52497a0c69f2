"""What the goods of a round look like in the API. No name and no door of a member."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from orders.models import HoldKind, Verdict
from tuangou.core.api.fields import Answer, Day, FenOut, Moment, Quantity


class Announced(Answer):
    arrives_from = Moment()
    arrives_until = Moment()
    batch = serializers.CharField(allow_blank=True)
    note = serializers.CharField(allow_blank=True)
    said_at = Moment()
    for_merchant = serializers.BooleanField(help_text=_("团长替店里记的"))


class SaidShort(Answer):
    offer = serializers.IntegerField(source="offer_id")
    name = serializers.CharField()
    unit = serializers.CharField()
    quantity = Quantity(help_text=_("会少多少"))
    said_at = Moment()


class Batch(Answer):
    id = serializers.IntegerField()
    lot = serializers.CharField()
    quantity = Quantity()
    produced_on = Day(allow_null=True)
    expires_on = Day(allow_null=True)


class CountedGoods(Answer):
    offer = serializers.IntegerField(source="line.offer_id")
    name = serializers.CharField(source="line.offer.name")
    unit = serializers.CharField(source="line.offer.unit")
    ordered = Quantity(source="line.ordered", help_text=_("订了多少"))
    delivered = Quantity(source="line.delivered", help_text=_("数到多少"))
    weighed = Quantity(source="line.weighed", allow_null=True)
    damaged = Quantity(source="line.damaged")
    fit = Quantity(source="line.fit", help_text=_("能发多少"))
    unshared = Quantity(source="line.unshared", allow_null=True, help_text=_("还没分的"))
    note = serializers.CharField(source="line.note", allow_blank=True)
    batches = Batch(many=True)


class LaterCar(Answer):
    car = serializers.IntegerField(help_text=_("第几车，从 2 起"))
    offer = serializers.IntegerField(source="offer_id")
    fit = Quantity()
    note = serializers.CharField(allow_blank=True)
    at = Moment()


class Inspected(Answer):
    car = serializers.IntegerField(source="found.car")
    verdict = serializers.ChoiceField(Verdict.choices, source="found.verdict")
    bad = serializers.SerializerMethodField(help_text=_("哪几项不合格"))
    temperature = serializers.DecimalField(
        4, 1, source="found.temperature", allow_null=True, coerce_to_string=True
    )
    note = serializers.CharField(source="found.note", allow_blank=True)
    at = Moment(source="found.at")

    def get_bad(self, row: Any) -> list[str]:
        return sorted(key for key, fine in row.found.checks.items() if not fine)


class Stop(Answer):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(HoldKind.choices)
    offer = serializers.IntegerField(
        source="offer_id", allow_null=True, help_text=_("null：整车都停发")
    )
    batch = serializers.IntegerField(
        source="batch_id", allow_null=True, help_text=_("null：这样货的全部")
    )
    car = serializers.IntegerField(allow_null=True, help_text=_("第几车；null：第一车，或不分车"))
    said = serializers.CharField(help_text=_("为什么"))
    held_at = Moment()
    released_at = Moment(allow_null=True)
    release_reason = serializers.CharField(allow_blank=True)


class RoundGoods(Answer):
    announced = Announced(many=True, source="page.notices", help_text=_("新的在前，头一个作数"))
    short = SaidShort(many=True, help_text=_("送来以前就说会少的"))
    arrived_at = Moment(source="page.delivery.arrived_at", allow_null=True, default=None)
    lines = CountedGoods(many=True, source="page.lines")
    later = LaterCar(many=True, source="page.later")
    inspections = Inspected(many=True, source="page.inspections")
    to_inspect = serializers.ListField(
        child=serializers.IntegerField(), help_text=_("到了还没验的车")
    )
    stops = Stop(many=True, source="page.holds")
    photo_ids = serializers.SerializerMethodField(help_text=_("照片的 id"))
    credited_fen = FenOut(source="page.credited_fen", help_text=_("少到的一共退了多少"))

    def get_photo_ids(self, row: Any) -> list[int]:
        return [photo.pk for photo in row["page"].photos]


class DoorLook(Answer):
    brand = serializers.CharField(help_text=_("招牌"))
    who = serializers.CharField(help_text=_("店里的谁"))
    at = Moment()


class DoorLooks(Answer):
    looks = DoorLook(many=True, help_text=_("新的在前，最多 20 次"))
