"""Where things lie and who may touch them: the data folder, its secrets, the service account."""

from __future__ import annotations

import errno
import hashlib
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
SHARED = Path("/var/lib/tuangou-dev")
MARKER = ".tuangou"
FREE_BYTES_NEEDED = 300_000_000
IS_ROOT = os.geteuid() == 0


class Refused(Exception):
    """Nothing can be started; the message is one plain sentence and the whole explanation."""


def say(message: str) -> None:
    """Progress goes to standard error, so that a command's own output stays alone."""
    sys.stderr.write(message + "\n")
    sys.stderr.flush()


def plain(error: OSError) -> str:
    """One sentence for what the operating system refused."""
    where = f" ({error.filename})" if error.filename else ""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"The disk is full{where}: free some space and start again."
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return f"No right to write or read here{where}: choose another DATA_DIR."
    return f"The system refused{where}: {error.strerror}."


def short_of(said: str, log: Path | None = None) -> str:
    """The last line a program said, or the one reason that needs other words."""
    if os.strerror(errno.ENOSPC) in said:
        return "the disk is full: free some space and start again"
    last = (said.strip().splitlines() or ["no reason given"])[-1].strip()
    return f"{last} (all of it is in {log})" if log else last


def digest(*parts: object) -> str:
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:12]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


@dataclass(frozen=True)
class Account:
    """Whom the engines run as: PostgreSQL refuses root, so root hands over to nobody."""

    uid: int
    gid: int
    switched: bool

    @classmethod
    def choose(cls) -> Account:
        if not IS_ROOT:
            return cls(os.getuid(), os.getgid(), switched=False)
        try:
            entry = pwd.getpwnam("nobody")
        except KeyError:
            raise Refused(
                "PostgreSQL does not run as root and this machine has no user nobody: "
                "start as an ordinary user."
            ) from None
        return cls(entry.pw_uid, entry.pw_gid, switched=True)

    @property
    def popen(self) -> dict[str, Any]:
        if not self.switched:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        if self.switched:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def own_tree(self, top: Path) -> None:
        """What root's own commands wrote there, the service must be able to change later."""
        if self.switched and top.exists():
            for path in (top, *top.rglob("*")):
                self.own(path)

    def folder(self, path: Path, mode: int = 0o700) -> Path:
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(mode)
        self.own(path)
        return path

    def can(self, test: str, path: Path) -> bool:
        """Whether this account passes `test -r|-x` on the path, with its own rights."""
        if not self.switched:
            return os.access(path, os.X_OK if test == "-x" else os.R_OK)
        command = ["/bin/sh", "-c", 'test "$1" "$2"', "sh", test, str(path)]
        return subprocess.run(command, cwd="/", **self.popen).returncode == 0

    def bring(self, package: Path, binary: Path) -> Path:
        """`binary`, or its copy under /var/lib when this account cannot reach the checkout."""
        if self.can("-x", binary):
            return binary
        home = SHARED / f"engine-{digest(package, package.stat().st_mtime_ns)}"
        if not (home / "complete").exists():
            shutil.rmtree(home, ignore_errors=True)
            home.mkdir(parents=True, mode=0o755)
            for folder in package.parent.glob(package.name + "*"):
                if folder.suffix != ".dist-info" and folder.is_dir():
                    shutil.copytree(folder, home / folder.name, symlinks=True)
            for path in (SHARED, home):
                path.chmod(0o755)
            (home / "complete").write_text(str(package))
        return home / binary.relative_to(package.parent)


@dataclass(frozen=True)
class Places:
    """One data folder. Nothing in it is ever deleted by starting."""

    data: Path
    account: Account

    @classmethod
    def find(cls) -> Places:
        """DATA_DIR, else .data in the checkout, else (root, closed checkout) under /var/lib."""
        account = Account.choose()
        chosen = os.environ.get("DATA_DIR")
        data = Path(chosen).expanduser().absolute() if chosen else ROOT / ".data"
        if account.switched:
            above = next(path for path in (data, *data.parents) if path.is_dir())
            if not account.can("-x", above):
                if chosen:
                    raise Refused(
                        f"DATA_DIR {data} cannot be reached by the user nobody, whom the database "
                        "runs as when root starts it: choose a folder outside."
                    )
                data = SHARED / f"data-{digest(ROOT)}"
        return cls(data, account)

    def prepare(self) -> Places:
        """Make the folder. Raises Refused when it is foreign, no folder, or the disk is full."""
        if self.data.exists() and not self.data.is_dir():
            raise Refused(f"DATA_DIR {self.data} is not a folder: choose another.")
        if not self.marker.exists() and self.data.is_dir() and any(self.data.iterdir()):
            raise Refused(
                f"The folder {self.data} is not empty and was not made by Tuangou "
                f"(no {MARKER} in it): choose another DATA_DIR."
            )
        self.data.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self.data).free
        if free < FREE_BYTES_NEEDED:
            raise Refused(
                f"Only {free // 1_000_000} MB are free on the disk of {self.data}; "
                f"{FREE_BYTES_NEEDED // 1_000_000} MB are needed: free some space and start again."
            )
        if IS_ROOT:
            self.data.chmod(0o755)
        self.marker.touch()
        for folder, mode in ((self.secrets, 0o700), (self.state, 0o700), (self.logs, 0o755)):
            folder.mkdir(exist_ok=True)
            folder.chmod(mode)
        return self

    @property
    def marker(self) -> Path:
        return self.data / MARKER

    @property
    def secrets(self) -> Path:
        return self.data / "secrets"

    @property
    def state(self) -> Path:
        return self.data / "state"

    @property
    def logs(self) -> Path:
        return self.data / "logs"

    def secret(self, name: str) -> str:
        """A random value kept in a file only its owner reads; made on first use."""
        path = self.secrets / name
        if not path.exists():
            draft = path.with_suffix(".new")
            draft.unlink(missing_ok=True)
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_urlsafe(48))
            draft.rename(path)
        return path.read_text().strip()

    @cached_property
    def service_account(self) -> Account:
        """Whom web, worker and beat run as: the engines' account where it can run the code."""
        if not self.account.switched:
            return self.account
        try:
            tried = subprocess.run(
                [sys.executable, "-c", "import django, tuangou"],
                cwd="/",
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                capture_output=True,
                **self.account.popen,
            )
            able = tried.returncode == 0
        except PermissionError:
            able = False
        return self.account if able else Account(0, 0, switched=False)
