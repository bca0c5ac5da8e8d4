"""Which failures are tried again, and after which pause."""

from __future__ import annotations

import json
from typing import Any

import pytest
from factories import a_tool

from jupyter_toolrunner.core.retries import Retry
from jupyter_toolrunner.core.tools import Delivery, Policy, Tool


def test_pauses_grow_up_to_the_longest_one() -> None:
    retry = Retry.of({"backoff": 10, "factor": 3, "max_backoff": 100})
    assert [round(retry.pause(failures, chance=0), 6) for failures in (1, 2, 3, 4, 10_000)] == [
        10,
        30,
        90,
        100,
        100,
    ]


def test_the_first_pause_is_never_cut_off() -> None:
    assert Retry.of({"backoff": 3600}).pause(5, chance=0) == 3600


def test_by_chance_a_pause_is_shorter_or_longer_by_its_share_at_most() -> None:
    retry = Retry.of({"backoff": 10, "jitter": 0.5})
    assert (retry.pause(1, chance=-1), retry.pause(1, chance=1)) == (5, 15)
    assert all(5 <= retry.pause(1) <= 15 for _ in range(100))


@pytest.mark.parametrize(
    ("given", "reasons"),
    [
        (["error", "timeout", "error"], ("error", "timeout")),
        ("memory", ("memory",)),
        (True, ("error",)),
        ({"backoff": 1}, ("error",)),
        ({"reasons": "output_limit"}, ("output_limit",)),
    ],
)
def test_it_is_read_as_people_write_it(given: Any, reasons: tuple[str, ...]) -> None:
    assert Retry.of(given).reasons == reasons


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["lost_worker"], "delivery is idempotent"),
        (["nothing"], "'nothing' is no reason"),
        ([], "a list of some of"),
        (7, "a list of reasons"),
        ({"on": ["error"]}, "'on' is not known"),
        # As YAML reads \u201con\u201d.
        ({True: ["error"]}, "True is not known"),
        ({"backoff": -1}, "backoff -1 must be a number from 0"),
        ({"backoff": True}, "backoff True"),
        ({"factor": 0.5}, "factor 0.5 must be a number from 1"),
        ({"jitter": float("nan")}, "jitter nan"),
    ],
)
def test_what_is_wrong_in_it_is_said(given: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Retry.of(given)


def test_a_kept_tool_has_its_policy_again() -> None:
    tool = a_tool(policy=Policy(retry=Retry.of(["timeout"]), delivery=Delivery.IDEMPOTENT))
    assert Tool.from_json(json.loads(json.dumps(tool.to_json()))) == tool


def test_attempts_are_made_where_something_is_tried_again() -> None:
    assert Policy().attempts == 1
    assert Policy(delivery=Delivery.IDEMPOTENT, max_attempts=4).attempts == 4
    assert Policy(retry=Retry.of(["error"])).attempts == 3
