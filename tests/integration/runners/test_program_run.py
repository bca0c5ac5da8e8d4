"""A program with a description beside it runs as itself, in the run's own session, with nothing of Python in between."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from nasty import NOT_FOR_ARGV, TEXTS

from jupyter_toolrunner.core.params import complete
from jupyter_toolrunner.core.tools import Tool
from jupyter_toolrunner.registry.catalog import Catalog

WORDS = """
command: [/bin/bash, -c, 'printf "%s\\0" "$@" > words; printf "%s" "$EXTRA" > extra; cat > input', words,
          {param: first, dash: true}, {param: many, dash: true}, {param: glued, prefix: --glued=}]
params: {first: text, many: {type: list, default: []}, glued: {type: text, required: false},
         extra: {type: text, default: ""}, input: {type: text, default: ""}}
env: {EXTRA: {param: extra}}
stdin: {param: input}
"""


def describe(bench: Any, text: str, name: str = "program") -> Tool:
    """The tool of a description in the bench's box."""
    bench.write(f"{name}.tool.yaml", text)
    with Catalog([str(bench.box)], bench.folder / "cache", entry_points=False, watch=False) as catalog:
        assert catalog.refresh(wait=True)
        tool: Tool = catalog.find(f"box.{name}")
    return tool


def shell(bench: Any, script: str, more: str = "", name: str = "program.sh") -> Tool:
    """A shell script as a tool."""
    path = bench.write(name, script)
    path.chmod(0o755)
    return describe(bench, f"command: [./{name}]\n{more}")


def run(bench: Any, tool: Tool, params: Mapping[str, Any] | None = None, **more: Any) -> Any:
    assert tool.error is None, tool.error
    given = complete(tool.params_schema, params or {})
    assert tool.entry.problems(given) == []
    return bench.run(tool, given, **more)


@pytest.mark.parametrize("name", sorted(set(TEXTS) - NOT_FOR_ARGV - {"megabyte"}))
def test_any_text_arrives_as_it_is_as_a_word_a_variable_and_the_input(bench: Any, name: str) -> None:
    text = TEXTS[name]
    params = {"first": text, "many": [text, "x", text], "glued": text, "extra": text, "input": text}
    made = run(bench, describe(bench, WORDS), params)
    assert made.status == "succeeded", made.outcome
    words = [text, text, "x", text, f"--glued={text}"]
    assert made.content("words") == "".join(f"{word}\0" for word in words).encode()
    assert made.content("extra") == text.encode()
    assert made.content("input") == text.encode()


def test_the_input_takes_what_no_word_can(bench: Any) -> None:
    tool = describe(bench, WORDS)
    made = run(bench, tool, {"first": "", "input": TEXTS["megabyte"] + "\0"})
    assert made.content("input") == TEXTS["megabyte"].encode() + b"\0"
    long = "x" * 131_072
    for field, value in (("first", long), ("extra", long), ("many", ["a", "\0"]), ("input", "\ud83d")):
        problems = tool.entry.problems(complete(tool.params_schema, {"first": "", field: value}))
        assert [problem.field for problem in problems] == [field]
    assert "131,071 in one value" in tool.entry.problems({"first": long})[0].message


def test_a_command_that_is_too_long_as_a_whole_is_refused(bench: Any) -> None:
    tool = describe(bench, WORDS)
    (problem,) = tool.entry.problems({"first": "", "many": ["x" * 100_000] * 16})
    assert problem.field == "many"
    made = run(bench, tool, {"first": "", "many": ["x" * 100_000] * 14})
    assert made.status == "succeeded"


@pytest.mark.parametrize(
    ("command", "params", "refused"),
    [
        ("[grep, {param: text}]", {"text": "-f/etc/passwd"}, True),
        ("[grep, -n, {param: text}]", {"text": "-"}, True),
        ("[grep, {param: text}]", {"text": "a-b"}, False),
        ("[grep, {param: text}, --]", {"text": "-x"}, True),
        ("[grep, --, {param: text}]", {"text": "-x"}, False),
        ("[grep, {param: text, flag: -e}]", {"text": "-x"}, False),
        ("[grep, {param: text, prefix: --regexp=}]", {"text": "-x"}, False),
        ("[grep, {param: text, dash: true}]", {"text": "-x"}, False),
        ("[grep, {param: number}]", {"number": -1}, False),
        ("[grep, {param: mode}]", {"mode": "-c"}, False),
        ("[grep, {param: modes}]", {"modes": ["-c"]}, False),
        ("[grep, {param: list}]", {"list": ["a", "-x"]}, True),
        ("[grep, {param: list, join: ','}]", {"list": ["a", "-x"]}, False),
        ("[grep, {param: list, join: ','}]", {"list": ["-x", "a"]}, True),
        ("[grep, {param: list, flag: -e}]", {"list": ["-x", "a"]}, False),
        ("[grep, {param: list, flag: -e}]", {"list": ["a", "-x"]}, True),
        ("[grep, {param: list, flag: -e, repeat: true}]", {"list": ["a", "-x"]}, False),
        ("[grep, {optional: [a, {param: text}]}]", {"text": "-x"}, True),
        ("[grep, {optional: [--, {param: number}]}, {param: text}]", {"number": 1, "text": "-x"}, False),
        ("[grep, {optional: [--, {param: number}]}, {param: text}]", {"text": "-x"}, True),
    ],
)
def test_a_text_that_would_be_an_option_is_refused_by_its_field(
    bench: Any, command: str, params: dict[str, Any], refused: bool
) -> None:
    kinds = {
        "text": "{type: text, required: false}",
        "number": "{type: integer, required: false}",
        "mode": "{choices: [-c, -l], required: false}",
        "modes": "{type: list, choices: [-c, -l], required: false}",
        "list": "{type: list, required: false}",
    }
    used = ", ".join(
        f"{name}: {kind}" for name, kind in kinds.items() if re.search(rf"param: {name}\b", command)
    )
    tool = describe(bench, f"command: {command}\nparams: {{{used}}}\n")
    assert tool.error is None, tool.error
    problems = tool.entry.problems(complete(tool.params_schema, params))
    assert [problem.field for problem in problems] == (list(params)[-1:] if refused else [])
    assert all("dash: true" in problem.message for problem in problems)


def test_the_run_is_the_program_itself_in_a_session_of_its_own(bench: Any) -> None:
    script = """\
        #!/bin/bash
        readlink /proc/$$/exe
        cut -d' ' -f6 /proc/$$/stat
        echo $$ $TOOLRUNNER_RUN
        pwd
        """
    made = run(bench, shell(bench, script))
    program, session, identity, folder = made.text.splitlines()
    assert Path(program).name == "bash"
    assert identity.split() == [session, made.outcome and "run0"]
    assert folder == str(bench.box)


def test_a_pipe_that_nobody_reads_ends_a_program_as_in_a_terminal(bench: Any) -> None:
    made = run(bench, shell(bench, "#!/bin/bash\nyes | head -n 1\necho ${PIPESTATUS[0]}\n"))
    assert made.text == "y\n141\n"


def test_what_it_prints_is_the_log_byte_by_byte(bench: Any) -> None:
    made = run(
        bench, shell(bench, "#!/bin/sh\nprintf '\\033[31mred\\033[0m \\377\\000 end\\n'; echo err >&2\n")
    )
    assert made.log == b"\x1b[31mred\x1b[0m \xff\x00 end\nerr\n"


def test_what_it_prints_is_kept_as_a_file_where_it_says_so(bench: Any) -> None:
    data = os.urandom(300_000)
    (bench.box / "data.bin").write_bytes(data)
    text = "command: [cat, data.bin, missing]\nstdout: out/copy.bin\nexit_codes: [1]\n"
    made = run(bench, describe(bench, text))
    assert made.status == "succeeded"
    assert made.names == ["out/copy.bin"]
    assert hashlib.sha256(made.content("out/copy.bin")).digest() == hashlib.sha256(data).digest()
    assert b"missing" in made.log


def test_a_file_of_a_param_is_the_input(bench: Any) -> None:
    (bench.box / "numbers").write_text("3\n1\n2\n")
    made = run(
        bench, describe(bench, "command: [sort]\nparams: {of: file}\nstdin: {file: of}"), {"of": "numbers"}
    )
    assert made.text == "1\n2\n3\n"
    made = run(
        bench, describe(bench, "command: [sort]\nparams: {of: file}\nstdin: {file: of}"), {"of": "nothing"}
    )
    assert made.status == "failed"
    assert made.error.message == "No such file or directory: nothing"


def test_it_works_in_a_view_of_its_folder_and_the_originals_stay(bench: Any) -> None:
    kept = bench.write("kept.txt", "as it was\n")
    made = run(
        bench,
        shell(bench, "#!/bin/sh\necho new > kept.txt\nmkdir -p a; echo x > a/b.txt\nrm program.tool.yaml\n"),
    )
    assert made.names == ["a/b.txt", "kept.txt"]
    assert kept.read_text() == "as it was\n"
    assert (bench.box / "program.tool.yaml").exists()


def test_in_a_copy_of_its_folder_the_program_of_the_copy_runs(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "jupyter_toolrunner.runners.workspace._mounts_inside", lambda folder: "a test wants a copy"
    )
    tool = shell(bench, '#!/bin/sh\ndirname "$(readlink -f "$0")"\npwd\necho x > left.txt\n')
    made = run(bench, tool)
    place, folder = made.text.splitlines()
    assert place == folder != str(bench.box)
    assert made.names == ["left.txt"]


def test_cancel_ends_it_with_a_child_that_ignores_the_asking(
    bench: Any, survivors: Callable[[str], list[int]]
) -> None:
    script = "#!/bin/bash\nexport MARKER=of-the-program-test\n(trap '' TERM; setsid sleep 300 & wait) &\necho ready\nwait\n"
    made = run(bench, shell(bench, script), stop_when=lambda log: b"ready" in log)
    assert made.status == "canceled"
    assert made.seconds_to_stop is not None
    assert made.seconds_to_stop < 2
    assert survivors("MARKER=of-the-program-test") == []


@pytest.mark.parametrize(
    ("script", "more", "message"),
    [
        (
            "#!/bin/sh\necho working; echo 'no such page' >&2; exit 3\n",
            "",
            "The program ended with exit code 3: no such page",
        ),
        ("#!/bin/sh\necho 'prog: error: bad count' >&2; exit 2\n", "", "bad count"),
        ("#!/bin/sh\nkill -SEGV $$\n", "", "crashed (SIGSEGV)"),
        ("no first line\n", "", "is no program that the system can start"),
        ("#!/nowhere/python\n", "", "names a program in its first line (#!) that is not there"),
        ("#!/bin/sh\necho x > a.txt\n", "outputs: ['*.csv']", "left no file *.csv"),
    ],
)
def test_an_end_that_is_not_well_says_why(bench: Any, script: str, more: str, message: str) -> None:
    made = run(bench, shell(bench, script, more))
    assert made.status == "failed"
    assert message in made.error.message


def test_a_program_that_was_closed_after_it_was_listed_says_what_to_do(bench: Any) -> None:
    tool = shell(bench, "#!/bin/sh\n")
    (bench.box / "program.sh").chmod(0o644)
    made = run(bench, tool)
    assert made.error.message.endswith("program.sh may not be executed.")
    assert made.error.hint.startswith("chmod +x ")
    (bench.box / "program.sh").unlink()
    assert "There is no program" in run(bench, tool).error.message


@pytest.mark.parametrize(
    ("code", "status"), [(0, "failed"), (1, "succeeded"), (2, "succeeded"), (3, "failed")]
)
def test_the_description_says_which_exit_codes_are_a_success(bench: Any, code: int, status: str) -> None:
    assert run(bench, shell(bench, f"#!/bin/sh\nexit {code}\n", "exit_codes: [1, 2]")).status == status


def test_only_the_files_that_it_says_it_leaves_are_kept(bench: Any) -> None:
    made = run(bench, shell(bench, "#!/bin/sh\ntouch a.tmp\necho x > b.csv\n", "outputs: ['*.csv']"))
    assert made.status == "succeeded"
    assert made.names == ["b.csv"]


def test_progress_comes_from_lines_of_its_own_pattern(bench: Any) -> None:
    script = '#!/bin/sh\nfor i in 1 2 3; do echo "did $i/4 pages"; sleep 0.12; done\n'
    made = run(bench, shell(bench, script, "progress: 'did (?P<done>\\d+)/(?P<total>\\d+) (?P<text>\\w+)'"))
    assert [(each.done, each.total, each.text) for each in made.progress] == [
        (1, 4, "pages"), (2, 4, "pages"), (3, 4, "pages"),
    ]  # fmt: skip


def test_any_program_can_tell_its_progress_as_python_does(bench: Any) -> None:
    script = """\
        #!/bin/bash
        echo '{"progress": {"done": 1, "total": 2, "text": "half"}}' >&${TOOLRUNNER_CONTROL%%:*}
        """
    (told,) = run(bench, shell(bench, script)).progress
    assert (told.done, told.total, told.text) == (1, 2, "half")


def test_the_environment_names_the_program_and_no_packages_of_ours(bench: Any) -> None:
    tool = shell(bench, "#!/bin/sh\n")
    assert bench.runner.environment(tool)["program"] == str(bench.box / "program.sh")
    assert "packages" not in bench.runner.environment(tool)
