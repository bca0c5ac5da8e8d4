"""What is seen in a file without running it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from jupyter_toolrunner.registry.describe import describe
from jupyter_toolrunner.registry.source import climbs, inspect_file
from jupyter_toolrunner.registry.statics import read_statically

PARSES = "import argparse\nargparse.ArgumentParser().parse_args()\n"


@pytest.mark.parametrize(
    ("text", "height"),
    [
        ("x = 1", 0),
        ("Path(__file__).parent", 0),
        ("Path(__file__).parent / 'data'", 0),
        ("Path(__file__).parent.parent", 1),
        ("Path(__file__).resolve().parent.parent / 'data'", 1),
        ("Path(__file__).absolute().parents[1]", 1),
        ("pathlib.Path(__file__).parents[2]", 2),
        ("os.path.dirname(os.path.dirname(__file__))", 1),
        ("os.path.dirname(os.path.dirname(os.path.abspath(__file__)))", 1),
        ("os.path.join(os.path.dirname(__file__), '..', 'data')", 1),
        ("os.path.join(os.path.dirname(__file__), os.pardir)", 1),
        ("os.path.abspath(os.path.join(os.path.dirname(__file__), '../..'))", 2),
        ("HERE = Path(__file__).parent\nBASE = HERE.parent", 1),
        ("HERE = Path(__file__).parent\ndef f():\n    return (HERE / '..' / 'x').resolve()", 1),
        ("BASE = Path(__file__).parent.joinpath('..', 'data')", 1),
        ("Path(__file__).parent / name", 0),
        ("Path(other).parent.parent", 0),
        ("Path(__file__).parent.parent.parent.parent", 3),
        ("Path(os.path.realpath(__file__)).parent.parent", 1),
        ("Path(__file__ + '/../..').resolve()", 0),
    ],
)
def test_how_far_above_itself_a_script_works(text: str, height: int) -> None:
    assert climbs(ast.parse(text)) == height


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (PARSES, "script"),
        ("import argparse\ndef make():\n    return argparse.ArgumentParser()\n", "module"),
        ("def main(): pass\nif __name__ == '__main__':\n    main()\n", "script"),
        ("if '__main__' == __name__: pass\n", "script"),
        ("X = 1\ndef f(): pass\n", "module"),
        ("for x in range(3): print(x)\n", "script"),
        ("def main(): pass\nmain()\n", "script"),
        ("import logging\nlogging.basicConfig()\n", "module"),
        ("from jupyter_toolrunner import tool\n@tool\ndef f(): pass\n", "functions"),
        ("import jupyter_toolrunner as t\n@t.tool(title='x')\ndef f(): pass\n", "functions"),
        ("from functools import cache\nimport jupyter_toolrunner\n@cache\ndef f(): pass\n", "module"),
        ("def f(:\n", "broken"),
        ("\0", "broken"),
        ("", "module"),
    ],
)
def test_what_kind_of_file_it_is(tmp_path: Path, text: str, kind: str) -> None:
    path = tmp_path / "file.py"
    path.write_text(text)
    assert inspect_file(path, tmp_path)[0].kind == kind


@pytest.mark.parametrize("name", ["__init__.py", "conftest.py", "test_x.py", "setup.py"])
def test_some_files_are_never_tools(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(PARSES)
    assert inspect_file(tmp_path / name, tmp_path)[0].kind == "module"


def test_a_parser_is_reached_through_modules_beside_the_script(tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text("")
    (tmp_path / "package" / "options.py").write_text("import argparse\n")
    (tmp_path / "middle.py").write_text("from package.options import make\n")
    script = tmp_path / "script.py"
    script.write_text("import os, middle\nif __name__ == '__main__':\n    middle.make().parse_args()\n")
    source, _ = inspect_file(script, tmp_path)
    assert source.parses
    assert {Path(each).name for each in source.local} == {"middle.py", "options.py", "__init__.py"}


def test_only_third_party_modules_at_module_level_are_imported_ahead(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("")
    script = tmp_path / "script.py"
    script.write_text(
        "import os, sys, mine, pandas as pd\nfrom networkx.algorithms import pagerank\nimport jupyter_toolrunner\n"
        "try:\n    import maybe\nexcept ImportError:\n    pass\ndef f():\n    import late\n"
    )
    assert inspect_file(script, tmp_path)[0].preload == ["networkx", "pandas"]


def test_endless_nesting_is_an_error_and_no_crash(tmp_path: Path) -> None:
    path = tmp_path / "deep.py"
    for text in ("x = " + "(" * 5000 + ")" * 5000, "x = " + "-" * 50_000 + "1", "x = " + "a." * 50_000 + "b"):
        path.write_text(text)
        source, _ = inspect_file(path, tmp_path)
        assert source.kind in ("broken", "module")


def test_the_static_reading_sees_what_is_written_out() -> None:
    parser = read_statically(
        ast.parse(
            '''
"""What it does."""
import argparse
from pathlib import Path
LEVELS = ["low", "high"]

class App:
    def __init__(self, extra):
        self.parser = argparse.ArgumentParser(description=__doc__)
        self.parser.add_argument("--level", choices=LEVELS, default="low", help="how much")
        self.parser.add_argument("--path", type=Path, default=Path("x"))
        self.parser.add_argument("--own", type=parse_own, default=compute())
        self.parser.add_argument("--n", type=int, default=3, **extra)
        group = self.parser.add_mutually_exclusive_group(required=True)
        group.add_argument("--a", action="store_true")
        group.add_argument("--b", action=argparse.BooleanOptionalAction)
        sub = self.parser.add_subparsers(dest="cmd")
        one = sub.add_parser("one", help="the first")
        one.add_argument("files", nargs=argparse.REMAINDER)
        sub.add_parser("two").add_argument("--deep", type=float)
        self.parser.add_argument(unknown())
'''
        )
    )
    assert parser is not None
    made = describe(parser)
    schema = made["schema"]
    assert made["description"] == "What it does."
    assert schema["properties"]["level"]["enum"] == ["low", "high"]
    assert schema["properties"]["path"]["format"] == "path"
    assert schema["properties"]["own"]["x-type"] == "parse_own"
    assert schema["properties"]["n"]["default"] == 3
    assert schema["x-exclusive"] == [{"fields": ["a", "b"], "required": True}]
    assert schema["properties"]["cmd"]["enum"] == ["one", "two"]
    branches = {
        rule["if"]["properties"]["cmd"]["const"]: rule["then"] for rule in schema["allOf"] if "if" in rule
    }
    assert branches["one"]["properties"]["files"]["type"] == "array"
    assert branches["two"]["properties"]["deep"]["type"] == "number"


def test_without_any_argument_there_is_no_static_reading() -> None:
    assert read_statically(ast.parse("import argparse\np = argparse.ArgumentParser()\n")) is None
    assert read_statically(ast.parse("x = 1\n")) is None
