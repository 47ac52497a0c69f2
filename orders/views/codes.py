"""A QR code as a picture that WeChat can read from the screen and from paper (O10)."""

from __future__ import annotations

import io

import segno
from django.http import HttpResponse


def qr_of(address: str) -> HttpResponse:
    """The PNG of an address, kept by the browser for a day."""
    picture = io.BytesIO()
    segno.make(address, error="m").save(picture, kind="png", scale=6, border=4)
    response = HttpResponse(picture.getvalue(), content_type="image/png")
    response["Cache-Control"] = "private, max-age=86400"
    return response
