"""The commands are tested as a person uses them: as processes, in folders of their own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import SystemRandom

import pytest

from tuangou.dev import processes
from tuangou.dev.engines import Postgres, Valkey
from tuangou.dev.places import ROOT, Places

INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV")


def bare_environment(**extra: str) -> dict[str, str]:
    """Without what the suite's own engines have put there."""
    env = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return {**env, **extra}


def quiet_port() -> int:
    """A free port that stays so until it is used, seconds later and again after each restart: below
    those that the system gives to the connections of everybody else."""
    for port in SystemRandom().sample(range(20_000, 32_000), 1000):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("No port is free")


@pytest.fixture(scope="module")
def folders() -> Iterator[Callable[[], Path]]:
    """Empty folders that the engines' account can reach (pytest's own are closed to it)."""
    made: list[Path] = []

    def make() -> Path:
        folder = Path(tempfile.mkdtemp(prefix="tuangou-commands-"))
        folder.chmod(0o755)
        made.append(folder)
        return folder

    # A suite that is told to end takes down what these tests started, as on Ctrl-C.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield make
    finally:
        signal.signal(signal.SIGTERM, before)
        for folder in made:
            for pid in running_from(folder):
                os.kill(pid, signal.SIGKILL)
            shutil.rmtree(folder, ignore_errors=True)


def running_from(folder: Path) -> list[int]:
    """Living processes that name the folder on their command line or in their environment."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            known = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in known and processes.alive(int(entry.name)):
            found.append(int(entry.name))
    return found


@dataclass
class Stack:
    """One installation: a data folder and a port; `start` is `make run` without make."""

    data: Path
    port: int = field(default_factory=quiet_port)
    launcher: subprocess.Popen[str] | None = None

    @property
    def env(self) -> dict[str, str]:
        return bare_environment(DATA_DIR=str(self.data), PORT=str(self.port), DEMO="0")

    def command(self, *argv: str, timeout: float = 240) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(ROOT / "tuangou" / "devstack.py"), *argv],
            env=self.env,
            cwd="/",
            capture_output=True,
            text=True,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
        )

    def start(self) -> None:
        self.launcher = subprocess.Popen(
            [sys.executable, str(ROOT / "tuangou" / "devstack.py"), "run"],
            env=self.env,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=(self.data.parent / f"{self.data.name}.err").open("w"),
            text=True,
            start_new_session=True,
        )
        deadline = time.monotonic() + 240
        while self.said().count("answers at") == 0:
            assert self.launcher.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.05)

    def answers(self) -> bool:
        """Whether it is ready; a slow machine may take longer than /readyz gives its database."""
        return processes.wait_until(lambda: self.get("/readyz") == 200, 60)

    def said(self) -> str:
        path = self.data.parent / f"{self.data.name}.err"
        return path.read_text() if path.exists() else ""

    def get(self, path: str) -> int:
        """The status; 0 for no answer."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0


@pytest.fixture(scope="module")
def installation(folders: Callable[[], Path]) -> Stack:
    return Stack(folders() / "data")


@pytest.fixture(scope="module")
def engine_places(folders: Callable[[], Path]) -> Places:
    data = folders()
    (data / ".tuangou").touch()
    return Places(data, Places.find().account).prepare()


@pytest.fixture(scope="module")
def postgres(engine_places: Places) -> Iterator[Postgres]:
    engine = Postgres(engine_places, durable=False)
    engine.start()
    yield engine
    engine.stop()


@pytest.fixture(scope="module")
def valkey(engine_places: Places) -> Iterator[Valkey]:
    engine = Valkey(engine_places, durable=False)
    engine.start()
    yield engine
    engine.stop()
