"""The six lists of a hand-out, on the page, on paper and in a spreadsheet (O14, O10, G2)."""

from __future__ import annotations

import io
import re
import subprocess
from collections import Counter
from decimal import Decimal
from functools import partial
from itertools import pairwise
from shutil import which
from unittest.mock import patch

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from groups.models import Household, Membership
from orders.models import Offer, Order, OrderLine, Round
from orders.queries import bags as bag_queries
from orders.queries.bags import bags_of, can_be_found, natural
from orders.queries.desk import desk_rows
from orders.queries.lists import MOST_PIECES, ListKind, list_of, version_of
from orders.queries.orders import order_page
from orders.views import papers
from orders.views.lists import modules_of
from tests.factories import make_household, make_member
from tests.orders.busy import busy_round
from tests.orders.stages import Stage, make_stage
from tuangou.core import pdf, pictures

pytestmark = pytest.mark.django_db

LISTS = ("sorting", "building", "doors", "pickup")
LABELS = ("pieces", "households")
# What a name or a wish may hold: formulas, right-to-left, signs no font has, the longest allowed.
HOSTILE = (
    '=HYPERLINK("http://x","点我")',
    "+1-1",
    "@SUM(A1)",
    "\u202e张三",
    "👨‍👩‍👧🏽王家",
    "אבגד",
    "𠮷䶮㸚",
    "<script>&amp;",
    "一" * 30,
    "W" * 30,
)


@pytest.fixture
def stage() -> Stage:
    return make_stage()


def staged(rnd: Round) -> Stage:
    """As a stage, of which only the initiator matters."""
    who = rnd.initiator
    return Stage(rnd.group, who, who, who, who, rnd, rnd.opens_at)


def client_of(member: Membership) -> Client:
    client = Client()
    assert member.user is not None
    client.force_login(member.user)
    return client


def get(stage: Stage, path: str, member: Membership | None = None) -> bytes:
    client = client_of(member or stage.initiator)
    response = client.get(f"/g/{stage.group.slug}/rounds/{stage.round.pk}/{path}")
    assert response.status_code == 200, path
    return response.content


def cells_of(body: bytes) -> list[tuple[object, ...]]:
    """Rows under the head, without the notes; every cell must be a value, none a formula."""
    book = load_workbook(io.BytesIO(body))
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type in ("s", "n"), (cell.coordinate, cell.value)
                assert isinstance(cell.value, str) is (cell.data_type == "s")
    rows = list(book.worksheets[0].iter_rows(min_row=2, values_only=True))
    return [row for row in rows if row[1] is not None]


def text_of(body: bytes, memory: int = pictures.MOST_MEMORY) -> str:
    """What a printed list says, read under the limits that hostile uploads are opened under."""
    if which("pdftotext") is None:
        pytest.skip("needs pdftotext: apt-get install poppler-utils")
    return subprocess.run(
        ["pdftotext", "-layout", "-", "-"],
        input=body,
        capture_output=True,
        check=True,
        preexec_fn=partial(pictures.limit, memory, 30),
    ).stdout.decode()


class TestOrderOfDoors:
    @given(st.lists(st.integers(0, 40_000), min_size=2))
    def test_numbers_sort_as_numbers(self, numbers):
        rooms = sorted((str(n) for n in numbers), key=natural)
        assert [int(room) for room in rooms] == sorted(numbers)

    @given(st.lists(st.text(alphabet="0129-A室甲 ", max_size=8), max_size=12))
    def test_any_room_sorts_and_the_order_is_total(self, rooms):
        for a, b in pairwise(sorted(rooms, key=natural)):
            assert not natural(b) < natural(a)

    def test_two_before_ten_and_units_between(self, stage):
        doors = [("3栋", "2", "201"), ("3栋", "10", "101"), ("3栋", "", "1001"), ("3栋", "", "302")]
        for n, (building, unit, room) in enumerate(doors):
            home = Household.objects.create(
                group=stage.group,
                building_id=stage.member.household.building_id,
                unit=unit,
                room=room,
            )
            stage.order(make_member(stage.group, f"邻居{n}", household=home))
            assert building == "3栋"
        found = [bag.door for bag in bags_of(stage.round)]
        assert found == ["3-302", "3-1001", "3-2-201", "3-10-101"]

    def test_twin_by_letters_ten_comes_before_two(self):
        assert sorted(["302", "1001"]) != sorted(["302", "1001"], key=natural)


class TestAddresses:
    @pytest.mark.parametrize("room", ["", "—", "不知道", "平房左边", "？"])
    def test_a_room_without_a_number_is_to_be_asked(self, room):
        assert not can_be_found("3栋", room)

    @pytest.mark.parametrize("room", ["502", "商铺3", "A", "５０２"])
    def test_what_a_helper_finds(self, room):
        assert can_be_found("3栋", room)

    @pytest.mark.parametrize("building", ["", "其他"])
    def test_a_building_that_is_not_in_the_list(self, building):
        assert not can_be_found(building, "502")

    def test_they_stand_last_in_a_block_of_their_own(self, stage):
        lost = make_member(stage.group, "阿圆", household=make_household(stage.group, "平房左边"))
        far = make_member(stage.group, "李四", household=make_household(stage.group, "301", "5栋"))
        for member in (lost, far, stage.member):
            stage.order(member)
        for kind in ("building", "doors"):
            sections = list_of(stage.round, kind, at=stage.start).sections
            assert [s.heading for s in sections] == ["3栋", "5栋", "地址待核"]
            assert [r.bag.nickname for r in sections[-1].blocks[0].rows] == ["阿圆"]
        blocks = list_of(stage.round, "sorting", at=stage.start).sections[0].blocks
        assert [block.heading for block in blocks] == ["3栋", "5栋", "地址待核"]
        assert "地址待核" in get(stage, "lists/building/").decode()
        assert "地址待核" in text_of(get(stage, "lists/building.pdf"))

    def test_twin_without_the_rule_it_hides_among_the_doors(self, stage):
        stage.order(make_member(stage.group, household=make_household(stage.group, "平房左边")))
        with patch.object(bag_queries, "can_be_found", return_value=True):
            (section,) = list_of(stage.round, "building", at=stage.start).sections
        assert section.heading == "3栋"


class TestAgreement:
    """reliability O10: packing list, pick-up list and bill agree."""

    def test_lists_desk_labels_and_bill_say_the_same(self):
        rnd = busy_round(members=30, goods=5)
        short = OrderLine.objects.filter(order__round=rnd).order_by("pk")[3]
        OrderLine.objects.filter(pk=short.pk).update(billed_quantity=0)
        said: dict[str, Counter[tuple[int, str]]] = {}
        for kind in LISTS:
            found = list_of(rnd, kind, at=rnd.opens_at)
            goods = [(row.bag.order_id, g) for _s, _b, row in found.rows for g in row.goods]
            said[kind] = Counter({(pk, g.name): g.quantity for pk, g in goods})
            assert len(goods) == len(said[kind]), f"{kind} says something twice"
        for kind in LABELS:
            said[kind] = Counter()
            for label in list_of(rnd, kind, at=rnd.opens_at).labels:
                for good in label.goods:
                    said[kind][label.bag.order_id, good.name] += int(good.quantity)
        said["desk"] = Counter(
            {
                (r.order_id, i.name): i.quantity
                for r in desk_rows(rnd)
                for i in r.items
                if i.quantity
            }
        )
        said["orders"] = Counter(
            {
                (line.order_id, line.offer.name): line.billed_quantity
                for line in OrderLine.objects.filter(order__round=rnd).select_related("offer")
                if line.billed_quantity
            }
        )
        assert all(one == said["orders"] for one in said.values())
        assert len(said["orders"]) == 149
        bills = {bag.order_id: sum(g.billed_fen for g in bag.goods) for bag in bags_of(rnd)}
        for order in Order.objects.filter(round=rnd)[:5]:
            order.round = rnd
            page = order_page(order, at=rnd.opens_at)
            assert sum(line.fen for line in page.lines) == bills[order.pk]

    def test_cancelled_orders_are_nowhere(self, stage):
        stage.order()
        gone = stage.order(stage.neighbour)
        Order.objects.filter(pk=gone.pk).update(status="cancelled", cancelled_at=stage.ordering)
        for kind in (*LISTS, *LABELS):
            assert list_of(stage.round, kind, at=stage.start).bags == 1

    @pytest.mark.parametrize("kind", ListKind.values)
    def test_three_statements_whatever_the_length(self, kind, django_assert_num_queries):
        for members in (2, 9):
            rnd = busy_round(members=members, goods=3)
            with django_assert_num_queries(3):
                assert list_of(rnd, kind, at=rnd.opens_at).bags == members

    def test_phones_cost_one_more(self, django_assert_num_queries):
        rnd = busy_round(members=5, goods=2)
        with django_assert_num_queries(4):
            list_of(rnd, "doors", at=rnd.opens_at, phones=True)

    def test_the_version_counts_changes(self, stage):
        assert version_of(stage.round) == 0
        stage.order()
        assert version_of(stage.round) == 1


class TestLabels:
    def test_a_label_for_each_pack_and_one_for_what_is_weighed(self, stage):
        offer = Offer.objects.get(round=stage.round)
        stage.order(quantity="3")
        assert len(list_of(stage.round, "pieces", at=stage.start).labels) == 1  # 3斤
        Offer.objects.filter(pk=offer.pk).update(unit="包")
        labels = list_of(stage.round, "pieces", at=stage.start).labels
        assert [(x.part, x.parts, int(x.goods[0].quantity)) for x in labels] == [
            (1, 3, 1),
            (2, 3, 1),
            (3, 3, 1),
        ]

    def test_a_hundred_packs_are_one_label_that_says_so(self, stage):
        Offer.objects.filter(round=stage.round).update(unit="包")
        stage.order(quantity=str(MOST_PIECES + 70))
        (label,) = list_of(stage.round, "pieces", at=stage.start).labels
        assert label.goods[0].quantity == MOST_PIECES + 70

    def test_counted_through_and_in_each_building(self, stage):
        for room, building in (("601", "3栋"), ("201", "5栋"), ("502", "3栋")):
            stage.order(
                make_member(stage.group, household=make_household(stage.group, room, building))
            )
        labels = list_of(stage.round, "households", at=stage.start).labels
        counts = [(x.bag.door, x.number, x.total, x.in_building, x.building_total) for x in labels]
        assert counts == [("3-502", 1, 3, 1, 2), ("3-601", 2, 3, 2, 2), ("5-201", 3, 3, 1, 1)]
        page = get(stage, "lists/households/").decode()
        assert "总 2/3（本楼 2/2）" in page
        assert "总 2/3（本楼 2/2）" in text_of(get(stage, "lists/households.pdf"))

    def test_two_bags_of_one_door_say_which(self, stage):
        stage.order()
        stage.order()
        labels = list_of(stage.round, "households", at=stage.start).labels
        assert [(label.part, label.parts) for label in labels] == [(1, 2), (2, 2)]

    def test_the_code_opens_the_bag(self, stage):
        order = stage.order()
        rows = cells_of(get(stage, "lists/households.xlsx"))
        assert rows[0][-1] == f"http://testserver/p/{order.pickup_token}"
        modules = modules_of(str(rows[0][-1]))
        (many,) = {len(row) for row in modules}
        assert many == len(modules)
        assert get(stage, "lists/households.pdf").startswith(b"%PDF")
        drawn = pdf._packed(modules)
        bits = f"{int(drawn[: 2 * -(-many // 8)], 16):0{8 * -(-many // 8)}b}"[:many]
        assert bits == "".join(map(str, modules[0]))

    @pytest.mark.parametrize("frame", [papers.A4, papers.ROLL], ids=["a4", "roll"])
    def test_nothing_is_cut_and_nothing_leaves_its_label(self, stage, frame):
        """The longest of everything: shrunk, wrapped, continued where it still does not fit."""
        home = make_household(stage.group, "W" * 12)
        member = make_member(stage.group, "一" * 30, household=home)
        stage.order(member, note="切小块，" * 50)
        Offer.objects.filter(round=stage.round).update(name="超" * 40)
        found = list_of(stage.round, "households", at=stage.start)
        codes = {found.labels[0].bag.order_id: modules_of("x")}
        roll = frame is papers.ROLL
        sheet = papers.labels(found, stage.round, codes, title="t", roll=roll)
        texts = [m for page in sheet.pages for m in page if isinstance(m, pdf.Text)]
        for mark in texts:
            left = mark.x % frame.wide
            assert frame.pad - 0.01 <= left
            shown = pdf.width(pdf.printable(mark.text), mark.size, bold=mark.bold)
            assert left + shown <= frame.wide - frame.pad + 0.01
            assert frame.pad - 1 <= mark.y % frame.high <= frame.high - frame.pad + 0.01
        said = "".join(mark.text for mark in texts)
        assert said.count("切小块") == 50
        assert said.count("超") == 40


class TestWhoSeesWhat:
    @pytest.fixture(autouse=True)
    def order(self, stage):
        Membership.objects.filter(pk=stage.member.pk).update(contact_phone="+8613800138000")
        assert stage.member.user is not None
        stage.member.user.phone = "+8613900139000"
        stage.member.user.save(update_fields=["phone"])
        stage.order()

    @pytest.mark.parametrize("kind", LISTS)
    def test_no_phone_unless_asked_for(self, stage, kind):
        assert "139 0013" not in get(stage, f"lists/{kind}/").decode()
        assert "139 0013 9000" in get(stage, f"lists/{kind}/?phones=1").decode()
        assert "139 0013" not in text_of(get(stage, f"lists/{kind}.pdf"))
        assert "139 0013 9000" in text_of(get(stage, f"lists/{kind}.pdf?phones=1"))
        assert len(cells_of(get(stage, f"lists/{kind}.xlsx"))[0]) == 10
        assert cells_of(get(stage, f"lists/{kind}.xlsx?phones=1"))[0][-1] == "139 0013 9000"

    def test_a_deputy_gets_no_phones(self, stage):
        get(stage, "lists/doors/", stage.deputy)
        base = f"/g/{stage.group.slug}/rounds/{stage.round.pk}/lists/doors"
        for path in ("/", ".pdf", ".xlsx"):
            response = client_of(stage.deputy).get(f"{base}{path}?phones=1")
            assert response.status_code == 403
        assert "phones=1" not in get(stage, "lists/doors/", stage.deputy).decode()

    @pytest.mark.parametrize("kind", LABELS)
    def test_labels_never_carry_one(self, stage, kind):
        assert "139 0013" not in get(stage, f"lists/{kind}/?phones=1").decode()
        cells = str(cells_of(get(stage, f"lists/{kind}.xlsx?phones=1")))
        assert "1390013" not in cells.replace(" ", "")

    def test_a_kind_there_is_not(self, stage):
        base = f"/g/{stage.group.slug}/rounds/{stage.round.pk}/lists/secret"
        for path in ("/", ".pdf", ".xlsx"):
            assert client_of(stage.initiator).get(base + path).status_code == 404

    def test_nobody_keeps_the_file(self, stage):
        base = f"/g/{stage.group.slug}/rounds/{stage.round.pk}/lists/doors.pdf"
        assert "no-store" in client_of(stage.initiator).get(base).headers["Cache-Control"]

    def test_two_actions_from_the_console(self, stage):
        client = client_of(stage.initiator)
        manage = f"/g/{stage.group.slug}/rounds/{stage.round.pk}/manage/"
        assert manage in client.get(f"/g/{stage.group.slug}/console/").content.decode()
        page = client.get(manage).content.decode()
        for kind in ListKind.values:
            assert manage.replace("manage", f"lists/{kind}") in page


class TestPaperAndSpreadsheet:
    @pytest.mark.parametrize("kind", LISTS)
    def test_the_workbook_holds_what_was_ordered(self, kind):
        rnd = busy_round(members=12, goods=4)
        stage = staged(rnd)
        rows = cells_of(get(stage, f"lists/{kind}.xlsx"))
        found = {(row[9], row[3]): Decimal(str(row[5])) for row in rows}
        assert found == {
            (line.order.number, line.offer.name): line.quantity
            for line in OrderLine.objects.filter(order__round=rnd).select_related("order", "offer")
        }
        assert len(rows) == 48

    def test_the_paper_says_every_door_once_with_its_goods(self):
        rnd = busy_round(members=40, goods=3)
        stage = staged(rnd)
        text = text_of(get(stage, "lists/doors.pdf"))
        codes = re.findall(rf"{rnd.pickup_code(0)[:-1]}(\d+)", text)
        assert sorted(map(int, codes)) == list(range(1, 41))
        pages = re.findall(r"第 (\d+) 页，共 (\d+) 页", text)
        assert [int(n) for n, _of in pages] == list(range(1, len(pages) + 1))
        assert {int(of) for _n, of in pages} == {len(pages)}
        for bag in bags_of(rnd):
            assert bag.door in text

    def test_hostile_names_and_wishes(self, stage):
        for name in HOSTILE:
            stage.order(make_member(stage.group, name[:30]), note=name)
        for kind in (*LISTS, *LABELS):
            page = get(stage, f"lists/{kind}/").decode()
            assert "<script>&amp;" not in page.replace("&lt;script&gt;", "")
            rows = cells_of(get(stage, f"lists/{kind}.xlsx"))
            for name in HOSTILE:
                assert any(name[:30] in row and name in row for row in rows), (kind, name)
            assert get(stage, f"lists/{kind}.pdf").startswith(b"%PDF")

    def test_twin_without_the_type_a_name_is_a_formula(self):
        from openpyxl import Workbook  # noqa: PLC0415 -- what the guard is for

        book = Workbook()
        (sheet,) = book.worksheets
        sheet["A1"] = HOSTILE[0]
        assert sheet["A1"].data_type == "f"

    def test_an_empty_round(self, stage):
        for kind in (*LISTS, *LABELS):
            assert "还没有人下单" in get(stage, f"lists/{kind}/").decode()
            assert "还没有人下单" in text_of(get(stage, f"lists/{kind}.pdf"))
            assert cells_of(get(stage, f"lists/{kind}.xlsx")) == []

    def test_a_roll_has_a_label_a_page(self, stage):
        stage.order()
        stage.order(stage.neighbour)
        body = get(stage, "lists/households.pdf?size=roll")
        assert body.count(b"/Type /Page\n") == 2


def test_a_paper_is_opened_under_a_limit_that_can_fail():
    """The twin of every list that is read back here: with less memory than it takes, it is not."""
    stage = make_stage()
    stage.order()
    paper = get(stage, "lists/sorting.pdf")
    assert stage.round.title in text_of(paper)
    with pytest.raises(subprocess.CalledProcessError):
        text_of(paper, memory=2**20)


class TestText:
    def test_what_no_font_has_becomes_a_sign(self):
        assert pdf.printable("👨‍👩‍👧🏽王家") == "〓〓〓王家"
        assert pdf.printable("\u202e张三\u200b") == "张三"
        assert pdf.printable("a\nb\x00") == "a b"

    @given(st.text(max_size=60), st.sampled_from([6.5, 9, 17]), st.sampled_from([12, 38, 186]))
    def test_wrapping_loses_nothing_and_stays_inside(self, text, size, room):
        lines = pdf.wrap(text, size, room)
        squeezed = pdf.printable(text).replace(" ", "")
        assert "".join(lines).replace(" ", "") == squeezed
        for line in lines:
            assert len(line) <= 1 or pdf.width(line, size) <= room + 0.001

    def test_the_font_has_the_general_standard_characters(self):
        for sign in "㸚䶮犇骉鱻喆堃翀昇祎玥湉珺婳㛃":
            assert pdf.printable(sign) in (sign, pdf.MISSING)
        assert pdf.printable("喆堃翀祎玥湉珺婳") == "喆堃翀祎玥湉珺婳"
        assert len(pdf.widths(pdf.REGULAR)) > 9000
