"""Backups that agree with themselves while people order, and restores that are checked (B1)."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from io import StringIO
from itertools import count
from pathlib import Path
from threading import Event as Signal
from threading import Thread
from uuid import uuid4

import pytest
import yaml
from django.conf import settings as live
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, connections, transaction

from orders.models import Account, Order, Posting
from tests import databases
from tests.core.erasures import NICK, REAL, ROOM, dump, found_in, found_in_media, make_person
from tests.factories import make_member, make_order
from tests.orders.stages import Stage, make_stage
from tuangou import __version__
from tuangou.core import backups, personal
from tuangou.core.management.commands import restore
from tuangou.core.management.commands.prepare_database import grants
from tuangou.core.models import Session, User
from tuangou.dev import processes

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(autouse=True)
def own_folders(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.ERASURES_FILE = tmp_path / "records" / "erasures.jsonl"


@pytest.fixture(autouse=True)
def rights_in_this_process(monkeypatch):
    """prepare_database opens a connection of its own, which a test process may not; what it would
    do after a restore is give rights. One test below runs the whole command as a process."""

    def give(name: str, **options: object) -> None:
        assert name == "prepare_database"
        with databases.owner_cursor() as cursor:
            for statement in grants(connection, connection.settings_dict["USER"]):
                cursor.execute(statement)

    monkeypatch.setattr(restore, "call_command", give)


@pytest.fixture
def elsewhere(transactional_db, settings, tmp_path) -> Iterator[Callable[[], None]]:
    """Called, it leads to an empty database and an empty folder of pictures."""
    name = f"{databases.PREFIX}_{uuid4().hex[:8]}"
    before = connections.settings["default"]["NAME"]
    databases._admin(f'create database "{name}" template template0')

    def go() -> None:
        databases._use(name)
        settings.MEDIA_ROOT = tmp_path / "media2"

    yield go
    databases._use(before)
    databases._drop(name)


def backed_up(folder: Path) -> backups.Manifest:
    call_command("backup", str(folder), stdout=StringIO())
    return backups.read_manifest(folder)


def restored(folder: Path, *more: str) -> str:
    out = StringIO()
    call_command("restore", str(folder), *more, stdout=out, stderr=out)
    return out.getvalue()


class Writer(Thread):
    """A neighbour who places one order after another until she is told to stop."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(daemon=True)
        self.stage, self.enough, self.placed = stage, Signal(), 0

    def run(self) -> None:
        try:
            for n in count(1):
                make_order(self.stage.round, make_member(self.stage.group, f"邻居{n}"), 1)
                self.placed += 1
                if self.enough.wait(0.05):
                    break
        finally:
            connection.close()

    def has_placed(self, more: int) -> bool:
        """Whether she places so many more, however slow the machine is."""
        wanted = self.placed + more
        return processes.wait_until(lambda: self.placed >= wanted, 60)


def open_stage() -> Stage:
    """A stage whose round takes orders now."""
    stage = make_stage()
    with connection.cursor() as cursor:
        cursor.execute(
            "update orders_round set opens_at = now() - interval '1 day', cut_off_at = now() +"
            " interval '1 day', pickup_from = now() + interval '2 days',"
            " pickup_until = now() + interval '3 days'"
        )
    return stage


@pytest.mark.django_db(transaction=True)
def test_dump_and_manifest_agree_while_orders_come_in(tmp_path, elsewhere, monkeypatch):
    stage = open_stage()
    (live.MEDIA_ROOT / "returns").mkdir(parents=True)
    (live.MEDIA_ROOT / "returns" / "a.webp").write_bytes(b"picture")
    (live.MEDIA_ROOT / "exports").mkdir()
    (live.MEDIA_ROOT / "exports" / "hers.zip").write_bytes(b"packed")
    writer = Writer(stage)
    whole = backups.dump

    def while_she_orders(target: Path, snapshot: str, server: str) -> None:
        assert writer.has_placed(2), "the second began after the snapshot"
        whole(target, snapshot, server)

    monkeypatch.setattr(backups, "dump", while_she_orders)
    writer.start()
    try:
        assert writer.has_placed(3)
        manifest = backed_up(tmp_path / "b")
        assert writer.is_alive()
        before_stop = Order.objects.count()
    finally:
        writer.enough.set()
        writer.join(60)
    in_backup = manifest["tables"]["orders_order"]["rows"]
    assert 3 <= in_backup < before_stop, "the writer went on while it was made"
    assert manifest["files"] == {
        "returns/a.webp": backups.sha256(tmp_path / "b/media/returns/a.webp")
    }
    elsewhere()
    assert "0 erased again" in restored(tmp_path / "b")
    assert Order.objects.count() == in_backup
    assert (tmp_path / "media2/returns/a.webp").read_bytes() == b"picture"


@pytest.mark.django_db(transaction=True)
def test_twin_without_the_snapshot_restore_sees_that_they_differ(tmp_path, elsewhere, monkeypatch):
    stage = open_stage()
    whole = backups.dump

    def later(target: Path, snapshot: str, server: str) -> None:
        """What a dump of its own moment would be."""
        make_order(stage.round, stage.neighbour, 1)
        with backups.owner() as other, other.cursor() as cursor:
            cursor.execute("begin isolation level repeatable read")
            whole(target, backups.said(cursor, "select pg_export_snapshot()"), server)

    monkeypatch.setattr(backups, "dump", later)
    backed_up(tmp_path / "b")
    elsewhere()
    with pytest.raises(CommandError, match="differences"):
        restored(tmp_path / "b")


@pytest.mark.django_db(transaction=True)
def test_the_book_is_in_the_manifest_and_comes_back_with_its_guards(tmp_path, elsewhere):
    stage = make_stage()
    order = stage.collected()
    stage.receive(order, 7600)
    stage.accept(stage.ask(order), 1000)
    Session.objects.create(
        session_key="k" * 32,
        session_data="x",
        expire_date=stage.pickup,
        created_at=stage.start,
        last_seen_at=stage.start,
    )
    manifest = backed_up(tmp_path / "b")
    for account in Account.values:
        legs = Posting.objects.filter(account=account).values_list("amount_fen", flat=True)
        assert manifest["sums"].get(f"orders_posting.amount_fen.{account}", 0) == sum(legs)
    assert manifest["sums"]["orders_payment.amount_fen"] == 7600
    assert manifest["app"] == __version__
    assert "core_session" not in manifest["tables"]
    assert not any("欧阳" in text for text in json.dumps(manifest))
    elsewhere()
    command = [sys.executable, "manage.py", "restore", str(tmp_path / "b")]
    folders = {"DATA_DIR": str(tmp_path / "fresh")}
    subprocess.run(command, env=databases.environment() | folders, check=True, cwd=ROOT)
    assert not Session.objects.exists(), "a device signed out since would be signed in again"
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("update orders_posting set amount_fen = 1")
    with databases.owner_cursor() as cursor, pytest.raises(Exception, match="append-only"):
        cursor.execute("delete from orders_posting")


# Refusals, each before anything is touched


@pytest.mark.django_db(transaction=True)
def test_only_into_an_empty_database_or_one_that_is_named(tmp_path):
    make_stage()
    backed_up(tmp_path / "b")
    name = connection.settings_dict["NAME"]
    with pytest.raises(CommandError, match=f"is not empty.*--replace {name}"):
        restored(tmp_path / "b")
    with pytest.raises(CommandError, match="nothing was touched"):
        restored(tmp_path / "b", "--replace", "another")
    with pytest.raises(CommandError, match="not an empty folder"):
        backed_up(tmp_path / "b")
    her = User.objects.filter(nickname="张三")
    assert her.update(nickname="后来改的") == 1
    connections.close_all()
    restored(tmp_path / "b", "--replace", name)
    assert her.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_damaged_unfinished_or_newer_backup_is_refused(tmp_path, elsewhere):
    (live.MEDIA_ROOT / "items").mkdir(parents=True)
    (live.MEDIA_ROOT / "items" / "a.webp").write_bytes(b"picture")
    folder = tmp_path / "b"
    backed_up(folder)
    elsewhere()
    photo = folder / "media/items/a.webp"
    for path in (photo, folder / backups.DUMP, folder / backups.JOURNAL):
        whole = path.read_bytes()
        path.write_bytes(whole + b" ")
        with pytest.raises(CommandError, match=f"{path.name} is missing or damaged"):
            restored(folder)
        path.write_bytes(whole)
    manifest = json.loads((folder / backups.MANIFEST).read_text())
    newer = manifest | {"migrations": [*manifest["migrations"], "orders.9999_future"]}
    (folder / backups.MANIFEST).write_text(json.dumps(newer))
    with pytest.raises(CommandError, match="made by newer code"):
        restored(folder)
    (folder / backups.MANIFEST).unlink()
    with pytest.raises(CommandError, match="holds no finished backup"):
        restored(folder)
    with backups.owner() as database, database.cursor() as cursor:
        assert backups.tables(cursor) == []


@pytest.mark.django_db(transaction=True)
def test_every_difference_is_said(tmp_path, elsewhere):
    make_stage().order()
    folder = tmp_path / "b"
    manifest = backed_up(folder)
    manifest["tables"]["orders_order"]["rows"] += 1
    manifest["tables"]["core_user"]["seal"] = "0"
    manifest["sums"]["orders_posting.amount_fen.member"] += 1
    (folder / backups.MANIFEST).write_text(json.dumps(manifest))
    elsewhere()
    said = StringIO()
    with pytest.raises(CommandError, match="3 differences"):
        call_command("restore", str(folder), stdout=said, stderr=said)
    for words in ("tables: orders_order is 1 rows", "core_user", "sums: orders_posting"):
        assert words in said.getvalue()


def test_an_old_client_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PG_BIN", str(tmp_path))
    with pytest.raises(backups.Refused, match="pg_dump is not here"):
        backups.program("pg_dump", "180006")
    old = tmp_path / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 17.2'\n")
    old.chmod(0o755)
    with pytest.raises(backups.Refused, match="of version 17, the server of 18"):
        backups.program("pg_dump", "180006")
    assert backups.program("pg_dump", "170001") == str(old)


def test_the_image_has_the_client_of_the_composed_server():
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    server = compose["services"]["db"]["image"]
    taken = re.findall(r"--from=(postgres:\d+)", (ROOT / "Dockerfile").read_text())
    assert set(taken) == {server}


# Erased stays erased


@pytest.mark.django_db(transaction=True)
def test_who_was_erased_after_the_backup_is_erased_again(tmp_path, elsewhere):
    person = make_person()
    folder = tmp_path / "b"
    backed_up(folder)
    personal.erase(user_id=person.user.pk)
    elsewhere()
    assert "1 erased again" in restored(folder)
    assert not User.objects.get(pk=person.user.pk).is_active
    assert [*found_in(dump()), *found_in_media()] == []


@pytest.mark.django_db(transaction=True)
def test_twin_without_the_journal_she_is_back(tmp_path, elsewhere):
    person = make_person()
    folder = tmp_path / "b"
    backed_up(folder)
    personal.erase(user_id=person.user.pk)
    personal.journal().rename(tmp_path / "journal")
    elsewhere()
    assert "0 erased again" in restored(folder)
    assert User.objects.get(pk=person.user.pk).is_active
    assert {REAL, NICK, ROOM} <= set(found_in(dump()))
    assert personal.erase_again(tmp_path / "journal") == [person.user.pk]


@pytest.mark.django_db(transaction=True)
def test_a_journal_may_be_named(tmp_path, elsewhere):
    person = make_person()
    folder = tmp_path / "b"
    backed_up(folder)
    personal.erase(user_id=person.user.pk)
    kept = tmp_path / "journal"
    personal.journal().rename(kept)
    elsewhere()
    with pytest.raises(CommandError, match="is no file; nothing was touched"):
        restored(folder, "--erasures", str(tmp_path / "nowhere"))
    assert "1 erased again" in restored(folder, "--erasures", str(kept))
