"""One core for the loader and its database session, which take turns and never work together."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.db import connection


@contextmanager
def on_one_core() -> Iterator[None]:
    """Keep this thread and the process of its database session on the core it runs on now.

    A year asks some half a million short questions one after the other; on two cores each of them
    wakes one that sleeps, which takes longer than the answer. The other cores stay free for who
    reads pages meanwhile. Nothing happens where the session is no process of this machine, or is
    not ours to move.
    """
    moved: list[tuple[int, set[int]]] = []
    session = session_process()
    try:
        if sys.platform == "linux" and session is not None:
            core = {_core_of_now()}
            for process in (session, 0):
                with suppress(OSError):
                    before = os.sched_getaffinity(process)
                    os.sched_setaffinity(process, core & before or before)
                    moved.append((process, before))
        yield
    finally:
        if sys.platform == "linux":
            for process, before in moved:
                with suppress(OSError):
                    os.sched_setaffinity(process, before)


def session_process() -> int | None:
    """The server process of our session when it runs here: its title names our end of the wire."""
    connection.ensure_connection()
    info = connection.connection.info
    with suppress(OSError), socket.socket(fileno=os.dup(info.socket)) as end:
        title = Path(f"/proc/{info.backend_pid}/cmdline").read_bytes()
        of_tcp = end.family in {socket.AF_INET, socket.AF_INET6}
        if of_tcp and f"({end.getsockname()[1]})".encode() in title:
            return int(info.backend_pid)
    return None


def _core_of_now() -> int:
    """Where this thread runs: the 39th field of its line in /proc, counted past its name."""
    line = Path("/proc/thread-self/stat").read_text()
    return int(line.rpartition(")")[2].split()[36])
