"""Fields of the API: strict about types, with sentences of ours. Money is fen, quantity a string.

A body names exactly the fields that are documented: an unknown one is refused, so nothing that a
caller may not set is silently dropped or taken.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

LARGEST_ID = 2**63 - 1
LARGEST_FEN = 10**10 - 1
_DEGREES = re.compile(r"-?[0-9]{1,2}(\.[0-9])?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_QUANTITY = re.compile(r"[0-9]{1,6}(\.[0-9]{1,3})?")
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_MISSING: dict[str, Any] = {"required": _("少了这一项"), "null": _("这一项不能是 null")}

_NO_OBJECT: dict[str, Any] = {"invalid": _("这里要一个 JSON 对象")}


class Body(serializers.Serializer[Any]):
    """What is sent. Subclasses name every field."""

    default_error_messages = _NO_OBJECT

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = [str(name) for name in data if name not in self.fields]
            if unknown:
                raise serializers.ValidationError({key: [_("没有这一项")] for key in unknown})
        return super().to_internal_value(data)


class Empty(Body):
    """Nothing to say: {} or no body."""


class Answer(serializers.Serializer[Any]):
    """What is given back."""


class Text(serializers.CharField):
    default_error_messages = _MISSING | {
        "invalid": _("这里要文字"),
        "blank": _("这一项不能空着"),
        "max_length": _("最多 {max_length} 个字"),
    }

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Whole(serializers.IntegerField):
    default_error_messages = _MISSING | {
        "invalid": _("这里要整数"),
        "max_value": _("最大 {max_value}"),
        "min_value": _("最小 {min_value}"),
    }

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, float) and data.is_integer():  # 2.0 is a whole number in JSON Schema
            data = int(data)
        if type(data) is not int:
            self.fail("invalid")
        return super().to_internal_value(data)


class Id(Whole):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": 1, "max_value": LARGEST_ID} | kwargs)


class FormId(serializers.IntegerField):
    """An id in a form (multipart), where everything is text."""

    default_error_messages = Whole.default_error_messages

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": 1, "max_value": LARGEST_ID} | kwargs)


class Fen(Whole):
    """An amount that is sent."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": 1, "max_value": LARGEST_FEN} | kwargs)


@extend_schema_field({"type": "integer", "format": "int64"})
class FenOut(serializers.IntegerField):
    """An amount that is given back; may be negative where it is a balance."""


class Flag(serializers.BooleanField):
    default_error_messages = _MISSING | {"invalid": _("这里要 true 或 false")}

    def to_internal_value(self, data: Any) -> bool:
        if data is not True and data is not False:
            self.fail("invalid", input=data)
        return bool(data)


class Choice(serializers.ChoiceField):
    default_error_messages = _MISSING | {"invalid_choice": _("没有这个选项")}

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid_choice", input=data)
        return super().to_internal_value(data)


class Many(serializers.ListField):
    default_error_messages = _MISSING | {
        "not_a_list": _("这里要一个列表"),
        "empty": _("至少一样"),
        "min_length": _("至少 {min_length} 样"),
        "max_length": _("最多 {max_length} 样"),
    }


@extend_schema_field({"type": "string", "pattern": r"^[0-9]{1,6}(\.[0-9]{1,3})?$"})
class Quantity(serializers.Field[Decimal, str, str, Any]):
    """ "2" or "0.5": a string, so that no program makes a binary fraction of it."""

    default_error_messages = _MISSING | {"invalid": _('数量写成 "2" 或 "0.5" 这样的文字')}

    def to_internal_value(self, data: Any) -> Decimal:
        if not isinstance(data, str) or not _QUANTITY.fullmatch(data):
            self.fail("invalid")
        return Decimal(data)

    def to_representation(self, value: Decimal) -> str:
        return f"{value.normalize():f}"


@extend_schema_field({"type": "string", "pattern": r"^-?[0-9]{1,2}(\.[0-9])?$"})
class Degrees(serializers.Field[Decimal, str, str, Any]):
    """ "3.5" or "-18": degrees Celsius, as text."""

    default_error_messages = _MISSING | {"invalid": _('温度写成 "3.5" 或 "-18" 这样的文字')}

    def to_internal_value(self, data: Any) -> Decimal:
        if not isinstance(data, str) or not _DEGREES.fullmatch(data):
            self.fail("invalid")
        return Decimal(data)


class Day(serializers.DateField):
    """2026-11-21"""

    default_error_messages = _MISSING | {"invalid": _("日期写成 2026-11-21 这样")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%d"], **kwargs)

    def to_internal_value(self, value: Any) -> Any:
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            self.fail("invalid", format="")
        return super().to_internal_value(value)


@extend_schema_field({"type": "string", "pattern": r"^-?[0-9]+\.[0-9]{2}$"})
class Rate(serializers.Field[Decimal, str, str, Any]):
    """Per cent with two decimals, half up: "2.17"."""

    def to_representation(self, value: Decimal) -> str:
        return f"{value:.2f}"


class Moment(serializers.DateTimeField):
    """A moment with its zone; given back in UTC, with a Z at the end."""

    default_error_messages = _MISSING | {
        "invalid": _("时间写成 2026-11-21T12:00:00Z 这样，带时区"),
        "far": _("时间要在 2000 年到 2100 年之间"),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default_timezone=UTC, **kwargs)

    def to_internal_value(self, value: Any) -> datetime:
        if not isinstance(value, str) or not re.search(r"(Z|z|[+-]\d\d:?\d\d)$", value):
            self.fail("invalid", format="")
        moment: datetime = super().to_internal_value(value)
        if not _EARLIEST <= moment <= _LATEST:
            self.fail("far")
        return moment


class Month(serializers.CharField):
    """2026-11"""

    def to_representation(self, value: Any) -> str:
        return f"{value:%Y-%m}"
