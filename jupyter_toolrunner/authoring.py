"""What the author of a tool writes: ``@tool``, ``progress`` and ``Accepts``.

A tool's own process imports this, so it needs the standard library alone and little of that.
"""

from __future__ import annotations

import contextlib
import os
import stat
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, overload

from .core.limits import SPACE, limit_of
from .core.retries import Retry

DeliveryName = Literal["at_most_once", "idempotent", "transactional"]
F = TypeVar("F", bound=Callable[..., Any])

#: Where a function carries its declaration.
ATTRIBUTE = "__toolrunner__"
#: The environment variable that names the run's control channel: a file descriptor, ``7``, or with its inode ``7:123456``.
CONTROL = "TOOLRUNNER_CONTROL"

_DELIVERIES = ("at_most_once", "idempotent", "transactional")


# Neither slots nor keywords alone: scripts with a Python of their own import this in 3.9 too.
@dataclass(frozen=True)
class ToolDeclaration:
    """What ``@tool`` was told about a function; None where the function itself tells it."""

    name: str | None = None
    title: str | None = None
    category: str | None = None
    tags: tuple[str, ...] = ()
    description: str | None = None
    delivery: DeliveryName = "at_most_once"
    #: Seconds of wall time; None for no limit.
    time_limit: float | None = None
    #: Such as ``"2 GB"``, of all processes of a run; None, here and below, for what the worker allows by itself.
    memory_limit: Any = None
    #: Such as ``"500 MB"``, of the files of a run.
    output_limit: Any = None
    #: Processes of a run at a time.
    process_limit: int | None = None
    #: Files that each process of a run may have open.
    open_files_limit: int | None = None
    #: Attempts in all, where the delivery or ``retry`` allows more than one.
    max_attempts: int = 3
    #: Runs at a time, whoever asks; None for any number.
    max_running: int | None = None
    #: Which failures are tried again by themselves, as `core.retries.Retry.of` takes it.
    retry: Any = None
    icon: str | None = None
    #: Modules that are imported ahead, so that a run need not wait for them.
    preload: tuple[str, ...] = ()
    #: Whether one process serves run after run.
    warm: bool = False
    #: Whether a run takes the result of an earlier one that was the same; None where the run asks for it.
    reuse: bool | None = None

    def __post_init__(self) -> None:
        if self.name is not None and not self.name.isidentifier():
            raise ValueError(
                f"@tool: name {self.name!r} must be a Python identifier; put free text into title="
            )
        if self.delivery not in _DELIVERIES:
            raise ValueError(f"@tool: delivery {self.delivery!r} must be one of {', '.join(_DELIVERIES)}")
        if self.time_limit is not None and not self.time_limit > 0:
            raise ValueError(f"@tool: time_limit {self.time_limit!r} must be a number of seconds above 0")
        self._check_limits()
        if self.max_attempts < 1:
            raise ValueError(f"@tool: max_attempts {self.max_attempts!r} must be at least 1")
        if self.max_running is not None and (type(self.max_running) is not int or self.max_running < 1):
            raise ValueError(f"@tool: max_running {self.max_running!r} must be a whole number above 0")
        if self.retry is not None:
            try:
                Retry.of(self.retry)
            except ValueError as error:
                raise ValueError(f"@tool: {error}") from None
        if not isinstance(self.warm, bool):
            raise ValueError(f"@tool: warm {self.warm!r} must be True or False")
        if self.reuse is not None and not isinstance(self.reuse, bool):
            raise ValueError(f"@tool: reuse {self.reuse!r} must be True or False")

    def _check_limits(self) -> None:
        for key in SPACE:
            if (said := getattr(self, key)) is not None:
                try:
                    limit_of(key, said)
                except ValueError as error:
                    raise ValueError(f"@tool: {key} {error}") from None


@overload
def tool(function: F, /) -> F: ...


@overload
def tool(
    *,
    name: str | None = None,
    title: str | None = None,
    category: str | None = None,
    tags: Iterable[str] = (),
    description: str | None = None,
    delivery: DeliveryName = "at_most_once",
    time_limit: float | None = None,
    memory_limit: int | str | None = None,
    output_limit: int | str | None = None,
    process_limit: int | None = None,
    open_files_limit: int | None = None,
    max_attempts: int = 3,
    max_running: int | None = None,
    retry: Iterable[str] | Mapping[str, Any] | None = None,
    icon: str | None = None,
    preload: Iterable[str] = (),
    warm: bool = False,
    reuse: bool | None = None,
) -> Callable[[F], F]: ...


def tool(
    function: Any = None, /, *, tags: Iterable[str] = (), preload: Iterable[str] = (), **declared: Any
) -> Any:
    """Make a function a tool, bare (``@tool``) or with arguments (``@tool(category="Graph")``).

    The function stays the plain function: it can be called and tested as before. Its parameters are read from its
    type hints and its docstring.

    ``retry=["error", "timeout"]`` has a run that failed so tried again by itself, ``max_attempts`` times in all, after
    10 s, 20 s, 40 s and so on; ``retry={"reasons": ["error"], "backoff": 60, "factor": 1}`` says it more exactly. A run
    whose worker was lost is tried again where ``delivery`` is ``"idempotent"`` or ``"transactional"``.

    ``time_limit=600`` ends a run after so many seconds, ``memory_limit="2 GB"``, ``output_limit="500 MB"``,
    ``process_limit=16`` and ``open_files_limit=1024`` one that takes more; the run's error says which limit it was.

    ``max_running=2`` lets two runs of the tool work at a time, whoever asks for them; the others wait.

    A run has a process of its own. With ``warm=True`` one process stays and serves run after run of the tool, one at a
    time, which is faster and keeps what is costly to load. Its module is loaded once, so what a run leaves in global
    variables, in caches and in open files is there for the next run, whoever asked for that one: keep nothing there
    that another user must not see, and nothing that a later run could not do without. Each worker has such a process
    of its own. It ends, and all that it keeps is lost, with a run that fails, is stopped, or leaves threads or
    processes behind; when the tool's files change; and when it was not used for a quarter of an hour.

    ``reuse=True`` says that a run does nothing but make its result, and that this depends on nothing but the tool's
    code, its params, the files that these name, and what is installed: then a run that is the same as an earlier one
    takes the result of that. ``reuse=False`` forbids it, as for a tool that sends something; else whoever runs it may
    ask for it.
    """
    for name, value in (("tags", tags), ("preload", preload)):
        if isinstance(value, str):
            raise TypeError(f"@tool: {name} must be a list of texts, such as [{value!r}]")
    declaration = ToolDeclaration(tags=tuple(tags), preload=tuple(preload), **declared)

    def declare(function: F) -> F:
        if not callable(function) or isinstance(function, type):
            raise TypeError(
                f"@tool goes on a function, not on {function!r}; give texts by name: @tool(title=…)"
            )
        setattr(function, ATTRIBUTE, declaration)
        return function

    return declare if function is None else declare(function)


class Accepts:
    """Which files a file input takes: ``Annotated[Path, Accepts(".graph.json", "application/json")]``.

    ``Accepts("inode/directory")`` makes it an input for a folder.
    """

    __slots__ = ("types",)

    def __init__(self, *types: str) -> None:
        """Take file name endings (with their dot) and media types (``image/*`` too)."""
        for each in types:
            if not each.startswith(".") and "/" not in each:
                raise ValueError(
                    f"Accepts: {each!r} must be an ending like '.csv' or a media type like 'text/csv'"
                )
        self.types = types

    def __repr__(self) -> str:
        return f"Accepts({', '.join(map(repr, self.types))})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Accepts) and self.types == other.types

    def __hash__(self) -> int:
        return hash(self.types)


def progress(done: float, total: float | None = None, text: str = "") -> None:
    """Tell how far the run is, wherever it is shown. Does nothing outside a run, and never raises.

    May be called as often as one likes, from any thread or child process: what comes faster than it can be shown is
    left out, the first and the last (``done`` reaching ``total``, or the end of the program) are not.
    """
    if CONTROL in os.environ:
        _reporter.report(done, total, text)


class _Reporter:
    """Writes progress to the run's control channel, not more often than anybody can see."""

    #: Messages per second in the long run, and how many may come at once.
    RATE = 20.0
    #: Writes to a pipe up to this many bytes are never mixed with another process's.
    ATOMIC = 4096
    #: Seconds to wait for a reader that is behind, for messages that must not be left out.
    PATIENCE = 0.25

    def __init__(self) -> None:
        self.start_anew()

    def start_anew(self) -> None:
        self._lock = threading.Lock()
        self._descriptor: int | None = None
        self._pending: tuple[Any, Any, Any] | None = None
        self._allowance = self.RATE
        self._seen = 0.0
        self._registered = False

    def report(self, done: Any, total: Any, text: Any) -> None:
        # A tool must not fail because its progress cannot be told.
        with contextlib.suppress(Exception), self._lock:
            last = total is not None and done >= total
            if (self._may_send() or last) and self._send((done, total, text), wait=last):
                self._pending = None
            else:
                self._keep((done, total, text))

    def forget_channel(self) -> None:
        """Be ready for another run in this process."""
        with self._lock:
            self._descriptor = self._pending = None
            self._allowance = self.RATE

    def flush(self) -> None:
        """Send what was left out last."""
        with contextlib.suppress(Exception), self._lock:
            if self._pending is not None and self._send(self._pending, wait=True):
                self._pending = None

    def _may_send(self) -> bool:
        now = time.monotonic()
        self._allowance = min(self.RATE, self._allowance + (now - self._seen) * self.RATE)
        self._seen = now
        if self._allowance < 1:
            return False
        self._allowance -= 1
        return True

    def _keep(self, message: tuple[Any, Any, Any]) -> None:
        self._pending = message
        if not self._registered:
            import atexit

            atexit.register(self.flush)
            self._registered = True

    def _send(self, message: tuple[Any, Any, Any], *, wait: bool) -> bool:
        """Whether the message is done with: False where the reader is behind."""
        data = _encoded(*message, limit=self.ATOMIC)
        if self._descriptor is None:
            self._descriptor = _control_descriptor(os.environ[CONTROL])
        if self._descriptor < 0:
            return True
        import select

        poll = select.poll()
        poll.register(self._descriptor, select.POLLOUT)
        if not poll.poll(self.PATIENCE * 1000 if wait else 0):
            return False
        os.write(self._descriptor, data)
        return True


def _encoded(done: Any, total: Any, text: Any, *, limit: int) -> bytes:
    """One line of JSON of at most ``limit`` bytes; the text is cut where needed."""
    import json

    content = {"done": _number(done), "total": None if total is None else _number(total), "text": ""}
    line = json.dumps({"progress": content}, allow_nan=False)
    text = " ".join(str(text)[:limit].split())
    room = limit - len(line) - 1
    if len(json.dumps(text)) - 2 > room:
        room -= len(json.dumps("…"))
        short, used = [], 0
        for character in text:
            used += len(json.dumps(character)) - 2
            if used > room:
                break
            short.append(character)
        text = "".join(short) + "…"
    content["text"] = text
    return json.dumps({"progress": content}, allow_nan=False).encode() + b"\n"


def _number(value: Any) -> float:
    return value if type(value) is int and abs(value) < 2**53 else float(value)


def _control_descriptor(named: str) -> int:
    """The control channel in this process; -1 where it cannot be reached.

    A child that was started without inheriting descriptors may have something of its own under the same number. With the
    channel's inode (``7:123456``) the right one is recognised, and borrowed from the leader of the session, which every
    run has of its own.
    """
    number, _, inode = named.partition(":")
    try:
        mine = os.fstat(int(number))
        if (stat.S_ISFIFO(mine.st_mode) or stat.S_ISSOCK(mine.st_mode)) and inode in ("", str(mine.st_ino)):
            return int(number)
    except OSError:
        pass
    if not inode:
        return -1
    leaders = f"/proc/{os.getsid(0)}/fd/{int(number)}"
    try:
        status = os.stat(leaders)
        if stat.S_ISFIFO(status.st_mode) and inode == str(status.st_ino):
            return os.open(leaders, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        pass
    return -1


_reporter = _Reporter()
#: For the process that runs a tool and ends without Python's own exit.
flush_progress = _reporter.flush
#: For the process that makes another run.
forget_channel = _reporter.forget_channel

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reporter.start_anew)
