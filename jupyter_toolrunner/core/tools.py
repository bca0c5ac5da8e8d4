"""Tools: immutable descriptions of what can run."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from .errors import Problem
from .ids import Digest, ToolName
from .interpreters import Interpreter
from .lines import Line, line_from_json
from .programs import Program
from .retries import Retry

#: A JSON Schema (2020-12) of an object.
Schema = Mapping[str, Any]


class ToolKind(StrEnum):
    FUNCTION = "function"
    SCRIPT = "script"
    NOTEBOOK = "notebook"
    EXECUTABLE = "executable"


class Delivery(StrEnum):
    """What happens to a run whose worker was lost."""

    #: It ends as ``lost_worker``, with a Retry button.
    AT_MOST_ONCE = "at_most_once"
    #: It is tried again by itself.
    IDEMPOTENT = "idempotent"
    #: It is tried again; its outputs are only what the fenced finish publishes.
    TRANSACTIONAL = "transactional"


class View(StrEnum):
    """How a run sees the folder that its script belongs to."""

    #: A view of its own; the originals stay untouched.
    PRIVATE = "private"
    #: As private; a finished run's changes are put back, one run at a time.
    PUBLISH = "publish"
    #: The folder itself.
    IN_PLACE = "in_place"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    delivery: Delivery = Delivery.AT_MOST_ONCE
    #: Seconds of wall time; None for no limit.
    time_limit: float | None = None
    #: Bytes of all processes of a run; None, here and below, for what the worker allows by itself.
    memory_limit: int | None = None
    #: Bytes of the files of a run.
    output_limit: int | None = None
    #: Processes of a run at a time.
    process_limit: int | None = None
    #: Files that each process of a run may have open.
    open_files_limit: int | None = None
    #: Attempts in all for tools that may be tried again.
    max_attempts: int = 3
    #: Runs of the tool at a time, whoever asks; None for any number. It counts from the next reading of the tool on.
    max_running: int | None = None
    #: Which failures are tried again; None for none but lost workers, where the delivery allows that.
    retry: Retry | None = None
    #: Whether one process serves run after run; for functions and notebooks.
    warm: bool = False
    #: Whether a run takes the result of an earlier one that was the same: False never, None where the run asks for it.
    reuse: bool | None = None

    @property
    def attempts(self) -> int:
        """How many are made by themselves at most."""
        once = self.delivery is Delivery.AT_MOST_ONCE and self.retry is None
        return 1 if once else self.max_attempts


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """How a run of the tool starts."""

    #: Absolute path of the script, or of the file that defines the function.
    path: str | None = None
    #: Importable module of the function, where it has one; else ``path`` is loaded.
    module: str | None = None
    #: Name of the function in its module or file.
    attribute: str | None = None
    #: Folder that a script's run sees as its own.
    root: str | None = None
    view: View = View.PRIVATE
    #: Modules outside the toolbox that the zygote imports ahead.
    preload: tuple[str, ...] = ()
    #: Files whose change makes the zygote stale: the source and what it imports beside it.
    files: tuple[str, ...] = ()
    #: How the script takes its params; None for a script without a parser, and for functions.
    command_line: Line | None = None
    #: What a run gives a program beside its command line; None for tools of other kinds.
    program: Program | None = None
    #: The Python of its own that a script runs in; None for ToolRunner's.
    interpreter: Interpreter | None = None
    #: Name of the kernel that a notebook runs in.
    kernel: str | None = None

    @property
    def surroundings(self) -> str:
        """Same for all that run in the same environment."""
        if self.program is not None:
            return self.program.path
        return self.interpreter.key if self.interpreter is not None else ""

    def problems(self, params: Mapping[str, Any]) -> list[Problem]:
        """Values that no run can be started with, each with its field."""
        problems = self.command_line.problems(params) if self.command_line is not None else []
        return problems + (self.program.problems(params) if self.program is not None else [])


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolError:
    """Why a tool that is listed cannot run."""

    message: str
    path: str | None = None
    line: int | None = None
    hint: str | None = None
    traceback: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    name: ToolName
    toolbox: str
    title: str
    kind: ToolKind
    description: str = ""
    category: str = ""
    tags: tuple[str, ...] = ()
    #: Name of a drawing; empty for that of the kind.
    icon: str = ""
    #: By language: ``title``, ``description``, ``category``, and ``params`` with ``title`` and ``description`` by name.
    translations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    params_schema: Schema = field(default_factory=lambda: {"type": "object", "properties": {}})
    entry: Entry = field(default_factory=Entry)
    policy: Policy = field(default_factory=Policy)
    #: Text of the source that the version was taken from.
    source: str = ""
    #: Digests of the files that it runs, by path: the source and what it imports beside it. See `core.code`.
    code: Mapping[str, str] = field(default_factory=dict)
    #: Digest of the code and the description.
    version: Digest = Digest("")
    error: ToolError | None = None
    #: Something the user should know, such as that the script could only be read statically, and why.
    notice: str | None = None

    @property
    def short_name(self) -> str:
        return self.name.removeprefix(f"{self.toolbox}.")

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Tool:
        entry, policy, error = dict(data["entry"]), dict(data["policy"]), data["error"]
        line, retry = entry.pop("command_line"), policy.pop("retry", None)
        # What an earlier release kept has neither of these.
        program, interpreter = entry.pop("program", None), entry.pop("interpreter", None)
        return cls(
            **{
                **data,
                "kind": ToolKind(data["kind"]),
                "tags": tuple(data["tags"]),
                "entry": Entry(
                    **{
                        **entry,
                        "view": View(entry["view"]),
                        "preload": tuple(entry["preload"]),
                        "files": tuple(entry["files"]),
                        "command_line": line_from_json(line) if line else None,
                        "program": Program.from_json(program) if program else None,
                        "interpreter": Interpreter.from_json(interpreter) if interpreter else None,
                    }
                ),
                "policy": Policy(
                    **{
                        **policy,
                        "delivery": Delivery(policy["delivery"]),
                        "retry": Retry.of(retry) if retry else None,
                    }
                ),
                "error": ToolError(**error) if error else None,
            }
        )


def version_of(source: bytes, description: Mapping[str, Any], folder: str = "") -> Digest:
    """The version of a tool: a digest of its code and of what was read from it, wherever its folder lies."""
    canonical = json.dumps(description, sort_keys=True, ensure_ascii=True, default=str)
    return Digest(hashlib.sha256(source + b"\0" + placeless(canonical, folder).encode()).hexdigest())


def placeless(text: str, folder: str) -> str:
    """JSON in which paths in the folder are those of no machine: a script that names files beside itself has them in its
    defaults."""
    if not folder:
        return text
    escaped = json.dumps(folder, ensure_ascii=True)[1:-1]
    return re.sub(re.escape(escaped) + r'(?=[/"])', ".", text)
