"""A notebook, run cell by cell: a copy of it, with the run's values in it."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import json
import os
import shutil
import signal
import sys
import time
import warnings
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionComplete, CellExecutionError, DeadKernelError
from nbformat import NotebookNode

from .. import notebooks
from . import child, kernels, notebook_failure, wire
from .kernel_process import KEPT_TEXT, logged_result
from .kernels import Kernel

T = TypeVar("T")
Tell = Callable[[wire.Message], None]
#: A copy is written again when this many times as long as the last writing took has passed.
_PATIENCE = 10
#: Seconds between two copies while a cell runs.
_WHILE_RUNNING = 5.0
#: Seconds until a kernel is asked whether it heard, and between two times at most.
_NUDGE, _SELDOM = 1.0, 300.0
#: Stands in files where a secret value was.
_MASK = "********"
#: Seconds in which a stopped run takes in what its kernel has shown.
_ON_ITS_WAY = 0.2


class Process:
    """What stays from run to run in a process that is warm."""

    def __init__(self) -> None:
        self._loop: asyncio.Runner | None = None
        self._kernel: Kernel | None = None

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Always in the same event loop: what waits on the kernel's channels belongs to it."""
        if self._loop is None:
            self._loop = asyncio.Runner()
        return self._loop.run(work)

    def keep(self, kernel: Kernel) -> None:
        """Have the kernel for the next run; it ends with this process."""
        self._kernel = kernel
        atexit.register(self._end)

    def park(self) -> int | None:
        """The kernel's process, where it can serve another run."""
        return None if self._kernel is None else self.do(self._kernel.park())

    def is_ready(self) -> bool:
        """Whether the kernel that waits here still does."""
        return self._kernel is not None and self.do(self._kernel.is_there())

    def take(self) -> Kernel | None:
        """The kernel that waits here, to be this run's."""
        kernel, self._kernel = self._kernel, None
        atexit.unregister(self._end)
        return kernel

    def _end(self) -> None:
        if self._kernel is not None:
            self.do(self._kernel.end())


_process = Process()
#: For the process that makes run after run.
park, is_ready = _process.park, _process.is_ready


def run_notebook(spec: wire.Message, tell: Tell) -> int:
    """The exit code; what went wrong is told. Relative paths in a notebook are meant from where it lies."""
    folder = os.path.dirname(spec["path"])
    inside = f"{folder}/".startswith(f"{spec['cwd'].rstrip('/')}/")
    kernel = spec["kernel"] or notebooks.DEFAULT_KERNEL
    return _Run({**spec, "folder": folder if inside else spec["cwd"], "kernel": kernel}, tell).make()


class _Run:
    def __init__(self, spec: wire.Message, tell: Tell) -> None:
        self._spec = spec
        self._tell = tell
        self._client: _Client | None = None
        self._leaving: asyncio.Task[None] | None = None

    def make(self) -> int:
        try:
            self._copy = _Copy(self._spec)
        except notebooks.NotTranslatable as error:
            return self._failed("params", f"The values can't be given to this notebook: {error}", None)
        except Exception as error:
            return self._failed("notebook", f"The notebook can't be read: {error}", None)
        self._tell({"keep": [self._copy.as_output()]})
        try:
            if (kept := _process.take()) is not None:
                return _process.do(self._execute(kept))
            with kernels.place() as place:
                kernel = kernels.start(
                    self._spec["kernel"], place, self._spec["folder"], self._spec["channel"]
                )
                return _process.do(self._execute(kernel, place))
        except kernels.NotStarted as error:
            return self._failed("kernel", str(error), error.hint)

    async def _execute(self, kernel: Kernel, place: Path | None = None) -> int:
        """Raises NotStarted."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._stopped, place)
        try:
            if place is None:
                await kernel.go_on(self._spec["folder"])
            else:
                await kernel.come_up()
                self._copy.notebook.metadata["language_info"] = dict(kernel.language)
                # All that will be connected is connected.
                shutil.rmtree(place, ignore_errors=True)
            client = self._client = _Client(self._copy.notebook, kernel, self._copy)
            code = await self._run_cells(client, kernel)
            if self._spec["warm"] and code == 0 and not client.asked_to_end:
                _process.keep(kernel)
            elif not await kernel.end():
                seconds = f"{kernels.LAST_WORDS:g} s"
                _note(f"the notebook's kernel did not end by itself within {seconds} and was killed")
            self._copy.save()
            return code
        finally:
            loop.remove_signal_handler(signal.SIGTERM)

    async def _run_cells(self, client: _Client, kernel: Kernel) -> int:
        cells = self._copy.notebook.cells
        names = notebooks.names_of(cells)
        code = [index for index, cell in enumerate(cells) if cell.cell_type == "code"]
        for number, index in enumerate(code):
            _show_progress(number, len(code), names[index])
            try:
                async with _nudged(kernel):
                    await client.async_execute_cell(cells[index], index)
            except CellExecutionError as error:
                if not _is_end(error):
                    return self._cell_failed(index, error)
                client.asked_to_end = True
            except DeadKernelError:
                return self._kernel_died(kernel, index, names[index])
            finally:
                self._copy.save_if_due()
            if client.asked_to_end:
                if number + 1 < len(code):
                    cell = notebook_failure.cell_number(self._copy, index)
                    _note(f"cell {cell} ended the notebook; the cells below it were not run")
                break
        _show_progress(len(code), len(code), "")
        client.set_widgets_metadata()
        self._tell({"end": "returned", "results": []})
        return 0

    def _cell_failed(self, index: int, error: CellExecutionError) -> int:
        self._tell({"end": "error", "error": notebook_failure.of_cell(self._copy, index, error, self._spec)})
        return 1

    def _kernel_died(self, kernel: Kernel, index: int, name: str) -> int:
        self._tell(
            {
                "end": "error",
                "killed": kernel.was_killed(),
                "error": notebook_failure.of_kernel(self._copy, index, name, kernel.how_it_ended()),
            }
        )
        return 1

    def _failed(self, kind: str, message: str, hint: str | None) -> int:
        print(message, file=sys.stderr)
        error: wire.Message = {
            "type": kind,
            "message": message,
            "hint": hint,
            "frames": [],
            "traceback": None,
        }
        self._tell({"end": "error", "error": error})
        return 1

    def _stopped(self, place: Path | None) -> None:
        """Keep what there is, and what is on its way; whoever asked ends all the rest."""
        self._copy.save()
        if place is not None:
            shutil.rmtree(place, ignore_errors=True)
        if self._leaving is None:
            self._leaving = asyncio.ensure_future(self._leave())

    async def _leave(self) -> None:
        if self._client is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._client.hear_all(), _ON_ITS_WAY)
        self._copy.save()
        os._exit(143)


class _Client(NotebookClient):
    """Runs cells in a kernel that is there already; what they show goes into the notebook, within reason."""

    def __init__(self, notebook: NotebookNode, kernel: Kernel, copy: _Copy) -> None:
        super().__init__(notebook, iopub_timeout=3600, on_cell_executed=self._look_for_exit)
        self.kc = kernel.client
        self.kc.allow_stdin = False
        self._kernel = kernel
        self._copy = copy
        self._text: dict[tuple[int, str], int] = {}
        self.asked_to_end = False
        #: The question whose answer comes after all that the kernel has shown.
        self._last: str | None = None
        self._heard_all = asyncio.Event()

    async def hear_all(self) -> None:
        """Returns when all that the kernel has shown until now is taken in, which is while a cell runs."""
        question = self._kernel.client.session.msg("kernel_info_request")
        self._last = question["header"]["msg_id"]
        # It is heard beside the cell that runs, and what comes of it takes the way of what cells show.
        self._kernel.client.control_channel.send(question)
        await self._heard_all.wait()

    async def _async_poll_output_msg(self, parent_msg_id: str, cell: NotebookNode, cell_index: int) -> None:
        """As the one that is overridden, which hears only what belongs to its cell."""
        while True:
            msg = await self._kernel.client.iopub_channel.get_msg(timeout=None)
            parent = msg["parent_header"].get("msg_id")
            if parent is not None and parent == self._last:
                self._heard_all.set()
            if parent == parent_msg_id:
                try:
                    self.process_message(msg, cell, cell_index)
                except CellExecutionComplete:
                    return

    def _look_for_exit(self, cell: NotebookNode, cell_index: int, execute_reply: dict[str, Any]) -> None:
        payload = execute_reply["content"].get("payload") or []
        self.asked_to_end |= any(each.get("source") == "ask_exit" for each in payload)

    def process_message(
        self, msg: dict[str, Any], cell: NotebookNode, cell_index: int
    ) -> NotebookNode | None:
        kind, content = msg["msg_type"], msg["content"]
        if kind == "stream":
            if not self._kernel.logs:
                _log(content["text"])
            content["text"] = self._within_limit(cell_index, content["name"], content["text"])
            if not content["text"]:
                return None
        output = super().process_message(msg, cell, cell_index)
        if kind in ("execute_result", "display_data") and not self._kernel.logs:
            _log(logged_result(content.get("data") or {}))
        elif kind == "error" and content["ename"] != "SystemExit":
            _log(notebook_failure.plain("\n".join(content["traceback"])) + "\n")
        self._copy.changed()
        return output

    def _within_limit(self, cell: int, stream: str, text: str) -> str:
        before = self._text.get((cell, stream), 0)
        self._text[cell, stream] = before + len(text)
        room = KEPT_TEXT - before
        if len(text) <= room:
            return text
        if room < 0:
            return ""
        note = (
            f"toolrunner: the notebook keeps {KEPT_TEXT >> 20} MB of a cell's output; all of it is in the log"
        )
        return f"{text[:room]}\n[{note}]\n"


@contextlib.asynccontextmanager
async def _nudged(kernel: Kernel) -> AsyncIterator[None]:
    """While a cell runs its kernel is asked something now and then, ever more seldom.

    What passes between threads and processes has been seen not to wake the one that waits for it, once in some thousand
    runs under load; the next message wakes it, and without one the run would not end.
    """

    async def nudge() -> None:
        pause = _NUDGE
        while True:
            await asyncio.sleep(pause)
            kernel.client.kernel_info()
            pause = min(2 * pause, _SELDOM)

    task = asyncio.ensure_future(nudge())
    try:
        yield
    finally:
        task.cancel()


class _Copy:
    """The executed notebook: kept in the run's directory from the first moment, and whole at each."""

    def __init__(self, spec: wire.Message) -> None:
        self.path = Path(spec["results"]) / Path(spec["path"]).name
        self.notebook = _read(spec["path"])
        self.original = Path(spec["original"])
        self.injected: int | None = None
        self._clear()
        #: The cell of values as files have it, where that is not as the kernel gets it.
        self._masked: str | None = None
        self._take_out_earlier(spec)
        if spec["params"]:
            self._inject(spec)
        self._cost = 0.0
        self._saved_at = 0.0
        self._pending: asyncio.TimerHandle | None = None
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.save()

    def as_output(self) -> wire.Message:
        return {"name": self.path.name, "path": str(self.path), "metadata": {}}

    def _clear(self) -> None:
        for cell in self.notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        self.notebook.metadata.pop("widgets", None)

    def _take_out_earlier(self, spec: wire.Message) -> None:
        """Values that an earlier run has put into the file: whoever leaves one out means the notebook's own."""
        cells = self.notebook.cells
        if spec["declared"] and (old := notebooks.tagged(cells, notebooks.INJECTED)) is not None:
            del cells[old]

    def _inject(self, spec: wire.Message) -> None:
        """Put the values behind the cell of parameters; names that it does not declare never come here."""
        unknown = spec["params"].keys() - set(spec["declared"])
        if unknown:
            raise notebooks.NotTranslatable(f"it declares no {', '.join(sorted(unknown))}")
        cells, metadata, params = self.notebook.cells, self.notebook.metadata, spec["params"]
        language = notebooks.language_of(metadata)
        source = notebooks.assignments(spec["kernel"], language, params)
        hidden = {name: _MASK for name in spec["secret"] if params.get(name) not in (None, "")}
        shown = {name: hidden.get(name, value) for name, value in params.items()}
        if hidden:
            self._masked = notebooks.assignments(spec["kernel"], language, shown)
        cell = nbformat.v4.new_code_cell(source, metadata={"tags": [notebooks.INJECTED]})
        declared = notebooks.tagged(cells, notebooks.PARAMETERS)
        self.injected = 0 if declared is None else declared + 1
        cells.insert(self.injected, cell)
        metadata.setdefault("papermill", {})["parameters"] = shown

    def changed(self) -> None:
        """Something came in while a cell runs."""
        if self._pending is None:
            loop = asyncio.get_running_loop()
            self._pending = loop.call_later(max(_WHILE_RUNNING, self._cost * _PATIENCE), self.save)

    def save_if_due(self) -> None:
        """After a cell; notebooks that take long to write are written less often."""
        if time.monotonic() >= self._saved_at + self._cost * _PATIENCE:
            self.save()
        else:
            self.changed()

    def save(self) -> None:
        if self._pending is not None:
            self._pending.cancel()
            self._pending = None
        began = time.monotonic()
        text = self._as_text()
        part = self.path.with_name(f".{self.path.name}.part")
        part.write_text(text, encoding="utf-8", errors="backslashreplace")
        part.replace(self.path)
        self._saved_at = time.monotonic()
        self._cost = self._saved_at - began

    def _as_text(self) -> str:
        """The file's content: what is secret is in the kernel's cell alone."""
        if self._masked is None or self.injected is None:
            return str(nbformat.v4.writes_json(self.notebook))
        cell = self.notebook.cells[self.injected]
        source, cell.source = cell.source, self._masked
        try:
            return str(nbformat.v4.writes_json(self.notebook))
        finally:
            cell.source = source


def _read(path: str) -> NotebookNode:
    with warnings.catch_warnings():
        # What is not as it should be, but can be run, is not the run's matter.
        warnings.simplefilter("ignore")
        notebook: NotebookNode = nbformat.read(path, as_version=4)
    return notebook


def _is_end(error: CellExecutionError) -> bool:
    """Whether a cell ended its notebook on purpose, with nothing to complain of."""
    return error.ename == "SystemExit" and error.evalue in ("", "0", "None")


def _show_progress(done: int, total: int, text: str) -> None:
    line = json.dumps({"progress": {"done": done, "total": total, "text": text}})
    with contextlib.suppress(OSError):
        os.write(child.CONTROL_DESCRIPTOR, line.encode() + b"\n")


def _log(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _note(text: str) -> None:
    _log(f"toolrunner: {text}\n")
