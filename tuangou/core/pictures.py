"""The program that opens one uploaded photo, apart from the web server and under hard limits.

`python -I pictures.py LONGEST_SIDE < upload > photo.webp`. Whatever a file makes a decoder do, it
ends here: at MOST_MEMORY of address space, at MOST_SECONDS of processor time, without a place to
write to. Knows nothing of the project; core.images starts it and reads how it ended.
"""

from __future__ import annotations

import io
import resource
import sys
import warnings

from PIL import Image, ImageOps

MOST_MEMORY = 256 * 2**20
MOST_SECONDS = 3
LARGEST_PIXELS = 24_000_000
LARGEST_WEBP = 12_000_000  # its decoder keeps two more canvases of the whole size
FORMATS = ("JPEG", "PNG", "WEBP")
QUALITY = 80
# how it ends, beside 0 and being killed
TOO_MANY_PIXELS, NO_PHOTO = 3, 4
UNREADABLE = (OSError, ValueError, SyntaxError, EOFError, OverflowError)


class TooManyPixels(Exception):
    """By its header, or because the memory was not enough for it."""


def limit(memory: int = MOST_MEMORY, seconds: int = MOST_SECONDS) -> None:
    """From now on: so much address space and processor time, and no file may grow."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def rewritten(data: bytes, longest_side: int) -> bytes:
    """WebP of a photo: upright, shrunk, nothing but pixels in it; of a moving one, its first image.

    Raises TooManyPixels, and one of UNREADABLE for what is not a whole JPEG, PNG or WebP.
    """
    try:
        image = _opened(data)
        image.draft("RGB", (longest_side, longest_side))  # JPEG: decode at a fraction of the size
        image.thumbnail((longest_side, longest_side), Image.Resampling.LANCZOS)
        upright = ImageOps.exif_transpose(image)
    except MemoryError as error:
        raise TooManyPixels from error
    flat = Image.new("RGB", upright.size, "white")
    if upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info:
        layer = upright.convert("RGBA")
        flat.paste(layer, mask=layer.getchannel("A"))
    else:
        flat.paste(upright.convert("RGB"))
    out = io.BytesIO()
    flat.save(out, "WEBP", quality=QUALITY, method=4)
    return out.getvalue()


def _opened(data: bytes) -> Image.Image:
    """By its header alone; no pixel is decoded yet."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise TooManyPixels from error
    largest = LARGEST_WEBP if image.format == "WEBP" else LARGEST_PIXELS
    if image.width * image.height > largest:
        raise TooManyPixels
    return image


def main() -> int:
    limit()
    try:
        photo = rewritten(sys.stdin.buffer.read(), int(sys.argv[1]))
    except TooManyPixels:
        return TOO_MANY_PIXELS
    except UNREADABLE:
        return NO_PHOTO
    sys.stdout.buffer.write(photo)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
