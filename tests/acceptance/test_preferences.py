"""Small state of a person, by REST and live."""

from __future__ import annotations

import pytest
from acceptance.test_live import Browser, browsing
from serving import Server


def _told(browser: Browser) -> tuple[str, str | None]:
    while (message := browser.receive())["type"] != "preference":
        pass
    return message["key"], message["updated_at"]


def test_a_value_is_kept_told_to_other_windows_and_forgotten(server: Server) -> None:
    with browsing(server) as other:
        kept = server.http.put("preferences/favourites", json={"value": ["a.b", None, "ё"]})
        assert kept.status_code == 200, kept.text
        assert _told(other) == ("favourites", kept.json()["updated_at"])
        assert server.http.get("preferences/favourites").json() == kept.json()
        assert kept.json() in server.http.get("preferences").json()
        assert server.http.delete("preferences/favourites").status_code == 204
        assert _told(other) == ("favourites", None)
    assert server.http.get("preferences/favourites").status_code == 404
    assert server.http.delete("preferences/favourites").status_code == 204


def test_a_window_that_comes_back_hears_what_it_missed(server: Server) -> None:
    with browsing(server) as away:
        last = away.last
    server.http.put("preferences/missed", json={"value": 1}).raise_for_status()
    with browsing(server, last) as back:
        assert _told(back)[0] == "missed"


@pytest.mark.parametrize("key", ["A", "a b", "a" * 101, "..x", "ключ"])
def test_a_key_that_is_none_is_refused(server: Server, key: str) -> None:
    answer = server.http.put(f"preferences/{key}", json={"value": 1})
    assert answer.status_code == 400
    assert answer.json()["error"]["field"] == "key"


def test_a_value_that_is_too_large_changes_nothing(server: Server) -> None:
    server.http.put("preferences/small", json={"value": "x"}).raise_for_status()
    answer = server.http.put("preferences/small", json={"value": "x" * 70_000})
    assert answer.status_code == 413
    assert "65,536" in answer.json()["error"]["message"]
    assert server.http.get("preferences/small").json()["value"] == "x"


@pytest.mark.parametrize("body", [{}, {"value": 1, "more": 2}, [], "x"])
def test_a_body_without_a_value_is_refused(server: Server, body: object) -> None:
    assert server.http.put("preferences/k", json=body).status_code == 400
