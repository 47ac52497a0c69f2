"""As owner of the database, with the triggers off: whatever is done to the ledger is found.

Fifty ways, drawn with a seed: a column edited, pages taken out, pages put in, two pages that change
places, proofs and tables changed under them; and the book written anew from some page on with every
hash right again, which only a seal that a member holds can tell.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from orders.services import summaries
from reputation.models import Entry, Evidence
from reputation.models.entries import hash_of
from reputation.queries.chain import Witness, export_lines, head_of, verify, witness_from
from tests.databases import owner_cursor
from tests.orders.stages import Stage, at
from tests.reputation.scenes import a_book
from tuangou.core import events

CHECKER = Path(__file__).parents[2] / "docs" / "check_ledger.py"
COLUMNS = {
    "kind": "on_time",
    "weight_milli": 777,
    "weights_version": 9,
    "evidence": "orders_round",
    "evidence_id": 1,
    "at": "2020-01-01T00:00:00Z",
    "by_id": None,
    "household_no": 44,
    "round_id": None,
    "digest": "f" * 64,
    "hash": "e" * 64,
    "previous": "d" * 64,
}
Damage = Callable[[Any, random.Random, int], set[int]]


@pytest.fixture
def book(transactional_db: None) -> Stage:
    """Twenty-five pages, one of which seals a month."""
    stage = a_book()
    stage.confirm()
    with at(stage.start + timedelta(days=40)):
        summaries.publish_due(group_id=stage.group.pk)
    events.drain(stage.group.pk)
    return stage


def edit(cursor: Any, rng: random.Random, pages: int) -> set[int]:
    """One column of one page says something else."""
    number = rng.randint(1, pages)
    while True:
        column = rng.choice(sorted(COLUMNS))
        cursor.execute(
            f"update reputation_entry set {column} = %s where number = %s and {column}"
            " is distinct from %s",
            [COLUMNS[column], number, COLUMNS[column]],
        )
        if cursor.rowcount:
            return {number}


def delete(cursor: Any, rng: random.Random, pages: int) -> set[int]:
    """Some pages in a row are taken out, the last ones too."""
    first = rng.randint(1, pages)
    last = min(first + rng.randint(0, 3), pages)
    cursor.execute("delete from reputation_entry where number between %s and %s", [first, last])
    return {first}


def cut_off(cursor: Any, rng: random.Random, pages: int) -> set[int]:
    """The last pages are taken out and the book turned back: only a seal of them can tell."""
    last = rng.randint(1, pages - 1)
    cursor.execute("delete from reputation_entry where number > %s", [last])
    cursor.execute(
        "update reputation_book set pages = %s, head ="
        " (select hash from reputation_entry where number = %s)",
        [last, last],
    )
    return {pages}


def insert(cursor: Any, rng: random.Random, pages: int) -> set[int]:
    """A page is put in, the later ones numbered on; its own hash is right."""
    number = rng.randint(1, pages)
    cursor.execute("alter table reputation_entry drop constraint entry_number_unique")
    cursor.execute("update reputation_entry set number = number + 1 where number >= %s", [number])
    put_in(cursor, number, source=number + 1)
    cursor.execute(
        "alter table reputation_entry add constraint entry_number_unique unique (group_id, number)"
    )
    return {number, number + 1}


def add(cursor: Any, rng: random.Random, pages: int) -> set[int]:
    """A page is put in at the end that follows the last one; the book does not know of it."""
    put_in(cursor, pages + 1, source=rng.randint(1, pages))
    return {pages + 1}


def put_in(cursor: Any, number: int, *, source: int) -> None:
    """A copy of a page with another proof, sealed as if it followed the page before it."""
    cursor.execute(
        "insert into reputation_entry (group_id, number, subject, merchant_id, mandate_id,"
        " member_id, kind, weight_milli, weights_version, evidence, evidence_id, digest, at,"
        " previous, hash) select group_id, %s, subject, merchant_id, mandate_id, member_id, kind,"
        " weight_milli, 7, 'orders_round', %s, digest, at, coalesce((select hash from"
        " reputation_entry where number = %s), repeat('0', 64)), hash from reputation_entry"
        " where number = %s",
        [number, 900_000 + number, number - 1, source],
    )


def swap(cursor: Any, rng: random.Random, pages: int) -> set[int]:
    """Two pages change places."""
    first, second = sorted(rng.sample(range(1, pages + 1), 2))
    cursor.execute("alter table reputation_entry drop constraint entry_number_unique")
    cursor.execute(
        "update reputation_entry set number = %s - number where number in (%s, %s)",
        [first + second, first, second],
    )
    cursor.execute(
        "alter table reputation_entry add constraint entry_number_unique unique (group_id, number)"
    )
    return {first, second}


def turn_back(cursor: Any, rng: random.Random, pages: int) -> set[int]:
    """The book says it ended earlier."""
    cursor.execute("update reputation_book set pages = pages - %s", [rng.randint(1, 5)])
    return set()


def no_proof(cursor: Any, rng: random.Random, pages: int) -> set[int]:
    """The table whose hash was sealed is gone."""
    cursor.execute("delete from orders_publishedsummary")
    return {pages}


def restate(cursor: Any, rng: random.Random, pages: int) -> set[int]:
    """The money of a published month is edited under its seal."""
    cursor.execute(
        "update orders_publishedsummary set figures = jsonb_set(figures, '{sales_fen}', '1')"
    )
    return {pages}


def rewrite(cursor: Any, rng: random.Random, pages: int) -> set[int]:
    """One page says something else, and it and all after it are sealed anew, the book too."""
    number = rng.randint(1, pages - 1)
    cursor.execute(
        "update reputation_entry set weight_milli = weight_milli - 55 where number = %s", [number]
    )
    seal_anew(cursor, number)
    return {pages}


def seal_anew(cursor: Any, number: int) -> None:
    """What somebody who knows the rule does. Reads through the cursor: nothing is committed yet."""
    cursor.execute("select hash from reputation_entry where number = %s", [number - 1])
    before = cursor.fetchone()
    previous = before[0] if before else "0" * 64
    cursor.execute(
        "select group_id, number, subject, coalesce(merchant_id, mandate_id, member_id, group_id),"
        " kind, weight_milli, weights_version, evidence, evidence_id, digest, round_id,"
        " household_no, by_id, to_char(at at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'),"
        " corrects, repairs from reputation_entry where number >= %s order by number",
        [number],
    )
    names = json.loads(next(export_lines(Entry.objects.all()[0].group_id)))
    names = [name for name in names if name not in ("previous", "hash")]
    for row in cursor.fetchall():
        said = dict(zip(names, row, strict=True)) | {"previous": previous}
        sealed = hash_of(said)
        cursor.execute(
            "update reputation_entry set previous = %s, hash = %s where number = %s",
            [previous, sealed, said["number"]],
        )
        previous = sealed
    cursor.execute("update reputation_book set head = %s", [previous])


BY_ITSELF: list[Damage] = [edit, edit, delete, insert, add, swap, turn_back, no_proof, restate]
BY_A_SEAL: list[Damage] = [rewrite, cut_off]


def test_fifty_ways_are_found_and_named(book):
    """Each way is done, looked for, and undone again from a copy."""
    group_id = book.group.pk
    head = head_of(group_id)
    assert head is not None
    held = [Witness(entry.number, entry.seal) for entry in Entry.objects.order_by("number")]
    assert verify(group_id, held) == []
    ways = [*BY_ITSELF * 4, *BY_A_SEAL * 7]
    assert len(ways) == 50
    with owner_cursor() as cursor:
        for table in KEPT:
            cursor.execute(f"create table kept_{table} as select * from {table}")
            cursor.execute(f"alter table {table} disable trigger user")
        cursor.execute("alter table reputation_entry drop constraint entry_once_per_evidence")
        for seed, way in enumerate(ways):
            wanted = way(cursor, random.Random(seed), head.pages)
            alone = verify(group_id)
            with_seal = verify(group_id, held[-1:])
            what = f"{way.__name__} {seed}: {alone}"
            if way in BY_A_SEAL:
                assert alone == [], what
                assert wanted <= {finding.number for finding in with_seal}, what
            else:
                assert alone, what
                assert wanted <= {finding.number for finding in alone}, what
                assert way is edit or all(str(finding) for finding in alone)
            put_back(cursor)
            assert verify(group_id, held) == [], what


KEPT = ("orders_publishedsummary", "reputation_book", "reputation_entry")


def put_back(cursor: Any) -> None:
    for table in reversed(KEPT):
        cursor.execute(f"delete from {table}")
    for table in KEPT:
        columns = "*"
        cursor.execute(f"insert into {table} select {columns} from kept_{table}")


# What members and operators do


def run(*args: str) -> str:
    out = StringIO()
    call_command("verify_ledger", *args, stdout=out, stderr=out)
    return out.getvalue()


def test_the_command_says_page_and_seal_and_takes_one(book):
    slug, head = book.group.slug, head_of(book.group.pk)
    assert head is not None
    words = f"{slug}: page {head.pages}, seal {head.seal}. Nothing was changed.\n"
    assert run() == run("--group", slug) == words
    first = Entry.objects.get(number=1).seal
    assert run("--group", slug, "--seal", f"1 {first}", "--seal", f"25 {head.seal}") == words
    with pytest.raises(CommandError, match="1 findings"):
        run("--group", slug, "--seal", f"2 {first}")
    for wrong in (["--seal", f"1 {first}"], ["--group", "nobody"],
                  ["--group", slug, "--seal", "1 iiii-llll"]):  # fmt: skip
        with pytest.raises(CommandError):
            run(*wrong)


def test_a_seal_is_read_as_people_copy_it():
    assert witness_from(" 12 ABCD-1234\n") == Witness(12, "abcd-1234")
    assert witness_from("12，abcd-1234") is None
    assert witness_from("12: abcd-1234") == Witness(12, "abcd-1234")
    assert witness_from("abcd-1234") is None


def check(path: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", str(CHECKER), str(path), *args],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_checker_needs_only_the_export(book, tmp_path):
    """It finds what was changed, and computes the standing that the app shows."""
    stage, export = book, tmp_path / "ledger.jsonl"
    lines = list(export_lines(stage.group.pk))
    export.write_text("".join(lines), encoding="ascii")
    head = head_of(stage.group.pk)
    assert head is not None
    done = check(export, "--seal", f"{head.pages} {head.seal}")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"page {head.pages}, seal {head.seal}: nothing was changed" in done.stdout
    copied = check(export, "--seal", f"{head.pages}, {head.seal.upper()}")
    assert (copied.returncode, copied.stderr) == (0, "")
    nonsense = check(export, "--seal", head.seal)
    assert nonsense.stderr.endswith(f"invalid witness value: '{head.seal}'\n")
    anywhere = check(export, "--at", "2026-01-31T16:00:00")
    assert anywhere.stderr.endswith("invalid moment value: '2026-01-31T16:00:00'\n")
    changed = [json.loads(line) for line in lines]
    changed[4]["weight"] = 5
    export.write_text("\n".join(map(json.dumps, changed)), encoding="ascii")
    assert check(export).stdout.startswith("page 5 was changed\n")
    export.write_text("".join(lines[:-2]), encoding="ascii")
    found = check(export, "--seal", f"{head.pages} {head.seal}")
    assert (found.returncode, found.stdout.splitlines()[0]) == (
        1,
        f"page {head.pages} is missing, whose seal {head.seal} somebody holds",
    )
    assert Evidence.SUMMARY in lines[-1]
