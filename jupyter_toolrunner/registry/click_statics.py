"""Commands of click and typer from the text of a script that can't be run to be read. Standard library only.

What makes the commands is kept of the text: imports of the parsers and of the standard library, classes, constants, and
functions with their decorators but without their bodies. That much is run, statement by statement; what fails is left out.
"""

from __future__ import annotations

import ast
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import clicks
from .source import COMMAND_PACKAGES, STANDARD

Json = Any


def commands_in_text(tree: ast.Module, path: Path) -> list[tuple[str, Any, list[dict[str, Json]]]]:
    """Each command or group that no other has: its name in the text, itself, and its leaves.

    They are described as `clicks.describe_commands` does.
    """
    module = types.ModuleType("toolrunner_text")
    module.__file__ = str(path)
    imported: set[str] = set()
    sys.modules[module.__name__] = module
    try:
        for statement in _kept(tree):
            _run(statement, module, path)
            if isinstance(statement, (ast.Import, ast.ImportFrom)):
                imported |= {alias.asname or alias.name for alias in statement.names}
        found = []
        for name, root in clicks.roots_of(vars(module), imported):
            leaves = [each for each in clicks.describe_commands(root) if "error" not in each]
            found.append((name, root, leaves))
        return found
    except Exception:
        return []
    finally:
        del sys.modules[module.__name__]


def _kept(tree: ast.Module) -> Iterator[ast.stmt]:
    for node in tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            if _is_known(node):
                yield node
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield _without_body(node)
        elif isinstance(node, ast.ClassDef) or _makes_commands(node):
            yield node


def _is_known(node: ast.Import | ast.ImportFrom) -> bool:
    names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
    known = COMMAND_PACKAGES | {"typing_extensions"} | STANDARD
    return not getattr(node, "level", 0) and all(name.partition(".")[0] in known for name in names)


def _without_body(node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.stmt:
    bare = ast.parse("def f(): pass").body[0]
    assert isinstance(bare, ast.FunctionDef)
    first = node.body[0]
    text = (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    )
    bare.name, bare.args, bare.decorator_list = node.name, node.args, node.decorator_list
    bare.body = [*([first] if text else []), *bare.body]
    return ast.copy_location(bare, node)


def _makes_commands(node: ast.stmt) -> bool:
    """Constants, apps and groups that are made by a call, and what is added to them."""
    value = getattr(node, "value", None)
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        called = value.func if isinstance(value, ast.Call) else None
        return called is None or _name_of(called) in {
            "Typer",
            "Group",
            "Command",
            "CommandCollection",
            "Option",
            "Argument",
        }
    return isinstance(value, ast.Call) and _name_of(value.func) in {"add_typer", "add_command"}


def _name_of(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _run(statement: ast.stmt, module: types.ModuleType, path: Path) -> None:
    """One after the other; a decorator or a default that can't be had is left out, and its function stays."""
    if _does_run(statement, module, path) or not isinstance(statement, ast.FunctionDef):
        return

    def can_be_had(part: ast.expr) -> bool:
        return _does_run(ast.copy_location(ast.Expr(part), statement), module, path)

    statement.decorator_list = [each for each in statement.decorator_list if can_be_had(each)]
    unknown = ast.copy_location(ast.Constant(None), statement)
    statement.args.defaults = [each if can_be_had(each) else unknown for each in statement.args.defaults]
    statement.args.kw_defaults = [
        each if each is None or can_be_had(each) else unknown for each in statement.args.kw_defaults
    ]
    _does_run(statement, module, path)


def _does_run(statement: ast.stmt, module: types.ModuleType, path: Path) -> bool:
    try:
        tree = ast.fix_missing_locations(ast.Module([statement], []))
        exec(compile(tree, str(path), "exec", dont_inherit=True), vars(module))
    except Exception:
        return False
    return True
