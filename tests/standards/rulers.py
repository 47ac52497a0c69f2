"""Measured inside the page: axe, widths, targets, clipped text, and what is said."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any, Self

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, Response

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
TARGETS = {"std": 44, "big": 60, "xl": 60}
MOST_BYTES, MOST_CSS, MOST_SCRIPT = 150_000, 14_000, 8_000
RULERS = Path(__file__).with_suffix(".js").read_text("utf-8")


def load(page: Page) -> None:
    """Once for each page that was opened."""
    page.evaluate(AXE_SCRIPT)
    page.evaluate(RULERS)


def ask(page: Page, what: str, argument: Any = None) -> list[str]:
    """One of the rulers: wide, clipped, small, built, words."""
    found: list[str] = page.evaluate("([what, one]) => rulers[what](one)", [what, argument])
    return found


def dress(page: Page, theme: str, size: str) -> None:
    """The page in other clothes: the server writes the same but for these two attributes."""
    page.evaluate(
        "([theme, size]) => Object.assign(document.documentElement.dataset, { theme, size })",
        [theme, size],
    )


def axe(page: Page, *, only: list[str] | None = None) -> list[str]:
    """The whole page at once: what a bar covers now can be scrolled out from under it."""
    page.set_viewport_size({"width": 390, "height": 844})
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": 390, "height": height + 10})
    found = page.evaluate(
        "(only) => axe.run({ runOnly: only, resultTypes: ['violations'] })"
        ".then(({ violations }) => violations)",
        only or RULES,
    )
    return [f"{rule['id']}: {node['html'][:140]}" for rule in found for node in rule["nodes"]]


def measured(page: Page, size: str, width: int) -> list[str]:
    """What runs off the side, is cut off or too small for a thumb at this width and type."""
    page.set_viewport_size({"width": width, "height": 844})
    found = [f"beyond the edge: {one}" for one in ask(page, "wide")]
    found += [f"cut off: {one}" for one in ask(page, "clipped")]
    found += [f"small: {one}" for one in ask(page, "small", TARGETS[size])]
    return [f"{width} px {size}: {one}" for one in found]


class Scales:
    """What a phone fetches while a page is opened, as gzip would send it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.answers: list[Response] = []

    def __enter__(self) -> Self:
        self.page.on("response", self.note)
        return self

    def __exit__(self, *_: object) -> None:
        self.page.remove_listener("response", self.note)

    def note(self, answer: Response) -> None:
        self.answers.append(answer)

    def weights(self) -> dict[str, int]:
        return {answer.url: _weight(answer) for answer in self.answers}

    def too_heavy(self) -> list[str]:
        found = self.weights()
        styles = sum(size for url, size in found.items() if url.split("?")[0].endswith(".css"))
        scripts = sum(size for url, size in found.items() if url.split("?")[0].endswith(".js"))
        limits = (
            ("all", sum(found.values()), MOST_BYTES),
            ("styles", styles, MOST_CSS),
            ("scripts", scripts, MOST_SCRIPT),
        )
        return [f"{what}: {size} bytes: {found}" for what, size, most in limits if size > most]


def _weight(answer: Response) -> int:
    kind = answer.headers.get("content-type", "")
    body = answer.body() if answer.status == 200 else b""
    return len(gzip.compress(body, 6) if re.search("text|javascript|svg|json", kind) else body)
