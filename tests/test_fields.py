"""Who sees what of a merchant and of its neighbours, field by field: docs/fields.md, checked.

Marks that occur nowhere else are planted in one scene; then every page, every API answer and every
export that a role can open is searched for them, whole.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4
from zipfile import BadZipFile, ZipFile

import pytest
from django.test import Client
from django.urls import reverse

from groups.admin import site
from groups.models import Household, Membership
from merchants.models import LineCheck, Merchant, MerchantStaff
from orders.models import Order, Round
from orders.queries import portal
from tests import test_api_permissions as api
from tests.factories import make_checklist, make_document, make_user
from tests.merchants.papers import CODE, FOOD
from tests.test_permissions import READS, Scene, make_scene
from tuangou.core import exports, pdf
from tuangou.core.api import wire
from tuangou.core.models import User

DOCS = Path(__file__).parent.parent / "docs/fields.md"
ROLES = {
    "stranger": ("anonymous", "outsider"),
    "other group": ("other_initiator",),
    "day's helper": ("day's helper",),
    "shop owner": ("merchant",),
    "shop helper": ("shop helper",),
    "member": ("neighbour",),
    "herself": ("member",),
    "deputy": ("deputy",),
    "initiator": ("initiator",),
    "operator": ("operator",),
}
PHONE, OWNERS_PHONE, CONTACT = "13912340001", "13912340003", "13912340009"
ROOM, NOTED = "南宫二四R一七", "独孤求验"
TYPED, AT_THE_DOOR = "13912340005", "phone and door were shown"


@dataclass(frozen=True)
class Field:
    """`full`: what gives the field away; `masked`: what is shown of it in its place."""

    name: str
    full: str
    masked: str = ""


FIELDS = (
    Field("merchant: brand", "老马家牛肉铺"),
    Field("merchant: legal name", "轩辕法定有限公司"),
    Field("merchant: credit code", CODE, "9131****250X"),
    Field("merchant: contact", CONTACT),
    Field("merchant: owner's phone", OWNERS_PHONE),
    Field("merchant: a paper's number", FOOD, "JY11****5650"),
    Field("merchant: a paper's file", "%PDF-1.4%%EOF"),
    Field("merchant: a vetting note", NOTED),
    Field("member: nickname", "夏侯昵", "夏*"),
    Field("member: real name", "欧阳真"),
    Field("member: phone", PHONE),
    Field("member: door", ROOM),
    Field("member: a phone typed into a wish", TYPED),
    Field("member: phone and door, brought to the door", AT_THE_DOOR),
)


def planted() -> Scene:
    scene = make_scene()
    member, merchant_id = scene.stage.member, scene.stage.round.merchant_id
    assert member.user is not None
    User.objects.filter(pk=member.user.pk).update(phone=f"+86{PHONE}")
    Membership.objects.filter(pk=member.pk).update(nickname="夏侯昵", real_name="欧阳真")
    Household.objects.filter(pk=member.household_id).update(room=ROOM)
    Order.objects.filter(member=member).update(
        room=ROOM, nickname="夏侯昵", note=f"打 {TYPED} 切小块"
    )
    Merchant.objects.filter(pk=merchant_id).update(
        legal_name="轩辕法定有限公司", credit_code=CODE, contact=f"令狐 {CONTACT}"
    )
    owner = scene.people["merchant"]
    assert owner is not None
    User.objects.filter(pk=owner.pk).update(phone=f"+86{OWNERS_PHONE}")
    paper = make_document(scene.stage.round.merchant, "food", number=FOOD, covers=["beef"])
    scene.ids["document_id"] = paper.pk
    LineCheck.objects.create(
        group=scene.stage.group,
        application=scene.stage.round.merchant.applications.get(),
        line=make_checklist(scene.stage.group)[0],
        passed=True,
        note=NOTED,
        checked_by=scene.stage.initiator,
        checked_at=scene.stage.start,
    )
    helper = MerchantStaff.objects.get(merchant_id=merchant_id, role="helper").user
    operator = make_user("运维", is_staff=True)
    scene.people |= {"shop helper": helper, "operator": operator, "day's helper": None}
    return scene


# Everything a role can read


def text_of(response: Any) -> str:
    """A page, an answer, a workbook or a file as one text without spaces."""
    if response.status_code >= 300:
        return ""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    try:
        inside = ZipFile(BytesIO(body))
        body = b" ".join(inside.read(name) for name in inside.namelist())
    except BadZipFile:
        pass
    text = body.decode("utf-8", "replace")
    text = re.sub(r"\\u([0-9a-f]{4})", lambda m: chr(int(m.group(1), 16)), text)
    return re.sub(r"\s+", "", html.unescape(text))


def read_by(scene: Scene, role: str, drawn: list[str]) -> Iterator[str]:
    """A day's helper has her link and nothing else; the others everything but that link."""
    user = scene.people[role]
    client = Client()
    if user is not None:
        client.force_login(user)
    by_link = role == "day's helper"
    names = [name for name, _who in READS if name.startswith("helper") == by_link]
    yield from (text_of(client.get(scene.path(name))) for name in names)
    yield from drawn
    drawn.clear()
    if by_link:
        return
    answers = [name for name, _who in api.READS if name not in {"schema", "docs"}]
    yield from (text_of(client.get(api.path_of(scene, name))) for name in answers)
    if user is not None:
        inside = ZipFile(BytesIO(exports.archive(user.pk)))
        yield re.sub(r"\s+", "", inside.read("data.json").decode())
    if role == "operator":
        yield from administered(client)


def administered(client: Client) -> Iterator[str]:
    for model in site._registry:
        base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield text_of(client.get(reverse(f"{base}_changelist")))
        for pk in model._default_manager.order_by("pk").values_list("pk", flat=True)[:60]:
            yield text_of(client.get(reverse(f"{base}_change", args=[pk])))


def at_the_doors(scene: Scene, role: str) -> str:
    """What stands behind the button, of a round that its merchant brings to the doors."""
    Round.objects.filter(pk=scene.stage.round.pk).update(to_the_door=True)
    client = Client()
    user = scene.people[role]
    if user is not None:
        client.force_login(user)
    page = reverse("orders:shop-doors", args=[scene.stage.group.slug, scene.stage.round.pk])
    seen = text_of(client.post(page, {"request_id": str(uuid4())}))
    Round.objects.filter(pk=scene.stage.round.pk).update(to_the_door=False)
    return AT_THE_DOOR if PHONE in seen and ROOM in seen else ""


def seen(text: str, field: Field) -> str:
    if field.full in text:
        return "yes"
    return "masked" if field.masked and field.masked in text else "–"


def found(scene: Scene, drawn: list[str]) -> dict[str, dict[str, str]]:
    """{role: {field: yes, masked or –}}."""
    answers = {}
    for role, people in ROLES.items():
        parts = [part for person in people for part in read_by(scene, person, drawn)]
        parts += [at_the_doors(scene, person) for person in people]
        text = "\n".join(parts)
        answers[role] = {field.name: seen(text, field) for field in FIELDS}
    return answers


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is written on every PDF from here on."""
    texts: list[str] = []
    draw = pdf.Sheet.pdf

    def listening(sheet: pdf.Sheet) -> bytes:
        marks = [m.text for page in sheet.pages for m in page if isinstance(m, pdf.Text)]
        texts.append(re.sub(r"\s+", "", "\n".join(marks)))
        return draw(sheet)

    monkeypatch.setattr(pdf.Sheet, "pdf", listening)
    monkeypatch.setattr(wire, "MOST", dict.fromkeys(wire.MOST, 10**6))
    return texts


def table(answers: dict[str, dict[str, str]]) -> str:
    head = ["field", *ROLES]
    rows = [[field.name, *(answers[role][field.name] for role in ROLES)] for field in FIELDS]
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def documented() -> str:
    page = DOCS.read_text()
    return page.partition("<!-- begin fields -->\n")[2].partition("\n<!-- end fields -->")[0]


@pytest.mark.timeout(900)  # a machine may be busy
@pytest.mark.django_db
def test_the_table_is_what_each_role_can_read(drawn: list[str], broker_allowed: None) -> None:
    """After a change: judge each cell, then put the table that this prints into docs/fields.md."""
    got = table(found(planted(), drawn))
    print(got)
    assert got == documented()


@pytest.mark.django_db
def test_twin_a_careless_page_is_found(
    drawn: list[str], monkeypatch: pytest.MonkeyPatch, broker_allowed: None
) -> None:
    """The wishes as they were written, to the shop."""
    scene = planted()
    Round.objects.filter(pk=scene.stage.round.pk).update(to_the_door=True)
    assert TYPED not in "".join(read_by(scene, "merchant", drawn))
    monkeypatch.setattr(portal, "without_doors", lambda wish: wish)
    assert TYPED in "".join(read_by(scene, "merchant", drawn))
