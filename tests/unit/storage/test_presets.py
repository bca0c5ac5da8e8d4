"""Presets as files beside the tools."""

from __future__ import annotations

from pathlib import Path

import pytest
from factories import a_tool

from jupyter_toolrunner.core.tools import Entry, Tool
from jupyter_toolrunner.storage.presets import FolderPresets


@pytest.fixture
def box(tmp_path: Path) -> Path:
    folder = tmp_path / "box"
    (folder / "templates" / "presets" / "tool").mkdir(parents=True)
    return folder


@pytest.fixture
def tool(box: Path) -> Tool:
    return a_tool(entry=Entry(path=str(box / "sub" / "tool.py")))


@pytest.fixture
def presets(tmp_path: Path, box: Path) -> FolderPresets:
    return FolderPresets(tmp_path / "data", lambda: [tmp_path / "other", box])


def _write(box: Path, name: str, text: str, tool: str = "tool") -> None:
    folder = box / "templates" / "presets" / tool
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, "utf-8")


def test_json_and_yaml_are_read_with_the_files_name(box: Path, tool: Tool, presets: FolderPresets) -> None:
    _write(box, "Быстро.json", '{"count": 100000000000000000000000}')
    _write(box, "a day.yaml", "day: 2026-02-28\nat: 2026-02-28T10:00:00Z\nnames: [yes, 'no']\n")
    _write(box, "notes.txt", "nothing")
    found = presets.of(tool)
    assert [(one.name, one.shared, one.owner, one.problem) for one in found] == [
        ("a day", True, "", None),
        ("Быстро", True, "", None),
    ]
    assert found[0].params == {
        "day": "2026-02-28",
        "at": "2026-02-28T10:00:00+00:00",
        "names": [True, "no"],
    }
    assert found[1].params == {"count": 10**23}
    assert found[1].path == str(box / "templates" / "presets" / "tool" / "Быстро.json")
    assert found[0].id == presets.of(tool)[0].id


@pytest.mark.parametrize(
    "text", ["{", "[1]", "null", '{"a": NaN}', "\x00", '{"a": ' + "[" * 200 + "]" * 200 + "}"]
)
def test_a_file_that_cannot_be_used_is_told_with_its_problem(
    box: Path, tool: Tool, presets: FolderPresets, text: str
) -> None:
    _write(box, "broken.json", text)
    _write(box, "good.json", "{}")
    broken, good = presets.of(tool)
    assert broken.problem
    assert broken.params == {}
    assert good.problem is None


def test_the_servers_own_folder_is_looked_at_too_and_goes_first(
    tmp_path: Path, box: Path, tool: Tool, presets: FolderPresets
) -> None:
    _write(box, "same.json", '{"count": 1}')
    _write(tmp_path / "data", "same.json", '{"count": 2}', tool="box.tool")
    assert [one.params for one in presets.of(tool)] == [{"count": 2}]


def test_presets_of_a_module_stand_beside_it(tmp_path: Path) -> None:
    package = tmp_path / "package"
    _write(package, "one.json", "{}")
    tool = a_tool(entry=Entry(path=str(package / "module.py"), module="package.module"))
    assert [one.name for one in FolderPresets(tmp_path / "data", list).of(tool)] == ["one"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("deep.json", '{"a": ' + "[" * 200_000 + "]" * 200_000 + "}"),
        ("deep.yaml", "a: " + "[" * 20_000 + "]" * 20_000),
        ("round.yaml", "a: &a [*a]"),
        (
            "bomb.yaml",
            "a0: &a0 [1, 1]\n" + "".join(f"a{i}: &a{i} [{f'*a{i - 1}, ' * 9}]\n" for i in range(1, 12)),
        ),
    ],
)
def test_a_file_that_would_swell_or_never_end_is_that_files_problem(
    box: Path, tool: Tool, presets: FolderPresets, name: str, text: str
) -> None:
    _write(box, name, text)
    _write(box, "zz.json", "{}")
    broken, good = presets.of(tool)
    assert broken.problem
    assert broken.params == {}
    assert good.problem is None
