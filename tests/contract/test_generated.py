"""What is derived from other sources is what they give now."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from jupyter_toolrunner._version import __version__
from jupyter_toolrunner.dev import generate

ROOT = Path(__file__).parents[2]
MEND = "is not fresh. Mend it with: python -m jupyter_toolrunner.dev generate"


def _is_fresh(made: Sequence[Path], kept: Path) -> None:
    for path in made:
        there = kept / path.name if kept.is_dir() else kept
        assert there.read_text("utf-8") == path.read_text("utf-8"), f"{there.relative_to(ROOT)} {MEND}"


def test_the_sync_client_is_made_from_the_async_one(tmp_path: Path) -> None:
    made = generate.sync_client(ROOT, tmp_path / "_sync")
    kept = ROOT / "jupyter_toolrunner" / "client" / "_sync"
    _is_fresh(made, kept)
    assert {path.name for path in kept.glob("*.py")} == {path.name for path in made}, f"_sync {MEND}"


def test_the_api_description_is_made_from_routes_and_shapes(tmp_path: Path) -> None:
    made = generate.openapi(ROOT, tmp_path / "openapi.json")
    _is_fresh(made, ROOT / "labextension" / "src" / "api" / "openapi.json")


def test_the_typescript_types_are_made_from_the_api_description(
    tmp_path: Path, frontend_packages: Path
) -> None:
    made = generate.types(ROOT, tmp_path / "schema.ts")
    _is_fresh(made, ROOT / "labextension" / "src" / "api" / "schema.ts")


def test_the_page_of_what_can_be_said_of_tools_is_made_from_the_keys(tmp_path: Path) -> None:
    made = generate.reference(ROOT, tmp_path / "toolbox_reference.md")
    _is_fresh(made, ROOT / "notebooks" / "toolbox_reference.md")


def test_the_front_end_knows_the_version_that_it_was_made_with(tmp_path: Path) -> None:
    made = generate.version(ROOT, tmp_path / "version.ts")
    _is_fresh(made, ROOT / "labextension" / "src" / "api" / "version.ts")
    package = json.loads((ROOT / "labextension" / "package.json").read_text("utf-8"))
    assert package["version"] == __version__
    widgets = json.loads((ROOT / "labextension" / "widgets" / "package.json").read_text("utf-8"))
    assert widgets["version"] == __version__
