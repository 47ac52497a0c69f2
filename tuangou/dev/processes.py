"""Processes by id, also those an earlier, killed launcher left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

PROC = Path("/proc")
HAS_PROC = (PROC / "self" / "stat").exists()
_children: dict[int, subprocess.Popen[bytes]] = {}


def adopt_child(child: subprocess.Popen[bytes]) -> int:
    """Remember a child so that `alive` reaps it instead of seeing a zombie."""
    _children[child.pid] = child
    return child.pid


def begun(pid: int) -> str:
    """When the process started, '' for none or a zombie: with the pid, its identity."""
    if pid in _children:
        _children[pid].poll()
    if HAS_PROC:
        try:
            fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            return ""
        return "" if fields[0] in "ZX" else fields[19]
    asked = ["ps", "-o", "stat=,lstart=", "-p", str(pid)]
    words = subprocess.run(asked, capture_output=True, text=True).stdout.split()
    return "" if not words or words[0].startswith("Z") else " ".join(words[1:])


def alive(pid: int) -> bool:
    return begun(pid) != ""


def command_of(pid: int) -> str:
    if HAS_PROC:
        try:
            raw = (PROC / str(pid) / "cmdline").read_bytes()
        except OSError:
            return ""
        return raw.replace(b"\0", b" ").decode(errors="replace")
    asked = ["ps", "-ww", "-o", "command=", "-p", str(pid)]
    return subprocess.run(asked, capture_output=True, text=True).stdout.strip()


def working_in(folder: Path) -> list[int]:
    """Processes whose working folder it is (PostgreSQL's back ends, for one)."""
    found = []
    for entry in PROC.iterdir() if HAS_PROC else ():
        if entry.name.isdigit():
            try:
                if os.readlink(entry / "cwd") == str(folder) and alive(int(entry.name)):
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def wait_until(true: Callable[[], bool], seconds: float, pause: float = 0.03) -> bool:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def signal_group(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return


def stop(pid: int, number: int = signal.SIGTERM, seconds: float = 20) -> None:
    """End a session leader: ask, wait, then kill what is left of its group."""
    if alive(pid):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        wait_until(lambda: not alive(pid), seconds)
    signal_group(pid, signal.SIGKILL)
    wait_until(lambda: not alive(pid), 5)


class Roll:
    """A small file of pid → start time by name; what it names outlives a killed launcher."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> dict[str, int]:
        """Only processes that are still the ones written down."""
        try:
            rows = json.loads(self.path.read_text())
        except (OSError, ValueError):
            return {}
        return {name: pid for name, (pid, since) in rows.items() if begun(pid) == since != ""}

    def write(self, pids: dict[str, int]) -> None:
        rows = {name: (pid, begun(pid)) for name, pid in pids.items()}
        draft = self.path.with_suffix(".new")
        draft.write_text(json.dumps(rows))
        draft.replace(self.path)
