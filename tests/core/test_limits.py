"""Limits: counted in PostgreSQL, atomically, and kept through the refusal."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import RequestFactory

from tests.factories import NOON
from tests.threads import PATIENCE, together
from tuangou.core import clock, limits
from tuangou.core.errors import TooMany
from tuangou.core.http import refusal_response
from tuangou.core.models import Limit
from tuangou.dev.processes import wait_until

HOUR = timedelta(hours=1)


def spend(key: str = "a", *, most: int = 3, act: str = "try") -> int:
    return limits.spend(act, key, most=most, per=HOUR)


@pytest.mark.django_db
def test_it_counts_down_and_then_refuses():
    assert [spend(), spend(), spend()] == [2, 1, 0]
    with pytest.raises(TooMany, match="试得太多了，60 分钟后再来") as refusal:
        spend()
    assert refusal.value.status == 429
    assert 3590 <= refusal.value.retry_after <= 3600


@pytest.mark.django_db
def test_acts_and_keys_have_windows_of_their_own():
    for _ in range(3):
        spend()
    assert spend("b") == 2
    assert spend(act="other") == 2


@pytest.mark.django_db
def test_a_window_ends_and_the_next_begins():
    def at(after: timedelta, most: int = 1) -> int:
        with clock.simulated(NOON + after):
            return spend(most=most)

    assert at(timedelta(0)) == 0
    with pytest.raises(TooMany, match="2 秒后再来"):
        at(HOUR - timedelta(seconds=2))
    assert at(HOUR) == 0
    with pytest.raises(TooMany):
        at(HOUR + timedelta(minutes=59))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("after", "sentence"), [(3600 - 119, "119 秒"), (3600 - 121, "3 分钟"), (-3601, "3 小时")]
)
def test_it_says_when_to_come_back(after, sentence):
    with clock.simulated(NOON):
        limits.spend("try", "a", most=0 + 1, per=HOUR)
    with (
        clock.simulated(NOON + timedelta(seconds=after)),
        pytest.raises(TooMany, match=f"{sentence}后再来"),
    ):
        spend(most=1)


@pytest.mark.django_db
def test_success_forgets_and_old_windows_are_swept():
    spend(most=1)
    limits.forget("try", "a")
    assert spend(most=1) == 0
    assert limits.tidy() == 0
    with clock.simulated(NOON - timedelta(days=900)):
        spend("long ago")
    assert limits.tidy() == 1


@pytest.mark.django_db
def test_keys_are_not_kept():
    spend("+8613800138000")
    with connection.cursor() as cursor:
        cursor.execute("select to_jsonb(core_limit)::text from core_limit")
        assert "13800138" not in cursor.fetchone()[0]
    assert len(bytes(Limit.objects.get().key_sha256)) == 32


@pytest.mark.django_db
def test_the_answer_says_when_to_try_again(rf: RequestFactory):
    spend(most=1)
    with pytest.raises(TooMany) as refusal:
        spend(most=1)
    answer = refusal_response(rf.post("/api/x"), refusal.value)
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) == refusal.value.retry_after


@pytest.mark.django_db
def test_one_statement(django_assert_num_queries):
    with django_assert_num_queries(1):
        spend()


@pytest.mark.django_db(transaction=True)
def test_not_inside_the_work_that_may_be_undone():
    with pytest.raises(RuntimeError), transaction.atomic():
        spend()


def passed(results: list[object]) -> int:
    assert all(isinstance(one, int | TooMany) for one in results), results
    return sum(isinstance(one, int) for one in results)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_ten_at_once_no_more_than_allowed_pass():
    assert passed(together([lambda: spend(most=4)] * 10)) == 4
    assert Limit.objects.get().tries == 10


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_twin_read_then_write_lets_more_pass(monkeypatch):
    """What a cache's get-then-set does: tries that read the same count all pass."""
    racy = """
        with seen as materialized (
            select coalesce(max(tries), 0) + 1 as tries, pg_advisory_xact_lock_shared(7)
            from core_limit where act = %(act)s and key_sha256 = %(key)s
        )
        insert into core_limit as had (act, key_sha256, tries, ends_at)
        select %(act)s, %(key)s, tries, app_now() + %(per)s from seen
        on conflict (act, key_sha256) do update set tries = excluded.tries
        returning tries, ends_at, app_now()
    """
    monkeypatch.setattr(limits, "_SPEND", racy)
    held = connection.copy()
    held.inc_thread_sharing()
    with held.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(7)")

    def let_go_when_all_have_read() -> None:
        try:
            assert wait_until(lambda: waiting_for_7() == 10, PATIENCE)
        finally:
            held.close()

    results = together([*[lambda: spend(most=4)] * 10, let_go_when_all_have_read])
    assert results.pop() is None
    assert passed(results) > 4


def waiting_for_7() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from pg_locks join pg_database d on d.oid = database"
            " where d.datname = current_database() and objid = 7 and not granted"
        )
        return int(cursor.fetchone()[0])
