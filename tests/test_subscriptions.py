"""What is subscribed is published, what is told has a text, and each line leads somewhere."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.template import engines
from django.test import Client
from django.utils import translation

from tests.orders.news import play_everything
from tuangou.core import events, notices
from tuangou.core.models import Event, Handling, Notice, User


def texts() -> set[str]:
    """Kinds that have a text: `<app>/notices/<name>.txt`."""
    found = Path(settings.BASE_DIR, "templates").glob("*/notices/*.txt")
    return {f"{path.parent.parent.name}.{path.stem}" for path in found}


@pytest.fixture
def holes(monkeypatch) -> str:
    """What a text shows where its context lacks something."""
    hole = "〔missing〕"
    backend: Any = engines["django"]
    monkeypatch.setattr(backend.engine, "string_if_invalid", hole)
    return hole


@pytest.mark.timeout(900)  # a machine may be busy
@pytest.mark.django_db
def test_every_subscription_hears_something_every_text_is_used_every_line_opens(holes):
    """One life in which everything happens, through the services alone."""
    play_everything()
    published = set(Event.objects.values_list("kind", flat=True))
    assert set(events._handlers) <= published
    heard = set(Handling.objects.values_list("event__kind", "handler"))
    assert heard == {(kind, name) for kind, all_ in events._handlers.items() for name in all_}
    assert set(Notice.objects.values_list("kind", flat=True)) == texts()
    for language in ("zh-hans", "en"):
        with translation.override(language):
            for notice in Notice.objects.all():
                text = notices.text(notice.kind, notice.context)
                assert text
                assert holes not in text, (notice.kind, text)
                assert "\n" not in text
    refused = []
    for kind, user_id, path in Notice.objects.values_list("kind", "user_id", "path").distinct():
        client = Client()
        client.force_login(User.objects.get(pk=user_id))
        if (status := client.get(path).status_code) != 200:
            refused.append((kind, path, status))
    assert refused == []


def test_twin_a_text_without_its_context_shows_the_hole(holes):
    assert holes in notices.text("orders.payment_received", {"fen": 100, "code": "7KQ-1"})


@pytest.mark.django_db
def test_events_that_concern_nobody_cost_no_handling():
    play_everything()
    quiet = Event.objects.exclude(pk__in=Handling.objects.values("event_id"))
    kinds = set(quiet.values_list("kind", flat=True))
    assert {"order.placed", "order.cancelled", "payment.paid_back", "order.collected"} <= kinds
    assert not quiet.filter(kind="order.placed", data__for_neighbour=True).exists()


def test_every_text_is_filed_under_a_topic_of_the_settings_page():
    """A new kind needs a line in tuangou/subscriptions.py: else nobody could mute it."""
    assert {kind for kind in texts() if notices.topic_of(kind) is None} == set()


def test_a_handler_that_changes_files_keeps_the_name_its_open_rows_have():
    for listening in events._handlers.values():
        for name in listening:
            assert name.count(".") == 2 or name.startswith("tuangou.core."), name
    assert "orders.handlers.tell_opened" in events._handlers["round.opened"]
