"""Photos people send: opened by a program of its own under limits, rewritten without EXIF."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import IO

from django.utils.translation import gettext as _
from PIL import Image

from tuangou.core import pictures
from tuangou.core.errors import ImageRefused

LARGEST_BYTES = 8 * 2**20
LONGEST_SIDE = 1280
PATIENCE = 20  # seconds on the clock; the program itself ends after MOST_SECONDS of work
SMALL_SIDE = 224  # in lists: 88 px wide on a phone
SMALL_BYTES = 10_000  # so that a round of twelve goods stays under 150 kB
SMALL_QUALITIES = (75, 60, 45, 30)
SMALL = "-s.webp"


def reencode(upload: IO[bytes], *, longest_side: int = LONGEST_SIDE) -> bytes:
    """WebP of an uploaded photo, upright, at most `longest_side` pixels, nothing but pixels in it.

    The file is opened in a process of its own (core.pictures) with 256 MiB and 3 s of work, so
    that no file can take the web server's memory or time. Raises ImageRefused over 8 MiB, over
    24 megapixels (WebP 12; read from the header, before any pixel is decoded), and for whatever
    is not a whole JPEG, PNG or WebP or needs more than that.
    """
    data = upload.read(LARGEST_BYTES + 1)
    if len(data) > LARGEST_BYTES:
        raise ImageRefused(_("照片超过 8 MB，压缩后再传"))
    try:
        done = subprocess.run(
            [sys.executable, "-I", pictures.__file__, str(longest_side)],
            input=data,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _no_photo() from error
    if done.returncode == pictures.TOO_MANY_PIXELS:
        raise _too_many_pixels()
    if done.returncode or not done.stdout:
        raise _no_photo()
    return done.stdout


def small_copy(photo: bytes) -> bytes:
    """The copy for lists of a photo that `reencode` gave: as good as SMALL_BYTES allow."""
    image = Image.open(io.BytesIO(photo), formats=pictures.FORMATS).convert("RGB")
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


def _too_many_pixels() -> ImageRefused:
    return ImageRefused(_("照片的像素太多（最多 2400 万，WebP 最多 1200 万），缩小后再传"))


def _no_photo() -> ImageRefused:
    return ImageRefused(_("这个文件打不开。照片用 JPG、PNG 或 WebP 格式"))
