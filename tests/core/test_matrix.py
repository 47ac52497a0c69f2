"""The one table of notices and ways: complete, in bounds, and as docs/notices.md shows it."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from tests.orders.news import play_everything
from tests.test_subscriptions import texts
from tuangou.core import matrix, notices
from tuangou.core.models import Notice, Topic, Way
from tuangou.core.wording import _line

DOCS = Path(settings.BASE_DIR, "docs", "notices.md")
LONGEST_TEXT = 70  # characters of one text; the link comes on top


def useful(kind: matrix.Kind) -> str:
    if kind.useful_until:
        return f"till `{kind.useful_until}`"
    hours = int(kind.useful_for.total_seconds()) // 3600
    return f"{hours} h" if hours % 24 else f"{hours // 24} d"


def table() -> str:
    lines = ["| kind | | text | mail | useful | once per |", "|---|---|---|---|---|---|"]
    for kind in matrix.kinds():
        name = f"`{kind.name}`{' ★' if kind.starred else ''}"
        goes = kind.sms or kind.email
        cells = [
            *(name, str(kind.title)),
            *("●" if kind.sms else "–", kind.email or "–"),
            *(useful(kind) if goes else "", kind.once_per),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def chat() -> str:
    return ", ".join(f"`{news.event}`" for news in matrix.group_news())


def between(text: str, word: str) -> str:
    found = re.search(rf"<!-- begin {word} -->(.*?)<!-- end {word} -->", text, re.S)
    assert found
    return found[1].strip()


def test_the_documentation_shows_the_table():
    """After a change: write(), at the end of this file."""
    with translation.override("zh-hans"):
        assert between(DOCS.read_text(), "kinds") == table()
        assert between(DOCS.read_text(), "chat") == chat()


def test_every_kind_has_a_line_and_every_line_a_kind():
    """A new kind needs its line in tuangou/matrix.py, if only to say that it stays in the app."""
    assert {kind.name for kind in matrix.kinds()} == texts()


def test_no_kind_is_of_use_for_ever_and_the_digest_reaches_the_next_evening():
    for kind in matrix.kinds():
        assert 3600 <= kind.useful_for.total_seconds() <= 7 * 24 * 3600, kind
        if kind.email == matrix.DIGEST and not kind.useful_until:
            assert kind.useful_for.total_seconds() >= 24 * 3600, kind


def test_starred_are_few():
    starred = {kind.name for kind in matrix.kinds() if kind.starred}
    assert starred == {"orders.round_arrived", "orders.goods_held", "orders.incident_stopped"}


def test_news_of_the_account_are_known_as_such():
    account = {k.name for k in matrix.kinds() if notices.topic_of(k.name) == Topic.ACCOUNT}
    assert {"core.signed_in", "core.phone_changed", "groups.login_link_made"} <= account


@pytest.mark.django_db
def test_a_text_fits_into_seventy_characters_and_every_use_ends():
    """Of everything that happens in one life, in both languages Chinese counts."""
    play_everything()
    long = {}
    for notice in Notice.objects.all():
        kind = matrix.of(notice.kind)
        if kind.useful_until:
            assert notice.context[kind.useful_until], notice.kind
        assert isinstance(kind.lapses_at(notice.created_at, notice.context), datetime)
        if kind.sms:
            said = _line(notice, Way.SMS).text
            assert "\n" not in said
            if len(said) > LONGEST_TEXT:
                long[notice.kind] = said
    assert long == {}


def write() -> None:
    """manage.py shell -c "from tests.core.test_matrix import write; write()" """
    with translation.override("zh-hans"):
        page = DOCS.read_text()
        for word, fresh in (("kinds", f"\n{table()}\n"), ("chat", chat())):
            start, end = f"<!-- begin {word} -->", f"<!-- end {word} -->"
            head, _sep, rest = page.partition(start)
            page = head + start + fresh + end + rest.partition(end)[2]
        DOCS.write_text(page)
