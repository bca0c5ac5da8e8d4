"""The scripts of ``tests/corpus``: with which params each runs, and what it leaves.

The corpus is not linted and not imported; copy it before anything of it is run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CORPUS = Path(__file__).parent / "corpus"
#: The toolbox folders in it.
TOOLBOXES = (
    "knowledge/scripts", "styles", "analysis", "русский", "hostile", "functions", "commands", "programs",
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    #: Toolbox folder and path of the script in it.
    toolbox: str
    script: str
    params: dict[str, Any] = field(default_factory=dict)
    #: Of a script with several commands of click or typer, which one, with those above it.
    command: str = ""
    #: Exit status of a run with these params.
    status: int = 0
    #: A text that the run prints.
    prints: str = ""
    #: A file that it leaves, relative to the folder that its run sees as its own, or to where it works.
    leaves: str = ""

    @property
    def path(self) -> Path:
        return CORPUS / self.toolbox / self.script

    @property
    def tool(self) -> str:
        """The tool's short name."""
        script = self.script.removesuffix(".py").removesuffix(".tool.yaml").replace("/", ".")
        return f"{script}.{self.command}" if self.command else script

    @property
    def is_argparse(self) -> bool:
        return self.toolbox not in ("commands", "programs")


def _knowledge(script: str, params: dict[str, Any] | None = None, **more: Any) -> Case:
    return Case("knowledge/scripts", f"{script}.py", params or {}, **more)


def _styles(script: str, params: dict[str, Any] | None = None, **more: Any) -> Case:
    return Case("styles", f"{script}.py", params or {}, **more)


def _command(script: str, params: dict[str, Any] | None = None, command: str = "", **more: Any) -> Case:
    return Case("commands", f"{script}.py", params or {}, command=command, **more)


def _program(name: str, params: dict[str, Any] | None = None, **more: Any) -> Case:
    return Case("programs", f"{name}.tool.yaml", params or {}, **more)


#: What an option that is asked for in a terminal needs.
_ASKED = {"name": "n", "password": "p", "greeting": "Hello"}

#: Every script that can run, with params for a run that succeeds.
RUNS: tuple[Case, ...] = (
    _knowledge("link_graph", {"directed": True, "output": "my links.json"}, leaves="reports/my links.json"),
    _knowledge("pagerank", {"damping": 0.9, "top": 3}, leaves="reports/ranks.json"),
    _knowledge(
        "count_words", {"min_length": 4, "stop": ["page", "-x"][:1], "verbose": 2}, leaves="reports/words.tsv"
    ),
    _knowledge("glossary", {"format": "json", "sort": False}, leaves="reports/glossary.json", prints="terms"),
    _knowledge("search_pages", {"query": "-->|page", "regex": True}, prints="ranking.md"),
    _knowledge("tags", {"command": "count", "at_least": 2}, prints="graph 2"),
    _knowledge("tags", {"command": "rename", "old": "graph", "new": "--graphs"}, prints="changed"),
    _knowledge("validate", {"strict": True, "ignore": ["missing page"]}),
    _knowledge(
        "stats", {"fields": ["bytes"], "as_json": True}, prints='"bytes"', leaves="reports/stats.json"
    ),
    _knowledge("export_html", {"title": "a=b & <c>"}, prints="100%", leaves="reports/html/index.html"),
    _knowledge("index_sqlite", {"rebuild": True}, prints="5 pages", leaves="reports/index.db"),
    _knowledge("dedupe", {"threshold": "10%"}, prints=".md"),
    _knowledge("graph/components", {"smallest": 1}, prints="1", leaves="reports/components.json"),
    _knowledge("graph/neighbours", {"page": "index", "depth": 2, "back": False}, prints="ranking"),
    _styles("all_nargs", {"first": "-", "pair": [-1, 2], "rest": ["a b"], "some": ["x y", "z"], "level": 7}),
    _styles("all_nargs", {"first": "--x", "pair": [1, 2], "maybe": "", "log": True, "many": [-1e-9, 2.0]}),
    _styles(
        "all_actions",
        {
            "text": "-t",
            "const": 42,
            "yes": True,
            "no": False,
            "colour": False,
            "cache": False,
            "add": ["a", "-b", ""],
            "add_int": [1, 2, -3],
            "pairs": [["k", "v"], ["k2", "v 2"]],
            "types": ["str", "int", "str"],
            "more": ["-1", "x"],
            "verbose": 3,
            "quiet": 1,
            "mode": "slow",
        },
        prints='"mode": "slow"',
    ),
    _styles(
        "custom_types", {"colour": "green", "size": "LARGE", "flag": False, "naive": True, "set": ["a=b=c"]}
    ),
    _styles(
        "choices", {"size": 4, "port": 99, "ratio": 0.25, "odd": "--dash", "source": "web"}, prints="'web'"
    ),
    _styles("exclusive", {"text": "", "limit": 3, "direction": "down"}, prints="down"),
    _styles(
        "nested_commands", {"cmd": "remote", "remote_cmd": "add", "name": "n", "url": "-u", "verbose": True}
    ),
    _styles("nested_commands", {"cmd": "stash", "command": "push", "message": "-m"}, prints="'-m'"),
    _styles("nested_commands", {"cmd": "clone", "repository": "r", "depth": 1, "config": "x.ini"}),
    _styles("optional_command", {"count": 3}),
    _styles("optional_command", {"what": "one", "count": 7}, prints="count=7"),
    _styles("optional_command", {"what": "two", "count": 7, "values": [1, -2]}, prints="values=[1, -2]"),
    _styles("prefix_chars", {"x": True, "name": "+y", "slash": -4, "words": ["/not", "-an", "+option"]}),
    _styles("remainder", {"program": "ls", "arguments": ["-l", "--", "--times", "3"], "times": 2}),
    _styles("negative_options", {"one": True, "shift": -5, "low": -1e-7, "values": [1.5]}),
    _styles(
        "negative_values", {"values": [-1.5, 2, -1e-7], "weights": [-1, -2, 0.5], "round": 3}, prints="-2.5"
    ),
    _styles("intermixed", {"cmd": "go", "rest": [1, 2], "foo": "-f"}),
    _styles("suppressed", {"name": "n", "api_key": "k"}, prints="api_key"),
    _styles("class_based", {"shout": "loud", "toggle": True, "debug": True, "width": 2}, prints="48 LOUD"),
    _styles("two_parsers", {"host": "example.org"}, prints="example.org"),
    _styles("from_table", {"layers": [1, 2], "dry_run": True}, prints="[1, 2]"),
    _styles("registered_type", {"on": "yes", "address": "ff"}, prints="255"),
    _styles(
        "required_options", {"input": "-i", "out": "--o", "mode": "move", "levels": [-1, 3]}, prints="-i"
    ),
    _styles("with spaces and.dots", {"a file": "-f", "with_hyphen": "--"[:1]}),
    _styles("no_parser", prints="hello"),
    _styles("only_sys_argv", prints="arguments: []"),
    _styles("late_parser", {"n": 2, "word": "-w"}, prints="-w -w"),
    _styles("progress_bar", {"steps": 5}, prints="done"),
    Case("русский", "Поиск слов.py", {"слово": "раму", "регистр": True}, prints="1"),
    Case("русский", "otchet.py", {"период": "неделя", "файл": "мой отчёт.txt"}, leaves="мой отчёт.txt"),
    Case("русский", "cp1251.py", {"name": "Пётр"}, prints="Пётр"),
    Case("русский", "команды.py", {"команда": "добавить", "имя": "-имя", "срочно": True}, prints="-имя"),
    Case("analysis", "tables/describe_packages.py", {"sort": "files"}, leaves="packages.csv"),
    Case("analysis", "networks/dependencies.py", {"package": "pandas", "top": 3}, leaves="dependencies.json"),
    Case("analysis", "networks/plot.py", {"nodes": 5, "size": [2, 2]}, leaves="graph.png"),
    Case("analysis", "group_by.py", {"rows": 10, "function": "sum"}, leaves="groups.json"),
    Case("hostile", "prints_megabytes.py", {"after": "x"}, prints="after='x'"),
    Case("hostile", "catches_everything.py", {"again": 5}, prints="again=5"),
    Case("hostile", "strange_objects.py", {"plain": "-p"}, prints="-p"),
    Case("hostile", "exits_early.py", {"name": "x"}, status=3, prints="CORPUS_NOT_SET"),
    Case("hostile", "raises.py", {"limit": 1}, status=1, prints="no settings"),
    _command("every_kind", {"first": "-", "pair": [-1, 2], **_ASKED}, prints='"greeting": "Hello"'),
    _command(
        "every_kind",
        {
            "first": "--text",
            "pair": [0, -2],
            "rest": ["--", "-v", "", "x"],
            "text": "--",
            "only_short": "-s",
            "number": -5,
            "ratio": -1e-9,
            "level": 9,
            "share": 0,
            "clamped": 10,
            "yes": False,
            "shout": False,
            "fast": True,
            "verbose": 3,
            "case": "lower",
            "colours": ["--green", "red"],
            "tags": ["-t", "a=b"],
            "point": ["-", -1],
            "points": [[1.5, -2.0], [0.0, 1e22]],
            "three": [-1, -2, -3],
            "day": "2024-02-29",
            "moment": "2024-02-29T23:59:59",
            "ident": "12345678-1234-5678-1234-567812345678",
            "colour": "#-",
            "even": -4,
            "output": "-o",
            "wait": 7,
            "name": "--name",
            "password": "",
            "greeting": "-",
            "user": "nobody",
            "today": "then",
            "answer": -42,
            "secret_thing": "s",
            "as_bool": True,
            "function": '{"a": [1]}',
        },
    ),
    _command(
        "every_kind", {"first": "", "pair": [1, 2], **_ASKED, "even": 3}, status=2, prints="must be even"
    ),
    _command(
        "notes", {"text": "-x", "name": "--", "cli_name": "-s"}, "add", leaves="notes.json", prints='"-x"'
    ),
    _command(
        "notes",
        {"shelf": "--store", "tags": ["-a", "--", "b"]},
        "tag.set",
        prints='["--store", ["-a", "--", "b"]]',
    ),
    _command("notes", {"shelf": "s"}, "tag.clear", prints="cleared"),
    _command("pipeline", {"by": -3, "start": 2}, "add", prints="result -1"),
    _command("pipeline", {"by": 5}, "times", prints="result 5"),
    _command("pipeline", {"start": 7}, prints="result 7"),
    _command("without_guard", {"word": "--"}, "say", prints="say '--'"),
    _command("without_guard", {"times": 3}, "more.again", prints="again again again"),
    _command("lazy", {"text": "-é"}, "shout", prints="-É"),
    _command("ends", {"how": "usage"}, status=2, prints="these do not go together"),
    _command("ends", {"how": "parameter", "count": 1}, status=2, prints="Invalid value for --count"),
    _command("ends", {"how": "error"}, status=1, prints="the store is closed"),
    _command("ends", {"how": "abort"}, status=1, prints="Aborted!"),
    _command("ends", {"how": "ask"}, status=1, prints="Aborted!"),
    _command("ends", {"how": "exit"}, status=3),
    _command("ends", {"how": "sys"}, status=1, prints="gone"),
    _command("refuses", {"word": "w"}, status=1, prints="set CORPUS_NEVER_SET first"),
    _command("typed", {"word": "-", "password": "p"}, prints='"size": "small one"'),
    _command(
        "typed",
        {
            "word": "--count",
            "size": "large one",
            "sizes": ["small one", "large one"],
            "count": 10,
            "ratio": -0.5,
            "force": True,
            "cache": False,
            "verbose": 2,
            "tags": ["--", "-t"],
            "point": [-1, -2],
            "output": "-o",
            "moment": "2024-02-29T23:59:59",
            "day": "2024-02-29",
            "ident": "12345678-1234-5678-1234-567812345678",
            "user": "",
            "password": "-",
            "rest": ["-r", "--", ""],
        },
    ),
    _command("shop", {"name": "-n", "price": -0.5, "sold_out": True}, "items.add", prints="'-n' -0.5 True"),
    _command("shop", {"hour": 10, "verbose": True}, "opening", prints="at 10"),
    _command("shop", {"code": 4}, "items.fail", status=4),
    _program("sorted_lines", {"lines": "b\na\n", "order": "reverse"}, leaves="sorted/lines.txt"),
    _program("steps", {"steps": 2}, prints="step 2 of 2: walking", leaves="steps.json"),
    _program("words", {"first": "--", "many": ["-a", "$HOME", ""], "on": True}, leaves="words.bin"),
)

#: Scripts that never run to an end, or not without harm: for the registry alone, or for a run in a view of its own.
DANGEROUS = (
    "infinite_loop.py",
    "sleeps.py",
    "eats_memory.py",
    "deletes_itself.py",
    "kills.py",
    "exits_hard.py",
    "forks.py",
)

#: Files that are no tools.
NOT_TOOLS = (
    "knowledge/scripts/kb.py",
    "knowledge/scripts/old_backup.py",
    "styles/helpers.py",
    "hostile/empty.py",
    "commands/parts/shout.py",
    "commands/parts/__init__.py",
)
