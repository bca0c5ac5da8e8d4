"""``artifacts`` and ``download``."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from ..core.errors import Conflict, NotFound
from .errors import DONE
from .session import connected, find_run, run_json
from .terminal import shown_size

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence

    from ..client import Artifact, Run
    from .terminal import Terminal


def artifacts(options: argparse.Namespace, terminal: Terminal) -> int:
    with connected(options) as client:
        found = find_run(client, options.run)
        if options.json:
            terminal.json(run_json(found)["artifacts"])
            return DONE
        files = list(found.artifacts)
    if not files:
        terminal.note("The run has no files.")
    terminal.table([(each.name, each.media_type, shown_size(each.size), each.id) for each in files])
    return DONE


def download(options: argparse.Namespace, terminal: Terminal) -> int:
    with connected(options) as client:
        targets = targets_of(_chosen(find_run(client, options.run), options.names), Path(options.output))
        there = [
            target for target, artifact in targets.items() if target.exists() and not _is(target, artifact)
        ]
        if there and not options.force:
            raise Conflict(
                f"{there[0]} is there already and differs"
                + (f" (and {len(there) - 1} more)" if there[1:] else ""),
                hint="Nothing was saved. Choose another folder with -o, or overwrite with --force",
            )
        if not targets:
            terminal.note("The run has no files.")
        for target, artifact in targets.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            artifact.save(target)
            if not options.json:
                terminal.line(str(target))
    if options.json:
        terminal.json([{"name": each.name, "path": str(path.absolute())} for path, each in targets.items()])
    return DONE


def _chosen(run: Run, names: Sequence[str]) -> list[Artifact]:
    """The artifacts of these names; all where none is given. Raises NotFound."""
    known = {each.name for each in run.artifacts}
    if missing := [name for name in names if name not in known]:
        raise NotFound(
            f"Run #{run.number} has no file {missing[0]!r}",
            hint=f"Nothing was saved. `jupyter toolrunner artifacts {run.number}` lists what there is",
        )
    return [each for each in run.artifacts if not names or each.name in names]


def targets_of(artifacts: Iterable[Artifact], folder: Path) -> dict[Path, Artifact]:
    """Where each file goes: below the folder, whatever its name says; the last attempt's, where several made it."""
    return {folder / safe_path(each.name): each for each in sorted(artifacts, key=lambda each: each.attempt)}


def safe_path(name: str) -> PurePosixPath:
    """The name without what would lead out of a folder."""
    parts = [part for part in name.replace("\0", "").split("/") if part not in ("", ".", "..")]
    return PurePosixPath(*parts) if parts else PurePosixPath("artifact")


def _is(path: Path, artifact: Artifact) -> bool:
    """Whether the file has the artifact's content already."""
    if not path.is_file() or os.stat(path).st_size != artifact.size:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == artifact.digest
