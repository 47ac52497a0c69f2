"""Is this process up (/healthz), and may traffic come (/readyz)?"""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from datetime import UTC, datetime, timedelta
from functools import cache as remember
from pathlib import Path

import redis
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connections
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

SECONDS = 1.0
LEAST_FREE = 0.05
HEARTBEAT = "heartbeat"
HEARTBEAT_LATE = timedelta(minutes=3)

_prober = ThreadPoolExecutor(max_workers=1, thread_name_prefix="readyz")


@never_cache
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """The process answers. Nothing else is asked."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """200 when the database answers within a second, has every migration, and disk is left.

    Without broker or worker the site still takes orders: 200, but "degraded".
    """
    found = {"database": database_state(), "disk": disk_state()}
    ready = all(state == "ok" for state in found.values())
    if found["database"] != "unreachable":
        found["worker"] = worker_state()
    found["broker"] = broker_state()
    helpers = all(found.get(part) == "ok" for part in ("worker", "broker"))
    status = ("ok" if helpers else "degraded") if ready else "unready"
    return JsonResponse({"status": status} | found, status=200 if ready else 503)


def database_state() -> str:
    """ "ok", "unreachable" or "migrations missing". Asked on a connection and a thread of its own,
    so that a database that hangs cannot hold a web thread for longer than a second."""
    probe = _prober.submit(_unapplied, _on_disk())  # reading files is none of its second
    try:
        return "migrations missing" if probe.result(SECONDS) else "ok"
    except (FutureTimeout, DatabaseError):
        probe.cancel()
        return "unreachable"


def _unapplied(wanted: frozenset[tuple[str, str]]) -> bool:
    probe = connections["default"].copy()
    try:
        with probe.cursor() as cursor:
            cursor.execute("select app, name from django_migrations")
            return not wanted <= set(cursor.fetchall())
    except DatabaseError as error:
        if "django_migrations" in str(error):
            return True  # an empty database
        raise
    finally:
        probe.close()


@remember
def _on_disk() -> frozenset[tuple[str, str]]:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return frozenset(loader.disk_migrations or ())


def disk_state() -> str:
    """ "ok", or "full" when less than 5 % is free where data are kept."""
    folder = Path(settings.DATA_DIR)
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    usage = shutil.disk_usage(folder)
    return "ok" if usage.free >= usage.total * LEAST_FREE else "full"


def broker_state() -> str:
    """ "ok" or "absent". The only request that speaks to the broker, for 0.3 s at most."""
    try:
        client = redis.Redis.from_url(
            settings.REDIS_URL, socket_connect_timeout=0.3, socket_timeout=0.3
        )
        with client:
            client.ping()
    except (redis.RedisError, OSError, ValueError):
        return "absent"
    return "ok"


def note_heartbeat() -> None:
    """Written by the beat tick when a worker runs it: beat, broker and worker all live."""
    cache.set(HEARTBEAT, datetime.now(UTC).isoformat(), timeout=None)


def worker_state() -> str:
    """ "ok", "late" after three minutes without a tick, "never" before the first."""
    try:
        last = cache.get(HEARTBEAT)
    except DatabaseError:
        return "never"
    if last is None:
        return "never"
    late = datetime.now(UTC) - datetime.fromisoformat(last) > HEARTBEAT_LATE
    return "late" if late else "ok"
