"""What a merchant and its goods look like in the API."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from merchants.models import ApplicationStatus, Band, Category, MerchantKind
from merchants.services.items import Goods
from tuangou.core.api.fields import Answer, Body, Choice, Fen, FenOut, Moment, Quantity, Text
from tuangou.core.api.paging import PageQuery

TAG = _("商家和货品")
BANDS = [*Band.values, "stop"]


class Merchant(Answer):
    id = serializers.IntegerField()
    brand = serializers.CharField(help_text=_("招牌"))
    kind = serializers.ChoiceField(MerchantKind.choices)
    stores = serializers.IntegerField(help_text=_("几家门店"))
    status = serializers.ChoiceField(ApplicationStatus.choices)
    band = serializers.ChoiceField(BANDS, help_text=_("信誉：new 新，stop 停团（M7）"))
    since = Moment(allow_null=True, help_text=_("哪天起在本群卖"))
    commission_bp = serializers.IntegerField(
        allow_null=True, help_text=_("现在的佣金，万分之几（M5）")
    )


class Sighting(Answer):
    price_fen = FenOut()
    place = serializers.CharField()
    seen_at = Moment()
    who = serializers.CharField(help_text=_("楼栋和昵称头一个字"))
    stale = serializers.BooleanField(help_text=_("超过 14 天"))


class Claim(Answer):
    """What may be said of the store price: nothing without somebody who saw it in 14 days."""

    state = serializers.ChoiceField(
        [("seen", _("看过")), ("contested", _("有争议")), ("unseen", _("没人看过"))],
        help_text=_("看过才有便宜多少"),
    )
    percent = serializers.IntegerField(help_text=_("比门店便宜百分之几；没有就是 0"))
    days = serializers.IntegerField(help_text=_("最近一次是几天前看的"))
    neighbours = serializers.IntegerField(help_text=_("14 天内几户看过"))
    text = serializers.CharField(help_text=_("写给邻居看的那句"))


class Item(Answer):
    id = serializers.IntegerField(source="item.pk")
    name = serializers.CharField(source="item.name")
    spec = serializers.CharField(source="item.spec", allow_blank=True)
    unit = serializers.CharField(source="item.unit")
    step = Quantity(source="item.step", help_text=_("一次加减多少"))
    category = serializers.ChoiceField(Category.choices, source="item.category")
    store_price_fen = FenOut(source="item.store_price_fen", help_text=_("店里自己写的店价，分"))
    group_price_fen = FenOut(
        source="item.group_price_fen", allow_null=True, help_text=_("店里给群的价，分；没定就是空")
    )
    origin = serializers.CharField(source="item.origin", allow_blank=True)
    shelf_life = serializers.CharField(source="item.shelf_life", allow_blank=True)
    storage = serializers.CharField(source="item.storage", allow_blank=True)
    description = serializers.CharField(source="item.description", allow_blank=True)
    video_url = serializers.CharField(source="item.video_url", allow_blank=True)
    photo = serializers.CharField(allow_blank=True, help_text=_("照片的地址，没有就空着"))
    process_photos = serializers.ListField(
        child=serializers.CharField(), help_text=_("制作过程的照片的地址，最多 4 张")
    )
    is_active = serializers.BooleanField(source="item.is_active", help_text=_("在架上"))
    claim = Claim(help_text=_("店价能说什么（M6）"))
    sighting = Sighting(allow_null=True, help_text=_("最近一次谁在店里看到什么价（M6）"))


class MerchantQuery(PageQuery):
    q = serializers.CharField(
        required=False,
        max_length=40,
        allow_blank=True,
        help_text=_("招牌的一部分、拼音或首字母，或卖的货"),
    )


class ItemBody(Body):
    name = Text(max_length=40)
    unit = Text(max_length=8, help_text=_("斤、盒、只、箱"))
    category = Choice(Category.choices)
    store_price_fen = Fen(max_value=10**8 - 1, help_text=_("现在的店价，分"))
    group_price_fen = Fen(
        max_value=10**8 - 1,
        required=False,
        allow_null=True,
        help_text=_("给群的价，要比店价低，分；没定就不写"),
    )
    spec = Text(max_length=40, required=False, allow_blank=True)
    step = Quantity(required=False, help_text=_('能买半斤就写 "0.5"；不写是 "1"'))
    origin = Text(max_length=60, required=False, allow_blank=True)
    shelf_life = Text(max_length=40, required=False, allow_blank=True)
    storage = Text(max_length=60, required=False, allow_blank=True)
    description = Text(max_length=500, required=False, allow_blank=True)
    video_url = Text(max_length=200, required=False, allow_blank=True)


def goods_of(body: dict[str, Any]) -> Goods:
    """The service's argument; what is not said is empty."""
    return Goods(**{"step": Decimal(1)} | body)
