"""Ground for notices that leave the app."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import responses

from tests.core.out import all_true, let_noon_pass, make_reader, stand
from tuangou.core.models import User


@pytest.fixture
def ground(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every notice is still true, every group is in the installation's zone."""
    let_noon_pass()
    all_true(monkeypatch)
    stand(monkeypatch)


@pytest.fixture
def lan(db: None) -> User:
    return make_reader(phone="+8613800138000")


@pytest.fixture
def gateway(settings: Any) -> Iterator[responses.RequestsMock]:
    """The gateway of texts and WeCom, both willing."""
    settings.SMS_BACKEND, settings.SMS_URL = "http", "https://sms.example/send"
    settings.SMS_SECRET = "s" * 40
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.post(settings.SMS_URL, status=200)
        mock.post(settings.ROBOT_URL, json={"errcode": 0})
        yield mock
