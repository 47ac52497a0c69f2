"""A paper slip being keyed in: the door first, then letters or boxes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from groups.models import Building, Membership
from orders.forms.orders import QuantityField
from orders.queries.slips import Door, LetteredOffer, door_of
from tuangou.core.http import RequestForm

NEW = "new"
# "A2", "A 2", "a×2.5", and a bare "A", which means one.
_PART = re.compile(r"([A-Z])\s*[X×*]?\s*(\d{1,6}(?:\.\d{1,3})?)?[\s,;、。/+]*")


class SlipForm(RequestForm):
    """cleaned_data["quantities"] is {offer id: quantity}, ["where"] the Door of the flat."""

    door = forms.CharField(
        label=gettext_lazy("门牌"),
        required=False,
        max_length=40,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "spellcheck": "false",
                "placeholder": "3-502",
                "autofocus": True,
            }
        ),
    )
    letters = forms.CharField(
        label=gettext_lazy("订了什么"),
        required=False,
        max_length=200,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "placeholder": "A2 B1"}
        ),
    )
    name = forms.CharField(
        label=gettext_lazy("姓名"),
        required=False,
        max_length=30,
        help_text=gettext_lazy("新住户才要填"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    note = forms.CharField(label=gettext_lazy("备注"), required=False, max_length=200)
    building = forms.ChoiceField(label=gettext_lazy("楼栋"), required=False)
    unit = forms.CharField(label=gettext_lazy("单元"), required=False, max_length=10)
    room = forms.CharField(label=gettext_lazy("房号"), required=False, max_length=12)

    def __init__(
        self,
        *args: Any,
        goods: Sequence[LetteredOffer],
        buildings: Sequence[Building],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.goods = goods
        self.buildings = buildings
        choices = [("", _("选楼栋")), *((str(b.pk), b.name) for b in buildings)]
        cast(forms.ChoiceField, self.fields["building"]).choices = choices
        for row in goods:
            self.fields[row.offer.field] = QuantityField(label=row.offer.name)

    def ask_who(self, people: Iterable[Membership]) -> None:
        """Several may be meant: the officer says which one, or that it is somebody new."""
        name = self.data.get("name", "").strip()
        choices = [(str(person.pk), person.nickname) for person in people]
        if name:
            choices.append((NEW, _("新加「%(name)s」") % {"name": name}))
        self.fields["person"] = forms.ChoiceField(
            label=_("这户是哪一位"), choices=choices, widget=forms.RadioSelect, required=False
        )

    @property
    def boxes(self) -> list[tuple[LetteredOffer, Any]]:
        """Each offer with its box."""
        return [(row, self[row.offer.field]) for row in self.goods]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        data["quantities"] = self._quantities(data)
        data["where"] = self._where(data)
        return data

    def _where(self, data: Mapping[str, Any]) -> Door | None:
        chosen = next((b for b in self.buildings if str(b.pk) == data.get("building")), None)
        if chosen is not None and data.get("room"):
            return Door(chosen, data.get("unit", ""), data["room"])
        typed = data.get("door", "")
        if not typed:
            if "door" not in self.errors:
                self.add_error("door", _("先写门牌，例如 3-502"))
            return None
        door = door_of(typed, self.buildings)
        if door is None:
            self.add_error(
                "door", _("认不出「%(typed)s」。写成 3-502，或在下面选楼栋") % {"typed": typed}
            )
        return door

    def _quantities(self, data: Mapping[str, Any]) -> dict[int, Decimal]:
        boxed = {
            row.offer.id: data[row.offer.field] for row in self.goods if data.get(row.offer.field)
        }
        typed = data.get("letters", "")
        if typed and boxed:
            self.add_error("letters", _("字母和数量只填一样"))
        elif typed:
            return self._spelled(typed)
        elif not boxed and not self.errors:
            self.add_error("letters", _("写上订了什么，例如 A2 B1"))
        return boxed

    def _spelled(self, typed: str) -> dict[int, Decimal]:
        """「A2 B1」 → quantities; every letter must be one of the round's, and stand once."""
        text = unicodedata.normalize("NFKC", typed).upper().strip()
        offers = {row.letter: row.offer for row in self.goods if row.letter}
        found: dict[int, Decimal] = {}
        place = 0
        while place < len(text):
            part = _PART.match(text, place)
            if part is None:
                self._refuse(_("看不懂「%(rest)s」。写成 A2 B1 这样"), rest=text[place:][:20])
                break
            letter, number = part[1], Decimal(part[2] or 1)
            if letter not in offers:
                self._refuse(_("这个团没有 %(letter)s"), letter=letter)
            elif offers[letter].id in found:
                self._refuse(_("%(letter)s 写了两次"), letter=letter)
            elif not number:
                self._refuse(_("%(letter)s 的数量要大于 0"), letter=letter)
            else:
                found[offers[letter].id] = number
            place = part.end()
        return found

    def _refuse(self, sentence: str, **values: str) -> None:
        if "letters" not in self.errors:
            self.add_error("letters", sentence % values)
