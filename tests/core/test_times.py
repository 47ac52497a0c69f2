"""Moments as people here write them, in the group's time."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.template import Context, Template
from django.utils import timezone, translation

from tuangou.core.templatetags import times

SATURDAY = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def in_november():
    with time_machine.travel(datetime(2026, 11, 1, tzinfo=UTC)):
        yield


@pytest.mark.parametrize(
    ("show", "chinese", "english"),
    [
        (times.when, "11月21日 周六 18:00", "Sat 21 Nov, 18:00"),
        (times.day, "11月21日 周六", "Sat 21 Nov"),
        (times.hour, "18:00", "18:00"),
        (times.month, "2026年11月", "Nov 2026"),
        (times.field_time, "2026-11-21T18:00", "2026-11-21T18:00"),
        (times.iso, "2026-11-21T18:00:00+08:00", "2026-11-21T18:00:00+08:00"),
    ],
)
def test_both_languages(show, chinese, english):
    assert show(SATURDAY, "Asia/Shanghai") == chinese
    with translation.override("en"):
        assert show(SATURDAY, "Asia/Shanghai") == english
    assert show(None) == ""


def test_the_year_is_shown_when_it_is_not_this_one():
    then = SATURDAY.replace(year=2023)
    assert times.day(then, "Asia/Shanghai") == "2023年11月21日 周二"
    with translation.override("en"):
        assert times.day(then, "Asia/Shanghai") == "Tue 21 Nov 2023"


def test_the_groups_zone_decides_the_day():
    late = datetime(2026, 11, 21, 16, 30, tzinfo=UTC)
    assert times.when(late, "Asia/Shanghai") == "11月22日 周日 00:30"
    assert times.when(late, "UTC") == "11月21日 周六 16:30"
    with timezone.override("America/New_York"):
        assert times.when(late) == "11月21日 周六 11:30"


def test_days_without_a_time_stay_what_they_are():
    assert times.day(date(2026, 11, 21), "America/New_York") == "11月21日 周六"


def test_spans_name_the_day_once():
    end = SATURDAY.replace(hour=12)
    shown = "{% load times %}{% span a b 'Asia/Shanghai' %}|{% time_tag a 'Asia/Shanghai' %}"
    assert Template(shown).render(Context({"a": SATURDAY, "b": end})) == (
        '11月21日 周六 18:00–20:00|<time datetime="2026-11-21T18:00:00+08:00">'
        "11月21日 周六 18:00</time>"
    )
    assert times.span(SATURDAY, end.replace(day=22), "Asia/Shanghai") == (
        "11月21日 周六 18:00 – 11月22日 周日 20:00"
    )
