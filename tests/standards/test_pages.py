"""Every type of page in both languages, themes and sizes of type: nobody is shut out, nothing runs
off the side or is cut off, every target is large enough, nothing is said in another language, and
no two types share a title. A page is opened once and changes its clothes; what it asks of other
sites or complains about fails the test in `person`."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.journeys.people import Person
from tests.journeys.village import Village, make_village
from tests.standards import rulers
from tests.standards.pages import ALL, MAIN, Sort, chinese, press_something_over
from tuangou.core.models import User

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]  # many pages, a browser, busy machines

ERRORS = {"zh-hans": "错误：", "en": "Error:"}
LOCALES = {"zh-hans": "zh-CN", "en": "en-GB"}
# theme, type, rules of axe (None: all, []: not asked again) and the widths to measure at; 640 px is
# a desktop at 200 %, 320 px at 400 %
Clothes = list[tuple[str, str, list[str] | None, tuple[int, ...]]]
COLOURS = ["color-contrast", "target-size"]
# what other words may change: how the page is built was asked in Chinese
WORDED = [
    *COLOURS,
    *("button-name", "link-name", "input-button-name", "summary-name", "label", "select-name"),
    *("label-title-only", "aria-command-name", "aria-input-field-name", "image-alt"),
    *("document-title", "html-has-lang", "html-lang-valid", "valid-lang", "link-in-text-block"),
]
CLOTHES: dict[str, Clothes] = {
    "zh-hans": [
        ("light", "std", None, (320, 390, 640)),
        ("dark", "xl", COLOURS, (320, 390)),
    ],
    "en": [("light", "std", [], (320,)), ("light", "xl", WORDED, (320, 390))],
}
MAIN_TOO: dict[str, Clothes] = {
    "zh-hans": [("dark", "std", COLOURS, ()), ("light", "big", COLOURS, (320, 390))],
    "en": [
        ("light", "std", COLOURS, ()),
        ("dark", "std", COLOURS, ()),
        ("dark", "big", COLOURS, (320, 390)),
    ],
}


class Walk:
    """Opens pages as the right people and keeps what was wrong with each."""

    def __init__(self, person: Callable[..., Person], village: Village, language: str) -> None:
        self.sit_down, self.village, self.language = person, village, language
        self.people: dict[str, Person] = {}
        self.wrong: list[str] = []
        self.titles: dict[str, set[str]] = {}

    def open(self, sort: Sort, **display: str) -> Page:
        key = f"{sort.who} {display}"
        if key not in self.people:
            self.people[key] = self.sit_down(
                self.village.people[sort.who],
                desktop=True,
                language=LOCALES[self.language],
                cookies={"language": self.language} | display,
            )
        person = self.people[key]
        page = person.page
        page.emulate_media(reduced_motion="reduce")  # colours change at once
        page.set_viewport_size({"width": 390, "height": 844})
        with rulers.Scales(page) as scales:
            answer = page.goto(sort.path(self.village))
        status = answer.status if answer else 0
        if status == 200:
            self.note(sort.name, scales.too_heavy())
        if sort.act:
            sort.act(person)
            said = bool(page.locator("[role=alert]").count())
            assert said is sort.says, f"{sort}: the act led to a sentence: {said}"
        else:
            assert status == sort.status, f"{sort}: {status}"
        return page

    def note(self, name: str, found: list[str]) -> None:
        self.wrong += [f"{name}: {one}" for one in found]

    def ends_well(self) -> None:
        assert not self.wrong, "\n".join(self.wrong)


@pytest.fixture
def walk(person):
    def begin(language: str) -> Walk:
        village = make_village()
        User.objects.update(language=language)
        return Walk(person, village, language)

    return begin


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_no_page_shuts_anyone_out(walk, language: str) -> None:
    trip = walk(language)
    sorts = ALL | {
        "refused": Sort(
            "initiator", "orders:console", act=press_something_over(trip.village), status=409
        )
    }
    for name, sort in sorts.items():
        page = trip.open(sort, theme="light", size="std")
        title = page.title()
        trip.titles.setdefault(title, set()).add(sort.name)
        rulers.load(page)
        trip.note(name, rulers.ask(page, "built"))
        if title.startswith(ERRORS[language]) != (sort.status >= 400):
            trip.note(name, [f"the title of status {sort.status} is {title}"])
        if language == "en":
            trip.note(name, sorted(set(chinese(rulers.ask(page, "words")))))
        clothes = CLOTHES[language] + (MAIN_TOO[language] if name in MAIN else [])
        trip.note(name, in_clothes(page, clothes))
    shared = {title: names for title, names in trip.titles.items() if len(names) > 1}
    trip.note("titles", [f"{title} is of {names}" for title, names in shared.items()])
    trip.ends_well()


def in_clothes(page: Page, clothes: Clothes) -> list[str]:
    found = []
    for theme, size, rules, widths in clothes:
        rulers.dress(page, theme, size)
        if rules != []:
            found += [f"{theme} {size}: {one}" for one in rulers.axe(page, only=rules)]
        for width in widths:
            found += rulers.measured(page, size, width)
    return found


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_main_pages_as_the_server_writes_them_for_the_largest_type(walk, language: str) -> None:
    """There it adds the button that reads aloud and the one that calls the initiator."""
    trip = walk(language)
    for name, sort in MAIN.items():
        page = trip.open(sort, theme="dark", size="xl")
        rulers.load(page)
        trip.note(name, rulers.axe(page))
        for width in (320, 390):
            trip.note(name, rulers.measured(page, "xl", width))
    trip.ends_well()
