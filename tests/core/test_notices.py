"""Notices: one row per event, person and channel; the text is made when it is shown."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction
from django.db.models import OuterRef
from django.template import TemplateDoesNotExist, engines
from django.template.backends.django import DjangoTemplates
from django.template.loaders.locmem import Loader
from django.utils import timezone, translation

from tests.people import make_user
from tuangou.core import clock, events, notices
from tuangou.core.models import Event, Notice, User

TEXTS = {
    "orders/notices/arrived.txt": (
        "{% load i18n money %}{% blocktranslate with fen=fen|yuan %}到货了：{{ goods }}，{{ fen }}"
        "{% endblocktranslate %}\n"
    )
}


@pytest.fixture(autouse=True)
def texts(monkeypatch):
    backend = engines["django"]
    assert isinstance(backend, DjangoTemplates)
    engine = backend.engine
    monkeypatch.setitem(engine.__dict__, "template_loaders", [Loader(engine, TEXTS)])


def make_event(group_id: int | None = 7) -> Event:
    with transaction.atomic():
        return events.publish(
            "round.arrived", group_id=group_id, subject_id=1, actor_id=None, at=timezone.now()
        )


def tell(event: Event, users, **context) -> int:
    return notices.notify(
        event,
        user_ids=[user.pk for user in users],
        kind="orders.arrived",
        path="/g/x/rounds/1/",
        context={"goods": "牛腩", "fen": 3800} | context,
    )


@pytest.mark.django_db
def test_any_number_of_people_are_told_in_one_statement(django_assert_num_queries):
    people, event = [make_user() for _ in range(20)], make_event()
    with django_assert_num_queries(1):
        assert tell(event, people) == 20
    assert Notice.objects.filter(group_id=7, event=event, read_at=None).count() == 20


@pytest.mark.django_db
def test_told_twice_is_told_once_and_newcomers_are_added():
    first, second, event = make_user(), make_user(), make_event()
    assert tell(event, [first, first]) == 1
    assert tell(event, [first, second]) == 1
    assert tell(event, [first, second]) == 0


def letter(user, fen: int) -> notices.Letter:
    return notices.Letter(user.pk, "orders.arrived", "/g/x/", {"goods": "牛腩", "fen": fen})


@pytest.mark.django_db
def test_each_may_be_told_something_of_her_own_still_in_one_statement(django_assert_num_queries):
    people, event = [make_user() for _ in range(20)], make_event()
    letters = [letter(user, fen) for fen, user in enumerate(people)]
    with django_assert_num_queries(1):
        assert notices.notify_each(event, letters) == 20
    with django_assert_num_queries(0):
        assert notices.notify_each(event, []) == 0
    assert notices.notify_each(event, letters) == 0
    assert [notices.inbox(user.pk)[0].text[-5:] for user in people[:3]] == [
        "¥0.00",
        "¥0.01",
        "¥0.02",
    ]


@pytest.mark.django_db
def test_of_several_letters_to_one_person_the_first_counts():
    user = make_user()
    assert notices.notify_each(make_event(), [letter(user, 200), letter(user, 100)]) == 1
    assert notices.inbox(user.pk)[0].text.endswith("¥2.00")


@pytest.mark.django_db
def test_a_letter_without_text_or_to_a_closed_account_is_not_written():
    event, gone = make_event(), make_user(is_active=False)
    assert notices.notify_each(event, [letter(gone, 1)]) == 0
    with pytest.raises(TemplateDoesNotExist):
        notices.notify_each(event, [notices.Letter(make_user().pk, "orders.nothing", "/", {})])
    assert not Notice.objects.exists()


@pytest.mark.django_db
def test_what_was_shown_is_read_and_nothing_else(django_assert_num_queries):
    user, other = make_user(), make_user()
    for fen in (100, 200, 300):
        tell(make_event(), [user, other], fen=fen)
    rows = notices.inbox(user.pk, limit=2)
    with django_assert_num_queries(1):
        assert notices.mark_shown(user_id=user.pk, rows=rows) == 2
    assert [row.read for row in notices.inbox(user.pk)] == [True, True, False]
    seen = notices.inbox(user.pk, limit=2)
    with django_assert_num_queries(0):
        assert notices.mark_shown(user_id=user.pk, rows=seen) == 0
    assert notices.mark_shown(user_id=other.pk, rows=rows) == 0, "rows of somebody else"
    assert notices.unread_count(other.pk) == 3


@pytest.mark.django_db
def test_the_count_of_new_lines_fits_into_another_query_and_ends_where_pages_stop_counting(
    django_assert_num_queries, monkeypatch
):
    user, other = make_user(), make_user()
    monkeypatch.setattr(notices, "UNREAD_SHOWN", 2)
    for _ in range(4):
        tell(make_event(), [user])
    tell(make_event(8), [user, other])
    count = notices.UnreadCount.of(OuterRef("pk"), 7)
    with django_assert_num_queries(1):
        people = list(User.objects.annotate(unread=count).filter(pk__in=[user.pk, other.pk]))
    assert {person.pk: person.unread for person in people} == {user.pk: 3, other.pk: 0}


@pytest.mark.django_db
def test_twin_the_database_itself_refuses_a_second_line():
    user, event = make_user(), make_event()
    for group in (7, None):
        event = make_event(group)
        tell(event, [user])
        row = Notice.objects.get(event=event)
        row.pk = None
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save(force_insert=True)


@pytest.mark.django_db
def test_whoever_may_not_sign_in_any_more_is_not_told():
    assert tell(make_event(), [make_user(is_active=False)]) == 0


@pytest.mark.django_db
def test_a_kind_without_text_fails_where_it_is_written_not_where_it_is_read():
    with pytest.raises(TemplateDoesNotExist):
        notices.notify(make_event(), user_ids=[], kind="orders.nothing", path="/", context={})


@pytest.mark.django_db
def test_the_inbox_is_newest_first_in_one_query_and_counts_what_is_new(django_assert_num_queries):
    user, other = make_user(), make_user()
    for fen in (100, 200, 300):
        tell(make_event(), [user, other], fen=fen)
    tell(make_event(8), [user], fen=400)
    with django_assert_num_queries(1):
        rows = notices.inbox(user.pk)
    assert [row.text for row in rows] == [f"到货了：牛腩，¥{n}.00" for n in (4, 3, 2, 1)]
    assert [row.text[-5:] for row in notices.inbox(user.pk, group_id=7, limit=1)] == ["¥3.00"]
    assert [row.id for row in notices.inbox(user.pk, before=rows[1].id)] == [
        row.id for row in rows[2:]
    ]
    assert (notices.unread_count(user.pk), notices.unread_count(user.pk, group_id=7)) == (4, 3)
    assert notices.mark_all_read(user_id=user.pk, group_id=7) == 3
    assert notices.mark_all_read(user_id=user.pk, group_id=7) == 0
    assert notices.unread_count(user.pk) == 1
    assert notices.unread_count(other.pk) == 3
    assert [row.read for row in notices.inbox(user.pk)] == [False, True, True, True]


@pytest.mark.django_db
def test_texts_are_plain_so_that_pages_escape_them():
    """Escaped once: neither markup on the page nor &lt; on a phone's lock screen."""
    text = notices.text("orders.arrived", {"goods": "<b>牛&腩</b>", "fen": 100})
    assert text == "到货了：<b>牛&腩</b>，¥1.00"
    page = engines["django"].from_string("{{ text }}").render({"text": text})
    assert page == "到货了：&lt;b&gt;牛&amp;腩&lt;/b&gt;，¥1.00"


def test_texts_are_in_the_language_of_whoever_reads():
    with translation.override("en"):
        assert "牛腩" in notices.text("orders.arrived", {"goods": "牛腩", "fen": 100})


@pytest.mark.django_db
def test_what_a_played_past_told_counts_as_read_some_at_a_time(monkeypatch):
    monkeypatch.setattr(notices, "AT_ONCE", 2)
    lan, xin = make_user("阿兰"), make_user("小新")
    with transaction.atomic(), clock.simulated(datetime(2022, 6, 1, tzinfo=UTC)):
        past = make_event()
    news = make_event()
    tell(past, [lan, xin, make_user("子怡")])
    tell(news, [lan])
    assert notices.mark_played(group_id=7) == 3
    assert [n.event_id for n in Notice.objects.filter(read_at=None)] == [news.pk]
