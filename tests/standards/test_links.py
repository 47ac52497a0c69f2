"""Nobody is led to a page that is not there for her: from the first page of each on, every link
that she is shown opens."""

from __future__ import annotations

import html
import re
from collections import Counter, deque
from urllib.parse import urldefrag

import pytest
from django.test import Client
from django.urls import resolve

from tests.journeys.village import make_village

LINK = re.compile(r'<a\b[^>]*?\shref="(/[^"]*)"')
MOST = 3  # pages of one kind: more of them show nothing new
ENOUGH = {"nobody": 3, "member": 60, "initiator": 110, "shop": 30, "newcomer": 3}  # kinds reached


def walked(client: Client) -> tuple[int, dict[str, str]]:
    """By her links alone: how many kinds of page she reaches, and which do not open for her."""
    came_from = {"/": ""}
    todo, kinds, wrong = deque(came_from), Counter[str](), dict[str, str]()
    while todo:
        address = todo.popleft()
        kind = resolve(address.partition("?")[0]).view_name
        if kinds[kind] == MOST:
            continue
        kinds[kind] += 1
        answer = client.get(address)
        if answer.status_code >= 400:
            wrong[address] = f"{answer.status_code}, from {came_from[address]}"
        found = [answer["Location"]] if answer.status_code in {301, 302} else []
        if not answer.streaming and answer["Content-Type"].startswith("text/html"):
            found += map(html.unescape, LINK.findall(answer.content.decode()))
        for link in (urldefrag(each).url for each in found):
            if link.startswith("/") and not link.startswith("/static/") and link not in came_from:
                came_from[link] = address
                todo.append(link)
    return len(kinds), wrong


@pytest.mark.django_db
@pytest.mark.timeout(600)
def test_every_link_opens(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    village = make_village()
    for name, least in ENOUGH.items():
        client = Client()
        if (user := village.people[name]) is not None:
            client.force_login(user)
        kinds, wrong = walked(client)
        assert not wrong, name
        assert kinds >= least, name
