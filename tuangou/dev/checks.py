"""`make test` and `make lint`: linters, a browser for the journeys, then pytest."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import zip_longest
from pathlib import Path

from tuangou.bootstrap import apt_install
from tuangou.dev.places import IS_ROOT, ROOT, Refused, say
from tuangou.dev.stack import lasting, stoppable, temporary

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chromium-headless-shell")
FONTS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")
CJK = ("NotoSansCJK", "NotoSerifCJK", "wqy-", "SourceHanSans", "PingFang", "DroidSansFallback")
IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}
# the other apps, what waits for browsers or reads pages, what waits for processes and brokers; what
# stands in none of them is the first run
BESIDE = (
    (
        *("tests/groups", "tests/merchants", "tests/reputation", "tests/test_subscriptions.py"),
        *("tests/test_architecture.py", "tests/test_tables.py", "tests/test_translations.py"),
        *("tests/test_permissions.py", "tests/test_fields.py", "tests/test_faults.py"),
        *("tests/orders/test_load_year.py", "tests/orders/test_lists_of_the_year.py"),
    ),
    (*("tests/journeys", "tests/standards", "tests/js", "tests/orders/test_lists.py"),),
    (
        *("tests/commands", "tests/orders/races", "tests/api", "tests/core"),
        *("tests/test_api_permissions.py", "tests/test_migrations.py"),
    ),
)
FIRST_APP = "orders"  # whose tests are the first run; those of the others are beside it
LEAST_COVERAGE = 95  # percent of the services' lines and branches
APPS = ("tuangou", "groups", "merchants", "orders", "reputation")


def linters() -> dict[str, list[str]]:
    """By name; each is quiet and quick to say where it hurts."""
    python = sys.executable
    bin_folder = Path(python).parent
    jobs = {
        "mypy": [python, "-m", "mypy", "--no-error-summary"],
        "ruff check": [python, "-m", "ruff", "check", "--quiet", "."],
        "ruff format": [python, "-m", "ruff", "format", "--check", "--quiet", "."],
        "import-linter": [str(bin_folder / "lint-imports"), "--no-logo"],
        "migrations": [python, "manage.py", "makemigrations", "--check", "--dry-run"],
    }
    if any((ROOT / "templates").rglob("*.html")):
        jobs["djlint"] = [python, "-m", "djlint", "--lint", "--quiet", "templates"]
    return jobs


def lint(env: Mapping[str, str]) -> list[str]:
    """Names of the linters that found something; what they found is printed."""

    def one(job: tuple[str, list[str]]) -> tuple[str, float, subprocess.CompletedProcess[str]]:
        begun = time.monotonic()
        done = subprocess.run(
            job[1],
            cwd=ROOT,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return job[0], time.monotonic() - begun, done

    failed = []
    with ThreadPoolExecutor(2) as pool:
        for name, seconds, done in pool.map(one, linters().items()):
            if done.returncode != 0:
                failed.append(name)
                say(f"{name}: failed after {seconds:.1f} s\n{done.stdout.strip()}")
            else:
                say(f"{name}: fine ({seconds:.1f} s)")
    return failed


def find_browser() -> str:
    """CHROMIUM, else what is installed; '' for none."""
    chosen = os.environ.get("CHROMIUM")
    if chosen:
        return chosen if os.access(chosen, os.X_OK) else ""
    return next(filter(None, map(shutil.which, BROWSERS)), "")


def has_cjk_font() -> bool:
    folders = [Path(folder).expanduser() for folder in FONTS]
    if sys.platform == "darwin":
        return True
    return any(
        name in file.name
        for folder in folders
        if folder.is_dir()
        for file in folder.rglob("*.tt[cf]")
        for name in CJK
    )


def missing_for_journeys() -> list[str]:
    """Debian's names of what the browser tests, and the tests that read PDFs back, lack."""
    there = {
        "chromium": find_browser(),
        "fonts-noto-cjk": has_cjk_font(),
        "poppler-utils": shutil.which("pdftotext"),
    }
    return [package for package, found in there.items() if not found]


def provide_browser() -> None:
    """Install what is missing where we may. In CI a missing browser is a failure, not a skip."""
    missing = missing_for_journeys()
    if missing and IS_ROOT and shutil.which("apt-get"):
        say(f"Installing {' and '.join(missing)} …")
        apt_install(missing)
        missing = missing_for_journeys()
    if missing:
        packages = " ".join(missing)
        sentence = f"The tests need: apt-get install --no-install-recommends {packages}"
        if IN_CI:
            raise Refused(sentence)
        say(sentence + " (those of pages and PDFs are skipped until then).")


def browser_environment(env: Mapping[str, str]) -> dict[str, str]:
    return {**env, "CHROMIUM": find_browser()}


def pytest(
    args: Sequence[str],
    env: Mapping[str, str],
    *,
    beside: Sequence[Sequence[str]] = (),
    measured: Sequence[Sequence[str]] = (),
) -> int:
    """pytest's own exit status, the worst of all where other runs go on `beside` the first; their
    output is shown when the first has ended. Signals are handed on and all are waited for.
    `measured`: folders whose lines and branches each run has to cover, in the order of the runs."""
    commands = [
        [sys.executable, *_measuring(folders), "-m", "pytest", *each]
        for each, folders in zip_longest([args, *beside], measured, fillvalue=())
    ]
    with ExitStack() as stack:
        kept = [stack.enter_context(tempfile.TemporaryFile()) for _ in beside]
        children = [
            subprocess.Popen(command, cwd=ROOT, env=dict(env), stdout=out, stderr=out)
            for command, out in zip(commands, [None, *kept], strict=True)
        ]
        try:
            statuses = [child.wait() for child in children]
        except BaseException:
            for child in children:
                child.send_signal(signal.SIGINT)
            for child in children:
                try:
                    child.wait(20)
                except subprocess.TimeoutExpired:
                    child.kill()
            raise
        for out in kept:
            out.seek(0)
            sys.stdout.write(out.read().decode(errors="replace"))
        sys.stdout.flush()
    return max(statuses, key=abs)


def _measuring(folders: Sequence[str]) -> list[str]:
    """Coverage that costs next to nothing: the code reports once, then runs as it is."""
    if not folders:
        return []
    # it cannot measure the tests' own rewritten files and says so; nobody asks it to
    quiet = ["-W", "ignore:Unable to activate pytest branch coverage:RuntimeWarning"]
    limits = ["--branch", "--skip-covered", "--fail-under", str(LEAST_COVERAGE)]
    return [*quiet, "-m", "slipcover", *limits, "--source", ",".join(folders)]


def halves(args: Sequence[str]) -> tuple[list[str], list[list[str]]]:
    """A whole run goes side by side, as processes with databases of their own: a test and its
    database take turns, so more of them than cores keep the cores at work."""
    if args:
        return list(args), []
    slowest = "--durations=15"
    waiting = [[each for each in group if (ROOT / each).exists()] for group in BESIDE]
    left_out = [f"--ignore={each}" for group in waiting for each in group]
    return [slowest, *left_out], [[*group, slowest] for group in waiting if group]


def services() -> list[list[str]]:
    """Whose services the first run covers, and those of the run after it: an app's own tests."""
    found = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("*/services"))
    first = f"{FIRST_APP}/services"
    return [[first], [folder for folder in found if folder != first]]


def some(args: Sequence[str]) -> int:
    """pytest alone, on engines that stay warm: the development loop."""
    with stoppable(), lasting() as engines:
        return pytest(args, browser_environment(engines.environment()))


def suite(args: Sequence[str], *, with_linters: bool, durable: bool = False) -> int:
    """pytest on engines of its own; the linters go beside it. Non-zero when either fails."""
    if with_linters:
        provide_browser()
    with stoppable(), temporary(durable=durable) as engines, ThreadPoolExecutor(1) as pool:
        env = browser_environment(engines.environment())
        linting = pool.submit(lint, env) if with_linters else None
        first, beside = halves(args) if with_linters else (list(args), [])
        status = pytest(first, env, beside=beside, measured=services() if beside else ())
        failed = linting.result() if linting else []
    if failed:
        say(f"Failed besides the tests' own result: {', '.join(failed)}.")
    return status or (1 if failed else 0)
