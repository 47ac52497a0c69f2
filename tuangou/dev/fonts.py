"""How `tuangou/fonts` was made; run again only to change which characters it holds:

    apt-get install fonts-noto-cjk unicode-data
    python -m tuangou.dev.fonts

Regular: the Table of General Standard Chinese Characters (通用规范汉字表, 8,105), GB 2312,
Latin and punctuation. Bold, for doors and headings: GB 2312, Latin and punctuation.
"""

from __future__ import annotations

import bz2
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection, TTFont

TARGET = Path(__file__).parent.parent / "fonts"
NOTO = Path("/usr/share/fonts/opentype/noto")
UNIHAN = Path("/usr/share/unicode/Unihan_OtherMappings.txt.bz2")
FACE = "Noto Sans CJK SC"
SIGNS = "〓·•…—–−×÷≤≥±°℃①②③④⑤⑥⑦⑧⑨⑩✓☐□■●○→←↑↓￥€㎡％"


def general_standard() -> set[int]:
    """The 8,105 characters, from Unihan's kTGH."""
    lines = bz2.decompress(UNIHAN.read_bytes()).decode().splitlines()
    fields = (line.split("\t") for line in lines if "\tkTGH\t" in line)
    return {int(code[2:], 16) for code, _name, _value in fields}


def gb2312() -> set[int]:
    pairs = (bytes((high, low)) for high in range(0xA1, 0xF8) for low in range(0xA1, 0xFF))
    return {ord(text) for pair in pairs if (text := pair.decode("gb2312", "ignore"))}


def latin() -> set[int]:
    ranges = ((0x20, 0x7F), (0xA0, 0x180), (0x2010, 0x2028), (0x3000, 0x3018), (0xFF01, 0xFF5F))
    return {code for low, high in ranges for code in range(low, high)} | set(map(ord, SIGNS))


def make(weight: str, characters: set[int]) -> None:
    """One weight, without layout features: lists need none, and each costs bytes."""
    faces = TTCollection(NOTO / f"NotoSansCJK-{weight}.ttc").fonts
    face: TTFont = next(one for one in faces if one["name"].getDebugName(1) == FACE)
    options = subset.Options(
        layout_features=[],
        hinting=False,
        name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14],
        notdef_outline=True,
    )
    maker = subset.Subsetter(options)
    maker.populate(unicodes=characters)
    maker.subset(face)
    path = TARGET / f"NotoSansSC-{weight}.otf"
    face.save(path)
    sys.stdout.write(f"{path.name}: {len(face.getBestCmap())} characters, {path.stat().st_size}\n")


if __name__ == "__main__":
    make("Regular", general_standard() | gb2312() | latin())
    make("Bold", gb2312() | latin())
