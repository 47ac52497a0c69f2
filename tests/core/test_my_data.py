"""/accounts/data/: see, correct, take away, go; for her alone."""

from __future__ import annotations

import json
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import jsonschema
import pytest
from django.conf import settings as live
from django.core.files.storage import default_storage
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from groups.models import Household
from groups.services import personal as in_groups
from reputation.models import SanctionAppeal
from tests.core.erasures import NICK, PHONE, REAL, Person, found_in, make_person
from tests.orders.stages import make_stage
from tests.reputation.judging import decide
from tuangou.core import events, exports, personal
from tuangou.core.models import ERASED, Event, Export, Notice, Session, User

SCHEMA = json.loads((live.BASE_DIR / "docs" / "my-data.schema.json").read_text())
PASSWORD = "iRis-2026-lan"


@pytest.fixture(autouse=True)
def own_folders(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.ERASURES_FILE = tmp_path / "records" / "erasures.jsonl"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def proved(client: Client) -> Client:
    """As after allauth's page for the password."""
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def packed(body: bytes) -> tuple[dict[str, Any], list[str]]:
    file = ZipFile(BytesIO(body))
    return json.loads(file.read("data.json")), file.namelist()


def body_of(response) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


@pytest.fixture
def person(transactional_db) -> Person:
    return make_person()


def test_the_page_shows_what_is_held_and_where_it_is_corrected(person):
    page = signed_in(person.user).get(reverse("account_data")).content.decode()
    group = person.stage.group
    for text in (REAL, NICK, "138 1234 5678", group.name, "只有团长看得到", "198.51.100.77"):
        assert text in page
    for name in ("groups:correct", "groups:door-ask"):
        assert reverse(name, args=[group.slug]) in page


def test_the_export_is_one_file_that_follows_its_schema(person):
    client = signed_in(person.user)
    asked = client.post(reverse("account_data_export"))
    assert asked.status_code == 302, "a fresh proof comes first"
    assert reverse("account_reauthenticate") in asked.headers["Location"]
    response = proved(client).post(reverse("account_data_export"))
    assert response.headers["Content-Disposition"] == 'attachment; filename="my-data.zip"'
    assert "no-store" in response.headers["Cache-Control"]
    data, names = packed(body_of(response))
    jsonschema.Draft202012Validator(SCHEMA).validate(data)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(SCHEMA).validate(data | {"orders": [{"id": "x"}]})
    assert data["account"][0]["phone"] == PHONE
    assert data["memberships"][0]["real_name"] == REAL
    (photo,), (other,) = data["returns"][0]["photos"], data["ratings"][0]["photos"]
    assert sorted(names) == sorted(["data.json", other, photo])
    assert [row["text"] for row in data["comments"]] == [f"我是{NICK}，排队快"]
    assert [row["for_neighbour"] for row in data["orders"]] == [True, False]
    assert person.stage.neighbour.nickname not in json.dumps(data, ensure_ascii=False)
    text = json.dumps(data)
    for secret in (person.user.password, "session_key", "pickup_token", "nonce"):
        assert secret not in text


def test_the_export_says_what_she_wrote_for_a_shop_against_a_sanction(person):
    row = decide(person.stage, when=timezone.now())
    SanctionAppeal.objects.create(
        group=person.stage.group,
        sanction=row,
        text="那天车坏在路上",
        made_by=person.user,
        made_at=row.decided_at,
    )
    data, _names = packed(exports.archive(person.user.pk))
    jsonschema.Draft202012Validator(SCHEMA).validate(data)
    (said,) = data["sanction_appeals"]
    assert (said["shop"], said["text"]) == (row.merchant.brand, "那天车坏在路上")
    other = person.stage.initiator.user
    assert packed(exports.archive(other.pk))[0]["sanction_appeals"] == []


def test_every_kind_of_holding_is_in_the_schema(person):
    """But for what hangs on the account, which the schema allows as plain rows."""
    generic = {key.model._meta.label_lower.replace(".", "_") for key in personal.hanging()}
    known = {"schema", "made_at", *(holding.key for holding in personal.holdings(person.user.pk))}
    assert known - generic == set(SCHEMA["properties"])


def test_a_large_export_is_made_by_a_worker_and_given_to_nobody_else(person, monkeypatch):
    monkeypatch.setattr(exports, "LARGEST_AT_ONCE", 0)
    Export.objects.all().delete()
    client = proved(signed_in(person.user))
    first = client.post(reverse("account_data_export"), follow=True)
    assert "正在打包" in first.content.decode()
    client.post(reverse("account_data_export"))
    export = Export.objects.get(user=person.user, made_at=None)
    events.drain(None)
    export.refresh_from_db()
    assert export.made_at
    assert len(Path(str(export.file)).stem) == 32
    assert Notice.objects.filter(user=person.user, kind="account.export_ready").exists()
    address = reverse("account_data_file", args=[export.pk])
    data, _names = packed(body_of(client.get(address)))
    assert data["account"][0]["phone"] == PHONE
    assert person.stage.neighbour.user is not None
    other = signed_in(person.stage.neighbour.user)
    missing = other.get(reverse("account_data_file", args=[10**6]))
    assert other.get(address).status_code == missing.status_code == 404
    Export.objects.filter(pk=export.pk).update(made_at=timezone.now() - timedelta(hours=25))
    assert client.get(address).status_code == 404


def test_exports_are_gone_after_a_day(person, monkeypatch):
    monkeypatch.setattr(exports, "_old", lambda name: True)
    Export.objects.all().delete()
    export = exports.ask(user_id=person.user.pk)
    events.drain(None)
    export.refresh_from_db()
    assert exports.tidy() == 0
    assert default_storage.exists(str(export.file))
    Export.objects.update(asked_at=timezone.now() - timedelta(hours=25))
    assert exports.tidy() == 1
    assert not default_storage.exists(str(export.file))


def test_erasing_asks_once_more_needs_a_proof_and_ends_on_a_plain_page(person):
    client = signed_in(person.user)
    address = reverse("account_data_erase")
    assert reverse("account_reauthenticate") in client.post(address).headers["Location"]
    assert User.objects.get(pk=person.user.pk).is_active
    page = proved(client).get(address).content.decode()
    for words in ("马上删掉", "留着的", "不能恢复"):
        assert words in page
    done = client.post(address, follow=True)
    assert done.redirect_chain == [(reverse("account_data_erased"), 302)]
    assert "已经注销" in done.content.decode()
    assert not User.objects.get(pk=person.user.pk).is_active
    assert not Session.objects.filter(user=person.user).exists()
    assert client.get(reverse("account_data")).status_code == 302
    assert not Client().login(phone=PHONE, password=PASSWORD)


def test_who_signs_in_by_codes_alone_signs_in_anew(person, settings):
    person.user.set_unusable_password()
    person.user.save(update_fields=["password"])
    client = signed_in(person.user)
    page = client.post(reverse("account_data_erase")).content.decode()
    assert "先重新登录" in page
    assert User.objects.get(pk=person.user.pk).is_active
    settings.SMS_BACKEND = "off"  # nothing to prove it with
    assert client.post(reverse("account_data_erase")).status_code == 302
    assert not User.objects.get(pk=person.user.pk).is_active


@pytest.mark.django_db
def test_what_stands_in_the_way_is_said_with_the_next_step():
    stage = make_stage()
    order = stage.order()
    assert stage.member.user is not None
    client = signed_in(stage.member.user)
    for response in (
        client.get(reverse("account_data_erase")),
        client.post(reverse("account_data_erase")),
    ):
        page = response.content.decode()
        assert "现在还不能注销" in page
        assert reverse("orders:order", args=[stage.group.slug, order.pk]) in page
    assert response.status_code == 409
    assert stage.member.user.is_active


# Correcting


@pytest.mark.django_db(transaction=True)
def test_she_corrects_her_names_herself():
    stage = make_stage()
    assert stage.member.user is not None
    client = signed_in(stage.member.user)
    address = reverse("groups:correct", args=[stage.group.slug])
    form = client.get(address).context["form"]
    sent = {"request_id": str(form["request_id"].value()), "nickname": "小张", "real_name": ""}
    bad = client.post(address, sent)
    assert bad.status_code == 422
    assert "填真实姓名" in bad.content.decode()
    assert 'value="小张"' in bad.content.decode()
    for name in (f"{ERASED}1", "小张"):
        client.post(
            address,
            {
                "request_id": str(client.get(address).context["form"]["request_id"].value()),
                "nickname": name,
                "real_name": "张三丰",
            },
        )
    stage.member.refresh_from_db()
    assert (stage.member.nickname, stage.member.real_name) == ("小张", "张三丰")
    told = Event.objects.get(kind="membership.renamed")
    assert told.data == {}


@pytest.mark.django_db
def test_a_door_is_asked_for_and_the_initiator_writes_it():
    stage = make_stage()
    building = stage.member.household.building
    old = stage.member.household_id
    in_groups.ask_door(
        membership_id=stage.member.pk, building_id=building.pk, unit="", room="５０２室"
    )
    events.drain(stage.group.pk)
    (notice,) = Notice.objects.filter(user=stage.initiator.user, kind="groups.door_asked")
    assert notice.context == {"who": "张三", "door": "3栋502"}
    assert stage.initiator.user is not None
    page = signed_in(stage.initiator.user).get(notice.path)
    assert 'value="502"' in page.content.decode()
    in_groups.move_door(
        membership_id=stage.member.pk,
        actor_id=stage.initiator.pk,
        building_id=building.pk,
        unit="",
        room="502",
    )
    events.drain(stage.group.pk)
    stage.member.refresh_from_db()
    assert str(stage.member.household) == "3栋502"
    assert not Household.objects.filter(pk=old).exists()
    assert Notice.objects.filter(user=stage.member.user, kind="groups.door_moved").exists()
    for kind in ("membership.door_asked", "membership.door_moved"):
        assert set(Event.objects.get(kind=kind).data) == {"household"}


@pytest.mark.django_db
def test_logs_do_not_name_her(caplog):
    stage = make_stage()
    with caplog.at_level("DEBUG"), transaction.atomic():
        in_groups.rename(membership_id=stage.member.pk, nickname=NICK, real_name=REAL)
    assert found_in(caplog.text) == []
