"""What is sent about goods: announced, short, arrived, inspected, stopped, photographed."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from orders.api.bodies import MOST_LINES
from orders.models import Sharing, Verdict
from orders.models.deliveries import MOST_DELIVERY_PHOTOS
from orders.queries.inspections import CHECKLIST
from tuangou.core.api.fields import (
    Body,
    Choice,
    Day,
    Degrees,
    FormId,
    Id,
    Many,
    Moment,
    Quantity,
    Text,
    Whole,
)

MOST_SHARES = 1000
MOST_LOTS = 10


class ShareBody(Body):
    line = Id(help_text=_("订单里的哪一行"))
    quantity = Quantity(help_text=_("分给它多少"))


class LotBody(Body):
    lot = Text(max_length=40, help_text=_("批号"))
    quantity = Quantity(required=False, help_text=_("只有一批可以不写，就是全部"))
    produced_on = Day(required=False, help_text=_("生产日期"))
    expires_on = Day(required=False, help_text=_("到期日期；过期的不收"))


class DeliveredBody(Body):
    offer = Id()
    quantity = Quantity(help_text=_("数到多少"))
    weighed = Quantity(required=False, help_text=_("按重量卖的称了多少；称了就按称的算"))
    damaged = Quantity(required=False, help_text=_("坏了多少，不发"))
    sharing = Choice(Sharing.choices, required=False, help_text=_("少了怎么分；不写是先下单的先给"))
    shares = Many(
        child=ShareBody(), max_length=MOST_SHARES, required=False, help_text=_("自己填的分法")
    )
    lots = Many(child=LotBody(), max_length=MOST_LOTS, required=False, help_text=_("批次"))
    note = Text(max_length=100, required=False, allow_blank=True)


class InspectionBody(Body):
    verdict = Choice(Verdict.choices)
    bad = Many(
        child=Choice([(check.key, check.label) for check in CHECKLIST]),
        max_length=len(CHECKLIST),
        required=False,
        help_text=_("哪几项不合格；没写的就是合格"),
    )
    temperature = Degrees(required=False, help_text=_("量到的温度（°C），有冷藏的货要写"))
    note = Text(max_length=150, required=False, allow_blank=True)
    failed = Many(
        child=Id(), max_length=MOST_LINES, required=False, help_text=_("哪样没通过；不写是整车")
    )


class ArrivalBody(Body):
    delivered = Many(child=DeliveredBody(), max_length=MOST_LINES, help_text=_("到了多少（O9）"))
    note = Text(max_length=200, required=False, allow_blank=True)
    inspection = InspectionBody(
        required=False, help_text=_("验货结果；要验而没写，货先停发（O16）")
    )


class LaterBody(Body):
    delivered = Many(child=DeliveredBody(), max_length=MOST_LINES, help_text=_("到了多少（O9）"))


class WayBody(Body):
    offer = Id()
    sharing = Choice(Sharing.choices, required=False, help_text=_("少了怎么分；不写是先下单的先给"))
    shares = Many(
        child=ShareBody(), max_length=MOST_SHARES, required=False, help_text=_("自己填的分法")
    )


class SharingBody(Body):
    ways = Many(
        child=WayBody(), max_length=MOST_LINES, required=False, help_text=_("没写的先下单的先给")
    )


class ComingBody(Body):
    arrives_from = Moment(help_text=_("最早几点到"))
    arrives_until = Moment(help_text=_("最晚几点到"))
    car = Text(
        max_length=20, required=False, allow_blank=True, help_text=_("车牌，只有管理的人看得到")
    )
    driver = Text(max_length=30, required=False, allow_blank=True)
    batch = Text(max_length=60, required=False, allow_blank=True)
    note = Text(max_length=200, required=False, allow_blank=True)


class MissingBody(Body):
    offer = Id()
    quantity = Quantity(help_text=_("会少多少；0 是收回说过的"))


class ShortBody(Body):
    short = Many(child=MissingBody(), min_length=1, max_length=MOST_LINES)
    note = Text(max_length=200, required=False, allow_blank=True)


class CarInspectionBody(InspectionBody):
    car = Whole(min_value=1, max_value=1000, required=False, help_text=_("第几车；不写是第一车"))
    failed_batches = Many(
        child=Id(),
        max_length=MOST_LINES,
        required=False,
        help_text=_("只有这几批没通过；批次的 id 在到货里"),
    )


class DecisionBody(Body):
    reason = Text(max_length=200, help_text=_("邻居都会看到"))


class PhotosForm(Body):
    """A form, with pictures."""

    offer = FormId(required=False, help_text=_("拍的哪样；不写是整车"))
    photos = Many(child=serializers.FileField(), min_length=1, max_length=MOST_DELIVERY_PHOTOS)
