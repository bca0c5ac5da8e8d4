"""Tools for texts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Annotated, Literal, Optional

from pydantic import BaseModel, Field

from jupyter_toolrunner import tool
from jupyter_toolrunner.authoring import Accepts


class Case(Enum):
    UPPER = "upper"
    LOWER = "lower"


@dataclass
class Window:
    start: int = 0
    end: int | None = None


class Filter(BaseModel):
    words: list[str] = []
    limit: Annotated[int, Field(ge=1, le=100)] = 10


@tool
def shout(text: str, times: int = 1, *, mark: str = "!") -> str:
    """Make a text loud.

    Args:
        text: What to say.
        times: How often,
            at least once.
        mark: What stands at the end.
    """
    return (text.upper() + mark) * times


@tool(title="Count words", category="Statistics", tags=["words", "слова"], delivery="idempotent", time_limit=30)
def count_words(file: Annotated[Path, Accepts(".txt", "text/plain")], case: Case = Case.LOWER) -> dict:
    """Count the words of a file.

    Parameters
    ----------
    file : Path
        The text.
    case : Case
        How to compare.
    """
    words = file.read_text().split()
    return {w: words.count(w) for w in words}


@tool
def positional_only(a, b: float = 0.5, /, c: Optional[int] = None, *, d: Literal["x", 1, True] = "x"):
    """All kinds of parameters.

    :param a: first one
    :param c: third one
    """
    return [a, b, c, d]


@tool
def shapes(window: Window = Window(), filters: Filter = Filter(), days: list[date] = [], extra: dict[str, float] = {}) -> dict:
    """Nested values."""
    return {"window": [window.start, window.end], "limit": filters.limit, "days": [str(d) for d in days], **extra}


@tool
def everything(*values: int, **options: str) -> int:
    """Takes whatever comes."""
    return len(values)


def not_a_tool(x: int) -> int:
    return x
