"""One clock: the database's, or a simulated moment that cannot outlive its transaction."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from tuangou.core import clock

THEN = datetime(2022, 6, 1, 12, 30, 15, 123456, tzinfo=UTC)


def database_now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("select app_now()")
        moment: datetime = cursor.fetchone()[0]
    return moment


@pytest.mark.django_db
def test_it_is_the_database_clock_and_moves_within_a_transaction():
    first, second = clock.now(), clock.now()
    assert first < second
    assert abs(first - timezone.now()) < timedelta(minutes=5)
    assert not clock.is_simulated()


@pytest.mark.django_db
def test_simulated_time_holds_for_python_and_for_the_database(django_assert_num_queries):
    with transaction.atomic(), clock.simulated(THEN):
        assert clock.is_simulated()
        assert database_now() == THEN
        with django_assert_num_queries(0):
            assert clock.now() == THEN
        with clock.simulated(THEN + timedelta(days=1)):
            assert database_now() == clock.now() == THEN + timedelta(days=1)
        assert database_now() == clock.now() == THEN
    assert not clock.is_simulated()
    assert database_now() > THEN + timedelta(days=365)


@pytest.mark.django_db
def test_an_error_inside_puts_the_clock_back():
    with pytest.raises(ValueError, match="stop"), clock.simulated(THEN):
        raise ValueError("stop")
    assert not clock.is_simulated()
    assert database_now() > THEN + timedelta(days=365)


@pytest.mark.django_db
def test_a_broken_transaction_shows_its_own_error_and_takes_the_setting_with_it():
    with (
        pytest.raises(DatabaseError, match="division by zero"),
        transaction.atomic(),
        clock.simulated(THEN),
        connection.cursor() as cursor,
    ):
        cursor.execute("select 1/0")
    assert not clock.is_simulated()
    assert database_now() > THEN + timedelta(days=365)


@pytest.mark.django_db(transaction=True)
def test_the_setting_ends_with_the_transaction_even_if_nobody_puts_it_back():
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select set_config('tuangou.now', %s, true)", [THEN.isoformat()])
        assert database_now() == THEN
    assert database_now() > THEN + timedelta(days=365)


@pytest.mark.django_db(transaction=True)
def test_it_is_refused_outside_a_transaction():
    with pytest.raises(RuntimeError, match="transaction"), clock.simulated(THEN):
        pass


@pytest.mark.django_db
def test_it_is_refused_in_production(settings):
    settings.SIMULATED_TIME = False
    with pytest.raises(RuntimeError, match="TUANGOU_DEV"), clock.simulated(THEN):
        pass


@pytest.mark.django_db
def test_a_moment_without_zone_is_refused():
    with pytest.raises(RuntimeError, match="zone"), clock.simulated(datetime(2022, 6, 1)):  # noqa: DTZ001
        pass


@pytest.mark.django_db(transaction=True)
def test_a_whole_transaction_at_one_moment(django_assert_num_queries):
    with clock.simulated_transaction(THEN):
        assert connection.in_atomic_block
        assert database_now() == clock.now() == THEN
    assert not clock.is_simulated()
    assert database_now() > THEN + timedelta(days=365)
    with pytest.raises(ValueError, match="stop"), clock.simulated_transaction(THEN):
        raise ValueError("stop")
    assert not clock.is_simulated()
    assert database_now() > THEN + timedelta(days=365)


@pytest.mark.django_db(transaction=True)
def test_blocks_within_set_no_savepoints(django_assert_num_queries):
    """Begin, the moment, two questions, commit. Savepoints are back after it."""
    with django_assert_num_queries(5), clock.simulated_transaction(THEN):
        with transaction.atomic():
            database_now()
        database_now()
    with transaction.atomic(), django_assert_num_queries(3), transaction.atomic():
        database_now()


def fail_and_go_on() -> None:
    with clock.simulated_transaction(THEN):
        with pytest.raises(ValueError, match="stop"), transaction.atomic():
            raise ValueError("stop")
        database_now()


@pytest.mark.django_db(transaction=True)
def test_a_failure_within_that_is_caught_breaks_the_whole():
    with pytest.raises(transaction.TransactionManagementError):
        fail_and_go_on()
    assert connection.features.uses_savepoints


@pytest.mark.django_db(transaction=True)
def test_such_a_transaction_is_its_own():
    """Inside another one the moment would go on after it."""
    with (
        pytest.raises(RuntimeError, match="durable"),
        transaction.atomic(),
        clock.simulated_transaction(THEN),
    ):
        pass
    assert not clock.is_simulated()
