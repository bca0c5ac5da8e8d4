"""Metadata of pages and data files, held against a schema."""

from __future__ import annotations

import csv
import datetime
import difflib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...authoring import progress
from .. import reports
from ..folders import File, Folder, FolderError
from ..pages import MARKDOWN, NOTEBOOK, front_matter
from ..texts import NotText, read_text, reason

_DATA = (".json", ".yaml", ".yml")
_PROBLEMS = 50
_NAMES_OF_KINDS = {"str": "text", "int": "number", "float": "number", "bool": "yes or no", "list": "list",
                   "dict": "names with values", "NoneType": "nothing"}  # fmt: skip


class SchemaError(ValueError):
    """The schema cannot be used."""


@dataclass(frozen=True, slots=True)
class Problem:
    file: str
    #: Where in the metadata: names and numbers with dots; empty for all of it.
    place: str
    message: str
    #: Of the file, from 1; 0 where it is not known.
    line: int = 0


def validate(
    folder: Path | None,
    schema: Path | None,
    *,
    required: Sequence[str],
    where: str,
    need_front_matter: bool,
    exclude: Sequence[str],
) -> dict[str, Any]:
    """Write a report, a table of what is wrong, and one of all metadata into the current folder."""
    names = [name.strip() for name in required if name.strip()]
    validator = _validator(schema, names)
    given = Folder(folder, exclude)
    files = given.files(MARKDOWN + NOTEBOOK if where == "front matter" else _DATA)
    problems: list[Problem] = []
    seen: Counter[str] = Counter()
    checked: dict[str, Any] = {}
    without = 0
    for number, file in enumerate(files):
        progress(0.5 + 8 * number / len(files), 10, file.name)
        try:
            found = _read(file)
        except (NotText, OSError, RecursionError) as error:
            given.leave_out(file.name, reason(error))
            continue
        except ValueError as error:
            problems.append(Problem(file.name, "", str(error), 1))
            continue
        if found is None:
            without += 1
            if need_front_matter:
                problems.append(Problem(file.name, "", "has no front matter", 1))
            continue
        data, text = found
        checked[file.name] = data
        if isinstance(data, dict):
            seen.update(data.keys())
        problems += _problems(validator, file, data, text)
    if not checked and not problems:
        raise FolderError(f"None of the {len(files)} files in {given.path} has metadata to look at")
    bad = {problem.file for problem in problems}
    made = [
        _write_report(given, problems, seen, checked, without),
        _write_problems(problems),
        _write_values(given, checked, seen),
    ]
    print(f"{', '.join(made)}: {len(bad)} of {len(checked) + len(bad - checked.keys())} files have problems")
    progress(10, 10, f"{len(problems)} problems")
    return {
        "report": made[0],
        "problems_table": made[1],
        "values_table": made[2],
        "checked": len(checked),
        "without": without,
        "files_with_problems": len(bad),
        "problems": len(problems),
        "left_out": len(given.left_out),
        "valid": not problems,
    }


# -- the schema -----------------------------------------------------------------------------------------------------


def _validator(path: Path | None, required: Sequence[str]) -> Any:
    """From the file, the names that must be there, or both. Raises SchemaError."""
    import jsonschema
    import referencing

    schema = _read_schema(path) if path is not None else {"type": "object"}
    if path is None and not required:
        print("Neither a schema nor required names were given: a title and a date are asked for")
        required = ("title", "date")
    if required:
        schema = {"allOf": [schema, {"type": "object", "required": list(required)}]} | (
            {"$schema": schema["$schema"]} if isinstance(schema, dict) and "$schema" in schema else {}
        )
    kind = jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator)
    try:
        kind.check_schema(schema)
    except jsonschema.SchemaError as error:
        place = ".".join(str(part) for part in error.absolute_path if part != "allOf") or "the top"
        raise SchemaError(
            f"{path.name if path else 'The schema'} is not a JSON Schema: at {place}: {error.message[:300]}"
        ) from None
    # Nothing is fetched: a reference leads within the schema, or to one that lies beside it.
    beside = path.parent if path is not None else None
    registry: Any = referencing.Registry(retrieve=lambda uri: _beside(beside, uri))  # type: ignore[call-arg]
    return kind(schema, registry=registry, format_checker=kind.FORMAT_CHECKER)


def _read_schema(path: Path) -> Any:
    try:
        found = _parsed(path, read_text(path))
    except OSError as error:
        raise SchemaError(f"The schema {path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise SchemaError(f"The schema {path.name} cannot be read: {error}") from None
    if not isinstance(found, dict | bool):
        raise SchemaError(f"{path.name} is not a JSON Schema: it is {_kind(found)}, and must be an object")
    return found


def _beside(folder: Path | None, uri: str) -> Any:
    import referencing
    import referencing.exceptions
    import referencing.jsonschema

    name = uri.partition("#")[0]
    if folder is None or "://" in name or name.startswith("/") or ".." in name:
        raise referencing.exceptions.NoSuchResource(ref=uri)  # type: ignore[call-arg]
    try:
        found = _parsed(folder / name, read_text(folder / name))
    except (OSError, ValueError):
        raise referencing.exceptions.NoSuchResource(ref=uri) from None  # type: ignore[call-arg]
    return referencing.Resource.from_contents(found, referencing.jsonschema.DRAFT202012)


def _problems(validator: Any, file: File, data: Any, text: str) -> Iterator[Problem]:
    import jsonschema
    import referencing.exceptions

    number = 0
    try:
        for error in validator.iter_errors(data):
            number += 1
            if number > _PROBLEMS:
                yield Problem(file.name, "", f"more than {_PROBLEMS} problems: the rest is not told")
                return
            path = [str(part) for part in error.absolute_path]
            yield Problem(file.name, ".".join(path), _said(error, data), _line(text, path))
    except referencing.exceptions.Unresolvable as error:
        raise SchemaError(
            f"The schema refers to {error.ref!r}, which is neither in it nor in a file beside it; nothing is fetched"
        ) from None
    except jsonschema.exceptions.UndefinedTypeCheck as error:
        raise SchemaError(f"The schema names a type that there is not: {error}") from None


def _said(error: Any, data: Any) -> str:
    """What is wrong, with the name that was perhaps meant."""
    message = str(error.message)
    if error.validator == "required" and isinstance(error.instance, dict):
        missing = next(
            (name for name in error.validator_value if name not in error.instance and repr(name) in message),
            None,
        )
        near = difflib.get_close_matches(str(missing), map(str, error.instance), n=1, cutoff=0.7)
        return f"{missing!r} is missing" + (f"; there is {near[0]!r}" if near else "")
    return message if len(message) < 400 else f"{message[:400]}…"


def _line(text: str, path: Sequence[str]) -> int:
    """Where a name of the metadata stands, as well as a look at the text tells."""
    name = next((part for part in reversed(path) if not part.isdigit()), None)
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip().lstrip("- ").lstrip('"')
        if name is not None and stripped.startswith((f"{name}:", f'{name}"')):
            return number
    return 1


# -- the metadata ---------------------------------------------------------------------------------------------------


def _read(file: File) -> tuple[Any, str] | None:
    """The metadata and the text that it was read from; None for a page without any. Raises ValueError."""
    text = read_text(file.path)
    if file.ending in MARKDOWN:
        found, problem, _, lines = front_matter(text)
        if problem:
            raise ValueError(f"the front matter {problem}")
        return (_plain(found), "\n".join(text.split("\n")[:lines])) if lines else None
    data = _parsed(file.path, text)
    if file.ending in NOTEBOOK:
        own = data.get("metadata") if isinstance(data, dict) else None
        return (own, text[-4000:]) if isinstance(own, dict) else None
    return _plain(data), text


def _parsed(path: Path, text: str) -> Any:
    """Raises ValueError."""
    try:
        if path.suffix.lower() in (".yaml", ".yml"):
            import yaml

            return _plain(yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))  # noqa: S506 - both are safe
        return json.loads(text)
    except ValueError as error:
        raise ValueError(f"it is not JSON: {error}") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except Exception as error:
        if type(error).__module__.partition(".")[0] == "yaml":
            raise ValueError(f"it is not YAML: {' '.join(str(error).split())[:300]}") from None
        raise


def _plain(value: Any) -> Any:
    """Dates of YAML as JSON has them: text."""
    if isinstance(value, datetime.datetime | datetime.date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | set | tuple):
        return [_plain(item) for item in value]
    return value


def _kind(value: Any) -> str:
    return {
        "list": "a list",
        "str": "a text",
        "int": "a number",
        "float": "a number",
        "NoneType": "empty",
    }.get(type(value).__name__, type(value).__name__)


# -- what is written ------------------------------------------------------------------------------------------------


def _write_report(
    folder: Folder, problems: Sequence[Problem], seen: Counter[str], checked: Mapping[str, Any], without: int
) -> str:
    report = reports.Report(f"Metadata of {folder.title}")
    bad = len({problem.file for problem in problems})
    points = [
        f"{reports.number(len(checked), 'file')} with metadata, {reports.number(bad, 'file')} with problems"
    ]
    if without:
        points.append(f"{reports.number(without, 'file')} without any")
    if folder.left_out:
        points.append(f"{reports.number(len(folder.left_out), 'file')} could not be read: the log says why")
    report.points(points)
    if problems:
        report.heading("Problems")
        report.table(
            ["File", "Line", "Where", "What is wrong"],
            [
                [
                    reports.code(problem.file),
                    str(problem.line or ""),
                    reports.code(problem.place) if problem.place else "",
                    reports.plain(problem.message),
                ]
                for problem in problems
            ],
        )
    else:
        report.text("Everything is as it should be.")
    if seen:
        report.heading("Names in use")
        report.table(
            ["Name", "Files", "Kinds of values"],
            [
                [reports.code(name), f"{n:,}", ", ".join(sorted(_kinds(name, checked.values())))]
                for name, n in sorted(seen.items(), key=lambda item: (-item[1], item[0]))
            ],
        )
    return report.save(f"{folder.title}.metadata.md")


def _kinds(name: str, all_data: Iterable[Any]) -> set[str]:
    """A name whose values are of two kinds is often a slip."""
    return {
        _NAMES_OF_KINDS.get(type(data[name]).__name__, "other")
        for data in all_data
        if isinstance(data, dict) and name in data
    }


def _write_problems(problems: Sequence[Problem]) -> str:
    with Path("problems.csv").open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "line", "where", "message"])
        writer.writerows([each.file, each.line or "", each.place, each.message] for each in problems)
    return "problems.csv"


def _write_values(folder: Folder, checked: Mapping[str, Any], seen: Counter[str]) -> str:
    """All metadata side by side: a row for each file, a column for each of the most frequent names."""
    names = [name for name, _ in seen.most_common(100)]
    path = f"{folder.title}.metadata.csv"
    with Path(path).open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", *names])
        for name, data in checked.items():
            cells = [data.get(each) for each in names] if isinstance(data, dict) else []
            writer.writerow([name, *map(_cell, cells)])
    return path


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(each, str | int | float) for each in value):
        return ", ".join(map(str, value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
