"""Guards of the database switched off, one at a time, to see the damage that they keep away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg2
import pytest

from tests.databases import owner_cursor


@dataclass(frozen=True)
class Guard:
    """`damage` is refused with `name`; without the guard it is done. `off`: SQL that drops it."""

    table: str
    name: str
    damage: str
    values: Sequence[Any] = ()
    off: str = ""

    @property
    def drop(self) -> str:
        return self.off or f"alter table {self.table} drop constraint {self.name}"


def check_guards(*guards: Guard) -> None:
    """Needs committed rows (`django_db(transaction=True)`); everything is rolled back."""
    with owner_cursor() as cursor:
        for guard in guards:
            cursor.execute("begin")
            cursor.execute("savepoint guarded")
            with pytest.raises(psycopg2.Error) as refusal:
                cursor.execute(guard.damage, guard.values)
            assert guard.name in f"{refusal.value} {refusal.value.diag.constraint_name}"
            cursor.execute("rollback to guarded")
            cursor.execute(guard.drop)
            cursor.execute(guard.damage, guard.values)
            assert cursor.rowcount >= 1, f"without {guard.name} nothing happens"
            cursor.execute("rollback")
