"""What models and database promise each other: relations, constraints, moves, rights."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models

from groups.models import GroupOwned
from tests.databases import two_roles
from tests.test_architecture import APPS

OURS = [model for model in apps.get_models() if model._meta.app_label in {*APPS, "core"}]
DOMAIN = [model for model in OURS if model._meta.app_label in APPS]
OWNED = [model for model in OURS if issubclass(model, GroupOwned)]
APPEND_ONLY = [model for model in OURS if getattr(model, "append_only", False)]


BY_DJANGO = {"groups", "user_permissions"}  # of PermissionsMixin; nobody reads them


def label(model: Any) -> str:
    return str(model._meta.label)


def name(part: Any) -> str:
    return str(part.__name__ if isinstance(part, type) else part.name)


def rows(sql: str, *parameters: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


# Models


@pytest.mark.parametrize("model", OURS, ids=label)
def test_relations_to_another_app_are_hidden(model):
    """Import contracts cannot see `group.rounds`, so it does not exist."""
    for field in (*model._meta.concrete_fields, *model._meta.local_many_to_many):
        target = field.related_model
        if target is not None and target._meta.app_label != model._meta.app_label:
            hidden = field.remote_field.hidden or field.name in BY_DJANGO
            assert hidden, f"{field} is visible from {label(target)}"


@pytest.mark.parametrize("model", DOMAIN, ids=label)
def test_nothing_of_the_domain_is_deleted_along(model):
    for field in model._meta.concrete_fields:
        if isinstance(field, models.ForeignKey):
            assert field.remote_field.on_delete is models.PROTECT, field


@pytest.mark.parametrize("model", DOMAIN, ids=label)
def test_no_order_of_its_own(model):
    assert not model._meta.ordering


def test_every_row_with_a_group_is_group_owned():
    for model in DOMAIN:
        names = {field.name for field in model._meta.concrete_fields}
        assert ("group" in names) == (model in OWNED), label(model)


@pytest.mark.parametrize("model", OWNED, ids=label)
def test_the_group_comes_first_in_every_key(model):
    """House §1; only what is public by itself (a code, a token) is unique beyond its group."""
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            assert constraint.fields[0] == "group", constraint.name
    assert ("group", "id") in {
        constraint.fields
        for constraint in model._meta.constraints
        if isinstance(constraint, models.UniqueConstraint)
    }
    alone = {f.name for f in model._meta.concrete_fields if f.unique and not f.primary_key}
    assert alone <= {"code", "pickup_token", "token_sha256"}


def checked(model: type[models.Model]) -> Iterator[models.CheckConstraint]:
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.CheckConstraint):
            yield constraint


def mentions(model: type[models.Model], field: str) -> bool:
    return any(re.search(rf"\b{field}(__|'|\))", str(c.condition)) for c in checked(model))


def fields_like(pattern: str) -> list[tuple[type[models.Model], models.Field[Any, Any]]]:
    return [
        (model, field)
        for model in DOMAIN
        for field in model._meta.concrete_fields
        if re.search(pattern, field.name) and not field.generated
    ]


@pytest.mark.parametrize(("model", "field"), fields_like("^status$"), ids=name)
def test_every_status_is_one_of_a_list(model, field):
    assert field.flatchoices
    assert any("status__in" in str(constraint.condition) for constraint in checked(model))


@pytest.mark.parametrize(
    ("model", "field"),
    fields_like("_fen$"),
    ids=name,
)
def test_every_amount_is_a_whole_number_in_bounds(model, field):
    assert isinstance(field, models.BigIntegerField)
    assert mentions(model, field.name), f"{label(model)}.{field.name} has no CHECK"


def test_nothing_is_kept_as_a_float():
    assert [field for _, field in fields_like(".") if isinstance(field, models.FloatField)] == []


# Moves: what Python allows and what the trigger allows


def python_moves(model: type[models.Model]) -> set[str]:
    table: dict[str, set[str]] = import_module(model.__module__).MOVES
    return {f"{now}>{then}" for now, many in table.items() for then in many}


MOVING = [
    model for model in DOMAIN if "status" in {field.name for field in model._meta.concrete_fields}
]


@pytest.mark.django_db
@pytest.mark.parametrize("model", MOVING, ids=label)
def test_the_trigger_knows_the_moves_that_python_knows(model):
    (found,) = rows(
        "select encode(tgargs, 'escape'), tgenabled from pg_trigger"
        " join pg_proc p on p.oid = tgfoid"
        " where tgrelid = %s::regclass and p.proname = 'core_check_move'",
        model._meta.db_table,
    )
    arguments, enabled = found
    assert set(arguments.removesuffix("\\000").split(",")) == python_moves(model)
    assert enabled == "O"


@pytest.mark.parametrize("model", MOVING, ids=label)
def test_moves_lead_to_states_there_are(model):
    states = set(
        model._meta.get_field("status").choices
        and dict(model._meta.get_field("status").flatchoices)
    )
    for move in python_moves(model):
        assert set(move.split(">")) <= states


# Append-only tables and the two roles


@pytest.mark.django_db
@pytest.mark.parametrize("model", APPEND_ONLY, ids=label)
def test_append_only_tables_have_their_triggers(model):
    """One for rows, one for TRUNCATE; tgtype: 2 before, 8 delete, 16 update, 32 truncate."""
    kinds = 0
    for (kind,) in rows(
        "select tgtype from pg_trigger join pg_proc p on p.oid = tgfoid"
        " where tgrelid = %s::regclass and p.proname = 'core_refuse_change' and tgenabled = 'O'",
        model._meta.db_table,
    ):
        assert kind & 2
        kinds |= kind
    assert kinds & 8
    assert kinds & 16
    assert kinds & 32


@pytest.mark.django_db
def test_no_other_table_refuses_changes():
    """A trigger without its `append_only = True` would leave the grants behind."""
    tables = rows(
        "select distinct tgrelid::regclass::text from pg_trigger join pg_proc p on p.oid = tgfoid"
        " where p.proname = 'core_refuse_change'"
    )
    assert {table for (table,) in tables} == {model._meta.db_table for model in APPEND_ONLY}


@pytest.mark.django_db
@pytest.mark.skipif(not two_roles(), reason="needs an app role of its own")
@pytest.mark.parametrize("model", OURS, ids=label)
def test_rights_of_the_app_role(model):
    rights = {
        right: rows("select has_table_privilege(%s, %s)", model._meta.db_table, right)[0][0]
        for right in ("select", "insert", "update", "delete", "truncate", "references", "trigger")
    }
    changes = model not in APPEND_ONLY
    assert rights == {
        "select": True,
        "insert": True,
        "update": changes,
        "delete": changes,
        "truncate": False,
        "references": False,
        "trigger": False,
    }


@pytest.mark.django_db
@pytest.mark.skipif(not two_roles(), reason="needs an app role of its own")
def test_the_app_role_owns_nothing_and_is_nobody():
    owned = rows(
        "select c.relname from pg_class c join pg_roles r on r.oid = c.relowner"
        " where r.rolname = current_user"
    )
    assert owned == []
    ((is_super, may_roles, may_databases, bypasses),) = rows(
        "select rolsuper, rolcreaterole, rolcreatedb, rolbypassrls from pg_roles"
        " where rolname = current_user"
    )
    assert not any((is_super, may_roles, may_databases, bypasses))
    assert (
        rows(
            "select 1 from pg_auth_members m join pg_roles r on r.oid = m.member"
            " where r.rolname = current_user"
        )
        == []
    )


@pytest.mark.django_db
def test_every_key_in_the_database_is_valid_and_on():
    """NOT VALID constraints and disabled triggers look like guards and are none."""
    assert rows("select conname from pg_constraint where not convalidated") == []
    assert rows("select tgname from pg_trigger where tgenabled <> 'O'") == []
