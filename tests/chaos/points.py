"""The crash points of the product, read from its code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import jupyter_toolrunner

PACKAGE = Path(jupyter_toolrunner.__file__).parent
#: What is no part of a run's life, each with the reason.
NOT_OF_A_RUN = {
    "artifacts.adopt": "an upload, before there is a run",
    "commit.db.copies": "the upgrade, which has tests of its own",
    "commit.db.dashboards": "dashboards",
    "commit.db.dump": "a backup that is brought back: one transaction",
    "commit.db.offers": "what a machine can run, which it says again each few seconds",
    "commit.db.preferences": "preferences",
    "commit.db.presets": "presets",
    "commit.db.queue": "holds, limits and places in the queue, each in one transaction, of runs that wait",
    "artifacts.remove": "what ended long ago; a test of retention dies there",
    "artifacts.restore": "what ended long ago; a test of retention dies there",
    "commit.db.retention": "what ended long ago; a test of retention dies there",
    "commit.db.runs.drop_result": "a result whose files are gone: whoever finds it so drops it again",
    "commit.db.schedules.change": "a schedule, before it fires",
    "commit.db.schedules.delete": "a schedule, which leaves its runs",
    "commit.db.schedules.insert": "a schedule, before it fires",
    "commit.db.schema": "the upgrade, which has tests of its own",
    "commit.db.toolboxes": "toolboxes",
    "commit.db.uploads": "uploads, before there is a run",
    "commit.db.uses": "a mark at an artifact, before there is a run that names it",
    "commit.db.workers": "what workers say of themselves again and again, and are told",
}
#: Renames and spawns that need no point, each with the reason.
EXEMPT = {
    "cli/services.py:_started": "as `service.spawn`, for workers started from a terminal",
    "core/folders.py:_remove_entry": "a folder on its way to be removed",
    "queue/embedded.py:_rotated": "the services' own log",
    "storage/copies.py:keep": "a copy of what the store has",
    "storage/sealed.py:seal": "a backup's file",
    "runners/interpreters.py:_do": "an environment, before there is an attempt",
    "runners/interpreters.py:_write": "an environment, before there is an attempt",
    "runners/kernels.py:__init__": "as `run.fork`, for the kernels of notebooks",
}
_FOLDERS = ("cli", "core", "queue", "runners", "services", "storage")
_STEPS = {("os", "replace"), ("os", "rename"), ("os", "fork"), ("subprocess", "Popen")}


def all_points() -> set[str]:
    """Every point of a run's life, before and after."""
    names = {*_written_out(), *_commits()}
    return {f"{name}.{side}" for name in names if is_of_a_run(name) for side in ("before", "after")}


def is_of_a_run(point: str) -> bool:
    return not point.startswith(tuple(NOT_OF_A_RUN))


def _written_out() -> Iterator[str]:
    for _, tree in _modules("."):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _called(node) == "crashpoint":
                argument = node.args[0]
                if isinstance(argument, ast.Constant):
                    yield str(argument.value)


def _commits() -> Iterator[str]:
    """Each function that begins a transaction in which it may write."""
    for path, tree in _modules("db"):
        if path.parent.name != "db":
            continue
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef) and any(map(_writes, _within(function))):
                yield f"commit.db.{path.stem}.{function.name}"


def _within(function: ast.FunctionDef) -> Iterator[ast.expr]:
    for node in ast.walk(function):
        if isinstance(node, ast.With):
            yield from (item.context_expr for item in node.items)


def _writes(context: ast.expr) -> bool:
    if not isinstance(context, ast.Call):
        return False
    if _called(context) == "transaction":
        return "reader" not in ast.unparse(context)
    begins = isinstance(context.func, ast.Attribute) and context.func.attr == "begin"
    source = ast.unparse(context)
    return begins and "_reader" not in source and "read_only=True" not in source


def steps_without_a_point() -> list[str]:
    """Renames and spawns that are neither points nor exempt, as ``module.py:function``."""
    found = []
    for folder in _FOLDERS:
        for path, tree in _modules(folder):
            place = path.relative_to(PACKAGE).as_posix()
            if place.startswith(("storage/previews/", "core/crashpoints")):
                continue
            for function in ast.walk(tree):
                if isinstance(function, ast.FunctionDef):
                    name = f"{place}:{function.name}"
                    steps = [node for node in ast.walk(function) if _is_step(node)]
                    points = [node for node in _within(function) if _called(node) == "crashpoint"]
                    if steps and not points and name not in EXEMPT:
                        found.append(name)
    return found


def _is_step(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    return (ast.unparse(node.func.value), node.func.attr) in _STEPS


def _called(node: ast.AST) -> str:
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""


def _modules(folder: str) -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted((PACKAGE / folder).rglob("*.py")):
        yield path, ast.parse(path.read_text("utf-8"))
