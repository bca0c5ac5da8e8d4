"""Validators of schemas, made once each.

Nearly all that is given is valid, and that is told quickly; what is not, or what the quick one does not know, is left to the
thorough one, which is the authority and says what is wrong.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from functools import lru_cache, partial
from typing import Any

Schema = Mapping[str, Any]

#: What reads each format of time, as a tool's process does.
TIMES: Mapping[str, type[date] | type[time]] = {"date": date, "date-time": datetime, "time": time}
_MOST = 256


class _Same:
    """A schema as a key that holds it: to compare what is in it would take longer than to validate."""

    __slots__ = ("schema",)

    def __init__(self, schema: Schema) -> None:
        self.schema = schema

    def __hash__(self) -> int:
        return id(self.schema)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.schema is self.schema


def surely_valid(schema: Schema, value: Mapping[str, Any]) -> bool:
    """Whether it is valid; also False where that is not known. Schemas are never changed."""
    is_valid = _quick(_Same(schema))
    try:
        return is_valid is not None and is_valid(value)
    except ValueError:
        # Half surrogate pairs, and numbers of any length.
        return False


def thorough(schema: Schema) -> Any:
    """A validator of jsonschema."""
    return _thorough(_Same(schema))


@lru_cache(maxsize=_MOST)
def _quick(same: _Same) -> Callable[[Any], bool] | None:
    import jsonschema_rs

    formats: dict[str, Callable[..., bool]] = {name: partial(_reads, kind) for name, kind in TIMES.items()}
    try:
        return jsonschema_rs.Draft202012Validator(
            dict(same.schema), formats=formats, validate_formats=True, retriever=_nothing_from_elsewhere
        ).is_valid
    except ValueError:
        # Its patterns are those of another dialect.
        return None


def _nothing_from_elsewhere(uri: str) -> Any:
    """A schema would have this machine fetch what it names."""
    raise ValueError(uri)


@lru_cache(maxsize=_MOST)
def _thorough(same: _Same) -> Any:
    # It imports a checker of formats that compiles grammars for seconds, and that is never used here.
    unwanted = "rfc3987_syntax"
    if blocked := unwanted not in sys.modules:
        sys.modules[unwanted] = None  # type: ignore[assignment]
    try:
        from jsonschema import Draft202012Validator, FormatChecker
    finally:
        if blocked:
            del sys.modules[unwanted]

    checker = FormatChecker(formats=())
    for name, kind in TIMES.items():
        checker.checks(name)(partial(_reads, kind))
    return Draft202012Validator(same.schema, format_checker=checker)


def _reads(kind: type[date] | type[time], value: object) -> bool:
    """What is no text is not this check's matter."""
    if not isinstance(value, str):
        return True
    try:
        kind.fromisoformat(value)
    except ValueError:
        return False
    # Short forms, such as 20260131, are read by some tools and not by others.
    return kind is not date or (len(value) == len("2026-01-31") and value[4] == value[7] == "-")
