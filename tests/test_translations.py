"""English is complete: every text has its sentence, and the compiled file is current."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import polib
from django.utils.translation.template import templatize

ROOT = Path(__file__).parent.parent
CATALOGUE = ROOT / "tuangou/locale/en/LC_MESSAGES/django.po"
CALLS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"}
IN_CONTEXT = {"pgettext", "pgettext_lazy", "npgettext"}
CHINESE = re.compile(r"[一-鿿]")


def entries() -> polib.POFile:
    return polib.pofile(str(CATALOGUE))


def python_texts(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name not in CALLS | IN_CONTEXT:
            continue
        place = 1 if name in IN_CONTEXT else 0
        if len(node.args) > place and isinstance(node.args[place], ast.Constant):
            value = node.args[place].value  # type: ignore[attr-defined]
            if isinstance(value, str):
                yield value


def template_texts(source: str) -> Iterator[str]:
    """templatize() turns a template into calls of gettext for xgettext to read."""
    calls = r"""\b(?:_|gettext|ngettext)\(u?((?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"))"""
    for literal in re.findall(calls, templatize(source)):
        yield ast.literal_eval(literal)


def texts() -> set[str]:
    found: set[str] = set()
    for app in ("groups", "merchants", "orders", "reputation", "tuangou"):
        for path in (ROOT / app).rglob("*.py"):
            if "/dev/" not in str(path) and "/migrations/" not in str(path):
                found.update(python_texts(path.read_text()))
    for path in (ROOT / "templates").rglob("*.*"):
        found.update(template_texts(path.read_text()))
    return {text for text in found if CHINESE.search(text)}


def test_every_text_has_its_english_sentence() -> None:
    known = {entry.msgid for entry in entries() if not entry.obsolete}
    assert sorted(texts() - known) == []


def test_no_sentence_is_empty_fuzzy_or_half_chinese() -> None:
    bad = []
    for entry in entries():
        said = [*entry.msgstr_plural.values()] if entry.msgid_plural else [entry.msgstr]
        if "fuzzy" in entry.flags or not all(said) or any(CHINESE.search(s) for s in said):
            bad.append(entry.msgid)
    assert bad == []


def test_placeholders_are_the_same() -> None:
    def holes(text: str) -> set[str]:
        return set(re.findall(r"%\(\w+\)|\{\w+\}", text))

    bad = []
    for entry in entries():
        said = [*entry.msgstr_plural.values()] if entry.msgid_plural else [entry.msgstr]
        if any(holes(s) != holes(entry.msgid) for s in said):
            bad.append(entry.msgid)
    assert bad == []


def test_the_compiled_catalogue_is_current() -> None:
    compiled = polib.mofile(str(CATALOGUE.with_suffix(".mo")))
    as_pairs = {(e.msgctxt, e.msgid): (e.msgstr, e.msgstr_plural) for e in compiled}
    for entry in entries():
        if not entry.obsolete:
            wanted = (entry.msgstr, entry.msgstr_plural)
            assert as_pairs[entry.msgctxt, entry.msgid] == wanted, entry.msgid
