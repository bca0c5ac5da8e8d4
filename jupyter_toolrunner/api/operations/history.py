"""Many runs: pages, timeline, groups, and what is done with all of them at once."""

from __future__ import annotations

import base64
import contextlib
import json
import math
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from ...core.errors import InvalidRequest, NotFound
from ...core.history import (
    Count,
    GroupKey,
    RunFilter,
    RunOrder,
    RunPlace,
    SortKey,
    read_conditions,
    words_of,
)
from ...core.ports import Catalog
from ...core.runs import Priority, Reason, RunStatus
from ...services.bulk import BulkAction, bulk
from ...services.events import abridged
from ..requests import Reply, Request, is_text
from ..schemas import BulkRequest

_PAGE, _LONGEST_PAGE = 50, 500
_MOST_TOOLS = 100
_LONGEST_CURSOR = 2_000
#: All of these are to hold, and each is a condition of its own for the database.
_MOST_CONDITIONS = 50
_MOST_WORDS = 500
_Word = TypeVar("_Word")


def list_runs(request: Request) -> Reply:
    order = read_order(request.query.get("sort", ""))
    found = request.product.history.page(
        read_filter(request.query, request.product.catalog, request.user),
        limit=max(1, request.integer("limit", _PAGE, most=_LONGEST_PAGE)),
        order=order,
        after=_place(request.query.get("cursor", "")),
    )
    items = [abridged(run.to_json()) for run in found.items]
    return Reply(json={"items": items, "next": found.following and _cursor(found.following)})


def get_timeline(request: Request) -> Reply:
    found = request.product.history.timeline(
        read_filter(request.query, request.product.catalog, request.user)
    )
    return Reply(
        json={
            "points": [
                {
                    "time": _iso(point.time),
                    "seconds": round(point.seconds, 3),
                    "status": point.status.value,
                    "runs": point.runs,
                    "number": point.number,
                }
                for point in found.points
            ],
            "sampled": found.sampled,
            "first": found.first and _iso(found.first),
            "last": found.last and _iso(found.last),
            "found": _count_json(found.found),
            "by_status": {status.value: runs for status, runs in found.by_status.items()},
            "median": found.median,
            "total": found.total,
        }
    )


def list_groups(request: Request) -> Reply:
    groups = request.product.history.groups(
        read_filter(request.query, request.product.catalog, request.user),
        _one_of(GroupKey, "by", request.query.get("by") or GroupKey.TOOL),
        offset_minutes=request.integer("offset", 0, least=-840, most=840),
    )
    return Reply(
        json=[
            {
                "key": group.key,
                "runs": group.runs,
                "by_status": {status.value: runs for status, runs in group.by_status.items()},
                "last": _iso(group.last),
                "first": group.first,
                "newest": group.newest and abridged(group.newest.to_json()),
            }
            for group in groups
        ]
    )


def list_durations(request: Request) -> Reply:
    tools = words_of(request.query.get("tool", ""))[:_MOST_TOOLS]
    found = request.product.history.durations([_tool(name, request.product.catalog) for name in tools])
    return Reply(
        json={
            tool: {"low": usual.low, "middle": usual.middle, "high": usual.high, "runs": usual.runs}
            for tool, usual in found.items()
        }
    )


def change_many(request: Request) -> Reply:
    body: BulkRequest = request.body
    where = (
        None if body.where is None else read_filter(_known(body.where), request.product.catalog, request.user)
    )
    if (body.ids is None) == (where is None):
        raise InvalidRequest(
            "Give either ids or where, not both.", field="ids", hint="An empty where stands for all runs."
        )
    action = BulkAction(name=body.action, tags=tuple(body.tags), priority=body.priority, by=request.user)
    done = bulk(request.product, action, ids=body.ids, where=where)
    return Reply(
        json={
            "outcomes": [
                {
                    "run": outcome.run,
                    "number": outcome.number,
                    "done": outcome.done,
                    "message": outcome.message,
                    "before": outcome.before,
                }
                for outcome in done.outcomes
            ],
            "done": sum(outcome.done for outcome in done.outcomes),
            "more": done.more,
        }
    )


# -- the words of the query ---------------------------------------------------------------------------------------------


def read_filter(query: Mapping[str, str], catalog: Catalog, user: str) -> RunFilter:
    """``me`` is the user who asks. Raises InvalidRequest, which names the word."""
    found = _read_filter(query, catalog, user)
    for field, given, most in (
        ("tool", found.tools, _MOST_WORDS),
        ("owner", found.owners, _MOST_WORDS),
        ("tag", found.tags, _MOST_CONDITIONS),
        ("chain", found.chains, _MOST_WORDS),
        ("param", found.params, _MOST_CONDITIONS),
        ("q", found.words, _MOST_WORDS),
    ):
        if len(given) > most:
            raise InvalidRequest(f"{field} holds {len(given):,}; {most:,} are the most.", field=field)
    return found


def _read_filter(query: Mapping[str, str], catalog: Catalog, user: str) -> RunFilter:
    return RunFilter(
        tools=frozenset(_tool(name, catalog) for name in words_of(query.get("tool", ""))),
        statuses=frozenset(_one_of(RunStatus, "status", word) for word in words_of(query.get("status", ""))),
        reasons=frozenset(_one_of(Reason, "reason", word) for word in words_of(query.get("reason", ""))),
        owners=frozenset(user if word == "me" else word for word in words_of(query.get("owner", ""))),
        tags=frozenset(words_of(query.get("tag", ""))),
        chains=frozenset(words_of(query.get("chain", ""))),
        created_from=_time(query, "created_from"),
        created_before=_time(query, "created_before"),
        shortest=_seconds(query, "shortest"),
        longest=_seconds(query, "longest"),
        params=read_conditions(query.get("param", "")),
        words=tuple(query.get("q", "").casefold().split()),
    )


_FILTER_WORDS = (
    "tool",
    "status",
    "reason",
    "owner",
    "tag",
    "chain",
    "created_from",
    "created_before",
    "shortest",
    "longest",
    "param",
    "q",
)


def _known(where: Mapping[str, str]) -> Mapping[str, str]:
    """A word that is not understood must not widen what is changed."""
    if unknown := set(where) - set(_FILTER_WORDS):
        word = min(unknown)
        raise InvalidRequest(
            f"There is no filter {word[:50]!a}.", field="where", hint=f"One of {', '.join(_FILTER_WORDS)}."
        )
    for word, text in where.items():
        if not is_text(text):
            raise InvalidRequest(f"{word} holds characters that no text has.", field="where")
    return where


def read_order(text: str) -> RunOrder:
    if not text:
        return RunOrder()
    return RunOrder(_one_of(SortKey, "sort", text.removeprefix("-")), descending=text.startswith("-"))


def _tool(name: str, catalog: Catalog) -> str:
    # A tool that is gone still has its runs, under its full name.
    with contextlib.suppress(NotFound):
        return catalog.find(name).name
    return name


def _one_of(kind: Callable[[str], _Word], field: str, word: str) -> _Word:
    try:
        return kind(word)
    except ValueError:
        known = ", ".join(kind)  # type: ignore[arg-type]
        raise InvalidRequest(
            f"There is no {field} {word[:50]!r}.", field=field, hint=f"One of {known}."
        ) from None


def _time(query: Mapping[str, str], field: str) -> datetime | None:
    text = query.get(field)
    if not text:
        return None
    try:
        time = datetime.fromisoformat(text)
        return time.astimezone() if time.tzinfo is None else time
    except (ValueError, OverflowError):
        raise InvalidRequest(
            f"{field} must be a time, not {text[:50]!r}.", field=field, hint="Such as 2026-03-09T14:00:00Z."
        ) from None


def _seconds(query: Mapping[str, str], field: str) -> float | None:
    text = query.get(field)
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e12:
        raise InvalidRequest(f"{field} must be a number of seconds, not {text[:50]!r}.", field=field)
    return value


# -- cursors ------------------------------------------------------------------------------------------------------------


def _cursor(place: RunPlace) -> str:
    text = json.dumps([place.order, place.value, place.number], ensure_ascii=True, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _place(cursor: str) -> RunPlace | None:
    if not cursor:
        return None
    try:
        if len(cursor) > _LONGEST_CURSOR:
            raise ValueError
        order, value, number = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError, RecursionError):
        order, value, number = None, None, None
    if not isinstance(order, str) or not _is_whole_number(number) or not _fits(order, value):
        raise InvalidRequest("The cursor is none of ours.", field="cursor", hint="Begin without a cursor.")
    return RunPlace(order=order, value=value, number=number)


def _fits(order: str, value: Any) -> bool:
    """Whether a list in this order has such values; one that it cannot be compared with is an error of the database."""
    match order.removeprefix("-"):
        case SortKey.TOOL | SortKey.STATUS | SortKey.CREATED:
            return isinstance(value, str) and is_text(value)
        case SortKey.STARTED:
            return value is None or (isinstance(value, str) and is_text(value))
        case SortKey.DURATION:
            is_number = _is_whole_number(value) or (isinstance(value, float) and math.isfinite(value))
            return value is None or is_number
        case SortKey.NUMBER:
            return _is_whole_number(value)
        case SortKey.QUEUE:
            return type(value) is int and 0 <= value < len(Priority)
    return False


def _is_whole_number(value: Any) -> bool:
    """One that a database can hold."""
    return type(value) is int and -(2**63) <= value < 2**63


def _count_json(count: Count) -> dict[str, Any]:
    return {"runs": count.runs, "more": count.more}


def _iso(time: datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")
