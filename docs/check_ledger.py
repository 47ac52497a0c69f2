#!/usr/bin/env python3
"""Check an exported ledger, and compute every standing from it: needs Python 3.9 and the export.

    python3 check_ledger.py ledger.jsonl [--seal "12 abcd-1234"]... [--at 2026-01-31T16:00:00Z]

Knows nothing of the app. docs/ledger.md says what it does; it says so a second time, on purpose.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

ORDER = (
    *("group", "number", "subject", "subject_id", "kind", "weight", "weights", "evidence"),
    *("evidence_id", "digest", "round", "household", "by", "at", "corrects", "repairs", "previous"),
)
NEVER = "1970-01-01T00:00:00Z"
LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
DAYS_180 = timedelta(days=180)
TELLING = {
    *("apologised", "explained", "denied", "sanctioned", "sanction_lifted", "recognised"),
    *("month_sealed", "correction"),
}


def hash_of(page: dict[str, Any]) -> str:
    said = [f"{name}={'' if page[name] is None else page[name]}\n" for name in ORDER]
    return hashlib.sha256(("tuangou-ledger/1\n" + "".join(said)).encode("ascii")).hexdigest()


def seal_of(digest: str) -> str:
    bits = f"{int(digest[:10], 16):040b}"
    letters = "".join(LETTERS[int(bits[i : i + 5], 2)] for i in range(0, 40, 5))
    return letters[:4] + "-" + letters[4:]


def faults(pages: Sequence[dict[str, Any]], seals: Sequence[tuple[int, str]]) -> Iterator[str]:
    previous = "0" * 64
    held = list(seals)
    for place, page in enumerate(pages, start=1):
        if page["number"] != place:
            yield f"page {page['number']} stands where page {place} belongs"
        if page["previous"] != previous:
            yield f"page {page['number']} does not follow the page before it"
        if "withheld" not in page and page["hash"] != hash_of(page):
            yield f"page {page['number']} was changed"
        for number, seal in [one for one in held if one[0] == page["number"]]:
            held.remove((number, seal))
            if seal != seal_of(page["hash"]):
                yield f"page {number} was rewritten: its seal is {seal_of(page['hash'])}"
        previous = page["hash"]
    for number, seal in held:
        yield f"page {number} is missing, whose seal {seal} somebody holds"


def standing(pages: Sequence[dict[str, Any]], at: datetime) -> tuple[float, float, int, str]:
    """(alpha, beta, score in basis points, band) of one subject."""
    known = [page for page in pages if moment(page["at"]) <= at]
    struck = {page["corrects"] for page in known if page["corrects"]}
    live = [p for p in known if p["number"] not in struck and p["kind"] != "correction"]
    live.sort(key=lambda p: (p["at"], p["weight"], p["kind"], p["household"] or 0))
    sums: dict[int, list[float]] = {1: [], -1: []}
    used: dict[int, list[tuple[datetime, int]]] = {}
    for page in live:
        if page["kind"] == "repaired":
            continue
        size, sign = abs(page["weight"]), 1 if page["weight"] > 0 else -1
        if page["household"] is not None:
            spent = used.setdefault(page["household"], [])
            begin = moment(page["at"]) - DAYS_180
            size = min(size, 200 - sum(milli for when, milli in spent if when > begin))
            spent.append((moment(page["at"]), size))
        size -= given_back(page, live)
        age = (at - moment(page["at"])) / DAYS_180
        sums[sign].append(size / 1000 * 2.0**-age)
    alpha, beta = 1 + math.fsum(sums[1]), 1 + math.fsum(sums[-1])
    counted = [page for page in live if page["kind"] not in {*TELLING, "repaired"}]
    recent = [page for page in counted if moment(page["at"]) > at - 2 * DAYS_180]
    return alpha, beta, round(alpha / (alpha + beta) * 10000), band(alpha, beta, len(recent))


def given_back(ruling: dict[str, Any], live: Sequence[dict[str, Any]]) -> int:
    """What remedies make good of a ruling, in thousandths: never more than it took."""
    if ruling["kind"] != "ruling" or ruling["household"] is not None:
        return 0
    remedies: list[int] = [p["weight"] for p in live if p["repairs"] == ruling["number"]]
    lost: int = max(-ruling["weight"], 0)
    return min(sum(remedies), lost)


def band(alpha: float, beta: float, n: int) -> str:
    if n < 5:
        return "new"
    if below(alpha, beta, 0.75) <= 0.1:
        return "good"
    return "fair" if below(alpha, beta, 0.55) <= 0.1 else "watch"


def below(alpha: float, beta: float, x: float) -> float:
    """How likely Beta(alpha, beta) is under x: the series 26.5.4 of Abramowitz and Stegun."""
    front = alpha * math.log(x) + beta * math.log1p(-x) - math.log(alpha)
    front -= math.lgamma(alpha) + math.lgamma(beta) - math.lgamma(alpha + beta)
    term = total = 1.0
    for n in range(100000):
        term *= (alpha + beta + n) / (alpha + 1 + n) * x
        total += term
        if term < total * 1e-16:
            break
    return math.exp(front) * total


def moment(text: str) -> datetime:
    """A moment of a page, or `--at`: with its offset from UTC, else it could be any."""
    found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if found.tzinfo is None:
        raise ValueError(text)
    return found


def witness(text: str) -> tuple[int, str]:
    """`12 abcd-1234`, as people copy it."""
    number, seal = text.lower().replace(",", " ").split()
    return int(number), seal


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def main() -> int:
    parser = argparse.ArgumentParser(description="Check an exported ledger, needing nothing else.")
    parser.add_argument("export", type=argparse.FileType("r", encoding="ascii"))
    parser.add_argument("--seal", type=witness, action="append", default=[])
    parser.add_argument("--at", type=moment)
    options = parser.parse_args()
    pages = [json.loads(line) for line in options.export if line.strip()]
    found = list(faults(pages, options.seal))
    for fault in found:
        say(fault)
    subjects: dict[tuple[str, int], list[dict[str, Any]]] = {}
    told = [page for page in pages if "withheld" not in page]
    for page in told:
        if page["subject"] in ("merchant", "mandate"):
            subjects.setdefault((page["subject"], page["subject_id"]), []).append(page)
    at: datetime = options.at or max((moment(page["at"]) for page in told), default=moment(NEVER))
    for (subject, number), about in sorted(subjects.items()):
        _, _, score, word = standing(about, at)
        say(f"{subject} {number}: {word} {score}")
    if len(told) < len(pages):
        say(f"{len(pages) - len(told)} pages are withheld: only their place was checked")
    if pages and not found:
        say(f"page {pages[-1]['number']}, seal {seal_of(pages[-1]['hash'])}: nothing was changed")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
