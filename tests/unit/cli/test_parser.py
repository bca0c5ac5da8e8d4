"""What can be typed, and what is answered to what cannot."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from jupyter_toolrunner.cli import _HANDLERS, main
from jupyter_toolrunner.cli.errors import WrongCall
from jupyter_toolrunner.cli.parser import STATUSES, build_parser
from jupyter_toolrunner.core.runs import RunStatus


def parsed(*words: str) -> dict[str, Any]:
    return vars(build_parser().parse_args(list(words)))


class TestParser:
    @pytest.mark.parametrize(
        "line",
        [
            "tools",
            "tools graph --category Graph --json",
            "tool x --json",
            "run x -p a=1 -p b=2 --params - --priority high --detach --json",
            "runs --tool x --status failed --limit 3 --json",
            "show 12 --json",
            "logs 12 --follow",
            "cancel 12",
            "retry 12",
            "artifacts 12 --json",
            "download 12 -o here",
            "worker",
            "worker --count 3",
            "dashboards --json",
            "publish report.ipynb --title A --name a --json",
            "withdraw a --json",
            "db upgrade",
            "doctor",
            "doctor --json",
        ],
    )
    def test_every_command_has_its_code(self, line: str) -> None:
        assert parsed(*line.split())["command"] in _HANDLERS

    def test_toolboxes_may_stand_before_and_after_the_command(self) -> None:
        options = parsed("--toolbox", "a", "tools", "--toolbox", "b", "--toolbox", "c")
        assert (options["toolboxes_before"], options["toolboxes"]) == (["a"], ["b", "c"])

    @pytest.mark.parametrize("value", ["a=-1", "a=", "a=b=c", "a=--x", "a=\n'\"\\", "a=😀", "=x", "x"])
    def test_a_param_is_taken_as_it_stands(self, value: str) -> None:
        assert parsed("run", "t", "-p", value)["params"] == [value]

    @pytest.mark.parametrize(
        ("line", "says"),
        [
            ("", "COMMAND"),
            ("nothing", "invalid choice: 'nothing'"),
            ("run", "NAME"),
            ("run x --priority urgent", "urgent"),
            ("runs --limit 0", "above 0"),
            ("runs --limit many", "above 0"),
            ("runs --status done", "there is no status 'done'"),
            ("worker --count 0", "above 0"),
            ("tools --js", "unrecognized"),
            ("db", "COMMAND"),
        ],
    )
    def test_a_wrong_call_says_what_is_wrong(self, line: str, says: str) -> None:
        with pytest.raises(WrongCall, match=says):
            build_parser().parse_args(line.split())

    def test_the_statuses_are_those_of_runs(self) -> None:
        assert {status.value for status in RunStatus} == set(STATUSES)


class TestMain:
    def test_a_wrong_call_exits_with_2(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["runs", "--limit", "0", "--json"]) == 2
        output, notes = capsys.readouterr()
        assert output == ""
        assert "usage: jupyter toolrunner runs" in notes
        error = json.loads(notes.splitlines()[-1])["error"]
        assert error["code"] == "invalid_request"
        assert "above 0" in error["message"]
        assert "--help" in error["hint"]

    def test_a_variable_that_is_no_number_exits_with_2(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("TOOLRUNNER_WORKERS", "many")
        assert main(["tools"]) == 2
        assert "TOOLRUNNER_WORKERS is 'many', which is not a number" in capsys.readouterr().err

    def test_help_imports_little(self) -> None:
        code = """
import sys
from jupyter_toolrunner.cli import main
try:
    main(["run", "--help"])
except SystemExit:
    print(*sys.modules)
"""
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        heavy = {"pydantic", "httpx", "sqlalchemy", "redis", "rq", "jupyter_core", "tornado", "asyncio"}
        assert not heavy & set(done.stdout.splitlines()[-1].split())
