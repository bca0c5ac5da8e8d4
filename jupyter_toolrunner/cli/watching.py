"""Watching a run from a terminal: its log as it grows, its progress, and Ctrl-C."""

from __future__ import annotations

import queue
import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from ..core.errors import ToolrunnerError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..api.schemas import ProgressShape, RunShape
    from ..client import Run
    from .json_lines import JsonLines
    from .terminal import Terminal

_Kind = Literal["log", "look", "interrupt", "end", "error"]
#: Seconds between two looks at the progress.
_LOOK = 0.5


def watch(run: Run, terminal: Terminal, *, may_leave: bool, lines: JsonLines | None = None) -> bool:
    """Show the run until it is final; True if it was left running because the user asked for that.

    Ctrl-C asks: cancel, leave it running (where it can go on without this command), or go on watching. Where nobody can
    be asked, it cancels. With ``lines``, all that happens is told there.
    """
    return _Watch(run, terminal, may_leave=may_leave, lines=lines).until_end()


class _Watch:
    def __init__(self, run: Run, terminal: Terminal, *, may_leave: bool, lines: JsonLines | None) -> None:
        self._run = run
        self._terminal = terminal
        self._may_leave = may_leave
        self._lines = lines
        # Everything arrives here: a signal's handler may put into this queue, unlike into others.
        self._arrivals: queue.SimpleQueue[tuple[_Kind, Any]] = queue.SimpleQueue()
        self._ended = threading.Event()
        self._line_is_open = False
        self._progress_is_shown = False
        self._cancel_asked = False
        #: The last attempt of which it was said that another one follows.
        self._followed = 0
        #: Why it does not start, as was said last.
        self._waits = ""

    def until_end(self) -> bool:
        if self._lines is not None:
            self._lines.begin(self._run)
        else:
            self._terminal.note(f"Run #{self._run.number} of {self._run.tool}")
        threading.Thread(target=self._follow, daemon=True).start()
        threading.Thread(target=self._look, daemon=True).start()
        try:
            with _interrupts(lambda: self._arrivals.put(("interrupt", None))):
                left = self._show()
            if self._lines is not None:
                self._lines.end(self._run)
            return left
        finally:
            self._ended.set()

    def _show(self) -> bool:
        while True:
            kind, value = self._arrivals.get()
            if kind == "log":
                self._show_log(value)
            elif kind == "look":
                self._show_state(value)
            elif kind == "interrupt":
                if self._interrupted() == "leave":
                    return True
            else:
                self._hide_progress()
                if self._line_is_open:
                    self._terminal.raw_note("\n")
                if kind == "error":
                    raise value
                return False

    def _follow(self) -> None:
        """In a thread: the log of each attempt, then the end."""
        try:
            seen = -1
            while not self._run.refresh().status.is_final:
                if self._run.attempt == seen:
                    # Its log is complete, and either its end is being written or another attempt will follow.
                    self._wait_a_little()
                    continue
                for piece in self._run.follow():
                    self._arrivals.put(("log", piece))
                seen = self._run.refresh().attempt
            if seen < 0:
                self._arrivals.put(("log", self._run.log()))
            self._arrivals.put(("end", None))
        except Exception as error:  # noqa: BLE001 - raised again where the user is
            self._arrivals.put(("error", error))

    def _wait_a_little(self) -> None:
        try:
            self._run.wait(timeout=_LOOK)
        except TimeoutError:
            return

    def _look(self) -> None:
        """In a thread."""
        seen = None
        while True:
            try:
                shape = self._run.shape
            except ToolrunnerError:
                shape = None
            if shape and (stand := (shape.status, shape.attempt, shape.progress, shape.waits)) != seen:
                seen = stand
                self._arrivals.put(("look", shape))
            if self._ended.wait(_LOOK):
                return

    def _show_state(self, shape: RunShape) -> None:
        if self._lines is not None:
            self._lines.look(shape)
        elif shape.ready_at is not None:
            self._tell_wait(shape)
        elif shape.waits and shape.waits != self._waits:
            self._waits = shape.waits
            self._hide_progress()
            self._terminal.note(f"It waits: {shape.waits}")
        elif shape.progress is not None and self._terminal.is_live:
            self._show_progress(shape.progress)

    def _tell_wait(self, shape: RunShape) -> None:
        """Why nothing happens."""
        if self._followed == shape.attempt:
            return
        from .terminal import shown_time

        self._followed = shape.attempt
        self._hide_progress()
        self._terminal.note(
            f"Attempt {shape.attempt} failed ({shape.reason}); the next one is made at {shown_time(shape.ready_at)}. "
            f"At once: jupyter toolrunner retry {shape.number}"
        )

    def _show_log(self, text: str) -> None:
        if self._lines is not None:
            self._lines.log(text)
        elif text:
            self._hide_progress()
            self._terminal.raw_note(text)
            self._line_is_open = not text.endswith("\n")

    def _show_progress(self, progress: ProgressShape) -> None:
        if not self._line_is_open:
            from .terminal import printable

            self._terminal.control(f"\r\x1b[2m{printable(shown_progress(progress))}\x1b[0m\x1b[K")
            self._progress_is_shown = True

    def _hide_progress(self) -> None:
        if self._progress_is_shown:
            self._terminal.control("\r\x1b[K")
            self._progress_is_shown = False

    def _interrupted(self) -> str:
        self._hide_progress()
        answer = "cancel" if self._cancel_asked or not self._can_ask() else self._ask()
        if answer == "cancel":
            if self._cancel_asked:
                # The second time: whoever insists need not wait for the end.
                self._terminal.note("Not waiting for its end.")
                raise KeyboardInterrupt
            self._cancel_asked = True
            self._terminal.note(f"Canceling run #{self._run.number} …")
            threading.Thread(target=self._cancel, daemon=True).start()
        elif answer == "leave":
            self._terminal.note(
                f"Run #{self._run.number} goes on: jupyter toolrunner logs {self._run.number} --follow"
            )
        return answer

    def _cancel(self) -> None:
        try:
            self._run.cancel()
        except ToolrunnerError as error:
            # It may have ended in the meantime; the follower tells then.
            self._arrivals.put(("log", f"{error.message}\n"))

    def _can_ask(self) -> bool:
        return self._terminal.is_live and sys.stdin is not None and sys.stdin.isatty()

    def _ask(self) -> str:
        choices = "[c] cancel it"
        if self._may_leave:
            choices += ", [l] leave it running"
        try:
            # From the question on, Ctrl-C is an answer.
            with _interrupts(None):
                self._terminal.control(f"\nRun #{self._run.number}: {choices}, [Enter] go on watching: ")
                answer = sys.stdin.readline().strip().lower()
        except KeyboardInterrupt:
            return "cancel"
        if answer.startswith("c"):
            return "cancel"
        return "leave" if self._may_leave and answer.startswith("l") else "watch"


def shown_progress(progress: ProgressShape) -> str:
    """In one line: percent where the whole is known."""
    amount = f"{100 * progress.done / progress.total:3.0f} %" if progress.total else f"{progress.done:g}"
    return f"{amount}  {progress.text}"[:100].rstrip()


@contextmanager
def _interrupts(handle: Any) -> Iterator[None]:
    """Ctrl-C calls ``handle``; without one it raises KeyboardInterrupt."""

    def handler(_number: int, _frame: Any) -> None:
        if handle is None:
            raise KeyboardInterrupt
        handle()

    before = signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
