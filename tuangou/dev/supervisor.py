"""`make run`: engines, database, static files, then web, worker and beat under one eye."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tuangou.dev import processes
from tuangou.dev.demo import Demo
from tuangou.dev.places import ROOT, Places, Refused, digest, port_is_free, say, short_of
from tuangou.dev.stack import Engines, Locked, Stopped, code_seal, stoppable

MOST_RESTARTS = 5
RESTART_WINDOW = 60.0
READY_WITHIN = 120.0
STOP_WITHIN = {"beat": 5.0, "worker": 20.0, "web": 15.0}


def commands(port: int, places: Places) -> dict[str, list[str]]:
    """The three processes, in starting order."""
    celery = [sys.executable, "-m", "celery", "-A", "tuangou"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    web = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
    web += ["--port", str(port), "--workers", "2", "--blocking-threads", "4", "--no-ws"]
    schedule = str(places.data / "beat" / "schedule")
    return {
        "web": [*web, "--workers-kill-timeout", "10", "tuangou.wsgi:application"],
        "worker": [*celery, "worker", "--loglevel", "info", "--concurrency", "2", *quiet],
        "beat": [*celery, "beat", "--loglevel", "info", "--schedule", schedule, "--pidfile="],
    }


@dataclass
class Services:
    """Web, worker and beat: each in a session of its own, written down by pid."""

    places: Places
    env: dict[str, str]
    port: int
    pids: dict[str, int] = field(default_factory=dict)
    restarts: list[float] = field(default_factory=list)

    @property
    def argv(self) -> dict[str, list[str]]:
        return commands(self.port, self.places)

    @property
    def roll(self) -> processes.Roll:
        return processes.Roll(self.places.state / "services.json")

    def log(self, name: str) -> Path:
        return self.places.logs / f"{name}.log"

    def start(self, name: str, *, append: bool = False) -> None:
        account = self.places.service_account
        with self.log(name).open("ab" if append else "wb") as log:
            child = subprocess.Popen(
                self.argv[name],
                cwd=ROOT,
                env={**self.env, "HOME": str(self.places.data / "beat")},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **account.popen,
            )
        self.pids[name] = processes.adopt_child(child)
        self.roll.write(self.pids)

    def start_all(self) -> None:
        """Web first and alone, so that it answers soon; the others share the cores later."""
        account = self.places.service_account
        account.folder(self.places.data / "beat")
        for kept in ("media", "records"):
            account.folder(self.places.data / kept, 0o755)
            account.own_tree(self.places.data / kept)
        account.own_tree(self.places.data / "beat")
        for name in self.argv:
            self.start(name)
            if name == "web":
                wait_ready(self, self.port)

    def fallen(self) -> list[str]:
        return [name for name in self.argv if not processes.alive(self.pids.get(name, 0))]

    def revive(self) -> None:
        """Restart what has fallen. Raises Refused when something falls again and again."""
        for name in self.fallen():
            now = time.monotonic()
            self.restarts = [t for t in self.restarts if now - t < RESTART_WINDOW] + [now]
            if len(self.restarts) > MOST_RESTARTS:
                raise Refused(f"The {name} process keeps stopping:\n{self.tail(name)}")
            say(f"The {name} process stopped by itself; starting it again (see {self.log(name)}).")
            processes.signal_group(self.pids[name], signal.SIGKILL)
            self.start(name, append=True)

    def tail(self, name: str, lines: int = 15) -> str:
        return "\n".join(self.log(name).read_text(errors="replace").splitlines()[-lines:])

    def stop(self) -> None:
        for name, seconds in STOP_WITHIN.items():
            if name in self.pids:
                processes.stop(self.pids.pop(name), signal.SIGTERM, seconds)
        for pid in self.pids.values():
            processes.stop(pid)
        self.pids.clear()
        self.roll.write({})


def run() -> int:
    """Everything up until a signal comes. Raises Refused with one plain sentence."""
    begun = time.monotonic()
    port = chosen_port()
    with stoppable():
        try:
            places = Places.find().prepare()
            running = Locked(places.state / "run.lock")
            if not running.take(wait=False):
                raise Refused(f"Tuangou is already running on this data folder ({places.data}).")
            stop_leftovers(places)
            if not port_is_free(port):
                raise Refused(
                    f"Port {port} is in use by another program: stop that one or choose another, "
                    f"for example make run PORT={port + 1}."
                )
            with Engines(places) as engines:
                serve(places, engines, port, begun)
        except Stopped:
            say("Stopped.")
    return 0


def chosen_port() -> int:
    value = os.environ.get("PORT") or "8000"
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise Refused(f"PORT must be a number between 1 and 65535, not {value!r}.")
    return int(value)


def stop_leftovers(places: Places) -> None:
    """What a launcher killed with -9 has left behind: web, worker, beat, a year being played."""
    leftover = processes.Roll(places.state / "services.json").read()
    leftover |= processes.Roll(places.state / "demo.json").read()
    if leftover:
        say("The last run was killed; stopping what it left behind.")
    for pid in leftover.values():
        processes.stop(pid, signal.SIGTERM, 10)


def serve(places: Places, engines: Engines, port: int, begun: float) -> None:
    env = engines.environment()
    env["PORT"] = str(port)
    if env.get("DEMO", "1") != "0":
        env.setdefault("TUANGOU_DEMO", "1")  # the landing page tells where to find the sign-ins
    if env["DATABASE_URL"] == env["DATABASE_OWNER_URL"]:
        say(
            "Warning: DATABASE_URL and DATABASE_OWNER_URL are one and the same: the database "
            "cannot protect what is append-only from the app."
        )
    prepare(places, env)
    services = Services(places, env, port)
    demo = Demo(places, env)
    try:
        services.start_all()
        say(
            f"Tuangou answers at http://127.0.0.1:{port}/ after {time.monotonic() - begun:.1f} s "
            f"(logs in {places.logs}; Ctrl-C stops everything)."
        )
        if engines.postgres or engines.valkey:
            say(
                "The embedded PostgreSQL and Valkey are for development and trials, "
                "not for production: for that see docker-compose.yml."
            )
        demo.begin(fresh=engines.only_user())
        watch(services, engines)
    finally:
        demo.stop()
        services.stop()


def watch(services: Services, engines: Engines) -> None:
    """Until a signal raises Stopped. The event is never set: it only sleeps."""
    asleep = threading.Event()
    while True:
        asleep.wait(0.5)
        if not engines.healthy():
            say("An engine stopped by itself; starting it again.")
            engines.ensure()
            services.env.update(engines.environment())
            services.stop()
            services.start_all()
        services.revive()


def wait_ready(services: Services, port: int) -> None:
    """The page that touches the database. Raises Refused with the reason after two minutes."""
    open_url = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
    deadline = time.monotonic() + READY_WITHIN
    last = "no answer"
    while time.monotonic() < deadline:
        if "web" in services.fallen():
            raise Refused(f"The web process stopped while starting:\n{services.tail('web')}")
        try:
            with open_url(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except urllib.error.HTTPError as error:
            last = f"{error.code}: {error.read(300).decode(errors='replace')}"
        except OSError as error:
            last = str(error)
        time.sleep(0.1)
    raise Refused(f"The site is not ready after {READY_WITHIN:.0f} s ({last.strip()}).")


def prepare(places: Places, env: dict[str, str]) -> None:
    """Migrations and static files, side by side; skipped while nothing they read has changed."""
    jobs = {
        "database": (["prepare_database"], code_seal(env)),
        "static": (["collectstatic", "--no-input", "--verbosity", "0"], static_seal()),
    }
    with ThreadPoolExecutor(len(jobs)) as pool:
        for done in [pool.submit(once, places, env, job, *work) for job, work in jobs.items()]:
            done.result()


def prepare_database(places: Places, env: dict[str, str]) -> None:
    once(places, env, "database", ["prepare_database"], code_seal(env))


def once(places: Places, env: dict[str, str], job: str, argv: Sequence[str], seal: str) -> None:
    """Run a manage.py command unless its seal stands from last time. Raises Refused."""
    path = places.state / "prepared.json"
    kept = json.loads(path.read_text()) if path.exists() else {}
    if kept.get(job) == seal:
        return
    command = [sys.executable, "manage.py", *argv]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    if done.returncode != 0:
        log = places.logs / f"{argv[0]}.log"
        with suppress(OSError):
            log.write_text(done.stdout + done.stderr)
        said = short_of(done.stderr or done.stdout, log)
        raise Refused(f"manage.py {argv[0]} failed: {said}.")
    with Locked(places.state / "prepared.lock"):
        kept = json.loads(path.read_text()) if path.exists() else {}
        draft = path.with_suffix(".new")
        draft.write_text(json.dumps({**kept, job: seal}))
        draft.replace(path)


def static_seal() -> str:
    """Every static file's path, size and time, and the packages that bring some."""
    stamp = ROOT / ".venv" / ".installed"
    folders = [*ROOT.glob("tuangou/static"), *ROOT.glob("*/static")]
    files = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
    facts = [(path, path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    return digest(stamp.read_text() if stamp.exists() else "", *facts)
