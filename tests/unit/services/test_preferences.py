from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import pytest

from jupyter_toolrunner.core.errors import InvalidRequest
from jupyter_toolrunner.core.events import Event
from jupyter_toolrunner.core.ports import EventStream
from jupyter_toolrunner.core.preferences import KEYS_LIMIT, Preference
from jupyter_toolrunner.services.preferences import PreferenceService


class Store:
    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Preference] = {}

    def all(self, owner: str) -> Sequence[Preference]:
        return [one for (name, _), one in sorted(self.kept.items()) if name == owner]

    def get(self, owner: str, key: str) -> Preference | None:
        return self.kept.get((owner, key))

    def put(self, owner: str, preference: Preference) -> None:
        self.kept[owner, preference.key] = preference

    def delete(self, owner: str, key: str) -> bool:
        return self.kept.pop((owner, key), None) is not None

    def count(self, owner: str) -> int:
        return len(self.all(owner))


class Events:
    def __init__(self) -> None:
        self.told: list[Event] = []

    def publish(self, event: Event) -> None:
        self.told.append(event)


@pytest.fixture
def events() -> Events:
    return Events()


@pytest.fixture
def service(events: Events) -> PreferenceService:
    return PreferenceService(Store(), cast(EventStream, events))


def test_only_the_owner_is_told(service: PreferenceService, events: Events) -> None:
    service.put("ada", "k", 1)
    service.delete("ada", "k")
    service.delete("ada", "k")
    assert [event.owner for event in events.told] == ["ada", "ada"]


def test_there_is_an_end_to_the_keys_of_one_user(service: PreferenceService) -> None:
    for n in range(KEYS_LIMIT):
        service.put("ada", f"k{n}", n)
    service.put("ada", "k0", "again")
    with pytest.raises(InvalidRequest, match="200 preferences"):
        service.put("ada", "one-more", 1)
    service.put("boris", "k", 1)
