"""The appeal against the rejection of an application, for its page (M4)."""

from __future__ import annotations

from merchants.models import Appeal, Application


def appeal_of(application: Application) -> Appeal | None:
    """The appeal against the present rejection, or the newest answered one. One query."""
    rows = Appeal.objects.filter(group_id=application.group_id, application=application)
    return rows.select_related("answered_by__household__building").order_by("-pk").first()
