"""Values that are what another run leaves: checked when a run is submitted, and put in their place when it starts."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any

from ..core import params as core_params
from ..core.errors import InvalidParams, InvalidRequest, NotFound, Problem
from ..core.ids import ArtifactId, Digest, RunId
from ..core.references import Reference, references
from ..core.runs import Run, RunStatus
from ..core.tools import Schema
from ..core.values import replaced
from . import inputs

#: Artifact with what a tool returned.
RESULT = "result.json"
_SHOWN = 10


def with_ids(params: Mapping[str, Any], find: Callable[[str], Run]) -> tuple[dict[str, Any], list[Run]]:
    """The params with each run named by its id, and these runs. Raises InvalidParams."""
    found: dict[str, Run] = {}

    def named(field: str, reference: Reference) -> Any:
        try:
            run = find(reference.run)
        except NotFound as error:
            raise InvalidParams([Problem(field, error.message)]) from None
        found[run.id] = run
        return Reference(run.id, reference.output, reference.result).to_json()

    return _replaced(params, named), list(found.values())


def with_what_is_left(
    params: Mapping[str, Any], find: Callable[[str], Run], awaited: Collection[RunId] = ()
) -> dict[str, Any]:
    """As `with_ids`, for a run that waits for no others than ``awaited``: what it names must be there by now.

    Raises InvalidParams.
    """
    named, runs = with_ids(params, find)
    by_id = {run.id: run for run in runs}
    problems = []
    for field, reference in references(named):
        run = by_id[RunId(reference.run)]
        if run.id not in awaited and run.status is not RunStatus.SUCCEEDED:
            said = f"Run #{run.number} is {run.status}: it has left nothing that could be taken, and is not waited for."
            problems.append(Problem(field, said))
    if problems:
        raise InvalidParams(problems)
    return named


def later_fields(params: Mapping[str, Any]) -> frozenset[str]:
    """Fields whose value is only known when the run starts."""
    return frozenset(field.split("[")[0] for field, each in references(params) if each.output is None)


def without(schema: Schema, fields: frozenset[str]) -> Schema:
    """The schema of the others."""
    if not fields:
        return schema
    properties = {name: each for name, each in schema.get("properties", {}).items() if name not in fields}
    required = [name for name in schema.get("required", ()) if name not in fields]
    return {**schema, "properties": properties, "required": required}


def with_files(params: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    """The params with a stand-in for each file that is to come. Raises InvalidParams where a field takes no file."""

    def stand_in(field: str, reference: Reference) -> Any:
        if reference.output is None:
            return reference.to_json()
        if field.split("[", maxsplit=1)[0] not in set(inputs.path_fields(schema)):
            raise InvalidParams(
                [Problem(field, "This field takes no file, so it cannot take what a run leaves.")]
            )
        return reference.output

    return _replaced(params, stand_in)


def resolve(
    params: Mapping[str, Any],
    schema: Schema,
    find: Callable[[str], Run],
    read: Callable[[Digest], bytes],
) -> dict[str, Any]:
    """The params with what the runs have left. Raises InvalidRequest with what is not there, InvalidParams."""

    def value(field: str, reference: Reference) -> Any:
        run = find(reference.run)
        name = RESULT if reference.output is None else reference.output
        artifact = next(
            (one for one in run.artifacts if one.name == name and one.attempt == run.attempt), None
        )
        if artifact is None:
            raise _missing(field, run, name)
        if reference.output is not None:
            return {"artifact": ArtifactId(artifact.id)}
        return _within(json.loads(read(artifact.digest)), reference.result, field, run)

    resolved = _replaced(params, value)
    core_params.complete(schema, inputs.check(resolved, schema, lambda artifact: artifact))
    return resolved


def _replaced(params: Mapping[str, Any], by: Callable[[str, Reference], Any]) -> dict[str, Any]:
    def new(field: str, value: Any) -> Any:
        reference = Reference.of(value)
        return value if reference is None else by(field, reference)

    return replaced(params, new)


def _missing(field: str, run: Run, name: str) -> InvalidRequest:
    said = f"{field}: run #{run.number} ({run.tool}) left no {name}."
    if run.status is not RunStatus.SUCCEEDED:
        return InvalidRequest(said, field=field, hint=f"It is {run.status}. Retry it, then this one.")
    names = sorted({artifact.name for artifact in run.artifacts})
    left = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
    return InvalidRequest(
        said, field=field, hint=f"It left {left or 'nothing'}. Edit the value and run it again."
    )


def _within(result: Any, path: str, field: str, run: Run) -> Any:
    value = result
    for part in path.split(".") if path else ():
        try:
            value = value[int(part)] if isinstance(value, list) else value[part]
        except (KeyError, IndexError, ValueError, TypeError):
            has = f"; there are {', '.join(list(value)[:_SHOWN])}" if isinstance(value, dict) else ""
            raise InvalidRequest(
                f"{field}: the result of run #{run.number} ({run.tool}) has no {path!r}{has}.",
                field=field,
                hint="Edit the value and run it again.",
            ) from None
    return value
