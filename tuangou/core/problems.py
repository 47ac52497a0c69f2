"""What went wrong, for programs: problem details as RFC 9457 writes them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from tuangou.core.errors import DomainError

CONTENT_TYPE = "application/problem+json"
EXPLAINED_AT = "/api/v1/docs/#error-"

TITLES = {
    400: _("请求看不懂"),
    401: _("要先登录"),
    403: _("没有这个权限"),
    404: _("没有找到"),
    405: _("这个地址不能这样用"),
    409: _("规则不允许"),
    413: _("传上来的内容太大"),
    415: _("内容的格式不对"),
    422: _("填的内容不对"),
    429: _("太多次了"),
    500: _("出错了"),
    503: _("暂时办不了"),
}


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field: `lines.0.quantity`, and a sentence."""

    field: str
    detail: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One refusal or failure. `code` is for programs, `rule` the rule's id ("O3") or empty."""

    status: int
    code: str
    detail: str
    rule: str = ""
    errors: Sequence[FieldError] = ()
    retry_after: int = 0

    def body(self) -> dict[str, Any]:
        return {
            "type": EXPLAINED_AT + self.code,
            "title": str(TITLES.get(self.status, TITLES[400])),
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "rule": self.rule,
            "errors": [{"field": e.field, "detail": e.detail} for e in self.errors],
        }


def of_refusal(refusal: DomainError, field: str | None = None) -> Problem:
    """A rule's own sentence; `field` is the name that the caller knows, else the rule's."""
    named = refusal.field if field is None else field
    return Problem(
        status=refusal.status,
        code=refusal.code,
        detail=refusal.message,
        rule=refusal.rule,
        errors=(FieldError(named, refusal.message),) if named else (),
        retry_after=int(refusal.details.get("retry_after", 0)),
    )


def response_of(problem: Problem) -> HttpResponse:
    """The answer; never kept by anyone."""
    body = json.dumps(problem.body(), ensure_ascii=False, separators=(",", ":"))
    response = HttpResponse(body, content_type=CONTENT_TYPE, status=problem.status)
    response["Cache-Control"] = "no-store"
    if problem.retry_after:
        response["Retry-After"] = str(problem.retry_after)
    return response
