"""An ``argparse`` parser rebuilt from a syntax tree, for scripts that can't be run to be read. Literals only."""

from __future__ import annotations

import argparse
import ast
import os
import pathlib
from typing import Any

_TYPES: dict[str, Any] = {
    "int": int,
    "float": float,
    "str": str,
    "bool": bool,
    "Path": pathlib.Path,
    "PurePath": pathlib.PurePath,
    "abspath": os.path.abspath,
    "expanduser": os.path.expanduser,
    "realpath": os.path.realpath,
    "open": open,
}
_PARSER_OPTIONS = {
    "prog",
    "usage",
    "description",
    "epilog",
    "prefix_chars",
    "fromfile_prefix_chars",
    "allow_abbrev",
    "add_help",
    "conflict_handler",
    "argument_default",
}


class _Unknown(Exception):
    """An expression that is not a literal."""


class _Custom:
    """Stands for a callable that is only known by its name."""

    def __init__(self, name: str) -> None:
        self.__qualname__ = self.__name__ = name

    def __call__(self, text: str) -> str:
        return text


def read_statically(tree: ast.Module) -> argparse.ArgumentParser | None:
    """The parser that the calls in the file would build; None where there is no ``add_argument``."""
    rebuilt = _Rebuilt(tree)
    rebuilt.run()
    return rebuilt.main()


class _Rebuilt:
    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.names: dict[str, Any] = {}
        self.constants: dict[str, Any] = {}
        self.parsers: list[argparse.ArgumentParser] = []
        self.parents: set[int] = set()
        self.arguments: dict[int, int] = {}
        self.calls = 0

    def main(self) -> argparse.ArgumentParser | None:
        """The parser with the most arguments that is nobody's parent."""
        own = [each for each in self.parsers if id(each) not in self.parents]
        if not own or not self.calls:
            return None
        return max(own, key=lambda each: len(each._actions))

    def run(self) -> None:
        for node in self.tree.body:
            if (
                isinstance(node, ast.Assign)
                and len(node.targets) == 1
                and isinstance(node.targets[0], ast.Name)
            ):
                try:
                    self.constants[node.targets[0].id] = self._value(node.value)
                except _Unknown:
                    continue
        for statement in self._statements():
            try:
                self._statement(statement)
            except (
                _Unknown,
                TypeError,
                ValueError,
                argparse.ArgumentError,
                AttributeError,
                KeyError,
                IndexError,
            ):
                continue

    def _statements(self) -> list[ast.stmt]:
        found = [
            n for n in ast.walk(self.tree) if isinstance(n, (ast.Assign, ast.Expr, ast.AnnAssign, ast.Return))
        ]
        return sorted(found, key=lambda node: (node.lineno, node.col_offset))

    def _statement(self, node: ast.stmt) -> None:
        value = getattr(node, "value", None)
        if not isinstance(value, ast.Call):
            return
        made = self._call(value)
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self.names[ast.unparse(target)] = made
        elif isinstance(node, ast.AnnAssign):
            self.names[ast.unparse(node.target)] = made

    def _call(self, node: ast.Call) -> Any:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name.endswith("Parser") and name != "add_parser":
            return self._parser(node)
        if not isinstance(node.func, ast.Attribute):
            raise _Unknown
        owner = self._owner(node.func.value)
        if name == "add_argument":
            return self._add_argument(owner, node)
        if name == "add_argument_group":
            return owner.add_argument_group()
        if name == "add_mutually_exclusive_group":
            return owner.add_mutually_exclusive_group(
                required=self._keywords(node, {"required"}).get("required", False)
            )
        if name == "add_subparsers":
            return owner.add_subparsers(
                **self._keywords(node, {"dest", "required", "help", "metavar", "title"})
            )
        if name == "add_parser":
            options = self._keywords(node, _PARSER_OPTIONS | {"help", "aliases"})
            return owner.add_parser(self._value(node.args[0]), parents=self._parents(node), **options)
        if name == "set_defaults":
            owner.set_defaults(**self._keywords(node, None))
            return None
        raise _Unknown

    def _owner(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Call):
            return self._call(node)
        known = self.names.get(ast.unparse(node))
        if known is not None:
            return known
        if ast.unparse(node) in ("self", "super()", "parser", "p", "ap", "self.parser"):
            return self.parsers[-1] if self.parsers else self._new(argparse.ArgumentParser())
        raise _Unknown

    def _parser(self, node: ast.Call) -> argparse.ArgumentParser:
        return self._new(
            argparse.ArgumentParser(parents=self._parents(node), **self._keywords(node, _PARSER_OPTIONS))
        )

    def _new(self, parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
        self.parsers.append(parser)
        return parser

    def _parents(self, node: ast.Call) -> list[Any]:
        for keyword in node.keywords:
            if keyword.arg == "parents" and isinstance(keyword.value, (ast.List, ast.Tuple)):
                parents = [self.names.get(ast.unparse(each)) for each in keyword.value.elts]
                known = [each for each in parents if each is not None]
                self.parents |= {id(each) for each in known}
                return known
        return []

    def _add_argument(self, owner: Any, node: ast.Call) -> Any:
        flags = [self._value(each) for each in node.args]
        options: dict[str, Any] = {}
        for keyword in node.keywords:
            if keyword.arg is None:
                continue
            try:
                options[keyword.arg] = self._option(keyword.arg, keyword.value)
            except _Unknown:
                if keyword.arg == "action":
                    raise
                if keyword.arg == "default":
                    options.setdefault("default", None)
        self.calls += 1
        return owner.add_argument(*flags, **options)

    def _option(self, name: str, node: ast.expr) -> Any:
        if name == "type":
            short = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
            if isinstance(node, ast.Call):
                short = ast.unparse(node.func).rpartition(".")[2]
                if short == "FileType":
                    return argparse.FileType(*[self._value(each) for each in node.args])
            return _TYPES.get(short) or _Custom(
                "lambda" if isinstance(node, ast.Lambda) else ast.unparse(node)[:80]
            )
        if name == "action" and ast.unparse(node).endswith("BooleanOptionalAction"):
            return argparse.BooleanOptionalAction
        if name == "help" and ast.unparse(node).endswith("SUPPRESS"):
            return argparse.SUPPRESS
        if name == "nargs" and isinstance(node, ast.Attribute):
            return getattr(argparse, node.attr)
        return self._value(node)

    def _keywords(self, node: ast.Call, wanted: set[str] | None) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for keyword in node.keywords:
            if keyword.arg is None or (wanted is not None and keyword.arg not in wanted):
                continue
            try:
                found[keyword.arg] = self._value(keyword.value)
            except _Unknown:
                continue
        return found

    def _value(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Name) and node.id in self.constants:
            return self.constants[node.id]
        if isinstance(node, ast.Name) and node.id == "__doc__":
            return ast.get_docstring(self.tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in (
            "range",
            "list",
            "tuple",
            "sorted",
            "Path",
        ):
            arguments = [self._value(each) for each in node.args]
            if getattr(node.func, "id", "") == "range" and all(isinstance(each, int) for each in arguments):
                return range(*arguments)
            if getattr(node.func, "id", "") == "Path" and all(isinstance(each, str) for each in arguments):
                return pathlib.Path(*arguments)
            if len(arguments) == 1:
                return list(arguments[0])
        try:
            return ast.literal_eval(node)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            raise _Unknown from None
