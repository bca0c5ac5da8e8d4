"""A form with much in it."""

import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from jupyter_toolrunner import tool
from jupyter_toolrunner.authoring import Accepts


class Window(BaseModel):
    """Where to look."""

    start: int = 0
    end: int = 100
    labels: list[str] = []


@tool(category="Echo")
def survey(
    title: str,
    table: Annotated[Path, Accepts(".csv", "text/csv")] = Path("missing.csv"),
    share: Annotated[float, Field(ge=0, le=1)] = 0.85,
    rounds: Annotated[int, Field(ge=1, le=20)] = 5,
    day: datetime.date | None = None,
    at: datetime.datetime | None = None,
    method: Literal["fast", "exact", "sampled"] = "fast",
    names: list[str] = ["a", "b", "c"],  # noqa: B006 - only read
    window: Window = Window(),  # noqa: B008 - only read
    options: dict[str, int] = {},  # noqa: B006 - only read
    limit: int | str = 3,
    notes: str | None = None,
    seed: int = 0,
    verbose: bool = False,
) -> dict[str, Any]:
    """Give back a form with a field of every kind.

    Args:
        title: What it is called.
        table: Rows to look at.
        share: Part of them.
        options: Anything else, by name.
        seed: Where chance begins.
    """
    content = Path(table).read_bytes() if Path(table).exists() else b""
    return {
        "title": title,
        "table": Path(table).name,
        "bytes": len(content),
        "share": share,
        "rounds": rounds,
        "day": str(day),
        "at": str(at),
        "method": method,
        "names": names,
        "window": window.model_dump(),
        "options": options,
        "limit": limit,
        "notes": notes,
    }


@tool(category="Echo")
def never(text: str = "x") -> str:
    """Be run once."""
    return text
