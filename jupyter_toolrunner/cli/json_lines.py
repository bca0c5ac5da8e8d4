"""A run for a program that reads along: one JSON object a line on standard output, as things happen.

Each has ``event``: ``run`` first (id, number, tool), then ``status`` (status, reason, attempt), ``progress`` (done, total,
text) and ``log`` (text, a whole line with its end), and ``end`` last, with the run as ``--json`` tells it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .session import run_json

if TYPE_CHECKING:
    from ..api.schemas import ProgressShape, RunShape
    from ..client import Run
    from .terminal import Terminal

#: Characters of a log without a line end that are kept back; what is longer comes in pieces.
_MOST = 65_536


class JsonLines:
    """What is told of one run; a thing that did not change is not told again."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._open_line = ""
        self._status: tuple[Any, ...] = ()
        self._progress: ProgressShape | None = None

    def begin(self, run: Run) -> None:
        self._tell("run", id=run.id, number=run.number, tool=run.tool)

    def look(self, shape: RunShape) -> None:
        """Tell status and progress where they are others than before."""
        status = (shape.status.value, shape.reason and shape.reason.value, shape.attempt)
        if status != self._status:
            self._status = status
            self._tell("status", **dict(zip(("status", "reason", "attempt"), status, strict=True)))
        if shape.progress is not None and shape.progress != self._progress:
            self._progress = shape.progress
            self._tell("progress", **shape.progress.model_dump(mode="json"))

    def log(self, piece: str) -> None:
        *lines, self._open_line = (self._open_line + piece).split("\n")
        for line in lines:
            self._tell("log", text=f"{line}\n")
        if len(self._open_line) > _MOST:
            self._close_line()

    def end(self, run: Run) -> None:
        """All that is still to be told; the status too, where nobody looked since."""
        self._close_line()
        shape = run.refresh().shape
        self.look(shape)
        self._tell("end", run=run_json(run))

    def _close_line(self) -> None:
        if self._open_line:
            self._tell("log", text=self._open_line)
            self._open_line = ""

    def _tell(self, event: str, **fields: Any) -> None:
        self._terminal.json_line({"event": event, **fields})
