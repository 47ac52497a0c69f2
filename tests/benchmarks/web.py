"""A real web server on the bench's database, and clients that keep their connections."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import local
from urllib.parse import urlencode

import django
import psycopg2

CSRF = "b" * 32


def set_up() -> None:
    """Django on the bench's engines, with an empty and migrated database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tuangou.settings")
    django.setup()
    subprocess.run(
        [sys.executable, "manage.py", "prepare_database"], check=True, stdout=subprocess.DEVNULL
    )


def analyze() -> None:
    """Let the planner know what was just written set-wise."""
    connection = psycopg2.connect(os.environ["DATABASE_ADMIN_URL"])
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute("analyze")
    finally:
        connection.close()


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    location: str
    body: bytes


class Site:
    """The server under measure."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._kept = local()

    def send(
        self, method: str, path: str, session: str = "", form: Sequence[tuple[str, str]] = ()
    ) -> Answer:
        """One request on this thread's connection, opened again when the server closed it."""
        headers = {"Host": "localhost", "Cookie": f"session={session}; csrf={CSRF}"}
        body = urlencode(list(form))
        if method == "POST":
            headers |= {
                "Content-Type": "application/x-www-form-urlencoded",
                "X-CSRFToken": CSRF,
                "Origin": "http://localhost",
            }
        for attempt in (1, 2):
            connection = self._connection()
            try:
                connection.request(method, path, body or None, headers)
                response = connection.getresponse()
                return Answer(
                    response.status, response.headers.get("Location", ""), response.read()
                )
            except (http.client.HTTPException, OSError):
                self._kept.connection = None
                if attempt == 2:
                    raise
        raise AssertionError

    def _connection(self) -> http.client.HTTPConnection:
        if getattr(self._kept, "connection", None) is None:
            self._kept.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        kept: http.client.HTTPConnection = self._kept.connection
        return kept

    def rate(self, act: Callable[[int], object], *, clients: int, seconds: float) -> float:
        """How often `act(n)` is done per second by so many clients at once."""
        end = time.perf_counter() + seconds
        done = [0] * clients

        def work(client: int) -> None:
            while time.perf_counter() < end:
                act(client + clients * done[client])
                done[client] += 1

        started = time.perf_counter()
        with ThreadPoolExecutor(clients) as pool:
            list(pool.map(work, range(clients)))
        return sum(done) / (time.perf_counter() - started)


@contextmanager
def running() -> Iterator[Site]:
    """granian as `make run` starts it: 2 workers of 4 threads."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    argv = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
    argv += ["--port", str(port), "--workers", "2", "--blocking-threads", "4"]
    argv += ["--log-level", "error", "--no-ws", "tuangou.wsgi:application"]
    env = os.environ | {"TUANGOU_QUIET": "1"}
    server = subprocess.Popen(argv, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    site = Site(port)
    try:
        _wait(site, server)
        yield site
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)


def _wait(site: Site, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError("the web server ended")
        try:
            if site.send("GET", "/healthz").status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the web server did not answer")
