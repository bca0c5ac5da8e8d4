"""Handles of schedules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Self

from ...api.schemas import DueShape, FiringShape, ScheduleShape
from ...core.runs import Priority
from ...core.schedules import CatchUp, RunCondition
from ..errors import raise_for
from ..params import encode_params
from ..rules import rule_json
from ..transport import AsyncTransport
from ..values import read
from .runs import AsyncRun

#: Due times of one answer.
_PAGE = 100


class AsyncSchedule:
    """When a tool is run by itself, as of the last answer; ``refresh()`` asks again."""

    def __init__(self, transport: AsyncTransport, data: Any) -> None:
        self.transport = transport
        self._shape = read(ScheduleShape, data)

    @property
    def id(self) -> str:
        return self._shape.id

    @property
    def name(self) -> str:
        return self._shape.name

    @property
    def tool(self) -> str:
        return self._shape.tool

    @property
    def params(self) -> dict[str, Any]:
        return self._shape.params

    @property
    def state(self) -> str:
        """active, paused or ended."""
        return self._shape.state.value

    @property
    def words(self) -> str:
        """When, in words."""
        return self._shape.words

    @property
    def next(self) -> list[DueShape]:
        """The firings that come, ten at most, each with ``at`` and ``words``; in a list of schedules the first one."""
        return list(self._shape.next)

    @property
    def last(self) -> FiringShape | None:
        """The last due time that was handled."""
        return self._shape.last

    @property
    def problem(self) -> str | None:
        """Why it could not be run last."""
        return self._shape.problem

    @property
    def shape(self) -> ScheduleShape:
        """All of it, as the wire has it."""
        return self._shape

    async def refresh(self) -> Self:
        return await self._ask("GET", "")

    async def pause(self) -> Self:
        """From now on nothing fires; what falls into the pause never does."""
        return await self._ask("POST", "/pause")

    async def resume(self) -> Self:
        """Go on with what is due from now on."""
        return await self._ask("POST", "/resume")

    async def change(
        self,
        *,
        name: str | None = None,
        params: Mapping[str, Any] | None = None,
        catch_up: CatchUp | str | None = None,
        priority: Priority | str | None = None,
        cron: str | None = None,
        every: str | float | timedelta | None = None,
        at: datetime | str | None = None,
        after_run: str | int | AsyncRun | None = None,
        condition: RunCondition | str = RunCondition.ENDED,
        start: datetime | str | None = None,
        zone: str | None = None,
    ) -> Self:
        """What is left out stays; for another time, one of cron, every, at and after_run is given."""
        run = after_run.id if isinstance(after_run, AsyncRun) else after_run
        is_rule = any(each is not None for each in (cron, every, at, run))
        given = {
            "name": name,
            "params": None if params is None else encode_params(params),
            "catch_up": None if catch_up is None else CatchUp(catch_up).value,
            "priority": None if priority is None else Priority(priority).value,
            "rule": rule_json(
                cron=cron, every=every, at=at, after_run=run, condition=condition, start=start, zone=zone
            )
            if is_rule
            else None,
        }
        return await self._ask("PATCH", "", {key: value for key, value in given.items() if value is not None})

    async def remove(self) -> None:
        """Its runs stay."""
        raise_for(await self.transport.request("DELETE", f"schedules/{self.id}"))

    async def firings(self, limit: int = 50) -> list[FiringShape]:
        """What became of its due times, the latest first."""
        found: list[FiringShape] = []
        before: int | None = None
        while len(found) < limit:
            query = {"limit": str(min(_PAGE, limit - len(found)))}
            if before is not None:
                query["before"] = str(before)
            response = await self.transport.request("GET", f"schedules/{self.id}/firings", query=query)
            raise_for(response)
            page = response.json()
            found += [read(FiringShape, item) for item in page["items"]]
            before = page["next"]
            if before is None:
                break
        return found

    async def runs(self, limit: int = 50) -> list[AsyncRun]:
        """Those that it made among its last due times, the newest first."""
        made = await self.firings(limit)
        return [
            AsyncRun(self.transport, each.run_shape.model_dump(mode="json"))
            for each in made
            if each.run_shape is not None
        ]

    async def _ask(self, method: str, path: str, json: Any = None) -> Self:
        response = await self.transport.request(method, f"schedules/{self.id}{path}", json=json)
        raise_for(response)
        self._shape = read(ScheduleShape, response.json())
        return self

    def __repr__(self) -> str:
        name = f"{self.name!r} of " if self.name else ""
        return f"<Schedule {name}{self.tool}: {self.words}, {self.state}>"
