"""The yardstick: how many orders a second this PostgreSQL writes when nothing else is done.

Needs PGBENCH (the program) and DATABASE_ADMIN_URL (a role that may make schemas), as `make bench`
sets them. Others take `orders_per_second` in turn with their own runs.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import psycopg2

LIMIT = Path(__file__).parent / "limit"
REPETITIONS = 5


def prepare() -> None:
    """Make the yardstick's schema anew."""
    connection = psycopg2.connect(os.environ["DATABASE_ADMIN_URL"])
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute((LIMIT / "schema.sql").read_text())
    finally:
        connection.close()


def orders_per_second(script: str = "spread", *, seconds: int = 5) -> float:
    """One run of pgbench with 16 clients. Raises RuntimeError with what it said."""
    argv = [os.environ["PGBENCH"], "-n", "-c", "16", "-j", "2", "-T", str(seconds)]
    argv += ["-f", str(LIMIT / f"{script}.pgbench"), os.environ["DATABASE_ADMIN_URL"]]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=seconds + 60)
    found = re.search(r"^tps = ([\d.]+)", done.stdout, re.M)
    if done.returncode != 0 or not found:
        raise RuntimeError(f"pgbench failed: {done.stderr.strip()}")
    return float(found.group(1))


def measure() -> Iterator[tuple[str, float]]:
    prepare()
    for script in ("spread", "hot"):
        runs = [orders_per_second(script, seconds=2) for _ in range(REPETITIONS)]
        yield f"limit_{script}_orders_per_second", median(runs)
