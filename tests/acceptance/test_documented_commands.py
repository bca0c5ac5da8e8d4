"""Every command and every piece of Python of the README and the guide does what is said of it.

The commands are read from the pages, so that none can be forgotten: one that is not in the table below fails, and so
does one in the table that the pages no longer have. What notebooks' own cells have is run by `test_notebooks.py`; their
lines for a shell (`!`, `%%bash`) are run here too, since a cell does not fail where such a line does.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import nbformat
import pytest
from redis import ConnectionError as RedisConnectionError
from redis import Redis
from serving import Server, free_port, serving

from jupyter_toolrunner.core.settings import Settings

ROOT = Path(__file__).parents[2]
PREFIX = "jupyter toolrunner "
_STARTS = ("jupyter ", ".venv/", "sudo ", "pip ", "papermill ", "python ", "eval ", "TOOLRUNNER_")
_SCRIPT = '''
"""Write a table."""
import argparse
argparse.ArgumentParser(description=__doc__).parse_args()
open("table.csv", "w").write("n\\n1\\n")
print("written")
'''
_ENDLESS = """
import argparse, signal
argparse.ArgumentParser().parse_args()
signal.pause()
"""
#: What a program writes for its progress; it is a tool here.
_ECHO = """echo '{"progress": {"done": 1, "total": 3, "text": "half"}}' >&"${TOOLRUNNER_CONTROL%%:*}\""""


# -- what the pages say -----------------------------------------------------------------------------------------------


def pages() -> dict[str, str]:
    """The texts of the README and the guide."""
    found = {"README.md": (ROOT / "README.md").read_text("utf-8")}
    for path in sorted((ROOT / "notebooks").iterdir()):
        if path.suffix == ".md":
            found[path.name] = path.read_text("utf-8")
        elif path.suffix == ".ipynb":
            cells = nbformat.read(path, as_version=4).cells
            found[path.name] = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return found


def blocks(text: str, *languages: str) -> list[str]:
    return [
        body
        for language, body in re.findall(r"^```(\w*)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
        if language in languages
    ]


def commands(text: str) -> Iterator[str]:
    """Lines of its blocks for a shell, what its text names as a command, and what its tables of commands have."""
    for block in blocks(text, "bash", "sh", "shell", "console", ""):
        yield from (line for line in block.splitlines() if line.strip() and not line.startswith("#"))
    rest = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    for line in rest.splitlines():
        if line.startswith(f"| `{PREFIX}"):
            for code in re.findall(r"`([^`]+)`", line.split(" | ")[0]):
                yield code if code.startswith(PREFIX) else PREFIX + code
        else:
            for code in re.findall(r"`([^`]+)`", line):
                is_command = " " in code and code.startswith(_STARTS)
                is_magic = re.match(r"%%?[a-z]", code)
                if is_magic or (is_command and not re.match(r"\w+=\S*$", code)):
                    yield code


def for_a_shell(code: str) -> Iterator[str]:
    """The commands of a notebook's cell."""
    first, *rest = code.splitlines() or [""]
    if re.match(r"%%(bash|sh|script|!)", first):
        yield from (line for line in rest if line.strip() and not line.startswith("#"))
    else:
        yield from re.findall(r"^\s*(?:[\w, ]+=\s*)?(?:!!?|%sx |%system )\s*(.+)$", code, re.MULTILINE)


def in_cells() -> Iterator[str]:
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code":
                yield from for_a_shell(cell.source)


def documented() -> set[str]:
    return {command for text in pages().values() for command in commands(text)} | set(in_cells())


# -- how each is run --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ends:
    """It is typed as it stands, with ``more`` where the page leaves open of what; it ends with 0 and says this."""

    says: str
    more: str = ""
    #: In its place, where the machine of the tests must not be changed, or where it is a line of a program.
    typed: str = ""


@dataclass(frozen=True)
class Goes:
    """It goes on until it is stopped; then ``is_up`` held, and it ends in order."""

    is_up: Callable[[Path, str], Any]
    #: Options that let it run beside others.
    more: str = ""


@dataclass(frozen=True)
class InstalledBy:
    """The continuous integration does it itself, before there is any test: by this line of `.ci/run`."""

    line: str
    #: The part of it that is a program of its own, run here.
    then: str = ""


def _tools(_folder: Path, url: str) -> list[str]:
    """The tools of a server that has come up, once its toolboxes are read; none before."""
    try:
        if httpx.get(f"{url}toolrunner/api/health").json().get("reading", True):
            return []
        return [each["name"] for each in httpx.get(f"{url}toolrunner/api/tools").json()]
    except (httpx.TransportError, ValueError):
        return []


def _starter(folder: Path, url: str) -> bool:
    return "starter.build_graph" in _tools(folder, url)


def _own_scripts(folder: Path, url: str) -> bool:
    return "scripts.table" in _tools(folder, url)


def _workers(count: int) -> Callable[[Path, str], bool]:
    def are_ready(folder: Path, _url: str) -> bool:
        place = Settings(data_dir=folder / "toolrunner").effective_redis_url
        try:
            with Redis.from_url(place) as redis:
                return sum(":worker-" in each["name"] for each in redis.client_list()) == count
        except RedisConnectionError:
            return False

    return are_ready


def _in_ipython(*lines: str) -> str:
    return "ipython --ext jupyter_toolrunner -c " + shlex.quote("\n".join(lines))


_LAB = "--no-browser --allow-root --IdentityProvider.token="
_INSTALL = "python3 -m venv .venv && .venv/bin/pip install '.[test]' && .venv/bin/pytest"
_PACKAGES = "git python3 python3-venv chromium fonts-dejavu-core zsh iproute2"

WAYS: dict[str, Ends | Goes | InstalledBy] = {
    # Set-up.
    "sudo apt install python3-venv": InstalledBy(_PACKAGES),
    "sudo apt install chromium": InstalledBy(_PACKAGES),
    "sudo apt install zsh iproute2": InstalledBy(_PACKAGES),
    _INSTALL: InstalledBy(_INSTALL),
    "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/jupyter lab": InstalledBy(
        _INSTALL, then=".venv/bin/jupyter lab"
    ),
    "pip install '.[postgres,s3]'": InstalledBy(_INSTALL, then="python -c 'import psycopg, s3fs'"),
    # What it would fetch, without fetching it and what the system lacks: a test has no internet, and changes no system.
    ".venv/bin/playwright install --with-deps chromium": Ends(
        "Install location: ", typed=".venv/bin/playwright install --dry-run chromium"
    ),
    "TOOLRUNNER_TOOLBOXES=~/scripts .venv/bin/jupyter lab": Goes(_own_scripts, _LAB),
    "jupyter lab --config=jupyter_config.py": Goes(_starter, _LAB),
    "jupyter lab --ToolrunnerApp.workers=4": Goes(_starter, _LAB),
    "jupyter toolrunner worker": Goes(_workers(Settings().worker_count)),
    "jupyter toolrunner worker --count 2": Goes(_workers(2)),
    "jupyter toolrunner db upgrade": Ends("is at version"),
    "jupyter toolrunner backup all.tar": Ends("all.tar holds 1"),
    "jupyter toolrunner restore all.tar": Ends(
        "toolrunner.db has now 1",
        typed="jupyter toolrunner backup kept.tar"
        " && TOOLRUNNER_DATA_DIR=$PWD/new jupyter toolrunner restore kept.tar",
    ),
    "jupyter toolrunner doctor": Ends("ok    database: "),
    "jupyter toolrunner completion bash": Ends("complete "),
    "jupyter toolrunner completion zsh": Ends("compdef"),
    'eval "$(jupyter toolrunner completion bash)"': Ends(" jupyter\n", more="&& complete -p jupyter"),
    # Tools and runs.
    "jupyter toolrunner tools": Ends("starter.calculate_pagerank"),
    "jupyter toolrunner tool": Ends("damping", more="calculate_pagerank"),
    "jupyter toolrunner run calculate_pagerank -p damping=0.9": Ends("succeeded"),
    'jupyter toolrunner run calculate_pagerank --preset "The first hundred"': Ends("succeeded"),
    "jupyter toolrunner run build_graph --json-lines": Ends('"status": "succeeded"'),
    "jupyter toolrunner runs": Ends("box.table"),
    "jupyter toolrunner show": Ends("succeeded", more="12"),
    "jupyter toolrunner logs": Ends("written", more="12"),
    "jupyter toolrunner cancel": Ends("canceled", more="14"),
    "jupyter toolrunner retry": Ends("#13 box.fails", more="13"),
    "jupyter toolrunner tag 12 good": Ends("good"),
    'jupyter toolrunner note 12 "for the report"': Ends(
        "for the report", more="&& jupyter toolrunner note 12"
    ),
    "jupyter toolrunner artifacts 12": Ends("table.csv"),
    "jupyter toolrunner download 12": Ends("table.csv"),
    "jupyter toolrunner download 12 table.csv -o DIR": Ends("table.csv"),
    _ECHO: Ends('"text": "half"', typed="jupyter toolrunner run half --json-lines"),
    "jupyter toolrunner batch run calculate_pagerank rows.csv": Ends("rows.csv: 2 succeeded"),
    "jupyter toolrunner batch list": Ends("rows.csv"),
    "jupyter toolrunner batch show 1": Ends("#1 box.table"),
    "jupyter toolrunner batch run calculate_pagerank --sweep damping=0.6,0.8 --sweep top=5..10:5": Ends(
        "4 succeeded"
    ),
    "jupyter toolrunner batch wait 1": Ends("#1 box.table"),
    "jupyter toolrunner batch retry 1": Ends("made again"),
    "jupyter toolrunner batch cancel 1": Ends("#1 box.table"),
    "jupyter toolrunner batch table 1 -o results.csv": Ends("row,run,status", more="&& cat results.csv"),
    # Pages.
    'jupyter toolrunner schedule add build_graph --cron "30 2 * * *" --zone Europe/Berlin --name nightly': Ends(
        "nightly: At 02:30 every day (Europe/Berlin)"
    ),
    "jupyter toolrunner schedule list": Ends("starter.build_graph"),
    "jupyter toolrunner schedule show nightly": Ends("active"),
    "jupyter toolrunner schedule next nightly": Ends("02:30 CE"),
    "jupyter toolrunner schedule runs nightly": Ends("Nothing was due yet."),
    "jupyter toolrunner schedule change nightly --catch-up all": Ends("catch up  all"),
    "jupyter toolrunner schedule pause nightly": Ends("paused"),
    "jupyter toolrunner schedule resume nightly": Ends("active"),
    "jupyter toolrunner schedule remove nightly": Ends("nightly is removed; its runs stay."),
    "jupyter toolrunner queue show": Ends("waiting"),
    "jupyter toolrunner queue move 17 --front": Ends("#17 box.later is moved"),
    "jupyter toolrunner queue priority high 17": Ends("#17 box.later: high"),
    'jupyter toolrunner queue hold build_graph --note "new data comes"': Ends("is held by"),
    "jupyter toolrunner queue release build_graph": Ends("is not held."),
    "jupyter toolrunner workers list": Ends("worker-1"),
    "jupyter toolrunner workers scale 4": Ends("4 workers of this machine kept up"),
    "jupyter toolrunner workers drain worker-2": Ends("worker-2 on "),
    "jupyter toolrunner workers stop worker-1": Ends("worker-1 on "),
    "jupyter toolrunner clean --dry-run": Ends("0 logs (0 bytes) and 0 artifacts (0 bytes) would be freed."),
    "jupyter toolrunner clean": Ends("0 logs (0 bytes) and 0 artifacts (0 bytes) freed."),
    "jupyter toolrunner publish report.ipynb": Ends("toolrunner/dashboards/report"),
    "jupyter toolrunner publish packages.ipynb --name packages": Ends("toolrunner/dashboards/packages"),
    "jupyter toolrunner dashboards": Ends("packages"),
    "jupyter toolrunner withdraw report": Ends("report is withdrawn; its notebook stays."),
    "jupyter toolrunner withdraw packages": Ends("packages is withdrawn; its notebook stays."),
    # A batch.
    "papermill notebooks/batch.ipynb done.ipynb -p tool calculate_pagerank -p table rows.csv": Ends(
        "succeeded,", more="&& cat results.csv"
    ),
    # In a notebook.
    "%load_ext jupyter_toolrunner": Ends(
        "<ToolForm", typed="ipython -c $'%load_ext jupyter_toolrunner\\n%tool calculate_pagerank'"
    ),
    "%run_tool NAME key=value …": Ends(
        "'damping': 0.5", typed=_in_ipython("%run_tool calculate_pagerank damping=0.5")
    ),
    "%run_tool": Ends("'damping': 0.85", typed=_in_ipython("%run_tool calculate_pagerank")),
    "%tool": Ends("<ToolForm starter.calculate_pagerank", typed=_in_ipython("%tool calculate_pagerank")),
    "%%tool": Ends("'damping': 0.7", typed=_in_ipython("%%tool calculate_pagerank", "damping: 0.7")),
}


def test_each_command_of_the_pages_is_run_here_and_nothing_else_is() -> None:
    assert documented() == set(WAYS)
    assert all(way.says for way in WAYS.values() if isinstance(way, Ends))


def test_what_a_cell_gives_to_a_shell_is_a_command() -> None:
    assert list(for_a_shell("%%bash\n# first\njupyter toolrunner tools\n\nls")) == [
        "jupyter toolrunner tools",
        "ls",
    ]
    assert list(for_a_shell("a != b\nfiles = !ls -a\n!jupyter toolrunner runs")) == [
        "ls -a",
        "jupyter toolrunner runs",
    ]
    assert list(for_a_shell("")) == []


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, str]]]:
    """A folder as the pages have it, with a server that did twelve runs and is at one more; and its environment."""
    folder = tmp_path_factory.mktemp("place")
    _furnish(folder)
    box = folder / "box"
    box.mkdir()
    (box / "table.py").write_text(_SCRIPT)
    (box / "endless.py").write_text(_ENDLESS)
    (box / "fails.py").write_text(_ENDLESS.replace("signal.pause()", "raise SystemExit(1)"))
    (box / "later.py").write_text(_SCRIPT)
    (box / "half.sh").write_text(f"{_ECHO}\n")
    (box / "half.tool.yaml").write_text("command: [bash, ./half.sh]\n")
    with serving(folder / "server", toolboxes=(box,)) as server:
        _fill(server)
        variables = {
            "TOOLRUNNER_DATA_DIR": str(server.data_dir),
            "JUPYTER_RUNTIME_DIR": str(server.folder / "runtime"),
        }
        yield folder, _environment(folder, **variables)


def _fill(server: Server) -> None:
    server.eventually(lambda: not server.http.get("health").json()["reading"])
    for _ in range(10):
        server.submit("box.table")
    last = [server.submit("box.table")["id"] for _ in range(2)]
    assert server.wait(last[0])["number"] == 11
    assert server.wait(last[1])["number"] == 12
    # Only what has failed can be retried, and only what has not ended can be canceled.
    assert server.wait(server.submit("box.fails")["id"])["number"] == 13
    assert server.submit("box.endless")["number"] == 14
    rows = {"tool": "box.table", "rows": [{}, {}]}
    assert server.http.post("batches", json=rows).json()["batch"]["number"] == 1
    # Only what waits can be put in order.
    server.http.post("queue/hold", json={"tool": "box.later"}).raise_for_status()
    assert server.submit("box.later")["number"] == 17
    for title in ("Report", "Packages"):
        content = dict(_a_report(title))
        server.http.post("dashboards", json={"notebook": content}).raise_for_status()


def _a_report(title: str) -> Any:
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(f"# {title}")])


def _furnish(folder: Path) -> None:
    """What the commands name."""
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / "notebooks").mkdir()
    shutil.copy(ROOT / "notebooks" / "batch.ipynb", folder / "notebooks")
    shutil.copy(ROOT / "jupyter_config.py", folder)
    (folder / "rows.csv").write_text("damping,top\n0.5,3\n0.85,5\n")
    (folder / "scripts").mkdir()
    (folder / "scripts" / "table.py").write_text(_SCRIPT)
    for name in ("report", "packages"):
        nbformat.write(_a_report(name.capitalize()), folder / f"{name}.ipynb")


def _environment(folder: Path, **variables: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "XDG"))}
    return {
        **kept,
        "HOME": str(folder),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        **variables,
    }


def _typed(line: str, folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", line], cwd=folder, env=environment, capture_output=True, text=True, timeout=100
    )


#: In the order of the table: pages are published before they are withdrawn.
ENDING = [command for command, way in WAYS.items() if isinstance(way, Ends)]
GOING = [
    command
    for command, way in WAYS.items()
    if isinstance(way, Goes) or (isinstance(way, InstalledBy) and way.then.endswith("jupyter lab"))
]


@pytest.mark.parametrize("command", ENDING)
def test_what_ends_does_what_is_said(command: str, place: tuple[Path, dict[str, str]]) -> None:
    folder, environment = place
    way = WAYS[command]
    assert isinstance(way, Ends)
    done = _typed(way.typed or f"{command} {way.more}", folder, environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert way.says in done.stdout + done.stderr
    for file in LEFT.get(command, ()):
        assert (folder / file).stat().st_size


#: The files that a command leaves where it was typed.
LEFT = {
    "jupyter toolrunner download 12": ["table.csv"],
    "jupyter toolrunner download 12 table.csv -o DIR": ["DIR/table.csv"],
    "papermill notebooks/batch.ipynb done.ipynb -p tool calculate_pagerank -p table rows.csv": [
        "done.ipynb",
        "results.csv",
    ],
}


@pytest.mark.parametrize("command", GOING)
def test_what_goes_on_comes_up_and_is_stopped(command: str, tmp_path: Path) -> None:
    _furnish(tmp_path)
    environment = _environment(
        tmp_path,
        TOOLRUNNER_DATA_DIR=str(tmp_path / "toolrunner"),
        JUPYTER_RUNTIME_DIR=str(tmp_path / "runtime"),
    )
    way, line, port = WAYS[command], command, free_port()
    if isinstance(way, InstalledBy):
        line, way = way.then, Goes(_starter, _LAB)
    assert isinstance(way, Goes)
    words = f"{way.more} --port={port}" if way.more else ""
    # What comes before the program are variables, which `exec` does not take.
    variables, _, program = line.rpartition(" .venv/")
    line = f"{variables} exec .venv/{program}" if variables else f"exec {line}"
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            ["bash", "-c", f"{line} {words}"], cwd=tmp_path, env=environment, stdout=log, stderr=log
        )
    try:
        deadline = time.monotonic() + 60
        while not way.is_up(tmp_path, f"http://127.0.0.1:{port}/"):
            assert process.poll() is None, (tmp_path / "log").read_text()
            assert time.monotonic() < deadline, (tmp_path / "log").read_text()
            time.sleep(0.05)
    finally:
        process.send_signal(signal.SIGTERM if way.more else signal.SIGINT)
        code = process.wait(30)
    assert code == 0, (tmp_path / "log").read_text()


@pytest.mark.parametrize("command", [one for one, way in WAYS.items() if isinstance(way, InstalledBy)])
def test_what_installs_is_what_the_continuous_integration_does(command: str, tmp_path: Path) -> None:
    way = WAYS[command]
    assert isinstance(way, InstalledBy)
    lines = [line.strip() for line in (ROOT / ".ci" / "run").read_text("utf-8").splitlines()]
    assert way.line in lines
    if command.startswith("sudo apt install "):
        assert set(command.removeprefix("sudo apt install ").split()) <= set(way.line.split())
    if way.then.startswith("python "):
        assert _typed(way.then, tmp_path, _environment(tmp_path)).returncode == 0


# -- Python of the pages ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Piece:
    """What a piece of Python begins and ends with here, and what is printed then."""

    page: str
    end: str
    says: str
    begin: str = ""


#: In the order of the pages.
PYTHON = [
    Piece("README.md", 'print(greet("Ada", times=2))', "['Hello, Ada!', 'Hello, Ada!']"),
    Piece("README.md", "tr.close()", "succeeded [<Artifact "),
    Piece("README.md", "print(form.params['damping'])", "0.9"),
    Piece(
        "configuration.ipynb",
        "from jupyter_toolrunner.app import ToolrunnerApp\nprint(ToolrunnerApp(config=c).to_settings())",
        "redis_url='rediss://:password@redis.example.org:6379/0', artifacts_url='s3://toolrunner/team?endpoint_url=",
        begin="from traitlets.config import Config\nc = Config()",
    ),
]


def pieces() -> list[tuple[str, str]]:
    """All but the headers of scripts in the reference, which are no Python to run."""
    return [
        (page, block)
        for page, text in pages().items()
        if page != "toolbox_reference.md"
        for block in blocks(text, "python")
    ]


def test_each_piece_of_python_of_the_pages_is_run_here() -> None:
    assert [page for page, _ in pieces()] == [piece.page for piece in PYTHON]


@pytest.mark.parametrize("number", range(len(PYTHON)))
def test_python_of_the_pages_does_what_is_said(number: int, place: tuple[Path, dict[str, str]]) -> None:
    folder, environment = place
    piece, (_, code) = PYTHON[number], pieces()[number]
    done = subprocess.run(
        [sys.executable, "-c", f"{piece.begin}\n{code}\n{piece.end}"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    assert piece.says in done.stdout
