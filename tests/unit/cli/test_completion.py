"""What may follow on a line, and how it is written for the shell."""

from __future__ import annotations

import io
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from nasty import NOT_FOR_ARGV, TEXTS

from jupyter_toolrunner.cli.completion.arguments import OFFERS, Arguments, arguments_of
from jupyter_toolrunner.cli.completion.finder import ZSH_ITSELF, Finder
from jupyter_toolrunner.cli.completion.paths import Paths, is_ending
from jupyter_toolrunner.cli.completion.quoting import bash_word
from jupyter_toolrunner.cli.completion.state import KnownRun, KnownTool, State
from jupyter_toolrunner.cli.parser import SHELLS, STATUSES, build_parser
from jupyter_toolrunner.core.runs import RunStatus

SCHEMA = {
    "type": "object",
    "properties": {
        "theme": {"enum": ["dark", "light"], "description": "How it looks.\nMore of it."},
        "deep": {"type": "boolean"},
        "level": {"anyOf": [{"enum": [1, 2]}, {"type": "null"}]},
        "names": {"type": "array", "items": {"enum": ["a b", "c"]}},
        "table": {"type": "string", "format": "path", "x-accepts": [".csv"]},
        "folder": {"type": "string", "format": "directory-path"},
        "command": {"enum": ["add", "drop"]},
    },
    "allOf": [
        {
            "if": {"properties": {"command": {"const": "add"}}, "required": ["command"]},
            "then": {"properties": {"to": {"type": "string"}}},
        }
    ],
}


def a_known_tool(name: str, **changes: Any) -> KnownTool:
    toolbox, _, short = name.partition(".")
    values: dict[str, Any] = {
        "name": name,
        "short_name": short,
        "title": f"Title of {short}",
        "toolbox": toolbox,
        "category": "Graph",
        "path": None,
        "params_schema": SCHEMA,
        "can_run": True,
    }
    return KnownTool(**{**values, **changes})


@dataclass
class Memory:
    """The twin of a server and of what is kept."""

    all_tools: list[KnownTool] = field(
        default_factory=lambda: [
            a_known_tool("mine.plot"),
            a_known_tool("starter.plot"),
            a_known_tool("starter.pagerank"),
            a_known_tool("mine.broken", can_run=False, category="Ours"),
        ]
    )
    asked_with: list[str] = field(default_factory=list)

    def find(self, toolboxes: list[str]) -> State:
        self.asked_with = toolboxes
        return self

    def tools(self) -> Sequence[KnownTool]:
        return self.all_tools

    def tool(self, name: str) -> KnownTool | None:
        return next((tool for tool in self.all_tools if name in (tool.name, tool.short_name)), None)

    def presets(self, tool: KnownTool) -> Sequence[str]:
        return [f"The first of {tool.short_name}", "Second"]

    def runs(self, statuses: Sequence[str], limit: int) -> Sequence[KnownRun]:
        every = [("running", 12), ("failed", 11), ("succeeded", 9)]
        return [
            KnownRun(number=number, tool="mine.plot", status=status)
            for status, number in every
            if not statuses or status in statuses
        ]

    def artifacts(self, run: str) -> Sequence[str]:
        return ["table.csv", "a b.txt"] if run == "12" else []

    def tags(self, run: str | None = None) -> Sequence[str]:
        return ["good", "late"] if run is None else ["late"]

    def schedules(self) -> Mapping[str, str]:
        return {"nightly": "mine.plot"}

    def workers(self) -> Mapping[str, str]:
        return {"worker-1": "here", "worker-2": "there"}

    def pages(self) -> Mapping[str, str]:
        return {"cars": "Cars of the year", "sales": "Sales"}


@pytest.fixture
def complete(monkeypatch: pytest.MonkeyPatch) -> Any:
    def ask(line: str, *, shell: str = "bash", memory: Memory | None = None, **more: str) -> list[str]:
        variables = {
            "COMP_LINE": f"jupyter toolrunner {line}",
            "COMP_POINT": str(len(f"jupyter toolrunner {line}")),
            "_ARGCOMPLETE": "2",
            "_ARGCOMPLETE_SHELL": shell,
            "_ARGCOMPLETE_SUPPRESS_SPACE": "1",
            "_ARGCOMPLETE_IFS": "\v",
            "_ARGCOMPLETE_COMP_WORDBREAKS": "",
            **more,
        }
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        stream = io.StringIO()
        Finder().write(Arguments(build_parser(), (memory or Memory()).find), stream)
        return [word for word in stream.getvalue().split("\v") if word]

    return ask


class TestWhatMayFollow:
    def test_every_argument_that_takes_a_value_has_an_offer(self) -> None:
        assert {(command, action.dest) for command, action in arguments_of(build_parser())} == set(OFFERS)

    @pytest.mark.parametrize(
        ("line", "words"),
        [
            ("ru", ["run", "runs"]),
            ("db ", ["upgrade"]),
            ("completion ", list(SHELLS)),
            ("run --js", ["--json", "--json-lines"]),
            ("run x --priority ", ["high", "default", "low"]),
            ("runs --status ", list(STATUSES)),
            ("runs --status failed,su", ["failed,succeeded"]),
            ("tools --category ", ["Graph", "Ours"]),
        ],
    )
    def test_commands_options_and_choices(self, complete: Any, line: str, words: list[str]) -> None:
        assert complete(line) == words

    def test_an_option_that_was_given_is_not_offered_again_unless_it_may_be_repeated(
        self, complete: Any
    ) -> None:
        words = complete("run plot --detach --toolbox x -p a=1 --")
        assert {"--detach", "--json-lines"}.isdisjoint(words)
        assert {"--toolbox", "--param"} <= set(words)

    @pytest.mark.parametrize(
        ("line", "words"),
        [
            ("run ", ["mine.plot", "starter.plot", "pagerank"]),
            ("run pa", ["pagerank"]),
            ("run starter.pa", ["starter.pagerank"]),
            ("tool b", ["broken"]),
            ("run b", []),
            ("runs --tool starter.pa", ["starter.pagerank"]),
        ],
    )
    def test_tools_by_the_shortest_name_that_means_them(
        self, complete: Any, line: str, words: list[str]
    ) -> None:
        assert complete(line) == words

    @pytest.mark.parametrize(
        ("line", "words"),
        [
            ("run pagerank -p ", ["theme=", "deep=", "level=", "names=", "table=", "folder=", "command="]),
            ("run pagerank -p command=add -p t", ["theme=", "table=", "to="]),
            ("run pagerank -p names=c -p theme=dark -p n", ["names="]),
            ("run pagerank -p theme=dark -p th", []),
            ("run pagerank -p theme=", ["theme=dark", "theme=light"]),
            ("run pagerank --param=theme=l", ["--param=theme=light"]),
            ("run pagerank -p deep=", ["deep=true", "deep=false"]),
            ("run pagerank -p level=", ["level=1", "level=2"]),
            ("run pagerank -p names=a", [r"names=a\ b"]),
            ("run pagerank -p nothing=", []),
            ("run absent -p ", []),
            ("run -p ", []),
            ("run pagerank --preset The", [r"The\ first\ of\ pagerank"]),
            ("run absent --preset ", []),
        ],
    )
    def test_params_their_values_and_presets_of_the_tool_that_was_named(
        self, complete: Any, line: str, words: list[str]
    ) -> None:
        assert complete(line) == words

    @pytest.mark.parametrize(
        ("line", "words"),
        [
            ("show ", ["12", "11", "9"]),
            ("logs 1", ["12", "11"]),
            ("cancel ", ["12"]),
            ("retry ", ["11"]),
            ("download 12 ", ["table.csv", r"a\ b.txt"]),
            ("download 12 table.csv ", [r"a\ b.txt"]),
            ("download 9 ", []),
            ("tag 12 ", ["good", "late"]),
            ("tag 12 good l", ["late"]),
            ("tag 12 --remove ", ["late"]),
            ("withdraw ", ["cars", "sales"]),
            ("publish x.ipynb --name s", ["sales"]),
        ],
    )
    def test_runs_newest_first_with_their_files_and_tags(
        self, complete: Any, line: str, words: list[str]
    ) -> None:
        found = complete(line)
        assert found == words or (not words and all(word.startswith("--") for word in found))

    @pytest.mark.parametrize(
        "line", ["runs --limit ", "publish x --title ", "worker --count ", "logs 12 --attempt "]
    )
    def test_nothing_is_offered_where_anything_may_stand(self, complete: Any, line: str) -> None:
        assert complete(line) == []

    def test_options_are_offered_where_no_value_can_follow(self, complete: Any) -> None:
        assert "--preset" in complete("run pagerank ")
        assert complete("show 12 ") == ["--help", "--json", "--code"]

    def test_no_option_is_offered_after_two_dashes(self, complete: Any) -> None:
        assert not [word for word in complete("show 12 -- ") if word.startswith("-")]

    def test_toolboxes_of_the_line_are_asked_for(self, complete: Any) -> None:
        memory = Memory()
        complete("--toolbox one run --toolbox two pa", memory=memory)
        assert memory.asked_with == ["one", "two"]

    def test_what_stands_behind_the_cursor_counts_for_nothing(self, complete: Any) -> None:
        start = len("jupyter toolrunner run pa")
        assert complete("run pa --preset x", COMP_POINT=str(start)) == ["pagerank"]

    def test_statuses_by_which_runs_are_offered_are_those_that_there_are(self) -> None:
        from jupyter_toolrunner.cli.completion.arguments import _ACTIVE

        assert set(_ACTIVE) == {status.value for status in RunStatus if not status.is_final}


class TestPaths:
    @pytest.fixture(autouse=True)
    def place(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "data here").mkdir()
        for name in ("a.csv", "b.TXT", "c.json", "d.yaml", "e.ipynb", ".hidden.csv", "data here/в.csv"):
            (tmp_path / name).touch()
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("HOME", str(tmp_path))

    @pytest.mark.parametrize(
        ("line", "words"),
        [
            ("run x --params ", ["c.json", "d.yaml", r"data\ here/"]),
            ("run x --params=c", ["--params=c.json"]),
            ("run pagerank -p table=", ["table=a.csv", r"table=data\ here/"]),
            ("run pagerank -p table=data\\ here/", [r"table=data\ here/в.csv"]),
            ("run pagerank -p 'table=data here/", ["table=data here/в.csv"]),
            ("run pagerank -p table=~/a", ["table=~/a.csv"]),
            ("run pagerank -p table=.", ["table=.hidden.csv"]),
            ("run pagerank -p folder=", [r"folder=data\ here/"]),
            ("download 12 -o ", [r"data\ here/"]),
            ("publish ", [r"data\ here/", "e.ipynb"]),
            ("publish nowhere/", []),
        ],
    )
    def test_paths_that_fit_with_a_slash_behind_folders(
        self, complete: Any, line: str, words: list[str]
    ) -> None:
        assert complete(line) == words

    @pytest.mark.parametrize(
        ("line", "told"),
        [
            ("run x --params ", "files *(.json|.yaml|.yml)"),
            ("publish ", "files *.ipynb"),
            ("run pagerank -p table=", "=files *.csv"),
            ("download 12 -o ", "folders"),
        ],
    )
    def test_zsh_is_told_which_paths_and_completes_them_itself(
        self, complete: Any, line: str, told: str
    ) -> None:
        assert complete(line, shell=ZSH_ITSELF) == [told]


WORDS = [text for name, text in TEXTS.items() if name not in NOT_FOR_ARGV and len(text) < 10_000]
MORE = [
    "$(touch x)",
    "`x`",
    "~root",
    "#x",
    "a=~root",
    "a:b",
    "50%!",
    "!x",
    "*",
    "[a]?",
    "{a,b}",
    "^x^y",
    "\\",
    "\n",
    "-x",
]


class TestQuoting:
    @pytest.mark.parametrize("quote", ["", "'", '"'])
    def test_bash_reads_each_word_as_the_text_that_it_was(self, quote: str, tmp_path: Path) -> None:
        texts = [text for text in [*WORDS, *MORE] if text]
        words = [bash_word(text, quote, 0) for text in texts]
        # As bash itself closes what was opened: by the last sign, where that is one.
        closed = [
            word if quote and word.endswith(quote) else word + quote for word in words if word is not None
        ]
        line = " ".join(quote + word for word in closed)
        done = subprocess.run(
            ["bash", "-c", f"printf '%s\\0' {line}"], cwd=tmp_path, capture_output=True, check=True
        )
        read = done.stdout.decode().split("\0")[:-1]
        assert read == [text for text, word in zip(texts, words, strict=True) if word is not None]
        assert list(tmp_path.iterdir()) == []

    def test_only_what_no_quotes_can_hold_is_left_out(self) -> None:
        assert bash_word("two\nlines", '"', 0) is None
        assert bash_word("two\nlines", "", 0) == "two$'\\x0a'lines"

    @pytest.mark.parametrize(
        ("breaks", "line", "word"),
        [
            ("", "run pagerank -p theme=da", "theme=dark"),
            ("=:", "run pagerank -p theme=da", "dark"),
            ("=:", 'run pagerank -p theme="da', "dark"),
            ("=:", 'run pagerank -p "theme=da', "theme=dark"),
        ],
    )
    def test_what_stands_before_the_last_break_of_a_word_is_left_to_bash(
        self, complete: Any, breaks: str, line: str, word: str
    ) -> None:
        assert complete(line, _ARGCOMPLETE_COMP_WORDBREAKS=breaks) == [word]

    def test_a_home_is_left_to_the_shell(self) -> None:
        assert bash_word("file=~/a b", "", 0) == r"file=~/a\ b"
        assert bash_word("file=~a", "", 5) == r"\~a"


class TestTheProgram:
    def ask(self, folder: Path, line: str, **more: str) -> subprocess.CompletedProcess[bytes]:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "COMP_LINE": line,
            "COMP_POINT": str(len(line)),
            "_ARGCOMPLETE": "1",
            "_ARGCOMPLETE_SHELL": "bash",
            **more,
        }
        command = shlex.join([sys.executable, "-m", "jupyter_toolrunner.cli"])
        return subprocess.run(
            ["bash", "-c", f"{command} 8>&1"], env=environment, capture_output=True, timeout=30
        )

    @pytest.mark.parametrize(
        "line", ["jupyter-toolrunner show ", "jupyter-toolrunner run ab", "jupyter-toolrunner 'run "]
    )
    def test_where_nothing_was_ever_kept_it_is_silent_and_makes_nothing(
        self, tmp_path: Path, line: str
    ) -> None:
        done = self.ask(tmp_path, line)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("variable", ["TOOLRUNNER_WORKERS", "COMP_POINT", "_ARGCOMPLETE"])
    def test_a_setting_that_cannot_be_read_is_passed_over(self, tmp_path: Path, variable: str) -> None:
        done = self.ask(tmp_path, "jupyter-toolrunner show ", **{variable: "many"})
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")

    def test_a_command_that_could_do_something_is_not_carried_out(self, tmp_path: Path) -> None:
        done = self.ask(tmp_path, "jupyter-toolrunner db upgrade ")
        assert (done.returncode, done.stdout, done.stderr) == (0, b"--help\v--json", b"")
        assert list(tmp_path.iterdir()) == []

    def test_it_loads_nothing_that_takes_long(self, tmp_path: Path) -> None:
        code = (
            "import sys; from jupyter_toolrunner.cli.completion import answer; answer(); "
            "print(*(set(sys.modules) & {'pydantic', 'httpx', 'sqlalchemy', 'tornado', 'jsonschema', 'redis', 'pandas'}))"
        )
        line = "jupyter-toolrunner run "
        environment = {
            "HOME": str(tmp_path),
            "COMP_LINE": line,
            "COMP_POINT": str(len(line)),
            "_ARGCOMPLETE": "1",
            "_ARGCOMPLETE_SHELL": "bash",
        }
        done = subprocess.run(
            ["bash", "-c", f"{shlex.join([sys.executable, '-c', code])} 8>/dev/null"],
            env=environment, capture_output=True, text=True, timeout=30,
        )  # fmt: skip
        assert (done.stdout.strip(), done.stderr) == ("", "")


@pytest.mark.parametrize(
    ("ending", "is_one"),
    [
        (".csv", True),
        (".tar.gz", True),
        (".c++", True),
        (".данные", True),
        (".a`touch x`", False),
        (".a$(touch x)", False),
        (".csv(e{touch,x})", False),
        (".a b", False),
        (".a\vb", False),
        (".*", False),
        ("csv", False),
        ("", False),
    ],
)
def test_no_shell_meets_an_ending_that_is_more_than_one(ending: str, is_one: bool) -> None:
    assert is_ending(ending) is is_one
    assert (ending in Paths(endings=(ending,)).for_zsh()) is (is_one or not ending)
