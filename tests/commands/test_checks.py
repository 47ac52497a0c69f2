"""`make test`: what fails must fail, and a missing browser may not pass for a skip in CI."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from tuangou.dev import checks
from tuangou.dev.places import Refused


@contextmanager
def no_engines(**_options: object) -> Iterator[SimpleNamespace]:
    yield SimpleNamespace(environment=dict)


@pytest.fixture
def outcome(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    told = SimpleNamespace(failed=[], status=0, args=None, beside=None, measured=None)

    def pytest_stub(
        args: list[str], _env: dict[str, str], *, beside: list[list[str]], measured: list[list[str]]
    ) -> int:
        told.args, told.beside, told.measured = args, beside, measured
        return int(told.status)

    monkeypatch.setattr(checks, "temporary", no_engines)
    monkeypatch.setattr(checks, "provide_browser", lambda: None)
    monkeypatch.setattr(checks, "lint", lambda _env: told.failed)
    monkeypatch.setattr(checks, "pytest", pytest_stub)
    return told


@pytest.mark.parametrize(
    ("failed", "status", "expected"),
    [([], 0, 0), (["mypy"], 0, 1), ([], 1, 1), (["mypy"], 2, 2), ([], 5, 5)],
)
def test_tests_and_linters_both_count(
    outcome: SimpleNamespace, failed: list[str], status: int, expected: int
) -> None:
    outcome.failed, outcome.status = failed, status
    assert checks.suite([], with_linters=True) == expected


def test_arguments_reach_pytest_alone(outcome: SimpleNamespace) -> None:
    checks.suite(["tests/commands", "-x"], with_linters=True)
    assert outcome.args == ["tests/commands", "-x"]
    assert outcome.beside == []


def test_a_whole_run_measures_the_services(outcome: SimpleNamespace) -> None:
    checks.suite([], with_linters=True)
    apps = {"groups", "merchants", "orders", "reputation"}
    assert {folder for run in outcome.measured for folder in run} == {f"{a}/services" for a in apps}
    for run, args in zip(outcome.measured, [outcome.args, *outcome.beside], strict=False):
        for folder in run:  # the tests of an app are in the run that measures it
            tests = f"tests/{folder.partition('/')[0]}"
            assert tests in args or (args is outcome.args and f"--ignore={tests}" not in args)


def test_a_run_of_some_tests_measures_nothing(outcome: SimpleNamespace) -> None:
    checks.suite(["tests/commands"], with_linters=True)
    assert not outcome.measured


def test_a_whole_run_leaves_no_folder_out(outcome: SimpleNamespace) -> None:
    checks.suite([], with_linters=True)
    assert len(outcome.beside) >= 2
    left_out = [arg.removeprefix("--ignore=") for arg in outcome.args if "--ignore=" in arg]
    beside = [arg for group in outcome.beside for arg in group if not arg.startswith("-")]
    assert sorted(left_out) == sorted(set(beside)) == sorted(beside)


PLAIN = ["-q", "-p", "no:cacheprovider", "-c", "/dev/null"]
ALONE = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # pytest, and none of what it carries


@pytest.mark.parametrize("failing", ["first", "beside", "third", "none"])
def test_every_part_counts(failing: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for name in ("first", "beside", "third"):
        told = f"assert {name != failing}, 'it was {name}'"
        (tmp_path / f"test_{name}.py").write_text(f"def test_it():\n    {told}\n")
    first, *beside = (
        [*PLAIN, str(tmp_path / f"test_{name}.py")] for name in ("first", "beside", "third")
    )
    status = checks.pytest(first, ALONE, beside=beside)
    said = capfd.readouterr().out
    assert (status != 0) is (failing != "none")
    assert said.count(" passed") == (3 if failing == "none" else 2)
    assert f"it was {failing}" in said or failing == "none"


def test_a_part_that_was_killed_counts(tmp_path: Path) -> None:
    (tmp_path / "test_first.py").write_text("def test_it():\n    pass\n")
    killing = "import os\n\ndef test_it():\n    os.kill(os.getpid(), 9)\n"
    (tmp_path / "test_killed.py").write_text(killing)
    first, killed = ([*PLAIN, str(tmp_path / f"test_{name}.py")] for name in ("first", "killed"))
    assert checks.pytest(first, ALONE, beside=[killed]) != 0


MODULE = "def f(x):\n    if x:\n        return 1\n    return 2\n"


@pytest.mark.parametrize(
    ("tries", "passes"),
    [
        ("f(0), f(1)", True),
        ("f(1)", False),  # a branch is missing
        ("f(0), f(1), 1 / 0", False),  # all is covered, but a test fails
    ],
)
def test_too_little_coverage_fails_and_enough_hides_nothing(
    tries: str, passes: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "ROOT", tmp_path)
    (tmp_path / "app/services").mkdir(parents=True)
    (tmp_path / "app/services/f.py").write_text(MODULE)
    test = f"from app.services.f import f\n\n\ndef test_it():\n    {tries}\n"
    (tmp_path / "test_f.py").write_text(test)
    paths = {**ALONE, "PYTHONPATH": str(tmp_path)}
    status = checks.pytest([*PLAIN, "test_f.py"], paths, measured=[["app/services"]])
    assert (status == 0) is passes


def test_a_linter_that_finds_something_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    jobs = {"good": ["true"], "bad": ["sh", "-c", "echo 'x.py:1: wrong'; exit 1"]}
    monkeypatch.setattr(checks, "linters", lambda: jobs)
    assert checks.lint({"PATH": "/usr/bin:/bin"}) == ["bad"]
    said = capsys.readouterr()
    assert "x.py:1: wrong" in said.err
    assert said.out == ""


@pytest.fixture
def no_browser(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """A machine without one; installing is recorded and brings nothing."""
    installed: list[list[str]] = []
    monkeypatch.setattr(checks, "find_browser", lambda: "")
    monkeypatch.setattr(checks, "has_cjk_font", lambda: False)
    monkeypatch.setattr(checks, "apt_install", lambda packages: installed.append(packages))
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    return installed


def test_a_missing_browser_fails_in_ci(
    no_browser: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "IN_CI", True)
    with pytest.raises(Refused, match="chromium fonts-noto-cjk"):
        checks.provide_browser()


def test_root_installs_what_is_missing(
    no_browser: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "IN_CI", False)
    monkeypatch.setattr(checks, "IS_ROOT", True)
    checks.provide_browser()
    assert no_browser == [["chromium", "fonts-noto-cjk"]]


def test_others_are_told_what_to_install(
    no_browser: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(checks, "IN_CI", False)
    monkeypatch.setattr(checks, "IS_ROOT", False)
    checks.provide_browser()
    assert no_browser == []
    assert "apt-get install --no-install-recommends chromium" in capsys.readouterr().err


def test_the_suite_is_told_which_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "find_browser", lambda: "/usr/bin/chromium")
    assert checks.browser_environment({"A": "b"}) == {"A": "b", "CHROMIUM": "/usr/bin/chromium"}
