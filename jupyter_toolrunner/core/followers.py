"""What becomes of a run that waits for others."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from .after import Rule
from .runs import RunStatus


class Verdict(StrEnum):
    STARTS = "starts"
    #: Of those that should have succeeded one did not.
    FAILS = "fails"
    #: What it was meant for did not happen.
    IS_SKIPPED = "is skipped"


def verdict(rule: Rule, statuses: Collection[RunStatus]) -> Verdict | None:
    """What becomes of a run whose awaited runs have these statuses; None while it has to wait."""
    ended = [status for status in statuses if status.is_final]
    if rule is Rule.ANY_ENDED:
        return Verdict.STARTS if ended else None
    if rule is Rule.ANY_FAILED:
        if RunStatus.FAILED in ended:
            return Verdict.STARTS
        return Verdict.IS_SKIPPED if len(ended) == len(statuses) else None
    if rule is Rule.ALL_SUCCEEDED and any(status is not RunStatus.SUCCEEDED for status in ended):
        return Verdict.FAILS
    return Verdict.STARTS if len(ended) == len(statuses) else None
