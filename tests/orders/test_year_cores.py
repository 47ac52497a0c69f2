"""While a year is played, its loader and its session share one core; before and after, all."""

from __future__ import annotations

import os
import sys

import pytest
from django.db import connection

from orders.management.year import cores

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(sys.platform != "linux", reason="cores are given by Linux"),
]


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        return int(cursor.fetchone()[0])


@pytest.fixture
def session() -> int:
    found = cores.session_process()
    if found is None:
        pytest.skip("the database server is no process of this machine")
    return found


def test_the_session_is_found_by_our_end_of_the_wire(session):
    assert session == backend()


def test_both_share_a_core_and_are_let_go(session):
    before = os.sched_getaffinity(0), os.sched_getaffinity(session)
    with cores.on_one_core():
        shared = os.sched_getaffinity(0)
        assert len(shared) == 1
        assert os.sched_getaffinity(session) == shared
    assert (os.sched_getaffinity(0), os.sched_getaffinity(session)) == before


def test_they_are_let_go_when_the_year_fails(session):
    before = os.sched_getaffinity(0)
    with pytest.raises(ValueError, match="stop"), cores.on_one_core():
        raise ValueError("stop")
    assert os.sched_getaffinity(0) == os.sched_getaffinity(session) == before


def test_another_machines_session_moves_nobody(monkeypatch):
    before = os.sched_getaffinity(0)
    monkeypatch.setattr(cores, "session_process", lambda: None)
    with cores.on_one_core():
        assert os.sched_getaffinity(0) == before


def test_who_may_not_be_moved_stays(session, monkeypatch):
    def refused(_pid: int, _mask: object) -> None:
        raise PermissionError

    before = os.sched_getaffinity(0)
    monkeypatch.setattr(os, "sched_setaffinity", refused)
    with cores.on_one_core():
        assert os.sched_getaffinity(0) == before
