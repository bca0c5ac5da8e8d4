"""``dashboards``, ``publish`` and ``withdraw``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.errors import NotAvailable
from .errors import DONE
from .session import connected, is_embedded

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from .terminal import Terminal


def dashboards(options: argparse.Namespace, terminal: Terminal) -> int:
    with connected(options) as client:
        found = client.dashboards()
    if options.json:
        terminal.json([each.model_dump(mode="json") for each in found])
        return DONE
    if not found:
        terminal.note("Nothing is published. `jupyter toolrunner publish NOTEBOOK` does it.")
    terminal.table(
        [
            (each.name, each.title, each.owner, each.path if each.owner else "comes with a package")
            for each in found
        ]
    )
    return DONE


def publish(options: argparse.Namespace, terminal: Terminal) -> int:
    from ..client.notebooks import notebook_of

    with connected(options) as client:
        if is_embedded(client):
            raise NotAvailable(
                "No server of yours runs, so nobody could open the page",
                hint="Nothing was published. Start jupyter lab, or name a server by TOOLRUNNER_URL",
            )
        made = client.publish(options.notebook, title=options.title, name=options.name)
    if options.json:
        terminal.json(made.model_dump(mode="json"))
    else:
        terminal.line(f"toolrunner/dashboards/{made.name}")
        terminal.note(f"{made.title} is published there, below the address of the server.")
        if not _was_run(notebook_of(Path(options.notebook))):
            terminal.note(
                "It shows no results: none are kept in the notebook. Run and save it, and publish it again."
            )
    return DONE


def _was_run(notebook: Mapping[str, Any]) -> bool:
    """Whether it keeps a result, or has nothing to run."""
    code = [cell for cell in notebook["cells"] if cell.get("cell_type") == "code" and cell.get("source")]
    return not code or any(cell.get("outputs") for cell in code)


def withdraw(options: argparse.Namespace, terminal: Terminal) -> int:
    with connected(options) as client:
        client.withdraw(options.name)
    if options.json:
        terminal.json({"name": options.name, "withdrawn": True})
    else:
        terminal.line(f"{options.name} is withdrawn; its notebook stays.")
    return DONE
