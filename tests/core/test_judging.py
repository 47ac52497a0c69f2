"""What does not go out, and what goes later: wishes, hours, budgets, and whether it is of use."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from tests.core.out import (
    ARRIVED,
    OPENED,
    REFUND,
    clock_shows,
    happen,
    make_reader,
    noon,
    placed,
    pump,
    stand,
    states,
    tell,
)
from tuangou.core import judging, matrix, outgoing
from tuangou.core.models import (
    NoticeMute,
    NoticeSetting,
    Outgoing,
    Topic,
    User,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ground")]


# what does not go


def test_what_is_too_late_lapses(lan):
    tell(lan)
    with clock_shows(timezone.now() + timedelta(days=4)):
        assert pump() == 0
    assert states() == [("email", "lapsed", "too_late")]


def test_the_moment_of_the_context_ends_its_use(lan):
    (row,) = tell(lan, kind="orders.round_arrived", **ARRIVED)
    assert row.lapses_at.isoformat() == ARRIVED["pickup_until"]


def test_what_she_muted_since_is_not_sent_but_by_that_way_alone(lan):
    tell(lan, kind="orders.return_refunded", **REFUND)
    NoticeMute.objects.create(user=lan, topic=Topic.RETURNS, channel="email")
    with clock_shows(noon()):
        pump()
    assert states() == [("email", "muted", "muted"), ("sms", "sent", "")]
    assert mail.outbox == []


def test_a_closed_account_is_told_nothing(lan):
    tell(lan)
    User.objects.update(is_active=False)
    pump()
    assert states() == [("email", "cancelled", "closed")]


def test_who_did_not_agree_to_texts_gets_none(lan, monkeypatch, gateway):
    stand(monkeypatch, sms=False)
    tell(lan, kind="orders.order_placed", event=happen(group_id=7), **placed())
    with clock_shows(noon()):
        pump()
    assert states() == [("sms", "muted", "no_consent")]
    tell(lan, kind="core.signed_in", event=happen(group_id=7), device="")
    with clock_shows(noon()):
        assert pump() == 2, "her account is no matter of taste"


def test_what_moved_is_taken_back(lan):
    about = happen("round.arrived", group_id=7, subject_id=3)
    tell(lan, kind="orders.round_arrived", event=about, **ARRIVED)
    other = happen("round.arrived", group_id=7, subject_id=4)
    tell(lan, kind="orders.round_arrived", event=other, **ARRIVED)
    assert outgoing.cancel(group_id=7, kinds="round.", subject_id=3) == 1
    assert states() == [("sms", "cancelled", "changed"), ("sms", "waiting", "")]


def test_what_is_no_longer_true_is_not_sent(lan, monkeypatch):
    asked = []

    def still(subject_id: int, user_id: int) -> bool:
        asked.append((subject_id, user_id))
        return False

    kind = matrix.Kind("core.phone_changed", "", email=matrix.NOW, still=still)
    monkeypatch.setattr(matrix, "_kinds", {kind.name: kind})
    tell(lan, event=happen(subject_id=5))
    pump()
    assert asked == [(5, lan.pk)]
    assert states() == [("email", "cancelled", "changed")]


def test_four_texts_a_week_are_enough_but_for_what_is_urgent(lan, gateway, monkeypatch):
    monkeypatch.setattr(judging, "MERGED_WITHIN", timedelta(0))
    for _ in range(6):
        tell(lan, kind="orders.order_placed", **placed())
        with clock_shows(noon()):
            pump()
    assert [state for _, state, _ in states()] == ["sent"] * 4 + ["over"] * 2
    tell(lan, kind="orders.round_arrived", **ARRIVED)
    tell(lan, kind="core.signed_in", device="")
    with clock_shows(noon()):
        assert pump() == 3
    tell(lan, kind="orders.order_placed", **placed())
    with clock_shows(noon() + timedelta(days=7, minutes=1)):
        Outgoing.objects.filter(state="waiting").update(lapses_at=noon() + timedelta(days=9))
        assert pump() == 1, "the next week"


def test_a_groups_day_is_full(lan, settings):
    settings.MAILS_A_DAY = 1
    for group_id in (7, 7, 8):
        event = happen(group_id=group_id)
        tell(make_reader(), event=event, kind="orders.return_accepted", **REFUND)
    with clock_shows(noon()):
        pump()
    assert [(s, r) for _, s, r in states()] == [("sent", ""), ("over", "day_full"), ("sent", "")]


def test_news_of_accounts_are_never_over(lan, settings):
    settings.MAILS_A_DAY = settings.SMS_A_DAY = 0
    tell(lan)
    assert pump() == 1


# when


def test_quiet_hours_hold_back_what_is_not_of_the_account(lan, gateway):
    night = noon() + timedelta(hours=11)
    with clock_shows(night):
        tell(lan, kind="orders.order_placed", **placed())
        tell(lan)
        assert pump() == 1
    row = Outgoing.objects.get(channel="sms")
    assert (row.state, row.reason) == ("waiting", "quiet")
    assert row.due_at == night + timedelta(hours=9), "08:00"
    with clock_shows(night + timedelta(hours=9)):
        assert pump() == 1


@pytest.mark.parametrize(("late", "sent"), [(False, 0), (True, 1)])
def test_goods_that_wait_may_be_told_till_eleven_where_she_allowed_it(lan, gateway, late, sent):
    NoticeSetting.objects.create(user=lan, late=late)
    tell(lan, kind="orders.round_arrived", **ARRIVED)
    with clock_shows(noon() + timedelta(hours=10, minutes=30)):
        assert pump() == sent
    Outgoing.objects.all().delete()
    tell(lan, kind="orders.round_arrived", **ARRIVED)
    with clock_shows(noon() + timedelta(hours=11)):
        assert pump() == 0, "23:00 is too late for everybody"


def test_twin_without_the_quiet_hours_she_is_woken(lan, gateway, monkeypatch):
    monkeypatch.setattr("tuangou.core.wishes._is_quiet", lambda *_: False)
    with clock_shows(noon() + timedelta(hours=11)):
        tell(lan, kind="orders.order_placed", **placed())
        assert pump() == 1


def test_a_members_hours_are_her_groups(lan, gateway, monkeypatch):
    stand(monkeypatch, zone="Europe/Berlin")  # noon here is five or six in the morning
    tell(lan, kind="orders.order_placed", event=happen(group_id=7), **placed())
    with clock_shows(noon()):
        assert pump() == 0
    assert states() == [("sms", "waiting", "quiet")]


def test_what_can_wait_goes_in_one_mail_at_six(lan):
    start = noon()
    with clock_shows(start):
        tell(lan, kind="orders.asked_after", **OPENED)
        tell(lan, kind="groups.announcement_published", title="停水", text="")
        tell(lan, kind="orders.asked_after", **OPENED | {"title": "另一团"})
        assert pump() == 0
    assert {reason for _, _, reason in states()} == {"together"}
    with clock_shows(start + timedelta(hours=5, minutes=59)):
        assert pump() == 0
    with clock_shows(start + timedelta(hours=6, seconds=3)):
        assert pump() == 1
        tell(lan, kind="orders.asked_after", **OPENED)
        assert pump() == 0, "what comes later waits for tomorrow"
    (message,) = mail.outbox
    assert message.subject == "3 条新消息"
    assert message.body.count("「团」") == 1
    assert message.body.count("「另一团」") == 1
    assert [state for _, state, _ in states()] == ["sent"] * 3 + ["waiting"]
    lead = Outgoing.objects.get(state="sent", lead=None)
    assert Outgoing.objects.filter(lead=lead).count() == 2


def test_a_retried_mail_holds_what_it_held_before(lan, monkeypatch):
    start = noon()
    with clock_shows(start):
        tell(lan, kind="orders.asked_after", **OPENED)
        tell(lan, kind="orders.asked_after", **OPENED | {"title": "另一团"})
    real = outgoing._finish
    monkeypatch.setattr(outgoing, "_finish", _dies)
    first = Outgoing.objects.order_by("pk")[0]
    with clock_shows(start + timedelta(hours=7)), pytest.raises(SystemExit):
        outgoing.send(first.pk)
    monkeypatch.setattr(outgoing, "_finish", real)
    with clock_shows(start + timedelta(hours=7, minutes=2)):
        tell(lan, kind="orders.asked_after", **OPENED | {"title": "第三团"})
        pump()
    bodies = [message.body for message in mail.outbox]
    assert bodies[0] == bodies[1]
    ids = {message.extra_headers["Message-ID"] for message in mail.outbox}
    assert len(ids) == 1


def test_of_a_kind_within_half_an_hour_one_goes_at_once_the_rest_together(lan, gateway):
    start = noon()
    with clock_shows(start):
        tell(lan, kind="orders.order_placed", **placed("李"))
        assert pump() == 1
    for minute in (5, 10):
        with clock_shows(start + timedelta(minutes=minute)):
            tell(lan, kind="orders.order_placed", **placed(f"王{minute}"))
            assert pump() == 0
    with clock_shows(start + timedelta(minutes=30)):
        assert pump() == 1
    said = [json.loads(call.request.body)["text"] for call in gateway.calls]
    assert len(said) == 2
    assert "王10" in said[1]
    assert "共 2 条" in said[1]
    assert [state for _, state, _ in states()] == ["sent"] * 3


def test_after_three_days_of_silence_what_is_of_use_goes_once_and_the_rest_lapses(lan, gateway):
    """Nothing looked at the rows meanwhile."""
    start = noon()
    with clock_shows(start):
        tell(lan, kind="orders.order_placed", **placed())  # a day
        tell(lan, kind="orders.return_refunded", **REFUND)  # three days
        tell(lan, kind="merchants.application_approved", brand="店", group="群")  # a week
        tell(lan, kind="orders.asked_after", **OPENED)  # two days
    with clock_shows(start + timedelta(days=3, hours=1)):
        pump()
        pump()
    assert states() == [
        ("sms", "lapsed", "too_late"),
        ("email", "lapsed", "too_late"),
        ("sms", "lapsed", "too_late"),
        ("email", "sent", ""),
        ("email", "lapsed", "too_late"),
    ]


def _dies(*_: object, **__: object) -> None:
    raise SystemExit
