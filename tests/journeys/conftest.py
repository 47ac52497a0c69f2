"""People in a real browser on a live server, on a committed copy of the test database."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from tests import browser as real_browser
from tests.journeys.people import Person, Watch


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, str]:
    return real_browser.launch_args()


@pytest.fixture
def person(
    transactional_db: None, live_server, browser: Browser
) -> Iterator[Callable[..., Person]]:
    """`person(user)` sits down at a phone, `person(user, desktop=True)` at a desktop; signed in,
    unless `user` is None. Whatever their pages send elsewhere or complain about fails the test."""
    watch = Watch(live_server.url)
    people: list[Person] = []

    def sit_down(user=None, **options) -> Person:
        people.append(Person.sit_down(browser, watch, user, **options))
        return people[-1]

    yield sit_down
    for one in people:
        one.page.context.close()
    assert watch.complaints == []
