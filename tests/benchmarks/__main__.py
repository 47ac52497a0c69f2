"""`make bench [ARGS="limit …"]`: every bench_NAME.py beside this, as `name=value` lines.

A bench module has `measure() -> Iterator[tuple[str, float]]`. Nothing is asserted: the numbers are
read as ratios of one run on one machine.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).parent


def main(chosen: Sequence[str]) -> int:
    names = sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))
    unknown = set(chosen) - set(names)
    if unknown:
        sys.stderr.write(f"No such bench: {', '.join(sorted(unknown))}; there are {names}.\n")
        return 2
    for name in names:
        if not chosen or name in chosen:
            sys.stderr.write(f"Measuring {name} …\n")
            for key, value in import_module(f"tests.benchmarks.bench_{name}").measure():
                sys.stdout.write(f"{key}={value:.6g}\n")
                sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
