"""The one table of routes. Handlers, the in-process client, OpenAPI and the TypeScript types follow from it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from .operations import (
    artifacts,
    batches,
    dashboards,
    health,
    history,
    logs,
    preferences,
    presets,
    runs,
    schedules,
    toolboxes,
    tools,
    uploads,
    workers,
)
from .requests import Reply, Request
from .schemas import (
    AddToolbox,
    ArchiveAnswer,
    ArtifactPage,
    ArtifactShape,
    BatchChange,
    BatchPage,
    BatchRows,
    BatchShape,
    BulkAnswer,
    BulkRequest,
    CodeShape,
    DashboardShape,
    DefaultPreset,
    DurationShape,
    FiringPage,
    ForecastShape,
    FoundArtifact,
    GraphAnswer,
    GroupShape,
    Health,
    JsonAnswer,
    LogLinesShape,
    LogMatches,
    NewBatch,
    NewBatchAnswer,
    NewPreset,
    NewSchedule,
    NewUpload,
    PreferenceShape,
    PresetChange,
    PresetShape,
    Publish,
    PutPreference,
    RulePreview,
    RuleRequestShape,
    RunChain,
    RunChanges,
    RunPage,
    RunsBefore,
    RunShape,
    ScheduleChanges,
    SchedulePage,
    ScheduleShape,
    Shape,
    SubmitRequest,
    TablePage,
    TagShape,
    TimelineShape,
    ToolboxShape,
    ToolShape,
    UploadLimits,
    UploadShape,
    WorkerShape,
)

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Action = Literal["read", "write", "execute"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One word of the query."""

    name: str
    type: Literal["string", "integer", "number"]
    description: str


@dataclass(frozen=True, kw_only=True)
class Route:
    method: Method
    #: Relative to ``api.PREFIX``; ``{name}`` stands for one part of the path.
    path: str
    #: Unique; the operation's id in OpenAPI.
    name: str
    summary: str
    action: Action
    resource: str
    function: Callable[[Request], Reply]
    query: tuple[Parameter, ...] = ()
    body: type[Shape] | None = None
    #: The body is handed on as the bytes that it is.
    binary: bool = False
    #: Type of the JSON that is answered; None where ``media_type`` says what comes instead.
    answer: Any = None
    media_type: str = "application/json"
    status: int = 200
    #: With ``?wait=SECONDS`` the answer waits until this is true.
    ready: Callable[[Request], bool] | None = None

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path))


_WAIT = Parameter("wait", "number", "Seconds to wait for something new before answering, 60 at most")

_ATTEMPT = Parameter("attempt", "integer", "Number of the attempt; the last one where it is left out")

_VERSION = Parameter("version", "string", "An earlier version that a run was made of, or its beginning")

_TOOLS = (
    Route(
        method="GET",
        path="tools",
        name="list_tools",
        summary="Tools, best match first; by category and title without a query",
        action="read",
        resource="toolrunner:tools",
        function=tools.list_tools,
        query=(
            Parameter("q", "string", "Words to look for"),
            Parameter("category", "string", "Only tools of this category"),
        ),
        answer=list[ToolShape],
    ),
    Route(
        method="GET",
        path="tools/{name}",
        name="get_tool",
        summary="One tool, with its source",
        action="read",
        resource="toolrunner:tools",
        function=tools.get_tool,
        query=(_VERSION,),
        answer=ToolShape,
    ),
    Route(
        method="GET",
        path="tools/{name}/code",
        name="get_code",
        summary="The files that a tool runs: its own, and those that it imports beside itself",
        action="read",
        resource="toolrunner:tools",
        function=tools.get_code,
        query=(_VERSION,),
        answer=CodeShape,
    ),
    Route(
        method="GET",
        path="tools/{name}/forecast",
        name="get_forecast",
        summary="How long runs of a tool will take, learnt from its latest ones: four of five end between low and high",
        action="read",
        resource="toolrunner:runs",
        function=tools.get_forecast,
        query=(Parameter("runs", "integer", "How many; 1 where it is left out"),),
        answer=ForecastShape,
    ),
)

_TOOLBOXES = (
    Route(
        method="GET",
        path="toolboxes",
        name="list_toolboxes",
        summary="Where the tools come from",
        action="read",
        resource="toolrunner:toolboxes",
        function=toolboxes.list_toolboxes,
        answer=list[ToolboxShape],
    ),
    Route(
        method="POST",
        path="toolboxes",
        name="add_toolbox",
        summary="Add a folder or a script to stay; its files are run to read their params",
        action="execute",
        resource="toolrunner:toolboxes",
        function=toolboxes.add_toolbox,
        body=AddToolbox,
        answer=ToolboxShape,
        status=201,
    ),
    Route(
        method="DELETE",
        path="toolboxes/{id}",
        name="remove_toolbox",
        summary="Remove a toolbox that was added; its files and its runs stay",
        action="write",
        resource="toolrunner:toolboxes",
        function=toolboxes.remove_toolbox,
        status=204,
    ),
)

_FILTER = (
    Parameter("tool", "string", "Only runs of these tools, separated by commas"),
    Parameter("status", "string", "Only these statuses, separated by commas"),
    Parameter("reason", "string", "Only runs that failed for these reasons, separated by commas"),
    Parameter("owner", "string", "Only runs of these users, separated by commas; `me` for who asks"),
    Parameter("tag", "string", "Only runs with all of these tags, separated by commas"),
    Parameter(
        "chain",
        "string",
        "Only runs of these chains, separated by commas: ids of the runs that they began with, `chain` of a run, "
        "or its own id where that is null",
    ),
    Parameter(
        "created_from", "string", "Only runs that were submitted then or later, such as 2026-03-09T14:00:00Z"
    ),
    Parameter("created_before", "string", "Only runs that were submitted before then"),
    Parameter("shortest", "number", "Only runs that took so many seconds or more"),
    Parameter("longest", "number", "Only runs that took so many seconds or less"),
    Parameter(
        "param",
        "string",
        "Only runs whose params have all of these values, separated by commas: a name, one of = != > < >= <= ~ (contains), "
        'and a value, such as damping>=0.9; double quotes keep a comma: name="a, b"',
    ),
    Parameter("q", "string", "Only runs with all of these words in the tool's name, the params or the note"),
)

_DASHBOARDS = (
    Route(
        method="GET",
        path="dashboards",
        name="list_dashboards",
        summary="Notebooks that were published as pages",
        action="read",
        resource="toolrunner:dashboards",
        function=dashboards.list_dashboards,
        answer=list[DashboardShape],
    ),
    Route(
        method="POST",
        path="dashboards",
        name="publish_dashboard",
        summary="Publish a notebook as a page, with the results that it has now",
        action="execute",
        resource="toolrunner:dashboards",
        function=dashboards.publish_dashboard,
        body=Publish,
        answer=DashboardShape,
        status=201,
    ),
    Route(
        method="DELETE",
        path="dashboards/{name}",
        name="withdraw_dashboard",
        summary="Take a page away; its notebook stays",
        action="write",
        resource="toolrunner:dashboards",
        function=dashboards.withdraw_dashboard,
        status=204,
    ),
)

_HISTORY = (
    Route(
        method="GET",
        path="runs",
        name="list_runs",
        summary="Runs, newest first. While words are looked for, a page may be short, or empty, and yet have a next one",
        action="read",
        resource="toolrunner:runs",
        function=history.list_runs,
        query=(
            *_FILTER,
            Parameter(
                "sort",
                "string",
                "number, created, started, duration, tool, status, or queue for the order in which waiting runs start; "
                "with a minus before it the other way round; -number where it is left out",
            ),
            Parameter("limit", "integer", "Runs on one page, 500 at most"),
            Parameter("cursor", "string", "Where the page starts: `next` of the page before"),
        ),
        answer=RunPage,
    ),
    Route(
        method="GET",
        path="runs/timeline",
        name="get_timeline",
        summary="When runs were submitted and how long they took, as points of one or more; how many there are",
        action="read",
        resource="toolrunner:runs",
        function=history.get_timeline,
        query=_FILTER,
        answer=TimelineShape,
    ),
    Route(
        method="GET",
        path="runs/groups",
        name="list_groups",
        summary="Runs that have something in common, counted; those with the newest runs first, 500 at most",
        action="read",
        resource="toolrunner:runs",
        function=history.list_groups,
        query=(
            *_FILTER,
            Parameter(
                "by", "string", "tool, day, owner, status, or chain for a run and all that were made from it"
            ),
            Parameter("offset", "integer", "Minutes from UTC to the time zone that days are meant in"),
        ),
        answer=list[GroupShape],
    ),
    Route(
        method="GET",
        path="runs/durations",
        name="list_durations",
        summary="How long the latest successful runs of tools took: four of five of them lie between low and high",
        action="read",
        resource="toolrunner:runs",
        function=history.list_durations,
        query=(Parameter("tool", "string", "Names of tools, separated by commas, 100 at most"),),
        answer=dict[str, DurationShape],
    ),
    Route(
        method="POST",
        path="runs/bulk",
        name="change_many",
        summary="Do the same with many runs, 1,000 at most; each says what became of it",
        action="execute",
        resource="toolrunner:runs",
        function=history.change_many,
        body=BulkRequest,
        answer=BulkAnswer,
    ),
)

_BATCHES = (
    Route(
        method="POST",
        path="batches",
        name="submit_batch",
        summary="Submit a run for each row of params, all of them or none; every row that is not valid is told",
        action="execute",
        resource="toolrunner:runs",
        function=batches.submit_batch,
        body=NewBatch,
        answer=NewBatchAnswer,
        status=201,
    ),
    Route(
        method="GET",
        path="batches",
        name="list_batches",
        summary="Batches, newest first",
        action="read",
        resource="toolrunner:runs",
        function=batches.list_batches,
        query=(
            Parameter("limit", "integer", "At most so many, 500 at most"),
            Parameter("before", "integer", "Only those with smaller numbers"),
        ),
        answer=BatchPage,
    ),
    Route(
        method="GET",
        path="batches/{id}",
        name="get_batch",
        summary="One batch by id or number, with how many of its runs there are of each status",
        action="read",
        resource="toolrunner:runs",
        function=batches.get_batch,
        query=(_WAIT,),
        answer=BatchShape,
        ready=batches.is_batch_final,
    ),
    Route(
        method="GET",
        path="batches/{id}/rows",
        name="list_batch_rows",
        summary="The runs of a batch, by row",
        action="read",
        resource="toolrunner:runs",
        function=batches.list_batch_rows,
        query=(
            Parameter("limit", "integer", "At most so many, 500 at most"),
            Parameter("after", "integer", "Only rows behind this one"),
            Parameter("status", "string", "Only runs of these statuses, separated by commas"),
        ),
        answer=BatchRows,
    ),
    Route(
        method="GET",
        path="batches/{id}/table",
        name="get_batch_table",
        summary="What came of each row, as one table: its run, its params, and its result in columns",
        action="read",
        resource="toolrunner:runs",
        function=batches.get_batch_table,
        media_type="text/csv",
    ),
    Route(
        method="POST",
        path="batches/{id}/retry",
        name="retry_batch",
        summary="Have the runs of a batch that failed or were canceled run again",
        action="execute",
        resource="toolrunner:runs",
        function=batches.retry_batch,
        answer=BatchChange,
    ),
    Route(
        method="POST",
        path="batches/{id}/cancel",
        name="cancel_batch",
        summary="End the runs of a batch that have not ended",
        action="execute",
        resource="toolrunner:runs",
        function=batches.cancel_batch,
        answer=BatchChange,
    ),
)

_SCHEDULES = (
    Route(
        method="GET",
        path="schedules",
        name="list_schedules",
        summary="When tools are run by themselves; what is due first comes first",
        action="read",
        resource="toolrunner:schedules",
        function=schedules.list_schedules,
        query=(
            Parameter("q", "string", "Part of the schedule's or the tool's name"),
            Parameter("tool", "string", "Only of this tool, by its full name"),
            Parameter("owner", "string", "Only of this user; `me` for who asks"),
            Parameter("state", "string", "active, paused or ended"),
            Parameter("run", "string", "Only the one that made the run of this id"),
            Parameter("limit", "integer", "Schedules at most, 500 in any case"),
            Parameter("offset", "integer", "Schedules to leave out at the beginning"),
        ),
        answer=SchedulePage,
    ),
    Route(
        method="POST",
        path="schedules",
        name="add_schedule",
        summary="Have a tool run by itself; its params are checked now, and again each time",
        action="execute",
        resource="toolrunner:schedules",
        function=schedules.add_schedule,
        body=NewSchedule,
        answer=ScheduleShape,
        status=201,
    ),
    Route(
        method="POST",
        path="schedules/preview",
        name="preview_schedule",
        summary="What a rule means, in words, and its next ten firings; nothing is kept",
        action="read",
        resource="toolrunner:schedules",
        function=schedules.preview_schedule,
        body=RuleRequestShape,
        answer=RulePreview,
    ),
    Route(
        method="GET",
        path="schedules/{id}",
        name="get_schedule",
        summary="One schedule with its next ten firings",
        action="read",
        resource="toolrunner:schedules",
        function=schedules.get_schedule,
        answer=ScheduleShape,
    ),
    Route(
        method="PATCH",
        path="schedules/{id}",
        name="change_schedule",
        summary="Change a schedule; with another rule, one that ended goes on",
        action="execute",
        resource="toolrunner:schedules",
        function=schedules.change_schedule,
        body=ScheduleChanges,
        answer=ScheduleShape,
    ),
    Route(
        method="DELETE",
        path="schedules/{id}",
        name="remove_schedule",
        summary="Remove a schedule; its runs stay",
        action="write",
        resource="toolrunner:schedules",
        function=schedules.remove_schedule,
        status=204,
    ),
    Route(
        method="POST",
        path="schedules/{id}/pause",
        name="pause_schedule",
        summary="Nothing fires from now on; what falls into the pause never does",
        action="execute",
        resource="toolrunner:schedules",
        function=schedules.pause_schedule,
        answer=ScheduleShape,
    ),
    Route(
        method="POST",
        path="schedules/{id}/resume",
        name="resume_schedule",
        summary="Go on with what is due from now on",
        action="execute",
        resource="toolrunner:schedules",
        function=schedules.resume_schedule,
        answer=ScheduleShape,
    ),
    Route(
        method="GET",
        path="schedules/{id}/firings",
        name="list_firings",
        summary="What became of the due times of a schedule, with the runs; the latest first",
        action="read",
        resource="toolrunner:schedules",
        function=schedules.list_firings,
        query=(
            Parameter("limit", "integer", "Due times at most, 500 in any case"),
            Parameter(
                "before", "integer", "Only those due before, in Unix seconds: `next` of the page before"
            ),
        ),
        answer=FiringPage,
    ),
)

_RUNS = (
    Route(
        method="POST",
        path="runs",
        name="submit_run",
        summary="Submit a run; 201 means that it is committed. An Idempotency-Key makes a repeated submit the same run",
        action="execute",
        resource="toolrunner:runs",
        function=runs.submit_run,
        body=SubmitRequest,
        answer=RunShape,
        status=201,
    ),
    Route(
        method="GET",
        path="runs/{id}",
        name="get_run",
        summary="One run by id or number, with its attempts",
        action="read",
        resource="toolrunner:runs",
        function=runs.get_run,
        query=(_WAIT,),
        answer=RunShape,
        ready=runs.is_run_final,
    ),
    Route(
        method="GET",
        path="runs/{id}/before",
        name="get_runs_before",
        summary="The runs of the same tool that a run is compared with",
        action="read",
        resource="toolrunner:runs",
        function=runs.get_runs_before,
        answer=RunsBefore,
    ),
    Route(
        method="GET",
        path="runs/{id}/chain",
        name="get_chain",
        summary="The runs that this one was made from, and those that were made from any of them: 100 at most",
        action="read",
        resource="toolrunner:runs",
        function=runs.get_chain,
        answer=RunChain,
    ),
    Route(
        method="GET",
        path="runs/{id}/code",
        name="get_run_code",
        summary="The files that a run ran, as they were",
        action="read",
        resource="toolrunner:runs",
        function=runs.get_run_code,
        answer=CodeShape,
    ),
    Route(
        method="PATCH",
        path="runs/{id}",
        name="edit_run",
        summary="Change tags and note of a run at any time, its params and priority while it waits",
        action="execute",
        resource="toolrunner:runs",
        function=runs.edit_run,
        body=RunChanges,
        answer=RunShape,
    ),
    Route(
        method="GET",
        path="tags",
        name="list_tags",
        summary="The tags that runs have, those of the newest runs first",
        action="read",
        resource="toolrunner:runs",
        function=runs.list_tags,
        query=(Parameter("limit", "integer", "Tags at most, 1000 in any case"),),
        answer=list[TagShape],
    ),
    Route(
        method="POST",
        path="runs/{id}/cancel",
        name="cancel_run",
        summary="Cancel a run: at once while it waits, within two seconds while it runs",
        action="execute",
        resource="toolrunner:runs",
        function=runs.cancel_run,
        answer=RunShape,
    ),
    Route(
        method="POST",
        path="runs/{id}/retry",
        name="retry_run",
        summary="Make one more attempt of a failed or canceled run; the next one at once of a run that waits for it",
        action="execute",
        resource="toolrunner:runs",
        function=runs.retry_run,
        answer=RunShape,
    ),
    Route(
        method="GET",
        path="runs/{id}/log",
        name="get_log",
        summary="The log of an attempt from a byte on; X-Log-Next is where to go on, X-Log-Complete whether more can come",
        action="read",
        resource="toolrunner:runs",
        function=logs.get_log,
        query=(
            Parameter("offset", "integer", "First byte; a negative one counts from the end"),
            Parameter("limit", "integer", "Bytes at most"),
            _ATTEMPT,
            _WAIT,
        ),
        media_type="text/plain",
        ready=logs.has_more_log,
    ),
    Route(
        method="GET",
        path="runs/{id}/log/lines",
        name="get_log_lines",
        summary="Some lines of the log of an attempt, from anywhere in it",
        action="read",
        resource="toolrunner:runs",
        function=logs.get_log_lines,
        query=(
            Parameter("first", "integer", "First line, from 0; a negative one counts from the end"),
            Parameter("count", "integer", "Lines at most, 2000 in any case"),
            _ATTEMPT,
        ),
        answer=LogLinesShape,
    ),
    Route(
        method="GET",
        path="runs/{id}/log/search",
        name="search_log",
        summary="The lines of the log of an attempt that hold a text, some megabytes at a time",
        action="read",
        resource="toolrunner:runs",
        function=logs.search_log,
        query=(
            Parameter("q", "string", "What to look for, in either case"),
            Parameter("offset", "integer", "Byte to start from: `next` of the answer before"),
            _ATTEMPT,
        ),
        answer=LogMatches,
    ),
)

_ARTIFACTS = (
    Route(
        method="GET",
        path="runs/{id}/artifacts",
        name="list_artifacts",
        summary="The files that a run produced",
        action="read",
        resource="toolrunner:artifacts",
        function=artifacts.list_artifacts,
        answer=list[ArtifactShape],
    ),
    Route(
        method="GET",
        path="artifacts",
        name="find_artifacts",
        summary="Artifacts of runs that succeeded, newest first",
        action="read",
        resource="toolrunner:artifacts",
        function=artifacts.find_artifacts,
        query=(
            Parameter(
                "accept",
                "string",
                "Endings (.csv) and media types (image/*), separated by commas: one must fit",
            ),
            Parameter("name", "string", "Part of the name"),
            Parameter("limit", "integer", "Artifacts on one page, 200 at most"),
            Parameter("cursor", "string", "Where the page starts: `next` of the page before"),
        ),
        answer=ArtifactPage,
    ),
    Route(
        method="GET",
        path="artifacts/{id}",
        name="get_artifact",
        summary="The content of an artifact, in a sandbox of its own",
        action="read",
        resource="toolrunner:artifacts",
        function=artifacts.get_artifact,
        query=(Parameter("download", "integer", "1 to have it saved instead of shown"),),
        media_type="application/octet-stream",
    ),
    Route(
        method="GET",
        path="artifacts/{id}/facts",
        name="describe_artifact",
        summary="What an artifact or an upload is called, and which run made it",
        action="read",
        resource="toolrunner:artifacts",
        function=artifacts.describe_artifact,
        answer=FoundArtifact,
    ),
    Route(
        method="GET",
        path="artifacts/{id}/table",
        name="get_table",
        summary="Some rows of an artifact that is a table",
        action="read",
        resource="toolrunner:artifacts",
        function=artifacts.get_table,
        query=(
            Parameter("offset", "integer", "First row"),
            Parameter("limit", "integer", "Rows, 1000 at most"),
            Parameter(
                "sort", "string", "Numbers of columns, from 0, each with :asc or :desc, separated by commas"
            ),
            Parameter(
                "filter",
                "string",
                "A JSON list of objects with column (a number), op (contains, lacks, equals, differs, at_least, at_most,"
                " empty, filled) and value; a row fits all of them",
            ),
            Parameter("q", "string", "Text that some cell of the row holds"),
        ),
        answer=TablePage,
    ),
    Route(
        method="GET",
        path="artifacts/{id}/json",
        name="get_json",
        summary="One value of an artifact that is JSON, with some of its children",
        action="read",
        resource="toolrunner:artifacts",
        function=artifacts.get_json,
        query=(
            Parameter("at", "integer", "First byte of the value; the whole one where it is left out"),
            Parameter("offset", "integer", "First child"),
            Parameter("limit", "integer", "Children, 1000 at most"),
        ),
        answer=JsonAnswer,
    ),
    Route(
        method="GET",
        path="artifacts/{id}/entries",
        name="get_entries",
        summary="What an artifact that is an archive holds; nothing is unpacked",
        action="read",
        resource="toolrunner:artifacts",
        function=artifacts.get_entries,
        answer=ArchiveAnswer,
    ),
    Route(
        method="GET",
        path="artifacts/{id}/graph",
        name="get_graph",
        summary="An artifact that is a graph, with a place for each node",
        action="read",
        resource="toolrunner:artifacts",
        function=artifacts.get_graph,
        answer=GraphAnswer,
    ),
    Route(
        method="GET",
        path="artifacts/{id}/thumbnail",
        name="get_thumbnail",
        summary="A smaller picture of an artifact that is an image; 202 while it is made",
        action="read",
        resource="toolrunner:artifacts",
        function=artifacts.get_thumbnail,
        query=(Parameter("size", "integer", "Pixels of the longer side, about"),),
        media_type="image/png",
    ),
)

_PREFERENCES = (
    Route(
        method="GET",
        path="preferences",
        name="list_preferences",
        summary="The small state of the user who asks, by key",
        action="read",
        resource="toolrunner:preferences",
        function=preferences.list_preferences,
        answer=list[PreferenceShape],
    ),
    Route(
        method="GET",
        path="preferences/{key}",
        name="get_preference",
        summary="One preference of the user who asks",
        action="read",
        resource="toolrunner:preferences",
        function=preferences.get_preference,
        answer=PreferenceShape,
    ),
    Route(
        method="PUT",
        path="preferences/{key}",
        name="put_preference",
        summary="Keep a value, in all windows of the user who asks; 64 KiB at most",
        action="write",
        resource="toolrunner:preferences",
        function=preferences.put_preference,
        body=PutPreference,
        answer=PreferenceShape,
    ),
    Route(
        method="DELETE",
        path="preferences/{key}",
        name="delete_preference",
        summary="Forget a value; also one that is not there",
        action="write",
        resource="toolrunner:preferences",
        function=preferences.delete_preference,
        status=204,
    ),
)

_PRESETS = (
    Route(
        method="GET",
        path="presets",
        name="list_presets",
        summary="Presets of a tool by name: your own, shared ones, and files under templates/presets",
        action="read",
        resource="toolrunner:presets",
        function=presets.list_presets,
        query=(Parameter("tool", "string", "Name of the tool"),),
        answer=list[PresetShape],
    ),
    Route(
        method="POST",
        path="presets",
        name="save_preset",
        summary="Keep values under a name",
        action="write",
        resource="toolrunner:presets",
        function=presets.save_preset,
        body=NewPreset,
        answer=PresetShape,
        status=201,
    ),
    Route(
        method="PUT",
        path="presets/default",
        name="set_default_preset",
        summary="Choose what your form of a tool opens with",
        action="write",
        resource="toolrunner:presets",
        function=presets.set_default_preset,
        body=DefaultPreset,
        answer=list[PresetShape],
    ),
    Route(
        method="PATCH",
        path="presets/{id}",
        name="change_preset",
        summary="Rename a preset of yours, share it, or give it other values",
        action="write",
        resource="toolrunner:presets",
        function=presets.change_preset,
        body=PresetChange,
        answer=PresetShape,
    ),
    Route(
        method="DELETE",
        path="presets/{id}",
        name="delete_preset",
        summary="Delete a preset of yours",
        action="write",
        resource="toolrunner:presets",
        function=presets.delete_preset,
        answer=PresetShape,
    ),
)

_UPLOADS = (
    Route(
        method="GET",
        path="uploads",
        name="get_upload_limits",
        summary="How large a file may be",
        action="read",
        resource="toolrunner:uploads",
        function=uploads.get_limits,
        answer=UploadLimits,
    ),
    Route(
        method="POST",
        path="uploads",
        name="begin_upload",
        summary="Announce a file that will be sent piece by piece",
        action="write",
        resource="toolrunner:uploads",
        function=uploads.begin_upload,
        body=NewUpload,
        answer=UploadShape,
        status=201,
    ),
    Route(
        method="GET",
        path="uploads/{id}",
        name="get_upload",
        summary="How much of a file is here",
        action="read",
        resource="toolrunner:uploads",
        function=uploads.get_upload,
        answer=UploadShape,
    ),
    Route(
        method="PUT",
        path="uploads/{id}",
        name="write_upload",
        summary="Send the next piece of a file, as it is; 409 where it does not begin at what is here",
        action="write",
        resource="toolrunner:uploads",
        function=uploads.write_upload,
        query=(
            Parameter("offset", "integer", "First byte of the piece"),
            Parameter("digest", "string", "SHA-256 of the piece in hex; it is compared"),
        ),
        binary=True,
        answer=UploadShape,
    ),
    Route(
        method="POST",
        path="uploads/{id}/finish",
        name="finish_upload",
        summary='Close a file that is here whole; {"artifact": id} is a value for fields from then on',
        action="write",
        resource="toolrunner:uploads",
        function=uploads.finish_upload,
        query=(Parameter("digest", "string", "SHA-256 of the whole in hex; it is compared"),),
        answer=UploadShape,
    ),
    Route(
        method="DELETE",
        path="uploads/{id}",
        name="remove_upload",
        summary="Remove a file that nothing uses",
        action="write",
        resource="toolrunner:uploads",
        function=uploads.remove_upload,
        answer=UploadShape,
    ),
)

_WORKERS = (
    Route(
        method="GET",
        path="workers",
        name="list_workers",
        summary="The workers that are up, what they run, and what they ended in the last half hour",
        action="read",
        resource="toolrunner:workers",
        function=workers.list_workers,
        answer=list[WorkerShape],
    ),
)

_HEALTH = (
    Route(
        method="GET",
        path="health",
        name="get_health",
        summary="Whether database, queue and workers do their work",
        action="read",
        resource="toolrunner:health",
        function=health.get_health,
        answer=Health,
    ),
)

ROUTES: tuple[Route, ...] = (
    *_TOOLS,
    *_TOOLBOXES,
    *_DASHBOARDS,
    *_HISTORY,
    *_BATCHES,
    *_SCHEDULES,
    *_RUNS,
    *_ARTIFACTS,
    *_PREFERENCES,
    *_PRESETS,
    *_UPLOADS,
    *_WORKERS,
    *_HEALTH,
)
