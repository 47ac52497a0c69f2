"""How far a group is that is being loaded."""

from __future__ import annotations

from datetime import date

from groups.models import Load


def month_reached(load: Load | None) -> date | None:
    """The first day of the month that is being played, once the loader has said so."""
    return date.fromisoformat(f"{load.month}-01") if load and load.month else None


def load_of(group_id: int) -> Load | None:
    return Load.objects.filter(group_id=group_id).first()
