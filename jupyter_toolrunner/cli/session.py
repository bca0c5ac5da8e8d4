"""The client that a command works with."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.errors import NotAvailable
from ..core.settings import Settings
from .errors import WrongCall

if TYPE_CHECKING:
    import argparse

    from ..client import Client, Run


@contextmanager
def connected(options: argparse.Namespace, *, works: bool = False) -> Iterator[Client]:
    """A client of the server that is used, else one in this process until the block ends.

    ``works``: without a server, what waits in the queue is worked on; what is begun is brought to its end.
    """
    from ..client import connect

    settings_of_environment()
    # jsonschema would compile its grammars of IRIs on import, for seconds; no command has to do with IRIs.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    client = connect(toolboxes=toolboxes_of(options), works=works)
    try:
        yield client
    except KeyboardInterrupt:
        raise
    except BaseException:
        _let_end(client)
        raise
    else:
        _let_end(client)
    finally:
        client.close()


def _let_end(client: Client) -> None:
    """Runs that workers of this process have taken from the queue beside what was asked for: else they would be lost."""
    if not getattr(client.transport, "has_workers", False):
        return
    told = False
    while found := client.runs(status="running", limit=1):
        if not told:
            told = True
            sys.stderr.write(
                f"Run #{found[0].number}, which waited in the queue, goes on: this ends with it. Ctrl-C ends it now.\n"
            )
        found[0].wait()


def settings_of_environment() -> Settings:
    """What ``TOOLRUNNER_…`` says. Raises WrongCall."""
    try:
        return Settings.from_environ()
    except ValueError as error:
        raise WrongCall(str(error), hint="Nothing was done. Set it to a number, or remove it") from error


def toolboxes_of(options: argparse.Namespace) -> list[str]:
    """What ``--toolbox`` added; paths are made absolute, since a server works elsewhere."""
    return [
        _absolute(each) for each in [*getattr(options, "toolboxes_before", []), *options.toolboxes] if each
    ]


def _absolute(toolbox: str) -> str:
    path = Path(toolbox).expanduser()
    if os.sep in toolbox and not path.exists():
        raise WrongCall(
            f"--toolbox: there is no {path}", hint="Name a folder, a .py file or an installed module."
        )
    return str(path.absolute()) if path.exists() else toolbox


def is_embedded(client: Client) -> bool:
    """Whether runs end together with this process."""
    return not hasattr(client.transport, "url")


def check_detach(options: argparse.Namespace, client: Client) -> None:
    """Raises NotAvailable where ``--detach`` would leave a run to end with this process."""
    if options.detach and is_embedded(client):
        raise NotAvailable(
            "--detach needs a server: without one, what runs would end together with this command",
            hint="Start jupyter lab, or set TOOLRUNNER_URL; nothing was submitted",
        )


def is_elsewhere(client: Client) -> bool:
    """Whether the server runs on another machine, which cannot read the files of this one."""
    from urllib.parse import urlsplit

    host = urlsplit(getattr(client.transport, "url", "")).hostname
    return host is not None and host not in ("localhost", "127.0.0.1", "::1")


def find_run(client: Client, run: str) -> Run:
    """By id or number; people say #12 too."""
    return client.run(run.strip().removeprefix("#"))


#: What ``run --json`` tells of a run, in this order.
_RUN_FIELDS = (
    "id",
    "number",
    "tool",
    "version",
    "params",
    "status",
    "reason",
    "error",
    "created_at",
    "started_at",
    "finished_at",
    "reused",
    "artifacts",
)
_ARTIFACT_FIELDS = ("id", "name", "media_type", "size", "digest")


def run_json(run: Run) -> dict[str, Any]:
    """A run as ``--json`` tells it."""
    data = run.shape.model_dump(mode="json")
    answer = {name: data[name] for name in _RUN_FIELDS}
    answer["artifacts"] = [{name: each[name] for name in _ARTIFACT_FIELDS} for each in data["artifacts"]]
    return answer
