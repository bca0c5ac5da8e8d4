"""Every script of the corpus is listed, and every parameter is what argparse's own parser says."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from corpus_table import CORPUS, DANGEROUS, NOT_TOOLS, RUNS, TOOLBOXES, Case
from jsonschema import Draft202012Validator

from jupyter_toolrunner.core.command_line import CommandLine
from jupyter_toolrunner.core.params import complete
from jupyter_toolrunner.core.tools import Tool, ToolKind
from jupyter_toolrunner.registry.catalog import Catalog

ORACLE = Path(__file__).with_name("oracle.py")
#: The oracle runs the script in earnest, so only those that are in the table.
SCRIPTS = sorted({(case.toolbox, case.script) for case in RUNS if case.is_argparse})
ARGPARSE_RUNS = [case for case in RUNS if case.is_argparse]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("box") / "corpus"
    shutil.copytree(CORPUS, copy)
    return copy


@pytest.fixture(scope="module")
def before(corpus: Path) -> dict[str, bytes]:
    return _content(corpus)


@pytest.fixture(scope="module")
def catalog(
    corpus: Path, before: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Catalog]:
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        boxes = [str(corpus / each) for each in TOOLBOXES]
        with Catalog(boxes, home / "cache.json", entry_points=False, watch=False) as catalog:
            assert catalog.refresh(wait=True, timeout=110)
            yield catalog
    assert [each.name for each in home.iterdir()] == ["cache.json"], "something was written to the home"


def _content(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _tool_of(catalog: Catalog, path: Path) -> Tool:
    (tool,) = [t for t in catalog.tools() if t.entry.path == str(path) and t.kind is ToolKind.SCRIPT]
    return tool


def _oracle(what: str, script: Path, *arguments: str) -> Any:
    done = subprocess.run(
        [sys.executable, str(ORACLE), what, str(script), *arguments],
        capture_output=True,
        timeout=60,
        cwd=script.parent,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-3000:]
    return json.loads(done.stdout)


def test_every_script_is_listed(catalog: Catalog, corpus: Path) -> None:
    listed = {tool.entry.path for tool in catalog.tools()}
    there = {str(path) for box in TOOLBOXES for path in (corpus / box).rglob("*.py")}
    there |= {str(path) for path in (corpus / "programs").glob("*.tool.yaml")}
    expected = {path for path in there if "/functions/shared/" not in path} - {
        str(corpus / each) for each in NOT_TOOLS
    }
    assert listed == expected
    assert len(listed) > 60


def test_reading_leaves_the_originals_untouched(
    catalog: Catalog, corpus: Path, before: dict[str, bytes]
) -> None:
    assert _content(corpus) == before
    assert (corpus / "hostile").stat().st_mode & 0o777


def test_every_schema_is_valid_and_every_default_fits(catalog: Catalog) -> None:
    for tool in catalog.tools():
        Draft202012Validator.check_schema(tool.params_schema)
        for name, prop in _all_properties(tool.params_schema):
            if "default" in prop:
                checker = Draft202012Validator({**prop, "$defs": tool.params_schema.get("$defs", {})})
                assert checker.is_valid(prop["default"]), (tool.name, name)
            if tool.kind is ToolKind.SCRIPT:
                assert prop["title"]


def test_reading_again_gives_the_same_tools(catalog: Catalog, corpus: Path, tmp_path: Path) -> None:
    boxes = [str(corpus / each) for each in TOOLBOXES if each != "hostile"]
    with Catalog(boxes, tmp_path / "cache.json", entry_points=False, watch=False) as again:
        assert again.refresh(wait=True)
        assert {tool.name: tool for tool in again.tools()} == {
            tool.name: tool for tool in catalog.tools() if tool.toolbox != "hostile"
        }


@pytest.mark.parametrize(
    ("name", "line", "message"),
    [
        ("syntax_error.py", 3, "SyntaxError: '(' was never closed"),
        ("missing_import.py", 3, "No module named 'surely_not_installed_anywhere'"),
        ("deep.py", None, "nested"),
        ("nul_bytes.py", None, "null bytes"),
        ("not_utf8.py", None, "utf-8"),
    ],
)
def test_a_script_that_can_not_run_is_listed_with_its_error(
    catalog: Catalog, corpus: Path, name: str, line: int | None, message: str
) -> None:
    path = corpus / "hostile" / name
    error = _tool_of(catalog, path).error
    assert error is not None
    assert message in error.message
    assert error.path == str(path)
    assert line is None or error.line == line
    assert name != "missing_import.py" or error.hint == "pip install surely_not_installed_anywhere"


@pytest.mark.parametrize("name", DANGEROUS)
def test_a_script_that_does_harm_is_listed_with_its_params_all_the_same(
    catalog: Catalog, corpus: Path, name: str
) -> None:
    tool = _tool_of(catalog, corpus / "hostile" / name)
    assert tool.error is None
    assert tool.params_schema["properties"]
    if name not in ("deletes_itself.py", "kills.py", "forks.py"):
        assert tool.notice


@pytest.mark.parametrize(("toolbox", "script"), SCRIPTS)
def test_every_parameter_is_what_argparse_says(
    catalog: Catalog, corpus: Path, toolbox: str, script: str
) -> None:
    path = corpus / toolbox / script
    tool = _tool_of(catalog, path)
    if not isinstance(tool.entry.command_line, CommandLine) or script in ("exits_early.py", "raises.py"):
        return
    assert tool.error is None
    assert tool.notice is None
    _compare_level(_oracle("parser", path), tool.params_schema, tool.params_schema)


def _compare_level(parser: Mapping[str, Any], level: Mapping[str, Any], schema: Mapping[str, Any]) -> None:
    by_dest: dict[str, list[dict[str, Any]]] = {}
    for action in parser["actions"]:
        if action["kind"] not in ("HelpAction", "VersionAction"):
            by_dest.setdefault(action["dest"], []).append(action)
    for dest, actions in by_dest.items():
        if actions[0]["commands"] is not None:
            _compare_commands(actions[0], level, schema)
        elif dest in level["properties"]:
            _compare_property(dest, actions, level)
        else:
            assert any(dest in branch["then"]["properties"] for branch in level["allOf"] if "then" in branch)
    for group in parser["groups"]:
        fields = list(dict.fromkeys(group["dests"]))
        if len(fields) > 1:
            assert {"fields": fields, "required": group["required"]} in level["x-exclusive"]
    known = {dest for dest in by_dest if by_dest[dest][0]["commands"] is None}
    extra = set(level["properties"]) - known
    assert all(level["properties"][name].get("x-subcommand") or level is not schema for name in extra)


def _compare_commands(action: Mapping[str, Any], level: Mapping[str, Any], schema: Mapping[str, Any]) -> None:
    (name,) = [name for name, each in level["properties"].items() if each.get("x-subcommand")]
    if action["dest"] != "==SUPPRESS==":
        assert name == action["dest"]
    assert level["properties"][name]["enum"] == list(action["commands"])
    assert (name in level.get("required", ())) == action["required"]
    branches = {
        rule["if"]["properties"][name]["const"]: rule["then"]
        for rule in level["allOf"]
        if "const" in rule.get("if", {}).get("properties", {}).get(name, {})
    }
    assert list(branches) == list(action["commands"])
    for command, parser in action["commands"].items():
        _compare_level(parser, branches[command], schema)


#: argparse's type to the schema's.
TYPES = {"int": "integer", "float": "number", "str": "string", "bool": "boolean", "str2bool": "boolean"}


def _compare_property(dest: str, actions: list[dict[str, Any]], level: Mapping[str, Any]) -> None:
    prop, first = level["properties"][dest], actions[0]
    positional = not first["flags"]
    required = first["nargs"] not in ("?", "*", "...") if positional else first["required"]
    group = [g for g in level.get("x-exclusive", ()) if dest in g["fields"]]
    if not group:
        assert (dest in level.get("required", ())) == required
    if not positional:
        assert prop["x-flag"] in [flag for action in actions for flag in action["flags"]]
    _compare_type(prop, actions)
    _compare_default(prop, first)
    if first["help"] and "%" not in first["help"] and first["help"] != "==SUPPRESS==":
        assert prop["description"].startswith(first["help"].encode("utf-8", "replace").decode())


def _compare_type(prop: Mapping[str, Any], actions: list[dict[str, Any]]) -> None:
    first, kinds = actions[0], {action["kind"] for action in actions}
    wanted = TYPES.get(first["type"], "string")
    item: Mapping[str, Any] = prop
    if kinds == {"StoreConstAction"}:
        assert set(prop["enum"]) >= {
            action["const"] for action in actions if not str(action["const"]).startswith("<")
        }
        return
    if kinds <= {"StoreTrueAction", "StoreFalseAction", "BooleanOptionalAction"}:
        assert prop["type"] == "boolean"
        return
    if "CountAction" in kinds:
        assert prop["type"] == "integer"
        return
    if kinds == {"AppendConstAction"}:
        assert prop["items"]["enum"] == [action["const"] for action in actions]
        return
    if first["kind"] == "Toggle":
        assert prop["type"] == "boolean"
        return
    if first["kind"] in ("AppendAction", "ExtendAction"):
        assert prop["type"] == "array"
        item = item["items"]
    if first["nargs"] not in (None, "?") and first["kind"] != "ExtendAction":
        assert item["type"] == "array"
        if isinstance(first["nargs"], int):
            assert item["minItems"] == item["maxItems"] == first["nargs"]
        assert item.get("minItems") == (1 if first["nargs"] == "+" else item.get("minItems"))
        item = item["items"]
    kind = item["type"] if isinstance(item["type"], str) else item["type"][0]
    assert kind == wanted
    if first["choices"] is not None and not isinstance(first["choices"], str):
        _compare_choices(item, first["choices"])


def _compare_choices(item: Mapping[str, Any], choices: list[Any]) -> None:
    if "enum" not in item:
        assert choices[0] == item.get("minimum", choices[0])
        return
    assert len(item["enum"]) == len(choices)
    for mine, theirs in zip(item["enum"], choices, strict=True):
        assert mine == theirs or str(theirs).startswith("<")


def _compare_default(prop: Mapping[str, Any], action: Mapping[str, Any]) -> None:
    default = action["default"]
    if action["kind"] == "Toggle" or (
        not action["flags"] and action["nargs"] in ("*", "...") and default is None
    ):
        assert prop["default"] in (False, [])
    elif default is None or default == "==SUPPRESS==":
        assert "default" not in prop
    elif "default" in prop:
        same_text = str(prop["default"]) == str(default) or str(default).endswith(f"> {prop['default']}")
        nested = isinstance(default, list)
        named = str(default).startswith("<") or same_text
        assert prop["default"] == default or named or nested
    else:
        assert "x-default" in prop


@pytest.mark.parametrize("case", ARGPARSE_RUNS, ids=lambda case: f"{case.tool}-{'-'.join(case.params)[:40]}")
def test_the_script_reads_back_the_values_that_were_given(catalog: Catalog, corpus: Path, case: Case) -> None:
    path = corpus / case.toolbox / case.script
    tool = _tool_of(catalog, path)
    if not isinstance(tool.entry.command_line, CommandLine) or case.status:
        return
    params = complete(tool.params_schema, case.params)
    argv = tool.entry.command_line.argv(params)
    values = _oracle("values", path, *argv)
    for name, value in params.items():
        if name in values and not _is_converted(tool, name):
            assert values[name] == value, name


def _is_converted(tool: Tool, name: str) -> bool:
    """Whether the script makes something of its own of the text."""
    text = json.dumps(tool.params_schema)
    own = ('"x-type"', '"format"')
    described = [p for p in _all_properties(tool.params_schema) if p[0] == name]
    return any(key.strip('"') in json.dumps(prop) for _, prop in described for key in own) or (
        text == "" or (isinstance(described[0][1].get("enum"), list) and "x-default" in described[0][1])
    )


def _all_properties(schema: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield from schema["properties"].items()
    for rule in schema.get("allOf", ()):
        if "then" in rule:
            yield from _all_properties(rule["then"])


@pytest.mark.parametrize("case", ARGPARSE_RUNS, ids=lambda case: f"{case.tool}-{'-'.join(case.params)[:40]}")
def test_the_table_says_how_each_script_runs(
    catalog: Catalog, corpus: Path, tmp_path: Path, case: Case
) -> None:
    copy = tmp_path / "corpus"
    shutil.copytree(CORPUS, copy)
    tool = _tool_of(catalog, corpus / case.toolbox / case.script)
    line = tool.entry.command_line
    argv = line.argv(complete(tool.params_schema, case.params)) if line else []
    # Defaults that name the folder of the corpus name that of the copy in a real run.
    argv = [word.replace(str(corpus), str(copy)) for word in argv]
    work = tmp_path / "work"
    work.mkdir()
    with (tmp_path / "log").open("wb") as log:
        status = subprocess.run(
            [sys.executable, str(copy / case.toolbox / case.script), *argv],
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            cwd=work,
            timeout=60,
        ).returncode
    printed = (tmp_path / "log").read_text(encoding="utf-8", errors="replace")
    assert status == case.status, printed[-2000:]
    assert case.prints in printed
    if case.leaves:
        assert (copy / "knowledge" / case.leaves).exists() or (work / case.leaves).exists()
