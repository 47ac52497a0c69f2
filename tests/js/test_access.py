"""The parts of every page in a real browser: nobody is shut out, nothing runs off the screen."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import translation

from tests.core.test_components import everything

pytestmark = pytest.mark.e2e

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
# Smallest height of a control in px, by type size (WCAG asks 24, the house 44 and 60).
TARGETS = {"std": 44, "big": 60, "xl": 60}
CONTROLS = (
    "button, a.btn, .tabs a, .top a, .filters a, summary, select,"
    " .field input:not([type=radio]):not([type=checkbox]):not([type=hidden])"
)
SMALL = """([controls, least]) => [...document.querySelectorAll(controls)]
  .filter((node) => node.offsetParent && node.getBoundingClientRect().height < least - 0.5)
  .map((node) => node.outerHTML.slice(0, 90) + node.getBoundingClientRect().height)"""
WIDE = """() => [...document.querySelectorAll('body *')]
  .filter((node) => !node.closest('.filters, .scroll, svg, .vh'))
  .filter((node) => node.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map((node) => node.outerHTML.slice(0, 90))"""
HIDDEN = """() => {
  const node = document.activeElement;
  if (node === document.body || node.closest('.total, .tabs, .top')) return '';
  const box = node.getBoundingClientRect();
  const sticky = [...document.querySelectorAll('.total, .tabs')];
  const bars = sticky.map((one) => one.getBoundingClientRect());
  const under = bars.some((bar) => box.top >= bar.top - 1 && box.bottom <= bar.bottom + 1);
  return under ? node.outerHTML.slice(0, 90) : '';
}"""


@pytest.fixture
def everything_at(site):
    def open_page(size: str = "std", theme: str = "light"):
        html = everything(size).replace('data-theme="dark"', f'data-theme="{theme}"')
        site.answers["/all/"] = lambda route: route.fulfill(
            body=html, content_type="text/html; charset=utf-8"
        )
        site.page.goto("http://tuangou.test/all/")
        return site.page

    return open_page


@pytest.mark.parametrize("size", ["std", "xl"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_axe_finds_nothing(everything_at, size, theme, language):
    with translation.override(language):
        page = everything_at(size, theme)
    found = Axe().run(page, options=RULES).response["violations"]
    assert [(rule["id"], [node["html"][:120] for node in rule["nodes"]]) for rule in found] == []


@pytest.mark.parametrize("size", ["std", "big", "xl"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_runs_off_the_side(everything_at, size, width):
    site_page = everything_at(size)
    site_page.set_viewport_size({"width": width, "height": 800})
    assert site_page.evaluate(WIDE) == []


@pytest.mark.parametrize("size", TARGETS)
def test_targets_are_large_enough_for_a_thumb(everything_at, size):
    page = everything_at(size)
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate(SMALL, [CONTROLS, TARGETS[size]]) == []


def test_the_bar_does_not_hide_what_has_the_focus(everything_at):
    """2.4.11: going through the page by Tab never leaves the focus under the sticky bar."""
    page = everything_at()
    page.set_viewport_size({"width": 390, "height": 600})
    for _press in range(45):
        page.keyboard.press("Tab")
        assert page.evaluate(HIDDEN) == ""
