"""`make test` and `make lint`: linters, a browser for the journeys, then pytest."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tuangou.bootstrap import apt_install
from tuangou.dev.places import IS_ROOT, ROOT, Refused, say
from tuangou.dev.stack import stoppable, temporary

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chromium-headless-shell")
FONTS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")
CJK = ("NotoSansCJK", "NotoSerifCJK", "wqy-", "SourceHanSans", "PingFang", "DroidSansFallback")
IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}
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
    """Debian's names of what the browser tests lack."""
    missing = [] if find_browser() else ["chromium"]
    return missing if has_cjk_font() else [*missing, "fonts-noto-cjk"]


def provide_browser() -> None:
    """Install what is missing where we may. In CI a missing browser is a failure, not a skip."""
    missing = missing_for_journeys()
    if missing and IS_ROOT and shutil.which("apt-get"):
        say(f"Installing {' and '.join(missing)} …")
        apt_install(missing)
        missing = missing_for_journeys()
    if missing:
        packages = " ".join(missing)
        sentence = f"The browser tests need: apt-get install --no-install-recommends {packages}"
        if IN_CI:
            raise Refused(sentence)
        say(sentence + " (they are skipped until then).")


def browser_environment(env: Mapping[str, str]) -> dict[str, str]:
    return {**env, "CHROMIUM": find_browser()}


def pytest(args: Sequence[str], env: Mapping[str, str]) -> int:
    """pytest's own exit status. Signals are handed on to it and it is waited for."""
    argv = [sys.executable, "-m", "pytest", *args]
    child = subprocess.Popen(argv, cwd=ROOT, env=dict(env))
    try:
        return child.wait()
    except BaseException:
        child.send_signal(signal.SIGINT)
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            child.kill()
        raise


def coverage_args(args: Sequence[str]) -> list[str]:
    """A whole run also measures the services' branches, as pyproject.toml asks."""
    whole = not args and any(ROOT.glob("*/services/*.py"))
    return ["--cov", "--cov-branch", "--cov-report=term"] if whole else []


def suite(args: Sequence[str], *, with_linters: bool, durable: bool = False) -> int:
    """pytest on engines of its own; with the linters before it. Non-zero when either fails."""
    if with_linters:
        provide_browser()
    with stoppable(), temporary(durable=durable) as engines:
        env = browser_environment(engines.environment())
        failed = lint(env) if with_linters else []
        if failed:
            say(f"Linters that failed: {', '.join(failed)}. The tests run all the same.")
        status = pytest([*coverage_args(args), *args] if with_linters else args, env)
    if failed:
        say(f"Failed besides the tests' own result: {', '.join(failed)}.")
    return status or (1 if failed else 0)
