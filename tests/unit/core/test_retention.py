"""Which of what ended runs left goes, and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jupyter_toolrunner.core.ids import ArtifactId, Digest, RunId
from jupyter_toolrunner.core.retention import EXAMPLES, Kept, Left, Retention, Rule, choose, summed
from jupyter_toolrunner.core.settings import Settings

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def a_log(number: int, **changes: Any) -> Left:
    """Of a run that ended as many days ago as its number is below 100."""
    values: dict[str, Any] = {
        "kind": Kept.LOG,
        "run": RunId(f"run{number}"),
        "number": number,
        "tool": "box.tool",
        "owner": "anna",
        "finished_at": NOW - timedelta(days=100 - number),
        "attempt": 1,
        "size": 10,
    }
    return Left(**{**values, **changes})


def an_artifact(number: int, digest: str, **changes: Any) -> Left:
    return a_log(
        number,
        kind=Kept.ARTIFACT,
        artifact=ArtifactId(f"{number}{digest}"),
        digest=Digest(digest),
        name="a.csv",
        **changes,
    )


def freed(left: list[Left], **rules: Any) -> list[tuple[int, str]]:
    return [(one.left.number, one.rule) for one in choose(left, Retention(**rules), NOW).freed]


def test_what_is_older_than_its_days_goes() -> None:
    left = [a_log(99), a_log(80), a_log(50)]
    assert freed(left, logs=Rule(days=30)) == [(50, "logs stay 30 days")]


def test_of_each_tool_the_newest_runs_stay() -> None:
    left = [a_log(9), a_log(8, tool="box.other"), a_log(7), a_log(7, attempt=2), a_log(6)]
    assert freed(left, logs=Rule(runs=2)) == [(6, "logs of the newest 2 runs of each tool stay")]


def test_the_oldest_go_where_all_are_too_large_and_equal_contents_count_once() -> None:
    left = [an_artifact(9, "a"), an_artifact(8, "a"), an_artifact(7, "b"), an_artifact(6, "c")]
    assert freed(left, artifacts=Rule(size=20)) == [(6, "artifacts may have 20 bytes together")]


def numbers_freed(left: list[Left], rule: Rule) -> list[int]:
    return [one.left.number for one in choose(left, Retention(artifacts=rule), NOW).freed]


def test_what_cannot_fit_takes_nothing_older_with_it() -> None:
    left = [an_artifact(10, "large", size=6000), *(an_artifact(n, f"{n}", size=1) for n in range(9, 0, -1))]
    assert numbers_freed(left, Rule(size=5000)) == [10]


def test_what_another_bound_frees_has_no_size_any_more() -> None:
    left = [an_artifact(n, f"{n}", size=1000) for n in range(100, 1, -1)]
    left.append(an_artifact(1, "small", size=1, tool="box.other"))
    assert numbers_freed(left, Rule(runs=2, size=5000)) == list(range(98, 1, -1))


def test_only_the_oldest_go_until_the_rest_fits() -> None:
    left = [an_artifact(n, f"{n}", size=10) for n in range(9, 0, -1)]
    assert sorted(numbers_freed(left, Rule(size=65))) == [1, 2, 3]
    # One that is pinned counts, and keeps equal contents: they would give no room.
    left = [an_artifact(9, "a"), an_artifact(8, "b"), an_artifact(7, "c"), an_artifact(6, "c", pinned=True)]
    assert numbers_freed(left, Rule(size=20)) == [8]


def test_where_what_is_pinned_is_too_large_nothing_goes_for_it_and_it_is_told() -> None:
    left = [an_artifact(9, "a"), an_artifact(8, "b", size=5000, pinned=True), an_artifact(7, "c")]
    choice = choose(left, Retention(artifacts=Rule(size=3000)), NOW)
    assert choice.freed == []
    (note,) = choice.notes
    assert note.startswith("Artifacts that are pinned have 5")


def test_what_is_pinned_or_excepted_stays() -> None:
    left = [a_log(5, pinned=True), a_log(4, owner="bob"), a_log(3, tool="box.report"), a_log(2)]
    rules = {"logs": Rule(days=1), "exceptions": ("owner:bob", "tool:box.report")}
    assert [number for number, _ in freed(left, **rules)] == [2]


def test_artifacts_stay_for_ever_and_logs_half_a_year_where_nobody_says_anything() -> None:
    rules = Settings().retention
    assert (rules.logs.days, rules.artifacts) == (180, Rule())


def test_a_sum_counts_what_leaves_the_disk() -> None:
    left = [an_artifact(9, "a"), an_artifact(8, "a"), an_artifact(7, "b"), a_log(6)]
    all_of_it = choose(left, Retention(logs=Rule(days=1), artifacts=Rule(days=1)), NOW).freed
    found = summed(all_of_it, NOW, needed=frozenset({Digest("b")}))
    assert (found.logs, found.log_bytes, found.artifacts, found.artifact_bytes) == (1, 10, 3, 10)
    assert found.rules == {"artifacts stay 1 days": 3, "logs stay 1 days": 1}
    assert found.runs == 4


def test_the_largest_are_named_first() -> None:
    left = [
        an_artifact(9, "a"),
        a_log(8, size=7),
        a_log(7, size=99),
        *(a_log(6, attempt=n) for n in range(90)),
    ]
    chosen = choose(left, Retention(logs=Rule(days=1), artifacts=Rule(days=1)), NOW).freed
    found = summed(chosen, NOW)
    assert [(one["number"], one["size"]) for one in found.examples[:3]] == [(7, 99), (9, 10), (6, 10)]
    assert len(found.examples) == EXAMPLES
    # As they are told of a part after the other.
    first = summed(chosen[:50], NOW)
    total = first.plus(summed(chosen[50:], NOW, counted={one.left.run for one in chosen[:50]}))
    assert total.to_json() == found.to_json()


def test_rules_travel_in_variables() -> None:
    given = {
        "TOOLRUNNER_KEEP_LOGS": "days=90,size=5 GB",
        "TOOLRUNNER_KEEP_ARTIFACTS": "runs=10",
        "TOOLRUNNER_KEEP_EVERYTHING_OF": "owner:anna, tool:box.report",
    }
    settings = Settings.from_environ(given)
    assert settings.retention == Retention(
        Rule(days=90, size=5 * 10**9), Rule(runs=10), ("owner:anna", "tool:box.report")
    )
    assert Settings.from_environ(settings.to_environ()).retention == settings.retention
    assert Settings.from_environ({"TOOLRUNNER_KEEP_LOGS": "for ever"}).retention.logs == Rule()


@pytest.mark.parametrize("said", ["days=0", "days=soon", "weeks=3", "size=much"])
def test_what_is_no_rule_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match="TOOLRUNNER_KEEP_LOGS"):
        Settings.from_environ({"TOOLRUNNER_KEEP_LOGS": said})


@pytest.mark.parametrize("said", ["tool:report", "tool:box.report", "tool:big.box.report", "owner:anna"])
def test_an_exception_names_a_tool_by_its_short_name_too(said: str) -> None:
    rules = Retention(exceptions=(said,))
    assert rules.excepts("big.box.report", "anna")
    assert not rules.excepts("box.other", "bob")
    assert not rules.excepts("box.myreport", "bob")


@pytest.mark.parametrize("said", ["box.report", "anna", "tools:box.report", "tool:", "owner: anna"])
def test_an_exception_that_names_nothing_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match=r"TOOLRUNNER_KEEP_EVERYTHING_OF: .*write tool:NAME or owner:NAME"):
        Settings.from_environ({"TOOLRUNNER_KEEP_EVERYTHING_OF": said})
