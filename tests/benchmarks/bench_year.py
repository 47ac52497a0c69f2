"""How long the paper's year takes to play through the services, and the memory at its peak."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Iterator

from tests.benchmarks import web

YEAR = "orders/management/year/data/table1.csv"


def measure() -> Iterator[tuple[str, float]]:
    web.set_up()
    before = _cpu_seconds()
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "manage.py", "load_year", YEAR, "--group", "bench"],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    yield "year_seconds", time.perf_counter() - started
    yield "year_python_cpu_seconds", _cpu_seconds() - before  # says more on a busy machine
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    yield "year_peak_mib", peak / 1024


def _cpu_seconds() -> float:
    """Of all children so far; those of the database's processes are not in it."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
