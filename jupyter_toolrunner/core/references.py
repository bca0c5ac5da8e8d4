"""Values of params that are what another run leaves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .values import each

_KEYS = ("run", "output or result")


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
        """Where a value is one: ``{"run": ID, "output": NAME}`` or ``{"run": ID, "result": PATH}``, or with a number."""
        if not isinstance(value, Mapping) or len(value) != len(_KEYS) or "run" not in value:
            return None
        run = value["run"]
        if isinstance(run, bool) or not isinstance(run, (str, int)):
            return None
        of_run = str(run).removeprefix("#")
        if isinstance(output := value.get("output"), str):
            return cls(of_run, output=output)
        if isinstance(result := value.get("result"), str):
            return cls(of_run, result=result)
        return None


def references(params: Mapping[str, Any]) -> Iterator[tuple[str, Reference]]:
    """Each with its field; lists are looked into."""
    for field, value in each(params):
        if (found := Reference.of(value)) is not None:
            yield field, found
