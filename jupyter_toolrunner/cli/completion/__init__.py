"""``completion``, and the answers to a shell that asks what may be typed next.

The script of each shell calls this program at a key press, by the protocol of argcomplete: the line stands in the
environment, and what may follow goes to file descriptor 8. Nothing is started, waited for or written for it. Where
something is away or broken, there is nothing to complete and nothing is said.
"""

from __future__ import annotations

import os
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING

from ..errors import DONE

if TYPE_CHECKING:
    import argparse

    from ..terminal import Terminal

#: Seconds after which nobody waits for an answer any more, where the environment says nothing else.
_PATIENCE = 1.5
PATIENCE_VARIABLE = "TOOLRUNNER_COMPLETION_SECONDS"
#: Where argcomplete's protocol has the answer.
_ANSWER = 8


def completion(options: argparse.Namespace, terminal: Terminal) -> int:
    terminal.raw(Path(__file__).with_name(f"script.{options.shell}").read_text("utf-8"))
    return DONE


def answer() -> int:
    """What may follow on the line that the environment has; always answers that all is well."""
    # Not by a signal: its handler would wait until SQLite is done with a log that it cannot read.
    end = Timer(_patience(), os._exit, (DONE,))
    end.daemon = True
    end.start()
    try:
        _answer()
    except (Exception, SystemExit):  # noqa: BLE001 - a fault must not disturb the line that somebody types
        return DONE
    finally:
        end.cancel()
    return DONE


def _patience() -> float:
    try:
        return float(os.environ.get(PATIENCE_VARIABLE) or _PATIENCE)
    except ValueError:
        return _PATIENCE


def _answer() -> None:
    from ..parser import build_parser
    from .arguments import Arguments
    from .finder import Finder
    from .state import find_state

    arguments = Arguments(build_parser(), find_state)
    with os.fdopen(_ANSWER, "w", encoding="utf-8", errors="surrogateescape") as stream:
        Finder().write(arguments, stream)
