"""Forms about goods and what they cost in the store (M6)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from merchants.models import Category, Item, ProcessPhoto
from merchants.services.items import Goods
from tuangou.core import money
from tuangou.core.fields import YuanField
from tuangou.core.http import RequestForm
from tuangou.core.uploads import PhotosField, picture_of

PICTURES = {"accept": "image/jpeg,image/png,image/webp"}


class ItemForm(RequestForm):
    """What an item is. `goods()` and `photo_bytes()` are the service's arguments; `shown` are the
    pictures of how it is made that are there already."""

    name = forms.CharField(
        label=gettext_lazy("货品名"),
        help_text=gettext_lazy("例如 牛腩"),
        error_messages={"required": gettext_lazy("填货品名")},
    )
    spec = forms.CharField(
        label=gettext_lazy("规格"),
        required=False,
        help_text=gettext_lazy("例如 500g/包、红颜三斤箱"),
    )
    category = forms.ChoiceField(
        label=gettext_lazy("品类"),
        choices=[("", gettext_lazy("选一个")), *Category.choices],
        error_messages={"required": gettext_lazy("选一个品类")},
    )
    unit = forms.CharField(
        label=gettext_lazy("按什么卖"),
        help_text=gettext_lazy("斤、盒、只、箱"),
        error_messages={"required": gettext_lazy("填单位，例如 斤、盒")},
    )
    step = forms.DecimalField(
        label=gettext_lazy("一次加减多少"),
        required=False,
        help_text=gettext_lazy("能买半斤就填 0.5"),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        error_messages={"invalid": gettext_lazy("填 0.5、1 这样的数")},
    )
    store_price = YuanField(
        label=gettext_lazy("店价（元）"),
        required=True,
        help_text=gettext_lazy("现在在店里卖多少，团价要比它低"),
    )
    group_price = YuanField(
        label=gettext_lazy("团价（元）"),
        required=False,
        help_text=gettext_lazy("给群里的价；空着就开团时再定"),
    )
    price_proof = forms.FileField(
        label=gettext_lazy("店价的照片"),
        required=False,
        help_text=gettext_lazy("店里的价签或菜单，邻居看得到"),
        widget=forms.FileInput(attrs=PICTURES),
    )
    photo = forms.FileField(
        label=gettext_lazy("照片"),
        required=False,
        help_text=gettext_lazy("实物照，最大 8 MB；不选就用原来的"),
        widget=forms.FileInput(attrs=PICTURES),
    )
    origin = forms.CharField(label=gettext_lazy("产地"), required=False)
    shelf_life = forms.CharField(
        label=gettext_lazy("保质期"), required=False, help_text=gettext_lazy("例如 冷藏 3 天")
    )
    storage = forms.CharField(label=gettext_lazy("怎么存"), required=False)
    process_photos = PhotosField(
        label=gettext_lazy("制作过程的照片，最多 4 张"),
        help_text=gettext_lazy("后厨、原料、分装，邻居看得到；不要拍到人脸"),
    )
    drop = forms.TypedMultipleChoiceField(
        label=gettext_lazy("不要的照片"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": gettext_lazy("这张照片已经去掉了。刷新再看")},
    )
    video_url = forms.CharField(
        label=gettext_lazy("制作视频链接"),
        required=False,
        widget=forms.URLInput(attrs={"autocomplete": "off"}),
    )
    description = forms.CharField(
        label=gettext_lazy("说明"), required=False, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args: Any, shown: Sequence[ProcessPhoto] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.shown = shown
        drop: Any = self.fields["drop"]
        drop.choices = [
            (row.pk, _("去掉第 %(n)s 张") % {"n": n}) for n, row in enumerate(shown, start=1)
        ]

    @classmethod
    def initial_of(cls, item: Item) -> dict[str, Any]:
        plain = ("name", "spec", "category", "unit", "origin", "shelf_life", "storage")
        return {name: getattr(item, name) for name in plain} | {
            "step": f"{item.step.normalize():f}",
            "store_price": money.yuan(item.store_price_fen),
            "group_price": money.yuan(item.group_price_fen) if item.group_price_fen else "",
            "video_url": item.video_url,
            "description": item.description,
        }

    def clean_photo(self) -> bytes | None:
        return self._picture("photo")

    def clean_price_proof(self) -> bytes | None:
        return self._picture("price_proof")

    def _picture(self, name: str) -> bytes | None:
        return picture_of(self.cleaned_data[name])

    def photo_bytes(self) -> bytes | None:
        photo: bytes | None = self.cleaned_data["photo"]
        return photo

    def proof_bytes(self) -> bytes | None:
        proof: bytes | None = self.cleaned_data["price_proof"]
        return proof

    def goods(self) -> Goods:
        data = self.cleaned_data
        step: Decimal | None = data["step"]
        return Goods(
            name=data["name"],
            spec=data["spec"],
            category=data["category"],
            unit=data["unit"],
            step=Decimal(1) if step is None else step,
            store_price_fen=data["store_price"],
            origin=data["origin"],
            shelf_life=data["shelf_life"],
            storage=data["storage"],
            video_url=data["video_url"],
            description=data["description"],
            group_price_fen=data["group_price"],
        )
