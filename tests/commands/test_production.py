"""The production installation, as far as it can be shown without a container engine.

docker-compose.yml is checked against the Compose schema, and its commands run here as plain
processes with its environment against the suite's engines. Only host names, ports and the places
of files are replaced.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.commands.conftest import Stack, bare_environment, quiet_port
from tuangou.dev import processes
from tuangou.dev.engines import Postgres, Valkey
from tuangou.dev.places import ROOT

pytestmark = pytest.mark.timeout(1200)  # every migration one by one, on whatever machine
HERE = Path(__file__).parent
DOMAIN = "tuan.example"
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("web", "worker", "beat", "migrate")


def interpolated(value: str) -> str:
    """${NAME:?…} and ${NAME:-default} as Compose reads them with DOMAIN alone in .env."""
    given = {"DOMAIN": DOMAIN}

    def one(match: re.Match[str]) -> str:
        return given.get(match["name"], match["default"] or "")

    shape = r"\$\{(?P<name>\w+)(?::\?[^}]*|:-(?P<default>[^}]*))?\}"
    return re.sub(shape, one, value).replace("$$", "$")


def test_the_file_follows_the_compose_schema() -> None:
    schema = json.loads((HERE / "compose-spec.json").read_text())
    jsonschema.Draft201909Validator(schema).validate(COMPOSE)
    broken = {**COMPOSE, "services": {"web": {**SERVICES["web"], "comand": []}}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft201909Validator(schema).validate(broken)


def test_every_service_stops_in_peace_and_tells_its_health() -> None:
    assert set(SERVICES) == {*OURS, "db", "redis", "proxy"}
    for name, service in SERVICES.items():
        assert service["stop_grace_period"] == "40s", name
        if name != "migrate":
            assert service["healthcheck"]["test"], name
            assert service["restart"] == "unless-stopped", name


def test_what_is_mounted_and_referred_to_exists() -> None:
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            known = source in COMPOSE["volumes"]
            assert known or (ROOT / source).is_file(), volume
        assert set(service.get("secrets", [])) <= COMPOSE["secrets"].keys()
        assert set(service.get("depends_on", {})) <= SERVICES.keys()
    assert "reverse_proxy web:8000" in (ROOT / "deploy" / "Caddyfile").read_text()


def test_only_the_proxy_is_reachable_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]


def test_no_process_of_the_app_sees_the_owners_password() -> None:
    for name in ("web", "worker", "beat"):
        seen = SERVICES[name]["secrets"] + list(SERVICES[name]["environment"])
        assert not [word for word in seen if "owner" in word.lower() or "postgres_" in word], name
    assert "database_owner_url" in SERVICES["migrate"]["secrets"]


def test_no_secret_stands_in_the_file() -> None:
    for name, service in SERVICES.items():
        for variable in service.get("environment", {}):
            secret = re.search(r"KEY|PASSWORD|_URL", variable)
            assert not secret or variable.endswith("_FILE"), f"{name}: {variable}"


def make_secrets(folder: Path) -> None:
    subprocess.run(["sh", str(ROOT / "deploy" / "make-secrets.sh"), str(folder)], check=True)


def test_secrets_are_made_once_and_closed_to_others(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    make_secrets(folder)
    assert {file.name for file in folder.iterdir()} == COMPOSE["secrets"].keys()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    before = {file.name: file.read_text() for file in folder.iterdir()}
    assert len(set(before.values())) == len(before)
    assert len(before["secret_key"]) >= 50
    (folder / "redis_password").unlink()
    make_secrets(folder)
    after = {file.name: file.read_text() for file in folder.iterdir()}
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"redis_password"}


@dataclass
class Production:
    """The compose file's world on this machine: its roles, secrets, folders and commands."""

    folder: Path
    port: int

    def env(self, service: str) -> dict[str, str]:
        shown = SERVICES[service]["environment"]
        env = {name: interpolated(str(value)) for name, value in shown.items()}
        secrets = str(self.folder / "secrets")
        env = {name: value.replace("/run/secrets", secrets) for name, value in env.items()}
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        env["DATA_DIR"] = str(self.folder)
        return bare_environment() | env | {"PATH": path}

    def argv(self, service: str) -> list[str]:
        replaced = {"--host=0.0.0.0": "--host=127.0.0.1", "--port=8000": f"--port={self.port}"}
        replaced["--schedule=/tmp/beat-schedule"] = f"--schedule={self.folder}/beat-schedule"
        return [replaced.get(word, word) for word in SERVICES[service]["command"]]

    def run(self, argv: list[str], service: str, **more: str) -> subprocess.CompletedProcess[str]:
        env = self.env(service) | more
        return subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, timeout=600)


@pytest.fixture(scope="module")
def production(folders: Any, postgres: Postgres, valkey: Valkey) -> Production:
    """Secrets from make-secrets.sh, roles from roles.sh, static files by the image's own line."""
    folder = folders()
    world = Production(folder, quiet_port())
    secrets = folder / "secrets"
    make_secrets(secrets)
    (folder / "media").mkdir()
    for name, old, new in (
        ("database_url", "@db:5432/", f"@127.0.0.1:{postgres.port}/"),
        ("database_owner_url", "@db:5432/", f"@127.0.0.1:{postgres.port}/"),
    ):
        file = secrets / name
        file.chmod(0o600)
        file.write_text(file.read_text().replace(old, new))
    (secrets / "redis_url").chmod(0o600)
    (secrets / "redis_url").write_text(valkey.url)
    postgres.psql("drop database tuangou")
    postgres.psql("drop role tuangou_owner; drop role tuangou_app; create database tuangou")
    image = SERVICES["db"]["environment"]
    done = subprocess.run(
        ["sh", str(ROOT / "deploy" / "database" / "roles.sh")],
        env={
            **bare_environment(),
            **postgres.psql_environment("admin"),
            "PATH": f"{postgres.bin}{os.pathsep}{os.environ['PATH']}",
            "POSTGRES_USER": "tuangou_admin",
            "POSTGRES_DB": image["POSTGRES_DB"],
            "SECRETS_DIR": str(secrets),
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    collect_static(world)
    return world


def image_build_line() -> tuple[dict[str, str], list[str]]:
    """The environment and command of the Dockerfile's collectstatic."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    line = next(line for line in text.splitlines() if "collectstatic" in line)
    words = shlex.split(line.removeprefix("RUN "))
    env = dict(word.split("=", 1) for word in words if "=" in word)
    return env, [word for word in words if "=" not in word]


def collect_static(world: Production) -> None:
    extra, argv = image_build_line()
    env = {**bare_environment(), **extra, "DATA_DIR": str(world.folder)}
    argv[0] = sys.executable
    done = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (world.folder / "static" / "staticfiles.json").exists()


def test_the_image_holds_what_runs_and_no_more() -> None:
    kept = (ROOT / ".dockerignore").read_text().split()
    assert kept[0] == "*"
    packages = {path.parent.name for path in ROOT.glob("*/apps.py")} - {"tests"}
    needed = packages | {"manage.py", "templates", "requirements/run.txt", "deploy/healthcheck.py"}
    assert {f"!{name}" for name in needed} <= set(kept)
    assert {"tuangou/dev", "tuangou/devstack.py"} <= set(kept)
    assert not [line for line in kept if line.startswith(("!tests", "!deploy/secrets", "!.git"))]
    assert "USER tuangou" in (ROOT / "Dockerfile").read_text()


def test_the_commands_run_with_the_files_environment(production: Production) -> None:
    """migrate, then web, worker and beat at once; web is ready; TERM ends each in its time."""
    migrated = production.run(production.argv("migrate"), "migrate")
    assert migrated.returncode == 0, migrated.stderr
    running: dict[str, subprocess.Popen[bytes]] = {}
    logs = {name: production.folder / f"{name}.log" for name in ("web", "worker", "beat")}
    try:
        for name, log in logs.items():
            running[name] = subprocess.Popen(
                production.argv(name),
                cwd=ROOT,
                env=production.env(name),
                stdin=subprocess.DEVNULL,
                stdout=log.open("wb"),
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        probe = [*SERVICES["web"]["healthcheck"]["test"][1:-1], str(production.port)]

        def healthy() -> bool:
            return production.run(probe, "web").returncode == 0

        assert processes.wait_until(healthy, 240, 0.2), logs["web"].read_text()
        site = Stack(production.folder, production.port)
        assert site.get("/") == 400  # a host name that is not ours
        beaten = production.folder.glob
        assert processes.wait_until(lambda: any(beaten("beat-schedule*")), 120), logs["beat"]
        assert processes.wait_until(lambda: "ready" in logs["worker"].read_text(), 120)
        assert all(child.poll() is None for child in running.values())
    finally:
        for child in running.values():
            child.send_signal(signal.SIGTERM)
        codes = {name: child.wait(40) for name, child in running.items()}
    assert set(codes.values()) == {0}, {name: log.read_text()[-500:] for name, log in logs.items()}


def test_the_app_does_not_own_its_tables(production: Production) -> None:
    denied = production.run(
        [sys.executable, "manage.py", "shell", "-v0", "-c", CREATE], "web", TUANGOU_DEMO="0"
    )
    assert "permission denied for schema public" in denied.stderr


CREATE = "from django.db import connection as c; c.cursor().execute('create table mine ()')"


def test_check_deploy_has_nothing_to_say(production: Production) -> None:
    argv = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    checked = production.run(argv, "web")
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"SECRET_KEY_FILE": "", "SECRET_KEY": ""}, "SECRET_KEY"),
        ({"SECRET_KEY_FILE": "", "SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"SECRET_KEY_FILE": "", "SECRET_KEY": "default"}, "SECRET_KEY"),
        ({"SECRET_KEY_FILE": "/nowhere/secret_key"}, "SECRET_KEY_FILE cannot be read"),
        ({"DEBUG": "1"}, "DEBUG must be off"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
        ({"DATABASE_URL_FILE": "", "DATABASE_URL": ""}, "DATABASE_URL must be set"),
    ],
)
def test_a_half_configured_installation_does_not_start(
    production: Production, change: dict[str, str], reason: str
) -> None:
    if change.get("SECRET_KEY") == "default":
        text = (ROOT / "tuangou" / "settings.py").read_text()
        found = re.search(r'^DEV_KEY = "(.*)"', text, re.M)
        assert found
        change = {**change, "SECRET_KEY": found.group(1)}
    argv = [sys.executable, "-c", "import tuangou.settings"]
    assert production.run(argv, "web").returncode == 0
    refused = production.run(argv, "web", **change)
    assert refused.returncode != 0
    last = refused.stderr.strip().splitlines()[-1]
    assert last.startswith("django.core.exceptions.ImproperlyConfigured")
    assert reason in last
