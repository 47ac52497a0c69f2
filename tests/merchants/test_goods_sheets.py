"""Goods out of a workbook: errors by cell, the rest kept; bombs and formulas refused (M6)."""

import io
import zipfile
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from merchants.models import Item
from merchants.services.goods_sheets import LARGEST_BYTES, MOST_ROWS, import_goods, read_sheet
from tests.factories import make_group, make_initiator, make_item, make_merchant, make_user
from tuangou.core.errors import InvalidInput

pytestmark = pytest.mark.django_db
RIGHT = ("切块", "牛羊肉", "斤", 0.5, 45, "38.00", "内蒙古", "冷藏 3 天", "冷藏", "当天现切")


@pytest.fixture
def merchant():
    return make_merchant(make_initiator(make_group("foodie")).group, staff=make_user("老马"))


def book(rows) -> io.BytesIO:
    sheet = Workbook()
    page = sheet.worksheets[0]
    page.append(["货品名"])
    for row in rows:
        page.append(list(row))
    out = io.BytesIO()
    sheet.save(out)
    out.seek(0)
    return out


def taken(merchant, rows):
    found, wrong = read_sheet(book(rows))
    return import_goods(
        merchant_id=merchant.pk, rows=found, wrong=wrong, user_id=merchant.staff.get().user_id
    )


def test_two_hundred_goods_twelve_errors_by_cell_the_rest_kept(merchant):
    make_item(merchant, "有了", spec="切块")
    rows = [[f"牛肉{n}", *RIGHT] for n in range(200)]
    wrong = {  # row of the sheet, column, what is typed: where it is named
        (5, 0, ""): "A5",
        (9, 0, "有了"): "A9",
        (20, 0, "字" * 41): "A20",
        (30, 1, "规" * 41): "B30",
        (40, 2, "牛"): "C40",
        (50, 3, None): "D50",
        (60, 4, "半斤"): "E60",
        (70, 4, -1): "E70",
        (80, 5, "四十五"): "F80",
        (90, 5, None): "F90",
        (100, 6, 45): "G100",  # not below the store's
        (110, 5, "=1+1"): "F110",
    }
    for (row, column, value), _cell in wrong.items():
        rows[row - 2][column] = value
    done = taken(merchant, rows)
    assert [error.cell for error in done.errors] == sorted(
        wrong.values(), key=lambda cell: int(cell[1:])
    )
    said = {error.cell: error.sentence for error in done.errors}
    assert "不要公式" in said["F110"]
    assert "团购要比店里便宜" in said["G100"]
    assert "同名" in said["A9"]
    assert done.added == 188
    assert Item.objects.filter(merchant=merchant).count() == 189
    item = Item.objects.get(merchant=merchant, name="牛肉0")
    assert (item.store_price_fen, item.group_price_fen, item.step) == (4500, 3800, Decimal("0.5"))
    assert (item.category, item.origin, item.description) == ("beef", "内蒙古", "当天现切")


def test_categories_in_both_languages_and_by_key(merchant):
    names = ["水果", "Fruit", "fruit"]
    done = taken(merchant, [[f"果{n}", "", name, "盒", 1, 9] for n, name in enumerate(names)])
    assert done.errors == []
    assert set(Item.objects.values_list("category", flat=True)) == {"fruit"}


def bomb(parts=1, size=9 * 2**20) -> io.BytesIO:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(parts):
            archive.writestr(f"xl/{n}.xml", b"0" * size)
    out.seek(0)
    return out


ENTITIES = b"""<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>
<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">&b;</workbook>"""


def with_entities() -> io.BytesIO:
    plain, out = zipfile.ZipFile(book([["a"]])), io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for part in plain.namelist():
            body = ENTITIES if part == "xl/workbook.xml" else plain.read(part)
            archive.writestr(part, body)
    out.seek(0)
    return out


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (lambda: io.BytesIO(b"name,price"), "打不开"),
        (lambda: io.BytesIO(b""), "打不开"),
        (lambda: io.BytesIO(b"PK" + b"0" * LARGEST_BYTES), "超过 2 MB"),
        (bomb, "内容太多"),
        (lambda: bomb(parts=101, size=1), "内容太多"),
        (lambda: bomb(size=10), "打不开"),  # an archive, no workbook
        (with_entities, "打不开"),
        (lambda: io.BytesIO(book([["a"]]).read()[:-200]), "打不开"),
        (lambda: book([]), "没有货品"),
        (lambda: book([["a"]] * (MOST_ROWS + 1)), "最多 500 行"),
    ],
    ids=["text", "nothing", "large", "bomb", "parts", "zip", "entities", "cut", "empty", "many"],
)
def test_what_is_no_sheet_of_goods_is_refused(file, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        read_sheet(file())


def test_in_the_browser_the_template_comes_back_filled(client, merchant):
    client.force_login(merchant.staff.get().user)
    args = ["foodie", merchant.pk]
    template = client.get(reverse("merchants:goods-template", args=args))
    filled = load_workbook(io.BytesIO(template.content))
    assert len(list(filled.worksheets[0].rows)) == 1
    filled.worksheets[0].append(["牛腩", *RIGHT])
    filled.worksheets[0].append(["牛腱", "", "牛", "斤", 1, 50])
    out = io.BytesIO()
    filled.save(out)

    def send(data):
        file = SimpleUploadedFile("goods.xlsx", data)
        body = {"file": file, "request_id": str(uuid4())}
        return client.post(reverse("merchants:goods-sheet", args=args), body)

    page = send(out.getvalue())
    assert page.status_code == 200
    assert "C3" in page.content.decode()
    assert [item.name for item in Item.objects.all()] == ["牛腩"]
    assert send(b"no workbook").status_code == 422
