"""Erasing a person: nothing that names her is left anywhere, and no sum has moved (G11)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from uuid import uuid4
from zipfile import ZipFile

import psycopg2.errors
import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from groups.models import Household, Mandate, Membership
from groups.services import memberships
from merchants.models import MerchantStaff
from orders.models import MonthItem, MonthMerchant, Order, OrderChange, Posting, ReturnPhoto
from orders.queries.lists import LABELS, ListKind
from reputation.models import Rating
from tests.core.erasures import (
    OTHER_NICK,
    PHONE,
    REAL,
    STRINGS,
    Person,
    cells,
    dump,
    found_in,
    found_in_media,
    make_person,
    media,
)
from tests.databases import owner_cursor
from tests.factories import make_member, make_merchant, make_order
from tests.orders.stages import at, make_stage
from tuangou import personal as list_of_parts
from tuangou.core import exports, personal
from tuangou.core.errors import InvalidTransition
from tuangou.core.models import ERASED, Erasure, Event, Notice, User


@pytest.fixture(autouse=True)
def own_folders(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.ERASURES_FILE = tmp_path / "records" / "erasures.jsonl"


@contextmanager
def without(name: str) -> Iterator[None]:
    """The list of parts with one that erases nothing."""
    parts = list(list_of_parts.PARTS)
    if name == "core":
        personal._parts[-1] = replace(personal.CORE, erase=lambda *, erasing: None)
    else:
        places = [n for n, part in enumerate(parts) if part.erase.__module__.split(".")[0] == name]
        assert len(places) == 1, name
        parts[places[0]] = replace(parts[places[0]], erase=lambda *, erasing: None)
        personal.register(parts)
    try:
        yield
    finally:
        personal.register(list_of_parts.PARTS)


def account_of(member: Membership) -> int:
    assert member.user_id is not None
    return member.user_id


def sums() -> dict[str, object]:
    """Books and summaries, row by row."""
    postings = Posting.objects.order_by("pk")
    return {
        "postings": list(postings.values_list("pk", "account", "holder_id", "amount_fen")),
        "merchants": list(MonthMerchant.objects.order_by("pk").values()),
        "ratings": list(
            Rating.objects.order_by("pk").values_list(
                "pk", "stars", "words", "counted", "household_no", "given_at"
            )
        ),
        "items": list(MonthItem.objects.order_by("pk").values()),
        "orders": list(
            Order.objects.order_by("pk").values_list(
                "pk", "number", "member_id", "status", "received_fen", "refunded_fen"
            )
        ),
    }


def erased_person(caplog) -> Person:
    person = make_person()
    everywhere = set(found_in(dump())) | set(found_in_media())
    assert everywhere == set(STRINGS), "the drill begins with her everywhere"
    with caplog.at_level("DEBUG"):
        personal.erase(user_id=person.user.pk)
    return person


@pytest.mark.django_db(transaction=True)
def test_nothing_that_names_her_is_left(caplog, capfd):
    person = erased_person(caplog)
    assert found_in(dump()) == []
    assert found_in_media() == []
    assert found_in(caplog.text) == []
    said = capfd.readouterr()
    assert found_in(said.out + said.err) == []
    group = person.stage.group
    for other in (person.stage.neighbour, person.stage.initiator):
        packed = ZipFile(BytesIO(exports.archive(account_of(other))))
        assert [w for name in packed.namelist() for w in found_in(packed.read(name))] == []
    client = Client()
    assert person.stage.initiator.user is not None
    client.force_login(person.stage.initiator.user)
    for name in ("summary-csv", "summary-xlsx"):
        body = client.get(reverse(f"orders:{name}", args=[group.slug])).content
        assert found_in(cells(body) if name.endswith("xlsx") else body) == []
    for kind in ListKind.values:
        path = reverse("orders:list-xlsx", args=[group.slug, person.stage.round.pk, kind])
        answer = client.get(path + "?phones=1")
        if kind not in LABELS:
            assert answer.status_code == 200, kind
            assert ERASED in cells(answer.content), kind
            assert found_in(cells(answer.content)) == [], kind
    for name in ("members", "console", "books", "returns"):
        body = client.get(reverse(f"orders:{name}", args=[group.slug])).content
        assert found_in(body) == [], name
    page = client.get(reverse("orders:payments", args=[group.slug, person.stage.round.pk]))
    assert ERASED in page.content.decode()
    assert found_in(page.content) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("part", ["reputation", "orders", "merchants", "groups", "core"])
def test_twin_without_one_part_the_drill_finds_her(part):
    person = make_person()
    with without(part):
        personal.erase(user_id=person.user.pk)
    assert {*found_in(dump()), *found_in_media()}


@pytest.mark.django_db(transaction=True)
def test_sums_books_and_summaries_stay(caplog):
    person = make_person()
    before = sums()
    personal.erase(user_id=person.user.pk)
    assert sums() == before
    person.member.refresh_from_db()
    assert person.member.status == "left"
    assert person.member.nickname == f"{ERASED}·{person.member.pk}"
    assert person.member.masked_name == person.member.nickname
    assert not Household.objects.filter(room="R1807").exists()
    assert not ReturnPhoto.objects.exists()
    assert list(media()) == []


@pytest.mark.django_db(transaction=True)
def test_the_account_is_over_and_twice_is_once():
    person = make_person()
    first = personal.erase(user_id=person.user.pk)
    assert personal.erase(user_id=person.user.pk).pk == first.pk
    user = User.objects.get(pk=person.user.pk)
    assert (user.phone, user.nickname, user.is_active) == (None, ERASED, False)
    assert not user.has_usable_password()
    assert not Notice.objects.filter(user=user).exists()
    told = Event.objects.get(kind="person.erased")
    assert (told.subject_id, told.actor_id, told.data) == (user.pk, None, {})
    (line,) = personal.journal().read_text().splitlines()
    assert json.loads(line) == {
        "user_id": user.pk,
        "at": first.erased_at.isoformat(),
        "mark": first.mark,
    }
    assert personal.note_erasures() == 0


@pytest.mark.django_db
def test_nobody_brings_her_back():
    stage = make_stage()
    personal.erase(user_id=account_of(stage.member))
    with pytest.raises(InvalidTransition, match="已经注销"):
        memberships.activate(membership_id=stage.member.pk, actor_id=stage.initiator.pk)


@pytest.mark.django_db
def test_a_neighbour_with_the_same_flat_keeps_it():
    stage = make_stage()
    flat = stage.member.household
    other = Membership.objects.create(
        group=stage.group,
        household=flat,
        nickname="同住",
        real_name="同住人",
        status="active",
        activated_at=stage.start,
    )
    personal.erase(user_id=account_of(stage.member))
    other.refresh_from_db()
    assert other.household.room == flat.room
    stage.member.refresh_from_db()
    assert stage.member.household.room == ERASED


# What stands in the way


@pytest.mark.django_db
def test_an_open_order_stands_in_the_way():
    stage = make_stage()
    stage.order()
    with pytest.raises(personal.NotYet, match="还没完"):
        personal.erase(user_id=account_of(stage.member))


@pytest.mark.django_db
def test_money_stands_in_the_way_in_both_directions():
    stage = make_stage()
    order = stage.order()
    stage.arrive()
    stage.hand_over(order)
    Order.objects.filter(pk=order.pk).update(status="collected")
    stage.round.move_to("completed", at=stage.pickup)
    owed = personal.obstacles(account_of(stage.member))
    assert ["还差 ¥76.00" in obstacle.sentence for obstacle in owed] == [True]
    stage.receive(order, 8000)
    (credit,) = personal.obstacles(account_of(stage.member))
    assert "¥4.00 要退给你" in credit.sentence
    assert credit.url.endswith(f"/orders/{order.pk}/")


@pytest.mark.django_db
def test_an_open_return_and_an_office_stand_in_the_way():
    stage = make_stage()
    order = stage.collected()
    stage.receive(order, 7600)
    stage.round.move_to("completed", at=stage.pickup)
    stage.ask(order)
    assert ["退货" in o.sentence for o in personal.obstacles(account_of(stage.member))] == [True]
    (office,) = personal.obstacles(account_of(stage.initiator))
    assert "先选出新团长" in office.sentence
    assert Mandate.objects.filter(membership=stage.initiator, ended_at=None).exists()
    shop = make_merchant(stage.group, staff=stage.neighbour.user)
    (owner,) = personal.obstacles(account_of(stage.neighbour))
    assert shop.brand in owner.sentence
    assert MerchantStaff.objects.filter(user=stage.neighbour.user, role="owner").exists()


@pytest.mark.django_db
def test_who_helped_with_an_open_order_waits_too():
    stage = make_stage()
    with at(stage.ordering):
        order = make_order(stage.round, stage.neighbour, placed_by=stage.member)
    assert personal.obstacles(account_of(stage.member)) == []
    Order.objects.filter(pk=order.pk).update(proxy_pays=True)
    assert len(personal.obstacles(account_of(stage.member))) == 1


def placed_behind(order: Order) -> None:
    """What placing inserts when it read the member before she was erased."""
    order.pk, order.number, order.request_id = None, order.number + 1000, uuid4()
    order.pickup_token = order.pickup_token[::-1]
    order._state.adding = True
    order.save(force_insert=True)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "twin"])
def test_an_order_read_before_is_not_placed_after(guarded):
    person = make_person()
    stale = Order.objects.get(pk=person.order.pk)
    make_member(person.stage.group, "同住", household=person.member.household)
    personal.erase(user_id=person.user.pk)
    if guarded:
        with pytest.raises(OperationalError, match="left while the order was placed"):
            placed_behind(stale)
        assert OTHER_NICK not in dump()
    else:
        with owner_cursor() as cursor:
            cursor.execute("alter table orders_order disable trigger orders_order_member_stays")
        placed_behind(stale)
        assert OTHER_NICK in dump()


# What the narrow way into fixed rows can do


def erase_text(table: str, place: str, ids: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select core_erase_text(%s::regclass, %s, %s)", [table, place, ids])


@pytest.mark.django_db(transaction=True)
def test_a_fixed_row_can_lose_its_text_and_nothing_else():
    stage = make_stage()
    stage.order()
    change = OrderChange.objects.get()
    for table, place in (
        ("orders_orderchange", "kind"),
        ("orders_orderchange", "after"),
        ("orders_posting", "source"),
        ("core_event", "kind"),
        ("core_event", "data"),
        ("core_event", "data.round"),
        ("core_erasure", "mark"),
        ("core_user", "nickname"),
        ("django_migrations", "name"),
        ("orders_orderchange", ""),
    ):
        with pytest.raises(Exception, match="not a text that may be erased"):
            erase_text(table, place, [change.pk])
    with owner_cursor() as cursor:  # triggers hold for the owner, grants for the app
        for update in (
            "reason = 'other'",
            "reason = '', kind = 'amended'",
            "at = now()",
            "reason = '', after = '{}'",
        ):
            with pytest.raises(psycopg2.errors.RestrictViolation):
                cursor.execute(f"update orders_orderchange set {update}")
        with pytest.raises(psycopg2.errors.RestrictViolation):
            cursor.execute("""update core_event set data = data || '{"reason": "x"}'""")
        with pytest.raises(psycopg2.errors.RestrictViolation):
            cursor.execute("delete from orders_orderchange")
    before = OrderChange.objects.values().get()
    erase_text("orders_orderchange", "reason", [change.pk])
    assert OrderChange.objects.values().get() == before | {"reason": ""}
    with connection.cursor() as cursor:
        cursor.execute("select has_table_privilege('orders_orderchange', 'update')")
        assert cursor.fetchone() == (False,)


@pytest.mark.django_db
def test_only_the_app_may_call_it():
    with connection.cursor() as cursor:
        cursor.execute(
            "select has_function_privilege('core_erase_text(regclass, text, bigint[])', 'execute'),"
            " proacl::text from pg_proc where proname = 'core_erase_text'"
        )
        mine, rights = cursor.fetchone()
    assert mine
    assert not re.search(r"[{,]=X", rights), "nobody else"


# After a restore


@pytest.mark.django_db(transaction=True)
def test_a_journal_erases_again_whom_it_names_and_nobody_who_came_later(tmp_path):
    person = make_person()
    mark = personal.mark_of(person.user.pk, person.user.date_joined)
    other = account_of(person.stage.neighbour)
    file = tmp_path / "journal.jsonl"
    rows = [
        {"user_id": person.user.pk, "at": "2026-11-20T04:00:00+00:00", "mark": mark},
        {"user_id": other, "at": "2026-11-20T04:00:00+00:00", "mark": "0" * 64},
        {"user_id": 10**9, "at": "2026-11-20T04:00:00+00:00", "mark": mark},
    ]
    file.write_text("\n".join(json.dumps(row) for row in rows) + "\n")
    assert personal.erase_again(file) == [person.user.pk]
    assert personal.erase_again(file) == []
    assert found_in(dump()) == []
    assert Erasure.objects.get().erased_at.isoformat() == "2026-11-20T04:00:00+00:00"
    assert User.objects.get(pk=other).is_active
    assert REAL not in dump()
    assert PHONE not in dump()
