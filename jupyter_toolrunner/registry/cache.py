"""What was read before, so that unchanged files are not read again."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
import sysconfig
import tempfile
from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from ..core.tools import placeless
from .sources import fingerprint

Json = Any
Mark = list[int] | None


class Marks:
    """Fingerprints of one moment: each file is looked at once."""

    def __init__(self) -> None:
        self._known: dict[str, Mark] = {}

    @cached_property
    def environment(self) -> str:
        return environment()

    def of(self, path: str) -> Mark:
        if path not in self._known:
            self._known[path] = fingerprint(path)
        return self._known[path]


class Cache:
    """Answers of the reader by file, each with the marks that it holds for."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._records: dict[str, dict[str, Json]] = {}

    def load(self) -> None:
        """Take what the file holds; a file of another version or a broken one holds nothing."""
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
            data = json.loads(self._path.read_bytes())
            if data["reader"] == reader_version():
                self._records = data["records"]

    def save(self) -> None:
        """Write all at once or nothing; a cache that can't be written costs time only."""
        data = json.dumps({"reader": reader_version(), "records": self._records}).encode()
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=self._path.parent, prefix=self._path.name)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(data)
                os.replace(name, self._path)
            except BaseException:
                os.unlink(name)
                raise

    def answer(self, key: str, mark: Mark, marks: Marks) -> Mapping[str, Json] | None:
        """What was read, where nothing of it changed."""
        record = self._records.get(key)
        if record is None or record["mark"] != mark:
            return None
        if record["environment"] is not None and record["environment"] != marks.environment:
            return None
        if any(marks.of(path) != known for path, known in record["others"].items()):
            return None
        answer: Mapping[str, Json] = record["answer"]
        return answer

    def kept(self, key: str) -> Mapping[str, Json] | None:
        """What was read last, whatever changed since."""
        record = self._records.get(key)
        return None if record is None else record["answer"]

    def keep(self, key: str, mark: Mark, answer: Mapping[str, Json]) -> Mapping[str, Json]:
        """Keep what is needed of an answer, and give that back."""
        needed = {
            name: part
            for name, part in answer.items()
            if not (name == "static" and answer.get("described"))
            and not (name == "static_commands" and answer.get("commands"))
        }
        _add_shapes(needed, key.partition("\n")[0])
        others = _others(answer)
        marks = Marks()
        self._records[key] = {
            "mark": mark,
            "others": {path: marks.of(path) for path in others},
            "environment": environment() if _depends_on_environment(answer) else None,
            "answer": needed,
        }
        return needed

    def forget_others(self, keys: set[str]) -> None:
        """Drop what no toolbox has any more."""
        self._records = {key: record for key, record in self._records.items() if key in keys}


def _add_shapes(answer: Mapping[str, Json], folder: str) -> None:
    """A digest of what was read of each tool, so that its version costs no more than that."""
    commands = [*answer.get("commands", ()), *answer.get("static_commands", ())]
    for each in (answer.get("described"), answer.get("static"), *answer.get("functions", ()), *commands):
        if each is not None and "schema" in each:
            shape = json.dumps([each["schema"], each.get("command_line")], sort_keys=True)
            each["shape"] = hashlib.sha256(placeless(shape, folder).encode()).hexdigest()


def _others(answer: Mapping[str, Json]) -> list[str]:
    """Files on which an answer depends beside its own, also those that are not there yet."""
    source = answer.get("source") or {}
    return list(
        dict.fromkeys(
            [
                *source.get("imports", ()),
                *source.get("local", ()),
                *answer.get("files", ()),
                *answer.get("depends", ()),
            ]
        )
    )


def _depends_on_environment(answer: Mapping[str, Json]) -> bool:
    """Failures may be gone with the next installed package; modules are packages themselves."""
    return answer.get("failure") is not None or answer.get("source") is None


def environment() -> str:
    """What changes when packages are installed or removed."""
    folders = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    marks = {folder: fingerprint(folder) for folder in sorted(each for each in folders if each)}
    return json.dumps(marks)


@cache
def reader_version() -> str:
    """Another reader may read other things: its own source counts."""
    digest = hashlib.sha256(sys.version.encode())
    for file in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(file.read_bytes())
    digest.update(sys.prefix.encode())
    return digest.hexdigest()
