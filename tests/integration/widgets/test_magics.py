"""What is written in one line of a notebook, and what is offered while it is written."""

from __future__ import annotations

from typing import Any

import pandas
import pytest
from IPython.core.completer import CompletionContext, provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from jupyter_toolrunner.client import Run, RunFailed
from jupyter_toolrunner.core.errors import InvalidParams, InvalidRequest
from jupyter_toolrunner.widgets import ToolForm, completion


def run_tool(shell: InteractiveShell, line: str) -> tuple[Any, list[str]]:
    """What the magic gives back, and what it shows."""
    with capture_output() as captured:
        value = shell.run_line_magic("run_tool", line)
    return value, [output.data["text/plain"] for output in captured.outputs]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("give_back value=3", {"value": 3}),
        ("give_back value=12345678901234567890", {"value": 12345678901234567890}),
        ("give_back text='two words'", {"text": "two words"}),
        ('give_back text="it\'s"', {"text": "it's"}),
        ("give_back text=", {"text": ""}),
        ("give_back text=a=b", {"text": "a=b"}),
        ("give_back text=$$5", {"text": "$5"}),
        ("give_back text=$words.upper()", {"text": "ÉTÉ"}),
        ('give_back text=$table["a"]', {"text": "one"}),
        ("give_back names=a names=b", {"names": ["a", "b"]}),
        ('give_back names=["a b", "c"]', {"names": ["a b", "c"]}),
        ("give_back names=$list(table)", {"names": ["a"]}),
    ],
)
def test_values_arrive_as_they_were_written(
    shell: InteractiveShell, line: str, expected: dict[str, Any]
) -> None:
    shell.user_ns.update(words="été", table={"a": "one"})
    value, shown = run_tool(shell, line)
    assert value == {"value": 0, "text": "", "names": [], **expected}
    assert "box.give_back" in shown[0]


def test_a_cell_runs_a_tool_with_its_values_as_yaml(shell: InteractiveShell) -> None:
    shell.user_ns["frame"] = pandas.DataFrame({"share": [1.0, 2.0]})
    with capture_output():
        assert shell.run_cell_magic("tool", "add_up", "data: $frame\nmethod: mean\n") == 1.5
        assert shell.run_cell_magic("tool", "give_back value=2", 'text: "$$1: a"\nnames: [a, "b"]\n') == {
            "value": 2,
            "text": "$1: a",
            "names": ["a", "b"],
        }
        assert shell.run_cell_magic("tool", "give_back", "# none\n") == {"value": 0, "text": "", "names": []}
    for cell in ("just text", "- a\n- b", "a: [1"):
        with pytest.raises(InvalidRequest, match="The cell"):
            shell.run_cell_magic("tool", "give_back", cell)


def test_a_line_shows_a_filled_form(shell: InteractiveShell) -> None:
    form = shell.run_line_magic("tool", "give_back value=3")
    assert isinstance(form, ToolForm)
    assert form.params == {"value": 3}


def test_a_tool_that_returns_nothing_gives_its_files(shell: InteractiveShell) -> None:
    files, _ = run_tool(shell, "leave_files")
    assert [file.name for file in files] == ["one.txt"]


def test_a_detached_run_is_given_back_at_once(shell: InteractiveShell) -> None:
    run, _ = run_tool(shell, "give_back --detach --priority high value=1")
    assert isinstance(run, Run)
    assert run.priority == "high"


@pytest.mark.parametrize(
    ("line", "error", "message"),
    [
        ("", InvalidRequest, "The name of one tool is needed"),
        ("give_back other", InvalidRequest, "The name of one tool is needed"),
        ("give_back --fast", InvalidRequest, "--fast is no option"),
        ("give_back --priority soon", InvalidRequest, "--priority soon is no option"),
        ("give_back text='a", InvalidRequest, "there is no second '"),
        ("give_back text=$missing", InvalidRequest, "NameError"),
        ("give_back value=many", InvalidParams, "value"),
        ("give_back valeu=1", InvalidParams, "did you mean value"),
        ("fail", RunFailed, "ValueError: so it is"),
    ],
)
def test_what_is_wrong_is_said_in_two_lines(
    shell: InteractiveShell, line: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message), capture_output():
        shell.run_line_magic("run_tool", line)
    with capture_output() as captured:
        shell.run_cell(f"%run_tool {line}")
    said = captured.stdout + captured.stderr
    assert message in said
    assert "Traceback" not in said


def offered(shell: InteractiveShell, before: str, after: str = "") -> list[str]:
    """What may stand where the cursor is, between `before` and `after`."""
    lines = before.split("\n")
    context = CompletionContext(
        token="",
        full_text=before + after,
        cursor_position=len(lines[-1]),
        cursor_line=len(lines) - 1,
        limit=None,
    )
    return [each.text for each in completion.matches(context)["completions"]]


def test_names_of_tools_and_fields_and_choices_are_offered(shell: InteractiveShell) -> None:
    assert completion.matches in shell.Completer.custom_matchers
    assert offered(shell, "%run_tool give_b") == ["give_back"]
    assert offered(shell, "x = %run_tool box.give") == ["box.give_back"]
    assert offered(shell, "%run_tool add_up ") == ["data=", "method=", "loud="]
    assert offered(shell, "%run_tool add_up data=$x me") == ["method="]
    assert offered(shell, "%run_tool add_up method=") == ["sum", "mean"]
    assert offered(shell, "%%tool add_u") == ["add_up"]
    assert offered(shell, "%%tool add_up\nda") == ["data: "]
    assert offered(shell, "%%tool add_up\nmethod: ", "\nloud: true") == ['"sum"', '"mean"']
    assert offered(shell, "%%tool add_up\nloud: t") == ["true"]
    assert offered(shell, 'form = ToolForm("add') == ["add_up"]
    assert offered(shell, "run = tr.submit('give_b") == ["give_back"]
    assert offered(shell, 'Results(tool="leave') == ["leave_files"]
    assert offered(shell, 'ToolForm("add_up", data=frame, me') == ["method="]
    assert offered(shell, 'ToolForm("add_up",\n    method=') == ["'sum'", "'mean'"]
    assert offered(shell, 'print("add') == []
    assert offered(shell, "%run_tool nothing_like_it ") == []


def test_the_shell_completes_them(shell: InteractiveShell) -> None:
    line = "%run_tool give_b"
    with provisionalcompleter():
        assert "give_back" in [each.text for each in shell.Completer.completions(line, len(line))]
