"""A mail server, a gateway for texts and WeCom, all here: they take everything and keep count."""

from __future__ import annotations

import json
import re
import socketserver
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SLOWLY = 0.004  # seconds between taking a message and saying so: where a kill hurts


class PostOffice:
    """What came in, by number: `notice-7-1700000000` of a mail's Message-ID or a text's id."""

    def __init__(self) -> None:
        self.mails: Counter[str] = Counter()
        self.texts: Counter[str] = Counter()
        self.chats: Counter[str] = Counter()
        self.lock = threading.Lock()

    def take(self, what: Counter[str], number: str) -> None:
        with self.lock:
            what[number] += 1
        time.sleep(SLOWLY)

    @property
    def taken(self) -> int:
        with self.lock:
            return len(self.mails) + len(self.texts) + len(self.chats)


def smtp_of(office: PostOffice) -> type[socketserver.StreamRequestHandler]:
    class Smtp(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.say("220 here")
            while (line := self.rfile.readline()) and not line.upper().startswith(b"QUIT"):
                if line.upper().startswith(b"DATA"):
                    self.say("354 go on")
                    self.take()
                else:
                    self.say("250 ok")

        def take(self) -> None:
            lines = []
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                lines.append(line)
            found = re.search(rb"^Message-ID: <([^@]+)@", b"".join(lines), re.M)
            office.take(office.mails, found[1].decode() if found else "?")
            self.say("250 taken")

        def say(self, words: str) -> None:
            self.wfile.write(words.encode() + b"\r\n")

    return Smtp


def http_of(office: PostOffice) -> type[BaseHTTPRequestHandler]:
    class Http(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path.startswith("/robot"):
                office.take(office.chats, self.path.partition("key=")[2])
            else:
                office.take(office.texts, str(body["id"]))
            answer = b'{"errcode": 0}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Quietly."""

    return Http


@contextmanager
def open_office() -> Iterator[tuple[PostOffice, dict[str, str]]]:
    """The office, and the environment that points an installation at it."""
    office = PostOffice()
    socketserver.ThreadingTCPServer.allow_reuse_address = True
    mails = socketserver.ThreadingTCPServer(("127.0.0.1", 0), smtp_of(office))
    webs = ThreadingHTTPServer(("127.0.0.1", 0), http_of(office))
    mails.daemon_threads = webs.daemon_threads = True
    for server in (mails, webs):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    web = f"http://127.0.0.1:{webs.server_address[1]}"
    environment = {
        "MAIL_BACKEND": "smtp",
        "MAIL_HOST": "127.0.0.1",
        "MAIL_PORT": str(mails.server_address[1]),
        "MAIL_SECURITY": "none",
        "MAILS_A_DAY": "1000000",
        "SMS_BACKEND": "http",
        "SMS_URL": f"{web}/sms",
        "SMS_SECRET": "s" * 40,
        "SMS_A_DAY": "1000000",
        "ROBOT_URL": f"{web}/robot",
    }
    try:
        yield office, environment
    finally:
        for server in (mails, webs):
            server.shutdown()
            server.server_close()
