"""Ground for every test: databases (see databases.py), fast passwords, no broker."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from itertools import count

import hypothesis
import pytest
import redis.connection
from django.conf import settings
from django.core.cache import caches
from django.utils import translation

from tests import databases

# An example may take as long as it does, and so may the drawing of the first ten: a busy machine
# can keep any of them waiting for a core.
hypothesis.settings.register_profile(
    "suite",
    hypothesis.settings(),
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("suite")


class BrokerTouched(AssertionError):
    """Something opened a connection to the broker, which a request never does."""


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker) -> Iterator[None]:
    """In place of pytest-django's: template and copies, owner and app role."""
    with django_db_blocker.unblock(), databases.prepared():
        yield


def pytest_collection_finish() -> None:
    """What is loaded by now stays until the end: nobody looks for garbage in it again."""
    gc.collect()
    gc.freeze()


so_far = count(1)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """Behind everything that a test puts away itself: no transaction is open."""
    if next(so_far) % databases.RENEWED_AFTER == 0:
        databases.renew_shared()


@pytest.fixture(scope="session", autouse=True)
def fast_passwords(django_test_environment: None) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def chinese_again() -> Iterator[None]:
    """A request leaves its language active; the next test begins in Chinese."""
    translation.activate("zh-hans")
    yield
    translation.activate("zh-hans")
    caches["local"].clear()


@pytest.fixture(autouse=True)
def broker_refused(request: pytest.FixtureRequest, monkeypatch) -> Iterator[list[str]]:
    """Fails a test in which anything connects to the broker, even if the error was swallowed.
    A test about the broker itself asks for the fixture `broker_allowed`."""
    touched: list[str] = []
    if "broker_allowed" in request.fixturenames:
        yield touched
        return

    def refuse(connection: object, *args: object, **kwargs: object) -> None:
        touched.append(repr(connection))
        raise BrokerTouched(f"A connection to the broker was opened: {connection!r}")

    monkeypatch.setattr(redis.connection.AbstractConnection, "connect", refuse)
    yield touched
    if touched:
        pytest.fail(f"The broker was touched: {touched[0]}")


@pytest.fixture
def broker_allowed() -> None:
    """Marks a test that speaks to the broker on purpose."""
