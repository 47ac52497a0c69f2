"""The forms of a page, as a browser would send them; and values nobody should send."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote_plus, urlsplit

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

Values = dict[str, list[str]]


@dataclass
class Form:
    method: str
    action: str
    values: Values = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """Everything that can be sent but the token."""
        pressed = {name for name, _value in self.buttons if name}
        return sorted({*self.values, *self.files, *pressed} - {"csrfmiddlewaretoken"})


class Reader(HTMLParser):
    """Collects forms with what they hold when nobody touches them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page, self.forms = page, list[Form]()
        self.now: Form | None = None
        self.box, self.text = "", ""
        self.inside_option = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name, value = given.get("name", ""), given.get("value", "")
        if tag == "form":
            self.now = Form(given.get("method", "get"), given.get("action") or self.page)
        if self.now is None:
            return
        if tag == "input" and name:
            self._input(self.now, name, given)
        elif tag == "button" and given.get("type") != "button":
            self.now.buttons.append((name, value))
        elif tag in ("select", "textarea"):
            self.box, self.text = name, ""
            self.now.values.setdefault(name, [])
        elif tag == "option" and self.box and ("selected" in given or not self._held()):
            self.now.values[self.box] = [value]

    def _held(self) -> list[str]:
        return self.now.values[self.box] if self.now else []

    def _input(self, form: Form, name: str, given: dict[str, str]) -> None:
        kind = given.get("type", "text")
        if kind == "file":
            form.files.append(name)
        elif kind in ("radio", "checkbox"):
            held, value = form.values.setdefault(name, []), given.get("value", "on")
            if kind == "radio" and ("checked" in given or not held):
                held[:] = [value]
            elif kind == "checkbox" and "checked" in given:
                held.append(value)
        elif kind not in ("submit", "button"):
            form.values.setdefault(name, []).append(given.get("value", ""))

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self.now and self.box:
            self.now.values[self.box] = [self.text.strip()]
        if tag in ("textarea", "select"):
            self.box = ""
        if tag == "form" and self.now:
            self.forms.append(self.now)
            self.now = None


def forms_of(page: str, html: str) -> list[Form]:
    reader = Reader(page)
    reader.feed(html)
    return reader.forms


# What is put in the place of one field. A list is the field sent several times; bytes are sent as
# they are, without being UTF-8; a file is sent where a text should be.
Hostile = str | list[str] | bytes | SimpleUploadedFile

TEXTS: list[Hostile] = [
    *("", " ", "\x00", "a\x00b", "\x1b[31m\x07", "\u202e\u2066反过来", "\u200b\ufeff", "\ufffd"),
    *("字" * 10_000, "👨‍👩‍👧‍👦" * 200, "'; drop table core_user; --", "<script>alert(1)</script>"),
    *("{{ 7|add:7 }}", "%s%n%d", "../../etc/passwd", "=cmd|' /C calc'!A0", "a\r\nSet-Cookie: x=1"),
]
NUMBERS: list[Hostile] = [
    *("-1", "-0.5", "0", "NaN", "Infinity", "-inf", "1e400", "1e-400", "9" * 40, "0.0001", "1,5"),
    *("2.5", "½", "٣", "２", "²", "0x10", "1_000", "9223372036854775808", "-9223372036854775809"),
]
MOMENTS: list[Hostile] = [
    *("2026-02-30", "0000-00-00", "9999-12-31", "10000-01-01", "99:99", "24:00", "23:59:60"),
    *("0001-01-01", "2026-11-21T18:00", "00:00"),
]
SHAPES: list[Hostile] = [["1", "2"], ["", "x", "\x00"], b"\xff\xfe\xed\xa0\x80", b"%00%ZZ"]
HOSTILE = [*TEXTS, *NUMBERS, *MOMENTS, *SHAPES]


def send(client: Client, form: Form, name: str, value: Hostile | None) -> Any:
    """Send a form as it stands, but with `value` in the field `name` (None: without the field)."""
    values = {key: list(held) for key, held in form.values.items()}
    values.pop("csrfmiddlewaretoken", None)
    values.pop(name, None)
    if isinstance(value, SimpleUploadedFile):
        return client.post(form.action, values | {name: [value]})
    if isinstance(value, bytes):
        body = "&".join(
            f"{quote_plus(k)}={quote_plus(v)}" for k, held in values.items() for v in held
        )
        raw = f"{body}&{quote_plus(name)}=".encode() + value
        return _raw(client, form, raw)
    if value is not None:
        values[name] = value if isinstance(value, list) else [value]
    if form.method == "get":
        return client.get(urlsplit(form.action).path, values)
    if form.files:
        return client.post(form.action, values)
    body = "&".join(f"{quote_plus(k)}={quote_plus(v)}" for k, held in values.items() for v in held)
    return _raw(client, form, body.encode())


def _raw(client: Client, form: Form, body: bytes) -> Any:
    if form.method == "get":
        quoted = "".join(chr(b) if 32 < b < 127 else f"%{b:02X}" for b in body)
        return client.get(f"{urlsplit(form.action).path}?{quoted}")
    kind = "application/x-www-form-urlencoded"
    return client.post(form.action, body, content_type=kind)
