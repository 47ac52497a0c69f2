"""The page of tokens: made, shown once, listed without the secret, stopped."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from tests.api.client import token_for
from tests.people import make_user
from tuangou.core.models import ApiToken
from tuangou.core.tokens import find_token

pytestmark = pytest.mark.django_db

PAGE = "/accounts/tokens/"


@pytest.fixture
def user():
    return make_user("阿兰")


@pytest.fixture
def client(user):
    client = Client()
    client.force_login(user)
    return client


def form(**changed: Any) -> dict[str, Any]:
    usual = {"name": "记账脚本", "scopes": ["read", "order"], "days": "90"}
    return {"request_id": str(uuid4())} | usual | changed


def secrets_in(page: Any) -> list[str]:
    return re.findall(r"tg_[\w-]{43}", page.content.decode())


def test_a_token_is_shown_once(client, user):
    page = client.post(PAGE, form())
    (secret,) = secrets_in(page)
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]
    token = find_token(secret)
    assert token is not None
    assert (token.user_id, token.scopes, token.name) == (user.pk, "read order", "记账脚本")
    assert token.expires_at is not None
    again = client.get(PAGE)
    assert secrets_in(again) == []
    assert token.prefix in again.content.decode()


def test_the_same_form_twice_makes_one_and_shows_it_once(client):
    sent = form()
    client.post(PAGE, sent)
    second = client.post(PAGE, sent, follow=True)
    assert secrets_in(second) == []
    assert "只显示一次" in second.content.decode()
    assert ApiToken.objects.count() == 1


@pytest.mark.parametrize(
    "changed",
    [{"name": ""}, {"name": "x" * 41}, {"scopes": []}, {"scopes": ["all"]}, {"days": "5"}],
)
def test_what_cannot_be_made_is_said(client, changed):
    page = client.post(PAGE, form(**changed))
    assert page.status_code == 422
    assert not ApiToken.objects.exists()


def test_a_token_without_end(client):
    (secret,) = secrets_in(client.post(PAGE, form(days="0")))
    token = find_token(secret)
    assert token is not None
    assert token.expires_at is None


def test_stopping_a_token_kills_it_at_once(client, user):
    token, secret = token_for(user)
    for _ in range(2):
        assert client.post(f"{PAGE}{token.pk}/revoke/").status_code == 302
    assert find_token(secret) is None
    assert "停用和到期的" in client.get(PAGE).content.decode()


def test_nobody_stops_anothers_token(client):
    token, secret = token_for(make_user("别人"))
    client.post(f"{PAGE}{token.pk}/revoke/")
    assert find_token(secret) is not None
    assert token.prefix not in client.get(PAGE).content.decode()


def test_at_most_twenty_a_day(client):
    pages = [client.post(PAGE, form(name=f"第{n}个")) for n in range(21)]
    assert [page.status_code for page in pages][-1] in (422, 429)
    assert ApiToken.objects.count() == 20
