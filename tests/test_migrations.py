"""Migrations: named by hand, free of app code, reversible, and in step with the models."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connections
from django.db.migrations import RunPython, RunSQL
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState
from django.utils import translation

from tests.databases import empty_database, owner_cursor
from tests.test_architecture import APPS, ROOT

OURS = (*APPS, "core")
FOLDERS = [*(ROOT / app / "migrations" for app in APPS), ROOT / "tuangou/core/migrations"]
FILES = [
    path for folder in FOLDERS for path in sorted(folder.glob("*.py")) if path.stem != "__init__"
]
ALLOWED = {"__future__", "django", "decimal", "datetime", "functools", "secrets", "typing", "uuid"}
SCHEMA = ("CreateModel", "DeleteModel", "AddField", "RemoveField", "AlterField", "AddConstraint")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_migration_is_named_by_hand(path):
    assert re.fullmatch(r"\d{4}_[a-z][a-z_]+", path.stem)
    assert not re.search(r"auto|\d{8}|alter_.*_and_more|and_more", path.stem[5:])


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_migration_imports_no_code_of_ours(path):
    """What it imports changes later; what it did does not."""
    for node in ast.walk(ast.parse(path.read_text())):
        modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            modules = [node.module or ""]
        for module in modules:
            assert module.split(".")[0] in ALLOWED, module


def operations() -> Iterator[tuple[str, list[Operation]]]:
    loader = MigrationLoader(None)
    for (app, name), migration in loader.disk_migrations.items():
        if app in OURS:
            yield f"{app}.{name}", list(migration.operations)


ALL = dict(operations())


@pytest.mark.parametrize("name", ALL)
def test_a_migration_can_be_undone(name):
    for operation in ALL[name]:
        assert operation.reversible, operation.describe()


@pytest.mark.parametrize("name", ALL)
def test_schema_and_data_travel_apart(name):
    kinds = {type(operation).__name__ for operation in ALL[name]}
    if any(isinstance(operation, RunPython) for operation in ALL[name]):
        assert not kinds & {*SCHEMA, RunSQL.__name__}


def test_models_and_migrations_are_in_step():
    """makemigrations has nothing to do."""
    loader = MigrationLoader(None)
    with translation.override(None):
        now = ProjectState.from_apps(apps)
        changes = MigrationAutodetector(loader.project_state(), now).changes(graph=loader.graph)
    assert {app: [m.operations for m in many] for app, many in changes.items()} == {}


def test_no_two_leaves():
    assert MigrationLoader(None).detect_conflicts() == {}


# Down and up again


SHAPE = """
    select 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable
           || coalesce(' ' || column_default, '') || coalesce(' ' || generation_expression, '')
      from information_schema.columns where table_schema = 'public'
    union all
    select 'constraint ' || coalesce(conrelid::regclass::text, '') || ' ' || conname || ' '
           || pg_get_constraintdef(oid) from pg_constraint
     where connamespace = 'public'::regnamespace
    union all
    select 'index ' || indexdef from pg_indexes where schemaname = 'public'
    union all
    select 'trigger ' || pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
    union all
    select 'function ' || pg_get_functiondef(oid) from pg_proc
     where pronamespace = 'public'::regnamespace
"""


def shape() -> set[str]:
    """All that the schema of the current test database holds, as text."""
    with owner_cursor() as cursor:
        cursor.execute(SHAPE)
        return {row[0] for row in cursor.fetchall()}


@contextmanager
def as_owner() -> Iterator[str]:
    """An alias of the current test database with the owner's role."""
    settings = connections.settings["default"]
    with owner_cursor() as cursor:
        parameters = cursor.connection.get_dsn_parameters()
        password = cursor.connection.info.password
    connections.settings["owner"] = {
        **settings,
        "NAME": parameters["dbname"],
        "USER": parameters["user"],
        "PASSWORD": password,
    }
    try:
        yield "owner"
    finally:
        connections["owner"].close()
        del connections["owner"]
        del connections.settings["owner"]


class Steps:
    """What each migration took out of the schema and put into it, as one way of `migrate` went."""

    def __init__(self) -> None:
        self.at = shape()
        self.took: dict[str, set[str]] = {}
        self.gave: dict[str, set[str]] = {}

    def note(self, action: str, migration: Any = None, fake: bool = False) -> None:
        if not action.endswith("_success") or migration is None:
            return
        now = shape()
        self.took[str(migration)], self.gave[str(migration)] = self.at - now, now - self.at
        self.at = now


def go(owner: str, targets: list[tuple[str, str | None]]) -> Steps:
    steps = Steps()
    note: Any = steps.note
    MigrationExecutor(connections[owner], progress_callback=note).migrate(targets)
    return steps


@pytest.mark.timeout(1800)  # a machine may be busy
@pytest.mark.django_db(transaction=True)
def test_down_to_nothing_and_up_again_gives_the_same_schema(django_db_blocker):
    """And each migration's way down takes out exactly what its way up puts in, and the reverse:
    guards come off alone and on again."""
    before = shape()
    assert any(line.startswith("trigger") for line in before)
    with django_db_blocker.unblock(), as_owner() as owner:
        down = go(owner, [(app, None) for app in reversed(APPS)])
        left = [line for line in down.at if re.search(rf"\b({'|'.join(APPS)})_", line)]
        assert left == []
        up = go(owner, MigrationLoader(None).graph.leaf_nodes())
    assert sorted(up.at - before) == sorted(before - up.at) == []
    assert {name.split(".")[0] for name in down.took} == set(APPS)
    for name in down.took:
        assert plain(down.took[name]) == plain(up.gave[name]), name
        assert plain(down.gave[name]) == plain(up.took[name]), name


def plain(lines: set[str]) -> list[str]:
    """Sorted; a unique column has one name when it comes with its table, another when later."""
    return sorted(re.sub(r"_([0-9a-f]{8}_uniq|key)\b", "_unique", line) for line in lines)


@pytest.mark.parametrize("name", [name for name in ALL if name.endswith("_guards")])
def test_guards_are_a_migration_of_their_own(name):
    """What the database itself refuses comes off alone: no table goes with it."""
    assert {type(operation).__name__ for operation in ALL[name]} == {RunSQL.__name__}


# The squashed ones: fresh installations take them, older ones go on from where they are

SQUASHED = {
    "core": "0010_squashed",
    "groups": "0008_squashed",
    "merchants": "0010_squashed",
    "orders": "0023_squashed",
}

AUTH = ("auth", "0012_alter_user_first_name_max_length")  # what core's first one is built on


def replaced(app: str) -> list[tuple[str, str]]:
    return list(MigrationLoader(None).get_migration(app, SQUASHED[app]).replaces)


def to_do(monkeypatch: pytest.MonkeyPatch, applied: Iterable[tuple[str, str]]) -> list[str]:
    """What `migrate` would do where `applied` was done before."""
    done = dict.fromkeys(applied)
    monkeypatch.setattr(MigrationRecorder, "applied_migrations", lambda _self: done.copy())
    executor = MigrationExecutor(connections["default"])
    executor.loader.check_consistent_history(connections["default"])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


@pytest.mark.parametrize("app", SQUASHED)
def test_a_squashed_migration_replaces_all_that_were_there_before_it(app):
    last = SQUASHED[app][:4]
    before = {name for name in ALL if name.startswith(f"{app}.") and name.split(".")[1][:4] <= last}
    assert {".".join(each) for each in replaced(app)} == before - {f"{app}.{SQUASHED[app]}"}


def test_a_fresh_installation_takes_the_short_way(monkeypatch):
    plan = to_do(monkeypatch, [])
    assert {f"{app}.{name}" for app, name in SQUASHED.items()} <= {*plan}
    assert not {*plan} & {".".join(each) for app in SQUASHED for each in replaced(app)}


def test_an_installation_that_went_the_long_way_has_only_newer_ones_to_do(monkeypatch):
    old = {each for app in SQUASHED for each in replaced(app)}
    theirs = {
        key for key in MigrationLoader(None).disk_migrations if key[0] not in (*SQUASHED, *APPS)
    }
    plan = to_do(monkeypatch, old | theirs)
    assert {name.split(".")[0] for name in plan} <= {*SQUASHED, *APPS}
    assert plan == [name for name in to_do(monkeypatch, []) if name in plan]
    newer = {name for name in ALL if tuple(name.split(".")) not in old}
    assert {*plan} == newer - {f"{app}.{name}" for app, name in SQUASHED.items()}


WHAT = {
    "schema": SHAPE,
    "rights": """
        select 'right ' || grantee || ' ' || table_name || ' ' || privilege_type
          from information_schema.role_table_grants where table_schema = 'public'
        union all
        select 'owner ' || relname || ' ' || pg_get_userbyid(relowner) from pg_class
         where relnamespace = 'public'::regnamespace
        union all
        select 'acl ' || relname || ' ' || relacl::text from pg_class
         where relnamespace = 'public'::regnamespace and relkind = 'S'
        union all
        select 'acl ' || proname || ' ' || proacl::text from pg_proc
         where pronamespace = 'public'::regnamespace
    """,
}


def installed() -> dict[str, list[str]]:
    """An empty database, brought up as a deployment does it: all that is in it, as text."""
    with empty_database():
        call_command("prepare_database", verbosity=0)
        with owner_cursor() as cursor:
            found = {}
            for what, statement in WHAT.items():
                cursor.execute(statement)
                found[what] = sorted(row[0] for row in cursor.fetchall())
            cursor.execute("select tablename from pg_tables where schemaname = 'public'")
            found["rows"] = []
            for (table,) in cursor.fetchall():
                if table != "django_migrations":
                    cursor.execute(f'select to_jsonb(one) from "{table}" one')
                    found["rows"] += [f"{table} {timeless(table, row)}" for (row,) in cursor]
    return found


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.django_db(transaction=True)
def test_the_long_way_gives_the_same_schema_rights_and_rows(monkeypatch, django_db_blocker):
    """As if the squashed ones had never been written. Moments aside: they are when it was done."""
    load = MigrationLoader.load_disk

    def without_squashed(self: MigrationLoader) -> None:
        load(self)
        for key in SQUASHED.items():
            del self.disk_migrations[key]

    with django_db_blocker.unblock():
        short = installed()
        monkeypatch.setattr(MigrationLoader, "load_disk", without_squashed)
        long = installed()
    assert min(len(lines) for lines in short.values()) > 10
    for what in ("schema", "rights"):
        assert plain(set(short[what])) == plain(set(long[what])), what
    assert sorted(short["rows"]) == sorted(long["rows"])


def timeless(table: str, row: dict[str, object]) -> str:
    """Without when it was written; and of Django's own without the number that it got in the order
    of migrations: content types and permissions are counted as they come."""
    numbers = ("id", "content_type_id") if table.startswith(("auth_", "django_")) else ()
    kept = {
        name: value
        for name, value in row.items()
        if name not in numbers and name not in ("at", "since") and not name.endswith("_at")
    }
    return json.dumps(kept, sort_keys=True, ensure_ascii=False)


@pytest.mark.parametrize("app", SQUASHED)
def test_an_installation_that_stopped_half_way_finishes_the_long_way(monkeypatch, app):
    chain = replaced(app)
    half = len(chain) // 2
    below = [*SQUASHED.items()][: [*SQUASHED].index(app)]
    graph = MigrationLoader(None).graph
    done = {each for target in [*below, AUTH] for each in graph.forwards_plan(target)}
    done |= {each for name, _ in below for each in replaced(name)}
    plan = to_do(monkeypatch, {*done, *chain[:half]})
    left = [name for name in plan if name.startswith(f"{app}.")]
    assert left[: len(chain) - half] == [".".join(each) for each in chain[half:]]
    assert f"{app}.{SQUASHED[app]}" not in plan
