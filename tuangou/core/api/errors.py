"""Whatever goes wrong in the API, as a problem (RFC 9457), in the caller's language."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFilesSent,
)
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions

from tuangou.core.errors import DomainError
from tuangou.core.http import database_response
from tuangou.core.problems import FieldError, Problem, of_refusal, response_of

_OFFER = re.compile(r"offer_\d+")


class ApiRefusal(DomainError):
    """A refusal of the API itself, before any rule is asked."""

    status = 400
    code = "bad_request"


class KeyMissing(ApiRefusal):
    code = "idempotency_key_missing"


class TokenRefused(ApiRefusal):
    """No living token of an active person; says no more than that."""

    code = "token_invalid"
    status = 401


class ScopeMissing(ApiRefusal):
    code = "scope_missing"
    status = 403


class CsrfFailed(ApiRefusal):
    code = "csrf"
    status = 403


class TooLarge(ApiRefusal):
    code = "too_large"
    status = 413


class Unreadable(ApiRefusal):
    code = "unreadable"


def handle(exc: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """DRF's exception handler. None for what we do not know: a 500 of ours."""
    view = context.get("view")
    if isinstance(exc, OperationalError | InterfaceError):
        return database_response(context["request"]._request, exc)
    problem = _problem(exc, getattr(view, "field_names", {}))
    if problem is None:
        return None
    response = response_of(problem)
    if problem.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    if isinstance(exc, exceptions.MethodNotAllowed):
        response["Allow"] = ", ".join(getattr(view, "allowed_methods", ()))
    return response


def _problem(exc: Exception, field_names: Mapping[str, str]) -> Problem | None:
    if isinstance(exc, DomainError):
        named = "lines" if _OFFER.fullmatch(exc.field) else exc.field
        return of_refusal(exc, field_names.get(named, named))
    if isinstance(exc, Http404 | exceptions.NotFound):
        return Problem(404, "not_found", _("没有这一项，或者不归你看。核对地址。"))
    if isinstance(exc, PermissionDenied | exceptions.PermissionDenied):
        return Problem(403, "not_allowed", _("这不归你做。有事问团长。"))
    if isinstance(exc, RequestDataTooBig | TooManyFilesSent):
        return Problem(413, TooLarge.code, _("传上来的内容太大。照片每张不超过 8 MB，分几次传"))
    if isinstance(exc, SuspiciousOperation):
        return Problem(400, Unreadable.code, _("这个请求看不懂，核对后再发。"))
    if isinstance(exc, exceptions.APIException):
        return _of_framework(exc)
    return None


def _of_framework(exc: exceptions.APIException) -> Problem:
    if isinstance(exc, exceptions.ValidationError):
        errors = list(_flat(exc.detail, ""))
        detail = errors[0].detail if errors else _("填的内容不对，核对后再发。")
        return Problem(422, "invalid_input", detail, errors=errors)
    if isinstance(exc, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        return Problem(401, "not_signed_in", _("带上令牌：Authorization: Bearer tg_…，或先登录。"))
    if isinstance(exc, exceptions.MethodNotAllowed):
        return Problem(405, "method_not_allowed", _("这个地址不能这样用，看看接口说明。"))
    if isinstance(exc, exceptions.UnsupportedMediaType):
        return Problem(415, "unsupported_media_type", _("内容要是 JSON（application/json）。"))
    if isinstance(exc, exceptions.Throttled):
        seconds = max(1, math.ceil(getattr(exc, "wait", None) or 1))
        return Problem(429, "too_many", _("用得太勤了，等一会儿再来。"), retry_after=seconds)
    return Problem(400, Unreadable.code, _("这个请求看不懂，核对后再发。"))


def _flat(detail: Any, path: str) -> Iterator[FieldError]:
    """{"lines": [{}, {"quantity": ["…"]}]} → lines.1.quantity: …"""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            own = "" if name == "non_field_errors" else str(name)
            yield from _flat(inner, ".".join(part for part in (path, own) if part))
    elif isinstance(detail, list):
        for place, inner in enumerate(detail):
            nested = isinstance(inner, Mapping | list)
            yield from _flat(inner, f"{path}.{place}".strip(".") if nested else path)
    else:
        yield FieldError(path, str(detail))
