"""The shapes on the wire: REST, WebSocket and ``--json``. OpenAPI and the TypeScript types are generated from them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ..core.after import Rule
from ..core.runs import Priority, Reason, RunStatus
from ..core.schedules import CatchUp, Outcome, RunCondition, ScheduleState
from ..core.tools import Delivery, ToolKind
from ..core.workers import MOST_WORKERS


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)


class ProblemShape(Shape):
    """One value that is not valid."""

    field: str = Field(description="Such as `depth`, `names[2]` or `data row 3, depth`; empty for the whole")
    message: str


class ErrorDetail(Shape):
    """What went wrong, and what to do about it."""

    code: str
    message: str
    field: str | None = None
    hint: str | None = None
    problems: list[ProblemShape] | None = Field(
        None, description="Of `invalid_params`: each value that is not valid, the first 1,000 of them"
    )


class ErrorAnswer(Shape):
    error: ErrorDetail


class ToolErrorShape(Shape):
    """Why a tool that is listed cannot run."""

    message: str
    path: str | None = None
    line: int | None = None
    hint: str | None = None
    traceback: str | None = None


class LimitsShape(Shape):
    """What a run of a tool may take, as far as the tool itself says so; what it leaves open the worker decides."""

    time_limit: float | None = Field(None, description="Seconds")
    memory_limit: int | None = Field(None, description="Bytes of all processes of the run")
    output_limit: int | None = Field(None, description="Bytes of all files that the run writes")
    process_limit: int | None = Field(None, description="Processes at a time")
    open_files_limit: int | None = Field(None, description="Files that each process has open")


class TextsShape(Shape):
    """What is said of a param in one language."""

    title: str | None = None
    description: str | None = None


class TranslationShape(Shape):
    """What is said of a tool in one language; what is missing is as in the tool."""

    title: str | None = None
    description: str | None = None
    category: str | None = None
    params: dict[str, TextsShape] = {}


class ToolShape(Shape):
    """A tool, as `GET tools` and `GET tools/{name}` answer it."""

    name: Annotated[str, Field(description="Full name: toolbox.tool")]
    short_name: str
    toolbox: str
    title: str
    category: str
    tags: list[str]
    icon: str = Field("", description="Name of a drawing, such as graph or table")
    translations: dict[str, TranslationShape] = Field({}, description="By language, such as ru")
    kind: ToolKind
    version: str
    description: str
    params_schema: dict[str, Any]
    delivery: Delivery
    attempts: int = Field(1, description="Attempts that are made by themselves at most")
    retried: list[Reason] = Field(
        [], description="Reasons of a failure after which it is tried again by itself"
    )
    limits: LimitsShape = LimitsShape()
    warm: bool = Field(False, description="Whether one process serves run after run")
    reuse: bool | None = Field(
        None,
        description="Whether a run takes the result of an earlier one that was the same; false where it never may, null "
        "where it does when that is asked for",
    )
    path: str | None = Field(None, description="File that defines the tool")
    error: ToolErrorShape | None = None
    notice: str | None = None
    source: str | None = Field(None, description="Only where one tool was asked for")


class CodeFileShape(Shape):
    path: str
    text: str
    main: bool = Field(description="Whether the tool is in it; the others are what it imports beside itself")


class CodeShape(Shape):
    """The files that a version of a tool runs."""

    tool: str
    version: str
    files: list[CodeFileShape] = Field(description="The tool's own first; empty where none was kept")


class ToolboxShape(Shape):
    """A source of tools."""

    id: str
    title: str
    place: str = Field(description="Its folder, file or module")
    added: bool = Field(description="Whether it was added by people, and may be removed by them")
    tools: int = Field(description="Tools that were read so far")
    reading: bool
    problems: list[str]


class AddToolbox(Shape):
    """A folder of scripts, or one script; it is read by running its files up to where they take their arguments."""

    path: str = Field(description="Absolute path on the server")


class DashboardShape(Shape):
    """A notebook that was published as a page, with the results that it had then."""

    name: str = Field(description="Its address: `toolrunner/dashboards/NAME`")
    title: str
    path: str = Field(description="The notebook in the server's folder; empty for one that came as a file")
    live: bool = Field(description="Whether something in it moves only with a kernel")
    owner: str
    published_at: datetime | None = None

    model_config = ConfigDict(extra="ignore", frozen=True, from_attributes=True)


class Publish(Shape):
    """Show a notebook as it is now; one that was published before is replaced, under its address."""

    notebook: dict[str, Any] = Field(description="As its file has it, with its outputs")
    path: str = Field(
        default="", description="Where it lies in the server's folder; a live page works beside it"
    )
    title: str = Field(default="", description="Its first heading where this is empty")
    name: str = Field(default="", description="Its address; made from the title where this is empty")


class FrameShape(Shape):
    file: str
    line: int
    function: str
    text: str
    own: bool


class RunErrorShape(Shape):
    type: str
    message: str
    hint: str | None = None
    frames: list[FrameShape] = []
    traceback: str | None = None


class ProgressShape(Shape):
    done: float
    total: float | None = None
    text: str = ""
    reached: float | None = Field(
        None, description="Seconds from the start of the attempt until so much was done"
    )


class ArtifactShape(Shape):
    id: str
    name: str
    media_type: str
    size: int
    digest: str
    attempt: int = 1
    metadata: dict[str, Any] = {}
    freed_at: datetime | None = Field(None, description="When its content was freed; the rest stays")
    freed_by: str | None = Field(None, description="By which rule")


class AttemptShape(Shape):
    number: int
    status: RunStatus
    reason: Reason | None = None
    error: RunErrorShape | None = None
    worker: str
    started_at: datetime
    finished_at: datetime | None = None
    log_size: int = 0
    environment: dict[str, Any] | None = None
    freed_at: datetime | None = Field(
        None, description="When its log was freed; the end of it stays for search"
    )
    freed_by: str | None = Field(None, description="By which rule")


class AfterShape(Shape):
    """What a run waits for."""

    rule: Rule
    runs: list[str] = Field(description="Ids")


class ReusedShape(Shape):
    """The earlier run whose result a run took."""

    run: str = Field(description="Id; the run may be gone")
    number: int
    owner: str
    finished_at: datetime


class RunShape(Shape):
    """A run."""

    id: str
    number: int
    tool: str
    version: str
    params: dict[str, Any]
    status: RunStatus
    reason: Reason | None = None
    error: RunErrorShape | None = None
    progress: ProgressShape | None = None
    owner: str
    priority: Priority
    delivery: Delivery
    attempt: int
    worker: str | None = None
    attempts_left: int = Field(
        0, description="Attempts that are still made by themselves, should this one fail"
    )
    ready_at: datetime | None = Field(None, description="When a run that waits is queued by itself")
    cancel_requested: bool = False
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    tags: list[str] = []
    note: str | None = None
    origin: str | None = Field(None, description="Id of the run that this one was made from")
    chain: str | None = Field(
        None, description="Id of the run that its chain began with; null where it was made from none"
    )
    after: AfterShape | None = Field(
        None, description="What it waits for, or waited for, before it may start"
    )
    awaited: bool = Field(False, description="Whether others wait for it, or did")
    edits: int = Field(0, description="How often people changed tags, note, params or priority")
    reuse: bool | None = Field(
        None,
        description="Whether it may take the result of an earlier run that was the same; false where others may take "
        "its result and it takes none, null where neither is so",
    )
    reused: ReusedShape | None = Field(None, description="Whose result it took, without running")
    artifacts: list[ArtifactShape] = []
    abridged: bool = Field(
        False, description="Only in events: the params were too large to send along; fetch the run"
    )
    attempts: list[AttemptShape] | None = Field(None, description="Only where one run was asked for")
    waits: str | None = Field(
        None, description="Only where one run was asked for: why no worker takes it; null where one does"
    )


class BatchPlaceShape(Shape):
    """Where a run stands in a batch."""

    id: str
    number: int
    title: str
    row: int = Field(description="From 1")


class NamedSchedule(Shape):
    id: str
    name: str


class RelatedRuns(Shape):
    """Runs around one, by number, and what had it made."""

    batch: BatchPlaceShape | None = Field(None, description="The batch that it belongs to")
    schedule: NamedSchedule | None = Field(None, description="The schedule that it was made by")

    awaits: list[RunShape] = Field(description="What it waits for, or waited for")
    followers: list[RunShape] = Field(description="What waits for it, or waited for it")
    more: bool = Field(description="Whether there are more followers than these")


class RunPage(Shape):
    items: list[RunShape]
    next: str | None = Field(None, description="Cursor of the next page; null on the last")


class RunsBefore(Shape):
    """The runs of the same tool that a run is compared with."""

    last: RunShape | None = Field(None, description="The last one before it that succeeded or failed")
    last_good: RunShape | None = Field(None, description="The last one before it that succeeded")


class RunChain(Shape):
    """Runs that were made one from the other."""

    items: list[RunShape] = Field(description="The newest first; the run that was asked about is one of them")
    more: bool = Field(description="Whether there are older ones that are not listed")


class SubmitRequest(Shape):
    """One request to run one tool with one set of params."""

    tool: str
    params: dict[str, Any] = {}
    priority: Priority = Priority.DEFAULT
    origin: str | None = Field(None, description="Id or number of the run that it is made from")
    version: str | None = Field(
        None,
        description="An earlier version of the tool that a run had, or its beginning; the one of now where null",
    )
    after: list[str] = Field(
        [], description="Ids or numbers of runs that it waits for, beside those whose outputs its params name"
    )
    rule: Rule = Field(Rule.ALL_SUCCEEDED, description="When it starts, where it waits for others")
    reuse: bool | None = Field(
        None,
        description="Whether it may take the result of an earlier run that was the same; as the tool says where null",
    )


class EarlierRequest(Shape):
    """One set of params of a tool."""

    params: dict[str, Any] = {}


class EarlierAnswer(Shape):
    """What a run with these params would find."""

    run: RunShape | None = Field(
        description="The run that was the same, whose result it could take; null where there is none"
    )
    reuse: bool = Field(description="Whether it would take that where nothing else is asked for")


class RangeShape(Shape):
    """Seconds: one of ten is below low, and one above high."""

    low: float
    middle: float
    high: float


class ForecastRequest(Shape):
    """Runs of a tool that are asked about."""

    runs: int = Field(1, description="How many")
    params: dict[str, Any] | None = Field(
        None, description="Their params; null where it is to hold whatever the values"
    )


class ForecastShape(Shape):
    """How long runs of a tool that have not ended will take, with what goes before them in the queue, and its limits."""

    tool: str
    version: str
    runs: int = Field(description="Runs that it is of")
    workers: int = Field(description="Workers that there are now")
    one: RangeShape | None = Field(description="How long one run takes")
    start: RangeShape | None = Field(description="How long the first that waits goes on waiting")
    whole: RangeShape | None = Field(description="How long it is until all have ended")
    learnt_from: int = Field(description="Succeeded runs that it was learnt from")
    of_version: bool = Field(
        description="Whether these are of the same version of the tool; else of all its versions"
    )
    field: str | None = Field(
        description="The param that durations depend on most; null where none is known to matter, or no values were told"
    )
    why_not: str | None = Field(
        description="Why nothing is said: `not enough data`, `no workers`, or `the queue`, which is held or has before them "
        "what nobody knows of"
    )


class TableRows(Shape):
    """Rows as cells of text, which are read as the params of the tool are typed. An empty cell is not given."""

    fields: list[str | None] = Field(description="The param that each column is; null for none")
    cells: list[list[str | None]] = Field(max_length=10_000, description="Rows of as many cells")


class SheetShape(Shape):
    """A table that was read of a file."""

    names: list[str] = Field(description="Of the columns, as the file has them")
    fields: list[str | None] = Field(description="The param that each column seems to be; null for none")
    cells: list[list[str | None]]


class NewBatch(Shape):
    """Runs of one tool, one for each row of params: all of them are accepted, or none."""

    tool: str
    rows: list[dict[str, Any]] | None = Field(
        None, max_length=10_000, description="Params of each row; or else a table, or a sweep"
    )
    table: TableRows | None = None
    sweep: dict[str, str | list[Any]] | None = Field(
        None,
        description="Params with their values: there is a run for each combination. A list of values, or a text such as "
        "`2..10 step 2`, `a, b, c`, or `*` for all choices",
    )
    params: dict[str, Any] = Field({}, description="Values that all rows have; those of a row go before them")
    title: str = Field("", description="What people call it, such as the name of the table")
    priority: Priority = Priority.DEFAULT
    reuse: bool | None = Field(None, description="As of a single run")


class BatchShape(Shape):
    """Runs of one tool that were asked for together."""

    id: str
    number: int
    tool: str
    version: str
    owner: str
    title: str
    created_at: datetime
    rows: int
    by_status: dict[RunStatus, int] = Field(description="How many of its runs there are of each status")
    final: bool = Field(description="Whether all of them have ended")


class NewBatchAnswer(Shape):
    batch: BatchShape
    runs: list[RunShape] = Field(description="In the order of the rows")


class BatchRow(Shape):
    row: int = Field(description="From 1")
    run: RunShape


class CellProblemShape(Shape):
    row: int = Field(description="From 1")
    field: str = Field(description="The param, or a part of it; empty for the row as a whole")
    message: str


class CheckedBatch(Shape):
    """What a batch would be; nothing was kept."""

    rows: int = Field(description="Runs that it would be")
    problems: list[CellProblemShape] = Field(
        description="By row, 1,000 at most; with any of them nothing would run"
    )
    more: int = Field(description="Problems beyond those")
    forecast: ForecastShape


class RowOutcomeShape(Shape):
    """What came of one row."""

    row: int = Field(description="From 1")
    run: int = Field(description="Number of its run")
    run_id: str
    status: RunStatus
    params: dict[str, Any]
    error: str | None
    seconds: float | None
    result: Any = Field(
        description="What the tool returned; the names of its files where it gave those, or `large`"
    )
    large: str | None = Field(description="Id of the artifact that has a result of more than 32,000 bytes")


class OutcomePage(Shape):
    items: list[RowOutcomeShape]
    next: int | None = Field(description="Where the next page begins, as `after`; null on the last")


class BatchRows(Shape):
    items: list[BatchRow]
    next: int | None = Field(description="Where the next page begins, as `after`; null on the last")


class BatchPage(Shape):
    items: list[BatchShape]
    next: int | None = Field(description="Where the next page begins, as `before`; null on the last")


class BatchChange(Shape):
    batch: BatchShape
    done: int = Field(description="How many runs it was done to")


class RunChanges(Shape):
    """What is changed of a run; what is left out stays. Params and priority only while the run waits."""

    tags: list[str] | None = Field(None, description="All its tags, in the place of those that it has")
    add_tags: list[str] = []
    remove_tags: list[str] = []
    note: str | None = Field(None, description="Empty takes the note away")
    params: dict[str, Any] | None = None
    priority: Priority | None = None


class TagShape(Shape):
    """A tag that is in use."""

    tag: str
    runs: int = Field(description="How many runs have it")


class PreferenceShape(Shape):
    """Small state of the user who asks, such as favourites."""

    key: str
    value: Any
    updated_at: datetime


class PutPreference(Shape):
    value: Any


class PresetShape(Shape):
    """Named params of a tool."""

    id: str
    tool: str
    name: str
    params: dict[str, Any]
    owner: str = Field(description="Empty for a file")
    shared: bool
    is_default: bool = Field(description="Whether the form opens with it, for the user who asks")
    mine: bool = Field(description="Whether the user who asks may change it")
    path: str | None = Field(None, description="The file that it is; such a preset is changed there alone")
    with_tool: bool = Field(False, description="Whether it comes with the tool, in its package")
    problem: str | None = Field(None, description="Why the file cannot be used")
    created_at: datetime | None = None
    updated_at: datetime | None = None


class NewPreset(Shape):
    """Values to keep under a name; they need not be complete or valid."""

    tool: str
    name: str
    params: dict[str, Any] = {}
    shared: bool = False
    is_default: bool = False


class PresetChange(Shape):
    """What is left out stays."""

    name: str | None = None
    params: dict[str, Any] | None = None
    shared: bool | None = None


class DefaultPreset(Shape):
    """What a form opens with."""

    tool: str
    preset: str | None = Field(None, description="Id of the preset; null for the tool's own defaults")


class RuleRequestShape(Shape):
    """When: one of `cron`, `every`, `at` and `after_run`."""

    cron: str | None = Field(None, description="Five fields, by the clock of the zone: `0 3 * * 1-5`")
    every: int | None = Field(None, description="Seconds between two firings")
    at: datetime | None = Field(None, description="Once; without an offset it is a time of the zone")
    after_run: str | None = Field(None, description="Id or number of a run: when that one ends")
    start: datetime | None = Field(
        None, description="Of an interval: its first firing; one interval from now"
    )
    condition: RunCondition = Field(RunCondition.ENDED, description="How the run that is waited for must end")
    zone: str = Field("UTC", description="Of the tz database, such as Europe/Berlin")


class RuleShape(RuleRequestShape):
    kind: Literal["cron", "interval", "once", "after_run"]


class DueShape(Shape):
    """A due time that comes."""

    at: datetime
    words: str = Field(description="In English, by the clock of the rule's zone")


class RulePreview(Shape):
    rule: RuleShape
    words: str = Field(description="The rule in English")
    next: list[DueShape]


class FiringShape(Shape):
    """What became of one due time."""

    due: datetime
    outcome: Outcome
    fired_at: datetime
    run: str | None = None
    problem: str | None = Field(None, description="Why there is no run")
    missed: int = Field(0, description="Due times right before this one that passed without a run")
    run_shape: RunShape | None = Field(None, description="The run as it is now, without attempts and files")


class FiringPage(Shape):
    items: list[FiringShape] = Field(description="The latest due times first")
    next: int | None = Field(None, description="`before` of the next page; null on the last")


class ScheduleShape(Shape):
    """When a tool is run by itself."""

    id: str
    name: str = Field(description="Empty where nobody gave it one")
    tool: str
    params: dict[str, Any] = Field(description="What was given; defaults are those of the tool when it fires")
    rule: RuleShape
    words: str = Field(description="The rule in English")
    owner: str
    mine: bool = Field(description="Whether the user who asks may change it")
    catch_up: CatchUp = Field(
        description="What becomes of due times that passed while no server ran: none of them is run, the last one, or all"
    )
    priority: Priority
    state: ScheduleState
    next: list[DueShape] = Field(description="The next ten firings, or in lists the next one")
    problem: str | None = Field(None, description="Why it could not be run last")
    last: FiringShape | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class SchedulePage(Shape):
    items: list[ScheduleShape] = Field(description="What is due first comes first")
    total: int


class NewSchedule(Shape):
    tool: str
    params: dict[str, Any] = {}
    rule: RuleRequestShape
    name: str = ""
    catch_up: CatchUp = CatchUp.ONE
    priority: Priority = Priority.DEFAULT


class ScheduleChanges(Shape):
    """What is left out stays."""

    name: str | None = None
    params: dict[str, Any] | None = None
    rule: RuleRequestShape | None = None
    catch_up: CatchUp | None = None
    priority: Priority | None = None


class FoundArtifact(ArtifactShape):
    """An artifact with the run that made it; a file that was uploaded has none."""

    run: str | None = None
    run_number: int | None = None
    tool: str | None = None
    finished_at: datetime | None = None


class ArtifactPage(Shape):
    items: list[FoundArtifact]
    next: str | None = Field(None, description="Cursor of the next page; null on the last")


class NewUpload(Shape):
    """A file that will be sent piece by piece."""

    name: str
    size: Annotated[int, Field(ge=0, lt=2**63, description="Bytes in all")]


class UploadShape(Shape):
    id: Annotated[str, Field(description='When it is whole, {"artifact": id} is the value of a field')]
    name: str
    media_type: str
    size: int
    received: int = Field(description="Bytes that are here: the next piece begins there")
    piece: int = Field(description="Bytes that one piece should have")
    digest: str | None = Field(None, description="SHA-256 of the whole; null until it was finished")
    created_at: datetime


class UploadLimits(Shape):
    limit: int = Field(description="Bytes of one file")
    user_limit: int = Field(description="Bytes of all files of one user that nothing uses yet")


class LogLineShape(Shape):
    text: str
    more: int = Field(0, description="Bytes that were left out at its end")


class LogLinesShape(Shape):
    """Some lines of a log; they count from 0."""

    attempt: int
    first: int = Field(description="Number of the first line that follows")
    offset: int = Field(description="Where that line begins, in bytes")
    total: int = Field(description="Lines of the log so far")
    lines: list[LogLineShape]


class LogMatches(Shape):
    """Lines of a log that hold a text."""

    attempt: int
    lines: list[int]
    next: int | None = Field(None, description="Byte to search on from; null at the end")
    searched: int = Field(description="Lines that were looked at, from the log's beginning")


Reading = Literal["ready", "reading"]


class TablePage(Shape):
    """Some rows of an artifact that is a table."""

    state: Reading = Field(
        description="While it is `reading`, there may be fewer rows than asked for; ask again"
    )
    done: float = Field(description="Share of the file that is read, or of the rows that are sorted, up to 1")
    columns: list[str]
    types: list[str] = Field(description="`number`, `string`, `time` or `boolean`")
    rows: list[list[Any]]
    numbers: list[int] | None = Field(
        None, description="Places of these rows in the file, where they are sorted or filtered"
    )
    offset: int
    total: int | None = Field(None, description="Rows in all; null where not counted yet")
    read: int = Field(description="Rows that are read so far")
    hidden_columns: int = Field(0, description="Columns beyond those that are shown")
    uneven_rows: int = Field(0, description="Rows that have more cells than the head")
    cut: bool = Field(False, description="Whether the file goes on after the last row here")


class JsonNode(Shape):
    """One value of a JSON file."""

    key: str | None
    kind: Literal["object", "array", "string", "number", "boolean", "null"]
    at: int = Field(description="Its first byte; names it in the next question")
    bytes: int
    count: int | None = Field(description="Children of an object or array")
    text: str | None = Field(description="As it is written in the file, where it is no object or array")
    cut: bool


class JsonPage(JsonNode):
    offset: int
    items: list[JsonNode]


class JsonAnswer(Shape):
    state: Reading
    done: float
    value: JsonPage | None = None


class ArchiveEntry(Shape):
    name: str
    size: int
    packed: int | None
    modified: str | None
    kind: Literal["file", "folder", "link", "device"]
    note: str = Field(description="`encrypted`, or where a link leads")
    outside: bool = Field(description="Whether the name leads out of the folder that it would be unpacked in")


class Archive(Shape):
    entries: list[ArchiveEntry] = Field(description="The first ones")
    total: int
    whole: bool = Field(description="Whether all entries were counted")
    unpacked: int
    outside: bool
    suspicious: bool = Field(description="Whether it is far larger when it is unpacked")


class ArchiveAnswer(Shape):
    state: Reading
    done: float
    value: Archive | None = None


class Graph(Shape):
    """Nodes with places between 0 and 1; of a large graph those with the most links."""

    directed: bool
    nodes: int = Field(description="In all")
    links: int = Field(description="In all")
    hidden_links: int
    labels: list[str]
    groups: list[str | None]
    degrees: list[int]
    x: list[float]
    y: list[float]
    edges: list[list[int]] = Field(description="Pairs of nodes by their places in the lists")


class GraphAnswer(Shape):
    state: Reading
    done: float
    value: Graph | None = None


class CountShape(Shape):
    runs: int
    more: bool = Field(description="Whether there are more: counting ends somewhere")


class TimelinePointShape(Shape):
    """Runs that were submitted about the same time, took about the same and ended alike."""

    time: datetime
    seconds: float
    status: RunStatus
    runs: int
    number: int = Field(description="One of them")


class TimelineShape(Shape):
    points: list[TimelinePointShape]
    sampled: int = Field(description="The points are drawn of one run of so many")
    first: datetime | None = None
    last: datetime | None = None
    found: CountShape
    by_status: dict[RunStatus, int]
    median: float | None = Field(None, description="Seconds that the runs took which were looked at")
    total: int = Field(description="All runs that are kept, whatever the filter")


class GroupShape(Shape):
    key: str
    runs: int
    by_status: dict[RunStatus, int]
    last: datetime
    first: int | None = Field(None, description="Of a chain: the number of its first run that was asked for")
    newest: RunShape | None = Field(None, description="Of a chain: its newest run that was asked for")


class DurationShape(Shape):
    """Seconds."""

    low: float
    middle: float
    high: float
    runs: int = Field(description="Runs that it was learnt from")


class BulkRequest(Shape):
    """Which runs, and what is to be done with them."""

    ids: list[str] | None = Field(None, description="Ids or numbers, 1,000 at most")
    where: dict[str, str] | None = Field(
        None, description="Words of the query of `GET runs`, in place of ids"
    )
    action: Literal["cancel", "retry", "tag", "untag", "priority"]
    tags: list[str] = []
    priority: Priority | None = None


class BulkOutcomeShape(Shape):
    run: str
    number: int | None = None
    done: bool
    message: str | None = Field(None, description="Why it was not done")
    before: str | None = Field(None, description="The priority that it had")


class BulkAnswer(Shape):
    outcomes: list[BulkOutcomeShape]
    done: int
    more: bool = Field(description="Whether the filter finds more runs than one request changes: ask again")


class WaitShape(Shape):
    """Why a queued run does not start, though a worker may be free."""

    kind: Literal["queue_held", "tool_held", "total_limit", "user_limit", "tool_limit", "no_worker"]
    text: str = Field(description="The same as a sentence")
    running: int | None = Field(None, description="For a limit: how many run")
    limit: int | None = None
    by: str | None = Field(None, description="For a hold: whose it is")
    since: datetime | None = None
    note: str = ""


class QueueRuleShape(Shape):
    tool: str | None = Field(None, description="None for the whole queue")
    max_running: int | None = Field(None, description="Runs of the tool at a time; none for any number")
    running: int = 0
    held_by: str | None = Field(None, description="Who holds it; none where nobody does")
    held_at: datetime | None = None
    note: str = ""


class QueueLineShape(Shape):
    owner: str
    waiting: int
    running: int


class QueuedShape(Shape):
    position: int = Field(description="From 1, where no limit and no hold is in the way: owners take turns")
    run: RunShape
    waits: WaitShape | None = Field(None, description="What it waits for beside a free worker")
    start: RangeShape | None = Field(
        None, description="Seconds from now until it begins; none where nobody can say"
    )
    end: RangeShape | None = Field(None, description="Seconds from now until it has ended")


class QueueShape(Shape):
    """The queue and some of the runs that stand in it, in their order."""

    whole: QueueRuleShape
    total_running: int | None = Field(None, description="Runs at a time; none for any number")
    user_running: int | None = Field(None, description="Runs of one user at a time; none for any number")
    running: int
    waiting: int = Field(description="Runs that stand in the queue")
    later: int = Field(
        0, description="Runs that wait for others, for a time or for their next attempt, beside those"
    )
    tools: list[QueueRuleShape] = Field(description="Tools that have a limit, or are held")
    owners: list[QueueLineShape] = Field(description="Who has runs that wait, whose turn is next first")
    total: int = Field(description="Of those that were asked for")
    items: list[QueuedShape]


class QueuePlaceShape(Shape):
    position: int | None = Field(None, description="None where it does not stand in the queue")
    waiting: int
    waits: WaitShape | None = None


class HoldRequest(Shape):
    tool: str | None = Field(None, description="None for the whole queue")
    note: Annotated[str, Field(max_length=200)] = ""


class ReleaseRequest(Shape):
    tool: str | None = Field(None, description="None for the whole queue")


class MoveRequest(Shape):
    ids: Annotated[list[str], Field(min_length=1, max_length=1000)] = Field(
        description="Ids or numbers; they keep the order among themselves, and take the priority of where they come to"
    )
    to: Literal["front", "end", "before", "after"]
    beside: str | None = Field(
        None, description="The run before or behind which they come, of the same owner"
    )


class RefusedShape(Shape):
    run: str
    message: str


class MoveAnswer(Shape):
    moved: list[RunShape]
    refused: list[RefusedShape]


class WorkerShape(Shape):
    id: str
    name: str = Field(description="What people call it")
    host: str
    here: bool = Field(description="Whether it is a worker of this machine")
    state: Literal["idle", "busy", "silent", "draining", "stopping", "stopped"] = Field(
        description="`silent` says nothing any more; `draining` ends after its run; `stopped` was told to, and is gone"
    )
    started_at: datetime | None = None
    seen_at: datetime | None = Field(None, description="When it was heard of last")
    memory: int | None = Field(None, description="Bytes of it and of all processes below it")
    version: str | None = Field(None, description="Of this product")
    python: str | None = Field(None, description="Version of its Python")
    told_by: str | None = Field(None, description="Who told it to drain or to stop")
    told_at: datetime | None = None
    run: RunShape | None = Field(None, description="What it runs now")
    past: list[RunShape] = Field(description="What it ended in the last half hour, the newest first")


class CrewShape(Shape):
    """The workers that the supervisor of the server's machine keeps up."""

    wanted: int | None = Field(description="How many there shall be; none where nobody keeps any up")
    configured: int = Field(description="How many its configuration says")
    up: int = Field(description="Those that are up, with those that finish their run before they end")


class ScaleRequest(Shape):
    workers: Annotated[int, Field(ge=0, le=MOST_WORKERS)] = Field(
        description="How many there shall be; it holds over a restart, until the configuration says another number than now"
    )


class FreedShape(Shape):
    number: int = Field(description="The run's")
    kind: Literal["log", "artifact"]
    name: str = ""
    size: int
    rule: str


class CleaningShape(Shape):
    """What one cleaning freed, or would free."""

    at: datetime
    by: str = Field("", description="Who asked for it; empty where it came by itself")
    runs: int = Field(0, description="Of which something was freed; 0 in cleanings of earlier versions")
    logs: int
    log_bytes: int
    artifacts: int
    artifact_bytes: int = Field(description="Of contents that nothing else has; equal ones count once")
    rules: dict[str, int] = Field(description="How many each rule freed")
    examples: list[FreedShape] = Field(description="The largest of them")
    notes: list[str] = Field([], description="Bounds that cannot be kept, a sentence for each")


class KeepShape(Shape):
    """How long something is kept; none for no bound."""

    days: float | None = None
    runs: int | None = Field(None, description="Newest runs of each tool")
    size: int | None = Field(
        None, description="Bytes of all of them together; the oldest go until the rest fits"
    )


class RetentionShape(Shape):
    logs: KeepShape
    artifacts: KeepShape
    exceptions: list[str] = Field(description="Runs that keep everything, as tool:NAME and owner:NAME")
    cleanings: list[CleaningShape] = Field(description="The latest, the newest first")


class CleanRequest(Shape):
    dry_run: bool = Field(True, description="Only tell what would be freed")


class Health(Shape):
    status: Literal["ok", "degraded"]
    version: str
    instance: str = Field(description="Same for all servers that share one database")
    database: str
    queue: str
    artifacts: str
    workers: int = Field(description="Those of this machine that are up")
    machines: int = Field(
        0, description="With workers for this database; 0 where it is one of a single machine"
    )
    tools: int = Field(description="Tools that were read so far")
    reading: bool = Field(description="Whether toolboxes are being read at the moment")
    problems: list[str]
    problems_since: list[datetime] = Field([], description="Since when this server has seen each of them")
    toolbox_problems: list[str] = Field([], description="Those of them that are about toolboxes")


class KernelProofShape(Shape):
    """How a kernel asks for a credential: it signs with the key of its connection."""

    moment: float = Field(description="Seconds since 1970, by the kernel's clock")
    nonce: Annotated[str, Field(min_length=16, max_length=64)]
    signature: Annotated[str, Field(min_length=64, max_length=64)]


class KernelCredentialShape(Shape):
    """What a kernel shows from then on: `Authorization: toolrunner-kernel CREDENTIAL`."""

    credential: str
    seconds: float = Field(description="How long it is good for")


class RunEvent(Shape):
    """Sent over `events` when a run changed. Lists and open pages merge it; details are fetched."""

    type: Literal["run"] = "run"
    id: str
    run: RunShape


class ToolsEvent(Shape):
    """Sent over `events` when tools were added, changed or removed."""

    type: Literal["tools"] = "tools"
    id: str
    changed: list[str] = []


class PreferenceEvent(Shape):
    """Sent over `events` to the windows of its owner when a preference was kept, or removed (then without a time)."""

    type: Literal["preference"] = "preference"
    id: str
    key: str
    updated_at: datetime | None = None


class PresetsEvent(Shape):
    """Sent over `events` when presets of a tool were added, changed or removed."""

    type: Literal["presets"] = "presets"
    id: str
    tool: str


class ScheduleEvent(Shape):
    """Sent over `events` when a schedule was added, changed or removed, or when it fired."""

    type: Literal["schedule"] = "schedule"
    id: str
    schedule: str


class QueueEvent(Shape):
    """Sent over `events` when a hold, a limit or the order of the queue changed: whoever shows it fetches."""

    type: Literal["queue"] = "queue"
    id: str


class CleaningEvent(Shape):
    """Sent over `events` when the rules were applied: whoever shows the rules, or a file that is freed now, fetches."""

    type: Literal["cleaning"] = "cleaning"
    id: str


class LogEvent(Shape):
    """Part of the log of a followed run. `offset` is where `text` begins, in bytes; `next` where it ends."""

    type: Literal["log"] = "log"
    run: str
    attempt: int
    offset: int
    next: int
    text: str
    end: bool = False


class HelloEvent(Shape):
    """First on every connection. `last` is what to resume from."""

    type: Literal["hello"] = "hello"
    version: str
    last: str


class GapEvent(Shape):
    """Events were missed; fetch what is shown."""

    type: Literal["gap"] = "gap"


class Follow(Shape):
    """Client to server: send the log of this run from this byte on; a negative offset counts from its end."""

    type: Literal["follow"] = "follow"
    run: str
    attempt: int | None = Field(None, ge=0, lt=2**31)
    offset: int = Field(0, gt=-(2**53), lt=2**53)


class Unfollow(Shape):
    type: Literal["unfollow"] = "unfollow"
    run: str


ServerMessage = Annotated[
    RunEvent
    | ToolsEvent
    | PreferenceEvent
    | PresetsEvent
    | ScheduleEvent
    | QueueEvent
    | CleaningEvent
    | LogEvent
    | HelloEvent
    | GapEvent,
    Field(discriminator="type"),
]
ClientMessage = Annotated[Follow | Unfollow, Field(discriminator="type")]
