"""When a run is tried again by itself."""

from __future__ import annotations

from ..core.ports import Outcome
from ..core.retries import Retry
from ..core.runs import KILLED, Run, RunStatus
from ..core.tools import Delivery, Tool

#: After losses: what the tool asks for is meant for its own failures. Short, so that all runs of a machine that was
#: killed time and again are done soon after it is well; a tool that takes its worker along is held by `max_attempts`.
_LOSS = Retry(backoff=1.0, factor=2.0, max_backoff=5.0)


def after_failure(tool: Tool | None, run: Run, outcome: Outcome) -> float | None:
    """Seconds until the next attempt after this end of one; None where the tool does not want another."""
    if (
        outcome.error is not None
        and outcome.error.type == KILLED
        and run.delivery is not Delivery.AT_MOST_ONCE
    ):
        # No fault of the tool: as where its worker was lost, but that what the attempt left is here.
        return after_loss(tool, run)
    retry = tool.policy.retry if tool is not None else None
    if retry is None or outcome.status is not RunStatus.FAILED or not retry.takes(outcome.reason):
        return None
    return retry.pause(_made(tool, run))


def after_loss(tool: Tool | None, run: Run) -> float:
    """Seconds until the next attempt after a lost one: the first time it begins at once, since nothing else is wrong."""
    made = _made(tool, run)
    return 0.0 if made <= 1 else _LOSS.pause(made - 1)


def _made(tool: Tool | None, run: Run) -> int:
    """Attempts since the run was queued by a person."""
    return 1 if tool is None else max(1, tool.policy.attempts - run.attempts_left)
