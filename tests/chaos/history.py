"""What was seen from outside: what was accepted, and what attempts told of themselves."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Mark:
    """A line that an attempt wrote."""

    what: str
    key: str
    run: str
    attempt: int
    process: int
    at: float
    alone: bool = True


@dataclass(frozen=True)
class Accepted:
    """A run that the system under test said it has."""

    key: str
    #: As it is called there.
    run: str
    tool: str


@dataclass
class History:
    folder: Path
    accepted: dict[str, Accepted] = field(default_factory=dict)
    _marks: list[Mark] = field(default_factory=list)
    _read: int = 0

    def prepare(self) -> None:
        """Workers of another user than ours may write here too."""
        for folder in (self.folder, self.folder / "owners"):
            folder.mkdir(parents=True)
            folder.chmod(0o777)

    def marks(self) -> list[Mark]:
        """All that was written until now; a line that is being written is left for later."""
        path = self.folder / "history"
        if path.exists():
            with path.open("rb") as file:
                file.seek(self._read)
                whole, newline, _ = file.read().rpartition(b"\n")
            self._marks += [Mark(**json.loads(line)) for line in whole.split(b"\n") if line]
            self._read += len(whole) + len(newline)
        return self._marks

    def by_key(self, what: str) -> dict[str, list[Mark]]:
        found: dict[str, list[Mark]] = defaultdict(list)
        for mark in self.marks():
            if mark.what == what:
                found[mark.key].append(mark)
        return found

    def under_way(self) -> list[int]:
        """Processes that started an attempt lately, whether or not they live; the newest last."""
        return [mark.process for mark in self.marks()[-20:] if mark.what == "start"]
