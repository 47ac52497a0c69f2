"""PDF sheets with the project's own fonts: text that is measured, wrapped and never cut.

A `Sheet` is laid out first and drawn afterwards, so that every foot knows how many pages there are.
Lengths are millimetres from the upper left corner, sizes are points.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.output import OutputProducer, PDFPage
from fpdf.syntax import PDFContentStream

FONTS = Path(__file__).parent.parent / "fonts"
REGULAR, BOLD = "Regular", "Bold"
MISSING = "〓"
POINT = 0.352778  # millimetres
# A Latin word or one other character, with the punctuation that never begins a line.
WORD = r"(?:[!-~]+|[^!-~])[，。、；：！？）」』》％〕]*"
LEADING = 1.35
GREY = 0.353


@lru_cache(maxsize=2)
def widths(weight: str) -> dict[str, int]:
    """Thousandths of the size by character, for every character of a font."""
    face = TTFont(FONTS / f"NotoSansSC-{weight}.otf", lazy=True)
    advances = face["hmtx"].metrics
    return {chr(code): advances[name][0] for code, name in face.getBestCmap().items()}


@lru_cache(maxsize=8192)
def printable(text: str) -> str:
    """The text in one line, without signs that only steer others; 〓 for what no font here has."""
    known = widths(REGULAR)
    kept = []
    for sign in unicodedata.normalize("NFC", text):
        if sign.isspace():
            kept.append(" ")
        elif sign in known:
            kept.append(sign)
        elif unicodedata.category(sign) not in {"Cc", "Cf", "Cs", "Mn", "Sk"}:
            kept.append(MISSING)
    return "".join(kept).strip()


@lru_cache(maxsize=8192)
def weight_for(text: str, *, bold: bool) -> str:
    """Bold where it was asked for and the bold font has all of it."""
    return BOLD if bold and all(sign in widths(BOLD) for sign in text) else REGULAR


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Millimetres of a printable text."""
    return _advance(text, bold) * POINT * size / 1000


@lru_cache(maxsize=8192)
def _advance(text: str, bold: bool) -> int:
    """Thousandths of any size: what a text measures is tried at several."""
    return sum(map(widths(weight_for(text, bold=bold)).__getitem__, text))


@lru_cache(maxsize=4096)
def wrap(text: str, size: float, room: float, *, bold: bool = False) -> tuple[str, ...]:
    """Lines no wider than `room`: broken behind a comma if what stands between two commas fits,
    else between Chinese characters and at spaces, inside a word only where it is wider than a line.
    Nothing is left out."""
    lines, line = [], ""
    for piece in _pieces(printable(text), size, room, bold=bold):
        if not line or width((line + piece).rstrip(), size, bold=bold) <= room:
            line += piece
        else:
            lines.append(line.rstrip())
            line = piece.lstrip()
        while width(line.rstrip(), size, bold=bold) > room and len(line) > 1:
            cut = max(_fitting(line, size, room, bold=bold), 1)
            lines.append(line[:cut])
            line = line[cut:]
    return (*lines, line.rstrip()) if line.strip() or not lines else tuple(lines)


def _pieces(text: str, size: float, room: float, *, bold: bool) -> Iterator[str]:
    """What a line may be broken between."""
    for part in re.findall(r"[^，；]*[，；]?", text):
        if width(part.rstrip(), size, bold=bold) <= room:
            yield part
        else:
            yield from re.findall(WORD, part)


def _fitting(text: str, size: float, room: float, *, bold: bool) -> int:
    """How many of the first characters fit."""
    fits = 0
    while fits < len(text) and width(text[: fits + 1], size, bold=bold) <= room:
        fits += 1
    return fits


def largest(text: str, sizes: Sequence[int], room: float, *, bold: bool = True) -> int:
    """The first of these sizes, largest first, at which the text stands in one line; else the
    last."""
    shown = printable(text)
    return next((s for s in sizes if width(shown, s, bold=bold) <= room), sizes[-1])


def line_height(size: float) -> float:
    return LEADING * POINT * size


@dataclass(frozen=True, slots=True)
class Text:
    x: float
    y: float  # of the base line
    text: str
    size: float
    bold: bool = False
    grey: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A line; dashed ones are to be cut along."""

    x: float
    y: float
    to_x: float
    to_y: float
    dashed: bool = False
    heavy: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    """An empty square to tick."""

    x: float
    y: float
    side: float


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code: rows of modules, quiet zone not counted."""

    x: float
    y: float
    side: float
    modules: tuple[bytes, ...]


Mark = Text | Rule | Box | Code


@dataclass(slots=True)
class Sheet:
    """Pages of marks. `foot` stands at the left of each page's foot; an empty one leaves it out."""

    wide: int = 210
    high: int = 297
    margin: int = 12
    foot: str = ""
    title: str = ""
    pages: list[list[Mark]] = field(default_factory=list)

    @property
    def room(self) -> int:
        """Between the margins, across."""
        return self.wide - 2 * self.margin

    @property
    def bottom(self) -> int:
        """Where content ends: above the foot."""
        return self.high - self.margin - (8 if self.foot else 0)

    def new_page(self) -> None:
        self.pages.append([])

    def put(self, *marks: Mark) -> None:
        self.pages[-1].extend(marks)

    def write(
        self, x: float, y: float, text: str, size: float, *, bold: bool = False, grey: bool = False
    ) -> None:
        self.put(Text(x, y, text, size, bold, grey))

    def write_end(self, x: float, y: float, text: str, size: float, *, bold: bool = False) -> None:
        """Ending at x."""
        self.put(Text(x - width(printable(text), size, bold=bold), y, text, size, bold))

    def pdf(self) -> bytes:
        """The document. Every page says which of how many it is."""
        paper = FPDF(unit="mm", format=(self.wide, self.high))
        paper.single_resources_object = True
        paper.set_title(printable(self.title))
        fonts = {}
        for weight, style in ((REGULAR, ""), (BOLD, "B")):
            paper.add_font("sc", style, FONTS / f"NotoSansSC-{weight}.otf")
            fonts[weight] = _Glyphs(paper.fonts[f"sc{style}"])
        contents = [
            _content([*page, *self._foot_of(n)], self.high, fonts)
            for n, page in enumerate(self.pages, start=1)
        ]
        producer: Any = partial(_Producer, contents=contents)
        return bytes(paper.output(output_producer_class=producer))

    def _foot_of(self, n: int) -> list[Mark]:
        if not self.foot:
            return []
        y = self.high - self.margin
        pages = _("第 %(n)s 页，共 %(of)s 页") % {"n": n, "of": len(self.pages)}
        end = self.wide - self.margin
        return [
            Rule(self.margin, y - 5, end, y - 5),
            Text(self.margin, y, self.foot, 9, grey=True),
            Text(end - width(printable(pages), 9), y, pages, 9, grey=True),
        ]


class _Glyphs(dict[str, str]):
    """The place of each character in the part of a font that goes along, in hexadecimal digits."""

    def __init__(self, font: Any) -> None:
        super().__init__()
        self.font = font
        self.name = f"/F{font.i}"

    def __missing__(self, sign: str) -> str:
        place = self[sign] = f"{self.font.subset.pick(ord(sign)):04x}"
        return place


class _Stream(PDFContentStream):
    """What is drawn on a page. As fpdf writes it, without asking each object what it is made of."""

    def serialize(self, *_how: Any, **_else: Any) -> Any:
        head = f"{self.id} 0 obj\n<</Filter /FlateDecode /Length {self.length}>>\nstream\n"
        return head.encode() + self.content_stream() + b"\nendstream\nendobj"


class _Page(PDFPage):
    """A page of the size of all, with the fonts of all."""

    def serialize(self, *_how: Any, **_else: Any) -> str:
        links: Any = self
        return (
            f"{self.id} 0 obj\n<<\n/Type /Page\n/Parent {links.parent.id} 0 R"
            f" /Resources {links.resources.id} 0 R /Contents {links.contents.id} 0 R>>\nendobj"
        )


class _Producer(OutputProducer):
    """Pages whose contents are written already: thousands of them cost what they hold."""

    def __init__(self, paper: FPDF, contents: Sequence[bytes]) -> None:
        super().__init__(paper)
        self.contents = contents

    def _add_pages_root(self) -> Any:
        root: Any = super()._add_pages_root()
        root.count = len(self.contents)
        return root

    def _add_pages(self, _slice: slice = slice(0, None)) -> list[PDFPage]:
        pages: list[PDFPage] = []
        for n, content in enumerate(self.contents, start=1):
            stream = _Stream(content, compress=True)
            page = _Page(duration=None, transition=None, contents=stream, index=n)
            self._add_pdf_obj(page)
            self._add_pdf_obj(stream)
            pages.append(page)
        return pages


def _content(marks: Sequence[Mark], high: int, fonts: Mapping[str, _Glyphs]) -> bytes:
    """A page's drawing: lines, boxes and codes, then the texts, alike ones one after the other."""
    texts = sorted((mark for mark in marks if isinstance(mark, Text)), key=_look)
    drawn = ["2 J", *(_drawn(mark, high) for mark in marks if not isinstance(mark, Text)), "BT"]
    look = None
    for mark in texts:
        shown = printable(mark.text)
        if not shown:
            continue
        font = fonts[weight_for(shown, bold=mark.bold)]
        if look != (look := (font.name, mark.size, mark.grey)):
            drawn.append(f"{font.name} {mark.size:.2f} Tf {GREY if mark.grey else 0} g")
        x, y = mark.x / POINT, (high - mark.y) / POINT
        drawn.append(f"1 0 0 1 {x:.2f} {y:.2f} Tm <{''.join(map(font.__getitem__, shown))}> Tj")
    return "\n".join([*drawn, "ET"]).encode()


def _look(mark: Text) -> tuple[bool, float, bool]:
    return mark.bold, mark.size, mark.grey


def _drawn(mark: Rule | Box | Code, high: int) -> str:
    if isinstance(mark, Code):
        return _stencil(mark, high)
    if isinstance(mark, Box):
        x, y, side = mark.x / POINT, (high - mark.y - mark.side) / POINT, mark.side / POINT
        return f"[] 0 d {0.4 / POINT:.2f} w {x:.2f} {y:.2f} {side:.2f} {side:.2f} re S"
    pen = "[5.67 5.67]" if mark.dashed else "[]"
    thick = (0.5 if mark.heavy else 0.2) / POINT
    ends = (mark.x, high - mark.y, mark.to_x, high - mark.to_y)
    from_x, from_y, to_x, to_y = (end / POINT for end in ends)
    return f"{pen} 0 d {thick:.2f} w {from_x:.2f} {from_y:.2f} m {to_x:.2f} {to_y:.2f} l S"


def _stencil(code: Code, high: int) -> str:
    """One bit per module, painted black through a mask: a few hundred bytes, sharp at any size."""
    many = len(code.modules)
    side, x = code.side / POINT, code.x / POINT
    y = (high - code.y - code.side) / POINT
    return (
        f"q 0 g {side:.3f} 0 0 {side:.3f} {x:.3f} {y:.3f} cm"
        f" BI /W {many} /H {many} /BPC 1 /IM true /D [1 0] /F /AHx ID {_packed(code.modules)}> EI Q"
    )


@lru_cache(maxsize=1024)
def _packed(modules: tuple[bytes, ...]) -> str:
    """Eight modules a byte, each row filled up, as hexadecimal digits."""
    long = -(-len(modules) // 8)
    rows = ("".join(map(str, row)).ljust(long * 8, "0") for row in modules)
    return "".join(f"{int(row, 2):0{long * 2}x}" for row in rows)
