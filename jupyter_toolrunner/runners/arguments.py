"""JSON params turned into what a function's hints ask for. Standard library alone, until a hint needs pydantic."""

from __future__ import annotations

import dataclasses
import inspect
import sys
import types
import typing
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from pathlib import Path, PurePath
from typing import Any
from uuid import UUID

#: Hints that JSON gives as they are.
_PLAIN = (str, int, bool, type(None), object, Any, inspect.Parameter.empty)
_PLAIN_NAMES = frozenset({"str", "int", "float", "bool", "dict", "list", "None", "object"})
_SIMPLE_NAMES = _PLAIN_NAMES - {"float"}
_PARSED: dict[type, Callable[[Any], Any]] = {
    float: float,
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
    time: time.fromisoformat,
    UUID: UUID,
    bytes: lambda value: value.encode() if isinstance(value, str) else value,
    complex: complex,
}


class _Unknown(Exception):
    """A hint that only pydantic can read."""


def bind(function: Callable[..., Any], params: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Positional and named arguments. Raises what the conversions raise, with the parameter named."""
    if _is_simple(function):
        return [], dict(params)
    signature = inspect.signature(function)
    hints = _hints(function, signature)
    positional: list[Any] = []
    named: dict[str, Any] = {}
    rest = dict(params)
    in_order = any(
        each.kind is each.VAR_POSITIONAL and params.get(name) for name, each in signature.parameters.items()
    )
    for name, parameter in signature.parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            named.update(rest)
        elif parameter.kind is parameter.VAR_POSITIONAL:
            positional += [_named(name, item, hints.get(name, Any)) for item in rest.pop(name, ())]
        elif name in rest:
            value = _named(name, rest.pop(name), hints.get(name, Any))
            if parameter.kind is parameter.POSITIONAL_ONLY or (
                in_order and parameter.kind is parameter.POSITIONAL_OR_KEYWORD
            ):
                positional.append(value)
            else:
                named[name] = value
        elif in_order and parameter.kind is not parameter.KEYWORD_ONLY:
            # What comes after it goes by its place.
            positional.append(parameter.default)
    return positional, named


def _is_simple(function: Callable[..., Any]) -> bool:
    """A plain function that takes what JSON gives, by name: most are, and looking closer takes time."""
    if type(function) is not types.FunctionType or hasattr(function, "__wrapped__"):
        return False
    code = function.__code__
    if code.co_posonlyargcount or code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS):
        return False
    hints = [hint for name, hint in function.__annotations__.items() if name != "return"]
    return all(hint in _SIMPLE_NAMES if isinstance(hint, str) else hint in _PLAIN for hint in hints)


def _hints(function: Callable[..., Any], signature: inspect.Signature) -> dict[str, Any]:
    """The hints that ask for something; names are looked up only where one of them is not plain."""
    written = {name: parameter.annotation for name, parameter in signature.parameters.items()}
    if all(hint in _PLAIN_NAMES if isinstance(hint, str) else hint in _PLAIN for hint in written.values()):
        return {name: float for name, hint in written.items() if hint == "float"}
    try:
        return typing.get_type_hints(inspect.unwrap(function), include_extras=True)
    except NameError:
        # A name that exists for type checkers alone.
        return {name: hint for name, hint in written.items() if not isinstance(hint, str)}


def _named(name: str, value: Any, hint: Any) -> Any:
    try:
        return convert(value, hint)
    except _Unknown:
        return _by_pydantic(value, hint)
    except (ValueError, TypeError, KeyError, ArithmeticError) as error:
        raise ValueError(f"{name}: {error}") from error


def convert(value: Any, hint: Any) -> Any:
    """One value. Raises ValueError, or _Unknown for a hint that is not known here."""
    if hint in _PLAIN:
        return value
    origin = typing.get_origin(hint)
    if origin is typing.Annotated:
        return _annotated(value, hint)
    if origin is not None:
        return _generic(value, origin, typing.get_args(hint), hint)
    if not isinstance(hint, type):
        return _special(value, hint)
    if hint in _PARSED:
        return _parsed(value, hint)
    return _of_class(value, hint)


def _parsed(value: Any, hint: type) -> Any:
    if type(value) is hint or value is None:
        return value
    if hint in (datetime, time) and isinstance(value, str) and value.endswith("Z"):
        value = value[:-1] + "+00:00"
    if hint is datetime and isinstance(value, int | float):
        raise _Unknown
    return _PARSED[hint](value)


def _annotated(value: Any, hint: Any) -> Any:
    # What pydantic attached may change the value (strip, defaults of models); plain notes, such as Accepts, do not.
    if any(
        type(note).__module__.partition(".")[0] in ("pydantic", "annotated_types")
        for note in hint.__metadata__
    ):
        module = sys.modules.get("pydantic")
        if module is not None:
            raise _Unknown
    return convert(value, hint.__origin__)


def _generic(value: Any, origin: Any, parts: tuple[Any, ...], hint: Any) -> Any:
    if origin is typing.Literal:
        return _literal(value, parts)
    if origin is typing.Union or origin is types.UnionType:
        return _union(value, parts)
    if value is None:
        return None
    if origin is tuple:
        return _tuple(value, parts)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {convert(key, parts[0]): convert(item, parts[1]) for key, item in value.items()}
    if origin in (set, frozenset):
        return origin(convert(item, parts[0]) for item in value)
    if isinstance(value, list):
        return [convert(item, parts[0]) for item in value]
    raise _Unknown


def _tuple(value: Any, parts: tuple[Any, ...]) -> Any:
    if len(parts) == 2 and parts[1] is Ellipsis:
        return tuple(convert(item, parts[0]) for item in value)
    return tuple(convert(item, part) for item, part in zip(value, parts, strict=True))


def _literal(value: Any, choices: tuple[Any, ...]) -> Any:
    for choice in choices:
        if (value == choice and type(value) is type(choice)) or (
            isinstance(choice, Enum) and choice.value == value
        ):
            return choice
    raise ValueError(f"{value!r} is none of {', '.join(map(repr, choices))}")


def _union(value: Any, parts: tuple[Any, ...]) -> Any:
    if value is None and type(None) in parts:
        return None
    if any(type(value) is part for part in parts):
        return value
    problem: Exception = ValueError(f"{value!r} fits none of the types")
    for part in parts:
        if part is not type(None) and _may_be(value, part):
            try:
                return convert(value, part)
            except (ValueError, TypeError) as error:
                problem = error
    raise problem


def _may_be(value: Any, hint: Any) -> bool:
    """Plain types take only their own values, so that text is not taken for a number's neighbour in a union."""
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return not (isinstance(hint, type) and hint in (str, int, bool) and not isinstance(value, hint))


def _of_class(value: Any, hint: type) -> Any:
    if hasattr(hint, "__required_keys__"):
        hints = typing.get_type_hints(hint, include_extras=True)
        return {key: convert(item, _bare(hints.get(key, Any))) for key, item in value.items()}
    if isinstance(value, hint):
        return value
    if issubclass(hint, PurePath):
        return Path(value) if hint is PurePath else hint(value)
    if issubclass(hint, Enum):
        return _enum(value, hint)
    if hint is Decimal:
        return Decimal(str(value))
    if (
        dataclasses.is_dataclass(hint)
        and isinstance(value, Mapping)
        and not hasattr(hint, "__pydantic_fields__")
    ):
        return _dataclass(value, hint)
    if hint is tuple or hint is set or hint is frozenset:
        return hint(value)
    if hint in (dict, list):
        return value
    raise _Unknown


def _bare(hint: Any) -> Any:
    """The hint of a TypedDict's key without ``Required`` and its like."""
    while getattr(typing.get_origin(hint), "_name", None) in ("Required", "NotRequired", "ReadOnly"):
        hint = typing.get_args(hint)[0]
    return hint


def _enum(value: Any, hint: type[Enum]) -> Enum:
    try:
        return hint(value)
    except ValueError:
        if isinstance(value, str) and value in hint.__members__:
            return hint[value]
        raise


def _dataclass(value: Mapping[str, Any], hint: Any) -> Any:
    hints = typing.get_type_hints(hint, include_extras=True)
    return hint(**{key: convert(item, hints.get(key, Any)) for key, item in value.items()})


def _special(value: Any, hint: Any) -> Any:
    if isinstance(hint, typing.TypeVar):
        return value
    if isinstance(hint, typing.NewType):
        return convert(value, hint.__supertype__)
    raise _Unknown


def _by_pydantic(value: Any, hint: Any) -> Any:
    try:
        from pydantic import TypeAdapter
    except ImportError:
        raise TypeError(
            f"a value of {hint!r} can only be made with pydantic, which is not installed where the tool runs"
        ) from None
    return TypeAdapter(
        hint, config=None if _has_own_config(hint) else {"arbitrary_types_allowed": True}
    ).validate_python(value)


def _has_own_config(hint: Any) -> bool:
    return (
        hasattr(hint, "__pydantic_validator__") or dataclasses.is_dataclass(hint) or typing.is_typeddict(hint)
    )


__all__ = ["bind", "convert"]
