"""Values of a notebook as a tool takes them: files become uploads, names and secrets are looked at."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.errors import InvalidParams, Problem
from ..core.params import check_names
from ..core.presets import without_secrets
from ..runners import codec
from ..services.inputs import path_fields

if TYPE_CHECKING:
    from ..client import Client, Tool


def fitting(client: Client, tool: Tool, params: Mapping[str, Any]) -> dict[str, Any]:
    """The params as JSON, with each file of the kernel's machine brought to the server.

    A field that takes a file takes a path, an artifact, bytes, or what a tool may return: a DataFrame, an Arrow table, a
    graph, a chart, an image. Raises InvalidParams where a name is not the tool's or a value cannot be sent.
    """
    from ..client.params import encode_params

    check_names(tool.params_schema, params)
    files = set(path_fields(tool.params_schema))
    brought = {
        name: _brought(client, tool, name, value) if name in files else value
        for name, value in params.items()
    }
    return encode_params(brought)


def shown(client: Client, tool: Tool, params: Mapping[str, Any]) -> dict[str, Any]:
    """The same for what a form shows, and a notebook keeps. Raises InvalidParams for secrets too."""
    open_params = without_secrets(params, tool.params_schema)
    if secret := sorted(set(params) - set(open_params)):
        message = (
            "is secret, and a notebook would keep it; write it into the form, or give it to form.submit()"
        )
        raise InvalidParams([Problem(name, message) for name in secret])
    return fitting(client, tool, params)


def _brought(client: Client, tool: Tool, name: str, value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_brought(client, tool, name, each) for each in value]
    if isinstance(value, Path):
        return client.upload(value) if value.is_file() else value
    if value is None or isinstance(value, str | int | float | Mapping):
        return value
    with tempfile.TemporaryDirectory(prefix="toolrunner-") as folder:
        file = _written(value, name, Path(folder), _accepted(tool, name))
        return value if file is None else client.upload(file)


def _accepted(tool: Tool, name: str) -> str:
    """The file types that the field names, as one text."""
    declared = tool.params_schema.get("properties", {}).get(name, {})
    return " ".join(str(each) for each in declared.get("x-accepts", ()))


def _written(value: Any, name: str, folder: Path, accepted: str) -> Path | None:
    """Tables in a form that the field takes: text where it says nothing, which every tool can read."""
    if not (hasattr(value, "to_csv") and hasattr(value, "to_parquet")) or "parquet" in accepted:
        return codec.write_file(value, name, folder)
    if "json" in accepted and "csv" not in accepted:
        file = folder / f"{name}.json"
        value.to_json(file, orient="records", force_ascii=False)
        return file
    file = folder / f"{name}.csv"
    # An index that only counts the rows says nothing.
    value.to_csv(file, index=type(value.index).__name__ != "RangeIndex")
    return file
