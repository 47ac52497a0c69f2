"""Backups whose parts agree, and restores that are checked (reliability B1; docs/backup.md).

A backup is a folder: database.dump (pg_dump's custom format), media/, erasures.jsonl and
manifest.json, which is written last: a folder without it is not a backup. Dump and manifest are
read from one snapshot, so they agree while people go on ordering.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections
from django.db.migrations.loader import MigrationLoader

from tuangou import __version__
from tuangou.core import personal
from tuangou.core.models import Erasure

FORMAT = 1
MANIFEST, DUMP, MEDIA, JOURNAL = "manifest.json", "database.dump", "media", "erasures.jsonl"
# Lives for minutes or days and must not come back: devices that were signed out, used codes.
NOT_KEPT = ("core_cache", "core_code", "core_export", "core_limit", "core_session", "core_sms")
NO_MEDIA = ("exports",)
OWNER = "backup"
PLAIN = (
    "set timezone = 'UTC'; set datestyle = 'ISO'; set intervalstyle = 'postgres';"
    " set bytea_output = 'hex'; set extra_float_digits = 1; set statement_timeout = 0"
)

Manifest = dict[str, Any]


class Refused(Exception):
    """A backup or restore that cannot be made; the message says why and what to do."""


def backup(folder: Path) -> Manifest:
    """Make a backup in a new or empty folder; its manifest. Raises Refused."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(f"{folder} is not an empty folder: choose another name.")
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    with owner() as database, database.cursor() as cursor:
        cursor.execute("set transaction isolation level repeatable read, read only")
        cursor.execute(PLAIN)
        snapshot = said(cursor, "select pg_export_snapshot()")
        dump(folder / DUMP, snapshot, said(cursor, "show server_version_num"))
        manifest = {"format": FORMAT, "app": __version__, **measure(cursor)}
    manifest["dump"] = sha256(folder / DUMP)
    manifest["files"] = dict(copy_media(Path(settings.MEDIA_ROOT), folder / MEDIA))
    (folder / JOURNAL).write_text("".join(personal.lines(Erasure.objects.order_by("pk"))))
    manifest["journal"] = sha256(folder / JOURNAL)
    draft = folder / f"{MANIFEST}.new"
    draft.write_text(json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
    draft.rename(folder / MANIFEST)
    return manifest


def restore(folder: Path, *, replace: str = "") -> list[str]:
    """Load a backup into the database of DATABASE_OWNER_URL and MEDIA_ROOT; how they then differ
    from its manifest, nothing when all is well.

    Into an empty database and an empty folder; with `replace`, the database's own name, what is
    there is deleted first. Tables stay as the backup has them: migrating, rights and erasures are
    the command's. Raises Refused before anything is touched.
    """
    manifest = read_manifest(folder)
    check_files(folder, manifest)
    check_migrations(manifest)
    media = Path(settings.MEDIA_ROOT)
    with owner() as database, database.cursor() as cursor:
        name = said(cursor, "select current_database()")
        check_empty(cursor, name, media, replace)
        program("pg_restore", said(cursor, "show server_version_num"))
        if replace:
            empty(cursor)
    load(folder / DUMP, name)
    if media.exists():
        empty_media(media)
    if (folder / MEDIA).exists():
        shutil.copytree(folder / MEDIA, media, dirs_exist_ok=True)
    with owner() as database, database.cursor() as cursor:
        cursor.execute("set transaction isolation level repeatable read, read only")
        cursor.execute(PLAIN)
        return differences(manifest, {**measure(cursor), "files": dict(hashes(media))})


# The database


@contextmanager
def owner() -> Iterator[Any]:
    """A connection of the owner's role, of its own; what it did is committed at the end."""
    default = connections["default"]
    named = default.settings_dict | settings.OWNER_DATABASE
    wrapper = type(default)(named | {"NAME": default.settings_dict["NAME"]}, OWNER)
    database = wrapper.get_new_connection(wrapper.get_connection_params())
    try:
        with database:
            yield database
    finally:
        database.close()


def said(cursor: Any, sql: str) -> Any:
    cursor.execute(sql)
    return cursor.fetchone()[0]


def tables(cursor: Any) -> list[str]:
    cursor.execute(
        "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " where n.nspname = 'public' and c.relkind in ('r', 'p') order by 1"
    )
    return [name for (name,) in cursor.fetchall()]


def measure(cursor: Any) -> Manifest:
    """What a restored database must show again."""
    kept = [table for table in tables(cursor) if table not in NOT_KEPT]
    return {
        "created_at": said(cursor, 'select to_char(now(), \'YYYY-MM-DD"T"HH24:MI:SS"Z"\')'),
        "server": said(cursor, "show server_version"),
        "migrations": migrations(cursor),
        "last_event": said(cursor, "select coalesce(max(id), 0) from core_event"),
        "tables": {table: seal(cursor, table) for table in kept},
        "sums": {key: fen for table in kept for key, fen in sums(cursor, table)},
    }


def migrations(cursor: Any) -> list[str]:
    cursor.execute("select app || '.' || name from django_migrations order by 1")
    return [name for (name,) in cursor.fetchall()]


def seal(cursor: Any, table: str) -> dict[str, Any]:
    """How many rows, and a number that changes when any of them does, whatever their order."""
    cursor.execute(
        "select count(*),"  # noqa: S608 (a name from the catalogue)
        " coalesce(sum(('x' || substr(md5(t::text), 1, 12))::bit(48)::bigint), 0)::text"
        f' from "{table}" t'
    )
    rows, digest = cursor.fetchone()
    return {"rows": rows, "seal": digest}


def sums(cursor: Any, table: str) -> Iterator[tuple[str, int]]:
    """Every amount in fen, added up; the book by kind of account."""
    cursor.execute(
        "select column_name from information_schema.columns"
        " where table_schema = 'public' and table_name = %s order by 1",
        [table],
    )
    columns = [name for (name,) in cursor.fetchall()]
    kind = "account" if "account" in columns else "''"
    for column in columns:
        if column.endswith("_fen"):
            cursor.execute(
                f'select {kind}, coalesce(sum("{column}"), 0)::bigint from "{table}"'  # noqa: S608
                " group by 1 order by 1"
            )
            for name, fen in cursor.fetchall():
                yield ".".join(filter(None, (table, column, name))), fen


def program(name: str, server: str) -> str:
    """Where pg_dump or pg_restore is: PG_BIN, else PATH; not older than the server."""
    found = shutil.which(name, path=os.environ.get("PG_BIN") or None)
    if found is None:
        raise Refused(f"{name} is not here: install PostgreSQL's client, or set PG_BIN.")
    shown = subprocess.run([found, "--version"], capture_output=True, text=True, check=True)
    version = re.search(r"(\d+)", shown.stdout)
    if version is None or int(version[1]) < int(server) // 10_000:
        raise Refused(
            f"{found} is of version {version and version[1]}, the server of "
            f"{int(server) // 10_000}: install the client of the server's version."
        )
    return found


def environment() -> dict[str, str]:
    """Where libpq finds the owner's database; the password on no command line."""
    given = settings.OWNER_DATABASE
    named = {
        "PGHOST": given["HOST"],
        "PGPORT": given["PORT"],
        "PGUSER": given["USER"],
        "PGPASSWORD": given["PASSWORD"],
        "PGSSLMODE": given["OPTIONS"].get("sslmode", ""),
        "PGSSLROOTCERT": given["OPTIONS"].get("sslrootcert", ""),
    }
    return os.environ | {name: str(value) for name, value in named.items() if value}


def dump(target: Path, snapshot: str, server: str) -> None:
    argv = [program("pg_dump", server), "--format=custom", f"--snapshot={snapshot}"]
    argv += [f"--exclude-table-data={table}" for table in NOT_KEPT]
    run([*argv, f"--file={target}", connections.settings["default"]["NAME"]])


def load(source: Path, name: str) -> None:
    """Ours are the owner and the rights, whatever they were called where the backup was made."""
    argv = [found("pg_restore"), "--no-owner", "--no-privileges", "--single-transaction"]
    run([*argv, "--exit-on-error", f"--dbname={name}", str(source)])


def found(name: str) -> str:
    return shutil.which(name, path=os.environ.get("PG_BIN") or None) or name


def run(argv: list[str]) -> None:
    done = subprocess.run(argv, env=environment(), capture_output=True, text=True)
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip()] or ["no reason given"]
        raise Refused(f"{Path(argv[0]).name} failed: {lines[0]}")


def empty(cursor: Any) -> None:
    """Delete everything of ours: tables with their sequences and triggers, then functions."""
    for table in tables(cursor):
        cursor.execute(f'drop table "{table}" cascade')
    cursor.execute(
        "select p.oid::regprocedure::text from pg_proc p"
        " join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'public'"
        " and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')"
    )
    for (function,) in cursor.fetchall():
        cursor.execute(f"drop function {function} cascade")


# Files


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hashes(top: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(top.rglob("*")) if top.exists() else ():
        name = path.relative_to(top).as_posix()
        if path.is_file() and name.split("/")[0] not in NO_MEDIA:
            with suppress(FileNotFoundError):  # an erased person's photo goes this moment
                yield name, sha256(path)


def copy_media(source: Path, target: Path) -> Iterator[tuple[str, str]]:
    """Each file that is still there when it is its turn, and its hash."""
    for name, _digest in hashes(source):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            shutil.copy2(source / name, target / name)
            yield name, sha256(target / name)


def empty_media(top: Path) -> None:
    """What is in it, not the folder itself, which may be a mounted volume."""
    for path in top.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


# Checks


def read_manifest(folder: Path) -> Manifest:
    try:
        manifest: Manifest = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError) as error:
        raise Refused(f"{folder} holds no finished backup: {MANIFEST} cannot be read.") from error
    if manifest.get("format") != FORMAT:
        raise Refused(f"{folder} is of format {manifest.get('format')}; this code reads {FORMAT}.")
    return manifest


def check_files(folder: Path, manifest: Manifest) -> None:
    """Nothing is loaded of a backup that was damaged on its way."""
    wanted = {DUMP: manifest["dump"], JOURNAL: manifest["journal"]}
    wanted |= {f"{MEDIA}/{name}": digest for name, digest in manifest["files"].items()}
    for name, digest in wanted.items():
        if not (folder / name).is_file() or sha256(folder / name) != digest:
            raise Refused(f"{folder / name} is missing or damaged: its SHA-256 is not {digest}.")


def check_migrations(manifest: Manifest) -> None:
    known = {".".join(key) for key in MigrationLoader(None).disk_migrations}
    if unknown := sorted(set(manifest["migrations"]) - known):
        raise Refused(
            f"The backup was made by newer code (version {manifest['app']}, migration "
            f"{unknown[0]}): install that version first."
        )


def check_empty(cursor: Any, name: str, media: Path, replace: str) -> None:
    if replace and replace != name:
        raise Refused(f"The database is called {name}, not {replace}: nothing was touched.")
    if replace:
        return
    if tables(cursor):
        raise Refused(
            f"The database {name} is not empty. To delete what is in it: --replace {name}"
        )
    if media.exists() and any(media.iterdir()):
        raise Refused(f"{media} is not empty. To delete what is in it: --replace {name}")


def differences(wanted: Manifest, got: Manifest) -> list[str]:
    """Every count, sum, seal and file that is not as the manifest says, one sentence each."""
    found = []
    for part in ("tables", "sums", "files"):
        for key in sorted({*wanted[part], *got[part]}):
            a, b = wanted[part].get(key), got[part].get(key)
            if a != b:
                found.append(f"{part}: {key} is {_shown(b)}, in the backup {_shown(a)}")
    for part in ("migrations", "last_event"):
        if wanted[part] != got[part]:
            found.append(f"{part}: not as in the backup")
    return found


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return f"{value['rows']} rows ({value['seal']})"
    return "missing" if value is None else str(value)


def journals(folder: Path, more: Iterable[Path] = ()) -> list[Path]:
    """Where erasures are written down: in the backup, beside the database, and where it is said."""
    return [path for path in (folder / JOURNAL, personal.journal(), *more) if path.is_file()]
