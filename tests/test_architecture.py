"""The house's rules that no linter knows (CONTRIBUTING): each is a small checker over the source,
and each has a snippet that breaks it, so that a checker that sees nothing fails too."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
APPS = ("groups", "merchants", "orders", "reputation")
INTERFACE = ("views", "api")
LONGEST_FILE, LONGEST_FUNCTION = 400, 60
LONG_FILES: dict[str, str] = {}

# One app may have these and nothing else; the core has these and no utils.py.
APP_MODULES = {
    *("access", "admin", "api", "apps", "forms", "handlers", "jielong", "management"),
    *("migrations", "models", "queries", "services", "tasks", "urls", "views"),
}
CORE_MODULES = {
    *("accounts", "apps", "clock", "display", "errors", "events", "health", "http", "images"),
    *("kept", "limits", "offline", "preferences"),
    *("pdf", "pictures", "sheets"),
    *("codes", "devices", "factors", "proofs", "signin", "sms"),
    *("backups", "exports", "mydata", "personal", "scrubbing"),
    *("api", "feeds", "problems", "tokens"),
    *(
        "judging",
        "mailbox",
        "matrix",
        "outgoing",
        "senders",
        "told",
        "wishes",
        "wording",
    ),
    *(
        "fields",
        "logs",
        "management",
        "migrations",
        "models",
        "money",
        "notices",
        "requests",
        "sessions",
    ),
    *("rows", "sessions", "shares", "tasks", "templatetags", "uploads"),
}

Finding = tuple[int, str]
Checker = Callable[[ast.Module], Iterator[Finding]]


def sources(*parts: str) -> list[Path]:
    """Python files of the product under these folders (all apps and the core if none is named)."""
    folders = parts or (*APPS, "tuangou")
    found = (path for folder in folders for path in sorted((ROOT / folder).rglob("*.py")))
    return [path for path in found if "migrations" not in path.parts and path.stat().st_size]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def layer_of(path: Path) -> str:
    """`views` of orders/views/orders.py, `tasks` of core/tasks.py."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[2] if parts[:2] == ("tuangou", "core") else parts[1]


def attributes(tree: ast.Module) -> Iterator[ast.Attribute]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Attribute))


def calls(tree: ast.Module) -> Iterator[tuple[ast.Call, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            function = node.func
            yield node, getattr(function, "attr", getattr(function, "id", ""))


def classes(tree: ast.Module) -> Iterator[ast.ClassDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef))


# The checkers


def rows_by_hand(tree: ast.Module) -> Iterator[Finding]:
    """Views get rows through access and queries, and write through services."""
    managers = {"objects", "_base_manager", "_default_manager"}
    for attribute in attributes(tree):
        if attribute.attr in managers:
            yield attribute.lineno, f".{attribute.attr}"
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if alias.name in {"get_object_or_404", "get_list_or_404"}:
                    yield node.lineno, alias.name


def enqueued(tree: ast.Module) -> Iterator[Finding]:
    """Only tasks hand work to the broker; a request writes an event."""
    for call, name in calls(tree):
        if name in {"delay", "apply_async", "send_task"}:
            yield call.lineno, f".{name}()"


def on_commit(tree: ast.Module) -> Iterator[Finding]:
    """With the broker away, it answers 500 with the order committed."""
    for node in ast.walk(tree):
        if getattr(node, "attr", getattr(node, "name", "")) == "on_commit":
            yield getattr(node, "lineno", 0), "on_commit"


def status_set(tree: ast.Module) -> Iterator[Finding]:
    """A status changes in move_to, in models/."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if "status" in {getattr(target, "attr", "") for target in targets}:
                yield node.lineno, "a status is set"
    for call, name in calls(tree):
        named = {keyword.arg for keyword in call.keywords}
        words = {getattr(part, "value", None) for part in ast.walk(call)}
        if name == "update" and "status" in named:
            yield call.lineno, "update(status=…)"
        if name in {"setattr", "bulk_update"} and "status" in words:
            yield call.lineno, f"{name}(…, 'status')"


def whole_row_saved(tree: ast.Module) -> Iterator[Finding]:
    """save() names its columns, else it writes back what others changed meanwhile."""
    named = {"update_fields", "force_insert"}
    for call, name in calls(tree):
        if name == "save" and not named & {keyword.arg for keyword in call.keywords}:
            yield call.lineno, "save() without update_fields"


def save_overridden(tree: ast.Module) -> Iterator[Finding]:
    for node in classes(tree):
        for child in node.body:
            if isinstance(child, ast.FunctionDef) and child.name in {"save", "delete"}:
                yield child.lineno, f"{node.name}.{child.name} is overridden"


def ordered_by_meta(tree: ast.Module) -> Iterator[Finding]:
    """Order at the query, end with the key."""
    for node in classes(tree):
        for child in node.body:
            names = [getattr(t, "id", "") for t in getattr(child, "targets", [])]
            if node.name == "Meta" and ("ordering" in names or "get_latest_by" in names):
                yield child.lineno, "Meta.ordering"


def signals(tree: ast.Module) -> Iterator[Finding]:
    """News travels as events, all listed in subscriptions.py."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            module = node.module
            if module.startswith("django") and (
                module.endswith("signals") or module == "django.dispatch"
            ):
                yield node.lineno, module


def money_floats(tree: ast.Module) -> Iterator[Finding]:
    """Fen are whole; rounding and splitting live in core/money.py."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield node.lineno, f"float {node.value}"
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            yield node.lineno, "division"
    for call, name in calls(tree):
        if name in {"float", "FloatField"}:
            yield call.lineno, f"{name}()"
        if name == "round" and "fen" in ast.unparse(call):
            yield call.lineno, "round() of fen"


def own_clock(tree: ast.Module) -> Iterator[Finding]:
    """One clock: app_now() of the database, by core.clock.now()."""
    for call, _name in calls(tree):
        if ast.unparse(call.func) in {
            *("timezone.now", "datetime.now", "datetime.utcnow", "date.today"),
            *("timezone.localdate", "time.time", "datetime.today", "Now", "functions.Now"),
        }:
            yield call.lineno, ast.unparse(call)


def positional_service(tree: ast.Module) -> Iterator[Finding]:
    """Services are keyword-only: whoever opens a transaction is called by name."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            opens = any("atomic" in ast.unparse(d) for d in node.decorator_list)
            opens |= any(ast.unparse(c.func) == "requests.once" for c, _ in calls_in(node))
            if opens and (node.args.args or node.args.posonlyargs):
                yield node.lineno, node.name


def calls_in(node: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    return calls(ast.Module(body=[node], type_ignores=[]))  # type: ignore[list-item]


def time_before_locks(tree: ast.Module) -> Iterator[Finding]:
    """In a function that locks and reads the clock, the last lock comes first."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            own = [(call.lineno, name, ast.unparse(call.func)) for call, name in calls_in(node)]
            read = [line for line, _, function in own if function == "clock.now"]
            locked = [line for line, name, _ in own if name in {"lock", "lock_of_round"}]
            if read and locked and min(read) < max(locked):
                yield min(read), f"{node.name} reads the time before it holds every lock"


def long_functions(tree: ast.Module) -> Iterator[Finding]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > LONGEST_FUNCTION:
                yield node.lineno, f"{node.name} has {lines} lines"


# Where each holds, what breaks it, and the few places that may


def everywhere(path: Path) -> bool:
    return True


def in_layers(*layers: str) -> Callable[[Path], bool]:
    return lambda path: layer_of(path) in layers


def outside_layers(*layers: str) -> Callable[[Path], bool]:
    return lambda path: layer_of(path) not in layers


def in_domain(path: Path) -> bool:
    return name_of(path).split("/")[0] in APPS and "management" not in path.parts


def in_app(path: Path) -> bool:
    """The app itself: not what starts and stops it on a developer's machine."""
    return "dev" not in path.parts and path.name not in {"devstack.py", "bootstrap.py"}


Rule = tuple[Checker, Callable[[Path], bool], str, dict[str, str]]

RULES: dict[str, Rule] = {
    "views fetch no rows": (
        rows_by_hand,
        in_layers(*INTERFACE),
        "rounds = Round.objects.all()",
        {},
    ),
    "views use no shortcuts to rows": (
        rows_by_hand,
        in_layers(*INTERFACE),
        "from django.shortcuts import get_object_or_404, render",
        {},
    ),
    "work is handed over in tasks.py only": (
        enqueued,
        outside_layers("tasks"),
        "close_due_round.delay(round_id=1)",
        {},
    ),
    "on_commit is nowhere": (on_commit, everywhere, "transaction.on_commit(send)", {}),
    "a status changes in models only": (
        status_set,
        outside_layers("models"),
        "order.status = 'cancelled'",
        {},
    ),
    "nor by update": (
        status_set,
        outside_layers("models"),
        "Order.objects.filter(pk=1).update(status='cancelled')",
        {},
    ),
    "save names its columns": (
        whole_row_saved,
        in_app,
        "order.save()",
        {
            "tuangou/core/images.py": "a picture",
            "tuangou/core/pictures.py": "a picture",
            "tuangou/core/factors.py": "a picture",
            "tuangou/core/exports.py": "a file; the row names its columns",
            "tuangou/core/models/people.py": "create_user, a new row",
            "orders/views/codes.py": "a picture",
            "orders/views/summaries.py": "a workbook",
            "tuangou/core/sheets.py": "a workbook",
            "merchants/services/items.py": "a file of an item; the row is saved after it",
            "merchants/services/agreements.py": "a photo of a sheet; the row is made after it",
            "merchants/services/documents.py": "a file of a paper; the row is made after it",
            "merchants/services/process_photos.py": "a file of a photo; the row is made after it",
            "orders/services/answers.py": "a file of evidence; the row is made after it",
            "orders/services/delivery_photos.py": "a file of a photo; the row is made after it",
            "orders/services/returns.py": "a file of a photo; the row is made after it",
            "reputation/services/complaint_rules.py": "a file; the row is made after it",
            "reputation/services/ratings.py": "a file of a photo; the row is made after it",
        },
    ),
    "save is not overridden": (
        save_overridden,
        in_domain,
        "class Order(Model):\n    def save(self): ...",
        {},
    ),
    "no Meta.ordering": (ordered_by_meta, everywhere, "class Meta:\n    ordering = ['pk']", {}),
    "no signals": (
        signals,
        in_domain,
        "from django.db.models.signals import post_save",
        {},
    ),
    "no float and no division in what knows money": (
        money_floats,
        lambda path: in_domain(path) and layer_of(path) in {"models", "services", "handlers"},
        "fee = order.total_fen / 20",
        {},
    ),
    "one clock": (
        own_clock,
        in_domain,
        "at = timezone.now()",
        {},
    ),
    "services are called by name": (
        positional_service,
        in_layers("services"),
        "@transaction.atomic\ndef close(round_id: int) -> None: ...",
        {},
    ),
    "the time is read after the locks": (
        time_before_locks,
        in_layers("services"),
        "def close(pk):\n    at = clock.now()\n    rnd = Round.objects.lock(pk)",
        {},
    ),
    "functions are short": (
        long_functions,
        in_app,
        "def long():\n" + "    pass\n" * LONGEST_FUNCTION,
        {},
    ),
}


@pytest.mark.parametrize("rule", RULES)
def test_the_source_keeps_the_rule(rule):
    check, holds, _, exceptions = RULES[rule]
    broken, excused = [], set()
    for path in filter(holds, sources()):
        for line, what in check(ast.parse(path.read_text())):
            if name_of(path) in exceptions:
                excused.add(name_of(path))
            else:
                broken.append(f"{name_of(path)}:{line}: {what}")
    assert not broken, f"{rule}:\n" + "\n".join(broken)
    assert excused == set(exceptions), "an exception that nothing needs any more"


@pytest.mark.parametrize("rule", RULES)
def test_twin_the_checker_sees_what_breaks_it(rule):
    check, _, snippet, _ = RULES[rule]
    assert list(check(ast.parse(snippet)))


# Where things may stand


@pytest.mark.parametrize("app", APPS)
def test_an_app_has_layers_and_nothing_else(app):
    assert modules_of(ROOT / app) <= APP_MODULES


def test_the_core_has_these_modules_and_no_others():
    assert modules_of(ROOT / "tuangou" / "core") <= CORE_MODULES


def modules_of(folder: Path) -> set[str]:
    return {
        path.stem
        for path in folder.iterdir()
        if path.name not in {"__init__.py", "__pycache__"}
        and (path.suffix == ".py" or (path.is_dir() and any(path.rglob("*.py"))))
    }


def test_files_stay_readable():
    long = {
        name_of(path): lines
        for path in sources()
        if (lines := len(path.read_text().splitlines())) > LONGEST_FILE
    }
    assert set(long) == set(LONG_FILES), long
