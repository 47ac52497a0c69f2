"""Announcements: who hears, who reads, what stays when one is taken down."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from groups.models import Announcement
from groups.queries.announcements import PAGE, on_top
from groups.services import announcements
from groups.services.announcements import AlreadyWithdrawn
from tests.factories import make_deputy, make_group, make_initiator, make_member
from tests.markup import problems
from tuangou.core import clock, events
from tuangou.core.errors import InvalidInput
from tuangou.core.models import Event, Notice

pytestmark = pytest.mark.django_db

TEXT = "周六下午三点发货。\r\n\r\n\r\n\r\n早来的先等等。"


@pytest.fixture
def group():
    return make_group("foodie")


@pytest.fixture
def ziyi(group):
    return make_initiator(group)


@pytest.fixture
def lan(group, ziyi):
    return make_member(group, "兰兰")


def publish(actor, **fields: Any):
    said: dict[str, Any] = {"title": "改到三点", "text": TEXT, "pin_days": 3} | fields
    return announcements.publish(actor_id=actor.pk, **said)


def top(group_id: int, at) -> int | None:
    shown = on_top(group_id, at=at)
    return shown.id if shown else None


def address(name, /, *args):
    return reverse(f"groups:{name}", args=["foodie", *args])


def send(client, name, /, *args, **data):
    return client.post(address(name, *args), {"request_id": uuid4()} | data)


WRITTEN = {"title": "改到三点", "text": TEXT, "pin_days": "3"}


def test_everyone_with_an_account_hears_once_but_the_author(group, ziyi, lan):
    make_member(group, "纸条", account=False)
    gone = make_member(group, "走了", status="active")
    gone.move_to("left", left_at=timezone.now())
    made = publish(ziyi)
    events.drain(group.pk)
    events.drain(group.pk)
    (notice,) = Notice.objects.all()
    assert (notice.user_id, notice.path) == (lan.user_id, address("announcement", made.pk))
    assert made.text == "周六下午三点发货。\n\n早来的先等等。"


def test_what_is_withdrawn_before_it_was_handed_out_reaches_nobody(group, ziyi, lan):
    made = publish(ziyi)
    announcements.withdraw(announcement_id=made.pk, actor_id=ziyi.pk)
    events.drain(group.pk)
    assert not Notice.objects.exists()
    with pytest.raises(AlreadyWithdrawn):
        announcements.withdraw(announcement_id=made.pk, actor_id=ziyi.pk)
    assert Event.objects.filter(kind="announcement.withdrawn").count() == 1


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "长" * 41}, "title"),
        ({"text": "\n\u200b \n"}, "text"),
        ({"text": "长" * 1001}, "text"),
        ({"pin_days": 31}, "pin_days"),
        ({"pin_days": -1}, "pin_days"),
    ],
)
def test_what_says_nothing_or_too_much_is_refused(ziyi, fields, field):
    with pytest.raises(InvalidInput) as refusal:
        publish(ziyi, **fields)
    assert refusal.value.field == field
    assert not Announcement.objects.exists()


def test_the_front_page_shows_the_latest_that_is_pinned_now(group, ziyi):
    at = timezone.now()
    first, later = publish(ziyi, title="早"), publish(ziyi, title="晚")
    publish(ziyi, title="不置顶", pin_days=0)
    assert top(group.pk, at) == later.pk
    announcements.withdraw(announcement_id=later.pk, actor_id=ziyi.pk)
    assert top(group.pk, at) == first.pk
    assert top(group.pk, at + timedelta(days=4)) is None
    assert top(make_group().pk, at) is None


def test_the_database_refuses_what_no_service_writes(group, ziyi):
    stranger = make_initiator(make_group())
    for fields in (
        {"author": stranger},
        {"title": ""},
        {"pinned_until": clock.now() - timedelta(days=1)},
        {"withdrawn_at": clock.now()},
    ):
        row = {"group": group, "title": "a", "text": "b", "author": ziyi} | fields
        with pytest.raises(IntegrityError), transaction.atomic():
            Announcement.objects.create(published_at=clock.now(), **row)


def test_an_officer_looks_at_it_once_more_before_it_goes_out(client, group, ziyi, lan):
    client.force_login(make_deputy(group, ziyi).user)
    form = client.get(address("announcement-new")).content.decode()
    check = send(client, "announcement-new", **WRITTEN)
    page = check.content.decode()
    assert "将通知 2 人" in page
    assert not Announcement.objects.exists()
    again = send(client, "announcement-new", **WRITTEN, edit="1")
    assert 'value="改到三点"' in again.content.decode()
    body = WRITTEN | {"request_id": uuid4(), "confirm": "1"}
    first = client.post(address("announcement-new"), body)
    second = client.post(address("announcement-new"), body)
    made = Announcement.objects.get()
    assert first["Location"] == address("announcement", made.pk)
    assert second["Location"] == address("announcements")
    shown = client.get(address("announcement", made.pk)).content.decode()
    assert f"【改到三点】\n{made.text}\nhttp://testserver" in shown
    for html in (form, page, shown, client.get(address("announcements")).content.decode()):
        assert problems(html) == []


def test_a_withdrawn_one_keeps_its_line_and_hides_its_words_from_members(client, ziyi, lan):
    made = publish(ziyi)
    client.force_login(ziyi.user)
    assert send(client, "announcement-withdraw", made.pk).status_code == 302
    assert send(client, "announcement-withdraw", made.pk).status_code == 409
    assert "三点发货" in client.get(address("announcement", made.pk)).content.decode()
    client.force_login(lan.user)
    for path in (address("announcement", made.pk), address("announcements")):
        page = client.get(path).content.decode()
        assert "改到三点" in page
        assert "撤下了" in page
        assert "三点发货" not in page


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"title": ""}, "写个标题"),
        ({"title": "\x00"}, "不允许是用空字符"),
        ({"text": "<script>alert(1)</script>" * 60}, "最多 1000 个字"),
        ({"pin_days": "9"}, "选一个置顶的天数"),
        ({"pin_days": "x" * 9999}, "选一个置顶的天数"),
        ({"request_id": "nonsense"}, "有 1 处要改"),
    ],
)
@pytest.mark.parametrize("confirm", [{}, {"confirm": "1"}])
def test_wrong_input_is_a_sentence_and_keeps_what_was_typed(client, ziyi, change, said, confirm):
    client.force_login(ziyi.user)
    response = send(client, "announcement-new", **(WRITTEN | change | confirm))
    page = response.content.decode()
    assert response.status_code == 422
    assert said in page
    assert "<script>alert" not in page
    assert ("三点发货" in page) == ("text" not in change)
    assert not Announcement.objects.exists()


def test_the_list_takes_one_statement_for_any_length_and_has_an_end(
    client, ziyi, lan, django_assert_num_queries
):
    client.force_login(lan.user)
    with django_assert_num_queries(LIST_STATEMENTS):
        client.get(address("announcements"))
    for n in range(PAGE + 2):
        publish(ziyi, title=f"第{n}条")
    with django_assert_num_queries(LIST_STATEMENTS):
        page = client.get(address("announcements"))
    older = page.context["older_url"]
    rest = client.get(address("announcements") + older).content.decode()
    assert "第1条" in rest
    assert "第2条" not in rest
    for before in ("x", "9" * 40, "-1", "²"):
        assert client.get(address("announcements"), {"before": before}).status_code == 200


LIST_STATEMENTS = 4  # session and user, membership, the time, the list


def test_the_front_page_takes_one_statement_more_for_it(client, group, ziyi, lan):
    client.force_login(lan.user)
    home = reverse("orders:home", args=["foodie"])
    client.get(home)
    counts = []
    for _n in range(3):
        with CaptureQueriesContext(connection) as sent:
            page = client.get(home).content.decode()
        counts.append(len(sent))
        assert ("改到三点" in page) == (len(counts) > 1)
        assert problems(page) == []
        publish(ziyi)
    assert len(set(counts)) == 1
