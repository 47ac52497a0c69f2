"""Photos of goods. Their names are drawn at random; those of returns are not served here."""

from __future__ import annotations

import re

from django.contrib.auth.decorators import login_required
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_GET

_NAME = re.compile(r"([0-9a-f]{32})(-s)?\.webp")


@login_required
@require_GET
def item_photo(request: HttpRequest, name: str) -> FileResponse:
    """One photo, for anyone signed in; it never changes under its name. Where there is no small
    copy the photo itself is given."""
    found = _NAME.fullmatch(name)
    if not found:
        raise Http404
    names = dict.fromkeys((name, f"{found[1]}.webp"))
    path = next((p for n in names if default_storage.exists(p := f"items/{n}")), "")
    if not path:
        raise Http404
    photo = default_storage.open(path)
    response = FileResponse(photo, content_type="image/webp")
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, max-age=31536000, immutable"
    return response
