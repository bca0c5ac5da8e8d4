"""Builds the product out of its parts, once for each process that answers requests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from .core.errors import NotAvailable
from .core.queue import Limits
from .core.runs import Params, RunStatus
from .core.settings import Settings
from .db.batches import SqlBatchStore
from .db.dashboards import SqlDashboardStore
from .db.engine import open_engine
from .db.followers import SqlFollowerStore
from .db.history import SqlRunHistory
from .db.offers import SqlOfferStore
from .db.preferences import SqlPreferenceStore
from .db.presets import SqlPresetStore
from .db.queue import SqlQueueStore
from .db.retention import SqlRetentionStore
from .db.run_index import RunIndex
from .db.runs import SqlRunStore
from .db.schedules import SqlScheduleStore
from .db.schema import upgrade
from .db.toolboxes import SqlToolboxStore
from .db.tools import SqlToolStore
from .db.uploads import SqlUploadStore
from .db.workers import SqlWorkerStore
from .queue.crew import SupervisedCrew
from .queue.doorbell import RedisDoorbell
from .queue.events import RedisEventStream
from .queue.line import Line
from .queue.liveness import WorkerLocks
from .queue.redis import open_redis
from .registry.catalog import Catalog
from .runners.surroundings import Surroundings
from .services.batches import BatchService
from .services.chores import Chore
from .services.dashboards import DashboardService
from .services.followers import Followers, why_it_waits
from .services.forecasts import ForecastService
from .services.health import Health, Parts
from .services.log_lines import LogLines
from .services.offers import Offerer, OfferKeeper, Waits
from .services.outlook import QueueOutlook
from .services.preferences import PreferenceService
from .services.presets import PresetService
from .services.product import Product
from .services.queue import QueueService
from .services.results import Results
from .services.retention import RetentionService
from .services.reuse import ReuseKeys
from .services.runs import RunService
from .services.scheduler import Scheduler
from .services.schedules import ScheduleService
from .services.sweep import Sweeper
from .services.toolboxes import ToolboxService
from .services.uploads import UploadService
from .services.versions import Versions
from .services.workers import WorkerService
from .storage.contents import FEW_BYTES, FEW_FILES, FileContents
from .storage.disk import refusal
from .storage.opening import open_storage
from .storage.presets import FolderPresets
from .storage.previews.reader import FolderPreviews

#: Seconds for which a tool that a schedule needs, and that this server has not, is looked for by others.
_OTHERS_TURN = 30.0


def open_product(
    settings: Settings,
    *,
    on_tools_changed: Callable[[Sequence[str]], None] | None = None,
    patience: float = 0.0,
    has_workers: bool = True,
    fires_schedules: bool = False,
) -> Product:
    """Open the database (and upgrade it), start reading toolboxes and sweeping.

    ``patience``: seconds that the reading leaves to whatever else starts in this process.
    ``has_workers``: the workers that the settings say belong to this server, and run its tools.
    ``fires_schedules``: this process stays, so that what is due is run by it.
    Raises NotAvailable where the data folder or the database cannot be used.
    """
    _make_data_dir(settings)
    engine = open_engine(settings.effective_database_url)
    try:
        upgrade(engine)
    except Exception:
        engine.dispose()
        raise
    redis = open_redis(settings.effective_redis_url)
    line = Line(redis)
    limits = Limits(total=settings.total_running, user=settings.user_running)
    runs, tools = SqlRunStore(engine, limits=limits), SqlToolStore(engine)
    doorbell, events = RedisDoorbell(redis, line), RedisEventStream(redis, line)
    locks = WorkerLocks(settings.services_dir / "workers")

    def on_change(names: Sequence[str]) -> None:
        queue.learn(catalog, names)
        if on_tools_changed:
            on_tools_changed(names)

    catalog = Catalog(
        settings.toolboxes,
        cache=settings.data_dir / "cache" / "tools",
        on_change=on_change,
        patience=patience,
        environments=settings.environments_dir,
    )
    follower_store = SqlFollowerStore(engine)
    ring = doorbell.ring_everybody if settings.shares_database else doorbell.ring
    followers = Followers(follower_store, events, ring)
    sweeper = Sweeper(
        runs=runs,
        tools=tools,
        doorbell=doorbell,
        events=events,
        followers=followers,
        is_alive=locks.is_alive,
        many_places=settings.shares_database,
    )
    offers = SqlOfferStore(engine) if settings.shares_database else None
    keeper = (
        OfferKeeper(offers, catalog, Offerer.of(settings))
        if offers and has_workers and settings.worker_count
        else None
    )
    waits = Waits(offers, catalog) if offers else None
    storage = open_storage(settings)
    artifacts, logs = storage.artifacts, storage.logs
    uploads = UploadService(
        uploads=SqlUploadStore(engine),
        files=storage.uploads,
        artifacts=artifacts,
        limit=settings.upload_limit,
        user_limit=settings.user_upload_limit,
    )
    cleaner = Chore("upload-cleaner", uploads.clean, first=60.0)
    preset_files = FolderPresets(settings.data_dir, catalog.folders)

    def named_in_files() -> list[Params] | None:
        if catalog.reading:
            return None
        return [preset.params for tool in catalog.tools() for preset in preset_files.of(tool)]

    retention = RetentionService(
        SqlRetentionStore(engine), artifacts, logs, settings.retention, events, named_in_files
    )
    # Whoever comes first once a day has passed does it.
    daily = Chore("daily-cleaner", retention.clean_if_due, first=300.0)
    service = RunService(
        catalog=catalog,
        tools=tools,
        versions=Versions(tools, artifacts),
        runs=runs,
        doorbell=doorbell,
        events=events,
        followers=followers,
        keep_upload=uploads.keep,
        reuse_keys=ReuseKeys(
            contents=FileContents(most_files=FEW_FILES, most_bytes=FEW_BYTES),
            surroundings=Surroundings(settings.environments_dir).digest,
            artifact=lambda artifact: runs.artifact(artifact)[0],
            check_result=Results(runs, artifacts).check,
        ),
    )

    schedules = SqlScheduleStore(engine)
    scheduler = Scheduler(
        schedules=schedules,
        runs=service,
        events=events,
        patience=_OTHERS_TURN if settings.shares_database else 0.0,
    )
    history, index = SqlRunHistory(engine), RunIndex(engine)
    previews = FolderPreviews(settings.data_dir / "cache" / "previews")

    health = Health(
        Parts(
            database=lambda: _ask(engine),
            queue=events.answers,
            workers=locks.count_alive,
            machines=waits.machines if waits else lambda: 0,
            unattended=lambda workers: waits.problems() if waits else _unattended(workers, runs),
            catalog=catalog,
            refusal=refusal,
            folders=tuple(dict.fromkeys(_folders(settings))),
        ),
        settings.instance,
    )

    workers = WorkerService(
        workers=SqlWorkerStore(engine),
        crew=SupervisedCrew(settings),
        liveness=locks,
        history=history,
        events=events,
        place=settings.place,
    )
    queue_store = SqlQueueStore(engine)
    outlook = QueueOutlook(queue=queue_store, history=history, limits=limits, workers=workers.count)
    forecasts = ForecastService(outlook=outlook, catalog=catalog)
    queue = QueueService(
        queue=queue_store,
        runs=runs,
        doorbell=doorbell,
        events=events,
        limits=limits,
        outlook=outlook,
        unattended=waits.of_run if waits else lambda _run: None,
    )

    def close() -> None:
        health.close()
        scheduler.close()
        sweeper.close()
        if keeper:
            keeper.close()
        cleaner.close()
        daily.close()
        index.close()
        previews.close()
        catalog.close()
        redis.close()
        engine.dispose()

    toolboxes = ToolboxService(SqlToolboxStore(engine), catalog, events)
    toolboxes.include()
    catalog.start()
    sweeper.start()
    if fires_schedules:
        scheduler.start()
        daily.start()
    health.start()
    cleaner.start()
    index.start()
    if keeper:
        keeper.start()
    return Product(
        runs=service,
        batches=BatchService(
            batches=SqlBatchStore(engine), runs=service, artifacts=artifacts, forecasts=forecasts
        ),
        forecasts=forecasts,
        run_store=runs,
        followers=follower_store,
        history=history,
        workers=workers,
        catalog=catalog,
        toolboxes=toolboxes,
        dashboards=DashboardService(SqlDashboardStore(engine), artifacts, _dashboard_folders),
        preferences=PreferenceService(SqlPreferenceStore(engine), events),
        presets=PresetService(
            presets=SqlPresetStore(engine),
            files=preset_files,
            catalog=catalog,
            events=events,
            keep_artifact=service.keep_artifact,
        ),
        schedules=ScheduleService(
            schedules=schedules, runs=service, run_store=runs, events=events, on_change=scheduler.wake
        ),
        queue=queue,
        retention=retention,
        uploads=uploads,
        artifacts=artifacts,
        logs=logs,
        log_lines=LogLines(logs),
        events=events,
        previews=previews,
        waits=lambda run: why_it_waits(run, follower_store, queue.said_of),
        health=health.look,
        close=close,
    )


def _dashboard_folders() -> Sequence[Path]:
    from jupyter_core.paths import jupyter_path

    return [folder for place in jupyter_path("toolrunner", "dashboards") if (folder := Path(place)).is_dir()]


def _make_data_dir(settings: Settings) -> None:
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise NotAvailable(
            f"The data folder {settings.data_dir} cannot be made: {error.strerror}.",
            hint="Make room for it there, or name another folder by TOOLRUNNER_DATA_DIR.",
        ) from error


def _folders(settings: Settings) -> list[Path]:
    """Those that runs need, the data folder first."""
    return [settings.data_dir, *([settings.artifacts_dir] if settings.artifacts_in_folder else [])]


def _unattended(workers: int, runs: SqlRunStore) -> list[str]:
    if workers or not runs.counts().get(RunStatus.QUEUED):
        return []
    return ["Runs wait, and no worker of this machine is up."]


def _ask(engine: Engine) -> None:
    """Raises NotAvailable where the database does not answer."""
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        raise NotAvailable(f"{type(error).__name__}.") from error
