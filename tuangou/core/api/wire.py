"""What goes over the wire: JSON in and out, and how many requests a minute."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from allauth.core.internal.httpkit import get_client_ip
from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from tuangou.core import limits
from tuangou.core.api.errors import TooLarge, Unreadable
from tuangou.core.errors import TooMany
from tuangou.core.models import ApiToken, User

PER = timedelta(minutes=1)
MOST = {"read": 600, "write": 120, "anonymous": 60}  # requests a minute, per token, person, address


class Json(JSONRenderer):
    charset = None


class AlwaysJson(BaseContentNegotiation):
    """Whatever is accepted, JSON is what there is."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        kind = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == kind), None)

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class JsonBody(BaseParser):
    """A JSON object of at most DATA_UPLOAD_MAX_MEMORY_SIZE, in UTF-8."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        data = stream.read(most + 1)
        if len(data) > most:
            raise TooLarge(_("传上来的内容太大，分几次传"))
        try:
            return json.loads(data, parse_constant=_no_constant) if data.strip() else {}
        except (ValueError, RecursionError) as error:
            raise Unreadable(_("这不是能读的 JSON，核对后再发。")) from error


def _no_constant(name: str) -> Any:
    raise ValueError(name)


class Rate(BaseThrottle):
    """A window of a minute per token, per person of a session, or per address of a stranger."""

    wait_seconds = 0

    def allow_request(self, request: Request, view: Any) -> bool:
        safe = request.method in {"GET", "HEAD", "OPTIONS"}
        kind, key = ("read" if safe else "write"), f"u{request.user.pk}"
        if isinstance(request.auth, ApiToken):
            key = f"t{request.auth.pk}"
        elif not isinstance(request.user, User):
            kind, key = "anonymous", get_client_ip(request._request) or ""
        try:
            limits.spend(f"api.{kind}", key, most=MOST[kind], per=PER)
        except TooMany as refusal:
            self.wait_seconds = refusal.retry_after
            return False
        return True

    def wait(self) -> float:
        return self.wait_seconds
