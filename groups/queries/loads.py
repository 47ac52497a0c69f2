"""How far a group is that is being loaded."""

from __future__ import annotations

from groups.models import Load


def load_of(group_id: int) -> Load | None:
    return Load.objects.filter(group_id=group_id).first()
