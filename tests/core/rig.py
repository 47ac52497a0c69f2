"""A listener that tells a hundred people at once; nobody hears it until subscribe_all()."""

from __future__ import annotations

from tuangou.core import events, notices
from tuangou.core.models import Event, User

KIND = "rig.told"


def tell(event: Event) -> None:
    """Everybody whose nickname says that she belongs to this event."""
    people = User.objects.filter(nickname=f"rig {event.subject_id}")
    notices.notify(
        event,
        user_ids=people.values_list("pk", flat=True),
        kind="core.signed_in",
        path="/settings/",
        context={"device": ""},
    )


def subscribe_all() -> None:
    events.subscribe(KIND, tell)
