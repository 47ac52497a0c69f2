"""Photos of goods. Their names are drawn at random; those of returns are not served here."""

from __future__ import annotations

import re

from django.contrib.auth.decorators import login_required
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_GET

_NAME = re.compile(r"[0-9a-f]{32}\.webp")


@login_required
@require_GET
def item_photo(request: HttpRequest, name: str) -> FileResponse:
    """One photo, for anyone signed in; it never changes under its name."""
    if not _NAME.fullmatch(name):
        raise Http404
    try:
        photo = default_storage.open(f"items/{name}")
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(photo, content_type="image/webp")
    response["Cache-Control"] = "private, max-age=31536000, immutable"
    return response
