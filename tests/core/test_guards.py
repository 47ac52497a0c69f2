"""What the database itself refuses, to the app by role and to everyone by trigger."""

import subprocess
import sys

import psycopg2.errors
import pytest
from django.db import DataError, IntegrityError, ProgrammingError, connection, transaction
from django.utils import timezone

from tests.databases import environment, owner_cursor, two_roles
from tests.people import make_user
from tuangou.core import events
from tuangou.core.management.commands.prepare_database import Command, append_only_tables
from tuangou.core.models import Event, Handling, Notice

CHANGES = [
    "update core_event set kind = 'a.b'",
    "delete from core_event",
    "truncate core_event cascade",
]


def publish(**given) -> Event:
    fields = {"group_id": 7, "subject_id": 1, "actor_id": None, "at": timezone.now()} | given
    with transaction.atomic():
        return events.publish("order.placed", **fields)


@pytest.mark.django_db
@pytest.mark.parametrize("change", CHANGES)
def test_the_app_may_not_change_the_event_log(change):
    publish()
    assert two_roles(), "give DATABASE_URL and DATABASE_OWNER_URL different roles"
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", CHANGES)
def test_triggers_refuse_it_to_the_owner_too(change):
    publish()
    with owner_cursor() as cursor:
        with pytest.raises(psycopg2.errors.RestrictViolation, match="core_event is append-only"):
            cursor.execute(change)
        cursor.execute("select count(*) from core_event where kind = 'order.placed'")
        assert cursor.fetchone() == (1,)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", CHANGES)
def test_twin_without_the_triggers_the_owner_could(change):
    publish()
    with owner_cursor() as cursor:
        cursor.execute("alter table core_event disable trigger user")
        cursor.execute(change)
        cursor.execute("select count(*) from core_event where kind = 'order.placed'")
        assert cursor.fetchone() == (0,)


@pytest.mark.django_db
def test_the_app_owns_nothing_and_cannot_switch_the_triggers_off():
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from pg_class c join pg_roles r on r.oid = c.relowner"
            " where r.rolname = current_user and c.relkind in ('r', 'S')"
        )
        assert cursor.fetchone() == (0,)
    for attempt in (
        "alter table core_event disable trigger user",
        "set session_replication_role = replica",
        "drop function app_now()",
        "update django_migrations set name = name",
        "create table mine (x int)",
    ):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(attempt)


@pytest.mark.django_db
def test_every_append_only_model_is_guarded_by_role_and_by_triggers():
    tables = append_only_tables()
    assert "core_event" in tables
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(
                "select has_table_privilege(%s, 'insert'), has_table_privilege(%s, 'update'),"
                " has_table_privilege(%s, 'delete'), has_table_privilege(%s, 'truncate')",
                [table] * 4,
            )
            assert cursor.fetchone() == (True, False, False, False), table
            # tgtype: 8 delete, 16 update, 32 truncate
            cursor.execute(
                "select bit_or(tgtype) & 56 from pg_trigger t join pg_proc p on p.oid = t.tgfoid"
                " where tgrelid = %s::regclass and proname = 'core_refuse_change'",
                [table],
            )
            assert cursor.fetchone() == (56,), table


@pytest.mark.django_db(transaction=True)
def test_prepare_database_takes_back_rights_given_by_mistake():
    role = connection.settings_dict["USER"]
    with owner_cursor() as cursor:
        cursor.execute(f'grant update, delete, truncate on core_event to "{role}"')
    for arguments in ([], ["--grants-only"]):
        command = [sys.executable, "manage.py", "prepare_database", *arguments]
        subprocess.run(command, env=environment(), check=True, capture_output=True)
    with connection.cursor() as cursor:
        cursor.execute("select has_table_privilege('core_event', 'update, delete, truncate')")
        assert cursor.fetchone() == (False,)


@pytest.mark.django_db
def test_prepare_database_warns_when_both_urls_are_one_role(capsys):
    Command().grant(connection)
    assert "one role" in capsys.readouterr().err


@pytest.mark.django_db
@pytest.mark.parametrize(("move", "refused"), [("open>closed", False), ("open>draft", True)])
def test_a_status_moves_only_along_its_table(move, refused):
    before, after = move.split(">")
    with connection.cursor() as cursor:
        cursor.execute("create temporary table thing (status text)")
        cursor.execute(
            "create trigger moves before update on thing for each row"
            " execute function core_check_move('draft>open,open>closed')"
        )
        cursor.execute("insert into thing values (%s)", [before])
        cursor.execute("update thing set status = status")
        if refused:
            with pytest.raises(IntegrityError, match="no move from open to draft"):
                cursor.execute("update thing set status = %s", [after])
        else:
            cursor.execute("update thing set status = %s", [after])


@pytest.mark.django_db
def test_work_and_news_of_an_event_stay_in_its_group():
    event, user = publish(group_id=7), make_user()
    now = timezone.now()
    with pytest.raises(IntegrityError, match="handling_event_same_group"), transaction.atomic():
        Handling.objects.create(group_id=8, event=event, handler="x")
    with pytest.raises(IntegrityError, match="notice_event_same_group"), transaction.atomic():
        Notice.objects.create(
            group_id=8, event=event, user=user, kind="a.b", path="/", created_at=now
        )


@pytest.mark.django_db
@pytest.mark.parametrize(
    "phone", ["13800138000", "+0123456789", "+86 138", "", "+86138001380001234"]
)
def test_only_e164_phones_are_stored(phone):
    with pytest.raises((IntegrityError, DataError)), transaction.atomic():
        make_user(phone=phone)
