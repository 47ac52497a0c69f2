"""Whole rows read and written by sentences that are put together once, for the hottest paths.

For a row by its id Django's query builder takes several times as long to write the sentence as
PostgreSQL to carry it out. These functions keep the sentence per model. What they give and take
are ordinary model instances; converters, database errors and constraints are Django's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, TypeVar

from django.db import DatabaseError, connection
from django.db.models import Field, ForeignKey, Model, QuerySet

M = TypeVar("M", bound=Model)

HELD = "for no key update of t0"  # foreign-key checks on the row pass, see Round.objects.lock

Converter = Callable[[Any], Any]


class Rows(QuerySet[M]):
    """A queryset that makes its rows by a kept sentence; otherwise Django's."""

    def create(self, **fields: Any) -> M:
        row = self.model(**fields)
        insert([row])
        return row


def get(model: type[M], pk: int | QuerySet[Any, Any], *related: str, lock: bool = False) -> M:
    """The row with this id, or with the id that a query names; with rows it belongs to.

    `related`: paths of foreign keys that are never empty, as of select_related. `lock`: held until
    the transaction ends, the related rows are not. Raises DoesNotExist.
    """
    condition, values = "t0.id = %s", [pk]
    if isinstance(pk, QuerySet):
        sql, inner = pk.query.sql_with_params()
        condition, values = f"t0.id = ({sql})", list(inner)
    found = select(model, f"{condition} {HELD}" if lock else condition, values, *related)
    if not found:
        raise model.DoesNotExist(  # type: ignore[attr-defined]
            f"{model.__name__} {pk} does not exist."
        )
    return found[0]


def select(model: type[M], condition: str, values: Sequence[Any], *related: str) -> list[M]:
    """The rows for which `condition` holds: SQL on `t0`, the table, up to order and lock.

    `t1`, `t2`, … are the tables of `related`, in the order in which their paths name them.
    """
    reader = _reader(model, related)
    with connection.cursor() as cursor:
        cursor.execute(f"{reader.sql} where {condition}", values)
        return [reader.row(values) for values in cursor.fetchall()]


def insert(rows: Sequence[Model]) -> None:
    """Write new rows of one model in one statement; ids and computed columns are filled in."""
    if not rows:
        return
    fields, returned, head, place, tail = _writer(type(rows[0]))
    values = [
        field.get_db_prep_save(field.pre_save(row, True), connection)
        for row in rows
        for field in fields
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"{head} {', '.join([place] * len(rows))} {tail}", values)
        for row, given in zip(rows, cursor.fetchall(), strict=True):
            for name, value in zip(returned, given, strict=True):
                setattr(row, name, value)
            row._state.adding, row._state.db = False, connection.alias


def update(row: Model, *names: str) -> None:
    """Write these fields of a row, as save(update_fields=names).

    Raises DatabaseError when there is no such row any more.
    """
    fields, sql = _updater(type(row), names)
    values = [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, row.pk])
        if cursor.rowcount != 1:
            raise DatabaseError(f"No row of {type(row).__name__} was updated.")


@dataclass(frozen=True, slots=True)
class _Part:
    """One table of a sentence: where its columns stand in the result, and whose row it is."""

    model: type[Model]
    names: list[str]
    start: int
    owner: int = 0  # which part holds the foreign key
    key: str = ""

    @property
    def stop(self) -> int:
        return self.start + len(self.names)


@dataclass(frozen=True, slots=True)
class _Reader:
    sql: str
    parts: list[_Part]
    converters: list[tuple[int, Converter]]

    def row(self, values: Sequence[Any]) -> Any:
        """Instances of all parts, each set on the one that points to it; the first."""
        if self.converters:
            values = list(values)
            for place, convert in self.converters:
                values[place] = convert(values[place])
        made: list[Model] = []
        for part in self.parts:
            values_of = values[part.start : part.stop]
            made.append(part.model.from_db(connection.alias, part.names, values_of))
            if part.key:
                setattr(made[part.owner], part.key, made[-1])
        return made[0]


@cache
def _reader(model: type[Model], related: tuple[str, ...]) -> _Reader:
    parts: list[_Part] = []
    columns: list[str] = []
    converters: list[tuple[int, Converter]] = []
    tables = f" from {model._meta.db_table} t0"
    for place, (path, owner, key) in enumerate(_paths(model, related)):
        of = model if not path else key.related_model
        if path:
            tables += f" join {of._meta.db_table} t{place} on t{place}.id = t{owner}.{key.column}"
        fields = of._meta.concrete_fields
        start = len(columns)
        parts.append(_Part(of, [f.attname for f in fields], start, owner, key.name if path else ""))
        columns += [f't{place}."{field.column}"' for field in fields]
        for at, field in enumerate(fields, start=start):
            converters += [(at, convert) for convert in _converters(field)]
    return _Reader(f"select {', '.join(columns)}{tables}", parts, converters)


def _paths(model: type[Model], related: Sequence[str]) -> Iterator[tuple[str, int, Any]]:
    """Each table once: its path, the number of the table that points to it, and by which key."""
    known: dict[str, tuple[int, Any]] = {"": (0, model)}
    yield "", 0, None
    for path in related:
        before = ""
        for name in path.split("__"):
            here = f"{before}__{name}" if before else name
            if here not in known:
                owner, of = known[before]
                key = of._meta.get_field(name)
                if not isinstance(key, ForeignKey) or key.null:
                    raise TypeError(f"{path} is no foreign key that is always set")
                known[here] = (len(known), key.related_model)
                yield here, owner, key
            before = here


def _converters(field: Field[Any, Any]) -> list[Converter]:
    expression = field.get_col(field.model._meta.db_table)
    found = connection.ops.get_db_converters(expression)
    found += expression.get_db_converters(connection)
    return [partial(_convert, convert, expression) for convert in found]


def _convert(convert: Callable[..., Any], expression: Any, value: Any) -> Any:
    return convert(value, expression, connection)


@cache
def _writer(model: type[Model]) -> tuple[list[Field[Any, Any]], list[str], str, str, str]:
    meta = model._meta
    fields = [f for f in meta.local_concrete_fields if f is not meta.pk and not f.generated]
    returned = [
        field for field in meta.local_concrete_fields if field is meta.pk or field.generated
    ]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    return (
        fields,
        [field.attname for field in returned],
        f"insert into {meta.db_table} ({columns}) values",
        f"({', '.join(['%s'] * len(fields))})",
        "returning " + ", ".join(f'"{field.column}"' for field in returned),
    )


@cache
def _updater(model: type[Model], names: tuple[str, ...]) -> tuple[list[Field[Any, Any]], str]:
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    changes = ", ".join(f'"{field.column}" = %s' for field in fields)
    return fields, f"update {model._meta.db_table} set {changes} where id = %s"  # noqa: S608 -- names of columns
