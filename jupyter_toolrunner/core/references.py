"""Values of params that are what another run leaves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .values import each


@dataclass(frozen=True, slots=True)
class Reference:
    """What another run leaves: a file by its name, or a value within its result."""

    run: str
    #: Name of an artifact; None for a value of the result.
    output: str | None = None
    #: Keys and indexes of the result, with dots between them; empty for the whole result.
    result: str = ""

    def to_json(self) -> dict[str, str]:
        if self.output is not None:
            return {"run": self.run, "output": self.output}
        return {"run": self.run, "result": self.result}

    @classmethod
    def of(cls, value: Any) -> Reference | None:
        """Where a value is one: ``{"run": ID, "output": NAME}`` or ``{"run": ID, "result": PATH}``."""
        if not isinstance(value, Mapping) or not all(isinstance(part, str) for part in value.values()):
            return None
        if set(value) == {"run", "output"}:
            return cls(value["run"], output=value["output"])
        if set(value) == {"run", "result"}:
            return cls(value["run"], result=value["result"])
        return None


def references(params: Mapping[str, Any]) -> Iterator[tuple[str, Reference]]:
    """Each with its field; lists are looked into."""
    for field, value in each(params):
        if (found := Reference.of(value)) is not None:
            yield field, found
