"""The form that opens a round (W3): times in the group's zone, one line per item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from groups.models import Group
from orders.forms.orders import QuantityField
from orders.models import Payee
from orders.models.rounds import Fault
from orders.queries.openings import ItemRow, Start, title_for
from orders.services.offers import OfferSpec, TierSpec
from orders.services.openings import RoundSpec
from tuangou.core import money
from tuangou.core.fields import YuanField
from tuangou.core.http import PlainForm


class DateInput(forms.DateInput):
    input_type = "date"


class TimeInput(forms.TimeInput):
    input_type = "time"


@dataclass(frozen=True, slots=True)
class ItemBoxes:
    """The boxes of one item, for the template."""

    item: ItemRow
    on: BoundField
    price: BoundField
    capacity: BoundField
    limit: BoundField
    minimum: BoundField
    tier_from: BoundField
    tier_price: BoundField

    @property
    def has_more(self) -> bool:
        """Whether the folded boxes hold something, so that they are shown open."""
        boxes = (self.limit, self.minimum, self.tier_from, self.tier_price)
        return any(box.value() not in (None, "") or box.errors for box in boxes)


class RoundForm(PlainForm):
    """Everything of a draft. `spec()` gives the service's argument after is_valid()."""

    title = forms.CharField(
        label=gettext_lazy("标题"),
        max_length=60,
        error_messages={"required": gettext_lazy("写个标题，例如 周六牛肉团。")},
    )
    note = forms.CharField(
        label=gettext_lazy("说明"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    cut_off_date = forms.DateField(
        label=gettext_lazy("截单日期"), widget=DateInput(format="%Y-%m-%d")
    )
    cut_off_time = forms.TimeField(label=gettext_lazy("截单时间"), widget=TimeInput(format="%H:%M"))
    pickup_date = forms.DateField(
        label=gettext_lazy("自提日期"), widget=DateInput(format="%Y-%m-%d")
    )
    pickup_from = forms.TimeField(label=gettext_lazy("自提开始"), widget=TimeInput(format="%H:%M"))
    pickup_until = forms.TimeField(label=gettext_lazy("自提结束"), widget=TimeInput(format="%H:%M"))
    minimum_households = forms.IntegerField(
        label=gettext_lazy("起送户数"), min_value=1, max_value=2000, required=False
    )
    minimum_yuan = YuanField(label=gettext_lazy("起送金额（元）"))
    payee = forms.ChoiceField(
        label=gettext_lazy("钱转给谁"), choices=Payee.choices, widget=forms.RadioSelect
    )
    to_the_door = forms.BooleanField(
        label=gettext_lazy("商家送上门"),
        help_text=gettext_lazy(
            "商家会看到下单邻居的门牌和电话，只到这一团送完。每看一次都记下来，邻居看得到。"
        ),
        required=False,
    )

    def __init__(
        self,
        *args: Any,
        group: Group,
        start: Start,
        points: Sequence[tuple[int, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, initial=_initial(group, start), **kwargs)
        self.group = group
        self.start = start
        self.fields["pickup_point"] = forms.TypedChoiceField(
            label=_("在哪取"), coerce=int, choices=[(str(pk), name) for pk, name in points]
        )
        for item in start.items:
            self.fields |= _item_fields(item)

    @property
    def is_titled_for_her(self) -> bool:
        """Whether the title is still the one that was proposed, which follows the pick-up day."""
        return self._is_proposed(self["title"].value())

    def _is_proposed(self, title: str | None) -> bool:
        week = (date.min + timedelta(days=n) for n in range(7))
        return title in {title_for(self.start.brand, day) for day in week}

    def rows(self) -> list[ItemBoxes]:
        return [
            ItemBoxes(
                item,
                *(self[f"{name}_{item.id}"] for name in _ITEM_FIELDS),
            )
            for item in self.start.items
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        chosen = [item for item in self.start.items if data.get(f"on_{item.id}")]
        if not chosen:
            self.add_error(None, _("至少勾一样货品。"))
        for item in chosen:
            if data.get(f"price_{item.id}") is None and f"price_{item.id}" not in self.errors:
                self.add_error(f"price_{item.id}", _("%(name)s要写团价。") % {"name": item.name})
            self._check_tier(item, data)
        self._check_times(data)
        if data.get("pickup_date") and self._is_proposed(data.get("title")):
            data["title"] = title_for(self.start.brand, data["pickup_date"])
        return data

    def _check_tier(self, item: ItemRow, data: dict[str, Any]) -> None:
        """A tier needs both: from how much on, and the price then."""
        boxes = (f"tier_from_{item.id}", f"tier_price_{item.id}")
        empty = [box for box in boxes if data.get(box) is None and box not in self.errors]
        if len(empty) == 1 and not any(box in self.errors for box in boxes):
            self.add_error(
                empty[0],
                _("%(name)s的阶梯价要写两样：满多少，满了之后多少钱。") % {"name": item.name},
            )

    def _check_times(self, data: dict[str, Any]) -> None:
        keys = ("cut_off_date", "cut_off_time", "pickup_date", "pickup_from", "pickup_until")
        if not all(data.get(key) is not None for key in keys):
            return
        data["cut_off_at"] = self._moment(data["cut_off_date"], data["cut_off_time"])
        data["pickup_start"] = self._moment(data["pickup_date"], data["pickup_from"])
        data["pickup_end"] = self._moment(data["pickup_date"], data["pickup_until"])
        if data["pickup_start"] < data["cut_off_at"]:
            self.add_error("pickup_date", _("自提要在截单之后。改一下自提时间。"))
        if data["pickup_end"] <= data["pickup_start"]:
            self.add_error("pickup_until", _("自提结束要晚于开始。改一下自提时间。"))

    def _moment(self, day: date, hour: time) -> datetime:
        """Wall-clock time of the group as a moment in UTC."""
        return _moment(day, hour, self.group)

    def refuse(self, refusal: Any) -> None:
        """As PlainForm; services speak of cut_off and pickup, the form has two boxes for each."""
        names = {"cut_off": "cut_off_date", "pickup": "pickup_date"}
        field = names.get(refusal.field, refusal.field)
        self.add_error(field if field in self.fields else None, refusal.message)

    def spec(self, *, opens_at: datetime) -> RoundSpec:
        data = self.cleaned_data
        return RoundSpec(
            title=data["title"],
            note=data["note"],
            opens_at=opens_at,
            cut_off_at=data["cut_off_at"],
            pickup_point_id=data["pickup_point"],
            pickup_from=data["pickup_start"],
            pickup_until=data["pickup_end"],
            minimum_households=data["minimum_households"],
            minimum_fen=data["minimum_yuan"],
            payee=data["payee"],
            to_the_door=data["to_the_door"],
            offers=[self._offer(item) for item in self.start.items if data[f"on_{item.id}"]],
        )

    def _offer(self, item: ItemRow) -> OfferSpec:
        def value(name: str) -> Any:  # 0 is something typed, for the service to refuse
            return self.cleaned_data[f"{name}_{item.id}"]

        tier_from, tier_fen = value("tier_from"), value("tier_price")
        tiers = [] if tier_from is None else [TierSpec(tier_from, tier_fen)]
        return OfferSpec(
            item_id=item.id,
            price_fen=value("price"),
            capacity=value("capacity"),
            household_limit=value("limit"),
            minimum=value("minimum") or None,
            tiers=tiers,
        )


_ITEM_FIELDS = ("on", "price", "capacity", "limit", "minimum", "tier_from", "tier_price")


def _item_fields(item: ItemRow) -> dict[str, forms.Field]:
    def said(text: str) -> str:
        return f"{item.name} {text}"

    n = item.id
    unit = {"unit": item.unit}
    price = YuanField(label=said(_("团价（元）")), initial=_yuan(item.price_fen))
    tier_price = YuanField(label=said(_("满量后的价（元）")), initial=_yuan(item.tier_fen))
    return {
        f"on_{n}": forms.BooleanField(label=item.name, required=False, initial=item.chosen),
        f"price_{n}": price,
        f"capacity_{n}": _quantity(said(_("库存（%(unit)s）") % unit), item.capacity),
        f"limit_{n}": _quantity(said(_("每户限购（%(unit)s）") % unit), item.household_limit),
        f"minimum_{n}": _quantity(said(_("起订（%(unit)s）") % unit), item.minimum),
        f"tier_from_{n}": _quantity(said(_("大家满多少（%(unit)s）") % unit), item.tier_from),
        f"tier_price_{n}": tier_price,
    }


def _quantity(label: str, initial: Decimal | None) -> QuantityField:
    field = QuantityField(label=label)
    field.initial = "" if initial is None else f"{initial.normalize():f}"
    field.widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    return field


def _yuan(fen: int | None) -> str:
    return "" if fen is None else money.yuan(fen)


def _initial(group: Group, start: Start) -> dict[str, Any]:
    cut_off, pickup = group.local(start.cut_off_at), group.local(start.pickup_from)
    return {
        "title": start.title,
        "note": start.note,
        "cut_off_date": cut_off.date(),
        "cut_off_time": cut_off.time(),
        "pickup_date": pickup.date(),
        "pickup_from": pickup.time(),
        "pickup_until": group.local(start.pickup_until).time(),
        "pickup_point": start.pickup_point_id,
        "minimum_households": start.minimum_households,
        "minimum_yuan": _yuan(start.minimum_fen),
        "payee": start.payee,
        "to_the_door": start.to_the_door,
    }


class ExtendForm(PlainForm):
    """A later cut-off for a round that missed its minimum."""

    cut_off_date = forms.DateField(
        label=gettext_lazy("新的截单日期"), widget=DateInput(format="%Y-%m-%d")
    )
    cut_off_time = forms.TimeField(
        label=gettext_lazy("新的截单时间"), widget=TimeInput(format="%H:%M")
    )

    def moment(self, group: Group) -> datetime:
        data = self.cleaned_data
        return _moment(data["cut_off_date"], data["cut_off_time"], group)


def _moment(day: date, hour: time, group: Group) -> datetime:
    """The calendar's first and last days leave no room for a zone: they are refused as the days
    beside them are."""
    room = timedelta(days=2)
    day = min(max(day, date.min + room), date.max - room)
    return datetime.combine(day, hour, tzinfo=group.zone).astimezone(UTC)


class ReasonForm(PlainForm):
    """A reason that everyone concerned will read."""

    reason = forms.CharField(
        label=gettext_lazy("原因"),
        max_length=200,
        help_text=gettext_lazy("邻居都会看到。"),
        error_messages={"required": gettext_lazy("写明原因，邻居都会看到。")},
    )


class CallOffForm(ReasonForm):
    """Of a round that had come about: whose fault it was, too."""

    fault = forms.ChoiceField(
        label=gettext_lazy("谁的原因"),
        choices=Fault.choices,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("选商家的原因，就记进信誉账本，商家能看到。"),
        error_messages={"required": gettext_lazy("选一个：是谁的原因。")},
    )
