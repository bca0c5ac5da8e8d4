"""When a run is tried again by itself."""

from __future__ import annotations

import pytest
from factories import a_run, a_tool

from jupyter_toolrunner.core.ports import Outcome
from jupyter_toolrunner.core.retries import Retry
from jupyter_toolrunner.core.runs import Reason, RunStatus
from jupyter_toolrunner.core.tools import Delivery, Policy
from jupyter_toolrunner.services.retries import after_failure, after_loss

RETRY = Retry.of({"reasons": ["error"], "backoff": 10, "jitter": 0})


def failed(reason: Reason = Reason.ERROR) -> Outcome:
    return Outcome(status=RunStatus.FAILED, reason=reason)


@pytest.mark.parametrize(("left", "pause"), [(3, 10), (2, 20), (1, 40)])
def test_pauses_grow_with_the_attempts_of_one_request(left: int, pause: float) -> None:
    tool = a_tool(policy=Policy(retry=RETRY, max_attempts=4))
    assert after_failure(tool, a_run(attempts_left=left), failed()) == pytest.approx(pause)


def test_only_what_the_tool_names_is_tried_again() -> None:
    tool = a_tool(policy=Policy(retry=RETRY))
    run = a_run(attempts_left=2)
    assert after_failure(tool, run, failed(Reason.TIMEOUT)) is None
    assert after_failure(tool, run, Outcome(status=RunStatus.SUCCEEDED)) is None
    assert after_failure(tool, run, Outcome(status=RunStatus.CANCELED)) is None
    assert after_failure(a_tool(), run, failed()) is None
    assert after_failure(None, run, failed()) is None


def test_a_run_that_lost_its_worker_goes_on_at_once_and_later_a_little_more_slowly() -> None:
    """Whatever the tool asks for after failures of its own."""
    tool = a_tool(policy=Policy(delivery=Delivery.IDEMPOTENT, retry=RETRY, max_attempts=7))
    pauses = [after_loss(tool, a_run(attempts_left=left)) for left in (6, 5, 4, 3, 2)]
    assert pauses == pytest.approx([0, 1, 2, 4, 5], rel=0.1)
    assert after_loss(None, a_run(attempts_left=1)) == 0
