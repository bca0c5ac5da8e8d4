"""What a Python file says of itself without being run: whether it is a tool, what it imports, where it works.

Standard library only.
"""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

MAX_SOURCE = 4 << 20
#: Modules of the standard library; a Python before 3.10 does not know them all.
STANDARD: frozenset[str] = getattr(sys, "stdlib_module_names", frozenset(sys.builtin_module_names))
#: Packages whose parsers are argparse's.
_PARSER_PACKAGES = {"argparse", "configargparse", "jsonargparse", "simple_parsing", "argcomplete"}
#: Packages by which commands are written: click, and what is made of it.
COMMAND_PACKAGES = {"click", "typer", "rich_click", "click_extra", "cloup"}
#: What reads a command line in another way.
_OTHER_PARSERS = {"fire", "docopt", "optparse", "getopt"}
_COMMAND_DECORATORS = {"command", "group"}
_PARSING = {"parse_args", "parse_known_args", "parse_intermixed_args", "parse_known_intermixed_args"}
#: Calls by which a module does its work when it is run.
_ACTING = {"main", "run", "start", "execute", "cli", "print", "exit"}
#: Files that are never tools by their name.
_NEVER = {"__init__.py", "conftest.py", "setup.py"}


@dataclass
class Source:
    """What was seen in one file."""

    kind: str = "module"
    docstring: str = ""
    #: Whether the syntax tree reaches an argparse parser, here or in a module beside it.
    parses: bool = False
    parse_calls: int = 0
    functions: bool = False
    #: Names of functions that are decorated as tools, as far as the text shows.
    declared: list[str] = field(default_factory=list)
    #: Top-level third-party modules that are imported at module level.
    preload: list[str] = field(default_factory=list)
    #: Files that the imports may mean, whether they exist or not.
    imports: list[str] = field(default_factory=list)
    #: Modules beside the file that it imports, directly or through others.
    local: list[str] = field(default_factory=list)
    #: How many folders above its own the script works in.
    climbs: int = 0
    #: The same for modules beside it that it imports.
    heights: list[tuple[str, int]] = field(default_factory=list)
    #: Names of libraries that read the command line in a way of their own.
    foreign: list[str] = field(default_factory=list)
    #: Whether the syntax tree reaches click or typer, here or in a module beside it.
    commands: bool = False
    #: Whether it reads ``sys.argv`` itself.
    reads_argv: bool = False
    #: Names that are bound by its imports.
    imported: list[str] = field(default_factory=list)
    error: dict[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def inspect_file(path: Path, toolbox: Path) -> tuple[Source, ast.Module | None]:
    """Read a file's syntax tree; never raises for what is in the file."""
    source = Source()
    try:
        tree = parse_file(path)
    except SyntaxError as error:
        source.kind = "broken"
        source.error = _error(f"{type(error).__name__}: {error.msg}", path, error.lineno)
        return source, None
    except (OSError, ValueError, RecursionError, MemoryError) as error:
        source.kind = "broken"
        source.error = _error(f"can't be read: {type(error).__name__}: {error}", path, None)
        return source, None
    source = inspect_tree(path, toolbox, tree)
    return source, None if source.kind == "broken" else tree


def inspect_tree(path: Path, toolbox: Path, tree: ast.Module) -> Source:
    """As ``inspect_file``, of code that was parsed already."""
    source = Source()
    try:
        _Inspection(path, toolbox, tree, source).run()
    except RecursionError:
        source.kind = "broken"
        source.error = _error("can't be read: its expressions are nested too deeply", path, None)
    return source


def parse_file(path: Path) -> ast.Module:
    if path.stat().st_size > MAX_SOURCE:
        raise ValueError(f"larger than {MAX_SOURCE >> 20} MB")
    return ast.parse(path.read_bytes(), filename=str(path))


def _error(message: str, path: Path, line: int | None) -> dict[str, Any]:
    return {"message": message, "path": str(path), "line": line, "hint": None, "traceback": None}


class _Inspection:
    def __init__(self, path: Path, toolbox: Path, tree: ast.Module, source: Source) -> None:
        self.path, self.toolbox, self.tree, self.source = path, toolbox, tree, source

    def run(self) -> None:
        source, tree = self.source, self.tree
        source.docstring = (ast.get_docstring(tree) or "").encode(errors="replace").decode()
        own = reaches_parser(tree)
        source.parse_calls = count_parse_calls(tree)
        source.declared = declared_tools(tree)
        source.functions = bool(source.declared)
        self._follow_imports()
        trees = [(each, self._tree_of(Path(each))) for each in source.local]
        known = [(each, tree) for each, tree in trees if tree is not None]
        source.parses = own or any(reaches_parser(tree) for _, tree in known)
        source.heights = [(each, height) for each, tree in known if (height := climbs(tree))]
        source.preload = sorted(self._third_party(module_level_imports(tree)))
        source.foreign = sorted(imported_names(tree) & _OTHER_PARSERS)
        source.commands = any(reaches_commands(each) for each in (tree, *(tree for _, tree in known)))
        source.reads_argv = reads_argv(tree)
        source.imported = bound_by_imports(tree) if source.commands else []
        source.climbs = climbs(tree)
        source.kind = self._kind()

    def _kind(self) -> str:
        if self.path.name in _NEVER or self.path.name.startswith("test_"):
            return "module"
        if has_main_guard(self.tree) or defines_commands(self.tree):
            return "script"
        if self.source.parses and (_calls_at_top(self.tree, _PARSING) or _acts_at_top(self.tree)):
            return "script"
        if not self.source.functions and _acts_at_top(self.tree) and not _defines_only(self.tree):
            return "script"
        return "functions" if self.source.functions else "module"

    def _follow_imports(self) -> None:
        """Collect the modules beside the file, transitively, and the paths where others would be."""
        found: dict[str, None] = {}
        waiting: list[tuple[Path, ast.Module]] = [(self.path, self.tree)]
        candidates: dict[str, None] = {}
        while waiting and len(found) < 200:
            path, tree = waiting.pop()
            for name, level in _imported_modules(tree):
                for candidate in self._candidates(path, name, level):
                    if str(candidate) == str(self.path):
                        continue
                    if len(candidates) < 400:
                        candidates[str(candidate)] = None
                    if str(candidate) in found or not candidate.is_file():
                        continue
                    found[str(candidate)] = None
                    try:
                        waiting.append((candidate, parse_file(candidate)))
                    except (OSError, ValueError, SyntaxError, RecursionError, MemoryError):
                        continue
        self.source.local = list(found)
        self.source.imports = list(candidates)

    def _candidates(self, path: Path, name: str, level: int) -> Iterator[Path]:
        parts = [part for part in name.split(".") if part]
        if level:
            bases = [path.parents[min(level, len(path.parents)) - 1]]
        else:
            if not parts or parts[0] in STANDARD:
                return
            bases = list(dict.fromkeys([self.path.parent, self.toolbox, self.toolbox.parent]))
        for base in bases:
            if not parts:
                yield base / "__init__.py"
                continue
            for end in range(1, len(parts) + 1):
                yield base.joinpath(*parts[:end], "__init__.py")
            yield base.joinpath(*parts[:-1], parts[-1] + ".py")
            if len(parts) > 1:
                yield base.joinpath(*parts[:-2], parts[-2] + ".py")

    def _tree_of(self, path: Path) -> ast.Module | None:
        try:
            return parse_file(path)
        except (OSError, ValueError, SyntaxError, RecursionError, MemoryError):
            return None

    def _third_party(self, names: set[str]) -> set[str]:
        local = {Path(each).stem for each in self.source.local}
        local |= {Path(each).parent.name for each in self.source.local if each.endswith("__init__.py")}
        folders = {entry.name for entry in os.scandir(self.path.parent) if entry.is_dir()}
        return {
            name
            for name in names
            if name not in STANDARD
            and name not in local
            and name not in folders
            and name != "jupyter_toolrunner"
        }


# -- questions about a tree -----------------------------------------------------------------------------------------


def reaches_parser(tree: ast.AST) -> bool:
    return bool(imported_names(tree) & _PARSER_PACKAGES)


def reaches_commands(tree: ast.AST) -> bool:
    return bool(imported_names(tree) & COMMAND_PACKAGES)


def defines_commands(tree: ast.Module) -> bool:
    """Whether functions at the top are decorated as commands of click or typer."""
    return reaches_commands(tree) and any(
        isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and any(
            _name_of(each.func if isinstance(each, ast.Call) else each) in _COMMAND_DECORATORS
            for each in node.decorator_list
        )
        for node in tree.body
    )


def calls_at_end(tree: ast.Module, names: set[str]) -> bool:
    """Whether a statement at the top calls one of these, and no more."""
    called = [
        node.value.func
        for node in tree.body
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    ]
    return any(_name_of(each) in names for each in called)


def reads_argv(tree: ast.AST) -> bool:
    """Whether ``sys.argv`` is looked at beyond the name of the program."""
    names = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and node.slice.value == 0
    }
    imported = any(
        isinstance(node, ast.ImportFrom)
        and node.module == "sys"
        and any(alias.name == "argv" for alias in node.names)
        for node in ast.walk(tree)
    )
    return imported or any(
        isinstance(node, ast.Attribute)
        and node.attr == "argv"
        and isinstance(node.value, ast.Name)
        and node.value.id == "sys"
        and node not in names
        for node in ast.walk(tree)
    )


def bound_by_imports(tree: ast.Module) -> list[str]:
    return sorted(
        {
            alias.asname or alias.name.partition(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, (ast.Import, ast.ImportFrom))
            for alias in node.names
        }
    )


def imported_names(tree: ast.AST) -> set[str]:
    """Top-level names of all imported modules, wherever the import stands."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
        elif isinstance(node, ast.Call) and _name_of(node.func) in ("import_module", "__import__"):
            names |= {_text_in(argument).partition(".")[0] for argument in node.args[:1]}
    return names - {""}


def _text_in(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def module_level_imports(tree: ast.Module) -> set[str]:
    """First parts of the names that are imported whenever the module is."""
    return {name.partition(".")[0] for name in module_level_names(tree)}


def module_level_names(tree: ast.Module) -> set[str]:
    """Modules that are imported whenever the module is: not those in functions or behind a ``try``."""
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return names


def _imported_modules(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, 0
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "", node.level
            for alias in node.names:
                if node.level or node.module:
                    yield f"{node.module + '.' if node.module else ''}{alias.name}", node.level


def count_parse_calls(tree: ast.AST) -> int:
    return sum(
        1
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _PARSING
    )


def declared_tools(tree: ast.AST) -> list[str]:
    """Names of functions at the top that are decorated with something that may be our ``tool``."""
    if "jupyter_toolrunner" not in imported_names(tree):
        return []
    return [
        node.name
        for node in getattr(tree, "body", [])
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and any(
            _name_of(each.func if isinstance(each, ast.Call) else each) not in _NOT_OURS
            for each in node.decorator_list
        )
    ]


_NOT_OURS = {"contextmanager", "lru_cache", "cache", "wraps", "fixture", "property", "overload"}


def has_main_guard(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.If)
        and any(isinstance(each, ast.Name) and each.id == "__name__" for each in ast.walk(node.test))
        and any(isinstance(each, ast.Constant) and each.value == "__main__" for each in ast.walk(node.test))
        for node in tree.body
    )


def _name_of(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _top_level(tree: ast.Module) -> Iterator[ast.AST]:
    """Nodes that run when the module does: not the bodies of functions."""
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        yield node
        waiting.extend(ast.iter_child_nodes(node))


def _calls_at_top(tree: ast.Module, names: set[str]) -> bool:
    return any(isinstance(node, ast.Call) and _name_of(node.func) in names for node in _top_level(tree))


def _acts_at_top(tree: ast.Module) -> bool:
    """Whether the module does something when it runs, beyond defining and setting up."""
    own = {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}
    for node in tree.body:
        if isinstance(node, (ast.For, ast.While, ast.With)):
            return True
        called = node.value if isinstance(node, ast.Expr) else None
        if isinstance(called, ast.Call) and _name_of(called.func) in own | _ACTING:
            return True
    return False


def _defines_only(tree: ast.Module) -> bool:
    """Modules that print or loop a little while they are imported are still modules where others import names."""
    return any(
        isinstance(node, ast.Assign)
        and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets)
        for node in tree.body
    )


# -- where a script works -------------------------------------------------------------------------------------------


def climbs(tree: ast.AST) -> int:
    """The highest folder above its own that the script computes from ``__file__``: 1 for its parent's parent."""
    heights = _Heights()
    # Names may be assigned below the functions that use them.
    for _ in range(3):
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Assign)
                and len(node.targets) == 1
                and isinstance(node.targets[0], ast.Name)
            ):
                heights.assign(node.targets[0].id, node.value)
    for node in ast.walk(tree):
        if isinstance(node, (ast.Attribute, ast.Subscript, ast.Call, ast.BinOp)):
            heights.of(node)
    return max(0, heights.highest - 1)


_SAME = {"resolve", "absolute", "expanduser"}
_SAME_FUNCTIONS = {"Path", "PurePath", "abspath", "realpath", "normpath", "str", "fspath"}


class _Heights:
    """How far expressions climb: 0 for ``__file__``, 1 for its folder, 2 for the folder above; None for others."""

    def __init__(self) -> None:
        self.highest = 0
        self._known: dict[str, int] = {"__file__": 0}

    def assign(self, name: str, value: ast.expr) -> None:
        height = self.of(value)
        if height is not None and name != "__file__":
            self._known[name] = height

    def of(self, node: ast.expr) -> int | None:
        height = self._of(node)
        if height is not None:
            self.highest = max(self.highest, height)
        return height

    def _of(self, node: ast.expr) -> int | None:
        if isinstance(node, ast.Name):
            return self._known.get(node.id)
        if isinstance(node, ast.Attribute) and node.attr == "parent":
            return self._above(node.value, 1)
        if isinstance(node, ast.Subscript):
            return self._subscript(node)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            return self._joined(self.of(node.left), [node.right])
        return self._called(node) if isinstance(node, ast.Call) else None

    def _above(self, node: ast.expr, steps: int) -> int | None:
        height = self.of(node)
        return None if height is None else height + steps

    def _subscript(self, node: ast.Subscript) -> int | None:
        index = node.slice.value if isinstance(node.slice, ast.Constant) else None
        if (
            not isinstance(node.value, ast.Attribute)
            or node.value.attr != "parents"
            or not isinstance(index, int)
        ):
            return None
        return self._above(node.value.value, index + 1)

    def _called(self, node: ast.Call) -> int | None:
        name = _name_of(node.func)
        if isinstance(node.func, ast.Attribute) and name in _SAME:
            return self.of(node.func.value)
        if isinstance(node.func, ast.Attribute) and name == "joinpath":
            return self._joined(self.of(node.func.value), node.args)
        if not node.args:
            return None
        if name == "dirname":
            return self._above(node.args[0], 1)
        if name in _SAME_FUNCTIONS or name == "join":
            return self._joined(self.of(node.args[0]), node.args[1:])
        return None

    def _joined(self, height: int | None, parts: list[ast.expr]) -> int | None:
        """A path joined to a folder climbs by its leading ``..`` and descends by its names."""
        for part in parts:
            text = ".." if _name_of(part) == "pardir" else _text_in(part)
            for piece in text.replace("\\", "/").split("/") if text else [None]:
                if height is None or piece is None:
                    return None
                if piece not in ("", "."):
                    height += 1 if piece == ".." else -1
                self.highest = max(self.highest, height)
                if height < 0:
                    return None
        return height
