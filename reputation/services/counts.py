"""How households rated a merchant, kept on its approval so that lower pages need no query (R1)."""

from __future__ import annotations

from django.db import transaction

from merchants.models import Application
from reputation.queries.counts import count


@transaction.atomic
def keep(*, group_id: int, merchant_id: int) -> None:
    """Count anew and write it down. The approval is held first, so that the last one who counts
    has seen the most."""
    row = Application.objects.lock(group_id, merchant_id)
    row.rated = count(group_id, merchant_id)
    row.save(update_fields=["rated"])
