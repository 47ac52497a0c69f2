"""What is told because time passed: found by looking, each thing once, while it is of use."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.db import transaction

from groups.models import Consent, Purpose
from orders.models import Round
from orders.queries import chat, reminders
from orders.services import check_offs, rounds
from orders.services.reminders import remind
from tests.core.out import clock_shows, mailbox_for, noon, pump, states
from tests.factories import make_group, make_member, make_order, make_round
from tests.orders.stages import Stage, at, make_stage
from tests.threads import together
from tuangou.core import events, outgoing
from tuangou.core.models import Event, Notice, Outgoing

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def stage(db) -> Stage:
    """A round opened tomorrow at noon; its cut-off is a day later, its window from 08:00."""
    return make_stage(noon(), pickup_from=noon() + 44 * HOUR, pickup_until=noon() + 50 * HOUR)


def look(moment: datetime) -> int:
    """One beat at this moment, and the work it makes; how many were told in the app."""
    before = Notice.objects.count()
    with clock_shows(moment):
        remind()
        events.drain(None)
        for group_id in set(Event.objects.values_list("group_id", flat=True)):
            events.drain(group_id)
    return Notice.objects.count() - before


def told(kind: str) -> list[int]:
    return list(
        Notice.objects.filter(kind=kind).order_by("user_id").values_list("user_id", flat=True)
    )


@pytest.fixture
def regular(stage: Stage) -> Round:
    """The next round of the same merchant; the member ordered in the first one."""
    stage.order(stage.member)
    with at(stage.start):
        return make_round(
            stage.group, merchant=stage.round.merchant, title="下周牛肉团", cut_off_in=3 * DAY
        )


# the last call


def test_two_hours_before_the_cut_off_who_ordered_before_and_not_now_is_called(stage, regular):
    cut_off = regular.cut_off_at
    look(cut_off - 2 * HOUR - timedelta(minutes=1))
    assert told("orders.last_call") == []
    look(cut_off - 2 * HOUR)
    assert told("orders.last_call") == [stage.member.user_id]
    look(cut_off - HOUR)
    assert len(told("orders.last_call")) == 1, "once"


def test_who_has_ordered_already_is_not_called(stage, regular):
    with at(stage.ordering):
        make_order(regular, stage.member)
    look(regular.cut_off_at - HOUR)
    assert told("orders.last_call") == []


@pytest.mark.parametrize("change", ["paused", "closed", "over", "short"])
def test_no_call_for_a_round_that_takes_no_orders(stage, regular, change):
    rows = Round.objects.filter(pk=regular.pk)
    moment = regular.cut_off_at - HOUR
    if change == "paused":
        rows.update(paused_at=stage.start)
    elif change == "closed":
        with at(moment - HOUR):
            make_order(regular, stage.neighbour)
            rounds.close_round(round_id=regular.pk, actor_id=stage.initiator.pk)
    elif change == "over":
        moment = regular.cut_off_at
    else:
        rows.update(opened_at=regular.cut_off_at - 2 * HOUR)
    look(moment)
    assert told("orders.last_call") == []


def test_an_extended_round_calls_again(stage):
    stage.order(stage.member)
    with at(stage.start):
        rnd = make_round(stage.group, merchant=stage.round.merchant, minimum_households=40)
        make_order(rnd, stage.neighbour)
    look(rnd.cut_off_at - HOUR)
    with at(rnd.cut_off_at):
        rounds.close_if_due(round_id=rnd.pk)
    later = rnd.cut_off_at + 5 * HOUR
    with at(rnd.cut_off_at + HOUR):
        rounds.extend_round(round_id=rnd.pk, actor_id=stage.initiator.pk, cut_off_at=later)
    look(later - HOUR)
    assert told("orders.last_call").count(stage.member.user_id) == 2


# money


def test_twelve_hours_after_the_cut_off_who_owes_is_reminded_once(stage):
    stage.order(stage.member)
    paid = stage.order(stage.neighbour, 1)
    stage.receive(paid, 3800)
    stage.confirm()
    confirmed = stage.round.cut_off_at
    look(confirmed + 12 * HOUR - timedelta(minutes=1))
    assert told("orders.payment_due") == []
    look(confirmed + 12 * HOUR)
    assert told("orders.payment_due") == [stage.member.user_id]
    look(confirmed + 20 * HOUR)
    assert len(told("orders.payment_due")) == 1


def test_a_day_later_it_is_not_looked_for_any_more(stage):
    stage.order(stage.member)
    stage.confirm()
    look(stage.round.cut_off_at + 36 * HOUR)
    assert told("orders.payment_due") == []


def test_who_pays_meanwhile_gets_no_text(stage, settings, monkeypatch):
    order = stage.order(stage.member)
    stage.confirm()
    agree(stage.member)
    moment = stage.round.cut_off_at + 21 * HOUR
    look(moment)
    assert states() == [("sms", "waiting", "")]
    stage.receive(order, 7600, when=moment)
    with clock_shows(moment + timedelta(minutes=1)):
        assert pump() == 0
    assert states() == [("sms", "cancelled", "changed")]


def agree(*members) -> None:
    for member in members:
        Consent.objects.create(
            group_id=member.group_id,
            membership=member,
            purpose=Purpose.SMS,
            version=1,
            given_at=member.activated_at,
        )


# bags


def test_not_collected_is_told_two_hours_in_and_half_an_hour_before_the_end(stage):
    stage.order(stage.member)
    fetched = stage.order(stage.neighbour, 1)
    stage.arrive()
    stage.hand_over(fetched)
    start, end = stage.round.pickup_from, stage.round.pickup_until
    for moment, calls in [
        (start + 2 * HOUR - timedelta(minutes=1), 0),
        (start + 2 * HOUR, 1),
        (start + 3 * HOUR, 1),
        (end - timedelta(minutes=31), 1),
        (end - timedelta(minutes=30), 2),
        (end - timedelta(minutes=1), 2),
        (end + HOUR, 2),
    ]:
        look(moment)
        assert told("orders.not_collected") == [stage.member.user_id] * calls, moment


def test_in_a_short_window_it_is_told_once(db):
    stage = make_stage(noon())
    stage.order(stage.member)
    stage.arrive()
    for minutes in range(0, 120, 10):
        look(stage.round.pickup_from + timedelta(minutes=minutes))
    assert len(told("orders.not_collected")) == 1


def test_a_window_that_moved_is_another(stage):
    stage.order(stage.member)
    stage.arrive()
    look(stage.round.pickup_from + 2 * HOUR)
    Round.objects.update(
        pickup_from=stage.round.pickup_from + DAY, pickup_until=stage.round.pickup_until + DAY
    )
    look(stage.round.pickup_from + DAY + 2 * HOUR)
    assert len(told("orders.not_collected")) == 2


def test_who_fetches_meanwhile_gets_no_text(stage):
    order = stage.order(stage.member)
    stage.arrive()
    agree(stage.member)
    moment = stage.round.pickup_from + 2 * HOUR
    look(moment)
    with at(moment):
        check_offs.check_off(
            order_id=order.pk, actor_id=stage.initiator.pk, request_id=order.request_id
        )
    with clock_shows(moment + timedelta(minutes=1)):
        pump()
    row = Outgoing.objects.get(kind="orders.not_collected")
    assert (row.state, row.reason) == ("cancelled", "changed")


# the day after


def test_the_day_after_who_fetched_is_asked_in_time_for_the_mail_of_six(stage):
    order = stage.order(stage.member)
    stage.order(stage.neighbour, 1)
    stage.arrive()
    stage.hand_over(order)
    mailbox_for(stage.member.user)
    zone = ZoneInfo(stage.group.time_zone)
    day = stage.round.pickup_until.astimezone(zone) + DAY
    asked = day.replace(hour=17, minute=50, second=0, microsecond=0)
    look(asked - timedelta(minutes=1))
    assert told("orders.asked_after") == []
    look(asked + timedelta(seconds=40))
    assert told("orders.asked_after") == [stage.member.user_id]
    notice = Notice.objects.get(kind="orders.asked_after")
    assert notice.path == f"/g/{stage.group.slug}/orders/{order.pk}/rate/"
    with clock_shows(asked + timedelta(minutes=9)):
        assert pump() == 0
    with clock_shows(asked + timedelta(minutes=10, seconds=5)):
        assert pump() == 1
    look(asked + DAY)
    assert len(told("orders.asked_after")) == 1


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Berlin", "America/New_York"])
def test_evening_is_evening_on_the_groups_wall_across_the_change_of_clocks(db, zone):
    """Berlin 2036: summer time ends on 26 October; New York: on 2 November."""
    place = ZoneInfo(zone)
    for day in (25, 26, 31):
        start = datetime(2036, 10, day, 12, tzinfo=place) - 2 * DAY
        stage = make_stage(start, group=make_group(time_zone=zone))
        order = stage.order(stage.member)
        stage.arrive()
        stage.hand_over(order)
        local = stage.round.pickup_until.astimezone(place).date() + DAY
        asked = datetime(local.year, local.month, local.day, 17, 50, tzinfo=place)
        due = {item.kind for item in reminders.due(asked)}
        assert "round.asked_after" in due
        early = {item.round_id for item in reminders.due(asked - timedelta(seconds=1))}
        assert stage.round.pk not in early


# outages, and several at once


def test_after_three_days_without_a_beat_what_is_of_use_is_told_once_the_rest_not_at_all(stage):
    """Beat stops when the round opens and is back three days later, at 14:00 of its third day:
    the cut-off, the reminder to pay and the desk went by; the question of the day after did not."""
    order = stage.order(stage.member)
    stage.order(stage.neighbour, 1)
    for member in (stage.member, stage.neighbour):
        agree(member)
        mailbox_for(member.user)
    stage.arrive()
    stage.hand_over(order)
    back = stage.start + 4 * DAY + 2 * HOUR
    for minute in (0, 1, 2, 60):
        look(back + timedelta(minutes=minute))
    kinds = set(Event.objects.filter(data__has_key="slot").values_list("kind", flat=True))
    assert kinds == {"round.asked_after"}
    assert told("orders.asked_after") == [stage.member.user_id]
    with clock_shows(back + 4 * HOUR + timedelta(minutes=1)):
        pump()
        pump()
    assert len(mail.outbox) == 1


def test_twin_without_the_slot_every_beat_tells_again(stage, monkeypatch):
    stage.order(stage.member)
    stage.confirm()
    moment = stage.round.cut_off_at + 12 * HOUR

    def again(kind, *, slot, group_id, subject_id, at, **data):
        with transaction.atomic():
            events.publish(
                kind, group_id=group_id, subject_id=subject_id, actor_id=None, at=at, **data
            )
        return True

    monkeypatch.setattr(events, "publish_once", again)
    look(moment)
    look(moment)
    assert len(told("orders.payment_due")) == 2


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_four_scans_and_two_workers_at_once_tell_each_once():
    stage = make_stage(noon())
    people = [make_member(stage.group) for _ in range(6)]
    for person in people:
        stage.order(person)
    stage.confirm()
    moment = stage.round.cut_off_at + 12 * HOUR

    def beat() -> None:
        with clock_shows(moment):
            remind()
            events.drain(stage.group.pk)

    together([beat] * 4)
    beat()
    assert told("orders.payment_due") == sorted(p.user_id or 0 for p in people)
    assert Event.objects.filter(kind="round.payment_due").count() == 1


def test_a_scan_is_four_statements_and_one_for_what_was_told(stage, django_assert_num_queries):
    stage.order(stage.member)
    stage.confirm()
    with django_assert_num_queries(4):
        assert reminders.due(stage.start) == []
    with django_assert_num_queries(5):
        assert len(reminders.due(stage.round.cut_off_at + 12 * HOUR)) == 1


def test_a_group_that_is_loading_or_void_is_left_alone(stage):
    stage.order(stage.member)
    stage.confirm()
    stage.group.move_to("void")
    assert reminders.due(stage.round.cut_off_at + 12 * HOUR) == []


# what was not sent when the round moved


@pytest.mark.parametrize("how", ["cancel", "fail", "extend"])
def test_a_round_that_moves_takes_back_what_was_not_sent(db, how):
    stage = make_stage(noon(), minimum_households=40)
    mailbox_for(stage.member.user)
    with clock_shows(stage.start):
        rnd = make_round(stage.group, title="另一团", minimum_households=40)
        make_order(rnd, stage.neighbour)
        events.drain(stage.group.pk)
    about = Outgoing.objects.filter(event__kind="round.opened", event__subject_id=rnd.pk)
    assert about.get().state == "waiting"
    if how == "cancel":
        with at(stage.ordering):
            rounds.cancel_round(round_id=rnd.pk, actor_id=stage.initiator.pk, reason="断货")
    else:
        with at(rnd.cut_off_at):
            rounds.close_if_due(round_id=rnd.pk)
        with at(rnd.cut_off_at + HOUR):
            if how == "fail":
                rounds.fail_round(round_id=rnd.pk, actor_id=stage.initiator.pk)
            else:
                rounds.extend_round(
                    round_id=rnd.pk,
                    actor_id=stage.initiator.pk,
                    cut_off_at=rnd.cut_off_at + 5 * HOUR,
                )
    assert (about.get().state, about.get().reason) == ("cancelled", "changed")


def test_twin_without_taking_back_they_wait_on(db, monkeypatch):
    monkeypatch.setattr(outgoing, "cancel", lambda **_: 0)
    stage = make_stage(noon())
    mailbox_for(stage.member.user)
    with clock_shows(stage.start):
        rnd = make_round(stage.group, title="另一团")
        events.drain(stage.group.pk)
    with at(stage.ordering):
        rounds.cancel_round(round_id=rnd.pk, actor_id=stage.initiator.pk, reason="断货")
    assert Outgoing.objects.get(event__subject_id=rnd.pk, kind="orders.round_opened").state == (
        "waiting"
    )


# what the chat hears


def test_the_chat_hears_of_a_round_while_it_lasts_and_of_nobodys_door_or_amount(stage):
    stage.order(stage.member)
    site = "https://t.cn"
    with at(stage.ordering):
        assert chat.opened(stage.round.pk, site).startswith("#接龙")
        assert chat.last_call(stage.round.pk, site).startswith("快截单了！")
        assert chat.confirmed(stage.round.pk, site) == ""
    stage.confirm()
    with at(stage.round.cut_off_at):
        assert chat.opened(stage.round.pk, site) == ""
        said = chat.confirmed(stage.round.pk, site)
    assert "3栋·张*" in said
    assert stage.member.household.room not in said
    assert said.endswith(f"{site}/r/{stage.round.code}")
    stage.arrive()
    assert "到货了" in chat.arrived(stage.round.pk, site)
    assert "3栋·张*" in chat.not_collected(stage.round.pk, site)
    assert "谢谢" in chat.asked_after(stage.round.pk, site)
