"""How an attempt ended, told from what its process said and how it exited."""

from __future__ import annotations

import errno
import os
import re
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..core.limits import NO_LIMITS, RunLimits, seconds_text, size_text
from ..core.runs import KILLED, Frame, Reason, RunError, RunStatus
from ..core.tools import ToolKind
from .guard import Over, open_files

_HINTS = {
    Reason.TIMEOUT: "Raise the tool's time limit, or give it less to do.",
    Reason.MEMORY: "Give the tool less data at once, or raise its memory limit where the machine has more.",
    Reason.OUTPUT_LIMIT: "Let the tool write less, or raise its output limit.",
    Reason.PROCESSES: "Let the tool start fewer processes at a time, or raise its process limit.",
    Reason.OPEN_FILES: "Let the tool close files that it has read or written, or raise its limit of open files.",
}
_STOPPED = {
    Reason.TIMEOUT: "The run took longer than its time limit and was ended.",
    Reason.MEMORY: "The run used more memory than it may and was ended.",
    Reason.OUTPUT_LIMIT: "The run wrote more than it may and was ended.",
    Reason.PROCESSES: "The run had more processes than it may and was ended.",
    Reason.OPEN_FILES: "The run had more files open than it may and was ended.",
    Reason.LOST_WORKER: "The worker lost its right to this run, and ended it.",
    Reason.UPSTREAM: "A run that this one needs has failed.",
    Reason.ERROR: "The run was ended.",
}


_NAMES = {
    ToolKind.FUNCTION: "function",
    ToolKind.SCRIPT: "script",
    ToolKind.NOTEBOOK: "notebook",
    ToolKind.EXECUTABLE: "program",
}
#: What the system says, in any language of programs, where a process opens one file too many or writes one too large.
_EMFILE = "Too many open files"
_OF_SYSTEM = re.compile(rf"\[Errno ({errno.EMFILE}|{errno.EFBIG})\]|.*SIGXFSZ", re.DOTALL)
_EFBIG = re.compile("File too large|File size limit exceeded|SIGXFSZ")
#: The exit code of programs that were called in a wrong way.
_WRONG_CALL = 2


@dataclass(frozen=True, slots=True)
class End:
    """Status, reason and error of an attempt."""

    status: RunStatus
    reason: Reason | None = None
    error: RunError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of an attempt's end."""

    kind: ToolKind
    #: What the process said last, None where it said nothing.
    said: Mapping[str, Any] | None
    #: As of ``waitpid``; None where nobody knows.
    exit_status: int | None
    tail: bytes
    #: Those that mean success.
    exit_codes: tuple[int, ...] = (0,)
    #: Whether the system killed a process for want of memory meanwhile.
    out_of_memory: bool = False
    limits: RunLimits = NO_LIMITS


#: Kinds whose processes say that they did their work.
_RETURNING = (ToolKind.FUNCTION, ToolKind.NOTEBOOK)
SUCCESS = End(RunStatus.SUCCEEDED)


def stopped(reason: Reason | None, limits: RunLimits = NO_LIMITS, seconds: float | None = None) -> End:
    """An attempt that was asked to stop, after so many seconds; None is a cancel."""
    if reason is None:
        return End(RunStatus.CANCELED)
    message = _STOPPED[reason]
    if reason is Reason.TIMEOUT and limits.time_limit is not None:
        limit = seconds_text(limits.time_limit)
        message = f"The run took longer than {limit}, its time limit, and was ended."
        if seconds is not None:
            took = seconds_text(max(seconds, limits.time_limit))
            message = f"The run took {took}, and {limit} is its time limit."
    error = RunError(type=reason.value, message=message, hint=_HINTS.get(reason))
    return End(RunStatus.FAILED, reason, error)


def over(limit: Over) -> End:
    """An attempt that took more than it may."""
    return failed(limit.reason.value, limit.message, reason=limit.reason, hint=_HINTS[limit.reason])


def failed(kind: str, message: str, *, reason: Reason = Reason.ERROR, hint: str | None = None) -> End:
    return End(RunStatus.FAILED, reason, RunError(type=clean(kind), message=clean(message), hint=hint))


def judge(evidence: Evidence) -> End:
    """The end of an attempt that nobody stopped."""
    if evidence.exit_status is None:
        # The zygote is gone with it, which is ours: no fault of the tool.
        return failed(
            "lost",
            "The run's process is gone, and how it ended is not known.",
            reason=Reason.LOST_WORKER,
            hint="Press Retry to run it again with the same values. The log up to that moment is kept.",
        )
    if os.WIFSIGNALED(evidence.exit_status):
        return _killed(os.WTERMSIG(evidence.exit_status), evidence)
    code = os.waitstatus_to_exitcode(evidence.exit_status)
    said = evidence.said or {}
    if said.get("end") == "error":
        if said.get("killed") and evidence.out_of_memory:
            return _out_of_memory("the notebook's kernel")
        return _raised(said["error"], evidence.limits)
    if said.get("end") == "exit" and code:
        return _exited(code, said, evidence)
    if evidence.kind in _RETURNING and said.get("end") != "returned":
        return failed(
            "exit",
            f"The {evidence.kind.value} ended its process (exit code {code}) without returning a result.",
            hint="Return from the function; sys.exit and os._exit leave no result.",
        )
    return SUCCESS if code in evidence.exit_codes else _exited(code, {}, evidence)


def _raised(said: Mapping[str, Any], limits: RunLimits) -> End:
    message = clean(said["message"])
    limit = _limit_behind(said["type"], message, limits)
    # Where no limit of ours is behind it, what the error itself says is all that is known.
    is_ours = limit is not None and limit.message != message
    error = RunError(
        type=clean(said["type"]),
        message=limit.message if limit else message,
        hint=_HINTS[limit.reason] if limit and is_ours else clean(said["hint"]) if said["hint"] else None,
        frames=tuple(_frame(frame) for frame in said["frames"]),
        traceback=clean(said["traceback"]) if said["traceback"] else None,
    )
    return End(RunStatus.FAILED, limit.reason if limit else Reason.ERROR, error)


def _limit_behind(kind: str, message: str, limits: RunLimits) -> Over | None:
    """The limit that an error comes from: those which the system holds show as errors of the tool."""
    said = message.rstrip(". ")
    if kind in ("MemoryError", "_ArrayMemoryError"):
        own = limits.memory_limit
        rest = f"The run may use {size_text(own)} of memory, which is its limit." if own else ""
        return Over(Reason.MEMORY, f"{said or 'An allocation failed'}. {rest}".rstrip() if rest else message)
    # An error that only says such words is the tool's own.
    if kind and not _OF_SYSTEM.match(message):
        return None
    if _EMFILE in message and limits.open_files_limit:
        most = open_files(limits.open_files_limit)
        rest = f"A process of the run had {most} files open, which is its limit."
        return Over(Reason.OPEN_FILES, f"{said}. {rest}")
    if _EFBIG.search(message) and limits.output_limit:
        rest = f"A file would have become larger than {size_text(limits.output_limit)}, the limit of what the run writes."
        return Over(Reason.OUTPUT_LIMIT, f"{said}. {rest}")
    return None


def _frame(said: Mapping[str, Any]) -> Frame:
    return Frame(
        file=clean(said["file"]),
        line=said["line"],
        function=clean(said["function"]),
        text=clean(said["text"]),
        own=said["own"],
    )


def _exited(code: int, said: Mapping[str, Any], evidence: Evidence) -> End:
    last = _last_words(evidence.tail)
    refusal = said.get("refusal") or (_refusal(last) if code == _WRONG_CALL else None)
    if refusal:
        return failed("exit", refusal, hint=f"The {_NAMES[evidence.kind]} itself refused its arguments.")
    if (limit := _limit_behind("", last, evidence.limits)) is not None:
        return over(limit)
    if said.get("text"):
        return failed("exit", str(said["text"]), hint=said.get("hint"))
    message = f"The {_NAMES[evidence.kind]} ended with exit code {code}"
    return failed("exit", f"{message}: {last}" if last else f"{message}.")


def _refusal(line: str) -> str | None:
    """What click, argparse and their like print last when a call is wrong: ``Error: …``, ``prog: error: …``."""
    before, word, message = line.partition("rror: ")
    return message.strip() if word and before.rpartition(": ")[2] in ("E", "e") else None


def _killed(number: int, evidence: Evidence) -> End:
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    if number == signal.SIGKILL and evidence.out_of_memory:
        return _out_of_memory("the run")
    if number == signal.SIGKILL:
        message = "The run's process was killed (SIGKILL) by somebody else: another program, a person or the system."
        return failed(KILLED, message, hint="Where memory is limited, this is often how its end shows.")
    if number == signal.SIGXFSZ and evidence.limits.output_limit:
        size = size_text(evidence.limits.output_limit)
        return over(
            Over(Reason.OUTPUT_LIMIT, f"A file became larger than {size}, the limit of what the run writes.")
        )
    words = {
        signal.SIGSEGV: "crashed (SIGSEGV): a library in it reached for memory that it does not have",
        signal.SIGABRT: "ended itself (SIGABRT)",
        signal.SIGXFSZ: "wrote a file larger than it may (SIGXFSZ)",
        signal.SIGXCPU: "used more processor time than it may (SIGXCPU)",
    }
    return failed("signal", f"The run's process {words.get(number, f'was ended by a signal ({name})')}.")  # type: ignore[call-overload]


def _out_of_memory(what: str) -> End:
    message = f"The machine ran out of memory, and the system killed {what}."
    return failed("memory", message, reason=Reason.MEMORY, hint=_HINTS[Reason.MEMORY])


def _last_words(tail: bytes) -> str:
    """The last line of output that says something."""
    for line in reversed(tail.decode("utf-8", "replace").replace("\r", "\n").splitlines()):
        if line.strip():
            return line.strip()[:500]
    return ""


def clean(text: str) -> str:
    """Text that every database and page can hold: no lone surrogates, no NUL."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")
