"""The event log is the outbox: handlers act once in effect, whatever fails on the way."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from tests.threads import PATIENCE, together
from tuangou.core import clock, events, tasks
from tuangou.core.models import Event, Handling, RequestKey

THEN = datetime(2022, 6, 1, 12, tzinfo=UTC)
KIND = "thing.happened"
seen: Counter[str] = Counter()


def good(event: Event) -> None:
    """Its effect is a row, so that a rolled back effect can be told from a kept one."""
    seen["good"] += 1
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into core_requestkey (group_id, key, act, body_sha256, created_at)"
            " values (%s, gen_random_uuid(), 'good', '', app_now())",
            [event.group_id],
        )


def broken(event: Event) -> None:
    good(event)
    raise OSError("no answer from 13800138000")


def effects() -> int:
    return RequestKey.objects.filter(act="good").count()


@pytest.fixture(autouse=True)
def handlers(monkeypatch):
    seen.clear()
    table: dict[str, dict[str, events.Handler]] = defaultdict(dict)
    monkeypatch.setattr(events, "_handlers", table)
    return table


def listen(table, *handlers):
    table[KIND] = {events._name(handler): handler for handler in handlers}


def publish(group_id: int | None = 7) -> Event:
    with transaction.atomic():
        return events.publish(
            KIND, group_id=group_id, subject_id=1, actor_id=None, at=clock.now(), fen=100
        )


def come_due() -> None:
    Handling.objects.filter(due_at__isnull=False).update(due_at=clock.now() - timedelta(seconds=1))


def run_here(ids):
    for handling_id in ids:
        events.handle(handling_id)


@pytest.mark.django_db
def test_an_event_brings_one_handling_per_listener(handlers, django_assert_num_queries):
    listen(handlers, good, broken)
    with transaction.atomic():
        at = clock.now()
        with django_assert_num_queries(1):
            event = events.publish(KIND, group_id=7, subject_id=1, actor_id=None, at=at, fen=100)
    assert (event.group_id, event.data, event.simulated) == (7, {"fen": 100}, False)
    assert Handling.objects.filter(event=event, group_id=7, due_at=at).count() == 2
    assert seen == {}


@pytest.mark.django_db
def test_an_event_that_does_not_concern_a_listener_costs_it_nothing(
    handlers, monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr(events, "_conditions", {})
    handlers[KIND] = {}
    events.subscribe(KIND, good, when=lambda event: event.data["fen"] > 100)
    with transaction.atomic():
        at = clock.now()
        with django_assert_num_queries(1):
            events.publish(KIND, group_id=7, subject_id=1, actor_id=None, at=at, fen=100)
        events.publish(KIND, group_id=7, subject_id=2, actor_id=None, at=at, fen=101)
    assert Handling.objects.get().event.subject_id == 2


@pytest.mark.django_db(transaction=True)
def test_publishing_outside_a_transaction_is_refused(handlers):
    with pytest.raises(RuntimeError, match="transaction"):
        events.publish(KIND, group_id=7, subject_id=1, actor_id=None, at=THEN)


@pytest.mark.django_db
def test_what_was_rolled_back_is_never_told(handlers):
    listen(handlers, good)
    with transaction.atomic():
        publish()
        transaction.set_rollback(True)
    assert events.dispatch_due(run_here) == 0
    assert not Event.objects.exists()


@pytest.mark.django_db
def test_a_handling_runs_once_however_often_it_is_delivered(handlers):
    listen(handlers, good)
    publish()
    handling = Handling.objects.get()
    assert [events.handle(handling.pk) for _ in range(3)] == [True, False, False]
    handling.refresh_from_db()
    assert (seen["good"], effects(), handling.attempts) == (1, 1, 1)
    assert handling.done_at
    assert handling.due_at is None


@pytest.mark.django_db(transaction=True)
def test_eight_workers_at_once_are_one(handlers):
    listen(handlers, good)
    publish()
    handling = Handling.objects.get()
    ran = together([lambda: events.handle(handling.pk)] * 8)
    assert sorted(ran) == [False] * 7 + [True]
    assert effects() == 1


@pytest.mark.django_db(transaction=True)
def test_twin_without_the_row_lock_eight_workers_act_more_than_once(handlers, monkeypatch):
    at_work = Barrier(8)

    def slow(event: Event) -> None:
        good(event)
        at_work.wait(PATIENCE)

    def unlocked():
        return Handling.objects.select_related("event").filter(done_at__isnull=True)

    listen(handlers, slow)
    publish()
    handling = Handling.objects.get()
    monkeypatch.setattr(events, "_locked", unlocked)
    monkeypatch.setattr(events, "_begin_attempt", lambda _: 1)
    together([lambda: events.handle(handling.pk)] * 8)
    assert effects() > 1


@pytest.mark.django_db
def test_a_failure_leaves_no_effect_is_kept_and_tried_again_later(handlers):
    listen(handlers, broken)
    publish()
    assert events.dispatch_due(run_here) == 1
    handling = Handling.objects.get()
    assert (seen["good"], effects(), handling.attempts, handling.done_at) == (1, 0, 1, None)
    assert handling.last_error == "OSError: no answer from 138****8000"
    assert handling.due_at
    assert handling.due_at > clock.now() + timedelta(seconds=5)
    assert events.dispatch_due(run_here) == 0
    listen(handlers, good)
    handlers[KIND] = {handling.handler: good}
    come_due()
    assert events.dispatch_due(run_here) == 1
    assert effects() == 1


@pytest.mark.django_db
def test_pauses_grow_and_the_last_failure_is_the_end(handlers):
    listen(handlers, broken)
    publish()
    pauses: list[timedelta] = []
    due_at = None
    for _ in range(events.MAX_ATTEMPTS):
        come_due()
        before = clock.now()
        events.dispatch_due(run_here)
        due_at = Handling.objects.get().due_at
        if due_at:
            pauses.append(due_at - before)
    assert due_at is None
    assert len(pauses) == events.MAX_ATTEMPTS - 1
    assert pauses == sorted(pauses)
    assert pauses[0] < timedelta(minutes=1) < timedelta(hours=1) < pauses[-1]
    come_due()
    assert events.dispatch_due(run_here) == 0
    handling = Handling.objects.get()
    assert (handling.attempts, handling.done_at) == (events.MAX_ATTEMPTS, None)
    assert "no answer" in handling.last_error


@pytest.mark.django_db
def test_one_that_kills_its_worker_each_time_is_given_up_too(handlers):
    listen(handlers, good)
    publish()
    Handling.objects.update(attempts=events.MAX_ATTEMPTS)
    assert events.handle(Handling.objects.get().pk) is False
    handling = Handling.objects.get()
    assert (handling.due_at, effects()) == (None, 0)
    assert "lost" in handling.last_error


@pytest.mark.django_db
def test_a_listener_that_is_gone_is_a_failure_not_a_loss(handlers):
    listen(handlers, good)
    publish()
    handlers.clear()
    events.dispatch_due(run_here)
    assert "No handler" in Handling.objects.get().last_error


@pytest.mark.django_db
def test_a_broker_that_refuses_loses_nothing(handlers):
    listen(handlers, good)
    for _ in range(events.CHUNK + 5):
        publish()
    handed: list[int] = []

    def one_chunk_then_refuse(ids):
        if handed:
            raise ConnectionError("refused")
        handed.extend(ids)

    with pytest.raises(ConnectionError):
        events.dispatch_due(one_chunk_then_refuse)
    rest: list[int] = []
    assert events.dispatch_due(rest.extend) == 5
    assert sorted(handed + rest) == list(
        Handling.objects.order_by("pk").values_list("pk", flat=True)
    )


@pytest.mark.django_db
def test_what_the_broker_lost_comes_due_again(handlers):
    listen(handlers, good)
    publish()
    assert events.dispatch_due(lambda ids: None) == 1
    assert events.dispatch_due(run_here) == 0
    Handling.objects.update(due_at=clock.now() - timedelta(seconds=1))
    assert events.dispatch_due(run_here) == 1
    assert effects() == 1


@pytest.mark.django_db(transaction=True)
def test_two_beats_hand_over_each_once(handlers):
    listen(handlers, good)
    for _ in range(40):
        publish()
    handed: list[int] = []
    together([lambda: events.dispatch_due(handed.extend, limit=30)] * 4)
    assert len(handed) == len(set(handed))
    events.dispatch_due(handed.extend)
    assert len(handed) == len(set(handed)) == 40


@pytest.mark.django_db
def test_simulated_events_are_drained_in_their_own_time_and_never_dispatched(handlers):
    times = []

    def note_time(event: Event) -> None:
        times.append((clock.now(), clock.is_simulated()))

    listen(handlers, note_time)
    with transaction.atomic(), clock.simulated(THEN):
        events.publish(KIND, group_id=7, subject_id=1, actor_id=None, at=THEN)
    assert Event.objects.get().simulated
    assert events.dispatch_due(run_here) == 0
    assert events.drain(7) == 1
    assert times == [(THEN, True)]
    assert events.drain(7) == 0


@pytest.mark.django_db
def test_draining_follows_news_of_news_in_one_group_only(handlers):
    def chain(event: Event) -> None:
        if event.subject_id < 5:
            events.publish(
                KIND,
                group_id=event.group_id,
                subject_id=event.subject_id + 1,
                actor_id=None,
                at=event.happened_at,
            )

    listen(handlers, chain)
    publish(group_id=7)
    publish(group_id=8)
    assert events.drain(7) == 5
    assert Handling.objects.filter(done_at__isnull=True).values_list("group_id").get() == (8,)


@pytest.mark.django_db
def test_draining_leaves_to_the_installation_what_really_happened(handlers):
    listen(handlers, good)
    publish(group_id=None)
    with transaction.atomic(), clock.simulated(THEN):
        events.publish(KIND, group_id=None, subject_id=2, actor_id=None, at=THEN)
    assert events.drain(None, simulated_only=True) == 1
    assert Handling.objects.filter(done_at=None).values_list("event__simulated").get() == (False,)


@pytest.mark.django_db
def test_a_failure_while_draining_is_raised_and_keeps_what_is_open(handlers):
    listen(handlers, broken)
    publish()
    with pytest.raises(OSError, match="no answer"):
        events.drain(7)
    assert effects() == 0
    assert Handling.objects.get().done_at is None


@pytest.mark.django_db
def test_the_command_does_the_work_without_beat_and_broker(handlers, capsys):
    listen(handlers, good, broken)
    publish()
    call_command("dispatch_due")
    assert capsys.readouterr().out == "1 done, 1 not done\n"
    assert effects() == 1


@pytest.mark.django_db
def test_the_beat_tick_hands_chunks_of_ids_to_workers(handlers, monkeypatch):
    listen(handlers, good)
    for _ in range(events.CHUNK + 1):
        publish()
    sent: list[dict[str, list[int]]] = []
    monkeypatch.setattr(tasks.handle, "delay", lambda **given: sent.append(given))
    tasks.dispatch_due()
    assert [len(given["handling_ids"]) for given in sent] == [events.CHUNK, 1]
    for given in sent:
        tasks.handle(**given, from_a_newer_version=True)
    assert effects() == events.CHUNK + 1


@pytest.mark.django_db
def test_a_listener_hears_only_the_events_that_concern_it(handlers, monkeypatch):
    monkeypatch.setattr(events, "_conditions", {})
    events.subscribe(KIND, good, when=lambda event: event.group_id == 7)
    events.subscribe(KIND, broken)
    publish(group_id=7)
    publish(group_id=8)
    heard = Handling.objects.order_by("pk").values_list("group_id", "handler")
    assert list(heard) == [
        (7, events._name(good)),
        (7, events._name(broken)),
        (8, events._name(broken)),
    ]
