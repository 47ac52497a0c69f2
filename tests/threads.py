"""Several callers at once, each with a connection of its own. For tests that commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Barrier, Thread
from typing import Any

from django.db import connection, connections

PATIENCE = 60.0
# how long a service waits is not what these tests ask, and many in line take long on a slow machine
WAITING = (
    "set lock_timeout = '60s'; set statement_timeout = '60s';"
    " set idle_in_transaction_session_timeout = '120s'"
)


def together(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Start all at the same moment; results in the order of `calls`, a raised exception as itself.
    A caller that never returns fails the test instead of hanging it."""
    barrier = Barrier(len(calls))
    results: list[Any] = [TimeoutError("never returned")] * len(calls)

    def run(position: int, call: Callable[[], Any]) -> None:
        try:
            with connection.cursor() as cursor:  # else the first is done before the last connected
                cursor.execute(WAITING)
            barrier.wait(PATIENCE)
            results[position] = call()
        except Exception as error:
            results[position] = error
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=pair, daemon=True) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    return results
