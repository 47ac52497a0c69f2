"""Photos people send: checked by their header, turned upright, shrunk, rewritten without EXIF."""

from __future__ import annotations

import io
import warnings
from typing import IO

from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from tuangou.core.errors import ImageRefused

LARGEST_BYTES = 8 * 2**20
LARGEST_PIXELS = 24_000_000
LONGEST_SIDE = 1280
SMALL_SIDE = 224  # in lists: 88 px wide on a phone
SMALL_BYTES = 10_000  # so that a round of twelve goods stays under 150 kB
SMALL_QUALITIES = (75, 60, 45, 30)
SMALL = "-s.webp"
FORMATS = ("JPEG", "PNG", "WEBP")
QUALITY = 80


def reencode(upload: IO[bytes], *, longest_side: int = LONGEST_SIDE) -> bytes:
    """WebP of an uploaded photo, upright, at most `longest_side` pixels, nothing but pixels in it.

    Raises ImageRefused over 8 MiB or 24 megapixels (read from the header, before any pixel is
    decoded) and for whatever is not a whole JPEG, PNG or WebP.
    """
    data = upload.read(LARGEST_BYTES + 1)
    if len(data) > LARGEST_BYTES:
        raise ImageRefused(_("照片超过 8 MB，压缩后再传"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise _too_many_pixels() from error
    except (OSError, ValueError, SyntaxError) as error:
        raise _no_photo() from error
    if image.width * image.height > LARGEST_PIXELS:
        raise _too_many_pixels()
    try:
        return _rewritten(image, longest_side)
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError) as error:
        raise _no_photo() from error


def small_copy(photo: bytes) -> bytes:
    """The copy for lists of a photo that `reencode` gave: as good as SMALL_BYTES allow."""
    image = Image.open(io.BytesIO(photo), formats=FORMATS).convert("RGB")
    image.thumbnail((SMALL_SIDE, SMALL_SIDE), Image.Resampling.LANCZOS)
    for quality in SMALL_QUALITIES:
        out = io.BytesIO()
        image.save(out, "WEBP", quality=quality, method=4)
        if out.tell() <= SMALL_BYTES:
            break
    return out.getvalue()


def small_name(name: str) -> str:
    """Where the small copy of a photo lies: items/0a….webp → items/0a…-s.webp."""
    return name.removesuffix(".webp") + SMALL


def _rewritten(image: Image.Image, longest_side: int) -> bytes:
    image.draft("RGB", (longest_side, longest_side))  # JPEG: decode at a fraction of the size
    upright = ImageOps.exif_transpose(image)
    upright.thumbnail((longest_side, longest_side), Image.Resampling.LANCZOS)
    has_alpha = upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info
    flat = Image.new("RGB", upright.size, "white")
    if has_alpha:
        layer = upright.convert("RGBA")
        flat.paste(layer, mask=layer.getchannel("A"))
    else:
        flat.paste(upright.convert("RGB"))
    out = io.BytesIO()
    flat.save(out, "WEBP", quality=QUALITY, method=4)
    return out.getvalue()


def _too_many_pixels() -> ImageRefused:
    return ImageRefused(_("照片的像素太多（最多 2400 万），缩小后再传"))


def _no_photo() -> ImageRefused:
    return ImageRefused(_("这个文件打不开。照片用 JPG、PNG 或 WebP 格式"))
