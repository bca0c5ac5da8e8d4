"""``backup`` and ``restore``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import NotAvailable
from .errors import DONE, WrongCall
from .services import shown_url
from .session import settings_of_environment

if TYPE_CHECKING:
    import argparse

    from ..backup import Backup, Summary
    from .terminal import Terminal


def backup(options: argparse.Namespace, terminal: Terminal) -> int:
    path = Path(options.file).expanduser().absolute()
    if path.exists() and not options.force:
        raise WrongCall(f"{path} is there already", hint="Nothing was written. --force overwrites it")
    with _reaching_the_database():
        summary = _backup(terminal).write(path)
    _tell(summary, options, terminal, path=path, done=f"{path} holds")
    for digest in summary.missing:
        terminal.note(f"The content {digest[:12]} was not in the store any more, so it is not in the backup.")
    terminal.note("The folders of your toolboxes are not in it.")
    return DONE


def restore(options: argparse.Namespace, terminal: Terminal) -> int:
    path = Path(options.file).expanduser().absolute()
    with _reaching_the_database():
        summary = _backup(terminal).restore(path)
    url = shown_url(settings_of_environment().effective_database_url)
    _tell(summary, options, terminal, path=path, done=f"{url} has now")
    if summary.held:
        terminal.note(
            f"{summary.held:,} of its runs had not ended, and may have gone on where the backup was made: the queue is "
            "held. Cancel what is done there, then: jupyter toolrunner queue release"
        )
    return DONE


def _backup(terminal: Terminal) -> Backup:
    from ..backup import Backup

    return Backup(settings_of_environment(), lambda step: terminal.note(f"{step} …"))


def _tell(
    summary: Summary, options: argparse.Namespace, terminal: Terminal, *, path: Path, done: str
) -> None:
    if options.json:
        terminal.json(
            {
                "file": str(path),
                "made_at": summary.made_at,
                "version": summary.revision,
                "runs": summary.runs,
                "files": summary.files,
                "bytes": summary.size,
                "missing": list(summary.missing),
                "held": summary.held,
            }
        )
    else:
        amount = f"{summary.runs:,} runs and {summary.files:,} files, {summary.size / 2**20:,.1f} MiB"
        terminal.line(f"{done} {amount}, as of {summary.made_at}.")


@contextmanager
def _reaching_the_database() -> Iterator[None]:
    from sqlalchemy.exc import ArgumentError, SQLAlchemyError

    try:
        yield
    except (ArgumentError, ImportError) as error:
        raise NotAvailable(f"TOOLRUNNER_DATABASE_URL cannot be used: {error}") from error
    except SQLAlchemyError as error:
        reason = getattr(error, "orig", None) or error
        raise NotAvailable(
            f"The database cannot be used: {reason}", hint="jupyter toolrunner doctor"
        ) from error
