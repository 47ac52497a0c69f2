"""Somebody at a phone or a desktop, who acts by what the pages show and whose acts are counted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser import PATIENCE
from tuangou.core.models import User

expect.set_options(timeout=PATIENCE)

PASSWORD = "rice-and-beans-7"
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
# The browser itself reports every answer from 400 on; pages that are refusals on purpose are not
# complaints, and the tests look at them anyway. Nor is it one that there is no network, which only
# happens where a test takes it away: a page that is left open looks for it every few seconds.
ANSWERED = re.compile(
    r"Failed to load resource: (.* status of (403|404|409|422)\b|net::ERR_INTERNET_DISCONNECTED)"
)


@dataclass
class Watch:
    """What must not happen on any page: a request to elsewhere, an error in the console."""

    base: str
    complaints: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        context.on("request", lambda request: self._request(request.url))
        context.on("console", lambda said: self._console(said.type, said.text, said.page))
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))

    def _request(self, url: str) -> None:
        if not url.startswith((f"{self.base}/", "data:", "blob:")):
            self.complaints.append(f"a request to {url}")

    def _console(self, kind: str, text: str, page: Page | None) -> None:
        if kind == "error" and not ANSWERED.match(text):
            self.complaints.append(f"{page.url if page else ''}: {text}")


@dataclass
class Person:
    page: Page
    base: str
    touch: bool
    actions: int = 0

    @classmethod
    def sit_down(
        cls,
        browser: Browser,
        watch: Watch,
        user: User | None,
        *,
        desktop: bool = False,
        scripts: bool = True,
        by_form: bool = False,
        language: str = "zh-CN",
        cookies: dict[str, str] | None = None,
        keeps: bool = False,
    ) -> Person:
        """`by_form` signs in on the page; else the session is made beforehand, which is faster.
        `keeps`: with the worker that keeps pages for when there is no network."""
        context = browser.new_context(
            **(DESKTOP if desktop else PHONE),
            base_url=watch.base,
            locale=language,
            timezone_id="Asia/Shanghai",
            java_script_enabled=scripts,
            service_workers="allow" if keeps else "block",
        )
        context.set_default_timeout(PATIENCE)
        watch.over(context)
        jar = dict(cookies or {})
        if user is not None and not by_form:
            client = Client()
            client.force_login(user)
            jar[settings.SESSION_COOKIE_NAME] = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": n, "value": v, "url": watch.base} for n, v in jar.items()])
        person = cls(context.new_page(), watch.base, touch=not desktop)
        if user is not None and by_form:
            person.sign_in(user)
        return person

    def sign_in(self, user: User) -> None:
        assert user.phone is not None
        self.page.goto("/accounts/login/")
        self.page.get_by_label("手机号").fill(user.phone.removeprefix("+86"))
        self.page.get_by_text("设过密码的，用密码").click()
        self.page.get_by_label("密码").fill(PASSWORD)
        self.go("登录")
        expect(self.page).not_to_have_url(re.compile("/accounts/"))

    # What she does; each is one action.

    def open(self, path: str) -> None:
        """A link in the chat, or one she kept."""
        self.actions += 1
        self.page.goto(path)

    def press(self, thing: str | Locator) -> None:
        """A button or link that acts on the page as it is."""
        self.actions += 1
        target = self.find(thing)
        if self.touch:
            target.tap()
        else:
            target.click()

    def go(self, thing: str | Locator) -> None:
        """A button or link that leads to a page."""
        with self.page.expect_navigation():
            self.press(thing)
        expect(self.page.locator("main")).to_be_visible()

    def fill(self, label: str, text: str) -> None:
        self.actions += 1
        self.page.get_by_label(label, exact=True).fill(text)

    def search(self, text: str) -> None:
        """What is looked for, and Enter."""
        self.actions += 1
        self.page.get_by_role("searchbox").fill(text)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def choose(self, label: str) -> None:
        """One answer of a closed question, by its words."""
        self.press(self.page.locator("label").filter(has_text=label))

    # What she sees.

    def find(self, thing: str | Locator) -> Locator:
        """By name: a button, link or fold of that name, also when it begins with it."""
        if not isinstance(thing, str):
            return thing
        begins = re.compile(rf"^\s*{re.escape(thing)}")
        main = self.page.locator("main, .tabs")
        buttons = main.get_by_role("button", name=begins).or_(main.get_by_role("link", name=begins))
        return buttons.or_(main.locator("summary").filter(has_text=begins)).first

    def sees(self, *texts: str) -> None:
        for text in texts:
            expect(self.page.locator("main")).to_contain_text(text)

    @contextmanager
    def does_in(self, most: int, *, exactly: bool = True) -> Iterator[None]:
        """The block takes this many actions."""
        before = self.actions
        yield
        taken = self.actions - before
        assert taken == most if exactly else taken <= most, f"{taken} actions, not {most}"
