"""A toolbox in a temporary folder, and a runner that makes attempts of what is in it."""

from __future__ import annotations

import itertools
import os
import re
import socket
import textwrap
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import nbformat
import pytest

from jupyter_toolrunner.core.ids import RunId, ToolName
from jupyter_toolrunner.core.limits import NO_LIMITS, RunLimits
from jupyter_toolrunner.core.ports import AttemptSpec, Outcome
from jupyter_toolrunner.core.runs import Progress, Reason
from jupyter_toolrunner.core.tools import Entry, Policy, Tool, ToolKind
from jupyter_toolrunner.runners import process_tree
from jupyter_toolrunner.runners.process_runner import ProcessRunner


class Stop:
    """A stop request that a test makes."""

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._reason: Reason | None = None

    def fileno(self) -> int:
        return self._reader.fileno()

    def reason(self) -> Reason | None:
        return self._reason

    def ask(self, reason: Reason | None = None) -> None:
        self._reason = reason
        self._writer.send(b"x")

    def close(self) -> None:
        self._reader.close()
        self._writer.close()


@dataclass
class Made:
    """An attempt that was made."""

    outcome: Outcome
    log: bytes
    chunks: list[tuple[float, bytes]]
    progress: list[Progress]
    seconds: float
    #: From the stop request to the return; None where nobody stopped it.
    seconds_to_stop: float | None

    @property
    def status(self) -> str:
        return self.outcome.status.value

    @property
    def error(self) -> Any:
        assert self.outcome.error is not None
        return self.outcome.error

    @property
    def text(self) -> str:
        return self.log.decode()

    @property
    def names(self) -> list[str]:
        return [output.name for output in self.outcome.outputs]

    def notebook(self, name: str = "report.ipynb") -> Any:
        """The executed notebook."""
        return nbformat.reads(self.content(name).decode(), as_version=4)

    def printed(self, name: str = "report.ipynb") -> str:
        """What the cells of the executed notebook show as text."""
        outputs = [output for cell in self.notebook(name).cells for output in cell.get("outputs", ())]
        return "".join(
            output.get("text") or output.get("data", {}).get("text/plain", "") for output in outputs
        )

    def content(self, name: str) -> bytes:
        output = next(output for output in self.outcome.outputs if output.name == name)
        return output.path.read_bytes() if output.content is None else output.content


class Words:
    """Stands where a script's command line is: the params' ``argv`` as it is."""

    def argv(self, params: Mapping[str, Any]) -> list[str]:
        return list(params.get("argv", ()))


def notebook_of(*cells: str, parameters: str | None = None, kernel: str = "python3") -> bytes:
    """The file of a notebook; cells that begin with ``[md]`` are Markdown."""
    made = (
        []
        if parameters is None
        else [nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})]
    )
    for cell in map(textwrap.dedent, cells):
        markdown = cell.startswith("[md]")
        made.append(
            nbformat.v4.new_markdown_cell(cell.removeprefix("[md]"))
            if markdown
            else nbformat.v4.new_code_cell(cell.strip("\n"))
        )
    spec = {"name": kernel, "display_name": kernel, "language": "python"}
    metadata = {"kernelspec": spec, "language_info": {"name": "python"}}
    text: str = nbformat.writes(nbformat.v4.new_notebook(cells=made, metadata=metadata))
    return text.encode()


@dataclass
class Workbench:
    folder: Path
    runner: ProcessRunner
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def box(self) -> Path:
        path = self.folder / "box"
        path.mkdir(exist_ok=True)
        return path

    def write(self, name: str, source: str | bytes) -> Path:
        path = self.box / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(source if isinstance(source, bytes) else textwrap.dedent(source).encode())
        return path

    def script(self, source: str | bytes, name: str = "script.py", **entry: Any) -> Tool:
        path = self.write(name, source)
        given = {"root": str(self.box), "command_line": Words(), "files": (str(path),), **entry}
        return self._tool(ToolKind.SCRIPT, path, given)

    def function(
        self, source: str | bytes, attribute: str = "main", name: str = "module.py", **entry: Any
    ) -> Tool:
        path = self.write(name, source)
        return self._tool(ToolKind.FUNCTION, path, {"attribute": attribute, "files": (str(path),), **entry})

    def notebook(
        self,
        *cells: str,
        name: str = "report.ipynb",
        parameters: str | None = None,
        warm: bool = False,
        **entry: Any,
    ) -> Tool:
        path = self.write(name, notebook_of(*cells, parameters=parameters))
        given = {"root": str(self.box), "files": (str(path),), "kernel": "python3", **entry}
        names = re.findall(r"^(\w+)\s*[:=]", parameters or "", re.MULTILINE)
        tool = self._tool(ToolKind.NOTEBOOK, path, given)
        return replace(
            tool,
            params_schema={"type": "object", "properties": {each: {} for each in names}},
            policy=Policy(warm=warm),
        )

    def _tool(self, kind: ToolKind, path: Path, entry: dict[str, Any]) -> Tool:
        entry.setdefault("path", str(path))
        return Tool(
            name=ToolName(f"box.{path.stem}"), toolbox="box", title=path.stem, kind=kind, entry=Entry(**entry)
        )

    def run(
        self,
        tool: Tool,
        params: Mapping[str, Any] | None = None,
        *,
        environment: Mapping[str, str] | None = None,
        stop_when: Callable[[bytes], bool] | None = None,
        stop_reason: Reason | None = None,
        runner: ProcessRunner | None = None,
        code: Mapping[str, str] | None = None,
        limits: RunLimits = NO_LIMITS,
    ) -> Made:
        """Make an attempt; it is stopped once ``stop_when`` holds for the log so far.

        ``code``: files of the box as they were in the tool's version.
        """
        number = next(self._numbers)
        directory = self.folder / f"attempt-{number}"
        directory.mkdir()
        stop = Stop()
        log = bytearray()
        chunks: list[tuple[float, bytes]] = []
        progress: list[Progress] = []
        asked: list[float] = []

        def on_log(data: bytes) -> None:
            log.extend(data)
            chunks.append((time.monotonic() - begun, data))
            if stop_when is not None and not asked and stop_when(bytes(log)):
                asked.append(time.monotonic())
                stop.ask(stop_reason)

        spec = AttemptSpec(
            run=RunId(f"run{number}"),
            number=number,
            attempt=1,
            tool=tool,
            params=params or {},
            directory=directory,
            code={
                str(self.box / name): textwrap.dedent(text).encode() for name, text in (code or {}).items()
            },
            environment=environment or {},
            limits=limits,
        )
        begun = time.monotonic()
        try:
            outcome = (runner or self.runner).run(spec, on_log=on_log, on_progress=progress.append, stop=stop)
            if outcome.publish is not None:
                on_log("\n".join(outcome.publish()).encode())
        finally:
            stop.close()
        ended = time.monotonic()
        return Made(
            outcome=outcome,
            log=bytes(log),
            chunks=chunks,
            progress=progress,
            seconds=ended - begun,
            seconds_to_stop=ended - asked[0] if asked else None,
        )


@pytest.fixture(scope="module")
def runner() -> Iterator[ProcessRunner]:
    made = ProcessRunner()
    yield made
    made.close()


@pytest.fixture
def bench(tmp_path: Path, runner: ProcessRunner) -> Workbench:
    return Workbench(tmp_path, runner)


def processes_with(marker: str) -> list[int]:
    """Processes that still have the marker in their environment or command line."""
    found = []
    for place in Path("/proc").iterdir():
        if place.name.isdigit() and int(place.name) != os.getpid():
            try:
                if (place / "stat").read_text().rpartition(")")[2].split()[0] == "Z":
                    continue
                content = (place / "environ").read_bytes() + (place / "cmdline").read_bytes()
            except OSError:
                continue
            if marker.encode() in content:
                found.append(int(place.name))
    return found


@pytest.fixture
def survivors() -> Callable[[str], list[int]]:
    return processes_with


@pytest.fixture(autouse=True)
def _nothing_left(runner: ProcessRunner) -> Iterator[None]:
    """After each test no process is left but the runner's zygotes and their spares, and no thread is."""
    threads = threading.active_count()
    before = process_tree.children_of(os.getpid())
    yield

    def left() -> set[int]:
        zygotes = runner._zygotes.pids()
        spares = {pid for zygote in runner._zygotes._zygotes.values() for pid in zygote.spare_pids()}
        children = process_tree.living(process_tree.children_of(os.getpid()) - before - zygotes)
        return children | (process_tree.descendants(zygotes, spares) - spares)

    # A process may be on its way out, and a spare on its way in.
    until = time.monotonic() + 5
    while left() and time.monotonic() < until:
        time.sleep(0.05)
    assert left() == set()
    assert threading.active_count() <= threads + 1
