"""What a running server knows."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from ...api import PREFIX
from ...client.credentials import credentials
from ...client.servers import has_toolbox, running_servers
from ...core.settings import Settings
from .state import KnownRun, KnownTool, named

#: Seconds for one answer: whoever presses a key waits no longer.
_ANSWER = 0.7


class Served:
    """`State` of a server; one that does not answer raises OSError, HTTPException or ValueError."""

    def __init__(self, url: str, api_key: str | None) -> None:
        self._url = urlsplit(url)
        self._api_key = api_key

    @cached_property
    def instance(self) -> str:
        return str(self._ask("health")["instance"])

    def tools(self) -> Sequence[KnownTool]:
        return self._tools

    @cached_property
    def _tools(self) -> list[KnownTool]:
        return [_tool(each) for each in self._ask("tools")]

    def tool(self, name: str) -> KnownTool | None:
        return _tool(self._ask(f"tools/{quote(name, safe='')}"))

    def presets(self, tool: KnownTool) -> Sequence[str]:
        return [each["name"] for each in self._ask("presets", tool=tool.name) if not each["problem"]]

    def runs(self, statuses: Sequence[str], limit: int) -> Sequence[KnownRun]:
        among = {"status": ",".join(statuses)} if statuses else {}
        found = self._ask("runs", limit=str(limit), **among)["items"]
        return [KnownRun(number=each["number"], tool=each["tool"], status=each["status"]) for each in found]

    def artifacts(self, run: str) -> Sequence[str]:
        return [each["name"] for each in self._ask(f"runs/{quote(run, safe='')}")["artifacts"]]

    def tags(self, run: str | None = None) -> Sequence[str]:
        if run is None:
            return [each["tag"] for each in self._ask("tags")]
        return list(self._ask(f"runs/{quote(run, safe='')}")["tags"])

    def schedules(self) -> Mapping[str, str]:
        return {each["name"] or each["id"]: each["tool"] for each in self._ask("schedules")["items"]}

    def workers(self) -> Mapping[str, str]:
        there = [each for each in self._ask("workers") if each["state"] != "stopped"]
        return named((each["id"], each["host"]) for each in there)

    def pages(self) -> Mapping[str, str]:
        # Those that come with a package belong to nobody, and stay.
        return {each["name"]: each["title"] for each in self._ask("dashboards") if each["owner"]}

    def _ask(self, path: str, **query: str) -> Any:
        kind = HTTPSConnection if self._url.scheme == "https" else HTTPConnection
        connection = kind(self._url.hostname or "", self._url.port, timeout=_ANSWER)
        try:
            where = f"{self._url.path.rstrip('/')}/{PREFIX}{path}"
            connection.request(
                "GET", f"{where}?{urlencode(query)}" if query else where, headers=credentials(self._api_key)
            )
            answer = connection.getresponse()
            if answer.status != 200:
                raise HTTPException(f"{answer.status} for {where}")
            return json.loads(answer.read())
        finally:
            connection.close()


def running(settings: Settings) -> Served | None:
    """A server of this user that answers and has the toolboxes, first one that shares our data."""
    until = time.monotonic() + _ANSWER
    found = []
    for server in running_servers():
        if (served := _answering(server.url, server.token)) is not None:
            found.append(served)
        # What was kept can still answer then.
        if time.monotonic() > until:
            break
    found.sort(key=lambda served: served.instance != settings.instance)
    for served in found:
        if all(has_toolbox(served.tools(), toolbox) for toolbox in settings.toolboxes):
            return served
    return None


def _answering(url: str, token: str) -> Served | None:
    served = Served(url, token)
    try:
        return served if served.instance else None
    except (OSError, HTTPException, ValueError, KeyError, TypeError):
        return None


def _tool(told: Mapping[str, Any]) -> KnownTool:
    return KnownTool(
        name=told["name"],
        short_name=told["short_name"],
        title=told["title"],
        toolbox=told["toolbox"],
        category=told["category"],
        path=told["path"],
        params_schema=told["params_schema"],
        can_run=told["error"] is None,
    )
