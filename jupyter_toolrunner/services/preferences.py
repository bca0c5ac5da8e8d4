"""Preferences: what one user has arranged, in step in all of that user's windows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from ..core.errors import InvalidRequest, NotFound
from ..core.events import Event
from ..core.ports import EventStream, PreferenceStore
from ..core.preferences import KEYS_LIMIT, Preference, check_key, encode


class PreferenceService:
    """Keeps and tells; the last one who writes a key wins."""

    def __init__(self, store: PreferenceStore, events: EventStream) -> None:
        self._store = store
        self._events = events

    def all(self, owner: str) -> Sequence[Preference]:
        return self._store.all(owner)

    def get(self, owner: str, key: str) -> Preference:
        """Raises NotFound, InvalidRequest."""
        found = self._store.get(owner, check_key(key))
        if found is None:
            raise NotFound(f"Nothing is kept for {key!r}.")
        return found

    def put(self, owner: str, key: str, value: Any) -> Preference:
        """Raises InvalidRequest, TooLarge; nothing is changed then."""
        check_key(key)
        encode(value)
        if self._store.get(owner, key) is None and self._store.count(owner) >= KEYS_LIMIT:
            raise InvalidRequest(
                f"{KEYS_LIMIT} preferences are kept already.",
                field="key",
                hint="Nothing was changed. Remove one that is no longer needed.",
            )
        preference = Preference(key=key, value=value, updated_at=datetime.now(UTC))
        self._store.put(owner, preference)
        self._tell(owner, key, preference.updated_at.isoformat())
        return preference

    def delete(self, owner: str, key: str) -> None:
        """Also of what is not there. Raises InvalidRequest."""
        if self._store.delete(owner, check_key(key)):
            self._tell(owner, key, None)

    def _tell(self, owner: str, key: str, updated_at: str | None) -> None:
        data = {"key": key, "updated_at": updated_at}
        self._events.publish(Event(type="preference", owner=owner, data=data))
