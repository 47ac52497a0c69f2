"""Every field of every form, as the person who is shown it, with values nobody should send: a plain
answer always, never a 500. The short profile sends a few values to each field, `make soak` all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import NoReverseMatch, Resolver404, get_resolver, resolve, reverse

from tests.journeys.village import Village, make_village
from tests.standards.forms import HOSTILE, Form, Hostile, forms_of, send
from tests.standards.pages import ALL
from tests.test_permissions import patterns
from tuangou.core.models import User

pytestmark = pytest.mark.timeout(1800)
SHORT = 1  # values for each field; the next field gets the next


class Undone(Exception):
    """What a form did is taken back, so that the next one finds the same village."""


@contextmanager
def undone() -> Iterator[None]:
    outer = transaction.atomic()
    outer._from_testcase = True  # type: ignore[attr-defined]  # services are durable within it
    try:
        with outer:
            yield
            raise Undone
    except Undone:
        pass


@pytest.fixture
def village(db, settings, tmp_path) -> Village:
    settings.MEDIA_ROOT = tmp_path
    return make_village()


def client_of(user: User | None) -> Client:
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user)
    return client


def shown(village: Village) -> dict[tuple[str, str], tuple[str, Client, Form]]:
    """Each different form once: who is shown it, where it leads, what it holds."""
    clients = {who: client_of(user) for who, user in village.people.items()}
    found: dict[tuple[str, str], tuple[str, Client, Form]] = {}
    for sort in ALL.values():
        page = sort.path(village)
        answer = clients[sort.who].get(page)
        for form in forms_of(page, answer.content.decode()):
            try:
                name = resolve(form.action.split("?")[0]).view_name
            except Resolver404:
                pytest.fail(f"{page} has a form that leads nowhere: {form.action}")
            key = (name, " ".join(form.names))
            if name not in ("display", "account_logout") or sort.name == name:
                found.setdefault(key, (sort.who, clients[sort.who], form))
    return found


def values_for(form: Form, turn: Iterator[int], most: int) -> Iterator[tuple[str, Hostile | None]]:
    for name in form.names:
        if most > SHORT:
            yield name, None
        if name in form.files:
            yield name, "no file"
            yield name, SimpleUploadedFile("x.webp", b"RIFF\x00\x00\x00\x00WEBPVP8 broken")
            yield name, SimpleUploadedFile("x.svg", b"<svg onload='x()'/>", "image/svg+xml")
            continue
        for _ in range(min(most, len(HOSTILE))):
            yield name, HOSTILE[next(turn) % len(HOSTILE)]


def reason_of(answer: Any) -> str:
    """What went wrong in the view, if it says so."""
    return (
        repr(answer.exc_info[1])[:300]
        if getattr(answer, "exc_info", None)
        else answer.reason_phrase
    )


def broken(village: Village, most: int) -> tuple[list[str], int]:
    wrong, turn, sent = [], count(), 0
    for (name, _fields), (who, client, form) in shown(village).items():
        for field, value in values_for(form, turn, most):
            with undone():
                answer = send(client, form, field, value)
            sent += 1
            if answer.status_code >= 500:
                wrong.append(f"{name} as {who}, {field}={value!r:.60}: {reason_of(answer)}")
    return wrong, sent


def test_no_form_breaks(village) -> None:
    wrong, sent = broken(village, SHORT)
    assert sent > 200
    assert not wrong, "\n".join(wrong)


@pytest.mark.soak
@pytest.mark.timeout(0)  # every field times every value: as long as it takes
def test_no_form_breaks_with_any_value(village) -> None:
    wrong, sent = broken(village, len(HOSTILE))
    assert sent > 5000
    assert not wrong, "\n".join(wrong)


def test_twin_a_form_that_breaks_is_seen(village, monkeypatch) -> None:
    def careless(*args: object, **kwargs: object) -> None:
        raise ValueError("a\x00b")

    monkeypatch.setattr("tuangou.core.preferences.keep_wishes", careless)
    monkeypatch.setattr("tests.standards.test_fuzz.ALL", {"one": ALL["settings of a person"]})
    wrong, _sent = broken(village, SHORT + 1)
    assert wrong


BARE = {"request_id": "x"}


def address(name: str, slug: str, parameters: tuple[str, ...], number: int) -> str:
    first: list[object] = [slug] if ":" in name else []
    try:
        return reverse(name, args=[*first, *(number for _ in parameters)])
    except NoReverseMatch:
        return reverse(name, args=[*first, *(f"x{number}" for _ in parameters)])


def test_no_address_breaks_when_anything_is_posted_to_it(village) -> None:
    """All names of the resolver, with ids that exist nowhere and a body of all hostile texts."""
    wrong = []
    client = client_of(village.people["initiator"])
    body = {f"field{n}": str(value) for n, value in enumerate(HOSTILE)} | BARE
    for name, parameters in patterns(get_resolver()):
        for number in (0, 999_999_999, 2**63):
            path = address(name, village.slug, parameters, number)
            with undone():
                answer = client.post(path, body)
            if answer.status_code >= 500:
                wrong.append(f"{name} {number}: {reason_of(answer)}")
    assert not wrong, "\n".join(wrong)
