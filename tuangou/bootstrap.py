"""Make .venv from the hashed locks, then hand over to devstack.py inside it.

Standard library only, run by path with the system's Python: `python3 tuangou/bootstrap.py run`.
The locks are requirements/run.txt (the image), requirements/local.txt (run + embedded engines)
and requirements/dev.txt (everything the suite needs); none of them names a host, so pip's own
configuration decides where packages come from.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

if os.name == "posix":
    import fcntl

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / ".installed"
INSTALLER = VENV / ".installer"
LOCKS = ROOT / "requirements"
OLDEST_PYTHON = (3, 11)
FREE_BYTES_NEEDED = 1_500_000_000
LEVELS = ("local", "dev")
NEEDS_DEV = frozenset(
    {"test", "pytest", "bench", "soak", "shots", "lint", "messages"} | {"install", "lock"}
)
COMMANDS = NEEDS_DEV | {"run", "manage", "shell-db", "clean"}


class Refused(Exception):
    """The environment cannot be made; the message is the whole explanation."""


def say(message: str) -> None:
    """Progress goes to standard error, so that a command's own output stays alone."""
    sys.stderr.write(message + "\n")
    sys.stderr.flush()


def main(argv: Sequence[str]) -> int:
    command = argv[0] if argv else ""
    if command not in COMMANDS:
        say(f"usage: bootstrap.py {'|'.join(sorted(COMMANDS))} [ARGS]")
        return 2
    try:
        leave_own_venv()
        if command == "lock":
            return write_locks(argv[1:])
        if command != "clean":
            install("dev" if command in NEEDS_DEV else "local")
    except Refused as refusal:
        say(str(refusal))
        return 1
    except KeyboardInterrupt:
        return 130
    if command == "install":
        return 0
    python = PYTHON if PYTHON.exists() and command != "clean" else Path(sys.executable)
    script = str(ROOT / "tuangou" / "devstack.py")
    os.execv(python, [str(python), script, *argv])


def leave_own_venv() -> None:
    """Started by .venv's own Python (an activated shell): go on with the one it was made from."""
    if Path(sys.prefix).resolve() != VENV.resolve():
        return
    base = getattr(sys, "_base_executable", None) or shutil.which("python3", path=os.defpath)
    if base and Path(base).resolve().exists() and Path(base) != Path(sys.executable):
        os.execv(base, [base, *sys.argv])


def install(level: str) -> None:
    """Bring .venv to the lock of `level` or higher. Raises Refused with one sentence."""
    if sys.version_info < OLDEST_PYTHON:
        raise Refused("Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ".")
    if installed_level() >= LEVELS.index(level):
        return
    with only_one_at_a_time():
        level = LEVELS[max(LEVELS.index(level), wanted_before())]
        if installed_level() >= LEVELS.index(level):
            return
        free = shutil.disk_usage(ROOT).free
        if free < FREE_BYTES_NEEDED:
            raise Refused(
                f"Only {free // 1_000_000} MB are free where {ROOT} lies; installing needs "
                f"{FREE_BYTES_NEEDED // 1_000_000} MB."
            )
        begun = time.monotonic()
        STAMP.unlink(missing_ok=True)
        create_venv()
        say(f"Installing packages from requirements/{level}.txt …")
        install_packages(LOCKS / f"{level}.txt")
        STAMP.write_text(f"{level} {fingerprint(level)}\n")
        say(f"Packages installed in {time.monotonic() - begun:.1f} s.")


def fingerprint(level: str) -> str:
    lock = (LOCKS / f"{level}.txt").read_bytes()
    return hashlib.sha256(lock + sys.version.encode() + str(VENV).encode()).hexdigest()


def installed_level() -> int:
    """Index into LEVELS of what .venv holds in full, -1 when it must be (re)made."""
    if not (STAMP.exists() and PYTHON.exists()):
        return -1
    level, _, seal = STAMP.read_text().strip().partition(" ")
    return LEVELS.index(level) if level in LEVELS and seal == fingerprint(level) else -1


def wanted_before() -> int:
    """What an outdated stamp asks for: a changed lock must not shrink a developer's .venv."""
    level = STAMP.read_text().split(" ")[0] if STAMP.exists() else ""
    return LEVELS.index(level) if level in LEVELS else 0


@contextmanager
def only_one_at_a_time() -> Iterator[None]:
    VENV.mkdir(exist_ok=True)
    if os.name != "posix":
        yield
        return
    with (VENV / ".installing").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def create_venv() -> None:
    """No ensurepip (Debian ships it apart): the system's pip fills the environment from outside."""
    config = VENV / "pyvenv.cfg"
    made_by = config.read_text() if config.exists() else ""
    if PYTHON.exists() and f"version = {sys.version.split()[0]}\n" in made_by:
        return
    for child in VENV.iterdir():
        if child.name not in {".installing", ".installed"}:
            shutil.rmtree(child) if child.is_dir() and not child.is_symlink() else child.unlink()
    say("Making .venv …")
    venv.EnvBuilder(with_pip=False, symlinks=os.name != "nt").create(VENV)


def install_packages(lock: Path) -> None:
    """With uv (seconds); with pip from the same lock where uv cannot be had."""
    pip = pip_command()
    uv = uv_command(pip)
    if uv:
        args = ["pip", "sync", "--quiet", "--require-hashes", "--no-build", "--python", str(PYTHON)]
        if (
            subprocess.run(
                [*uv, *args, str(lock)], env=uv_environment(pip), stdout=sys.stderr
            ).returncode
            == 0
        ):
            return
        say("uv could not install the lock; trying pip.")
    if not pip:
        raise Refused("Neither pip nor uv is there: install python3-pip (or python3-venv) first.")
    args = ["--python", str(PYTHON), "install", "-qq", "--require-hashes", "-r", str(lock)]
    if subprocess.run([*pip, *args], stdout=sys.stderr).returncode != 0:
        raise Refused("The packages could not be installed; what pip says stands above.")


def pip_command() -> list[str]:
    """The system's pip, else the one Python carries, else Debian's when we may install it."""
    own = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    carried = [str(VENV / ".pip" / "bin" / "python"), *own[1:]]
    for command in (own, carried):
        if works(command):
            return command
    try:
        venv.EnvBuilder(with_pip=True, symlinks=os.name != "nt").create(VENV / ".pip")
    except (subprocess.CalledProcessError, OSError):
        shutil.rmtree(VENV / ".pip", ignore_errors=True)
    if works(carried):
        return carried
    if os.name == "posix" and os.geteuid() == 0 and shutil.which("apt-get"):
        say("Installing Debian's python3-pip …")
        apt_install(["python3-pip"])
        return own if works(own) else []
    return []


def works(command: Sequence[str]) -> bool:
    """pip 22.3 brought `--python`, by which it fills another environment."""
    try:
        found = subprocess.run([*command, "--version"], capture_output=True, text=True)
    except OSError:
        return False
    words = found.stdout.split()
    if found.returncode != 0 or len(words) < 2:
        return False
    major, minor = (int(part) for part in words[1].split(".")[:2])
    return (major, minor) >= (22, 3)


def apt_install(packages: Sequence[str]) -> bool:
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=120"]
    for command in ([*apt, "update"], [*apt, "install", "--no-install-recommends", *packages]):
        if subprocess.run([*command, "-y"], env=env, stdout=sys.stderr).returncode != 0:
            return False
    return True


def uv_command(pip: Sequence[str]) -> list[str]:
    """The pinned uv, kept beside the environment's packages; [] where its wheel cannot be had."""
    pin = LOCKS / "uv.txt"
    binary = INSTALLER / hashlib.sha256(pin.read_bytes()).hexdigest()[:12]
    uv = binary / "bin" / ("uv.exe" if os.name == "nt" else "uv")
    if uv.exists():
        return [str(uv)]
    if not pip:
        found = shutil.which("uv")
        return [found] if found else []
    shutil.rmtree(INSTALLER, ignore_errors=True)
    say("Fetching the installer …")
    args = ["install", "-qq", "--no-deps", "--require-hashes", "--target", str(binary)]
    done = subprocess.run([*pip, *args, "-r", str(pin)], stdout=sys.stderr)
    return [str(uv)] if done.returncode == 0 and uv.exists() else []


def uv_environment(pip: Sequence[str]) -> dict[str, str]:
    """uv does not read pip's configuration: pass the index and the certificates on."""
    env = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "UV_NO_CONFIG": "1"}
    for ours, key, variable in (
        ("UV_DEFAULT_INDEX", "index-url", "PIP_INDEX_URL"),
        ("SSL_CERT_FILE", "cert", "PIP_CERT"),
    ):
        value = os.environ.get(variable) or pip_setting(pip, key)
        if value and ours not in env:
            env[ours] = value
    return env


def pip_setting(pip: Sequence[str], key: str) -> str:
    if not pip:
        return ""
    for section in ("global", "install"):
        asked = [*pip, "config", "get", f"{section}.{key}"]
        found = subprocess.run(asked, capture_output=True, text=True)
        if found.returncode == 0:
            return found.stdout.strip()
    return ""


def write_locks(options: Sequence[str]) -> int:
    """Recompile the locks from pyproject.toml; pins stay unless `--upgrade` is given."""
    install("local")
    pip = pip_command()
    uv = uv_command(pip)
    if not uv:
        raise Refused("The locks are compiled by uv, and its wheel could not be had.")
    shape = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-header"]
    for name, groups in (("dev", ["dev"]), ("local", ["engines"]), ("run", [])):
        lock = LOCKS / f"{name}.txt"
        chosen = [word for group in groups for word in ("--group", group)]
        agree = [] if name == "dev" else ["--constraints", str(LOCKS / "dev.txt")]
        command = [*uv, "pip", "compile", "--quiet", "pyproject.toml", *chosen, *agree, *shape]
        command += ["--no-annotate", "--no-emit-index-url", "-o", str(lock), *options]
        if subprocess.run(command, cwd=ROOT, env=uv_environment(pip)).returncode != 0:
            return 1
    return 0


if __name__ == "__main__":
    sys.path[0] = str(ROOT)
    sys.exit(main(sys.argv[1:]))
