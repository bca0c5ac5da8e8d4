"""What can be typed."""

from __future__ import annotations

import argparse
from typing import NoReturn

from .._version import __version__
from ..core.after import Rule
from .errors import WrongCall

_ABOUT = "Find tools, run them on the queue, look at runs. A server of yours that runs is used; without one, it works alone."
_ENDING = """\
environment:
  TOOLRUNNER_URL, TOOLRUNNER_API_KEY   talk to that server
  TOOLRUNNER_TOOLBOXES                 more toolboxes, separated like PATH
  TOOLRUNNER_DATA_DIR                  where database, files and sockets are
  TOOLRUNNER_DEBUG                     show where an unexpected error comes from

exit codes: 0 done · 1 the run failed or was canceled · 2 wrong call or params · 3 not found · 4 not available
With --json or --json-lines the last line of standard error tells an error as
{"error": {"code", "message", "field", "hint"}}.

  jupyter toolrunner tools graph
  jupyter toolrunner run graph_visualizer -p theme=dark
"""
SHELLS = ("bash", "zsh")
STATUSES = ("waiting", "queued", "running", "succeeded", "failed", "canceled", "skipped")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise WrongCall(message, usage=self.format_usage(), hint=f"{self.prog} --help explains it")


def build_parser() -> _Parser:
    parser = _Parser(
        prog="jupyter toolrunner",
        description=_ABOUT,
        epilog=_ENDING,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"jupyter-toolrunner {__version__}")
    _add_toolboxes(parser, dest="toolboxes_before")
    commands: _Commands[_Parser] = parser.add_subparsers(
        title="commands", metavar="COMMAND", dest="command", required=True
    )
    _add_catalog(commands)
    _add_run(commands)
    _add_runs(commands)
    _add_batches(commands)
    _add_queue(commands)
    _add_schedules(commands)
    _add_dashboards(commands)
    _add_workers(commands)
    _add_services(commands)
    _add_completion(commands)
    return parser


_Commands = argparse._SubParsersAction  # noqa: SLF001 - argparse has no public name for it


def _command(
    commands: _Commands[_Parser],
    name: str,
    help_: str,
    *,
    example: str = "",
    json: bool = True,
) -> _Parser:
    parser = commands.add_parser(
        name,
        help=help_,
        description=help_,
        epilog=f"example:\n  jupyter toolrunner {example}" if example else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(command=name.replace("-", "_"), json=False, toolboxes=[])
    if json:
        parser.add_argument("--json", action="store_true", help="answer with JSON")
    return parser


def _add_toolboxes(parser: _Parser, dest: str = "toolboxes") -> None:
    parser.add_argument(
        "--toolbox",
        action="append",
        default=[],
        dest=dest,
        metavar="PATH",
        help="add a folder of scripts, a .py file, a module or module:object; may be repeated",
    )


def _add_catalog(commands: _Commands[_Parser]) -> None:
    tools = _command(commands, "tools", "List tools, or find some.", example="tools graph --category Graph")
    tools.add_argument("query", nargs="?", default="", metavar="QUERY", help="words to look for")
    tools.add_argument("--category", metavar="C", help="only tools of this category")
    _add_toolboxes(tools)
    tool = _command(commands, "tool", "Show a tool and its params.", example="tool calculate_pagerank")
    tool.add_argument("name", metavar="NAME", help="toolbox.tool, or the short name where it is unambiguous")
    _add_toolboxes(tool)


def _add_run(commands: _Commands[_Parser]) -> None:
    run = _command(
        commands,
        "run",
        "Run a tool and wait for its end; the log goes to standard error. Ctrl-C asks: cancel it, or leave it running.",
        example="run calculate_pagerank -p damping=0.9 -p top=5",
    )
    run.add_argument("name", metavar="NAME", help="toolbox.tool, or the short name where it is unambiguous")
    _add_params(run)
    run.add_argument(
        "--preset",
        metavar="NAME",
        help="take the values of this preset; what -p and --params give goes before them",
    )
    run.add_argument(
        "--priority", choices=("high", "default", "low"), default="default", help="what goes first"
    )
    run.add_argument(
        "--version",
        metavar="V",
        help="run the code of an earlier version, as show tells it of a run, or its beginning",
    )
    run.add_argument(
        "--after",
        action="append",
        default=[],
        metavar="RUN_ID",
        help="start when this run has succeeded, by its id or number; repeat it for several",
    )
    run.add_argument(
        "--after-rule",
        choices=[rule.value for rule in Rule],
        default=Rule.ALL_SUCCEEDED.value,
        metavar="RULE",
        help=f"when it starts, of those of --after: {', '.join(rule.value for rule in Rule)} "
        f"({Rule.ALL_SUCCEEDED.value})",
    )
    _add_reuse(run)
    ways = run.add_mutually_exclusive_group()
    ways.add_argument("--detach", action="store_true", help="return when the run is accepted; needs a server")
    ways.add_argument(
        "--json-lines",
        action="store_true",
        help="tell the run while it goes on, as one JSON object a line on standard output: its status, progress and log, "
        "and the whole run at the end",
    )
    _add_toolboxes(run)


def _add_reuse(parser: _Parser) -> None:
    parser.add_argument(
        "--reuse",
        action=argparse.BooleanOptionalAction,
        help="take the result of an earlier run that was the same, or run anew; as the tool says by itself",
    )


def _add_params(parser: _Parser) -> None:
    parser.add_argument(
        "-p",
        "--param",
        action="append",
        default=[],
        dest="params",
        metavar="KEY=VALUE",
        help="a param, read as the tool's schema says; repeat it for the items of a list, or give JSON; "
        'a file input takes a path, or {"artifact": ID} for a file of another run; {"run": ID, "output": NAME} is a file '
        'that a run will have left, and {"run": ID, "result": KEY} a value of its result: this run waits for it',
    )
    parser.add_argument(
        "--params",
        dest="params_file",
        metavar="FILE|-",
        help="an object of params in JSON, or in YAML; - reads standard input",
    )


def _add_schedules(commands: _Commands[_Parser]) -> None:
    schedule = _command(commands, "schedule", "Have tools run by themselves while a server runs.", json=False)
    chores = schedule.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def chore(name: str, help_: str, example: str) -> _Parser:
        parser = _command(chores, name, help_, example=f"schedule {example}")
        parser.set_defaults(command=f"schedule_{name}")
        return parser

    add = chore(
        "add", "Have a tool run by itself.", "add calculate_pagerank -p damping=0.9 --cron '0 3 * * 1-5'"
    )
    add.add_argument("name", metavar="NAME", help="toolbox.tool, or the short name where it is unambiguous")
    _add_params(add)
    _add_rule(add)
    _add_ways(add)
    _add_toolboxes(add)
    listed = chore("list", "List schedules, what is due first first.", "list")
    listed.add_argument(
        "query",
        nargs="?",
        default="",
        metavar="QUERY",
        help="part of a schedule's or tool's name, or the beginning of an id",
    )
    listed.add_argument("--limit", metavar="N", type=_positive, default=50, help="at most so many (50)")
    for name, help_, example in (
        ("show", "Show a schedule: when, of what, what became of it.", "show nightly"),
        ("runs", "List what became of its due times, with its runs; the latest first.", "runs nightly"),
        (
            "change",
            "Change when it fires, or how; what is left out stays.",
            "change nightly --cron '30 2 * * *'",
        ),
        ("pause", "Have nothing fire; what falls into the pause never does.", "pause nightly"),
        ("resume", "Go on with what is due from now on.", "resume nightly"),
        ("remove", "Remove a schedule; its runs stay.", "remove nightly"),
    ):
        command = chore(name, help_, example)
        command.add_argument(
            "schedule",
            metavar="SCHEDULE",
            help="its name, its id or the beginning of its id, as `schedule list` shows them",
        )
        if name == "runs":
            command.add_argument(
                "--limit", metavar="N", type=_positive, default=20, help="at most so many (20)"
            )
        if name == "change":
            _add_rule(command, required=False)
            _add_ways(command, default=None)
    following = chore(
        "next",
        "List the next ten firings of a schedule, or of a rule that is not kept.",
        "next --cron '30 2 * * *' --zone Europe/Berlin",
    )
    following.add_argument(
        "schedule",
        metavar="SCHEDULE",
        nargs="?",
        help="its name, its id or the beginning of its id, as `schedule list` shows them",
    )
    _add_rule(following, required=False)


def _add_rule(parser: _Parser, *, required: bool = True) -> None:
    times = parser.add_mutually_exclusive_group(required=required)
    times.add_argument(
        "--cron",
        metavar="FIELDS",
        help="minute, hour, day of the month, month, day of the week: '0 3 * * 1-5'",
    )
    times.add_argument(
        "--every", metavar="TIME", help="again and again after so long: 90 s, 15 min, 1h30m, 2 d"
    )
    times.add_argument("--at", metavar="TIME", help="once: 2030-12-24T18:00, or with an offset")
    times.add_argument("--after-run", metavar="RUN_ID", help="once, when this run ends")
    parser.add_argument(
        "--if",
        dest="condition",
        choices=("ended", "succeeded", "failed"),
        default="ended",
        help="how the run that is waited for must end",
    )
    parser.add_argument("--start", metavar="TIME", help="first firing of --every")
    parser.add_argument(
        "--zone", metavar="ZONE", help="whose clock is meant: Europe/Berlin (that of this machine)"
    )


def _add_ways(parser: _Parser, default: str | None = "one") -> None:
    parser.add_argument("--name", dest="title", metavar="TEXT", help="what people call it")
    parser.add_argument(
        "--catch-up",
        choices=("skip", "one", "all"),
        default=default,
        help="what to do of due times that passed while no server ran: none, the last one, or all",
    )
    parser.add_argument(
        "--priority",
        choices=("high", "default", "low"),
        default=None if default is None else "default",
        help="what goes first",
    )


def _add_runs(commands: _Commands[_Parser]) -> None:
    runs = _command(commands, "runs", "List runs, newest first.", example="runs --status failed --limit 5")
    runs.add_argument("--tool", metavar="T", help="only runs of this tool")
    runs.add_argument(
        "--status", metavar="S", type=_statuses, help=f"only {', '.join(STATUSES)}; several with commas"
    )
    runs.add_argument(
        "--tag", metavar="TAG", dest="tags", action="append", help="only runs with this tag; repeat for more"
    )
    runs.add_argument("--owner", metavar="USER", help="only runs of this user; `me` for your own")
    runs.add_argument(
        "--param",
        metavar="CONDITION",
        dest="conditions",
        action="append",
        help="only runs with such a value: damping>=0.9, source=packages, folder~notes; repeat for more",
    )
    runs.add_argument("--search", metavar="WORDS", help="only runs with all words in tool, params or note")
    runs.add_argument("--limit", metavar="N", type=_positive, default=20, help="at most so many (20)")
    for name, help_ in (
        ("show", "Show a run: params, attempts, error, files."),
        ("logs", "Print what a run printed."),
        ("cancel", "End a run and every process it started."),
        ("retry", "Have one more attempt made, of the same code; of a run that waits for it, now."),
        ("tag", "Put tags on a run, or take them away; without tags, list those that it has."),
        ("note", "Write a note on a run; without a text, print the note."),
        ("artifacts", "List the files that a run produced."),
        ("download", "Save the files that a run produced: all of them, or those that are named."),
    ):
        command = _command(commands, name, help_, example=f"{name} 12", json=name != "logs")
        command.add_argument("run", metavar="RUN_ID", help="the run's id, or its number")
        if name == "show":
            command.add_argument(
                "--code",
                action="store_true",
                help="print the files that it ran, as they were: the tool's own, then what it imports beside itself",
            )
        if name == "logs":
            command.add_argument("--follow", action="store_true", help="go on until the run ends")
            command.add_argument("--attempt", metavar="N", type=_positive, help="an earlier attempt's log")
        if name == "tag":
            command.add_argument("tags", metavar="TAG", nargs="*", help="a tag to put on the run")
            command.add_argument(
                "--remove", action="append", default=[], metavar="TAG", help="a tag to take away"
            )
        if name == "note":
            command.add_argument("text", metavar="TEXT", nargs="?", help='the note; "" takes it away')
        if name == "download":
            command.add_argument("names", metavar="NAME", nargs="*", help="these files alone")
            command.add_argument(
                "-o", "--output", metavar="DIR", default=".", help="where to (the current folder)"
            )
            command.add_argument(
                "--force", action="store_true", help="overwrite files that are there and differ"
            )


def _add_batches(commands: _Commands[_Parser]) -> None:
    batch = _command(commands, "batch", "Run a tool once for each row of a table.", json=False)
    chores = batch.add_subparsers(title="commands", metavar="COMMAND", required=True)
    run = _command(
        chores,
        "run",
        "Run a tool for each row, and wait for all of them; a row that is not valid is named, and then nothing runs.",
        example="batch run fuel_use cars.csv -p unit=km",
    )
    run.add_argument("name", metavar="NAME", help="toolbox.tool, or the short name where it is unambiguous")
    run.add_argument(
        "table",
        metavar="FILE",
        nargs="?",
        help="a .csv, .xlsx, .parquet or .json file; its columns are params of the tool",
    )
    run.add_argument(
        "--sweep",
        action="append",
        default=[],
        metavar="KEY=VALUES",
        help="in place of a file: values of a param, as k=2..10, k=2:10:2, k=2,4,8 or kind=* for all choices; repeatable, "
        "and there is a run for each combination",
    )
    run.add_argument(
        "-p",
        "--param",
        action="append",
        default=[],
        dest="params",
        metavar="KEY=VALUE",
        help="a param that all rows have; the cells of a row go before it",
    )
    run.add_argument("--preset", metavar="NAME", help="take the values of this preset for all rows")
    run.add_argument(
        "--title", metavar="TEXT", default="", help="what it is called; the file's name by itself"
    )
    run.add_argument(
        "--priority", choices=("high", "default", "low"), default="default", help="what goes first"
    )
    _add_reuse(run)
    run.add_argument("--detach", action="store_true", help="return when it is accepted; needs a server")
    _add_toolboxes(run)
    run.set_defaults(command="batch_run")
    listed = _command(chores, "list", "List batches, newest first.", example="batch list --limit 5")
    listed.add_argument("--limit", metavar="N", type=_positive, default=20, help="at most so many (20)")
    listed.set_defaults(command="batch_list")
    for name, help_ in (
        ("show", "Show how many runs of a batch there are of each status, and the rows that failed."),
        ("wait", "Wait until all runs of a batch have ended."),
        ("retry", "Have the runs of a batch that failed or were canceled run again."),
        ("cancel", "End the runs of a batch that have not ended."),
        ("table", "Write what came of each row as one CSV table."),
    ):
        command = _command(chores, name, help_, example=f"batch {name} 3", json=name != "table")
        command.add_argument("batch", metavar="BATCH", help="the batch's number, or its id")
        if name == "retry":
            command.add_argument(
                "--code",
                choices=("kept", "now"),
                default="kept",
                help="of which code: the one that the batch was made of (kept), or the tool as it is now",
            )
        if name == "table":
            command.add_argument(
                "-o", "--output", metavar="FILE", help="where to; standard output without it"
            )
        command.set_defaults(command=f"batch_{name}")


def _add_queue(commands: _Commands[_Parser]) -> None:
    queue = _command(commands, "queue", "Look at what waits, put it in order, hold it.", json=False)
    chores = queue.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def chore(name: str, help_: str, example: str) -> _Parser:
        parser = _command(chores, name, help_, example=f"queue {example}")
        parser.set_defaults(command=f"queue_{name}")
        return parser

    show = chore("show", "List what waits, in the order in which it starts, and what holds it back.", "show")
    show.add_argument("--owner", metavar="USER", help="whose runs alone; me for your own")
    show.add_argument("--limit", metavar="N", type=_positive, default=20, help="at most so many (20)")
    hold = chore(
        "hold",
        "Start nothing more of a tool, or nothing at all, until it is released; what runs goes on.",
        "hold build_graph --note 'the disk is full'",
    )
    release = chore(
        "release", "Let runs of a tool, or of the whole queue, start again.", "release build_graph"
    )
    for parser in (hold, release):
        parser.add_argument("name", metavar="NAME", nargs="?", help="a tool; the whole queue without one")
    hold.add_argument("--note", metavar="TEXT", default="", help="why, for whoever waits")
    move = chore("move", "Put runs that wait before or behind others of the same user.", "move 12 13 --front")
    move.add_argument("runs", metavar="RUN_ID", nargs="+", help="ids or numbers of runs")
    where = move.add_mutually_exclusive_group(required=True)
    where.add_argument("--front", action="store_true", help="to the front")
    where.add_argument("--end", action="store_true", help="to the end")
    where.add_argument("--before", metavar="RUN_ID", help="before this run")
    where.add_argument("--after", metavar="RUN_ID", help="behind this run")
    priority = chore("priority", "Say what goes first of one user's runs.", "priority high 12 13")
    priority.add_argument("priority", choices=("high", "default", "low"), help="what goes first")
    priority.add_argument("runs", metavar="RUN_ID", nargs="+", help="ids or numbers of runs")


def _add_dashboards(commands: _Commands[_Parser]) -> None:
    _command(commands, "dashboards", "List the notebooks that were published as pages.", example="dashboards")
    publish = _command(
        commands,
        "publish",
        "Publish a notebook as a page, with the results that it has now; needs a server.",
        example="publish report.ipynb",
    )
    publish.add_argument("notebook", metavar="NOTEBOOK", help="the file")
    publish.add_argument("--title", metavar="TEXT", default="", help="its first heading by itself")
    publish.add_argument(
        "--name", metavar="NAME", default="", help="its address; made from the title by itself"
    )
    withdraw = _command(
        commands, "withdraw", "Take a published page away; its notebook stays.", example="withdraw report"
    )
    withdraw.add_argument("name", metavar="NAME", help="its address, as dashboards lists it")


def _add_workers(commands: _Commands[_Parser]) -> None:
    workers = _command(
        commands, "workers", "Look at the workers of all machines, drain, stop and scale them.", json=False
    )
    chores = workers.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def chore(name: str, help_: str, example: str) -> _Parser:
        parser = _command(chores, name, help_, example=f"workers {example}")
        parser.set_defaults(command=f"workers_{name}")
        return parser

    chore("list", "List workers: where each is, what it runs, how much memory it takes.", "list")
    drain = chore("drain", "Have workers finish their run, take no other, and end.", "drain worker-2")
    stop = chore(
        "stop",
        "End workers now; a run under way fails as lost_worker, or is tried again where its tool says so.",
        "stop worker-2",
    )
    for parser in (drain, stop):
        parser.add_argument(
            "names", metavar="NAME", nargs="+", help="a worker's id, or its name where it is unambiguous"
        )
    scale = chore(
        "scale",
        "Keep up so many workers on the server's machine; those that are too many finish their run first.",
        "scale 4",
    )
    scale.add_argument("workers", metavar="N", type=_count, help="how many; 0 for none")


def _add_services(commands: _Commands[_Parser]) -> None:
    worker = _command(
        commands,
        "worker",
        "Work on the queue until it is interrupted.",
        example="worker --count 4",
        json=False,
    )
    worker.add_argument(
        "--count", metavar="N", type=_positive, help="worker processes (one per core, two at most)"
    )
    database = _command(commands, "db", "Look after the database.", json=False)
    chores = database.add_subparsers(title="commands", metavar="COMMAND", required=True)
    upgrade = _command(
        chores, "upgrade", "Create the tables, or bring them to this version.", example="db upgrade"
    )
    upgrade.set_defaults(command="db_upgrade")
    clean = _command(
        commands,
        "clean",
        "Free logs and artifacts of ended runs that the rules of the configuration name; a server does each day.",
        example="clean --dry-run",
    )
    clean.add_argument("--dry-run", action="store_true", help="only tell what would be freed")
    backup = _command(
        commands,
        "backup",
        "Write everything into one file while all goes on: runs, logs, files, presets.",
        example="backup toolrunner.tar",
    )
    backup.add_argument("file", metavar="FILE", help="where to; it is there when it is whole")
    backup.add_argument("--force", action="store_true", help="overwrite a file that is there")
    restore = _command(
        commands,
        "restore",
        "Bring what a backup holds into an empty installation, on SQLite or PostgreSQL.",
        example="restore toolrunner.tar",
    )
    restore.add_argument("file", metavar="FILE", help="what backup wrote, by this version or an earlier one")
    doctor = _command(
        commands, "doctor", "Check this installation, and say what to do where something is wrong."
    )
    _add_toolboxes(doctor)


def _add_completion(commands: _Commands[_Parser]) -> None:
    completion = _command(
        commands,
        "completion",
        "Print the script that lets a shell complete what is typed here: commands, options, tools, params, runs, files.",
        example='completion bash   # in ~/.bashrc: eval "$(jupyter toolrunner completion bash)"',
        json=False,
    )
    completion.add_argument("shell", choices=SHELLS, metavar="SHELL", help=" or ".join(SHELLS))


def _positive(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return number


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0")
    return int(text)


def _statuses(text: str) -> str:
    for status in text.split(","):
        if status not in STATUSES:
            raise argparse.ArgumentTypeError(
                f"there is no status {status!r}; there are {', '.join(STATUSES)}"
            )
    return text
