"""Presets, on SQLite and PostgreSQL."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine

from jupyter_toolrunner.core.errors import Conflict, NotFound
from jupyter_toolrunner.core.ids import PresetId, ToolName, new_preset_id
from jupyter_toolrunner.core.presets import Preset
from jupyter_toolrunner.db.presets import SqlPresetStore

TOOL = ToolName("box.tool")


@pytest.fixture
def presets(engine: Engine) -> SqlPresetStore:
    return SqlPresetStore(engine)


def a_preset(**changes: Any) -> Preset:
    values: dict[str, Any] = {
        "id": new_preset_id(),
        "tool": TOOL,
        "name": "mine",
        "params": {"n": 3},
        "owner": "anna",
    }
    return Preset(**{**values, **changes})


def test_params_are_kept_exactly(presets: SqlPresetStore) -> None:
    params = {"text": "'\"\n\0\ud800 \u202e", "big": 10**40, "deep": [{"a": None}], "x": 1e-320}
    kept = presets.insert(a_preset(params=params))
    assert presets.get(kept.id).params == params
    assert kept.created_at == kept.updated_at


def test_one_sees_ones_own_and_the_shared_ones_by_name(presets: SqlPresetStore) -> None:
    presets.insert(a_preset(name="b"))
    presets.insert(a_preset(name="A", owner="boris", shared=True))
    presets.insert(a_preset(name="hidden", owner="boris"))
    presets.insert(a_preset(name="c", tool=ToolName("box.other")))
    assert [preset.name for preset in presets.seen_by("anna", TOOL)] == ["A", "b"]


def test_a_name_is_taken_once_for_each_owner(presets: SqlPresetStore) -> None:
    first = presets.insert(a_preset())
    presets.insert(a_preset(owner="boris"))
    with pytest.raises(Conflict, match="“mine”"):
        presets.insert(a_preset())
    other = presets.insert(a_preset(name="other"))
    with pytest.raises(Conflict):
        presets.change(other.id, name="mine")
    assert presets.get(first.id) == first


def test_a_change_moves_the_time_of_the_change_alone(presets: SqlPresetStore) -> None:
    kept = presets.insert(a_preset())
    changed = presets.change(kept.id, name="new", shared=True, params={})
    assert (changed.name, changed.shared, changed.params, changed.created_at) == (
        "new",
        True,
        {},
        kept.created_at,
    )
    assert changed.updated_at is not None
    assert kept.updated_at is not None
    assert changed.updated_at > kept.updated_at
    with pytest.raises(NotFound):
        presets.change(new_preset_id(), name="never kept")


def test_of_two_changes_at_once_neither_undoes_the_other(presets: SqlPresetStore) -> None:
    kept = presets.insert(a_preset())
    presets.change(kept.id, name="renamed")
    presets.change(kept.id, params={"n": 4})
    found = presets.get(kept.id)
    assert (found.name, found.params) == ("renamed", {"n": 4})


def test_each_user_has_one_default_and_it_goes_with_its_preset(presets: SqlPresetStore) -> None:
    kept = presets.insert(a_preset(shared=True))
    presets.set_default("anna", TOOL, PresetId("file-x"))
    presets.set_default("anna", TOOL, kept.id)
    presets.set_default("boris", TOOL, kept.id)
    assert presets.default_of("anna", TOOL) == kept.id
    presets.set_default("anna", TOOL, None)
    assert presets.default_of("anna", TOOL) is None
    presets.delete(kept.id)
    assert presets.default_of("boris", TOOL) is None
    with pytest.raises(NotFound):
        presets.get(kept.id)
