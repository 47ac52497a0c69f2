"""The schema, the page that explains it, and the answer to addresses that are not there."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from tuangou.core import requests
from tuangou.core.api import handbook
from tuangou.core.api.paging import MOST as MOST_ROWS
from tuangou.core.api.paging import USUAL
from tuangou.core.api.schema import schema_in
from tuangou.core.api.views import ApiView
from tuangou.core.api.wire import MOST
from tuangou.core.models import Scope


@extend_schema(exclude=True)
class SchemaView(ApiView):
    """OpenAPI 3.1, for anyone: it describes, it tells nothing."""

    permission_classes = [AllowAny]

    def get(self, request: Request) -> Response:
        schema = schema_in(translation.get_language() or "zh-hans")
        return Response(schema, headers={"Cache-Control": "public, max-age=300"})


@extend_schema(exclude=True)
class MissingView(ApiView):
    """Whatever else is asked for under /api/v1/."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        requests.begin()
        self._speak(request)
        raise Http404


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """How to write a client: one page, made from the schema."""
    address = f"{request.scheme}://{request.get_host()}"
    context = {
        "sections": handbook.sections(translation.get_language() or "zh-hans", address),
        "errors": handbook.errors(),
        "scopes": Scope.choices,
        "most": MOST,
        "rows": {"usual": USUAL, "most": MOST_ROWS},
        "address": address,
    }
    response = render(request, "api/docs.html", context)
    patch_vary_headers(response, ("Accept-Language", "Cookie"))
    return response
