"""Between the rules and the browser: request ids, refusals as plain answers, plain forms.

Whatever goes wrong in a way we know becomes a sentence with the right status: a rule said no
(409, 403, 422), too much is going on (503, try again in seconds), the database is away (503),
the upload is too large (413). Pages for the last three touch neither database nor session.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import structlog
from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from tuangou.core import problems
from tuangou.core.errors import DomainError, TooMany

GetResponse = Callable[[HttpRequest], HttpResponseBase]

# lock not available, deadlock, serialization failure, statement timeout
BUSY_STATES = frozenset({"55P03", "40P01", "40001", "57014"})
BUSY_RETRY_SECONDS = 2
DOWN_RETRY_SECONDS = 30
_REQUEST_ID = re.compile(r"[\w-]{8,64}")

log = structlog.get_logger("tuangou.request")


def wants_json(request: HttpRequest) -> bool:
    """Whether the caller is a program: under /api/, or it asked for JSON and not for HTML."""
    accept = request.headers.get("Accept", "")
    return request.path.startswith("/api/") or (
        "application/json" in accept and "text/html" not in accept
    )


class RequestIdMiddleware:
    """Gives every request an id, puts it on all its log lines and on the answer."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-ID", "") if settings.TRUSTED_PROXIES else ""
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        response = self.get_response(request)
        response["X-Request-ID"] = request_id
        user = getattr(request, "_cached_user", None)
        log.info(
            "request",
            method=request.method,
            path=request.path,
            status=response.status_code,
            ms=round((time.perf_counter() - started) * 1000),
            user=getattr(user, "pk", None),
        )
        return response


class RefusalMiddleware:
    """A view raised a refusal it did not put on its own form: answer with a page of its own."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exc: Exception) -> HttpResponse | None:
        if isinstance(exc, DomainError):
            return refusal_response(request, exc)
        if isinstance(exc, OperationalError | InterfaceError):
            return database_response(request, exc)
        return None


def refusal_response(request: HttpRequest, refusal: DomainError) -> HttpResponse:
    """The rule's own sentence, as a page or as JSON, with the status of its kind."""
    if wants_json(request):
        return problems.response_of(problems.of_refusal(refusal))
    context = {"refusal": refusal, "back": back_link(request)}
    response = render(request, "refused.html", context, status=refusal.status)
    if isinstance(refusal, TooMany):
        response["Retry-After"] = str(refusal.retry_after)
    return response


def database_response(request: HttpRequest, exc: Exception) -> HttpResponse:
    """503: too busy for a moment, or the database is away. Uses no session, user or query."""
    busy = getattr(exc.__cause__, "pgcode", None) in BUSY_STATES
    log.warning("database_busy" if busy else "database_down", error=str(exc).strip())
    if busy:
        sentence, seconds = (
            _("现在人太多，没办成。过几秒再试一次，已填的内容不会重复提交"),
            BUSY_RETRY_SECONDS,
        )
    else:
        sentence, seconds = (
            _("系统正在恢复，几分钟后再来。没提交成功的内容不会算数"),
            DOWN_RETRY_SECONDS,
        )
    return plain_response(
        request,
        status=503,
        code="busy" if busy else "unavailable",
        sentence=sentence,
        retry=seconds,
    )


def plain_response(
    request: HttpRequest, *, status: int, code: str, sentence: str, retry: int = 0
) -> HttpResponse:
    """A page without session, user or menu, for when these cannot be had."""
    if wants_json(request):
        problem = problems.Problem(status, code, sentence, retry_after=retry)
        return problems.response_of(problem)
    page = f"{status}.html" if status in {500, 503} else "plain.html"
    again = request.get_full_path() if retry and request.method in {"GET", "HEAD"} else ""
    size = request.COOKIES.get("size")
    context = {"sentence": sentence, "retry_path": again, "size": size}
    response = HttpResponse(render_to_string(page, context), status=status)
    if retry:
        response["Retry-After"] = str(retry)
    response["Cache-Control"] = "no-store"
    return response


def back_link(request: HttpRequest) -> str:
    """The page of ours the person came from, or the start page."""
    referer = request.headers.get("Referer", "")
    own = f"{request.scheme}://{request.get_host()}/"
    return referer.removeprefix(own[:-1]) if referer.startswith(own) else "/"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler400: an unreadable or oversized request."""
    if isinstance(exception, RequestDataTooBig | TooManyFilesSent):
        sentence = _("传上来的内容太大。照片每张不超过 8 MB，分几次传")
        return plain_response(request, status=413, code="too_large", sentence=sentence)
    sentence = _("这个请求看不懂。回到上一页，重新打开再试")
    return plain_response(request, status=400, code="bad_request", sentence=sentence)


def too_many(request: HttpRequest) -> HttpResponse:
    """handler429: a rate limit of the sign-in pages."""
    sentence = _("试得太多了，5 分钟后再来")
    return plain_response(request, status=429, code="too_many", sentence=sentence, retry=300)


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500. Trouble with the database outside of views (session, language) lands here too."""
    exc = sys.exc_info()[1]
    if isinstance(exc, OperationalError | InterfaceError):
        return database_response(request, exc)
    sentence = _("这一步出错了，已记下。过一会儿再试，还不行就告诉团长")
    return plain_response(request, status=500, code="error", sentence=sentence)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    log.info("csrf_refused", reason=reason)
    sentence = _("这个页面放得太久了。回到上一页，刷新后再提交")
    return plain_response(request, status=403, code="csrf", sentence=sentence)


def person_id(request: HttpRequest) -> int:
    """Id of the signed-in person; for views behind login_required."""
    pk = request.user.pk
    if pk is None:
        raise PermissionDenied
    return int(pk)


UNNAMED = forms.Field.default_error_messages["required"]


class PlainForm(forms.Form):
    """Checked on submit by us, never by the browser; labels without a colon. A box that has no
    sentence of its own for being empty is named."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if field.error_messages.get("required") is UNNAMED and field.label:
                field.error_messages["required"] = _("「%(label)s」还没填。") % {
                    "label": field.label
                }

    def refuse(self, refusal: DomainError) -> None:
        """Show a service's refusal on this form, beside its field if it names one of ours."""
        field = refusal.field if refusal.field in self.fields else None
        self.add_error(field, refusal.message)


class RequestForm(PlainForm):
    """A form that may be sent twice: its request id makes the second sending the same act (O4)."""

    request_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def refuse(self, refusal: DomainError) -> None:
        """As PlainForm, and with a new id: a late copy of the refused form stays refused."""
        super().refuse(refusal)
        self.data = renewed(self.data, self.add_prefix("request_id"))


def renewed(data: Any, name: str) -> Any:
    """A copy of posted data with a new request id under `name`."""
    copy = data.copy() if isinstance(data, QueryDict | dict) else dict(data)
    copy[name] = str(uuid4())
    return copy


def request_id_of(form: forms.Form) -> UUID:
    """The id of a valid RequestForm."""
    value: UUID = form.cleaned_data["request_id"]
    return value
