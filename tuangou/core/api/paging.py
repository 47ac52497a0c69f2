"""Lists in pieces: `?cursor=…&limit=…`, stable by key; `next` is the address of the next piece."""

from __future__ import annotations

from functools import cache
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request

from tuangou.core.feeds import Feed

USUAL, MOST = 50, 100
_WRONG: dict[str, Any] = {"invalid": _("这里要整数")}


class PageQuery(serializers.Serializer[Any]):
    """Where to go on, and how many at once. Subclasses add filters."""

    cursor = serializers.RegexField(
        r"^[0-9]{1,18}$",
        required=False,
        help_text=_("从哪里接着读：上一次的 next 里有"),
        error_messages={"invalid": _("这个 cursor 不对，用上一次的 next")},
    )
    limit = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST,
        default=USUAL,
        help_text=_("一次最多几条，1 到 100"),
        error_messages=_WRONG,
    )


def asked(request: Request, query: type[serializers.Serializer[Any]]) -> dict[str, Any]:
    """What stands behind the question mark, checked. Raises ValidationError (422)."""
    form = query(data={name: request.query_params[name] for name in request.query_params})
    form.is_valid(raise_exception=True)
    data: dict[str, Any] = form.validated_data
    if "cursor" in form.fields:
        cursor = data.get("cursor")
        data["cursor"] = int(cursor) if cursor else None
    return data


def page_body(
    request: Request,
    found: Feed[Any],
    row: type[serializers.Serializer[Any]],
    *,
    cursor: str = "cursor",
) -> dict[str, Any]:
    """{"results": […], "next": address or null}; `cursor` is what the parameter is called."""
    following = None
    if found.next is not None:
        kept = {n: v for n, v in request.query_params.items() if n != cursor}
        following = f"{request.path}?{urlencode(kept | {cursor: found.next})}"
    return {"results": row(found.rows, many=True).data, "next": following}


@cache
def paged(row: type[serializers.Serializer[Any]]) -> type[serializers.Serializer[Any]]:
    """The documented shape of a piece of a list of these."""
    fields = {
        "results": row(many=True),
        "next": serializers.CharField(allow_null=True, help_text=_("下一段的地址；没有了是 null")),
    }
    return type(f"{row.__name__}Page", (serializers.Serializer,), fields)
