"""A description of a program is checked as a whole, and each fault is told with its line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from jupyter_toolrunner.registry import executables
from jupyter_toolrunner.registry.descriptions import KEYS, PARAM_KEYS, WORD_KEYS


def read(folder: Path, text: str) -> dict[str, Any]:
    path = folder / "tried.tool.yaml"
    path.write_text(text)
    return executables.read(path, folder)


def schema_of(folder: Path, params: str) -> dict[str, Any]:
    """The schema of a description with these params, each of which is used."""
    names = [
        line.partition(":")[0].strip()
        for line in params.splitlines()
        if line.startswith("  ") and line[2] != " "
    ]
    words = ", ".join(f"{{param: {name}}}" for name in names)
    answer = read(folder, f"command: [cat, {words}]\nparams:\n{params}")
    assert "failure" not in answer, answer["failure"]
    schema: dict[str, Any] = answer["program"]["schema"]
    Draft202012Validator.check_schema(schema)
    return schema


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 1, "the file must be a mapping"),
        ("- sort\n", 1, "the file must be a mapping"),
        ("title: x\n", 1, "has no command"),
        ("title: x\ncommand: sort -n file\n", 2, "no shell reads it"),
        ("command: []\n", 1, "must be a list of words"),
        ("command: [{param: x}]\nparams: {x: text}\n", 1, "the first word is the program"),
        ("command:\n  - cat\n  - {param: x}\n", 3, "there is no param x; declared under params: none"),
        ("command:\n  - cat\n  - {parm: x}\n", 3, "parm is not known here; known are dash, flag, join"),
        ("command:\n  - cat\n  - [a, b]\n", 3, "a word is a text or a mapping"),
        ("command:\n  - cat\n  - true\n", 3, "True is neither"),
        ("command:\n  - cat\n  - optional: x\n", 3, "optional is a list of words"),
        ("command:\n  - cat\n  - optional: [x]\n", 3, "has no param that decides"),
        ("command: [cat]\nparams:\n  lonely: text\n", 3, "param lonely is not used"),
        ("command: [cat]\nparams:\n  a b: text\n", 3, "can't name a param"),
        ("command: [cat]\nparams:\n  x: {type: txt}\n", 3, "type 'txt' is not known; known are text"),
        ("command: [cat]\nparams:\n  x:\n    typ: text\n", 4, "typ is not known here"),
        ("command: [cat]\nparams:\n  x:\n    choices: [yes, {a: b}]\n", 4, "choices must be a list"),
        ("command: [cat]\nparams:\n  x:\n    type: integer\n    default: many\n", 5, "default 'many' does not fit"),
        ("command: [cat]\nparams:\n  x:\n    pattern: '('\n", 4, "pattern is no regular expression"),
        ("command: [cat]\nparams:\n  x:\n    type: integer\n    minimum: low\n", 5, "minimum must be a number"),
        ("command: [cat]\nstdin: {text: x}\n", 2, "stdin must be a text"),
        ("command: [cat]\nstdout: ../x\n", 2, "in the run's own folder"),
        ("command: [cat]\nenv:\n  TOOLRUNNER_RUN: x\n", 3, "can't be set"),
        ("command: [cat]\nexit_codes: [256]\n", 2, "from 0 to 255"),
        ("command: [cat]\nprogress: '(\\d+)'\n", 2, "needs a group"),
        ("command: [cat]\nprogress: '('\n", 2, "no regular expression"),
        ("command: [cat]\nprogress: '(?=x)(?P<done>\\d)'\n", 2, "that RE2 takes: invalid perl operator: (?="),
        (f"command: [cat]\nprogress: '(?P<done>1){'x' * 500}'\n", 2, "it has 511 characters, and 500"),
        ("command: [cat]\nprogress: '(?P<done>a{1000000})'\n", 2, "invalid repetition size"),
        ("command: [cat]\nview: shared\n", 2, "view must be one of private, publish, in_place"),
        ("command: [cat]\ntime_limit: -1\n", 2, "time_limit must be a number above 0"),
        ("command: [cat]\nmax_attempts: 1.5\n", 2, "whole number"),
        ("command: [cat]\nretry: [never]\n", 2, "'never' is no reason to try again"),
        ("command: [cat]\ntags: {a: b}\n", 2, "tags must be a list of texts"),
        ("command: [cat]\ntitle: [a]\n", 2, "title must be a text"),
        ("command: [cat]\ncommand: [cat]\n", 2, "command stands there twice"),
        ("command: [cat]\ntitle: 'open\n", 3, "not valid YAML"),
        ("command: [./not_there.sh]\n", 1, "There is no program"),
        ("command: [surely-not-there]\n", 1, "There is no program surely-not-there on this machine"),
        ("command: [./]\n", 1, "is a folder"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_line(tmp_path: Path, text: str, line: int, message: str) -> None:
    failure = read(tmp_path, text)["failure"]
    assert message in failure["message"]
    assert failure["line"] == line


def test_several_faults_are_told_at_once_in_the_order_of_their_lines(tmp_path: Path) -> None:
    failure = read(tmp_path, "colour: red\ncommand: [cat, {param: a}]\nparams: {b: {type: c}}\n")["failure"]
    first, *rest = failure["message"].splitlines()
    assert first.startswith("colour is not known here")
    assert first.endswith("(2 more below)")
    assert [each.partition(":")[0] for each in rest] == ["line 2", "line 3"]


def test_a_program_that_may_not_be_executed_says_how_it_may(tmp_path: Path) -> None:
    program = tmp_path / "count.sh"
    program.write_text("#!/bin/sh\n")
    failure = read(tmp_path, "command: [./count.sh]\n")["failure"]
    assert failure["hint"] == f"chmod +x {program}"
    assert read(tmp_path, "command: [count.sh]\n")["failure"]["hint"].startswith("Write ./count.sh")
    program.chmod(0o755)
    assert "failure" not in read(tmp_path, "command: [./count.sh]\n")


def test_params_have_a_short_form_and_a_long_one(tmp_path: Path) -> None:
    schema = schema_of(
        tmp_path,
        """\
  word: text
  count: {type: integer, default: 3, minimum: 1, maximum: 9}
  loud: boolean
  size: [small, large]
  level: {choices: [1, 2], default: 2}
  source: {type: file, accepts: [.csv, text/csv], description: A table.}
  where: folder
  day: {type: date, default: 2024-02-29}
  tags: {items: text, required: false, max_items: 3}
  colours: {type: list, choices: [red, blue]}
  key: {type: text, required: false, secret: true, advanced: true, max_length: 9, pattern: "[a-z]+"}
""",
    )
    properties = schema["properties"]
    assert schema["required"] == ["word", "size", "source", "where", "colours"]
    assert properties["count"] == {
        "type": "integer",
        "default": 3,
        "minimum": 1,
        "maximum": 9,
        "title": "Count",
    }
    assert properties["loud"] == {"type": "boolean", "default": False, "title": "Loud"}
    assert properties["size"]["enum"] == ["small", "large"]
    assert properties["level"] == {"enum": [1, 2], "default": 2, "title": "Level"}
    assert properties["source"]["x-accepts"] == [".csv", "text/csv"]
    assert properties["source"]["format"] == "file-path"
    assert properties["where"]["format"] == "directory-path"
    assert properties["day"]["default"] == "2024-02-29"
    assert properties["tags"] == {
        "type": "array",
        "items": {"type": "string"},
        "maxItems": 3,
        "title": "Tags",
    }
    assert properties["colours"]["items"] == {"enum": ["red", "blue"]}
    assert properties["key"]["x-secret"]
    assert properties["key"]["x-advanced"]


def test_words_that_other_readers_of_yaml_take_for_booleans_are_words(tmp_path: Path) -> None:
    schema = schema_of(tmp_path, "  on: boolean\n  answer: {choices: [yes, no, off], default: no}\n")
    assert schema["properties"]["answer"]["enum"] == ["yes", "no", "off"]
    answer = read(tmp_path, "command: [echo, {param: on, flag: --on, off: --off}]\nparams: {on: boolean}\n")
    (word,) = answer["program"]["command_line"]["words"]
    assert (word["flag"], word["off"]) == ("--on", "--off")


def test_numbers_in_the_command_are_the_words_that_were_written(tmp_path: Path) -> None:
    words = read(tmp_path, "command: [echo, 007, 1.50, 1e3, 0x10, 12:30, -5]\n")["program"]["command_line"][
        "words"
    ]
    assert [word["literal"] for word in words] == ["007", "1.50", "1e3", "0x10", "12:30", "-5"]


def test_a_title_in_several_languages(tmp_path: Path) -> None:
    text = "title: {en: Words, ru: Слова}\ncommand: [cat, {param: x}]\nparams: {x: {title: {en: An x, ru: Икс}}}\n"
    described = read(tmp_path, text)["program"]
    assert described["title"] == "Words"
    assert described["translations"] == {"ru": {"title": "Слова", "params": {"x": {"title": "Икс"}}}, "en": {
        "title": "Words", "params": {"x": {"title": "An x"}},
    }}  # fmt: skip
    assert described["schema"]["properties"]["x"]["title"] == "An x"


def test_the_version_follows_the_program_and_its_description(tmp_path: Path) -> None:
    program = tmp_path / "count.sh"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    first = read(tmp_path, "command: [./count.sh]\n")
    assert "#!/bin/sh" in first["text"]
    program.write_text("#!/bin/sh\necho more\n")
    second = read(tmp_path, "command: [./count.sh]\n")
    third = read(tmp_path, "command: [./count.sh, more]\n")
    assert len({each["digest"] for each in (first, second, third)}) == 3


def test_every_key_has_a_sentence() -> None:
    for keys in (KEYS, WORD_KEYS, PARAM_KEYS):
        assert all(text.endswith(".") for text in keys.values())
