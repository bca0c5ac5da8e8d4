"""Schedules: list, add, look, change, pause, resume, remove; what became of their due times."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from ...core.errors import InvalidRequest
from ...core.ports import ScheduleFilter
from ...core.runs import Run
from ...core.schedules import Firing, Rule, Schedule, ScheduleState, firing_in_words
from ...services.events import abridged
from ...services.schedules import RuleRequest, ScheduleChange
from ..requests import Reply, Request
from ..schemas import NewSchedule, RuleRequestShape, ScheduleChanges

_PAGE, _MOST = 100, 500


def list_schedules(request: Request) -> Reply:
    query = request.query
    state = query.get("state", "")
    if state and state not in set(ScheduleState):
        raise InvalidRequest(f"There is no state {state[:50]!r}: {', '.join(ScheduleState)}.", field="state")
    where = ScheduleFilter(
        text=query.get("q", ""),
        tool=query.get("tool", ""),
        owner=request.user if query.get("owner") == "me" else query.get("owner", ""),
        state=state,
        run=query.get("run", ""),
    )
    limit = max(1, request.integer("limit", _PAGE, most=_MOST))
    items, total = request.product.schedules.page(where, limit=limit, offset=request.integer("offset", 0))
    now = request.product.schedules.now()
    return Reply(json={"items": [_json(one, request, now, count=1) for one in items], "total": total})


def add_schedule(request: Request) -> Reply:
    body: NewSchedule = request.body
    made = request.product.schedules.add(
        body.tool,
        body.params,
        _rule(body.rule),
        request.user,
        name=body.name,
        catch_up=body.catch_up,
        priority=body.priority,
    )
    return Reply(status=201, json=_whole(made, request))


def preview_schedule(request: Request) -> Reply:
    body: RuleRequestShape = request.body
    rule, due, now = request.product.schedules.preview(_rule(body))
    words = request.product.schedules.words(rule)
    return Reply(json={"rule": rule.to_json(), "words": words, "next": _due_json(due, rule, now)})


def get_schedule(request: Request) -> Reply:
    return Reply(json=_whole(request.product.schedules.get(request.path["id"]), request))


def change_schedule(request: Request) -> Reply:
    body: ScheduleChanges = request.body
    change = ScheduleChange(
        name=body.name,
        params=body.params,
        rule=None if body.rule is None else _rule(body.rule),
        catch_up=body.catch_up,
        priority=body.priority,
    )
    return Reply(
        json=_whole(request.product.schedules.change(request.path["id"], change, request.user), request)
    )


def pause_schedule(request: Request) -> Reply:
    return Reply(json=_whole(request.product.schedules.pause(request.path["id"], request.user), request))


def resume_schedule(request: Request) -> Reply:
    return Reply(json=_whole(request.product.schedules.resume(request.path["id"], request.user), request))


def remove_schedule(request: Request) -> Reply:
    request.product.schedules.remove(request.path["id"], request.user)
    return Reply(status=204)


def list_firings(request: Request) -> Reply:
    limit = max(1, request.integer("limit", _PAGE, most=_MOST))
    given = request.integer("before", 0, most=_LAST)
    before = datetime.fromtimestamp(given, UTC) if given else None
    found = request.product.schedules.firings(request.path["id"], limit=limit + 1, before=before)
    items = [_firing_json(firing, run) for firing, run in found[:limit]]
    following = int(found[limit - 1][0].due.timestamp()) if len(found) > limit else None
    return Reply(json={"items": items, "next": following})


#: The last second of the year 9999.
_LAST = 253_402_300_799


def _rule(shape: RuleRequestShape) -> RuleRequest:
    return RuleRequest(
        cron=shape.cron,
        every=shape.every,
        at=shape.at,
        after_run=shape.after_run,
        start=shape.start,
        condition=shape.condition,
        zone=shape.zone,
    )


def _whole(schedule: Schedule, request: Request) -> dict[str, Any]:
    return _json(schedule, request, request.product.schedules.now())


def _json(schedule: Schedule, request: Request, now: datetime, count: int = 10) -> dict[str, Any]:
    """`api.schemas.ScheduleShape`."""
    return {
        "id": schedule.id,
        "name": schedule.name,
        "tool": schedule.tool,
        "params": schedule.params,
        "rule": schedule.rule.to_json(),
        "words": request.product.schedules.words(schedule.rule),
        "owner": schedule.owner,
        "mine": schedule.owner == request.user,
        "catch_up": schedule.catch_up.value,
        "priority": schedule.priority.value,
        "state": schedule.state.value,
        "next": _due_json(schedule.coming(count), schedule.rule, now),
        "problem": schedule.problem,
        "last": schedule.last and _firing_json(schedule.last, schedule.last_run),
        "created_at": _iso(schedule.created_at),
        "updated_at": _iso(schedule.updated_at),
    }


def _due_json(due: Sequence[datetime], rule: Rule, now: datetime) -> list[dict[str, Any]]:
    return [{"at": _iso(each), "words": firing_in_words(each, rule.zone, now)} for each in due]


def _firing_json(firing: Firing, run: Run | None) -> dict[str, Any]:
    return {
        "due": _iso(firing.due),
        "outcome": firing.outcome.value,
        "fired_at": _iso(firing.fired_at),
        "run": firing.run,
        "problem": firing.problem,
        "missed": firing.missed,
        "run_shape": None if run is None else abridged(run.to_json()),
    }


def _iso(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat().replace("+00:00", "Z")
