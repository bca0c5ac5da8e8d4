"""What a function may return, and that it can be read back."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from jupyter_toolrunner.runners import codec


class Colour(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


@dataclasses.dataclass
class Point:
    x: int
    y: list[float]


JSON_VALUES: list[Any] = [
    None,
    True,
    0,
    -1.5,
    "",
    "русский 🎉",
    "\udc80 lone",
    "nul \0 inside",
    "x" * 1_000_000,
    [],
    {},
    {"a": [1, {"b": None}]},
    10**40,
    {"__proto__": 1, "": 2},
]


@pytest.fixture
def write(tmp_path: Path) -> Any:
    (tmp_path / "work").mkdir()
    return lambda value: codec.write(value, tmp_path / "results", tmp_path / "work")


@pytest.mark.parametrize("value", JSON_VALUES, ids=lambda value: repr(value)[:20])
def test_json_is_kept_as_the_bare_value(write: Any, value: Any) -> None:
    (written,) = write(value)
    assert (written.name, written.codec, written.whole) == ("result.json", "json", True)
    assert json.loads(written.path.read_bytes()) == value
    assert codec.read(written.path, "json") == value


def test_text_stays_readable_in_the_file(write: Any) -> None:
    (written,) = write({"город": "Москва"})
    assert written.path.read_text(encoding="utf-8") == '{"город": "Москва"}'


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ((1, 2), [1, 2]),
        ({3, 1}, [1, 3]),
        ({1: "a", None: "b", 2.5: "d"}, {"1": "a", "null": "b", "2.5": "d"}),
        (Colour.RED, "red"),
        (Level.HIGH, 3),
        ({"level": Level.HIGH, "colour": Colour.RED}, {"level": 3, "colour": "red"}),
        (Point(1, [2.0]), {"x": 1, "y": [2.0]}),
        (datetime.datetime(2026, 1, 2, 3, 4, tzinfo=datetime.UTC), "2026-01-02T03:04:00+00:00"),
        (datetime.date(2026, 1, 2), "2026-01-02"),
        (decimal.Decimal("1.10"), "1.10"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    ],
    ids=repr,
)
def test_what_json_can_say_is_said_in_json(write: Any, value: Any, expected: Any) -> None:
    (written,) = write(value)
    assert json.loads(written.path.read_bytes()) == expected


def test_numbers_that_json_has_not_become_null_and_are_noted(write: Any) -> None:
    (written,) = write({"a": [float("nan"), 1.0], "b": float("-inf")})
    assert json.loads(written.path.read_bytes()) == {"a": [None, 1.0], "b": None}
    assert written.to_message()["metadata"]["not_finite"] == ["a.0 = nan", "b = -inf"]


@pytest.mark.parametrize(
    "value", [object(), print, (n for n in "ab"), open, type, lambda: 1, {"a": object()}]
)
def test_what_cannot_be_kept_is_refused_with_what_can(write: Any, value: Any) -> None:
    with pytest.raises(codec.NotAResult, match="cannot become a result") as caught:
        write(value)
    assert "DataFrame" in str(caught.value.hint)


def test_a_value_that_contains_itself_is_refused(write: Any) -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(codec.NotAResult, match="contains itself"):
        write(value)
    deep: Any = None
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(codec.NotAResult, match="nested too deeply"):
        write(deep)


def test_a_file_of_the_same_name_is_left_as_it_is(write: Any, tmp_path: Path) -> None:
    (tmp_path / "work" / "result.json").write_text("own")
    assert write(None) == []
    (written,) = write(3)
    assert written.name == "result-2.json"


def test_numpy_values_are_numbers_and_lists(write: Any) -> None:
    numpy = pytest.importorskip("numpy")
    (written,) = write({"n": numpy.int64(3), "f": numpy.float32(0.5), "a": numpy.arange(4).reshape(2, 2)})
    assert json.loads(written.path.read_bytes()) == {"n": 3, "f": 0.5, "a": [[0, 1], [2, 3]]}


def test_a_pydantic_model_is_an_object(write: Any) -> None:
    pydantic = pytest.importorskip("pydantic")
    model = pydantic.create_model("Model", day=(datetime.date, ...))(day=datetime.date(2026, 1, 2))
    (written,) = write([model])
    assert json.loads(written.path.read_bytes()) == [{"day": "2026-01-02"}]


def test_a_data_frame_is_parquet_and_comes_back_equal(write: Any) -> None:
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    frame = pandas.DataFrame(
        {"a": [1, 2], "текст": ["x", None], "t": pandas.to_datetime(["2026-01-01", "2026-01-02"])}
    )
    (written,) = write(frame)
    assert (written.name, written.notes) == ("result.parquet", {"rows": 2, "columns": 3})
    pandas.testing.assert_frame_equal(codec.read(written.path, written.codec), frame)


def test_a_data_frame_that_parquet_cannot_hold_is_csv(write: Any) -> None:
    pandas = pytest.importorskip("pandas")
    (written,) = write(pandas.DataFrame({"a": [object(), {1, 2}]}))
    assert (written.name, written.codec) == ("result.csv", "csv")
    assert written.notes["why_not_parquet"]
    assert len(codec.read(written.path, "csv")) == 2


def test_an_arrow_table_comes_back_equal(write: Any) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    table = pyarrow.table({"a": [1, 2, None]})
    (written,) = write(table)
    assert codec.read(written.path, written.codec).equals(table)


@pytest.mark.parametrize("kind", ["Graph", "DiGraph", "MultiDiGraph"])
def test_a_graph_is_node_link_json_as_networkx_reads_it(write: Any, kind: str) -> None:
    networkx = pytest.importorskip("networkx")
    graph = getattr(networkx, kind)(name="of words")
    graph.add_node("a", weight=0.5)
    graph.add_edge("a", "б", label="x")
    graph.add_edge(1, "a")
    (written,) = write(graph)
    assert (written.name, written.codec) == ("result.graph.json", "graph")
    data = json.loads(written.path.read_bytes())
    assert {"directed", "multigraph", "graph", "nodes", "edges"} == set(data)
    found = networkx.node_link_graph(data)
    assert networkx.utils.graphs_equal(found, graph)
    assert networkx.utils.graphs_equal(codec.read(written.path, "graph"), graph)


def test_pictures_are_png(write: Any) -> None:
    image = pytest.importorskip("PIL.Image")
    (written,) = write(image.new("RGB", (3, 2), "red"))
    assert (written.name, codec.read(written.path, "png").size) == ("result.png", (3, 2))
    matplotlib = pytest.importorskip("matplotlib.figure")
    figure = matplotlib.Figure()
    axes = figure.subplots()
    axes.plot([1, 2])
    for value in (figure, axes):
        (written,) = write(value)
        assert written.path.read_bytes().startswith(b"\x89PNG")


def test_bytes_are_bytes(write: Any) -> None:
    (written,) = write(b"\0\xff")
    assert codec.read(written.path, written.codec) == b"\0\xff"


def test_a_path_of_the_working_folder_is_that_file(write: Any, tmp_path: Path) -> None:
    place = tmp_path / "work" / "deep" / "report.md"
    place.parent.mkdir()
    place.write_text("# hi")
    for value in (place, Path("deep/report.md")):
        (written,) = write(value)
        assert (written.name, written.path) == ("deep/report.md", place)


def test_a_path_from_elsewhere_is_copied(write: Any, tmp_path: Path) -> None:
    place = tmp_path / "elsewhere.txt"
    place.write_text("there")
    (written,) = write(place)
    assert written.name == "elsewhere.txt"
    assert written.path != place
    assert written.path.read_text() == "there"
    assert place.exists()


@pytest.mark.parametrize(
    ("value", "words"), [("nowhere.txt", "no file"), (".", "not a file"), ("/dev/null", "not a file")]
)
def test_a_path_without_a_file_is_refused(write: Any, value: str, words: str) -> None:
    with pytest.raises(codec.NotAResult, match=words):
        write(Path(value))


def test_a_dict_of_such_values_is_a_file_each_and_comes_back(write: Any) -> None:
    pandas = pytest.importorskip("pandas")
    networkx = pytest.importorskip("networkx")
    frame = pandas.DataFrame({"a": [1]})
    main, *parts = write({"table": frame, "graph": networkx.path_graph(3), "n": 1, "deep": {"../x": b"b"}})
    assert (main.name, main.codec, main.whole) == ("result.json", "bundle", True)
    assert [(part.name, part.whole) for part in parts] == [
        ("table.parquet", False),
        ("graph.graph.json", False),
        ("deep..._x.bin", False),
    ]
    by_name = {part.name: (part.path, part.codec) for part in parts}
    found = codec.read(main.path, "bundle", by_name.__getitem__)
    assert found["n"] == 1
    assert found["deep"] == {"../x": b"b"}
    assert found["graph"].number_of_nodes() == 3
    pandas.testing.assert_frame_equal(found["table"], frame)


def test_an_unknown_codec_is_named(tmp_path: Path) -> None:
    with pytest.raises(codec.NotAResult, match="'pickle'"):
        codec.read(tmp_path, "pickle")
