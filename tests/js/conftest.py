"""A real browser on pages made here: no server, no database, files from the static folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.template import Context, Template
from playwright.sync_api import Page, Route, expect

from tests import browser

# A busy machine is slow and not wrong; a wait ends as soon as what it waits for is there.
expect.set_options(timeout=browser.PATIENCE)

STATIC = Path(__file__).parents[2] / "tuangou" / "static"
ADDRESS = "http://tuangou.test"
KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, str]:
    return browser.launch_args()


@pytest.fixture
def site(page: Page) -> Iterator[SimpleNamespace]:
    """`site.show(html)` opens a page; `site.answers[path]` says what an address answers."""
    answers: dict[str, Callable[[Route], None]] = {}
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(ADDRESS).split("?")[0]
        if path in answers:
            answers[path](route)
        elif path.startswith("/static/"):
            file = STATIC / path.removeprefix("/static/")
            route.fulfill(body=file.read_bytes(), content_type=KINDS.get(file.suffix, "text/plain"))
        else:
            route.fulfill(status=404, body="")

    def show(main: str, scripts: str = "", size: str = "std", **context: object) -> Page:
        loads = "{% load i18n icons ui money %}"
        names = "".join(f'<script defer src="/static/js/{n}.js"></script>' for n in scripts.split())
        text = (
            '{% extends "base.html" %}' + loads + "{% block scripts %}" + names + "{% endblock %}"
            "{% block main %}" + main + "{% endblock %}"
        )
        display = SimpleNamespace(lang="zh-Hans", size=size, theme="light")
        html = Template(text).render(Context({"display": display, **context}))
        answers["/page/"] = lambda route: route.fulfill(
            body=html,
            content_type="text/html; charset=utf-8",
            headers={"Content-Security-Policy": "default-src 'self'"},
        )
        page.goto(f"{ADDRESS}/page/")
        return page

    page.route("**/*", answer)
    yield SimpleNamespace(page=page, show=show, answers=answers)
    assert not errors
