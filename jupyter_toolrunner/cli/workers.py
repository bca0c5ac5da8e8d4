"""``workers list``, ``drain``, ``stop`` and ``scale``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.errors import Ambiguous, Conflict, NotFound
from .errors import DONE, FAILED
from .session import connected
from .terminal import shown_time

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from ..api.schemas import CrewShape, WorkerShape
    from ..client import Client
    from .terminal import Terminal


def workers_list(options: argparse.Namespace, terminal: Terminal) -> int:
    with connected(options) as client:
        found, crew = client.workers(), client.crew()
    if options.json:
        told = [each.model_dump(mode="json", exclude={"past"}) for each in found]
        terminal.json({"crew": crew.model_dump(mode="json"), "workers": told})
        return DONE
    terminal.line(_of_crew(crew))
    if not found:
        terminal.note("No worker is up.")
    terminal.table([_row(each) for each in found])
    return DONE


def workers_drain(options: argparse.Namespace, terminal: Terminal) -> int:
    return _tell(options, terminal, lambda client, name: client.drain_worker(name))


def workers_stop(options: argparse.Namespace, terminal: Terminal) -> int:
    return _tell(options, terminal, lambda client, name: client.stop_worker(name))


def workers_scale(options: argparse.Namespace, terminal: Terminal) -> int:
    with connected(options) as client:
        crew = client.scale_workers(options.workers)
    if options.json:
        terminal.json(crew.model_dump(mode="json"))
    else:
        terminal.line(_of_crew(crew))
    return DONE


def _tell(options: argparse.Namespace, terminal: Terminal, tell: Callable[[Client, str], WorkerShape]) -> int:
    """All of those that were named, though one cannot be told."""
    told: list[WorkerShape] = []
    failed = False
    with connected(options) as client:
        for name in options.names:
            try:
                told.append(tell(client, name))
            except (NotFound, Ambiguous, Conflict) as error:
                if len(options.names) == 1:
                    raise
                failed = True
                terminal.note(f"{error.message} {error.hint or ''}".rstrip())
            else:
                if not options.json:
                    terminal.line(_said(told[-1]))
    if options.json:
        terminal.json([each.model_dump(mode="json", exclude={"past"}) for each in told])
    return FAILED if failed else DONE


def _row(worker: WorkerShape) -> tuple[str, ...]:
    return (
        worker.name,
        worker.host,
        worker.state,
        f"#{worker.run.number} {worker.run.tool}" if worker.run else "",
        "" if worker.memory is None else f"{worker.memory / 1e6:,.0f} MB",
        " ".join(
            part for part in (worker.version, f"Python {worker.python}" if worker.python else "") if part
        ),
        f"since {shown_time(worker.started_at)}" if worker.started_at else "",
    )


def _said(worker: WorkerShape) -> str:
    match worker.state:
        case "draining" if worker.run is not None:
            return f"{worker.name} on {worker.host} ends after run #{worker.run.number}."
        case "draining" | "stopping":
            return f"{worker.name} on {worker.host} is about to end."
        case _:
            return f"{worker.name} on {worker.host} is {worker.state}."


def _of_crew(crew: CrewShape) -> str:
    if crew.wanted is None:
        return "No supervisor keeps workers up on this machine."
    configured = "" if crew.wanted == crew.configured else f"; the configuration says {crew.configured}"
    workers = "1 worker" if crew.wanted == 1 else f"{crew.wanted} workers"
    if crew.up > crew.wanted:
        said = f"{workers} of this machine kept up, and {crew.up - crew.wanted} more about to end"
    elif crew.up < crew.wanted:
        said = f"{workers} of this machine kept up, of which {crew.up} are there"
    else:
        said = f"{workers} of this machine kept up"
    return f"{said}{configured}."
