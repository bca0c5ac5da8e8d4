"""Small state of each user, on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from nasty import TEXTS
from sqlalchemy import Engine

from jupyter_toolrunner.core.preferences import Preference
from jupyter_toolrunner.db.preferences import SqlPreferenceStore


@pytest.fixture
def preferences(engine: Engine) -> SqlPreferenceStore:
    return SqlPreferenceStore(engine)


def a_preference(key: str, value: Any) -> Preference:
    return Preference(key=key, value=value, updated_at=datetime.now(UTC))


@pytest.mark.parametrize(
    "value",
    [
        None,
        False,
        0,
        "",
        [],
        {"a": [1, None]},
        10**30,
        0.1,
        *(text for text in TEXTS.values() if len(text) < 9_000),
    ],
)
def test_a_value_comes_back_as_it_was(preferences: SqlPreferenceStore, value: Any) -> None:
    kept = a_preference("k", value)
    preferences.put("ada", kept)
    assert preferences.get("ada", "k") == kept


def test_the_last_value_of_a_key_stays(preferences: SqlPreferenceStore) -> None:
    preferences.put("ada", a_preference("k", 1))
    preferences.put("ada", a_preference("k", 2))
    assert [one.value for one in preferences.all("ada")] == [2]
    assert preferences.count("ada") == 1


def test_each_user_has_their_own(preferences: SqlPreferenceStore) -> None:
    preferences.put("ada", a_preference("k", 1))
    preferences.put("boris", a_preference("k", 2))
    assert preferences.delete("ada", "k")
    assert not preferences.delete("ada", "k")
    assert preferences.get("ada", "k") is None
    assert [one.value for one in preferences.all("boris")] == [2]
