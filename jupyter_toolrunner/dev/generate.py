"""What is derived from other sources: written here, never edited; the tests compare."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

CLIENT = Path("jupyter_toolrunner", "client")
FRONTEND = Path("labextension")
FRONTEND_API = FRONTEND / "src" / "api"

_HEADER = '"""Made from ``{source}`` by ``python -m jupyter_toolrunner.dev generate``; edit that."""\n\n'
_REPLACEMENTS = {
    "AsyncArtifact": "Artifact",
    "AsyncBatch": "Batch",
    "AsyncClient": "Client",
    "AsyncHttpTransport": "HttpTransport",
    "AsyncRun": "Run",
    "AsyncSchedule": "Schedule",
    "AsyncTransport": "Transport",
    "SnapshotFields": "LiveFields",
    "_async": "_sync",
    "aclose": "close",
    "aiter_bytes": "iter_bytes",
    "aread": "read",
    "asyncio": "time",
    "connect_async": "connect",
    "open_local_async": "open_local",
}


def generate(root: Path, parts: Sequence[str] = ()) -> list[Path]:
    """Write the named parts, or all, in a checkout of the repository; returns the files."""
    if not (root / CLIENT / "_async").is_dir():
        raise SystemExit(f"{root} is no checkout of the repository: go to its top folder")
    unknown = set(parts) - set(_PARTS)
    if unknown:
        raise SystemExit(f"Unknown part: {', '.join(sorted(unknown))}; there are: {', '.join(_PARTS)}")
    return [path for name in parts or _PARTS for path in _PARTS[name](root)]


def sync_client(root: Path, target: Path | None = None) -> list[Path]:
    """The synchronous client, from the asynchronous one."""
    import unasync  # type: ignore[import-untyped]

    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "_async"
        shutil.copytree(root / CLIENT / "_async", source, ignore=shutil.ignore_patterns("__pycache__"))
        rule = unasync.Rule("/_async/", "/_sync/", _REPLACEMENTS)
        files = sorted(source.glob("*.py"))
        unasync.unasync_files([str(path) for path in files], [rule])
        made = [Path(folder) / "_sync" / path.name for path in files]
        for path in made:
            _mark(path)
        _tidy(made, root / "pyproject.toml")
        target = target or root / CLIENT / "_sync"
        target.mkdir(exist_ok=True)
        return [Path(shutil.copy(path, target / path.name)) for path in made]


def _mark(path: Path) -> None:
    """A first line that says where the file comes from, in place of the source's own docstring."""
    text = (
        path.read_text("utf-8")
        .replace("``connect_async()``", "``connect()``")
        .replace("``async with``", "``with``")
    )
    text = text.replace("``await run.", "``run.")
    _, _, rest = text.partition('"""\n')
    path.write_text(_HEADER.format(source=f"_async/{path.name}") + rest.lstrip("\n"), "utf-8")


def _tidy(files: Sequence[Path], settings: Path) -> None:
    config = ["--config", str(settings), "--quiet", "--no-cache"]
    for command in (["check", "--select", "I,F401,UP034", "--fix"], ["format"]):
        subprocess.run([sys.executable, "-m", "ruff", *command, *config, *files], check=True)


def openapi(root: Path, target: Path | None = None) -> list[Path]:
    """The description of the API, from the route table and the shapes."""
    from ..api.openapi import openapi as described

    target = target or root / FRONTEND_API / "openapi.json"
    target.write_text(json.dumps(described(), indent=1, ensure_ascii=False, sort_keys=True) + "\n", "utf-8")
    return [target]


def types(root: Path, target: Path | None = None) -> list[Path]:
    """The TypeScript types, from the description of the API."""
    folder = root / FRONTEND
    target = target or root / FRONTEND_API / "schema.ts"
    tool = folder / "node_modules" / "openapi-typescript" / "bin" / "cli.js"
    command = [node(), str(tool), str(root / FRONTEND_API / "openapi.json"), "--output", str(target)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder)
    return [target]


def version(root: Path, target: Path | None = None) -> list[Path]:
    """The version that the front end was made with, which it compares with the server's."""
    from .._version import __version__

    target = target or root / FRONTEND_API / "version.ts"
    text = "/** Made from `_version.py` by `python -m jupyter_toolrunner.dev generate`; edit that. */\n\n"
    target.write_text(f"{text}export const VERSION = '{__version__}';\n", "utf-8")
    return [target]


def reference(root: Path, target: Path | None = None) -> list[Path]:
    """The page of what can be said of tools in files beside them, from the keys' own sentences."""
    from .reference import page

    target = target or root / "notebooks" / "toolbox_reference.md"
    target.write_text(page(), "utf-8")
    return [target]


def node() -> str:
    """Node of the machine, or the one that a package of the test extra brings."""
    for folder in _node_folders():
        if found := shutil.which("node", path=folder):
            return found
    raise SystemExit("There is no node: pip install 'jupyter_toolrunner[test]' brings one")


def _node_folders() -> Iterator[str]:
    yield str(Path(sys.executable).parent)
    yield os.environ.get("PATH", os.defpath)


_PARTS: dict[str, Callable[[Path], list[Path]]] = {
    "client": sync_client,
    "openapi": openapi,
    "types": types,
    "version": version,
    "reference": reference,
}
