"""Every type of page in a real browser: nobody is shut out, nothing runs off the side, every
target is large enough, nothing is said in another language. A page is opened once and looked at in
all these ways; what it asks of other sites or complains about fails the test in `person`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Page

from tests.journeys.people import Person
from tests.journeys.village import Village, make_village
from tuangou.core.models import User

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]  # many pages, a browser, busy machines

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
WIDTHS = (320, 390)
TARGETS = {"std": 44, "big": 60, "xl": 60}

# What stands beyond the right edge, if the page can be scrolled there at all.
WIDE = """() => document.documentElement.scrollWidth <= document.documentElement.clientWidth ? [] :
  [...document.querySelectorAll('body *')]
  .filter((node) => !node.closest('.filters, .scroll, svg, .vh'))
  .filter((node) => node.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map((node) => node.outerHTML.slice(0, 90)).slice(0, 5)"""

# Buttons and boxes, and links that do not stand in a sentence; a label is the target of its box.
SMALL = """(least) => {
  const alone = (node) => ![...node.parentNode.childNodes]
    .some((other) => other.nodeType === 3 && other.textContent.trim());
  const target = (node) => node.closest('label') || node;
  return [...document.querySelectorAll('a, button, summary, select, input, textarea')]
    .filter((node) => node.type !== 'hidden' && !node.closest('.vh, .skip, svg'))
    .filter((node) => node.checkVisibility() && !node.matches('.vh, [tabindex="-1"]'))
    .filter((node) => node.localName !== 'a' || node.matches('.btn') || alone(node))
    .map(target)
    .filter((node) => {
      const box = node.getBoundingClientRect();
      return box.height < least - 0.5 || box.width < Math.min(least, 44) - 0.5;
    })
    .map((node) => {
      const box = node.getBoundingClientRect();
      return `${Math.round(box.width)}x${Math.round(box.height)} ${node.outerHTML.slice(0, 110)}`;
    });
}"""

# Everything a person reads or hears, without what is marked as another language or made for the
# chat, which speaks the group's language.
WORDS = """() => {
  const found = [document.title];
  const skip = 'script, style, textarea, [lang="zh-Hans"]:not(html), [lang="en"]:not(html)';
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    if (!walker.currentNode.parentNode.closest(skip)) found.push(walker.currentNode.textContent);
  }
  for (const name of ['alt', 'aria-label', 'placeholder', 'title', 'data-stop', 'data-item']) {
    document.querySelectorAll(`[${name}]`).forEach((node) => {
      if (!node.closest(skip)) found.push(node.getAttribute(name));
    });
  }
  return found;
}"""
CHINESE = re.compile(r"[\u3400-\u9fff]+")


@dataclass(frozen=True)
class Sort:
    """A type of page: who looks, where, and what she does before it is looked at."""

    who: str
    name: str
    args: tuple[str, ...] = ()
    query: str = ""
    act: Callable[[Person], None] | None = None
    status: int = 200

    def path(self, village: Village) -> str:
        if self.name.startswith("/"):
            return self.name + self.query
        first = [village.slug] if ":" in self.name else []
        args = [*first, *(village.ids[arg] for arg in self.args)]
        query = self.query.format(**village.ids)
        return reverse(self.name, args=args) + query


def place_nothing(person: Person) -> None:
    person.go("提交订单" if person.page.locator("html[lang=zh-Hans]").count() else "Place order")


def open_without_date(person: Person) -> None:
    person.page.locator("[name=cut_off_date]").fill("")
    person.page.locator("[name=title]").fill("")
    person.go(person.page.locator("[name=open]"))


def press_something_over(village: Village) -> Callable[[Person], None]:
    """A button of a page that stayed open too long."""

    def act(person: Person) -> None:
        address = reverse("orders:round-close", args=[village.slug, village.ids["cancelled"]])
        with person.page.expect_navigation():
            person.page.evaluate(
                """(address) => { const form = document.querySelector('header form');
                form.action = address; form.submit(); }""",
                address,
            )

    return act


MAIN = {
    "home": Sort("member", "orders:home"),
    "round": Sort("member", "orders:round", ("open",)),
    "my orders": Sort("member", "orders:my-orders"),
    "order": Sort("member", "orders:order", ("waiting_order",)),
    "open a round": Sort("initiator", "orders:round-new", (), "?merchant={merchant_id}&copy=last"),
    "payments": Sort("initiator", "orders:payments", ("arrived",)),
    "desk": Sort("initiator", "orders:desk", ("arrived",), "?show=all"),
    "summary": Sort("member", "orders:summary"),
}
ALL = MAIN | {
    "sign in": Sort("nobody", "account_login"),
    "help before signing in": Sort("nobody", "help"),
    "start, in no group": Sort("newcomer", "home"),
    "round, officer's draft": Sort("initiator", "orders:round", ("draft",)),
    "round over": Sort("member", "orders:round", ("arrived",)),
    "round cancelled": Sort("member", "orders:round", ("cancelled",)),
    "order form with errors": Sort("member", "orders:round", ("open",), "", place_nothing, 422),
    "order, new": Sort("member", "orders:order", ("open_order",), "?new=1"),
    "order, fetched": Sort("member", "orders:order", ("collected_order",)),
    "amend": Sort("member", "orders:order-amend", ("open_order",)),
    "cancel": Sort("member", "orders:order-cancel", ("open_order",)),
    "neighbours": Sort("member", "orders:neighbours", ("open",)),
    "neighbours, found": Sort("member", "orders:neighbours", ("open",), "?q=王芳"),
    "statement": Sort("member", "orders:statement"),
    "postings": Sort("member", "orders:order-postings", ("collected_order",)),
    "books": Sort("initiator", "orders:books"),
    "postings of a round": Sort("initiator", "orders:round-postings", ("arrived",)),
    "console": Sort("initiator", "orders:console"),
    "choose merchant": Sort("initiator", "orders:round-new"),
    "open a round, errors": Sort(
        "initiator", "orders:round-new", (), "?merchant={merchant_id}", open_without_date, 422
    ),
    "draft": Sort("initiator", "orders:round-edit", ("draft",)),
    "manage, open": Sort("initiator", "orders:round-manage", ("open",)),
    "manage, missed its minimum": Sort("initiator", "orders:round-manage", ("closed",)),
    "manage, arrived": Sort("initiator", "orders:round-manage", ("arrived",)),
    "cancel a round": Sort("initiator", "orders:round-cancel", ("open",)),
    "arrival": Sort("initiator", "orders:arrival", ("confirmed",)),
    "returns": Sort("initiator", "orders:returns"),
    "return to decide": Sort("initiator", "orders:return", ("return_id",)),
    "return, granted": Sort("member", "orders:return", ("granted_return",)),
    "return, new": Sort("member", "orders:return-new", ("collected_order",)),
    "members": Sort("initiator", "orders:members"),
    "merchants": Sort("member", "merchants:list"),
    "merchant": Sort("member", "merchants:merchant", ("merchant_id",)),
    "merchant, by its owner": Sort("shop", "merchants:merchant", ("merchant_id",)),
    "application": Sort("initiator", "merchants:application", ("reviewed_merchant",)),
    "apply": Sort("member", "merchants:apply"),
    "witness": Sort("member", "merchants:witness-new", ("merchant_id", "item_id")),
    "item": Sort("shop", "merchants:item-edit", ("merchant_id", "item_id")),
    "settings": Sort("initiator", "groups:settings"),
    "rules": Sort("initiator", "groups:rules"),
    "notice": Sort("initiator", "groups:notice"),
    "me": Sort("member", "groups:me"),
    "help": Sort("member", "groups:help"),
    "inbox": Sort("member", "groups:notices"),
    "display": Sort("nobody", "display"),
    "change password": Sort("member", "account_change_password"),
    "sign out": Sort("member", "account_logout"),
    "month": Sort("member", "orders:summary-month", ("month",)),
    "merchant's months": Sort("member", "orders:summary-merchant", ("merchant_id",)),
    "not there": Sort("member", "/g/nowhere/", status=404),
    "not allowed": Sort("member", "orders:console", status=403),
}


class Walk:
    """Opens pages as the right people and keeps what was wrong with each."""

    def __init__(self, person: Callable[..., Person], village: Village, **display: str) -> None:
        self.sit_down, self.village, self.display = person, village, display
        self.people: dict[str, Person] = {}
        self.wrong: list[str] = []

    def open(self, sort: Sort) -> Page:
        user = self.village.people[sort.who]
        language = "en-GB" if self.display.get("language") == "en" else "zh-CN"
        if sort.who not in self.people:
            self.people[sort.who] = self.sit_down(
                user, desktop=True, language=language, cookies=self.display
            )
        person = self.people[sort.who]
        page = person.page
        page.set_viewport_size({"width": 390, "height": 844})
        answer = page.goto(sort.path(self.village))
        status = answer.status if answer else 0
        if sort.act:
            sort.act(person)
            assert page.locator("[role=alert]").count(), "the act led to no sentence"
        else:
            assert status == sort.status, f"{sort}: {status}"
        return page

    def note(self, name: str, found: list[str]) -> None:
        self.wrong += [f"{name}: {one}" for one in found]

    def ends_well(self) -> None:
        assert not self.wrong, "\n".join(self.wrong)


def shut_out(page: Page, size: str = "std") -> list[str]:
    """All that is wrong with a page for those who touch, zoom or listen."""
    return [*axe(page), *page.evaluate(SMALL, TARGETS[size]), *too_wide(page)]


def axe(page: Page) -> list[str]:
    """The whole page at once: what a bar covers now can be scrolled out from under it."""
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": 390, "height": height + 10})
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{rule['id']}: {node['html'][:140]}" for rule in found for node in rule["nodes"]]


def too_wide(page: Page) -> list[str]:
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        found += [f"beyond {width} px: {node}" for node in page.evaluate(WIDE)]
    return found


@pytest.fixture
def walk(person):
    def begin(**display: str) -> Walk:
        village = make_village()
        User.objects.update(language=display.get("language", "zh-hans"))
        return Walk(person, village, **display)

    return begin


def test_no_page_shuts_anyone_out(walk) -> None:
    """Axe, the side scroll and the size of targets on every type of page."""
    trip = walk(size="std", theme="light")
    sorts = ALL | {
        "refused": Sort(
            "initiator", "orders:console", act=press_something_over(trip.village), status=409
        )
    }
    for name, sort in sorts.items():
        page = trip.open(sort)
        trip.note(name, shut_out(page))
    trip.ends_well()


@pytest.mark.parametrize("display", [{"theme": "dark"}, {"size": "xl"}], ids=["dark", "xl"])
def test_main_pages_shut_nobody_out_however_they_look(walk, display: dict[str, str]) -> None:
    trip = walk(**display)
    for name, sort in MAIN.items():
        page = trip.open(sort)
        trip.note(name, shut_out(page, display.get("size", "std")))
    trip.ends_well()


def test_english_pages_are_english(walk) -> None:
    """What is left of Chinese after names, goods and doors; and the main pages in longer words."""
    trip = walk(language="en")
    for name, sort in ALL.items():
        page = trip.open(sort)
        trip.note(name, sorted(set(chinese(page.evaluate(WORDS)))))
        if name in MAIN:
            trip.note(name, shut_out(page))
    trip.ends_well()


# Names and data of the village; 张* is a name as neighbours see it, and a language is called by its
# own name.
NAMES = """简体中文 梧桐里美食群 梧桐里 按群规 周六两点发货，麻烦大家在群里报一下几点来取。 马老板
老马家牛肉铺 周日蔬菜团 周六牛肉团 周五豆腐团 中秋大闸蟹团 下周牛肉团 周三水果团 果园下雨，摘不了
切小块，分两袋装 欧阳长河 张三 王芳 子怡 老周 路人 有点酸 退一部分 阿芳豆腐坊 江边水产 有限公司
牛腩 牛舌 手打牛筋丸（冷冻，保质期三个月） 切块，约 克一份 架空层 周六早上现杀。
要切块的写在备注里。 商家\\d+ 栋 斤 张\\* 王\\* 欧\\* 子\\* 老\\*"""
DATA = re.compile("|".join(sorted(NAMES.split(), key=len, reverse=True)))


def chinese(words: list[str]) -> list[str]:
    return [found for text in words for found in CHINESE.findall(DATA.sub("", text))]
