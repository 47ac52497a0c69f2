"""Goods out of a workbook: values only, within bounds, errors named by cell, the good rows kept."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import IO, Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from merchants.models import Category, Merchant
from merchants.services.items import Goods, add_item
from tuangou.core import money
from tuangou.core.errors import DomainError, InvalidInput

LARGEST_BYTES = 2 * 2**20
LARGEST_UNPACKED = 8 * 2**20
MOST_PARTS = 100
MOST_ROWS = 500
# columns of the template, from A on: names of the service's fields
FIELDS = (
    *("name", "spec", "category", "unit", "step", "store_price", "group_price"),
    *("origin", "shelf_life", "storage", "description"),
)
LONGEST_CELL = 600


@dataclass(frozen=True, slots=True)
class CellError:
    """What is wrong in one cell, such as F7."""

    cell: str
    sentence: str


@dataclass(slots=True)
class Imported:
    added: int = 0
    errors: list[CellError] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row as it was typed: its number, and text of each column."""

    number: int
    texts: dict[str, str]


def read_sheet(upload: IO[bytes]) -> tuple[list[SheetRow], list[CellError]]:
    """The filled rows of the first sheet below its head, and cells that hold no plain value.

    Sizes are read from the directory of the archive before anything is unpacked. Raises
    InvalidInput.
    """
    data = upload.read(LARGEST_BYTES + 1)
    _check_archive(data)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
        return _rows(book.worksheets[0])
    except InvalidInput:
        raise
    except Exception as error:  # a broken workbook breaks its reader in many ways
        raise _unreadable() from error


@transaction.atomic
def import_goods(
    *, merchant_id: int, rows: list[SheetRow], wrong: list[CellError], user_id: int
) -> Imported:
    """Add each row that is right; `wrong` are cells that could not be read, whose rows are left."""
    Merchant.objects.select_for_update(no_key=True).get(pk=merchant_id)
    done = Imported(errors=list(wrong))
    left = {error.cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") for error in wrong}
    for row in rows:
        if str(row.number) in left:
            continue
        try:
            add_item(merchant_id=merchant_id, goods=_goods(row), user_id=user_id)
            done.added += 1
        except DomainError as refusal:
            done.errors.append(CellError(_cell(row.number, refusal.field), refusal.message))
    done.errors.sort(key=lambda error: (_number(error.cell), error.cell))
    return done


def _check_archive(data: bytes) -> None:
    if len(data) > LARGEST_BYTES:
        raise InvalidInput(_("表格超过 2 MB，分几张传"), field="file")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise _unreadable() from error
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
        raise InvalidInput(_("表格里的内容太多，只留货品那一页"), field="file")


def _rows(sheet: Any) -> tuple[list[SheetRow], list[CellError]]:
    rows: list[SheetRow] = []
    wrong: list[CellError] = []
    below = sheet.iter_rows(min_row=2, max_row=MOST_ROWS + 2, max_col=len(FIELDS))
    for number, cells in enumerate(below, 2):
        texts = {}
        for name, cell in zip(FIELDS, cells, strict=False):
            text, sentence = _text(cell)
            texts[name] = text
            if sentence:
                wrong.append(CellError(_cell(number, name), sentence))
        if any(texts.values()):
            if number > MOST_ROWS + 1:
                raise InvalidInput(
                    _("一次最多 %(most)s 行，分几张传") % {"most": MOST_ROWS}, field="file"
                )
            rows.append(SheetRow(number, texts))
    if not rows and not wrong:
        raise InvalidInput(_("表里没有货品。从第二行开始填"), field="file")
    return rows, wrong


def _text(cell: Any) -> tuple[str, str]:
    """What stands in a cell as text, and why it cannot be taken."""
    value = cell.value
    if value is None:
        return "", ""
    if cell.data_type == "f" or (isinstance(value, str) and value.startswith("=")):
        return "", _("只填值，不要公式")
    if cell.data_type in {"e", "d", "b"} or not isinstance(value, str | int | float):
        return "", _("这一格看不懂，填文字或数")
    text = format(Decimal(str(value)), "f") if not isinstance(value, str) else value.strip()
    return (text, "") if len(text) <= LONGEST_CELL else ("", _("这一格太长"))


def _goods(row: SheetRow) -> Goods:
    texts = row.texts
    return Goods(
        name=texts["name"],
        spec=texts["spec"],
        category=_category(texts["category"]),
        unit=texts["unit"],
        step=_step(texts["step"]),
        store_price_fen=_fen(texts["store_price"], "store_price", needed=True) or 0,
        group_price_fen=_fen(texts["group_price"], "group_price"),
        origin=texts["origin"],
        shelf_life=texts["shelf_life"],
        storage=texts["storage"],
        description=texts["description"],
    )


def _category(typed: str) -> str:
    found = dict(_names()).get(typed.strip().lower())
    if found is None:
        raise InvalidInput(_("品类照「品类」那一页里的写"), field="category")
    return found


def _names() -> Iterator[tuple[str, str]]:
    """Every way a category may be written: its key, and its name in both languages."""
    for category in Category:
        yield category.value, category.value
        for language in ("zh-hans", "en"):
            with override(language):
                yield str(category.label).lower(), category.value


def _step(typed: str) -> Decimal:
    try:
        return Decimal(typed or "1")
    except InvalidOperation as error:
        raise InvalidInput(_("填 0.5、1 这样的数"), field="step") from error


def _fen(typed: str, name: str, *, needed: bool = False) -> int | None:
    if not typed:
        if needed:
            raise InvalidInput(_("填价格，例如 45"), field=name)
        return None
    try:
        return money.parse_yuan(typed)
    except InvalidInput as refusal:
        raise InvalidInput(refusal.message, field=name) from refusal


def _cell(number: int, name: str) -> str:
    column = FIELDS.index(name) + 1 if name in FIELDS else 1
    return f"{get_column_letter(column)}{number}"


def _number(cell: str) -> int:
    return int(cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))


def _unreadable() -> InvalidInput:
    return InvalidInput(_("这个表格打不开。用下载的模板填，存成 .xlsx"), field="file")
