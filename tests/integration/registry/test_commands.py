"""Commands of click and typer are read as click reads them, and get exactly the values that were given."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from corpus_table import CORPUS, RUNS, Case
from nasty import NOT_FOR_ARGV, TEXTS

from jupyter_toolrunner.core.errors import InvalidParams
from jupyter_toolrunner.core.params import complete
from jupyter_toolrunner.core.tools import Tool, ToolKind
from jupyter_toolrunner.registry.catalog import Catalog

BOX = CORPUS / "commands"
ORACLE = Path(__file__).with_name("click_oracle.py")
CASES = [case for case in RUNS if case.toolbox == "commands"]
#: Those that come to their command.
READ = [
    case
    for case in CASES
    if (case.script != "refuses.py" and "even" not in case.params) or "ident" in case.params
]
#: click's kinds to JSON's.
KINDS = {
    "StringParamType": "string", "IntParamType": "integer", "IntRange": "integer", "FloatParamType": "number",
    "FloatRange": "number", "BoolParamType": "boolean", "Path": "string", "File": "string", "DateTime": "string",
    "UUIDParameterType": "string", "Colour": "string", "FuncParamType": "string",
}  # fmt: skip


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    cache = tmp_path_factory.mktemp("cache") / "tools"
    with Catalog([str(BOX)], cache, entry_points=False, watch=False) as catalog:
        assert catalog.refresh(wait=True)
        yield catalog


def _oracle(tool: Tool, argv: list[str]) -> list[dict[str, Any]]:
    assert tool.entry.path is not None
    root = (tool.entry.attribute or "").partition(".")[0]
    done = subprocess.run(
        [sys.executable, str(ORACLE), tool.entry.path, root, *argv],
        capture_output=True,
        timeout=60,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-3000:]
    levels: list[dict[str, Any]] = json.loads(done.stdout)
    return levels


def _read(tool: Tool, params: dict[str, Any]) -> dict[str, Any]:
    """What click reads, by the names of the form."""
    assert tool.entry.command_line is not None
    assert not tool.entry.problems(params)
    levels = _oracle(tool, tool.entry.command_line.argv(params))
    values: dict[str, Any] = {}
    for level in reversed(levels):
        name = str(level["name"]).removesuffix(".py")
        for key, value in level["values"].items():
            values[key if key not in values else f"{name}_{key}"] = value
    return values


def _find(catalog: Catalog, case: Case) -> Tool:
    return catalog.find(f"commands.{case.tool}")


def test_each_leaf_is_a_tool_and_nothing_else(catalog: Catalog) -> None:
    assert {tool.short_name for tool in catalog.tools()} == {
        "ends", "every_kind", "lazy.broken", "lazy.shout", "notes.add", "notes.tag.clear", "notes.tag.set", "pipeline",
        "pipeline.add", "pipeline.times", "refuses", "refuses_typed.one", "refuses_typed.two", "shop.items.add",
        "shop.items.fail", "shop.opening", "typed", "without_guard.more.again", "without_guard.say",
    }  # fmt: skip
    assert {tool.kind for tool in catalog.tools()} == {ToolKind.SCRIPT}


@pytest.mark.parametrize("case", READ, ids=lambda case: f"{case.tool}-{'-'.join(case.params)[:40]}")
def test_click_reads_the_values_that_were_given(catalog: Catalog, case: Case) -> None:
    tool = _find(catalog, case)
    given = complete(tool.params_schema, case.params)
    read = _read(tool, given)
    root = case.script.removesuffix(".py")
    for name, value in given.items():
        found = read[name.replace("cli_", f"{root}_") if name.startswith("cli_") else name]
        if name in ("moment", "day"):
            assert str(found).replace(" ", "T").startswith(value)
        elif name == "function":
            continue
        else:
            # What typer has nothing for is nothing instead of an empty list.
            assert found == value or (value == [] and found is None), name


@pytest.mark.parametrize("name", ["every_kind", "notes.add", "notes.tag.set", "pipeline.times", "ends"])
def test_every_param_is_what_click_says(catalog: Catalog, name: str) -> None:
    tool = catalog.find(f"commands.{name}")
    case = next(case for case in READ if case.tool == name)
    assert tool.entry.command_line is not None
    levels = _oracle(tool, tool.entry.command_line.argv(complete(tool.params_schema, case.params)))
    shown = {"help", "version", "_click_default_help"}
    described = {key: infos for level in levels for key, infos in level["params"].items() if key not in shown}
    properties, required = tool.params_schema["properties"], tool.params_schema.get("required", [])
    assert set(described) == set(properties) - {"cli_name"}
    for key, infos in described.items():
        assert infos[0]["param_type_name"] == "argument" or properties[key]["x-flag"] in [
            flag for info in infos for flag in info["opts"]
        ]
        _compare(properties[key], infos[0], key in required)


def _compare(prop: dict[str, Any], info: dict[str, Any], required: bool) -> None:
    asked = info.get("prompt") is not None
    assert required == (asked or (info["required"] and prop.get("default") is None))
    item = prop
    if info["multiple"]:
        assert item["type"] == "array"
        item = item["items"]
    if info["nargs"] != 1:
        assert item["type"] == "array"
        assert info["nargs"] in (-1, item.get("minItems"))
        item = item["items"] if "items" in item else item["prefixItems"][0]
    if info.get("count"):
        assert prop["type"] == "integer"
    elif info["choices"]:
        assert item["enum"] == info["choices"]
    elif not info.get("is_flag") and info["kind"] != "Tuple":
        assert item["type"] == KINDS[info["kind"]]
        bounds = [
            item.get("minimum", item.get("exclusiveMinimum")),
            item.get("maximum", item.get("exclusiveMaximum")),
        ]
        assert bounds == info["bounds"]
    if "default" in prop and not asked:
        wanted = [] if info["default"] is None and prop["default"] == [] else info["default"]
        assert prop["default"] == wanted or str(prop["default"]) == str(wanted)
    assert prop.get("description", "").startswith(info.get("help") or "")


@pytest.mark.parametrize("name", sorted(set(TEXTS) - NOT_FOR_ARGV - {"long", "megabyte"}))
def test_any_text_arrives_as_it_is(catalog: Catalog, name: str) -> None:
    text = TEXTS[name]
    tool = catalog.find("commands.every_kind")
    values = {"first": text, "pair": [1, 2], "rest": [text, "x", text], "text": text, "only_short": text}
    asked = {
        "name": text,
        "password": text,
        "greeting": text,
        "tags": [text],
        "point": [text, 0],
        "user": text,
    }
    read = _read(tool, complete(tool.params_schema, {**values, **asked}))
    for key, value in {**values, **asked}.items():
        assert read[key] == value, key


@pytest.mark.parametrize("name", ["nul", "high surrogate"])
def test_what_no_command_line_carries_is_refused_by_its_field(catalog: Catalog, name: str) -> None:
    tool = catalog.find("commands.notes.add")
    problems = tool.entry.problems(complete(tool.params_schema, {"text": TEXTS[name], "store": TEXTS[name]}))
    assert [problem.field for problem in problems] == ["store", "text"]


@pytest.mark.parametrize(
    ("params", "field", "why"),
    [
        ({"tags": []}, "tags", "takes its default"),
        ({"wait": -1}, "wait", "may stand alone"),
        ({"shout": True}, "", ""),
        ({"colours": []}, "", ""),
    ],
)
def test_what_click_cannot_be_given_is_refused_by_its_field(
    catalog: Catalog, params: dict[str, Any], field: str, why: str
) -> None:
    tool = catalog.find("commands.every_kind")
    asked = {"first": "f", "pair": [1, 2], "name": "n", "password": "p", "greeting": "g"}
    problems = tool.entry.problems(complete(tool.params_schema, {**asked, **params}))
    assert [problem.field for problem in problems] == ([field] if field else [])
    assert all(why in problem.message for problem in problems)


@pytest.mark.parametrize("left_out", ["name", "password"])
def test_what_is_asked_for_in_a_terminal_is_required(catalog: Catalog, left_out: str) -> None:
    tool = catalog.find("commands.every_kind")
    params = {"first": "f", "pair": [1, 2], "name": "n", "password": "p", "greeting": "g"}
    del params[left_out]
    with pytest.raises(InvalidParams) as refused:
        complete(tool.params_schema, params)
    assert [problem.field for problem in refused.value.problems] == [left_out]


def test_a_password_is_a_secret_and_a_hidden_option_stands_apart(catalog: Catalog) -> None:
    properties = catalog.find("commands.every_kind").params_schema["properties"]
    assert properties["password"]["x-secret"]
    assert "x-advanced" not in properties["password"]
    assert properties["secret_thing"]["x-advanced"]


def test_files_and_folders_are_inputs_of_their_kind(catalog: Catalog) -> None:
    properties = catalog.find("commands.every_kind").params_schema["properties"]
    assert [properties[name]["format"] for name in ("source", "folder", "output")] == [
        "file-path", "directory-path", "path",
    ]  # fmt: skip
    assert catalog.find("commands.typed").params_schema["properties"]["path"]["format"] == "file-path"


def test_a_time_is_shown_as_it_is_written(catalog: Catalog) -> None:
    properties = catalog.find("commands.every_kind").params_schema["properties"]
    assert properties["day"]["format"] == "date"
    assert properties["moment"]["description"] == (
        "Such as 2024-01-31 or 2024-01-31T09:30:00 or 2024-01-31 09:30:00."
    )


def test_a_default_that_is_computed_is_shown_and_never_given(catalog: Catalog) -> None:
    properties = catalog.find("commands.every_kind").params_schema["properties"]
    assert properties["answer"]["x-default"] == "42 (computed)"
    assert properties["today"]["x-default"] == "computed"
    assert "default" not in properties["today"]


def test_an_environment_variable_holds_until_a_value_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORPUS_USER", "from outside")
    with Catalog([str(BOX / "typed.py")], tmp_path / "cache", entry_points=False, watch=False) as catalog:
        assert catalog.refresh(wait=True)
        tool = catalog.find("typed")
        user = tool.params_schema["properties"]["user"]
        assert user["x-default"] == "$CORPUS_USER"
        assert "default" not in user
        params = complete(tool.params_schema, {"word": "w", "password": "p"})
        assert _read(tool, params)["user"] == "from outside"
        assert _read(tool, {**params, "user": "nobody"})["user"] == "nobody"


def test_texts_for_people_come_from_the_help(catalog: Catalog) -> None:
    tool = catalog.find("commands.every_kind")
    assert tool.description == "Show what arrives.\n\nThe second paragraph.\n\nSeen from every side."
    assert catalog.find("commands.notes.tag.set").title == "Give tags"
    assert catalog.find("commands.notes.tag.clear").notice == "Its author calls it deprecated."


def test_a_command_that_does_not_load_is_listed_with_its_error(catalog: Catalog) -> None:
    error = catalog.find("commands.lazy.broken").error
    assert error is not None
    assert "surely_not_installed_anywhere" in error.message
    assert error.hint == "pip install surely_not_installed_anywhere"
    assert catalog.find("commands.lazy.shout").error is None


def test_a_script_that_cannot_be_run_to_be_read_is_read_from_its_text(catalog: Catalog) -> None:
    tool = catalog.find("commands.refuses")
    assert tool.error is None
    assert tool.notice is not None
    assert "set CORPUS_NEVER_SET first" in tool.notice
    properties = tool.params_schema["properties"]
    assert list(properties) == ["word", "limit", "sizes"]
    assert properties["limit"]["default"] == 7
    assert properties["sizes"]["items"] == {"enum": ["s", "m"]}
    assert tool.params_schema["required"] == ["word"]


def test_commands_of_a_script_that_lacks_a_package_are_listed_with_what_to_install(catalog: Catalog) -> None:
    for name in ("one", "two"):
        error = catalog.find(f"commands.refuses_typed.{name}").error
        assert error is not None
        assert error.hint == "pip install surely"


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("rq.cli.cli:main", {"worker", "info", "empty", "requeue"}),
        ("papermill.cli:papermill", {"papermill"}),
        ("jupyter_toolrunner.core.ids:RunId", set()),
    ],
)
def test_a_command_of_an_installed_package_is_named_by_module_and_object(
    tmp_path: Path, name: str, names: set[str]
) -> None:
    with Catalog([name], tmp_path / "cache", entry_points=False, watch=False) as catalog:
        assert catalog.refresh(wait=True)
        if not names:
            (broken,) = catalog.tools()
            assert broken.error is not None
            assert "neither a function with @tool nor a command" in broken.error.message
            return
        found = {tool.short_name: tool for tool in catalog.tools()}
        assert names <= set(found)
        for each in names:
            assert found[each].error is None
            assert found[each].entry.module == name.partition(":")[0]


def test_a_module_whose_commands_another_file_starts_is_no_tool_of_its_own(tmp_path: Path) -> None:
    box = tmp_path / "box"
    box.mkdir()
    part = "import click\n@click.command()\n@click.option('--n', default=1)\ndef part(n): print(n)\n"
    (box / "part.py").write_text(part)
    with Catalog([str(box)], tmp_path / "cache", entry_points=False, watch=False) as catalog:
        assert catalog.refresh(wait=True)
        assert [tool.short_name for tool in catalog.tools()] == ["part"]
        whole = "import click, part\ncli = click.Group(commands={'part': part.part})\nif __name__ == '__main__': cli()\n"
        (box / "whole.py").write_text(whole)
        assert catalog.refresh(wait=True)
        assert [tool.short_name for tool in catalog.tools()] == ["whole.part"]
