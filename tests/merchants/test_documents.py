"""Papers: what is typed off them, what lies in their files, who sees them (M3)."""

import hashlib
import io
from datetime import date, timedelta

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from PIL import Image

from merchants.models import Document, DocumentKind
from merchants.models.licence_numbers import licence_check_digit
from merchants.queries.documents import documents_of
from merchants.services import documents as service
from merchants.services.applications import bring_merchant
from merchants.services.documents import DocumentGone, OtherShopsLicence, Paper
from merchants.services.merchants import Shop
from merchants.services.papers import LARGEST_BYTES, read_paper
from tests.core.test_images import picture, png_header
from tests.databases import owner_cursor
from tests.factories import (
    NOON,
    approve,
    make_document,
    make_group,
    make_initiator,
    make_member,
    make_merchant,
    make_user,
)
from tests.merchants.papers import CODE, FOOD, FOOD_B, PDF, PRODUCTION, form_filled_in, jpeg, pdf
from tests.orders.stages import at
from tuangou.core.errors import ImageRefused, InvalidInput
from tuangou.core.models import Event

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    """A folder of its own: the processes beside this one put papers into the common one."""
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def ma():
    return make_user("老马")


@pytest.fixture
def merchant(ma):
    return make_merchant(make_group("foodie"), staff=ma)


@pytest.fixture
def show(merchant, ma):
    """Add a paper at noon of 20 November."""

    def add(kind="licence", number=CODE, file=None, **fields):
        with at(NOON):
            return service.add_document(
                merchant_id=merchant.pk,
                paper=Paper(kind, number, **fields),
                file=file or pdf(),
                user_id=ma.pk,
            )

    return add


# Numbers

REAL = ["JY11108071215650", "JY13301080111719", "JY13101060025900", "SC10741018302531",
        "SC10744030704994", "SC11351090100010", "SC12744040400094"]  # fmt: skip


@pytest.mark.parametrize("number", REAL)
def test_the_check_digit_is_that_of_licences_in_the_world(number):
    assert licence_check_digit(number[2:-1]) == number[-1]


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("licence", " 9131 0000 1322 6025 0x", CODE),
        ("food", "jy 1 1108071215650", FOOD),
        ("food", "ＪＹ１１１０８０７１２１５６５０", FOOD),
        ("production", PRODUCTION.lower(), PRODUCTION),
        ("report", "W26 0001-A", "W260001-A"),
    ],
)
def test_a_number_is_kept_one_way(kind, typed, kept):
    assert service.normal_number(kind, typed) == kept


@pytest.mark.parametrize(
    ("kind", "typed", "sentence"),
    [
        ("licence", CODE[:-1] + "1", "校验位"),
        ("licence", CODE[:-1], "18 位"),
        ("food", FOOD[:-1] + "1", "校验位对不上"),
        ("food", FOOD[:-1], "JY 加 14 位数字"),
        ("food", PRODUCTION, "JY 加 14 位数字"),
        ("food", "JY41108071215650", "JY 加 14 位数字"),
        ("production", PRODUCTION[:-1] + "2", "校验位对不上"),
        ("production", FOOD, "SC 加 14 位数字"),
        ("report", "  ", "填证件上的编号"),
        ("report", "1" * 41, "最多 40 个字"),
    ],
)
def test_a_wrong_number_is_named(kind, typed, sentence):
    with pytest.raises(InvalidInput, match=sentence) as refusal:
        service.normal_number(kind, typed)
    assert refusal.value.field == "number"


def test_a_licence_of_another_company(merchant, show):
    merchant.credit_code = "91110000100006021X"
    merchant.save(update_fields=["credit_code"])
    with pytest.raises(OtherShopsLicence):
        show()
    assert not Document.objects.exists()


# Days


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"kind": "food", "number": FOOD, "covers": ("beef",)}, "valid_until"),
        ({"kind": "food", "number": FOOD, "valid_until": TODAY}, "covers"),
        ({"kind": "health", "number": "1"}, "valid_until"),
        ({"kind": "report", "number": "1"}, "valid_from"),
        ({"kind": "report", "number": "1", "valid_from": TODAY + timedelta(2)}, "valid_from"),
        (
            {"kind": "health", "number": "1", "valid_from": TODAY,
             "valid_until": TODAY - timedelta(1)},
            "valid_until",
        ),
        ({"kind": "passport", "number": "1"}, "kind"),
    ],
)  # fmt: skip
def test_what_is_missing_or_cannot_be_is_named(show, fields, field):
    with pytest.raises(InvalidInput) as refusal:
        show(**fields)
    assert refusal.value.field == field
    assert not Document.objects.exists()


def test_a_paper_holds_to_the_end_of_its_last_day():
    paper = Document(valid_from=TODAY, valid_until=TODAY + timedelta(days=40))
    for days, state, valid in (
        (-1, "coming", False),
        (0, "valid", True),
        (9, "valid", True),
        (10, "expiring", True),
        (40, "expiring", True),
        (41, "expired", False),
    ):
        day = TODAY + timedelta(days=days)
        assert (paper.state_on(day), paper.is_valid_on(day)) == (state, valid)
    assert Document().state_on(TODAY) == "valid"


# Files


def test_a_photo_is_rewritten_and_a_pdf_stays(show):
    sent = jpeg(form_filled_in(1))
    seen, printed = show(file=read_paper(io.BytesIO(sent))), show("other", "授权 1", pdf())
    kept = seen.file.open("rb").read()
    assert Image.open(io.BytesIO(kept)).format == "WEBP"
    assert seen.sha256 == hashlib.sha256(kept).hexdigest()
    assert seen.source_sha256 == hashlib.sha256(sent).hexdigest() != seen.sha256
    assert seen.picture_hash
    assert printed.file.open("rb").read() == pdf().content
    assert (printed.sha256, printed.picture_hash) == (printed.source_sha256, "")
    assert len(seen.file.name) == len("documents/") + 32 + len(".webp")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "打不开"),
        (b"MZ\x90\0 a program", "打不开"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "打不开"),
        (b"<html>%PDF-1.4 %%EOF", "打不开"),
        (PDF[:-7], "不完整"),
        (PDF.replace(b"1 0 obj", b"/OpenAction<</S/JavaScript>>"), "脚本或附件"),
        (PDF.replace(b"1 0 obj", b"/Type/EmbeddedFile"), "脚本或附件"),
        (PDF.replace(b"1 0 obj", b"<</S/J#61v#61Script>>"), "脚本或附件"),
        (PDF.replace(b"1 0 obj", b"/L#61unch"), "脚本或附件"),
        (jpeg(form_filled_in(1))[:9000], "打不开"),
        (b"%PDF-" + b"0" * LARGEST_BYTES, "8 MB"),
        (b"\xff\xd8" + b"0" * LARGEST_BYTES, "8 MB"),
    ],
    ids=[
        *("empty", "program", "svg", "html+pdf", "cut", "script", "attached", "script in numbers"),
        *("launch in numbers", "cut jpeg", "large", "large jpeg"),
    ],
)
def test_what_is_no_paper_is_refused(data, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        read_paper(io.BytesIO(data))


def test_two_files_in_one_are_the_first_and_nothing_else(show):
    """A picture with a page behind it loses the page; a document with one behind is only
    downloaded, as a PDF."""
    page = b"<html><script>alert(1)</script></html>"
    seen = show(file=read_paper(io.BytesIO(jpeg(form_filled_in(2)) + page + PDF)))
    assert seen.content_type == "image/webp"
    kept = seen.file.open("rb").read()
    assert b"script" not in kept
    assert b"%PDF" not in kept
    both = read_paper(io.BytesIO(PDF[:-6] + page + b"\n%%EOF\n"))
    assert both.content_type == "application/pdf"  # never shown in a page: below, in a cage


def test_a_bomb_at_the_form_is_a_sentence(shop, merchant):
    page = address("document-new", merchant.pk, "licence")
    bomb = SimpleUploadedFile("x.png", png_header(20000, 20000).getvalue(), "image/png")
    answer = shop.post(page, posted(number=CODE) | {"file": bomb})
    assert answer.status_code == 422
    assert "像素太多" in answer.content.decode()
    assert not Document.objects.exists()


def test_a_bomb_is_refused_by_its_header():
    with pytest.raises(ImageRefused):
        read_paper(png_header(20000, 20000))


def test_a_file_that_no_row_names_is_not_left(show, monkeypatch):
    def full(self, **_kwargs):
        raise DatabaseError("disk full")

    before = set(default_storage.listdir("documents")[1]) if _there() else set()
    monkeypatch.setattr(Document, "save", full)
    with pytest.raises(DatabaseError):
        show()
    assert set(default_storage.listdir("documents")[1]) == before


def _there():
    return default_storage.exists("documents")


# One paper, one row


def test_a_newer_one_replaces_it(show):
    old = show("food", FOOD, valid_until=TODAY, covers=("beef",))
    new = show("food", FOOD, valid_until=TODAY + timedelta(days=1800), covers=("beef", "cooked"))
    other = show("food", FOOD_B, valid_until=TODAY, covers=("pork",))
    old.refresh_from_db()
    assert old.withdrawn_at == NOON
    found = documents_of(new.merchant_id, today=TODAY)
    assert [card.document for card in found] == [new, other]
    assert [card.state for card in found] == ["valid", "expiring"]
    event = Event.objects.get(kind="document.added", subject_id=new.pk)
    assert event.data["replaced"] == [old.pk]


def test_twin_without_the_merchants_lock_the_database_still_refuses_two(merchant, show):
    show()
    with pytest.raises(DatabaseError, match="document_stands_once"), transaction.atomic():
        make_document(merchant, "licence", number=CODE)


def test_taken_back_once(merchant, ma, show):
    paper = show()
    with at(NOON):
        service.withdraw_document(merchant_id=merchant.pk, document_id=paper.pk, user_id=ma.pk)
    with at(NOON), pytest.raises(DocumentGone):
        service.withdraw_document(merchant_id=merchant.pk, document_id=paper.pk, user_id=ma.pk)
    assert documents_of(merchant.pk, today=TODAY) == []
    another = make_merchant(brand="别家")
    with at(NOON), pytest.raises(DocumentGone):
        service.withdraw_document(merchant_id=another.pk, document_id=paper.pk, user_id=ma.pk)


CHANGES = [
    "number = 'X'",
    "merchant_id = %(other)s",
    "valid_until = '2099-01-01'",
    "covers = '{cooked}'",
    "sha256 = repeat('0', 64)",
    "source_sha256 = repeat('0', 64)",
    "file = 'documents/other.pdf'",
    "file = ''",  # it stands
    "added_by_id = null",
]


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_looked_at_does_not_change(show, change):
    paper, other = show(), make_merchant(brand="别家")
    with pytest.raises(DatabaseError, match="stays as it came in"), transaction.atomic():
        run(f"update merchants_document set {change} where id = %(id)s", paper, other)
    with pytest.raises(DatabaseError, match="stays as it came in"), transaction.atomic():
        run("delete from merchants_document where id = %(id)s", paper, other)


@pytest.mark.django_db(transaction=True)
def test_twin_without_the_trigger_it_would(show):
    paper, other = show(), make_merchant(brand="别家")
    with owner_cursor() as cursor:
        cursor.execute("drop trigger merchants_document_stays on merchants_document")
    run("update merchants_document set number = 'X' where id = %(id)s", paper, other)
    paper.refresh_from_db()
    assert paper.number == "X"


def test_taken_back_its_file_may_go_and_it_does_not_come_back(show):
    paper, other = show(), make_merchant(brand="别家")
    run("update merchants_document set withdrawn_at = now() where id = %(id)s", paper, other)
    run("update merchants_document set file = '' where id = %(id)s", paper, other)
    with pytest.raises(DatabaseError), transaction.atomic():
        run("update merchants_document set withdrawn_at = null where id = %(id)s", paper, other)


def run(sql, paper, other):
    with connection.cursor() as cursor:
        cursor.execute(sql, {"id": paper.pk, "other": other.pk})


# Pages


def address(name, *args, slug="foodie"):
    return reverse(f"merchants:{name}", args=[slug, *args])


@pytest.fixture
def shop(client, ma):
    client.force_login(ma)
    return client


def posted(**fields):
    sent = SimpleUploadedFile("licence.exe", jpeg(form_filled_in(1)), "text/html")
    return {"request_id": "6f9d1b0e-0d5b-4e51-8f1e-0a5d2f1c9b11", "file": sent} | fields


def test_a_paper_sent_twice_is_one_paper(shop, merchant):
    page = address("document-new", merchant.pk, "food")
    fields = {"number": FOOD, "valid_until": "2030-01-01", "covers": ["beef", "cooked"]}
    assert shop.post(page, posted(**fields)).status_code == 302
    assert shop.post(page, posted(**fields)).status_code == 302
    (paper,) = Document.objects.all()
    assert (paper.covers, paper.content_type) == (["beef", "cooked"], "image/webp")


def test_what_was_typed_stays_and_the_file_is_asked_for_again(shop, merchant):
    page = address("document-new", merchant.pk, "food")
    answer = shop.post(
        page, posted(number=FOOD[:-1] + "1", valid_until="2030-01-01", covers="beef")
    )
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "校验位对不上" in text
    assert FOOD[:-1] + "1" in text
    assert "要重新选一次" in text


def test_uploads_have_a_daily_limit(shop, merchant, monkeypatch):
    monkeypatch.setattr("merchants.views.documents.UPLOADS_A_DAY", 1)
    page = address("document-new", merchant.pk, "food")
    assert shop.post(page, {}).status_code == 422
    assert shop.post(page, {}).status_code == 429


@pytest.mark.parametrize("kind", DocumentKind.values)
def test_every_kind_has_its_form(shop, merchant, kind):
    assert shop.get(address("document-new", merchant.pk, kind)).status_code == 200
    assert shop.get(address("document-new", merchant.pk, "passport")).status_code == 404


def test_the_file_comes_in_a_cage(shop, show, merchant):
    printed = show(file=pdf())
    answer = shop.get(address("document-file", merchant.pk, printed.pk))
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "script" not in answer["Content-Security-Policy"]
    assert "no-store" in answer["Cache-Control"]
    assert b"".join(answer.streaming_content) == pdf().content
    seen = show("other", "1", read_paper(picture()))
    answer = shop.get(address("document-file", merchant.pk, seen.pk))
    assert answer["Content-Type"] == "image/webp"
    assert answer["Content-Disposition"].startswith("inline")
    assert "sandbox" in answer["Content-Security-Policy"]


def test_no_other_address_leads_to_the_file(shop, show, merchant):
    name = show(file=read_paper(picture())).file.name
    for path in (f"/media/{name}", f"/media/items/{name.split('/')[1]}", f"/static/{name}"):
        assert shop.get(path).status_code == 404
    other = make_merchant(make_group("other"), "别家", staff=make_user())
    foreign = make_document(other)
    assert shop.get(address("document-file", merchant.pk, foreign.pk)).status_code == 404


def test_members_see_half_of_the_number_and_no_file(client, show, merchant):
    show(
        "food", FOOD, issuer="长宁区市场监督管理局", valid_until=date(2030, 1, 1), covers=("beef",)
    )
    group = merchant.applications.get().group
    client.force_login(make_member(group, "兰兰").user)
    page = client.get(address("merchant", merchant.pk)).content.decode()
    assert "JY11****5650" in page
    assert FOOD not in page
    assert "document-file" not in page
    assert "/documents/" not in page
    assert client.get(address("documents", merchant.pk)).status_code == 403


def test_short_numbers_are_masked_too():
    assert Document(number="123").masked_number == "1****3"


# Another group sees a shop's papers when the shop shows them, and not before


def test_a_hostile_group_cannot_call_for_a_shops_papers(client, show, merchant):
    merchant.credit_code = CODE
    merchant.save(update_fields=["credit_code"])
    paper = show()
    spy = make_initiator(make_group("spies"))
    application = bring_merchant(
        group_id=spy.group_id,
        user_id=spy.user_id or 0,
        shop=Shop(legal_name="x", brand="x", credit_code=CODE),
        by_officer=True,
        send=True,
    )
    assert application.status == "draft"  # the shop itself has to send it
    client.force_login(spy.user)
    for name in (("documents",), ("document-file", paper.pk)):
        page = address(name[0], merchant.pk, *name[1:], slug="spies")
        assert client.get(page).status_code == 403


@pytest.mark.parametrize(
    ("status", "code"),
    [("draft", 403), ("submitted", 200), ("in_review", 200), ("approved", 200),
     ("suspended", 200), ("rejected", 404), ("exited", 404)],
)  # fmt: skip
def test_another_groups_officers_see_them_while_the_shop_is_with_them(
    client, show, merchant, status, code
):
    show()
    second = make_initiator(make_group("second"))
    approve(second.group, merchant, status=status)
    client.force_login(second.user)
    page = address("documents", merchant.pk, slug="second")
    assert client.get(page).status_code == code


def test_papers_of_a_shop_that_nobody_minds_stay_where_they_were_given(client):
    merchant = make_merchant(make_group("foodie"))
    second = make_initiator(make_group("second"))
    approve(second.group, merchant)
    client.force_login(second.user)
    assert client.get(address("documents", merchant.pk, slug="second")).status_code == 403
