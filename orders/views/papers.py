"""How lists and labels stand on paper: A4, and labels on a roll of 80 × 60 mm (ux 3.6).

Doors are the largest thing on a sheet: at dusk they are read from a metre away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from orders.models import Round
from orders.queries.lists import Block, HandOutList, Label, Row, Section
from tuangou.core.pdf import (
    POINT,
    Box,
    Code,
    Rule,
    Sheet,
    largest,
    line_height,
    printable,
    width,
    wrap,
)
from tuangou.core.templatetags.times import day, span

Modules = tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """`share` of the width in millimetres."""

    heading: str
    share: float
    size: int = 11
    bold: bool = False
    at_end: bool = False


@dataclass(slots=True)
class Flow:
    """Where the next row goes; a new page when it does not fit."""

    sheet: Sheet
    y: float = 0

    def begin(self) -> None:
        self.sheet.new_page()
        self.y = self.sheet.margin

    def has(self, height: float) -> bool:
        return self.y + height <= self.sheet.bottom


def hand_out_list(found: HandOutList, rnd: Round, *, title: str, foot: str) -> Sheet:
    """A4: a section per item or building with a cut line between, heads again on each page."""
    flow = Flow(Sheet(foot=foot, title=title))
    flow.begin()
    _heading(flow, rnd, title)
    for sentence in found.held:
        _lines(flow, sentence, 12, bold=True)
    columns = _columns(found)
    for n, section in enumerate(found.sections):
        _section(flow, section, columns, cut=n > 0)
    if not found.sections:
        flow.sheet.write(flow.sheet.margin, flow.y + 8, _("还没有人下单。"), 12)
    return flow.sheet


def statement(
    sheet: Sheet, title: str, about: str, rows: Sequence[Sequence[str]], totals: Sequence[str]
) -> None:
    """Goods with their totals and prices; the sums below."""
    flow = Flow(sheet)
    flow.begin()
    columns = [
        Column(_("货品"), 84, 13),
        Column(_("数量"), 46, 15, bold=True),
        Column(_("单价"), 26, 12, at_end=True),
        Column(_("金额"), 30, 12, at_end=True),
    ]
    _lines(flow, title, 20, bold=True)
    _lines(flow, about, 10)
    _head(flow, columns)
    for row in rows:
        pairs = list(zip(row, columns, strict=True))
        cells = [wrap(text, c.size, c.share - 2, bold=c.bold) for text, c in pairs]
        height = max(_height(c, some) for c, some in zip(columns, cells, strict=True)) + 2
        if not flow.has(height):
            flow.begin()
            _head(flow, columns)
        _cells(flow, columns, cells, height)
    flow.y += 4
    for total in totals:
        _lines(flow, total, 12)


def _columns(found: HandOutList) -> list[Column]:
    columns = [
        Column("", 9),
        Column(_("房号"), 34, 17, bold=True),
        Column(_("昵称"), 27, 12),
        Column(_("货品"), 62 if found.with_phones else 93, 12),
        Column(_("取货码"), 23, 12, at_end=True),
    ]
    if found.with_phones:
        columns.insert(4, Column(_("电话"), 31, 11))
    return columns


def _heading(flow: Flow, rnd: Round, title: str) -> None:
    _lines(flow, title, 20, bold=True)
    pickup = span(rnd.pickup_from, rnd.pickup_until, rnd.group.time_zone)
    _lines(flow, f"{rnd.merchant.brand} · {pickup} {rnd.pickup_point.name}", 10)
    flow.y += 2


def _section(flow: Flow, section: Section, columns: Sequence[Column], *, cut: bool) -> None:
    notes = wrap(section.note, 11, flow.sheet.room)
    height = line_height(18) + len(notes) * line_height(11) + 24
    if not flow.has(height):
        flow.begin()
    elif cut:
        flow.y += 5
        end = flow.sheet.wide - flow.sheet.margin
        flow.sheet.put(Rule(flow.sheet.margin, flow.y, end, flow.y, dashed=True))
        flow.y += 3
    _lines(flow, section.heading, 18, bold=True)
    _lines(flow, section.note, 11)
    _head(flow, columns)
    for block in section.blocks:
        _block(flow, section, block, columns)


def _lines(flow: Flow, text: str, size: float, *, bold: bool = False) -> None:
    """A paragraph across the page."""
    for line in wrap(text, size, flow.sheet.room, bold=bold):
        if not flow.has(line_height(size)):
            flow.begin()
        flow.y += line_height(size)
        flow.sheet.write(flow.sheet.margin, flow.y - size * 0.1, line, size, bold=bold)


def _head(flow: Flow, columns: Sequence[Column]) -> None:
    sheet = flow.sheet
    flow.y += 5
    x: float = sheet.margin
    for column in columns:
        if column.at_end:
            sheet.write_end(x + column.share, flow.y, column.heading, 9)
        else:
            sheet.write(x, flow.y, column.heading, 9, grey=True)
        x += column.share
    flow.y += 1.5
    sheet.put(Rule(sheet.margin, flow.y, sheet.wide - sheet.margin, flow.y, heavy=True))


def _block(flow: Flow, section: Section, block: Block, columns: Sequence[Column]) -> None:
    label = f"{block.heading}  {block.total}" if block.heading else ""
    lines = wrap(label, 12, flow.sheet.room, bold=True) if label else []
    if lines and not flow.has(len(lines) * line_height(12) + 14):
        _again(flow, section, columns)
    for line in lines:
        flow.y += line_height(12) + 1.2
        flow.sheet.write(flow.sheet.margin, flow.y - 1.2, line, 12, bold=True)
    for row in block.rows:
        cells = _texts(row, columns)
        heights = [_height(column, some) for column, some in zip(columns, cells, strict=True)]
        height = max(*heights, 7.6)
        if not flow.has(height):
            _again(flow, section, columns)
        flow.sheet.put(Box(flow.sheet.margin + 0.4, flow.y + 1.7, 4.4))
        _cells(flow, columns, cells, height)


def _again(flow: Flow, section: Section, columns: Sequence[Column]) -> None:
    """The section goes on, on a page of its own head."""
    flow.begin()
    _lines(flow, _("%(section)s（续）") % {"section": section.heading}, 18, bold=True)
    _head(flow, columns)


def _texts(row: Row, columns: Sequence[Column]) -> list[Sequence[str]]:
    bag = row.bag
    what = row.what + (f"　〔{bag.note}〕" if bag.note else "")
    texts = ["", bag.door or "—", bag.nickname, what, bag.pickup_code]
    if len(columns) > len(texts):
        texts.insert(4, row.phone)
    return [
        () if not text else wrap(text, column.size, column.share - 2, bold=column.bold)
        for text, column in zip(texts, columns, strict=True)
    ]


def _height(column: Column, lines: Sequence[str]) -> float:
    return len(lines) * line_height(column.size) + (2.2 if len(lines) > 1 else 0.6)


def _cells(
    flow: Flow, columns: Sequence[Column], cells: Sequence[Sequence[str]], height: float
) -> None:
    """One row of wrapped cells on a common first base line, ruled below."""
    sheet = flow.sheet
    x: float = sheet.margin
    for column, lines in zip(columns, cells, strict=True):
        base = flow.y + 5.6
        for line in lines:
            if column.at_end:
                sheet.write_end(x + column.share, base, line, column.size, bold=column.bold)
            else:
                sheet.write(x, base, line, column.size, bold=column.bold)
            base += line_height(column.size)
        x += column.share
    flow.y += height
    sheet.put(Rule(sheet.margin, flow.y, sheet.wide - sheet.margin, flow.y))


# Labels


@dataclass(frozen=True, slots=True)
class Frame:
    """Where labels stand: so many across and down, each so large. Sizes are points, largest first;
    the words have `words_high` millimetres below the door."""

    wide: float
    high: float
    across: int
    down: int
    pad: float
    code: float
    doors: tuple[int, ...]
    words: tuple[float, ...]
    counts: tuple[int, ...]
    pickup: int

    @property
    def room(self) -> float:
        """Across, beside the code."""
        return self.wide - 2 * self.pad - self.code - 1.5

    @property
    def door_high(self) -> float:
        return self.doors[0] * POINT * 0.95

    @property
    def foot_high(self) -> float:
        return self.pickup * POINT + 0.8

    def lines(self, size: float) -> int:
        """How many lines of words there are between door and foot."""
        free = self.high - 2 * self.pad - self.door_high - self.foot_high - 0.6
        return int(free / _label_line(size))


A4 = Frame(
    *(70, 37, 3, 8, 3.3, 20),
    doors=(25, 22, 19, 16, 13, 11),
    words=(10, 9, 8, 7, 6.5),
    counts=(8, 7, 6, 5),
    pickup=12,
)
ROLL = Frame(
    *(80, 60, 1, 1, 4, 27),
    doors=(44, 38, 32, 26, 22, 18, 15, 12),
    words=(15, 14, 13, 12, 11, 10, 9, 8),
    counts=(10, 9, 8, 7, 6),
    pickup=17,
)


def _label_line(size: float) -> float:
    return size * POINT * 1.2


def labels(
    found: HandOutList, rnd: Round, codes: Mapping[int, Modules], *, title: str, roll: bool
) -> Sheet:
    """Labels to stick on bags. What does not fit goes on with a second label; nothing is cut."""
    frame, (wide, high) = (ROLL, (80, 60)) if roll else (A4, (210, 297))
    sheet = Sheet(wide=wide, high=high, margin=0, title=title)
    about = day(rnd.pickup_from, rnd.group.time_zone)
    place = 0
    for label in found.labels:
        for words in _parts(label, rnd, frame):
            here = place % (frame.across * frame.down)
            if here == 0:
                sheet.new_page()
                _cut_lines(sheet, frame)
            corner = (here % frame.across) * frame.wide, (here // frame.across) * frame.high
            _label(sheet, frame, corner, label, words)
            _label_foot(sheet, frame, corner, label, about)
            sheet.put(_code(frame, corner, codes[label.bag.order_id]))
            place += 1
    if not found.labels:
        sheet.new_page()
        sheet.write(4, 10, _("还没有人下单。"), 12)
    return sheet


def _parts(label: Label, rnd: Round, frame: Frame) -> list[tuple[float, list[str]]]:
    """Size and lines of each label that this one takes: the largest size at which all of it fits;
    at the smallest, as many labels as it needs."""
    bag = label.bag
    counted = f"（{label.part}/{label.parts}）" if label.parts > 1 else ""
    texts = [f"{bag.nickname} · {rnd.title}", label.what + counted]
    if bag.note:
        texts.append(f"〔{bag.note}〕")
    size, lines = frame.words[0], list[str]()
    for size in frame.words:
        lines = [line for text in texts for line in wrap(text, size, frame.room)]
        if len(lines) <= frame.lines(size):
            return [(size, lines)]
    many = frame.lines(size)
    return [(size, lines[at : at + many]) for at in range(0, len(lines), many)]


def _label(
    sheet: Sheet,
    frame: Frame,
    corner: tuple[float, float],
    label: Label,
    words: tuple[float, list[str]],
) -> None:
    """The door, as large as it goes in one line (a very long one in two), and the words below."""
    left, top = corner[0] + frame.pad, corner[1] + frame.pad
    door = printable(label.bag.door) or "—"
    size: float = largest(door, frame.doors, frame.room)
    lines = wrap(door, size, frame.room, bold=True)
    if len(lines) > 1:
        size = frame.doors[-1] * min(1, 2 / len(lines))
        lines = wrap(door, size, frame.room, bold=True)
    for n, line in enumerate(lines):
        base = top + frame.door_high * 0.86 - (len(lines) - 1 - n) * size * POINT
        sheet.write(left, base, line, size, bold=True)
    small, texts = words
    y = top + frame.door_high
    for line in texts:
        y += _label_line(small)
        sheet.write(left, y - small * POINT * 0.3, line, small)


def _label_foot(
    sheet: Sheet, frame: Frame, corner: tuple[float, float], label: Label, about: str
) -> None:
    left, right = corner[0] + frame.pad, corner[0] + frame.wide - frame.pad
    low = corner[1] + frame.high - frame.pad
    counts = about + " · " + _("总 %(n)s/%(of)s（本楼 %(here)s/%(building)s）") % label.counted
    code = label.bag.pickup_code
    room = right - left - width(printable(code), frame.pickup, bold=True) - 2
    size = largest(counts, frame.counts, room, bold=False)
    sheet.put(Rule(left, low - frame.foot_high, right, low - frame.foot_high))
    sheet.write(left, low, counts, size)
    sheet.write_end(right, low, code, frame.pickup, bold=True)


def _code(frame: Frame, corner: tuple[float, float], modules: Modules) -> Code:
    x = corner[0] + frame.wide - frame.pad - frame.code
    return Code(x, corner[1] + frame.pad, frame.code, modules)


def _cut_lines(sheet: Sheet, frame: Frame) -> None:
    """Between labels; a roll is cut already."""
    for n in range(1, frame.across):
        sheet.put(Rule(n * frame.wide, 0, n * frame.wide, frame.down * frame.high, dashed=True))
    for n in range(1, frame.down + 1 if frame.down > 1 else 1):
        sheet.put(Rule(0, n * frame.high, sheet.wide, n * frame.high, dashed=True))
