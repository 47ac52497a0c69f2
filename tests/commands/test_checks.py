"""`make test`: what fails must fail, and a missing browser may not pass for a skip in CI."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from tuangou.dev import checks
from tuangou.dev.places import Refused


@contextmanager
def no_engines(**_options: object) -> Iterator[SimpleNamespace]:
    yield SimpleNamespace(environment=dict)


@pytest.fixture
def outcome(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    told = SimpleNamespace(failed=[], status=0, args=None)

    def pytest_stub(args: list[str], _env: dict[str, str]) -> int:
        told.args = args
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


def test_a_whole_run_measures_the_services(
    outcome: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks.suite([], with_linters=True)
    assert "--cov" in outcome.args


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
