"""When a run that waits for others starts, and what becomes of it otherwise."""

from __future__ import annotations

import itertools

import pytest

from jupyter_toolrunner.core.after import Rule
from jupyter_toolrunner.core.followers import Verdict, verdict
from jupyter_toolrunner.core.references import Reference, references
from jupyter_toolrunner.core.runs import RunStatus

GOOD, BAD, STOPPED, UNDER_WAY = (
    RunStatus.SUCCEEDED,
    RunStatus.FAILED,
    RunStatus.CANCELED,
    RunStatus.RUNNING,
)


@pytest.mark.parametrize(
    ("rule", "statuses", "expected"),
    [
        (Rule.ALL_SUCCEEDED, [GOOD, GOOD], Verdict.STARTS),
        (Rule.ALL_SUCCEEDED, [GOOD, UNDER_WAY], None),
        (Rule.ALL_SUCCEEDED, [UNDER_WAY, STOPPED], Verdict.FAILS),
        (Rule.ALL_ENDED, [GOOD, BAD], Verdict.STARTS),
        (Rule.ALL_ENDED, [GOOD, UNDER_WAY], None),
        (Rule.ANY_ENDED, [UNDER_WAY, BAD], Verdict.STARTS),
        (Rule.ANY_ENDED, [UNDER_WAY, UNDER_WAY], None),
        (Rule.ANY_FAILED, [UNDER_WAY, BAD], Verdict.STARTS),
        (Rule.ANY_FAILED, [GOOD, STOPPED], Verdict.IS_SKIPPED),
        (Rule.ANY_FAILED, [GOOD, UNDER_WAY], None),
    ],
)
def test_what_is_decided(rule: Rule, statuses: list[RunStatus], expected: Verdict | None) -> None:
    for order in itertools.permutations(statuses):
        assert verdict(rule, order) is expected


@pytest.mark.parametrize("rule", Rule)
def test_nothing_waits_for_ever(rule: Rule) -> None:
    final = [status for status in RunStatus if status.is_final]
    for statuses in itertools.product(final, repeat=2):
        assert verdict(rule, statuses) is not None


def test_references_are_found_in_values_and_lists_and_nothing_else_is_one() -> None:
    file, value = Reference("1", output="a.csv"), Reference("2", result="rows.0")
    params = {
        "one": file.to_json(),
        "many": [value.to_json(), "x", 3],
        "text": "run",
        "other": {"run": "1", "output": "a", "more": "b"},
        "numbers": {"run": 1, "output": 2},
    }
    assert list(references(params)) == [("one", file), ("many[0]", value)]
