"""How an address is documented: one decorator per method, which also says the scope it needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers

from tuangou.core.api.fields import Answer
from tuangou.core.api.paging import paged
from tuangou.core.api.views import KEY_HEADER, REPLAYED_HEADER
from tuangou.core.models import Scope
from tuangou.core.problems import CONTENT_TYPE

F = TypeVar("F", bound=Callable[..., Any])
Words = str | Promise
Kind = type[serializers.Serializer[Any]]

PREFIX = "/api/v1/"


class FieldProblem(Answer):
    field = serializers.CharField(help_text=_("哪一项，例如 lines.0.quantity"))
    detail = serializers.CharField(help_text=_("怎么了"))


class ProblemDetails(Answer):
    """RFC 9457."""

    type = serializers.CharField(help_text=_("这种错误的说明在哪里"))
    title = serializers.CharField(help_text=_("哪一类"))
    status = serializers.IntegerField(help_text=_("HTTP 状态"))
    detail = serializers.CharField(help_text=_("一句话：哪条规则，接下来怎么办"))
    code = serializers.CharField(help_text=_("给程序看的名字，不会变"))
    rule = serializers.CharField(allow_blank=True, help_text=_("规则的编号，例如 O3；没有就空着"))
    errors = FieldProblem(many=True, help_text=_("每一项的错误"))  # type: ignore[assignment]


_WHY = {
    400: _("请求看不懂，或少了 Idempotency-Key"),
    401: _("没带令牌，或令牌不能用"),
    403: _("不归你做，或令牌没有这个用途"),
    404: _("没有这一项；别人的和没有的，答得一样"),
    405: _("这个地址不能这样用"),
    409: _("规则不允许，或同一个 Idempotency-Key 发了不同的内容"),
    413: _("内容太大"),
    415: _("内容不是 JSON"),
    422: _("填的内容不对，errors 里写着哪一项"),
    429: _("太勤了，Retry-After 写着等几秒"),
    503: _("一时忙不过来，Retry-After 写着等几秒"),
}
_ALWAYS = (401, 403, 404, 405, 422, 429, 503)
_ON_POST = (400, 409, 413, 415)


def operation(
    name: str,
    *,
    tag: Words,
    summary: Words,
    gives: Kind | None,
    takes: Kind | Mapping[str, Any] | None = None,
    scope: Scope | None = Scope.READ,
    status: int = 200,
    query: Kind | None = None,
    page: bool = False,
    many: bool = False,
    description: Words = "",
    media_types: tuple[str, ...] = ("application/json",),
    more: Mapping[int, Words] | None = None,
) -> Callable[[F], F]:
    """Document a method of an ApiView. `takes` given: it is a POST. `page`: a piece of a list."""
    is_post = takes is not None
    shape: Any = gives
    if gives is not None and page:
        shape = paged(gives)
    elif gives is not None and many:
        shape = gives(many=True)
    elif gives is None:
        shape = OpenApiTypes.BINARY
    responses: dict[Any, Any] = {
        (status, media_type): OpenApiResponse(shape, summary) for media_type in media_types
    }
    for code in (*_ALWAYS, *(_ON_POST if is_post else ())):
        responses[code, CONTENT_TYPE] = OpenApiResponse(ProblemDetails, _WHY[code])
    for code, why in (more or {}).items():
        responses[code] = OpenApiResponse(None, why)

    def decorate(method: F) -> F:
        method.scope = scope  # type: ignore[attr-defined]
        documented: F = extend_schema(
            operation_id=name,
            tags=[tag],  # type: ignore[list-item]
            summary=summary,
            description=description or summary,
            parameters=_parameters(query, status) if is_post else ([query] if query else []),
            request=takes if is_post else None,
            responses=responses,
            auth=None if scope else [],
            extensions={"x-scope": str(scope)} if scope else {},
        )(method)
        return documented

    return decorate


def _parameters(query: Kind | None, status: int) -> Sequence[Any]:
    headers = [
        OpenApiParameter(
            KEY_HEADER,
            OpenApiTypes.UUID,
            OpenApiParameter.HEADER,
            required=True,
            description=_("一个新的 UUID；同一件事再发一次，用同一个"),
        ),
        OpenApiParameter(
            REPLAYED_HEADER,
            str,
            OpenApiParameter.HEADER,
            response=[status],
            description=_("true：这是第一次的答复，没有再做一遍"),
        ),
    ]
    return [*([query] if query else []), *headers]


def only_api(endpoints: Sequence[Any], **kwargs: Any) -> list[Any]:
    """Spectacular's hook: what lies under the prefix and is documented."""
    return [
        (path, regex, method, view)
        for path, regex, method, view in endpoints
        if path.startswith(PREFIX) and getattr(view.cls, method.lower(), None) is not None
    ]


def closed_bodies(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Spectacular's hook: a body holds what is documented and nothing else."""
    for operations in result["paths"].values():
        for one in operations.values():
            for content in one.get("requestBody", {}).get("content", {}).values():
                _close(content["schema"], result["components"]["schemas"])
    for component in result["components"]["schemas"].values():
        component.pop("description", None)  # a docstring of ours, in English
        for inner in component.get("properties", {}).values():
            inner.pop("x-spec-enum-id", None)
    return result


def _close(schema: dict[str, Any], known: dict[str, Any]) -> None:
    if "$ref" in schema:
        schema = known[schema["$ref"].rpartition("/")[2]]
    if schema.get("type") == "object":
        schema["additionalProperties"] = False
        for inner in schema.get("properties", {}).values():
            _close(inner, known)
    for key in ("items",):
        if key in schema:
            _close(schema[key], known)
    for inner in (*schema.get("allOf", ()), *schema.get("oneOf", ()), *schema.get("anyOf", ())):
        _close(inner, known)


@cache
def schema_in(language: str) -> dict[str, Any]:
    """The whole schema in a language; made once per process."""
    with translation.override(language):
        made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return made


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "tuangou.core.api.authentication.Token"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "tg_…"}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "tuangou.core.api.authentication.Session"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "apiKey", "in": "cookie", "name": "session"}
