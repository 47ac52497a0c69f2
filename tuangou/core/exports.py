"""A person's data as one file: a ZIP with data.json (docs/my-data.md) and her pictures.

Up to LARGEST_AT_ONCE it is made while she waits. Above, a worker makes it; it is kept for a day
under a random name and given to nobody but her.
"""

from __future__ import annotations

import io
import json
import secrets
import zipfile
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.urls import reverse

from tuangou.core import clock, events, personal
from tuangou.core.models import Event, Export
from tuangou.core.notices import notify

SCHEMA_VERSION = 1
LARGEST_AT_ONCE = 10 * 2**20
KEPT = timedelta(hours=24)
FOLDER = "exports"


def is_small(user_id: int) -> bool:
    """Whether the pictures, which are nearly all of it, can be packed while she waits."""
    return sum(_size(picture.stored) for picture in personal.pictures(user_id)) <= LARGEST_AT_ONCE


def archive(user_id: int) -> bytes:
    """The ZIP, now."""
    held = {holding.key: holding.rows for holding in personal.holdings(user_id)}
    body = {"schema": SCHEMA_VERSION, "made_at": clock.now(), **held}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        text = json.dumps(body, default=_plain, ensure_ascii=False, indent=1)
        file.writestr("data.json", text)
        for picture in personal.pictures(user_id):
            if default_storage.exists(picture.stored):
                with default_storage.open(picture.stored) as stored:
                    file.writestr(picture.name, stored.read(), zipfile.ZIP_STORED)
    return out.getvalue()


@transaction.atomic
def ask(*, user_id: int) -> Export:
    """Let a worker make it; asking twice while one is being made is asking once."""
    at = clock.now()
    waiting = Export.objects.filter(user_id=user_id, made_at=None, asked_at__gt=at - KEPT).first()
    if waiting is not None:
        return waiting
    export = Export.objects.create(user_id=user_id, asked_at=at)
    events.publish("export.asked", group_id=None, subject_id=export.pk, actor_id=user_id, at=at)
    return export


def make(event: Event) -> None:
    """`export.asked`: pack it, and tell her. Again does nothing."""
    export = Export.objects.select_for_update().filter(pk=event.subject_id, made_at=None).first()
    if export is None:
        return
    packed = archive(export.user_id)
    name = default_storage.save(f"{FOLDER}/{secrets.token_hex(16)}.zip", ContentFile(packed))
    export.file.name, export.made_at, export.bytes = name, clock.now(), len(packed)
    export.save(update_fields=["file", "made_at", "bytes"])
    notify(
        event,
        user_ids=[export.user_id],
        kind="account.export_ready",
        path=reverse("account_data"),
        context={},
    )


def ready(user_id: int) -> list[Export]:
    """Those she can fetch now, and those being made, the newest first."""
    asked = Export.objects.filter(user_id=user_id, asked_at__gt=clock.now() - KEPT)
    return list(asked.order_by("-pk"))


def own(user_id: int, export_id: int) -> Export | None:
    """A made export of hers that is not over."""
    made = Export.objects.filter(pk=export_id, user_id=user_id, made_at__gt=clock.now() - KEPT)
    return made.first()


def tidy() -> int:
    """Delete what is older than a day: rows with their files, and files without a row."""
    over = Export.objects.filter(asked_at__lte=clock.now() - KEPT)
    gone = over.count()
    _delete(over.exclude(file="").values_list("file", flat=True))
    over.delete()
    kept = set(Export.objects.values_list("file", flat=True))
    if default_storage.exists(FOLDER):
        _, names = default_storage.listdir(FOLDER)
        _delete(f"{FOLDER}/{name}" for name in names if f"{FOLDER}/{name}" not in kept)
    return gone


def _delete(names: Iterable[str]) -> None:
    for name in names:
        if _old(name):
            default_storage.delete(name)


def _old(name: str) -> bool:
    """A file a worker is just writing has no row yet."""
    try:
        return default_storage.get_modified_time(name) <= clock.now() - timedelta(hours=1)
    except OSError:
        return False


def _size(name: str) -> int:
    return default_storage.size(name) if default_storage.exists(name) else 0


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, bytes | memoryview):
        return None
    if isinstance(value, UUID | Path):
        return str(value)
    return str(value)
