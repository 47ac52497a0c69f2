"""Notices that leave the app: written with the notice, sent once, under one number."""

from __future__ import annotations

import json
import smtplib
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils import timezone

from tests.core.out import (
    ARRIVED,
    OPENED,
    clock_shows,
    happen,
    make_reader,
    noon,
    pump,
    states,
    tell,
)
from tests.people import make_user
from tests.threads import PATIENCE, together
from tuangou.core import clock, events, notices, outgoing
from tuangou.core.models import (
    Event,
    Mailbox,
    Notice,
    Outgoing,
    User,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ground")]


# writing


def test_the_notice_and_what_leaves_the_app_are_one_statement(lan, django_assert_num_queries):
    nobody, event = make_user("没有手机", phone=None), happen()
    with django_assert_num_queries(1):
        told = notices.notify(
            event,
            user_ids=[lan.pk, nobody.pk],
            kind="core.signed_in",
            path="/",
            context={"device": "x"},
        )
    assert told == 2
    assert states() == [("email", "waiting", ""), ("sms", "waiting", "")]
    assert set(Outgoing.objects.values_list("user_id", flat=True)) == {lan.pk}
    assert tell(lan, nobody, kind="core.signed_in", event=event, device="x")
    assert Outgoing.objects.count() == 2, "twice is once"


def test_nothing_leaves_for_a_mailbox_nobody_confirmed(lan):

    Mailbox.objects.update(confirmed_at=None)
    assert tell(lan) == []


def test_what_was_played_stays_in_the_app(lan):
    with clock.simulated(timezone.now()):
        assert tell(lan) == []
    assert Notice.objects.filter(user=lan).count() == 1


def test_a_kind_without_a_line_stays_in_the_app(lan):
    assert tell(lan, kind="orders.order_missed", goods=[{}], kinds=1) == []


def test_a_way_that_is_not_there_is_not_written(lan, settings):
    settings.MAIL_BACKEND = settings.SMS_BACKEND = "off"
    assert tell(lan) == []


def test_the_database_takes_one_row_per_event_person_and_way(lan):
    (row,) = tell(lan)
    row.pk = None
    row._state.adding = True
    with pytest.raises(IntegrityError, match="outgoing_once_per_event"), transaction.atomic():
        row.save(force_insert=True)


# sending


def test_a_mail_tells_the_fact_leads_to_the_page_and_can_be_stopped(lan, settings):
    settings.SITE_URL = "https://tuan.example"
    (row,) = tell(lan, path="/settings/")
    assert pump() == 1
    (message,) = mail.outbox
    assert message.to == [f"u{lan.pk}@mail.example"]
    assert message.subject == "你的账号换了手机号。不是你换的，马上找团长"
    assert "https://tuan.example/settings/" in message.body
    assert message.extra_headers["Message-ID"].startswith(f"<notice-{row.pk}-")
    stop = message.extra_headers["List-Unsubscribe"].strip("<>")
    assert stop.startswith("https://tuan.example/n/")
    assert stop in message.body
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert str(lan.phone) not in message.body
    assert states() == [("email", "sent", "")]
    assert not outgoing.send(row.pk), "once"
    assert len(mail.outbox) == 1


def test_in_her_language(lan):
    User.objects.filter(pk=lan.pk).update(language="en")
    tell(lan)
    pump()
    assert "phone" in mail.outbox[0].subject.lower()


def test_a_text_ends_in_its_link(lan, gateway, settings):
    settings.SITE_URL = "https://t.cn"
    tell(lan, kind="orders.round_arrived", **ARRIVED)
    with clock_shows(noon()):
        assert pump() == 1
    body = json.loads(gateway.calls[0].request.body)
    assert body["phone"] == lan.phone
    assert body["text"].startswith("周六牛肉团到货了：")
    assert "取货码 K7-31 https://t.cn/n/" in body["text"]
    assert body["id"].startswith("notice-")


@pytest.mark.parametrize(
    ("trouble", "state"),
    [
        (smtplib.SMTPServerDisconnected("gone"), "waiting"),
        (OSError("refused"), "waiting"),
        (smtplib.SMTPDataError(451, b"later"), "waiting"),
        (smtplib.SMTPDataError(554, b"spam"), "failed"),
        (smtplib.SMTPRecipientsRefused({"x": (550, b"no such")}), "failed"),
        (smtplib.SMTPRecipientsRefused({"x": (450, b"busy")}), "waiting"),
        (RuntimeError("a bug"), "waiting"),
    ],
)
def test_trouble_is_tried_again_and_a_refusal_is_the_end(lan, monkeypatch, trouble, state):
    def fail(*_: object, **__: object) -> None:
        raise trouble

    monkeypatch.setattr("django.core.mail.EmailMessage.send", fail)
    tell(lan)
    assert pump() == 0
    row = Outgoing.objects.get()
    assert row.state == state
    assert row.last_error
    assert (row.done_at is None) == (state == "waiting")


def test_pauses_grow_and_it_is_given_up(lan, monkeypatch):
    def fail(*_: object, **__: object) -> None:
        raise OSError("refused")

    monkeypatch.setattr("django.core.mail.EmailMessage.send", fail)
    (row,) = tell(lan)
    now, pauses = clock.now(), []
    for _ in range(outgoing.MAX_ATTEMPTS):
        with clock_shows(now):
            assert not outgoing.send(row.pk)
        row.refresh_from_db()
        pauses.append((row.due_at - now).total_seconds())
    assert pauses[:4] == [20, 60, 180, 540]
    assert (row.state, row.reason) == ("failed", "given_up")


def test_given_up_can_be_tried_once_more_while_it_is_of_use(lan):
    (row,) = tell(lan, event=happen(group_id=7))
    done: dict[str, Any] = {"state": "failed", "attempts": 8, "done_at": timezone.now()}
    Outgoing.objects.update(**done)
    assert outgoing.retry(group_id=8, ids=[row.pk]) == 0, "another group's"
    assert outgoing.retry(group_id=7, ids=[row.pk]) == 1
    assert pump() == 1
    Outgoing.objects.update(**done, lapses_at=timezone.now())
    assert outgoing.retry(group_id=7, ids=[row.pk]) == 0


def test_a_worker_lost_in_the_middle_sends_again_under_the_same_number(lan, monkeypatch):
    (row,) = tell(lan)
    real = outgoing._finish
    monkeypatch.setattr(outgoing, "_finish", _dies)
    with pytest.raises(SystemExit):
        outgoing.send(row.pk)
    monkeypatch.setattr(outgoing, "_finish", real)
    assert not outgoing.send(row.pk), "in another's hands"
    with clock_shows(clock.now() + outgoing.HOLD):
        assert outgoing.send(row.pk)
    first, second = (message.extra_headers["Message-ID"] for message in mail.outbox)
    assert first == second
    assert Outgoing.objects.get().attempts == 2


def _dies(*_: object, **__: object) -> None:
    raise SystemExit


# several at once


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_beats_and_eight_workers_send_each_once():
    people = [make_reader() for _ in range(12)]
    event = happen()
    tell(*people, event=event)

    def run(ids: list[int]) -> None:
        for pk in ids + ids:
            outgoing.send(pk)

    ids = list(Outgoing.objects.values_list("pk", flat=True))
    together([lambda: outgoing.dispatch_due(run)] * 4 + [lambda: run(ids)] * 4)
    assert len(mail.outbox) == len(people)
    assert {state for _, state, _ in states()} == {"sent"}


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_eight_workers_with_one_persons_rows_make_one_mail():
    lan = make_reader()
    with transaction.atomic(), clock_shows(noon()):
        for n in range(8):
            tell(lan, kind="orders.asked_after", **OPENED | {"title": f"团{n}"})
    later = noon() + timedelta(hours=6)
    Outgoing.objects.update(due_at=timezone.now())
    ids = list(Outgoing.objects.values_list("pk", flat=True))

    def one(pk: int):
        def run() -> None:
            with clock_shows(later):
                outgoing.send(pk)

        return run

    together([one(pk) for pk in ids])
    assert len(mail.outbox) == 1
    assert mail.outbox[0].subject == "8 条新消息"


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_twin_without_the_persons_lock_she_gets_several(monkeypatch):
    monkeypatch.setattr(outgoing, "_lock_receiver", lambda row: None)
    lan = make_reader()
    real, all_took = outgoing._gather, Barrier(4)

    def at_once(row, receiver):
        all_took.wait(PATIENCE)
        return real(row, receiver)

    monkeypatch.setattr(outgoing, "_gather", at_once)
    with transaction.atomic(), clock_shows(noon()):
        for n in range(4):
            tell(lan, kind="orders.asked_after", **OPENED | {"title": f"团{n}"})
    later = noon() + timedelta(hours=6)

    def one(pk: int):
        def run() -> None:
            with clock_shows(later):
                outgoing.send(pk)

        return run

    together([one(pk) for pk in Outgoing.objects.values_list("pk", flat=True)])
    assert len(mail.outbox) > 1


# what is told because time passed is unique in the event log


def test_a_slot_is_told_once():
    slot: dict[str, Any] = {"slot": "1", "group_id": 7, "subject_id": 3, "at": timezone.now()}
    assert events.publish_once("round.last_call", **slot)
    assert not events.publish_once("round.last_call", **slot)
    assert events.publish_once("round.last_call", **slot | {"slot": "2"})
    assert events.publish_once("round.asked_after", **slot)
    assert events.publish_once("round.last_call", **slot | {"group_id": 8})
    assert Event.objects.filter(kind="round.last_call", subject_id=3).count() == 3


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_scans_at_once_tell_once():
    at = timezone.now()
    subject = 31
    said: list[bool] = []

    def scan() -> None:
        said.append(
            events.publish_once("round.last_call", slot="1", group_id=7, subject_id=subject, at=at)
        )

    together([scan] * 8)
    assert sorted(said) == [False] * 7 + [True]
