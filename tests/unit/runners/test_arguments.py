"""JSON becomes what a function's hints ask for."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import typing
import uuid
from pathlib import Path
from typing import Annotated, Any, Literal

import pydantic
import pytest
import typing_extensions

from jupyter_toolrunner.authoring import Accepts
from jupyter_toolrunner.runners import arguments


class Colour(enum.Enum):
    RED = "red"
    BLUE = 2


@dataclasses.dataclass
class Point:
    x: int
    day: datetime.date
    inner: Point | None = None


class Model(pydantic.BaseModel):
    n: int
    tags: list[str] = []


class Keys(typing_extensions.TypedDict):
    day: datetime.date


UTC = datetime.UTC
CASES: list[tuple[Any, Any, Any]] = [
    (str, "text \udc80 \0", "text \udc80 \0"),
    (int, 3, 3),
    (float, 3, 3.0),
    (bool, True, True),
    (Any, {"a": 1}, {"a": 1}),
    (dict, {"a": [1]}, {"a": [1]}),
    (list[int], [1, 2], [1, 2]),
    (Path, "a/b.txt", Path("a/b.txt")),
    (list[Path], ["a", "b"], [Path("a"), Path("b")]),
    (Path | None, None, None),
    (Path | None, "a", Path("a")),
    (typing.Optional[float], 1, 1.0),  # noqa: UP045
    (Path | str, "a", "a"),
    (int | str, "3", "3"),
    (datetime.date, "2026-01-02", datetime.date(2026, 1, 2)),
    (datetime.datetime, "2026-01-02T03:04:05Z", datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
    (datetime.time, "03:04", datetime.time(3, 4)),
    (datetime.timedelta, "PT1H", datetime.timedelta(hours=1)),
    (datetime.date | None, "2026-01-02", datetime.date(2026, 1, 2)),
    (decimal.Decimal, "1.10", decimal.Decimal("1.10")),
    (uuid.UUID, "00000000-0000-0000-0000-000000000001", uuid.UUID(int=1)),
    (Colour, "red", Colour.RED),
    (Colour, 2, Colour.BLUE),
    (list[Colour], ["red"], [Colour.RED]),
    (Literal["a", 1], 1, 1),
    (tuple[int, Path], [1, "a"], (1, Path("a"))),
    (tuple[Path, ...], ["a"], (Path("a"),)),
    (set[int], [1, 1], {1}),
    (dict[str, datetime.date], {"a": "2026-01-02"}, {"a": datetime.date(2026, 1, 2)}),
    (Point, {"x": 1, "day": "2026-01-02"}, Point(1, datetime.date(2026, 1, 2))),
    (
        Point,
        {"x": 1, "day": "2026-01-02", "inner": {"x": 2, "day": "2026-01-03"}},
        Point(1, datetime.date(2026, 1, 2), Point(2, datetime.date(2026, 1, 3))),
    ),
    (Keys, {"day": "2026-01-02"}, {"day": datetime.date(2026, 1, 2)}),
    (Model, {"n": 1, "tags": ["a"]}, Model(n=1, tags=["a"])),
    (list[Model], [{"n": 1}], [Model(n=1)]),
    (Model | None, {"n": 1}, Model(n=1)),
    (Annotated[Path, Accepts(".csv")], "a.csv", Path("a.csv")),
    (Annotated[int, pydantic.Field(gt=0)], 3, 3),
    (Annotated[list[Colour], pydantic.Field(min_length=1)], ["red"], [Colour.RED]),
]


@pytest.mark.parametrize(("hint", "value", "expected"), CASES, ids=lambda value: str(value)[:40])
def test_a_value_becomes_what_its_hint_asks_for(hint: Any, value: Any, expected: Any) -> None:
    def function(x: Any) -> None: ...

    function.__annotations__["x"] = hint
    positional, named = arguments.bind(function, {"x": value})
    assert positional == []
    assert named["x"] == expected
    assert type(named["x"]) is type(expected)


@pytest.mark.parametrize(("hint", "value", "expected"), CASES, ids=lambda value: str(value)[:40])
def test_the_schema_and_the_call_agree(hint: Any, value: Any, expected: Any) -> None:
    if hint is str:
        pytest.skip("lone surrogates are no text for pydantic")
    assert pydantic.TypeAdapter(hint).validate_python(value) == expected


def test_every_kind_of_parameter_gets_its_values() -> None:
    def function(a: Path, /, b: int, *rest: Path, c: float = 1.0, **more: Any) -> None: ...

    positional, named = arguments.bind(function, {"a": "x", "b": 1, "rest": ["y"], "c": 2, "z": 3})
    assert (positional, named) == ([Path("x"), 1, Path("y")], {"c": 2.0, "z": 3})


def test_hints_that_are_text_are_looked_up() -> None:
    namespace: dict[str, Any] = {}
    exec(
        "from __future__ import annotations\nfrom pathlib import Path\ndef f(a: Path, b: 'int' = 1): ...",
        namespace,
    )
    assert arguments.bind(namespace["f"], {"a": "x"}) == ([], {"a": Path("x")})


def test_a_hint_for_type_checkers_alone_leaves_the_value() -> None:
    namespace: dict[str, Any] = {}
    exec("from __future__ import annotations\ndef f(a: NotThere): ...", namespace)
    assert arguments.bind(namespace["f"], {"a": "x"}) == ([], {"a": "x"})


@pytest.mark.parametrize(
    ("hint", "value"),
    [(datetime.date, "soon"), (Colour, "green"), (Literal["a"], "b"), (tuple[int, int], [1])],
)
def test_a_value_that_does_not_fit_names_its_parameter(hint: Any, value: Any) -> None:
    def function(when: Any) -> None: ...

    function.__annotations__["when"] = hint
    with pytest.raises(ValueError, match=r"^when: "):
        arguments.bind(function, {"when": value})
