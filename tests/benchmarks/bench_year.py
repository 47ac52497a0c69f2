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
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "manage.py", "load_year", YEAR, "--group", "bench"],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    yield "year_seconds", time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    yield "year_peak_mib", peak / 1024
