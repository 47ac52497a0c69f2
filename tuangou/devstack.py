"""The commands behind the Makefile, run inside .venv by bootstrap.py (or by hand):

run | test | pytest | lint | manage | bench | soak | shots | messages | shell-db | clean
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Sequence
from pathlib import Path

# Run by path, this folder would be sys.path[0] and celery.py in it would shadow Celery; and the
# package itself imports Celery. The commands need neither: a bare package is enough for them.
_HERE = Path(__file__).resolve().parent
if __name__ == "__main__":
    sys.path[0] = str(_HERE.parent)
    _bare = types.ModuleType("tuangou")
    _bare.__path__ = [str(_HERE)]
    sys.modules["tuangou"] = _bare

from tuangou.dev import checks, others, supervisor
from tuangou.dev.places import Refused, plain, say
from tuangou.dev.stack import Stopped


def command_table(args: Sequence[str]) -> dict[str, Callable[[], int]]:
    return {
        "run": supervisor.run,
        "test": lambda: checks.suite(args, with_linters=True),
        "pytest": lambda: checks.some(args),
        "soak": lambda: checks.suite(["-m", "soak", "--timeout=0", *args], with_linters=False),
        "shots": lambda: checks.some(["-q", "tests/standards/shots.py", *args]),
        "lint": others.lint,
        "bench": lambda: others.bench(args),
        "manage": lambda: others.manage(args),
        "messages": others.messages,
        "shell-db": lambda: others.shell_db(args),
        "clean": others.clean,
    }


def main(argv: Sequence[str]) -> int:
    command = command_table(argv[1:]).get(argv[0] if argv else "")
    if command is None:
        say(f"usage: devstack.py {'|'.join(command_table(()))} [ARGS]")
        return 2
    try:
        return command()
    except Refused as refusal:
        say(str(refusal))
    except OSError as error:
        say(plain(error))
    except Stopped as stopped:
        return 128 + int(stopped.args[0])
    except KeyboardInterrupt:
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
