"""The Foodie Group's year on the first start: played in the background, shown on the terminal."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

from tuangou.dev import processes
from tuangou.dev.places import ROOT, Places, say

YEAR = ROOT / "orders" / "management" / "year" / "data" / "table1.csv"
SLUG = "foodie"
NAME = "吃货团"


class Demo:
    """A thread of its own, so that web answers meanwhile; a killed year is begun anew."""

    def __init__(self, places: Places, env: dict[str, str], year: Path = YEAR) -> None:
        self.places = places
        self.env = env
        self.year = year
        self.done = places.state / "demo.done"
        self.roll = processes.Roll(places.state / "demo.json")
        self._stopping = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None

    def begin(self, *, fresh: bool) -> None:
        """`fresh`: nobody else uses the engines, so a half-played year is nobody's work."""
        wanted = self.env.get("DEMO", "1") != "0"
        if wanted and self.year.exists():
            self._thread = threading.Thread(target=self._play, args=(fresh,), daemon=True)
            self._thread.start()

    def _play(self, fresh: bool) -> None:
        if fresh:
            self._manage("abandon_loads")
        if not self.done.exists():
            say("The Foodie Group's year is being played; its page fills meanwhile.")
            argv = ["load_year", str(self.year), "--group", SLUG, "--name", NAME, "--with-today"]
            status, last = self._manage(*argv)
            if self._stopping.is_set():
                return
            if status != 0 and not self._sign_ins():
                say(f"The year could not be played: {last or 'no reason given'}")
                return
            self.done.touch()
        if lines := self._sign_ins():
            say("Sign in as:\n" + "\n".join(f"  {line}" for line in lines))

    def _sign_ins(self) -> list[str]:
        collected: list[str] = []
        status, _last = self._manage("demo_signins", SLUG, collect=collected)
        return collected if status == 0 else []

    def _manage(self, *argv: str, collect: list[str] | None = None) -> tuple[int, str]:
        """Exit status and last line; lines go to the terminal unless they are collected."""
        with self._guard:
            if self._stopping.is_set():
                return 1, ""
            child = subprocess.Popen(
                [sys.executable, "manage.py", *argv],
                cwd=ROOT,
                env={**self.env, "HOME": str(self.places.data / "beat")},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT if collect is None else subprocess.DEVNULL,
                start_new_session=True,
                **self.places.service_account.popen,
            )
            self._child = child
            self.roll.write({"demo": processes.adopt_child(child)})
        last = ""
        for raw in child.stdout or ():
            last = raw.decode(errors="replace").rstrip()
            if collect is not None:
                collect.append(last)
            elif last and not self._stopping.is_set():
                say(f"  {last}")
        return child.wait(), last

    def stop(self) -> None:
        with self._guard:
            self._stopping.set()
            child = self._child
        if child is not None:
            processes.stop(child.pid, signal.SIGTERM, 10)
        if self._thread is not None:
            self._thread.join(5)
