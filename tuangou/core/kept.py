"""Querysets whose SQL is put together once, for what every page reads.

Django builds the sentence of a queryset anew each time; for a row with its relations that takes
several times as long as PostgreSQL to answer. `Kept` builds it once, from the queryset itself, so
that filters, annotations and relations stay in one place.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators
from django.db.models.sql.compiler import SQLCompiler

M = TypeVar("M", bound=Model)

# What stands for a value while the sentence is built: nothing else in it may be equal.
_MARKS: dict[str, Callable[[int], Any]] = {
    "int": lambda n: 2_111_111_000 + n,
    "str": lambda n: f"\x02mark {n}\x03",
    "datetime": lambda n: datetime(9998, 12, 31, 23, 59, 59, n, tzinfo=UTC),
}


@dataclass(frozen=True, slots=True)
class _Sentence:
    sql: str
    params: tuple[Any, ...]
    names: dict[Any, str]  # mark → name of the value
    compiler: SQLCompiler

    def params_of(self, values: dict[str, Any]) -> list[Any]:
        return [values[name] if (name := self._name(p)) else p for p in self.params]

    def _name(self, param: Any) -> str | None:
        return self.names.get(param) if isinstance(param, int | str | datetime) else None


@dataclass(frozen=True, slots=True)
class _Shape:
    model: Any
    names: list[str]
    own: slice
    populators: list[Any]
    annotations: dict[str, int]
    converters: dict[int, Any]


class Kept(Generic[M]):
    """`Kept(build)`: `build(*, name: int | str | datetime, …)` gives the queryset of instances.

    `rows(name=…)`, `first(name=…)` and `get(name=…)` are what the queryset would give, in one
    query. A value may stand only where SQL takes a parameter, and is never None: it must not change
    the sentence. Raises TypeError otherwise.
    """

    def __init__(self, build: Callable[..., QuerySet[M]]) -> None:
        self._build = build

    def rows(self, **values: Any) -> list[M]:
        """All rows, in the order of the queryset."""
        sentence = self._sentence
        if values.keys() != set(sentence.names.values()) or None in values.values():
            raise TypeError(f"values of this sentence: {sorted(sentence.names.values())}")
        with connection.cursor() as cursor:
            cursor.execute(sentence.sql, sentence.params_of(values))
            return self._instances(cursor.fetchall())

    def first(self, **values: Any) -> M | None:
        """The first row, or None."""
        rows = self.rows(**values)
        return rows[0] if rows else None

    def get(self, **values: Any) -> M:
        """The first row. Raises DoesNotExist."""
        row = self.first(**values)
        if row is None:
            model: Any = self._shape.model
            raise model.DoesNotExist(f"No {model.__name__} for {values}.")
        return row

    @cached_property
    def _sentence(self) -> _Sentence:
        marks = {
            name: _MARKS[str(parameter.annotation)](n)
            for n, (name, parameter) in enumerate(inspect.signature(self._build).parameters.items())
        }
        compiler = self._build(**marks).query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        missing = [name for name, mark in marks.items() if mark not in params]
        if missing:
            raise TypeError(f"{missing} are not parameters of: {sql}")
        return _Sentence(sql, tuple(params), {mark: name for name, mark in marks.items()}, compiler)

    @cached_property
    def _shape(self) -> _Shape:
        """How a row becomes instances, as django.db.models.query.ModelIterable finds it out."""
        compiler = self._sentence.compiler
        info: Any = compiler.klass_info
        start, stop = info["select_fields"][0], info["select_fields"][-1] + 1
        return _Shape(
            model=info["model"],
            names=[column[0].target.attname for column in compiler.select[start:stop]],
            own=slice(start, stop),
            populators=get_related_populators(  # type: ignore[call-arg]  # a later Django's
                info, compiler.select, connection.alias
            ),
            annotations=compiler.annotation_col_map or {},
            converters=compiler.get_converters([column[0] for column in compiler.select]),
        )

    def _instances(self, found: Iterable[Sequence[Any]]) -> list[M]:
        shape, made = self._shape, list[M]()
        if shape.converters:
            found = self._sentence.compiler.apply_converters(found, shape.converters)
        for row in found:
            instance = shape.model.from_db(connection.alias, shape.names, row[shape.own])
            for populator in shape.populators:
                populator.populate(row, instance)
            for name, place in shape.annotations.items():
                setattr(instance, name, row[place])
            made.append(instance)
        return made
