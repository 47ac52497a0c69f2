"""Language, text size and theme, with and without an account."""

import re

import pytest

from tests.people import make_user

URL = "/settings/display/"
PAGE = "/accounts/login/"


def html_of(response) -> dict[str, str]:
    tag = re.search(r"<html[^>]*>", response.content.decode())
    assert tag
    return dict(re.findall(r'([\w-]+)="([^"]*)"', tag[0]))


@pytest.mark.django_db
def test_a_visitor_sees_chinese_in_standard_size(client):
    response = client.get(PAGE)
    assert html_of(response) == {"lang": "zh-Hans", "data-size": "std"}
    assert response["Content-Language"] == "zh-hans"
    assert {"Cookie", "Accept-Language"} <= set(response["Vary"].split(", "))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("accepted", "lang"),
    [("en-GB,en;q=0.9", "en"), ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"), ("fr", "zh-Hans")],
)
def test_a_visitors_browser_is_asked_before_chinese(client, accepted, lang):
    assert html_of(client.get(PAGE, headers={"Accept-Language": accepted}))["lang"] == lang


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ({"language": "en"}, {"lang": "en", "data-size": "std"}),
        ({"size": "xl"}, {"lang": "zh-Hans", "data-size": "xl"}),
        ({"theme": "dark"}, {"lang": "zh-Hans", "data-size": "std", "data-theme": "dark"}),
        (
            {"language": "en", "size": "big", "theme": "light"},
            {"lang": "en", "data-size": "big", "data-theme": "light"},
        ),
    ],
)
def test_a_visitor_switches_one_or_all_and_comes_back(client, sent, shown):
    response = client.post(URL, sent | {"next": PAGE + "?next=/g/x/"})
    assert (response.status_code, response.url) == (302, PAGE + "?next=/g/x/")
    assert html_of(client.get(PAGE)) == shown


@pytest.mark.django_db
@pytest.mark.parametrize("sent", [{"language": "de"}, {"size": "huge"}, {"theme": "<script>"}])
def test_other_values_are_refused_and_nothing_is_kept(client, sent):
    response = client.post(URL, sent)
    assert response.status_code == 422
    assert set(response.cookies) <= {"csrf"}
    assert html_of(client.get(PAGE)) == {"lang": "zh-Hans", "data-size": "std"}


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_the_way_back_stays_on_the_site(client, path):
    assert client.post(URL, {"size": "big", "next": path}).url == "/"


@pytest.mark.django_db
def test_the_page_itself_shows_what_holds(client):
    client.post(URL, {"size": "xl"})
    page = client.get(URL).content.decode()
    assert re.search(r'value="xl"[^>]*checked', page)


@pytest.mark.django_db
def test_a_big_link_shows_big_at_once_and_for_good(client):
    response = client.get(PAGE + "?big=1")
    assert html_of(response)["data-size"] == "big"
    assert html_of(client.get(PAGE))["data-size"] == "big"
    assert html_of(client.get(PAGE + "?big=2"))["data-size"] == "big"


@pytest.mark.django_db
def test_an_account_keeps_what_was_chosen_for_the_next_device(client):
    user = make_user()
    client.force_login(user)
    client.post(URL, {"language": "en", "size": "big", "theme": "dark"})
    user.refresh_from_db()
    assert (user.language, user.text_size, user.theme) == ("en", "big", "dark")
    client.cookies.pop("language")
    client.cookies.pop("size")
    client.cookies.pop("theme")
    assert html_of(client.get(URL)) == {"lang": "en", "data-size": "big", "data-theme": "dark"}


@pytest.mark.django_db
def test_language_is_the_persons_size_is_the_devices(client):
    client.post(URL, {"language": "en", "size": "xl"})
    client.force_login(make_user(language="zh-hans", text_size="big"))
    assert html_of(client.get(URL)) == {"lang": "zh-Hans", "data-size": "xl"}


@pytest.mark.django_db
def test_a_strange_cookie_is_ignored(client):
    client.cookies["size"] = '"><script>'
    client.cookies["language"] = "klingon"
    assert html_of(client.get(PAGE)) == {"lang": "zh-Hans", "data-size": "std"}
