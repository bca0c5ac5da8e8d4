"""The same for many runs: cancel, retry, tags, priority. Each run is asked by itself, and says what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ..core.errors import InvalidRequest, NotAvailable, ToolrunnerError
from ..core.history import RunFilter
from ..core.ports import RunEdit
from ..core.runs import FINAL, Priority, Run, RunStatus
from .product import Product

#: Runs that one request changes.
MOST = 1_000

ActionName = Literal["cancel", "retry", "tag", "untag", "priority"]
#: The runs among those of a filter to which an action can be done at all.
_FITTING: Mapping[ActionName, frozenset[RunStatus]] = {
    "cancel": frozenset(RunStatus) - FINAL,
    "retry": frozenset({RunStatus.FAILED, RunStatus.CANCELED}),
    "priority": frozenset({RunStatus.QUEUED, RunStatus.WAITING}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkAction:
    name: ActionName
    tags: tuple[str, ...] = ()
    priority: Priority | None = None
    #: Who asks for it.
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkOutcome:
    run: str
    number: int | None
    done: bool
    #: Why it was not done.
    message: str | None = None
    #: The priority that it had.
    before: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkDone:
    outcomes: Sequence[BulkOutcome]
    #: Whether the filter finds more runs than one request changes: ask again.
    more: bool


def bulk(
    product: Product, action: BulkAction, *, ids: Sequence[str] | None, where: RunFilter | None
) -> BulkDone:
    """Of a filter the newest runs first, as many as `MOST`. Raises InvalidRequest."""
    if action.name in ("tag", "untag") and not action.tags:
        raise InvalidRequest("No tag was given.", field="tags")
    if action.name == "priority" and action.priority is None:
        raise InvalidRequest("No priority was given.", field="priority")
    if ids is not None and len(ids) > MOST:
        raise InvalidRequest(
            f"{len(ids):,} runs are too many for one request.", field="ids", hint=f"Send {MOST:,} at most."
        )
    more = False
    if where is not None:
        ids, more = _found(product, action, where)
    return BulkDone(outcomes=_each(product, action, list(dict.fromkeys(ids or ()))), more=more)


def _found(product: Product, action: BulkAction, where: RunFilter) -> tuple[list[str], bool]:
    fitting = _FITTING.get(action.name)
    if fitting is not None:
        statuses = (where.statuses or fitting) & fitting
        if not statuses:
            return [], False
        where = replace(where, statuses=statuses)
    found: list[str] = []
    after = None
    while len(found) <= MOST:
        page = product.history.page(where, limit=MOST, after=after)
        # Who asks again gets on: what is done already is not counted.
        found += [run.id for run in page.items if not _is_done(action, run)]
        after = page.following
        if after is None:
            break
    return found[:MOST], len(found) > MOST


def _is_done(action: BulkAction, run: Run) -> bool:
    match action.name:
        case "tag":
            return set(action.tags) <= set(run.tags)
        case "untag":
            return not set(action.tags) & set(run.tags)
        case "priority":
            return run.priority is action.priority
        case "cancel":
            return run.cancel_requested
    return False


def _each(product: Product, action: BulkAction, ids: Sequence[str]) -> list[BulkOutcome]:
    """Raises NotAvailable where that is so from the first on; later the rest is told as not done."""
    outcomes: list[BulkOutcome] = []
    for position, run in enumerate(ids):
        try:
            outcomes.append(_one(product, action, run))
        except NotAvailable as error:
            if not any(outcome.done for outcome in outcomes):
                raise
            return outcomes + [
                BulkOutcome(run=rest, number=None, done=False, message=error.message)
                for rest in ids[position:]
            ]
    return outcomes


def _one(product: Product, action: BulkAction, run: str) -> BulkOutcome:
    number = None
    try:
        known = product.runs.get(run)
        number = known.number
        before = _do(product, action, known)
    except NotAvailable:
        raise
    except ToolrunnerError as error:
        return BulkOutcome(run=run, number=number, done=False, message=error.message)
    return BulkOutcome(run=known.id, number=number, done=True, before=before)


def _do(product: Product, action: BulkAction, run: Run) -> str | None:
    match action.name:
        case "cancel":
            product.runs.cancel(run.id)
        case "retry":
            product.runs.retry(run.id)
        case "tag":
            product.runs.edit(run.id, RunEdit(add_tags=action.tags), by=action.by)
        case "untag":
            product.runs.edit(run.id, RunEdit(remove_tags=action.tags), by=action.by)
        case "priority":
            product.runs.edit(run.id, RunEdit(priority=action.priority), by=action.by)
            return run.priority.value
    return None
