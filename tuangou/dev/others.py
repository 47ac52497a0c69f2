"""The smaller commands: manage, shell-db, bench, lint, messages, clean."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from tuangou.bootstrap import apt_install
from tuangou.dev import checks, supervisor
from tuangou.dev.engines import Postgres, Valkey
from tuangou.dev.places import IS_ROOT, MARKER, ROOT, SHARED, Places, Refused, digest, say
from tuangou.dev.stack import Engines, Locked, Stopped, stoppable, temporary

WITHOUT_DATABASE = frozenset(
    {"check", "collectstatic", "compilemessages", "diffsettings", "help", "makemessages"}
    | {"makemigrations", "migrate", "prepare_database", "restore", "showmigrations"}
    | {"sqlmigrate"}
)
CACHES = (
    *(".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".import_linter_cache"),
    *(".grimp_cache", "test-results"),
)


def manage(args: Sequence[str]) -> int:
    """manage.py against the engines that run, or against engines started for its duration."""
    with stoppable():
        places = Places.find().prepare()
        with Engines(places) as engines:
            env = engines.environment()
            named = next((word for word in args if not word.startswith("-")), "help")
            if engines.postgres and named not in WITHOUT_DATABASE:
                supervisor.prepare_database(places, env)
            status = handed_over([sys.executable, "manage.py", *args], env)
            for kept in ("media", "records"):
                places.service_account.own_tree(places.data / kept)
            return status


def handed_over(argv: Sequence[str], env: dict[str, str]) -> int:
    """Run with our terminal; a signal goes on to the child, which is waited for."""
    child = subprocess.Popen(list(argv), cwd=ROOT, env=env)
    try:
        status = child.wait()
    except Stopped as stopped:
        child.send_signal(stopped.args[0])
        try:
            child.wait(30)
        except subprocess.TimeoutExpired:
            child.kill()
        raise
    return status if status >= 0 else 128 - status


def shell_db(args: Sequence[str]) -> int:
    """psql as the owner; as the app's role with PGUSER=app in the environment."""
    with stoppable():
        places = Places.find().prepare()
        with Engines(places) as engines:
            if engines.postgres is None:
                psql = shutil.which("psql")
                if psql is None:
                    raise Refused("DATABASE_URL is set and psql is not installed.")
                url = os.environ.get("DATABASE_OWNER_URL") or os.environ["DATABASE_URL"]
                return handed_over([psql, url, *args], dict(os.environ))
            role = "app" if os.environ.get("PGUSER") == "app" else "owner"
            env = {**os.environ, **engines.postgres.psql_environment(role)}
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends a query, not the shell.
            return handed_over([str(engines.postgres.bin / "psql"), *args], env)


def lint() -> int:
    with stoppable(), temporary() as engines:
        failed = checks.lint(engines.environment())
    if failed:
        say(f"Linters that failed: {', '.join(failed)}.")
    return 1 if failed else 0


def bench(args: Sequence[str]) -> int:
    """`name=value` lines on standard output, on engines that keep what they say (fsync on)."""
    with stoppable(), temporary(durable=True) as engines:
        env = engines.environment()
        if engines.postgres is not None:
            env["PGBENCH"] = str(engines.postgres.bin / "pgbench")
            env["DATABASE_ADMIN_URL"] = engines.postgres.url("admin")
        return handed_over([sys.executable, "-m", "tests.benchmarks", *args], env)


def messages() -> int:
    """Collect the texts into the English catalogue and compile it."""
    may_install = IS_ROOT and shutil.which("apt-get")
    if not shutil.which("xgettext") and not (may_install and apt_install(["gettext"])):
        raise Refused("Collecting texts needs: apt-get install gettext")
    env = {**os.environ, "TUANGOU_DEV": "1", "PYTHONPATH": str(ROOT)}
    argv = [sys.executable, "manage.py", "makemessages", "--locale", "en", "--no-obsolete"]
    argv += ["--add-location", "file", "--ignore", ".venv", "--ignore", ".data"]
    if subprocess.run(argv, cwd=ROOT, env=env).returncode != 0:
        return 1
    polib = import_module("polib")
    for catalogue in sorted(ROOT.glob("tuangou/locale/*/LC_MESSAGES/*.po")):
        polib.pofile(str(catalogue)).save_as_mofile(str(catalogue.with_suffix(".mo")))
        say(f"Compiled {catalogue.relative_to(ROOT)}.")
    return 0


def clean() -> int:
    """Remove .venv, caches and the data folder. Refused while something uses the data."""
    remove_data(Places.find())
    for name in CACHES:
        remove(ROOT / name)
    for folder in ROOT.rglob("__pycache__"):
        if ".venv" not in folder.relative_to(ROOT).parts:
            remove(folder, quietly=True)
    if IS_ROOT:
        remove(SHARED / f"data-{digest(ROOT)}")
        for copied in SHARED.glob("engine-*/complete"):
            if copied.read_text().startswith(f"{ROOT}{os.sep}"):
                remove(copied.parent)
    remove(ROOT / ".venv")
    return 0


def remove_data(places: Places) -> None:
    """Only a folder that we made; engines a killed run left behind are ended first."""
    if not ((places.data / MARKER).exists() and places.state.is_dir()):
        return
    held = Locked(places.state / "users.lock")
    if not held.take(wait=False):
        raise Refused(f"Tuangou is running on {places.data}: stop it first.")
    supervisor.stop_leftovers(places)
    Valkey(places).stop()
    Postgres(places).stop()
    remove(places.data)


def remove(path: Path, *, quietly: bool = False) -> None:
    if not path.exists():
        return
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    if not quietly:
        say(f"Removed {path}.")
