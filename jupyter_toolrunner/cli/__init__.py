"""``jupyter toolrunner …``: tools and runs from a terminal.

What is answered goes to standard output, as text for people or, with ``--json``, as JSON for programs. All else goes to
standard error: the log of a run, notes, and errors as what happened and what to do. With ``--json`` or ``--json-lines`` the
last line there is the error as ``{"error": {"code", "message", "field", "hint"}}`` too. Exit codes: 0 done, 1 the run failed
or was canceled, 2 wrong call or params, 3 not found, 4 not available; 130 interrupted before anything was decided.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .terminal import Terminal

INTERRUPTED = 130

#: Where each command lives; a module is loaded only when one of its commands is called.
_HANDLERS = {
    "tools": "catalog",
    "tool": "catalog",
    "run": "runs",
    "runs": "runs",
    "show": "runs",
    "logs": "runs",
    "cancel": "runs",
    "retry": "runs",
    "tag": "runs",
    "note": "runs",
    "batch_run": "batches",
    "batch_list": "batches",
    "batch_show": "batches",
    "batch_retry": "batches",
    "batch_wait": "batches",
    "batch_cancel": "batches",
    "batch_table": "batches",
    "artifacts": "files",
    "download": "files",
    "dashboards": "dashboards",
    "publish": "dashboards",
    "withdraw": "dashboards",
    "schedule_add": "schedules",
    "schedule_list": "schedules",
    "schedule_show": "schedules",
    "schedule_next": "schedules",
    "schedule_runs": "schedules",
    "schedule_change": "schedules",
    "schedule_pause": "schedules",
    "schedule_resume": "schedules",
    "schedule_remove": "schedules",
    "queue_show": "queues",
    "queue_hold": "queues",
    "queue_release": "queues",
    "queue_move": "queues",
    "queue_priority": "queues",
    "workers_list": "workers",
    "workers_drain": "workers",
    "workers_stop": "workers",
    "workers_scale": "workers",
    "worker": "services",
    "db_upgrade": "services",
    "clean": "retention",
    "backup": "backups",
    "restore": "backups",
    "doctor": "doctor",
    "completion": "completion",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; answers its exit code."""
    if "_ARGCOMPLETE" in os.environ:
        # A shell asks what may follow; nothing that was typed so far is to be done.
        from .completion import answer

        return answer()
    from .terminal import Terminal

    words = sys.argv[1:] if argv is None else list(argv)
    terminal = Terminal.of_process(as_json=not {"--json", "--json-lines"}.isdisjoint(words))
    try:
        code = _call(words, terminal)
        terminal.flush()
        return code
    except KeyboardInterrupt:
        terminal.note("Interrupted.")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the answer had enough; nothing may be written at the interpreter's end either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _call(words: list[str], terminal: Terminal) -> int:
    from ..core.errors import ToolrunnerError
    from .errors import exit_code
    from .parser import build_parser

    try:
        options = build_parser().parse_args(words)
        module = import_module(f".{_HANDLERS[options.command]}", __name__)
        code: int = getattr(module, options.command)(options, terminal)
        return code
    except ToolrunnerError as error:
        terminal.error(error)
        return exit_code(error)
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        terminal.error(ToolrunnerError(f"{error.filename or 'The system'}: {error.strerror or error}"))
        return exit_code(error)
    except Exception as error:
        if os.environ.get("TOOLRUNNER_DEBUG"):
            raise
        hint = "This is a bug. With TOOLRUNNER_DEBUG=1 the command tells where it is"
        terminal.error(ToolrunnerError(f"Unexpected {type(error).__name__}: {error}", hint=hint))
        return exit_code(error)


__all__ = ["main"]
