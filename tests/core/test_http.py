"""Whatever goes wrong in a way we know is a sentence with the right status, never a bare 500."""

import re
from uuid import UUID, uuid4

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import close_old_connections, connection, connections, transaction
from django.test import Client

from tests.people import make_user
from tuangou.core.http import PlainForm
from tuangou.core.models import User

pytestmark = pytest.mark.urls("tests.core.web")


@pytest.fixture
def client():
    return Client(raise_request_exception=False)


@pytest.fixture
def database_away(transactional_db):
    """Nothing listens where the database was."""
    settings = connections.settings["default"]
    port = settings["PORT"]

    def go() -> None:
        connection.close()
        settings["PORT"] = "1"

    yield go
    connection.close()
    settings["PORT"] = port


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "status"), [("rule", 409), ("right", 403), ("input", 422)])
def test_a_refusal_is_a_page_with_its_sentence_and_a_way_back(client, kind, status):
    response = client.post(
        f"/test/refuse/{kind}/", headers={"Referer": "http://testserver/g/x/rounds/1/"}
    )
    page = response.content.decode()
    assert response.status_code == status
    assert {"rule": "已截单（20:00）", "right": "只有团长能改", "input": "数量要大于 0"}[
        kind
    ] in page
    assert 'href="/g/x/rounds/1/"' in page


@pytest.mark.django_db
@pytest.mark.parametrize("referer", ["", "https://evil.example/x", "javascript:alert(1)"])
def test_the_way_back_stays_on_the_site(client, referer):
    page = client.post("/test/refuse/rule/", headers={"Referer": referer}).content.decode()
    assert re.search(r'btn-main" href="/"', page)


@pytest.mark.parametrize(
    ("path", "headers"),
    [("/api/test/refuse/input/", {}), ("/test/refuse/input/", {"Accept": "application/json"})],
)
def test_programs_get_the_refusal_as_json(client, path, headers):
    response = client.post(path, headers=headers)
    assert response.status_code == 422
    assert response["Content-Type"] == "application/problem+json"
    assert response.json() == {
        "type": "/api/v1/docs/#error-invalid_input",
        "title": "填的内容不对",
        "status": 422,
        "detail": "数量要大于 0",
        "code": "invalid_input",
        "rule": "",
        "errors": [{"field": "quantity", "detail": "数量要大于 0"}],
    }


@pytest.mark.django_db(transaction=True)
def test_a_lock_that_is_not_had_in_time_is_a_503_to_try_again(client):
    user = make_user()
    other = connections["default"].copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("select * from core_user where id = %s for update", [user.pk])
        response = client.get(f"/test/lock/{user.pk}/")
        other.rollback()  # closing alone does not wait until the lock is given back
    finally:
        other.close()
    assert (response.status_code, response["Retry-After"]) == (503, "2")
    assert "过几秒再试一次" in response.content.decode()
    assert f'href="/test/lock/{user.pk}/"' in response.content.decode()
    assert client.get(f"/test/lock/{user.pk}/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_statement_that_runs_too_long_is_a_503_too(client):
    response = client.post("/test/slow/")
    assert (response.status_code, response["Retry-After"]) == (503, "2")
    assert "再提交一次" in response.content.decode()


def test_the_limits_stand_on_every_connection(db):
    with connection.cursor() as cursor:
        for name, value in {
            "lock_timeout": "3s",
            "statement_timeout": "10s",
            "idle_in_transaction_session_timeout": "30s",
        }.items():
            cursor.execute(f"show {name}")
            assert cursor.fetchone() == (value,)


@pytest.mark.parametrize("path", ["/test/query/", "/settings/display/", "/g/x/", "/"])
@pytest.mark.parametrize("signed_in", [False, True])
def test_without_the_database_every_page_that_needs_it_is_a_plain_503(
    client, database_away, path, signed_in
):
    if signed_in:
        client.force_login(make_user())
    database_away()
    response = client.get(path)
    if response.status_code in {200, 404}:
        assert not signed_in
        return
    if response.status_code == 302:
        assert response.url.startswith("/accounts/login/")
        return
    page = response.content.decode()
    assert response.status_code == 503
    assert response["Retry-After"] == "30"
    assert "系统正在恢复" in page
    assert "default-src" in response["Content-Security-Policy"]
    assert "Traceback" not in page


def test_without_the_database_a_posted_form_is_told_to_send_again(client, database_away):
    client.force_login(make_user())
    database_away()
    response = client.post("/test/query/", {"x": 1})
    assert response.status_code == 503
    assert "同一张表单提交两次只算一次" in response.content.decode()


def test_without_the_database_programs_get_json(client, database_away):
    database_away()
    response = client.get("/api/test/query/")
    assert (response.status_code, response.json()["code"]) == (503, "unavailable")


def test_when_the_database_is_back_the_same_process_goes_on(client, transactional_db):
    port = connections.settings["default"]["PORT"]
    connection.close()
    connections.settings["default"]["PORT"] = "1"
    try:
        assert client.get("/test/query/").status_code == 503
    finally:
        connections.settings["default"]["PORT"] = port
    assert client.get("/test/query/").status_code == 200


def test_a_connection_cut_meanwhile_is_replaced_by_the_next_request(client, transactional_db):
    assert client.get("/test/query/").status_code == 200
    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        pid = cursor.fetchone()[0]
    killer = connections["default"].copy()
    with killer.cursor() as cursor:
        cursor.execute("select pg_terminate_backend(%s, 60000)", [pid])  # and wait until it is
        assert cursor.fetchone() == (True,)
    killer.close()
    close_old_connections()  # what Django does between requests, and its test client does not
    assert client.get("/test/query/").status_code == 200


@pytest.mark.django_db
def test_a_crash_is_a_plain_500_without_details(client):
    response = client.get("/test/crash/")
    page = response.content.decode()
    assert response.status_code == 500
    assert "这一步出错了，已记下" in page
    assert "secret detail" not in page


@pytest.mark.django_db
def test_missing_and_forbidden_pages_say_what_to_do(client):
    missing = client.get("/nowhere/")
    assert (missing.status_code, "没有这一页" in missing.content.decode()) == (404, True)
    forbidden = client.get("/test/forbidden/")
    assert (forbidden.status_code, "只有团长" in forbidden.content.decode()) == (403, True)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["body", "files", "fields"])
def test_too_large_an_upload_is_a_sentence(client, kind):
    uploads: dict[str, dict[str, object]] = {
        "body": {"x": "y" * 3_000_000},
        "files": {f"f{n}": SimpleUploadedFile(f"{n}.png", b"x") for n in range(21)},
        "fields": {f"f{n}": "x" for n in range(1100)},
    }
    response = client.post("/accounts/login/", uploads[kind])
    assert response.status_code == (400 if kind == "fields" else 413)
    assert "<h1>" in response.content.decode()


@pytest.mark.django_db
def test_a_form_without_its_token_is_sent_back(db):
    client = Client(enforce_csrf_checks=True)
    response = client.post("/accounts/login/", {"login": "x"})
    assert response.status_code == 403
    assert "刷新后再提交" in response.content.decode()


@pytest.mark.django_db
def test_every_answer_has_the_security_headers_and_a_request_id(client):
    response = client.get("/accounts/login/")
    policy = response["Content-Security-Policy"]
    for part in (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    ):
        assert part in policy.split("; ")
    assert "unsafe" not in policy
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert UUID(response["X-Request-ID"]).version == 4


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("proxies", "given", "kept"),
    [(1, "abcdef0123456789", True), (0, "abcdef0123456789", False), (1, "x\ny: z", False)],
)
def test_a_request_id_is_taken_from_a_trusted_proxy_only(client, settings, proxies, given, kept):
    settings.TRUSTED_PROXIES = proxies
    response = client.get("/healthz", headers={"X-Request-ID": given})
    assert (response["X-Request-ID"] == given) is kept


@pytest.mark.django_db
def test_a_refused_form_is_shown_again_with_a_new_key(client):
    key = str(uuid4())
    page = client.post("/test/form/", {"request_id": key}).content.decode()
    shown = re.search(r'name="request_id" value="([^"]+)"', page)
    assert shown
    assert UUID(shown[1]) != UUID(key)
    assert "已截单" in page


@pytest.mark.django_db
def test_the_guard_of_the_broker_sees_a_request_that_enqueues(client, request):
    """And twin: the same request is not stopped by anything else."""
    touched: list[str] = request.getfixturevalue("broker_refused")
    assert client.get("/test/enqueue/").content == b"swallowed"
    assert touched
    touched.clear()
    assert client.get("/test/query/").content == str(User.objects.count()).encode()
    assert not touched
    assert not transaction.get_connection().needs_rollback


def test_an_empty_box_is_named():
    class Form(PlainForm):
        day = forms.DateField(label="截单日期")
        why = forms.CharField(label="理由", error_messages={"required": "写明理由。"})

    assert Form({}).errors == {"day": ["「截单日期」还没填。"], "why": ["写明理由。"]}
