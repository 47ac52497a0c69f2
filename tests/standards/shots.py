"""`make shots`: twelve types of page in four modes, into .shots/, to be looked at by people."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.journeys.people import Person
from tests.journeys.village import make_village
from tests.standards.pages import MAIN
from tuangou.core.models import User

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

FOLDER = Path(__file__).parents[2] / ".shots"
WIDEST = 4000  # a page longer than this shows enough


@dataclass(frozen=True)
class Mode:
    language: str = "zh-hans"
    theme: str = "light"
    size: str = "std"
    desktop: bool = False


MODES = {
    "phone": Mode(),
    "phone-dark": Mode(theme="dark"),
    "phone-largest": Mode(size="xl"),
    "desktop-en": Mode(language="en", desktop=True),
}


def test_take_them(person, settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path
    village = make_village()
    FOLDER.mkdir(exist_ok=True)
    for mode_name, mode in MODES.items():
        User.objects.update(language=mode.language)
        people: dict[str, Person] = {}
        for number, (name, sort) in enumerate(MAIN.items(), 1):
            if sort.who not in people:
                people[sort.who] = person(
                    village.people[sort.who],
                    desktop=mode.desktop,
                    language="en-GB" if mode.language == "en" else "zh-CN",
                    cookies={"language": mode.language, "theme": mode.theme, "size": mode.size},
                )
            page = people[sort.who].page
            page.goto(sort.path(village))
            name = name.replace(" ", "-").replace(",", "")
            height = min(page.evaluate("document.documentElement.scrollHeight"), WIDEST)
            width = page.viewport_size["width"] if page.viewport_size else 390
            page.set_viewport_size({"width": width, "height": max(height, 800)})
            page.screenshot(path=FOLDER / f"{number:02}-{name}-{mode_name}.png")
            page.set_viewport_size({"width": width, "height": 844})
