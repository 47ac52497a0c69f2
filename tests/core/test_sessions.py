"""Sessions are rows that know person and device; the page's one query brings both."""

from datetime import timedelta

import pytest
from django.contrib.auth import HASH_SESSION_KEY
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.people import make_user
from tuangou.core import sessions
from tuangou.core.models import Session

PAGE = "/accounts/password/"
SIGNED_IN, SENT_AWAY = 200, 302


@pytest.fixture
def lan(db):
    return make_user("兰", password="rice-and-beans-7")


@pytest.fixture
def signed_in(lan):
    client = Client(headers={"User-Agent": "Mozilla/5.0 (Linux; Android 14) Chrome/120.0"})
    client.force_login(lan)
    return client


def status(client: Client) -> int:
    return client.get(PAGE).status_code


def test_session_and_person_are_one_query(signed_in):
    with CaptureQueriesContext(connection) as queries:
        assert status(signed_in) == SIGNED_IN
    assert len(queries) == 1
    assert "core_session" in queries[0]["sql"]
    assert "core_user" in queries[0]["sql"]


@pytest.mark.django_db
def test_visitors_cost_no_query(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/settings/display/").status_code == 200
        assert client.get("/nowhere/").status_code == 404


def test_a_cookie_that_names_no_session_is_a_visitor(lan, client):
    client.cookies["session"] = "x" * 32
    assert status(client) == SENT_AWAY


def test_the_row_knows_person_device_and_place(signed_in, lan):
    row = Session.objects.get(user=lan)
    assert row.created_at == row.last_seen_at
    signed_in.get(PAGE)
    session = signed_in.session
    session["seen"] = 1
    session.save()
    assert Session.objects.get(user=lan).created_at == row.created_at
    assert signed_in.session["seen"] == 1


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (iPhone; CPU) AppleWebKit MicroMessenger/8.0 Safari/604", "iPhone · WeChat"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/120.0 Safari/537", "Android · Chrome"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/120 Edg/120", "Windows · Edge"),
        ("Mozilla/5.0 (Macintosh) Version/17 Safari/605", "Mac · Safari"),
        ("curl/8", ""),
        ("", ""),
    ],
)
def test_devices_get_a_name_people_know(agent, name):
    assert sessions.device_name(agent) == name


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, SIGNED_IN),
        ({"expire_date": timedelta(seconds=-1)}, SENT_AWAY),
        ({"last_seen_at": timedelta(days=-13)}, SIGNED_IN),
        ({"last_seen_at": timedelta(days=-15)}, SENT_AWAY),
        ({"created_at": timedelta(days=-29)}, SIGNED_IN),
        ({"created_at": timedelta(days=-31)}, SENT_AWAY),
    ],
)
def test_sessions_end(signed_in, change, expected):
    Session.objects.update(**{name: timezone.now() + by for name, by in change.items()})
    assert status(signed_in) == expected


def test_a_visit_is_noted_once_an_hour(signed_in, lan):
    def visit_after(pause: timedelta) -> int:
        Session.objects.update(last_seen_at=timezone.now() - pause)
        with CaptureQueriesContext(connection) as queries:
            status(signed_in)
        return len(queries)

    assert visit_after(timedelta(minutes=59)) == 1
    assert visit_after(timedelta(minutes=61)) == 2
    assert Session.objects.get().last_seen_at > timezone.now() - timedelta(minutes=1)


def test_a_changed_password_ends_the_session(signed_in, lan):
    lan.set_password("something-else-1")
    lan.save(update_fields=["password"])
    assert status(signed_in) == SENT_AWAY
    assert not Session.objects.filter(user=lan).exists()


def test_twin_without_the_hash_check_it_would_go_on(signed_in, lan, monkeypatch):
    lan.set_password("something-else-1")
    lan.save(update_fields=["password"])
    monkeypatch.setattr(sessions, "constant_time_compare", lambda *_: True)
    assert status(signed_in) == SIGNED_IN


def test_a_session_without_a_hash_is_nobodys(signed_in):
    session = signed_in.session
    del session[HASH_SESSION_KEY]
    session.save()
    assert status(signed_in) == SENT_AWAY


def test_someone_switched_off_is_out_at_once(signed_in, lan):
    lan.is_active = False
    lan.save(update_fields=["is_active"])
    assert status(signed_in) == SENT_AWAY


def test_a_key_from_a_backend_we_no_longer_use_is_refused(signed_in, settings):
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
    assert status(signed_in) == SENT_AWAY


def test_signing_in_takes_a_new_key(client, lan):
    client.get("/accounts/login/")
    session = client.session
    session["before"] = 1
    session.save()
    client.cookies["session"] = before = session.session_key
    client.force_login(lan)
    assert client.cookies["session"].value != before
    assert not Session.objects.filter(session_key=before).exists()


def test_signing_out_elsewhere_is_a_row(signed_in, lan):
    other = Client()
    other.force_login(lan)
    bystander = Client()
    bystander.force_login(make_user(password="rice-and-beans-7"))
    assert (
        sessions.end_other_sessions(user_id=lan.pk, keep_key=signed_in.cookies["session"].value)
        == 1
    )
    assert [status(client) for client in (signed_in, other, bystander)] == [
        SIGNED_IN,
        SENT_AWAY,
        SIGNED_IN,
    ]


def test_two_requests_of_one_session_do_not_undo_each_other(signed_in, lan):
    """An older copy of the row saved late changes its data, not who or where."""
    store = sessions.SessionStore(signed_in.cookies["session"].value)
    assert store.load()
    Session.objects.update(device="iPhone · WeChat")
    store["x"] = 1
    store.save()
    row = Session.objects.get()
    assert (row.device, row.user_id) == ("iPhone · WeChat", lan.pk)


def test_dead_sessions_are_swept(signed_in, lan):
    dead = Client()
    dead.force_login(lan)
    Session.objects.filter(session_key=dead.cookies["session"].value).update(
        expire_date=timezone.now()
    )
    assert sessions.tidy_sessions() == 1
    assert status(signed_in) == SIGNED_IN


def test_behind_a_proxy_the_address_is_the_one_it_saw(settings, client, lan):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    form = {"login": lan.phone, "password": "rice-and-beans-7"}
    client.post("/accounts/login/", form, headers={"X-Forwarded-For": "6.6.6.6, 203.0.113.9"})
    assert Session.objects.get(user=lan).ip == "203.0.113.9"


def test_without_a_proxy_the_header_is_not_believed(client, lan):
    form = {"login": lan.phone, "password": "rice-and-beans-7"}
    client.post("/accounts/login/", form, headers={"X-Forwarded-For": "6.6.6.6"})
    assert Session.objects.get(user=lan).ip == "127.0.0.1"
