"""A returned value becomes files, and files become the value again; never by pickle.

Standard library alone: what another library is needed for is only met where the tool has loaded that library itself.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import math
import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ACCEPTED = (
    "what JSON can hold (text, numbers, True, False, None, lists, dicts), a DataFrame or Arrow table, an Altair, Plotly "
    "or matplotlib figure, a PIL image, a networkx graph, bytes, a Path of a file, or a dict of such values"
)
#: Stands in a bundle's JSON where a value of its own file was.
REFERENCE = "$artifact"
#: Bytes of a result that is told to the worker instead of being left as a file.
TOLD = 1 << 15


class NotAResult(Exception):
    """The returned value cannot become a result."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Written:
    """One file of a result."""

    name: str
    path: Path
    codec: str
    #: Whether it is the result itself, and not a part of it.
    whole: bool = True
    notes: Mapping[str, Any] = field(default_factory=dict)

    def to_message(self) -> dict[str, Any]:
        metadata = {"result": self.whole, "codec": self.codec, **self.notes}
        return {"name": self.name, "path": str(self.path), "metadata": metadata}


class _Plain(Exception):
    """The value has no form of its own."""


def told(value: Any, folder: str, cwd: str) -> dict[str, Any] | None:
    """What is told of a small result of JSON, with its text; None for one that has to be written."""
    text = _json_at_once(value)
    if text is None or len(text) > TOLD or os.path.lexists(f"{cwd}/result.json"):
        return None
    metadata = {"result": True, "codec": "json"}
    return {
        "name": "result.json",
        "path": f"{folder}/result.json",
        "metadata": metadata,
        "text": text.decode(),
    }


def write(value: Any, folder: Path, cwd: Path) -> list[Written]:
    """Write a function's value as files of the folder, the result first. Raises NotAResult."""
    taken = os.path.lexists(cwd / "result.json")
    if value is None and taken:
        return []
    name = "result-2" if taken else "result"
    notes: Mapping[str, Any] = {}
    parts = _Parts(folder, cwd)
    text = _json_at_once(value)
    folder.mkdir(exist_ok=True)
    if text is None:
        with contextlib.suppress(_Plain):
            return [_write_special(value, name, folder, cwd)]
        text, notes = _to_json(value, parts)
    path = folder / f"{name}.json"
    path.write_bytes(text)
    codec = "bundle" if parts.written else "json"
    return [Written(f"{name}.json", path, codec, True, notes), *parts.written]


def write_file(value: Any, name: str, folder: Path) -> Path | None:
    """A value that has a form of its own, as a file of the folder; None for what is plain JSON. Raises NotAResult."""
    try:
        return _write_special(value, name, folder, folder).path
    except _Plain:
        return None


def read(path: Path, codec: str, find: Callable[[str], tuple[Path, str]] | None = None) -> Any:
    """The value that was written; ``find`` gives path and codec of a bundle's part by its name."""
    try:
        reader = _READERS[codec]
    except KeyError:
        raise NotAResult(f"no way is known to read a result written as {codec!r}") from None
    value = reader(path)
    return _resolved(value, find) if codec == "bundle" and find is not None else value


def _resolved(value: Any, find: Callable[[str], tuple[Path, str]]) -> Any:
    if isinstance(value, dict):
        if set(value) == {REFERENCE}:
            return read(*find(value[REFERENCE]))
        return {key: _resolved(item, find) for key, item in value.items()}
    return [_resolved(item, find) for item in value] if isinstance(value, list) else value


# -- JSON ---------------------------------------------------------------------------------------------------------


class _Parts:
    """Values inside a result that get a file of their own."""

    def __init__(self, folder: Path, cwd: Path) -> None:
        self._folder = folder
        self._cwd = cwd
        self._names: set[str] = set()
        self.written: list[Written] = []

    def add(self, value: Any, place: str) -> dict[str, str]:
        name = _file_name(place)
        while name in self._names:
            name += "_"
        self._names.add(name)
        part = _write_special(value, name, self._folder, self._cwd)
        self.written.append(Written(part.name, part.path, part.codec, False, part.notes))
        return {REFERENCE: part.name}


def _file_name(place: str) -> str:
    name = "".join(c if c.isalnum() or c in " -_." else "_" for c in place).strip(" .")
    return name[:100] or "part"


def _json_at_once(value: Any) -> bytes | None:
    """What most values are; None for one that has to be looked into."""
    try:
        return _encoded(value)
    except (TypeError, ValueError, RecursionError):
        return None


def _to_json(value: Any, parts: _Parts) -> tuple[bytes, dict[str, Any]]:
    lost: list[str] = []
    try:
        plain = _plain(value, "", parts, lost)
        notes = {"not_finite": lost[:100]} if lost else {}
        return _encoded(plain), notes
    except RecursionError:
        raise NotAResult("The returned value contains itself, or is nested too deeply for JSON.") from None


def _encoded(value: Any) -> bytes:
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError:
        return json.dumps(value, allow_nan=False).encode()


def _plain(value: Any, place: str, parts: _Parts, lost: list[str]) -> Any:
    """The value in the types of JSON; numbers that JSON does not have become null, and their places are noted."""
    if value is None or isinstance(value, str | bool | int):
        return getattr(value, "value", None) if _is_enum(value) else value
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        lost.append(f"{place or 'the value'} = {value}")
        return None
    if isinstance(value, Mapping):
        return {_key(k): _plain(v, _join(place, str(k)), parts, lost) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, _join(place, str(n)), parts, lost) for n, item in enumerate(value)]
    if isinstance(value, set | frozenset):
        return [_plain(item, place, parts, lost) for item in sorted(value, key=repr)]
    with contextlib.suppress(_Plain):
        return _plain(_simplified(value), place, parts, lost)
    try:
        return parts.add(value, place)
    except _Plain:
        where = f" at {place}" if place else ""
        raise NotAResult(
            f"The function returned {_type_name(value)}{where}, which cannot become a result.",
            f"Return {ACCEPTED}.",
        ) from None


def _is_enum(value: Any) -> bool:
    from enum import Enum

    return isinstance(value, Enum)


def _key(key: Any) -> str:
    if isinstance(key, str):
        return key
    if key is None or isinstance(key, bool):
        return json.dumps(key)
    if isinstance(key, int | float):
        return str(key)
    with contextlib.suppress(_Plain):
        return str(_simplified(key))
    raise NotAResult(f"A key of a returned dict is {_type_name(key)}; JSON has only text as keys.")


def _join(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _simplified(value: Any) -> Any:
    """A simpler value that says the same; raises _Plain where there is none."""
    from datetime import date, datetime, time
    from decimal import Decimal
    from enum import Enum
    from uuid import UUID

    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {each.name: getattr(value, each.name) for each in dataclasses.fields(value)}
    if _is_a(value, "pydantic", "BaseModel"):
        return value.model_dump()
    if _is_a(value, "numpy", "generic"):
        return value.item()
    if _is_a(value, "numpy", "ndarray"):
        return value.tolist()
    if _is_a(value, "pandas", "Timestamp"):
        return value.isoformat()
    raise _Plain


# -- values with a form of their own ------------------------------------------------------------------------------


def _is_a(value: Any, package: str, *names: str) -> bool:
    """Whether a class of the value is one of the package's, which the tool has loaded if it is."""
    if package not in sys.modules:
        return False
    return any(c.__name__ in names and c.__module__.partition(".")[0] == package for c in type(value).__mro__)


def _type_name(value: Any) -> str:
    kind = type(value)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _write_special(value: Any, name: str, folder: Path, cwd: Path) -> Written:
    if value is None or isinstance(value, str | int | float | list | dict):
        raise _Plain
    if isinstance(value, Path):
        return _write_file(value, folder, cwd)
    if isinstance(value, bytes | bytearray | memoryview):
        return _bytes(value, name, folder)
    for matches, writer in _WRITERS:
        if matches(value):
            return writer(value, name, folder)
    raise _Plain


def _write_file(value: Path, folder: Path, cwd: Path) -> Written:
    path = value if value.is_absolute() else cwd / value
    try:
        status = path.stat()
    except OSError as error:
        raise NotAResult(
            f"The function returned the path {str(value)!r}, where there is no file ({error.strerror}).",
            "Write the file before returning its path.",
        ) from None
    if not stat.S_ISREG(status.st_mode):
        raise NotAResult(
            f"The function returned the path {str(value)!r}, which is not a file.",
            "Return the path of a file; every file left in the working folder is kept anyway.",
        )
    real, home = path.resolve(), cwd.resolve()
    if real.is_relative_to(home) and not path.is_symlink():
        return Written(real.relative_to(home).as_posix(), real, "file")
    copy = folder / "files" / path.name
    copy.parent.mkdir(exist_ok=True)
    while copy.exists():
        copy = copy.with_name(f"_{copy.name}")
    shutil.copyfile(real, copy)
    return Written(path.name, copy, "file")


def _bytes(value: Any, name: str, folder: Path) -> Written:
    path = folder / f"{name}.bin"
    path.write_bytes(value)
    return Written(path.name, path, "bytes")


def _pandas(value: Any, name: str, folder: Path) -> Written:
    notes: dict[str, Any] = {"rows": len(value)}
    if _is_a(value, "pandas", "Series"):
        notes["series"] = True
        value = value.to_frame(name=value.name if value.name is not None else "value")
    path = folder / f"{name}.parquet"
    try:
        value.to_parquet(path)
    except Exception as error:
        path.unlink(missing_ok=True)
        # No pyarrow, or columns that Parquet does not have: text keeps what can be seen.
        path = folder / f"{name}.csv"
        value.to_csv(path)
        return Written(
            path.name, path, "csv", notes={**notes, "why_not_parquet": str(error).partition("\n")[0][:300]}
        )
    return Written(path.name, path, "parquet", notes={**notes, "columns": len(value.columns)})


def _polars(value: Any, name: str, folder: Path) -> Written:
    path = folder / f"{name}.parquet"
    value.write_parquet(path)
    return Written(path.name, path, "parquet", notes={"rows": value.height, "columns": value.width})


def _arrow(value: Any, name: str, folder: Path) -> Written:
    import pyarrow
    import pyarrow.parquet

    table = pyarrow.Table.from_batches([value]) if _is_a(value, "pyarrow", "RecordBatch") else value
    path = folder / f"{name}.parquet"
    pyarrow.parquet.write_table(table, path)
    return Written(path.name, path, "arrow", notes={"rows": table.num_rows, "columns": table.num_columns})


def _altair(value: Any, name: str, folder: Path) -> Written:
    path = folder / f"{name}.vl.json"
    path.write_text(json.dumps(value.to_dict()), encoding="utf-8")
    return Written(path.name, path, "vega-lite")


def _plotly(value: Any, name: str, folder: Path) -> Written:
    path = folder / f"{name}.plotly.json"
    path.write_text(value.to_json(), encoding="utf-8")
    return Written(path.name, path, "plotly")


def _matplotlib(value: Any, name: str, folder: Path) -> Written:
    figure = value if _is_a(value, "matplotlib", "Figure") else value.get_figure()
    path = folder / f"{name}.png"
    figure.savefig(path, dpi=150, bbox_inches="tight")
    return Written(path.name, path, "png")


def _pil(value: Any, name: str, folder: Path) -> Written:
    path = folder / f"{name}.png"
    (value if value.mode in ("1", "L", "LA", "I", "I;16", "P", "RGB", "RGBA") else value.convert("RGB")).save(
        path
    )
    return Written(path.name, path, "png", notes={"width": value.width, "height": value.height})


def _networkx(value: Any, name: str, folder: Path) -> Written:
    """Node-link JSON as networkx reads it by default: ``nodes`` with ``id``, ``edges`` with ``source`` and ``target``."""
    multi = value.is_multigraph()
    edges = value.edges(keys=True, data=True) if multi else value.edges(data=True)
    parts = _Parts(folder, folder)
    lost: list[str] = []

    def node_id(node: Any) -> Any:
        return node if isinstance(node, str | int | float) else str(node)

    data = {
        "directed": value.is_directed(),
        "multigraph": multi,
        "graph": dict(value.graph),
        "nodes": [{**attributes, "id": node_id(node)} for node, attributes in value.nodes(data=True)],
        "edges": [
            {
                **edge[-1],
                "source": node_id(edge[0]),
                "target": node_id(edge[1]),
                **({"key": edge[2]} if multi else {}),
            }
            for edge in edges
        ],
    }
    path = folder / f"{name}.graph.json"
    path.write_bytes(_encoded(_plain(data, "", parts, lost)))
    notes = {"nodes": value.number_of_nodes(), "edges": value.number_of_edges()}
    return Written(path.name, path, "graph", notes=notes)


def _matcher(package: str, *names: str) -> Callable[[Any], bool]:
    return lambda value: _is_a(value, package, *names)


_WRITERS: tuple[tuple[Callable[[Any], bool], Callable[[Any, str, Path], Written]], ...] = (
    (_matcher("pandas", "DataFrame", "Series"), _pandas),
    (_matcher("polars", "DataFrame"), _polars),
    (_matcher("pyarrow", "Table", "RecordBatch"), _arrow),
    (_matcher("altair", "TopLevelMixin"), _altair),
    (_matcher("plotly", "BaseFigure"), _plotly),
    (_matcher("matplotlib", "Figure", "Axes", "_AxesBase"), _matplotlib),
    (_matcher("PIL", "Image"), _pil),
    (_matcher("networkx", "Graph"), _networkx),
)


# -- reading ------------------------------------------------------------------------------------------------------


def _read_json(path: Path) -> Any:
    return json.loads(path.read_bytes())


def _read_parquet(path: Path) -> Any:
    import pandas

    return pandas.read_parquet(path)


def _read_series(path: Path) -> Any:
    """A column that was written as a table."""
    return (_read_parquet if path.suffix == ".parquet" else _read_csv)(path).iloc[:, 0]


def _read_csv(path: Path) -> Any:
    import pandas

    return pandas.read_csv(path, index_col=0)


def _read_arrow(path: Path) -> Any:
    import pyarrow.parquet

    return pyarrow.parquet.read_table(path)


def _read_image(path: Path) -> Any:
    """A PIL image where there is PIL; else the bytes of the PNG."""
    try:
        from PIL import Image
    except ImportError:
        return path.read_bytes()
    with Image.open(path) as image:
        image.load()
        return image


def _read_plotly(path: Path) -> Any:
    try:
        import plotly.io  # type: ignore[import-not-found]
    except ImportError:
        return _read_json(path)
    return plotly.io.from_json(path.read_text(encoding="utf-8"))


def _read_vega(path: Path) -> Any:
    try:
        import altair
    except ImportError:
        return _read_json(path)
    return altair.Chart.from_dict(_read_json(path))


def _read_graph(path: Path) -> Any:
    import networkx

    return networkx.node_link_graph(_read_json(path), edges="edges")


_READERS: dict[str, Callable[[Path], Any]] = {
    "json": _read_json,
    "bundle": _read_json,
    "parquet": _read_parquet,
    "series": _read_series,
    "csv": _read_csv,
    "arrow": _read_arrow,
    "vega-lite": _read_vega,
    "plotly": _read_plotly,
    "png": _read_image,
    "graph": _read_graph,
    "bytes": Path.read_bytes,
    "file": lambda path: path,
}


def codecs() -> Iterator[str]:
    """Names of all that can be read back."""
    yield from _READERS
