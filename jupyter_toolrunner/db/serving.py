"""Whether the workers of a place can run a version of a tool."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, not_, or_

from .clock import now_seconds
from .tables import offers, places, tools

#: What is offered by a catalog that was heard of lately.
LIVES = exists().where(
    places.c.place == offers.c.place,
    places.c.source == offers.c.source,
    places.c.seen_until > now_seconds(),
)


def served(tool: Any, version: Any, *which: ColumnElement[bool]) -> ColumnElement[bool]:
    """By an offer for which all of ``which`` holds: of this version, or of the tool in the same folder.

    The latter for versions that nobody has any more: a worker puts the files that were kept in their places.
    """
    exactly = exists().where(offers.c.tool == tool, offers.c.version == version, *which)
    other = offers.alias("other")
    somewhere = exists().where(other.c.tool == tool, other.c.version == version)
    kept = exists().where(
        offers.c.tool == tool,
        tools.c.name == tool,
        tools.c.version == version,
        tools.c.code.is_not(None),
        _path(offers.c.description) == _path(tools.c.description),
        *which,
    )
    return or_(exactly, and_(not_(somewhere), kept))


def _path(description: Any) -> ColumnElement[str]:
    return func.coalesce(description["entry"]["path"].as_string(), "")
