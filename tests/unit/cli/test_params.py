"""Params from the command line."""

from __future__ import annotations

import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from jupyter_toolrunner.cli.errors import WrongCall
from jupyter_toolrunner.cli.params import grouped, read_file, read_params, with_files
from jupyter_toolrunner.core.errors import InvalidParams
from jupyter_toolrunner.core.references import Reference

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "n": {"type": "integer"},
        "x": {"type": "number"},
        "text": {"type": "string"},
        "names": {"type": "array", "items": {"type": "string"}},
        "on": {"type": "boolean"},
    },
}


class TestOptions:
    def test_values_are_read_as_the_schema_says(self) -> None:
        texts = ["n=3", "x=0.5", "text=3", "names=a", "names=b", "on=true"]
        expected = {"n": 3, "x": 0.5, "text": "3", "names": ["a", "b"], "on": True}
        assert read_params(SCHEMA, texts, None) == expected

    def test_a_list_may_be_json(self) -> None:
        assert read_params(SCHEMA, ['names=["a", "b"]'], None) == {"names": ["a", "b"]}

    @pytest.mark.parametrize(
        "value", ["", "a=b", "-x", "--", "None", "nan", "a\nb", "😀", '"', "\\", " ", "[", "\u202e"]
    )
    def test_a_text_arrives_as_it_is(self, value: str) -> None:
        assert read_params(SCHEMA, [f"text={value}"], None) == {"text": value}

    def test_every_wrong_value_is_named(self) -> None:
        with pytest.raises(InvalidParams) as caught:
            read_params(SCHEMA, ["n=many", "x=y", "text=fine"], None)
        assert [problem.field for problem in caught.value.problems] == ["n", "x"]

    @pytest.mark.parametrize("text", ["n", "", "=3"])
    def test_what_is_no_pair_is_a_wrong_call(self, text: str) -> None:
        with pytest.raises(WrongCall, match="KEY=VALUE"):
            grouped([text])

    def test_bytes_that_are_no_text_are_refused_with_the_field(self) -> None:
        with pytest.raises(InvalidParams, match=r"byte 0xff at character 3") as caught:
            grouped([b"text=ab\xff".decode("utf-8", "surrogateescape")])
        assert caught.value.field == "text"

    def test_a_name_that_is_no_text_is_refused_too(self) -> None:
        with pytest.raises(InvalidParams, match="its name is not text"):
            grouped([b"\xe9t\xe9=1".decode("utf-8", "surrogateescape")])


class TestFileInputs:
    PATH: ClassVar = {"type": "string", "format": "path"}

    @pytest.fixture(autouse=True)
    def here(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "data.csv").touch()
        return tmp_path

    def given(self, value: Any, declared: dict[str, Any] | None = None, kind: str = "function") -> Any:
        schema = {"type": "object", "properties": {"file": declared or self.PATH}}
        tool: Any = SimpleNamespace(kind=kind, params_schema=schema)
        return with_files(tool, {"file": value})["file"]

    def test_a_path_from_here_becomes_absolute(self, here: Path) -> None:
        assert self.given("data.csv") == str(here / "data.csv")
        assert self.given(["data.csv"], {"type": "array", "items": self.PATH}) == [str(here / "data.csv")]

    def test_an_artifact_may_be_named(self) -> None:
        assert self.given('{"artifact": "abc"}') == {"artifact": "abc"}

    @pytest.mark.parametrize(
        "value",
        ["", "not-there.csv", '{"a": 1}', "{", "a\0b", "~no-such-user/x", None, 3, "x" * 5000, "[" * 99_999],
    )
    def test_everything_else_stays_as_it_is(self, value: Any) -> None:
        assert self.given(value) == value

    def test_a_scripts_path_is_left_alone_unless_it_is_declared_as_an_input(self, here: Path) -> None:
        assert self.given("data.csv", kind="script") == "data.csv"
        assert self.given("data.csv", {**self.PATH, "x-type": "FileType('w')"}, kind="script") == "data.csv"
        for more in ({"x-accepts": [".csv"]}, {"x-type": "FileType('rb')"}):
            assert self.given("data.csv", {**self.PATH, **more}, kind="script") == str(here / "data.csv")

    def test_a_text_is_no_file(self) -> None:
        assert self.given("data.csv", {"type": "string"}) == "data.csv"


class TestFile:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        return tmp_path / "params.json"

    def test_an_object_is_taken_as_it_is(self, file: Path) -> None:
        file.write_text('\ufeff{"text": "a\\nb", "n": 3}', encoding="utf-8")
        assert read_file(str(file)) == {"text": "a\nb", "n": 3}

    def test_options_go_before_the_file(self, file: Path) -> None:
        file.write_text('{"text": "file", "n": 3}')
        assert read_params(SCHEMA, ["text=option"], str(file)) == {"text": "option", "n": 3}

    def test_a_dash_is_standard_input(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(b'{"n": 1}')))
        assert read_file("-") == {"n": 1}

    @pytest.mark.parametrize(
        ("content", "says"),
        [
            (b"", "is not JSON"),
            (b"{", "is not JSON"),
            (b"[1]", "object of params, not list"),
            (b"\xff{}", "UTF-8"),
            (b"[" * 100_000, "nested too deeply"),
        ],
    )
    def test_what_cannot_be_read_says_why(self, file: Path, content: bytes, says: str) -> None:
        file.write_bytes(content)
        with pytest.raises(WrongCall, match=says):
            read_file(str(file))

    def test_a_missing_file_says_so(self, file: Path) -> None:
        with pytest.raises(WrongCall, match="No such file"):
            read_file(str(file))

    def test_a_name_that_stands_twice_is_refused(self, file: Path) -> None:
        file.write_text('{"n": 1, "n": 2}')
        with pytest.raises(InvalidParams, match="stands twice"):
            read_file(str(file))

    def test_yaml_is_taken_by_its_name_and_dates_stay_text(self, tmp_path: Path) -> None:
        file = tmp_path / "params.yaml"
        file.write_text(
            "text: no\nflag: true\nn: 3\nday: 2026-02-03\nnames: [a, b]\n1: one\n", encoding="utf-8"
        )
        assert read_file(str(file)) == {
            "text": "no",
            "flag": True,
            "n": 3,
            "day": "2026-02-03",
            "names": ["a", "b"],
            "1": "one",
        }

    def test_standard_input_may_be_yaml(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(b"n: 1\ntext: 'yes'\n")))
        assert read_file("-") == {"n": 1, "text": "yes"}

    @pytest.mark.parametrize(
        ("content", "says"),
        [
            ("a: [", "is not YAML"),
            ("", "object of params, not NoneType"),
            ("- 1", "object of params, not list"),
            ("a: !!python/object/apply:os.getcwd []", "is not YAML"),
            ("a: &a [x]\nb: [*a, *a]", "aliases"),
            ("[" * 5000, "nested too deeply"),
        ],
    )
    def test_yaml_that_cannot_be_taken_says_why(self, tmp_path: Path, content: str, says: str) -> None:
        file = tmp_path / "params.yml"
        file.write_text(content)
        with pytest.raises(WrongCall, match=says):
            read_file(str(file))

    def test_a_name_that_stands_twice_in_yaml_is_refused(self, tmp_path: Path) -> None:
        file = tmp_path / "params.yaml"
        file.write_text("n: 1\nn: 2\n")
        with pytest.raises(InvalidParams, match="stands twice"):
            read_file(str(file))


@pytest.mark.parametrize("run", ["12", 12, "#12"])
def test_a_run_whose_result_is_taken_is_named_as_people_name_it(run: object) -> None:
    given = read_params(SCHEMA, [f"text={json.dumps({'run': run, 'result': 'rows'})}"], None)
    assert Reference.of(given["text"]) == Reference("12", result="rows")


@pytest.mark.parametrize("given", [{"run": 12}, {"run": 12, "outptu": "a.csv"}, {"run": True, "output": "a"}])
def test_what_nearly_names_a_run_is_no_text(given: object) -> None:
    with pytest.raises(InvalidParams, match="names a run, and takes of it"):
        read_params(SCHEMA, [f"text={json.dumps(given)}"], None)
