"""Functions become schemas by their hints and docstrings."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, Optional

import pytest
from pydantic import BaseModel, Field

from jupyter_toolrunner.authoring import Accepts, tool
from jupyter_toolrunner.core.params import complete
from jupyter_toolrunner.registry.functions import describe_function


class Colour(Enum):
    RED = "red"
    GREEN = "green"


@dataclass
class Window:
    start: int = 0
    end: int | None = None


class Filter(BaseModel):
    words: list[str] = []
    limit: Annotated[int, Field(ge=1)] = 10


def schema_of(function: Any) -> dict[str, Any]:
    described = describe_function(tool(function))
    assert described["error"] is None, described["error"]
    schema: dict[str, Any] = described["schema"]
    return schema


def error_of(function: Any) -> dict[str, Any]:
    error: dict[str, Any] = describe_function(tool(function))["error"]
    assert error is not None
    return error


def test_hints_become_types_and_defaults_stay() -> None:
    def f(
        a: int,
        b: float = 0.5,
        c: str = "x",
        d: bool = True,
        e: list[str] = ["y"],  # noqa: B006
        f: dict[str, int] = {},  # noqa: B006
        g: Optional[int] = None,  # noqa: UP045
        h: Literal["x", 1, True] = "x",
        i: Colour = Colour.RED,
        j: date = date(2024, 2, 29),
        k: Path = Path("some/where"),
        l: tuple[int, int] = (1, 2),  # noqa: E741
    ) -> None: ...

    schema = schema_of(f)
    properties = schema["properties"]
    assert schema["required"] == ["a"]
    assert schema["additionalProperties"] is False
    assert [properties[name].get("type") for name in "abcdef"] == [
        "integer",
        "number",
        "string",
        "boolean",
        "array",
        "object",
    ]
    assert complete(schema, {"a": 1}) == {
        "a": 1,
        "b": 0.5,
        "c": "x",
        "d": True,
        "e": ["y"],
        "f": {},
        "g": None,
        "h": "x",
        "i": "red",
        "j": "2024-02-29",
        "k": "some/where",
        "l": [1, 2],
    }
    assert properties["k"]["format"] == "path"
    assert properties["h"]["enum"] == ["x", 1, True]


def test_files_say_what_they_accept() -> None:
    def f(
        a: Annotated[Path, Accepts(".csv", "text/csv")],
        b: Annotated[list[Annotated[Path, Accepts("image/*")]], Field(min_length=1)],
        c: os.PathLike[str],
        d: Annotated[Path, Accepts(".json")] | None = None,
    ) -> None: ...

    properties = schema_of(f)["properties"]
    assert properties["a"]["x-accepts"] == [".csv", "text/csv"]
    assert properties["b"]["x-accepts"] == ["image/*"]
    assert properties["c"]["format"] == "path"
    assert properties["d"]["x-accepts"] == [".json"]


def test_nested_values_have_their_own_schemas() -> None:
    def f(window: Window = Window(), filters: Filter = Filter(), colours: list[Colour] = []) -> None:  # noqa: B006, B008
        ...

    schema = schema_of(f)
    assert set(schema["$defs"]) == {"Window", "Filter", "Colour"}
    full = complete(schema, {})
    assert full["window"] == {"start": 0, "end": None}
    assert full["filters"] == {"words": [], "limit": 10}
    complete(schema, {"filters": {"limit": 3}, "colours": ["red"]})


def test_all_kinds_of_parameters_are_given_by_name() -> None:
    def f(a, b=3, /, c="x", *, d=None, e=(1,)) -> None:  # type: ignore[no-untyped-def]
        ...

    properties = schema_of(f)["properties"]
    assert {name: prop["type"] for name, prop in properties.items()} == {
        "a": "string",
        "b": "integer",
        "c": "string",
        "d": "string",
        "e": "string",
    }


def test_fields_of_pydantic_are_understood() -> None:
    def f(
        a: int = Field(3, ge=1, le=5, description="how many", title="Count"), b: str = Field(...)
    ) -> None: ...

    schema = schema_of(f)
    assert schema["required"] == ["b"]
    assert {
        key: schema["properties"]["a"][key] for key in ("default", "minimum", "description", "title")
    } == {
        "default": 3,
        "minimum": 1,
        "description": "how many",
        "title": "Count",
    }


GOOGLE = """Short.

    Longer text.

    Args:
        a: The first,
            on two lines.
        b (int): The second.

    Returns:
        Nothing.
    """
NUMPY = """Short.

    Longer text.

    Parameters
    ----------
    a : int
        The first,
        on two lines.
    b : int, optional
        The second.
    """
SPHINX = """Short.

    Longer text.

    :param a: The first,
        on two lines.
    :param int b: The second.
    :returns: nothing
    """


@pytest.mark.parametrize("docstring", [GOOGLE, NUMPY, SPHINX], ids=["google", "numpy", "sphinx"])
def test_docstrings_of_all_styles_describe_the_parameters(docstring: str) -> None:
    def f(a: int, b: int) -> None: ...

    f.__doc__ = docstring
    described = describe_function(tool(f))
    assert described["description"] == "Short.\n\nLonger text."
    properties = described["schema"]["properties"]
    assert properties["a"]["description"] == "The first, on two lines."
    assert properties["b"]["description"] == "The second."


@pytest.mark.parametrize("docstring", ["", ":param", "Args:", "x\n---\n:", "Args:\n  :\n", "\ud800"])
def test_a_strange_docstring_is_no_error(docstring: str) -> None:
    def f(a: int) -> None: ...

    f.__doc__ = docstring
    assert describe_function(tool(f))["error"] is None


def test_stars_are_an_error_that_says_what_to_do() -> None:
    def f(*values: int) -> None: ...

    def g(**options: int) -> None: ...

    assert "*values" in error_of(f)["message"]
    assert "**options" in error_of(g)["message"]
    assert error_of(g)["hint"]


def test_a_type_that_no_form_can_give_is_an_error() -> None:
    class Own: ...

    def f(x: Own) -> None: ...

    f.__annotations__ = {"x": Own}
    assert "Own" in error_of(f)["message"]

    def g(x: NotThere) -> None:  # type: ignore[name-defined]  # noqa: F821
        ...

    assert "NotThere" in error_of(g)["message"]


def test_a_default_that_is_not_json_is_shown_and_not_sent() -> None:
    def f(a: float = float("nan"), b: set[int] = {3}) -> None:  # noqa: B006
        ...

    schema = schema_of(f)
    assert schema["properties"]["a"]["x-default"] == "nan"
    assert complete(schema, {}) == {"b": [3]}


def test_secrets_are_marked() -> None:
    def f(api_key: str, tokenizer: str) -> None: ...

    properties = schema_of(f)["properties"]
    assert properties["api_key"]["x-secret"] is True
    assert "x-secret" not in properties["tokenizer"]


def test_the_declaration_goes_before_what_was_read() -> None:
    @tool(
        name="other",
        title="Title",
        category="C",
        tags=["t"],
        description="D",
        delivery="idempotent",
        time_limit=3,
    )
    def f() -> None:
        """Docstring."""

    described = describe_function(f)
    assert (described["name"], described["title"], described["description"]) == ("other", "Title", "D")
    assert (described["delivery"], described["time_limit"]) == ("idempotent", 3)
