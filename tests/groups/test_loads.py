"""A group being loaded: its lock, its progress, and giving it up when the loader is gone."""

from contextlib import contextmanager
from io import StringIO

import psycopg2
import pytest
from django.core.management import call_command
from django.db import connection, transaction

from groups.models import Group, Load
from groups.services import loads
from groups.services.loads import void_abandoned
from groups.tasks import void_abandoned_loads
from tests.factories import make_group
from tuangou.core.errors import InvalidTransition
from tuangou.core.models import Event


@pytest.fixture
def group():
    return make_group("foodie", status="loading")


def start(group):
    with transaction.atomic():
        return loads.start_load(group_id=group.pk, source="table1.csv", seed=1, steps_total=200)


@contextmanager
def another_session():
    """A database session beside ours: a second loader, or a beat."""
    settings = connection.settings_dict
    session = psycopg2.connect(
        dbname=settings["NAME"],
        user=settings["USER"],
        password=settings["PASSWORD"],
        host=settings["HOST"],
        port=settings["PORT"] or None,
    )
    session.autocommit = True
    try:
        yield session
    finally:
        session.close()


def lock_elsewhere(session, group_id):
    with session.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s, %s)", [Load.LOAD_LOCK, group_id])


@pytest.mark.django_db
def test_a_load_is_held_told_and_finished(group):
    load = start(group)
    assert Load.is_held(group.pk)
    loads.progress(group_id=group.pk, steps_done=50, month="2022-06")
    load.refresh_from_db()
    assert (load.percent, load.month, load.finished_at) == (25, "2022-06", None)
    assert void_abandoned() == []
    assert loads.finish_load(group_id=group.pk).status == "active"
    load.refresh_from_db()
    assert (load.percent, load.finished_at is not None) == (100, True)
    assert not Load.is_held(group.pk)
    assert list(Event.objects.order_by("pk").values_list("kind", flat=True)) == [
        "load.started",
        "load.finished",
    ]


@pytest.mark.django_db
def test_a_group_without_its_lock_is_void_once_and_its_slug_is_free(group):
    assert void_abandoned(slug="other") == []
    assert [g.pk for g in void_abandoned(slug="foodie")] == [group.pk]
    assert void_abandoned() == []
    assert make_group("foodie").status == "active"
    assert Event.objects.filter(kind="group.voided").count() == 1


@pytest.mark.django_db
def test_living_groups_are_never_given_up():
    group = make_group("foodie")
    assert void_abandoned() == []
    group.refresh_from_db()
    assert group.status == "active"


@pytest.mark.django_db
def test_the_command_names_what_it_gave_up(group):
    out = StringIO()
    call_command("abandon_loads", "foodie", stdout=out)
    assert "foodie" in out.getvalue()
    again = StringIO()
    call_command("abandon_loads", stdout=again)
    assert again.getvalue() == ""


@pytest.mark.django_db
def test_a_loader_that_gives_up_frees_the_slug_at_once(group):
    start(group)
    for _ in range(2):
        loads.abandon(group_id=group.pk)
    assert not Load.is_held(group.pk)
    assert Event.objects.filter(kind="group.voided").count() == 1
    living = make_group("foodie")
    with pytest.raises(InvalidTransition):
        loads.abandon(group_id=living.pk)
    loads.abandon(group_id=living.pk + 1000)  # none was founded


@pytest.mark.django_db
def test_only_a_loading_group_is_loaded():
    group = make_group("foodie")
    with pytest.raises(InvalidTransition):
        start(group)
    with pytest.raises(InvalidTransition):
        loads.finish_load(group_id=group.pk)


@pytest.mark.django_db
def test_a_load_that_was_given_up_cannot_finish(group):
    start(group)
    group.move_to("void")
    with pytest.raises(InvalidTransition):
        loads.finish_load(group_id=group.pk)


@pytest.mark.django_db(transaction=True)
def test_starting_belongs_in_the_founding_transaction(group):
    with pytest.raises(RuntimeError, match="transaction"):
        loads.start_load(group_id=group.pk, source="x", seed=1, steps_total=1)


@pytest.mark.django_db(transaction=True)
def test_a_group_is_never_seen_loading_without_its_lock():
    with another_session() as beat:
        with transaction.atomic():
            group = make_group("foodie", status="loading")
            with beat.cursor() as cursor:  # committed groups only: there is none yet
                cursor.execute("select count(*) from groups_group")
                assert cursor.fetchone() == (0,)
            loads.start_load(group_id=group.pk, source="x", seed=1, steps_total=1)
        void_abandoned_loads()
    group.refresh_from_db()
    assert group.status == "loading"


@pytest.mark.django_db(transaction=True)
def test_two_loaders_cannot_hold_one_group(group):
    with another_session() as first:
        lock_elsewhere(first, group.pk)
        with pytest.raises(RuntimeError, match="Another session"):
            start(group)
    assert not Load.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_loader_that_dies_loses_its_group(group):
    with another_session() as loader:
        lock_elsewhere(loader, group.pk)
        void_abandoned_loads()
        assert Group.objects.get(pk=group.pk).status == "loading"
    _wait_until_released(group.pk)
    void_abandoned_loads()
    assert Group.objects.get(pk=group.pk).status == "void"


def _wait_until_released(group_id):
    """The server notices a closed session on its own, a moment later."""
    with connection.cursor() as cursor:
        while Load.is_held(group_id):
            cursor.execute("select pg_sleep(0.01)")
