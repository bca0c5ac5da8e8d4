"""The values of params one by one, those in lists too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Params = Mapping[str, Any]


_FLAT = (str, int, float, type(None))


def has_structure(params: Params) -> bool:
    """Whether any value is more than a text, a number, a truth or nothing: only such a one names anything else."""
    return not all(isinstance(value, _FLAT) for value in params.values())


def each(params: Params) -> Iterator[tuple[str, Any]]:
    """Each value with its field, such as ``tables[0]``; a list before what is in it."""
    for name, value in params.items():
        yield from _each(name, value)


def replaced(params: Params, by: Callable[[str, Any], Any]) -> dict[str, Any]:
    """The params with each value as ``by(field, value)`` has it; what is the same afterwards is looked into."""
    return {name: _replaced(name, value, by) for name, value in params.items()}


def _each(field: str, value: Any) -> Iterator[tuple[str, Any]]:
    yield field, value
    if isinstance(value, list):
        for place, item in enumerate(value):
            yield from _each(f"{field}[{place}]", item)


def _replaced(field: str, value: Any, by: Callable[[str, Any], Any]) -> Any:
    new = by(field, value)
    if new is not value or not isinstance(value, list):
        return new
    return [_replaced(f"{field}[{place}]", item, by) for place, item in enumerate(value)]
