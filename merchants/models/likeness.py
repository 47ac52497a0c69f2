"""Whether two pictures show the same paper: difference hashes, small enough to compare with all.

The picture is made grey and tiny; each bit says whether a spot is brighter than its neighbour to
the right, or below. Light, size and compression hardly move it. Turning and cropping do, so the
hashes of a picture are those of many slightly turned and cropped copies of it; of another picture
the plain one is enough. Two copies of one printed form, filled in differently, differ in more bits
than one paper photographed twice (tests/merchants/test_likeness.py).
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from itertools import pairwise

from PIL import Image, ImageOps

SIDE = 16
DIGITS = SIDE * SIDE * 2 >> 2  # hexadecimal
ALIKE = 70  # bits of 512
SMALL = 192
TURNS = (0, -3, -2, -1, 1, 2, 3)  # degrees
CUTS = (16, 8, 12, 20, 24)  # off each side of 192: closer and further than the plain one
GREY = 128


def picture_hashes(picture: bytes) -> list[str]:
    """The plain hash first, then those of its turned and cropped copies; a picture let in before
    (core.images.reencode). 128 hexadecimal digits each."""
    image = Image.open(io.BytesIO(picture)).convert("L")
    small = ImageOps.autocontrast(image.resize((SMALL, SMALL), Image.Resampling.BOX))
    found = []
    for turn in TURNS:
        turned = small.rotate(turn, Image.Resampling.BILINEAR, fillcolor=GREY) if turn else small
        for cut in CUTS:
            box = (cut, cut, SMALL - cut, SMALL - cut)
            found.append(_hash(turned.crop(box)))
    return found


def look_alike(copies: Iterable[str], plain: str) -> bool:
    """Whether any of a picture's hashes is near another's plain one. No hash is like nothing."""
    if not plain:
        return False
    other = int(plain, 16)
    return any((int(copy, 16) ^ other).bit_count() <= ALIKE for copy in copies)


def _hash(grey: Image.Image) -> str:
    wide = grey.resize((SIDE + 1, SIDE), Image.Resampling.LANCZOS).tobytes()
    high = grey.resize((SIDE, SIDE + 1), Image.Resampling.LANCZOS).tobytes()
    bits = 0
    for row in range(SIDE):
        line = wide[row * (SIDE + 1) : (row + 1) * (SIDE + 1)]
        for left, right in pairwise(line):
            bits = bits << 1 | (left > right)
    for above, below in zip(high, high[SIDE:], strict=False):
        bits = bits << 1 | (above > below)
    return f"{bits:0{DIGITS}x}"
