"""The palette, read out of the stylesheet: what must be told apart can be (WCAG 1.4.3, 1.4.11)."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[2] / "tuangou" / "static"
CSS = (STATIC / "css" / "app.css").read_text("utf-8")
TEXT, SHAPE = 4.5, 3.0
CSS_BYTES, JS_BYTES = 14_000, 8_000

# (what is written or drawn, what it lies on)
TEXTS = [
    *((ink, ground) for ink in ("ink", "ink-2", "ink-3") for ground in ("paper", "card", "sunk")),
    *(("brand", ground) for ground in ("paper", "card", "brand-bg")),
    *(("brand-strong", ground) for ground in ("paper", "card", "brand-bg")),
    *((word, f"{word}-bg") for word in ("leaf", "honey", "plum", "sky")),
    *((word, ground) for word in ("leaf", "honey", "plum", "sky") for ground in ("paper", "card")),
    *(("on-fill", f) for f in ("brand-fill", "brand-fill-2", "leaf-fill", "leaf-fill-2", "stamp")),
    ("on-pick", "pick"),
    ("on-chip", "chip-fill"),
]
SHAPES = [
    *(("edge", ground) for ground in ("paper", "card")),
    *((word, "card") for word in ("brand", "leaf", "plum", "honey")),
    *((fill, ground) for fill in ("brand-fill", "leaf-fill") for ground in ("paper", "card")),
]


def names(part: str) -> str:
    return part


def block(pattern: str) -> dict[str, str]:
    """The custom properties that hold a colour in the one rule that matches."""
    found = re.findall(pattern + r"\s*\{(.*?)\}", CSS, re.S)
    assert len(found) == 1, pattern
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9A-Fa-f]{6})\b", found[0]))


LIGHT = block(r"(?m)^:root")
SWITCHED = block(r"\n  \[data-theme=dark\]")
FOLLOWED = block(r"\n  :root:not\(\[data-theme=light\]\)")
THEMES = {"light": LIGHT, "dark": LIGHT | SWITCHED}


def luminance(colour: str) -> float:
    parts = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_formula_gives_the_two_values_everybody_knows():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("ink", "ground"), TEXTS, ids=names)
def test_every_text_can_be_read(theme, ink, ground):
    assert contrast(THEMES[theme][ink], THEMES[theme][ground]) >= TEXT


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("ink", "ground"), SHAPES, ids=names)
def test_every_control_and_mark_can_be_seen(theme, ink, ground):
    assert contrast(THEMES[theme][ink], THEMES[theme][ground]) >= SHAPE


def test_a_bar_at_72_per_cent_can_still_be_seen():
    for theme in THEMES.values():
        for word in ("brand", "leaf"):
            assert contrast(mixed(theme[word], theme["card"], 0.72), theme["card"]) >= SHAPE


def mixed(ink: str, ground: str, share: float) -> str:
    pairs = zip(*(re.findall("..", colour[1:]) for colour in (ink, ground)), strict=True)
    return "#" + "".join(
        f"{round(int(a, 16) * share + int(b, 16) * (1 - share)):02X}" for a, b in pairs
    )


def test_dark_by_the_switch_is_dark_by_the_system():
    """The block stands twice in the file; a colour changed in one place only would not show."""
    assert SWITCHED == FOLLOWED


def test_dark_gives_every_colour_of_its_own():
    same = {name for name, colour in LIGHT.items() if SWITCHED.get(name, colour) == colour}
    assert same <= {"on-fill"}


def test_every_token_that_is_used_is_defined():
    used = set(re.findall(r"var\(--([\w-]+)", CSS))
    assert used <= set(re.findall(r"--([\w-]+):", CSS))


def test_the_ground_stays_light_on_a_slow_network():
    assert len(gzip.compress(CSS.encode(), 9)) <= CSS_BYTES


def scripts_in(path: Path) -> set[str]:
    return set(re.findall(r"js/([\w-]+)\.js", path.read_text("utf-8")))


TEMPLATES = STATIC.parents[1] / "templates"
OWN_SCRIPTS = {p: own for p in TEMPLATES.rglob("*.html") if (own := scripts_in(p))}


def test_no_page_loads_more_script_than_a_slow_network_bears():
    always = OWN_SCRIPTS[TEMPLATES / "base.html"]
    for page, own in OWN_SCRIPTS.items():
        names = sorted(always | own)
        text = b"".join((STATIC / "js" / f"{name}.js").read_bytes() for name in names)
        assert len(gzip.compress(text, 9)) <= JS_BYTES, (page, names)


def test_every_script_is_of_use():
    assert {p.stem for p in STATIC.glob("js/*.js")} == set().union(*OWN_SCRIPTS.values())


def test_nothing_is_fetched_from_elsewhere():
    for path in [*STATIC.glob("css/*.css"), *STATIC.glob("js/*.js"), *STATIC.glob("img/**/*.svg")]:
        text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|@import|url\((?!#)", text), path


def test_scripts_write_no_markup_and_run_no_text():
    for path in STATIC.glob("js/*.js"):
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|\beval\b|new Function|document\.write",
            path.read_text("utf-8"),
        ), path
