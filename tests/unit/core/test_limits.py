"""What one run may take, as it is said, and what of it holds."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_toolrunner.core import machine
from jupyter_toolrunner.core.limits import KEYS, LimitRules, RunLimits, bytes_of, limit_of, size_text
from jupyter_toolrunner.core.settings import Settings
from jupyter_toolrunner.core.tools import Policy


@pytest.mark.parametrize(
    ("said", "size"),
    [
        (500, 500),
        ("500", 500),
        ("2 GB", 2 * 10**9),
        ("2G", 2 * 10**9),
        ("1.5 GiB", 3 * 2**29),
        ("300mb", 300 * 10**6),
        ("12 bytes", 12),
        ("1 TiB", 2**40),
    ],
)
def test_sizes_are_said_as_people_say_them(said: Any, size: int) -> None:
    assert bytes_of(said) == size


@pytest.mark.parametrize(
    "said", ["", "much", "-1", "0", 0, True, None, float("nan"), "9" * 400 + " GB", "2 PB", "2 G B", [1]]
)
def test_what_is_no_size_is_refused(said: Any) -> None:
    with pytest.raises(ValueError, match="is no size; such as 500 MB or 2 GB"):
        bytes_of(said)


def test_sizes_are_shown_as_they_were_said() -> None:
    assert [size_text(bytes_of(each)) for each in ("2 GB", "512 MB", "1 kB", "12 B", "3 TB")] == [
        "2 GB",
        "512 MB",
        "1 kB",
        "12 bytes",
        "3 TB",
    ]


@pytest.mark.parametrize(
    ("key", "said", "message"),
    [
        ("time_limit", 0, "above 0"),
        ("time_limit", "soon", "above 0"),
        ("process_limit", 1.5, "whole number of at least 1"),
        ("process_limit", 0, "whole number of at least 1"),
        ("open_files_limit", 100, "whole number of at least 256"),
        ("memory_limit", "all", "is no size"),
    ],
)
def test_what_can_be_no_limit_is_refused(key: str, said: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        limit_of(key, said)


def test_a_tools_own_limit_goes_before_the_default_and_none_beyond_the_largest() -> None:
    rules = LimitRules(
        defaults=RunLimits(memory_limit=100, process_limit=10, log_limit=5),
        largest=RunLimits(memory_limit=200, time_limit=60),
    )
    plain = rules.of(Policy())
    assert (plain.memory_limit, plain.process_limit, plain.time_limit, plain.log_limit) == (100, 10, 60, 5)
    asked = rules.of(Policy(memory_limit=500, process_limit=20, time_limit=10))
    assert (asked.memory_limit, asked.process_limit, asked.time_limit) == (200, 20, 10)


def test_largest_limits_travel_in_a_variable() -> None:
    settings = Settings.from_environ(
        {"TOOLRUNNER_LARGEST_LIMITS": "memory_limit=8 GB, time_limit=3600", "TOOLRUNNER_MEMORY_LIMIT": "1 GB"}
    )
    assert settings.largest_limits == RunLimits(memory_limit=8 * 10**9, time_limit=3600)
    again = Settings.from_environ(settings.to_environ())
    assert again.limit_rules == settings.limit_rules
    with pytest.raises(ValueError, match="'speed' is no limit; there are time_limit"):
        Settings.from_environ({"TOOLRUNNER_LARGEST_LIMITS": "speed=3"})


def test_a_server_is_protected_where_nobody_says_anything() -> None:
    limits = Settings().limit_rules.of(Policy())
    assert limits.memory_limit == machine.memory() * 3 // 4
    assert limits.output_limit
    assert limits.process_limit
    assert limits.open_files_limit
    assert limits.log_limit
    assert set(KEYS) <= set(RunLimits.__dataclass_fields__)
