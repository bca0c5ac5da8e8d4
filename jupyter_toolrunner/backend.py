"""Builds the product out of its parts, once for each process that answers requests."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from .core.errors import NotAvailable
from .core.runs import RunStatus
from .core.settings import Settings
from .db.dashboards import SqlDashboardStore
from .db.engine import open_engine
from .db.history import SqlRunHistory
from .db.preferences import SqlPreferenceStore
from .db.presets import SqlPresetStore
from .db.run_params import RunIndex
from .db.runs import SqlRunStore
from .db.schema import upgrade
from .db.toolboxes import SqlToolboxStore
from .db.tools import SqlToolStore
from .db.uploads import SqlUploadStore
from .queue.doorbell import RedisDoorbell
from .queue.events import RedisEventStream
from .queue.line import Line
from .queue.liveness import WorkerLocks
from .queue.redis import open_redis
from .registry.catalog import Catalog
from .services.dashboards import DashboardService
from .services.log_lines import LogLines
from .services.preferences import PreferenceService
from .services.presets import PresetService
from .services.product import Product
from .services.runs import RunService
from .services.sweep import Sweeper
from .services.toolboxes import ToolboxService
from .services.uploads import Cleaner, UploadService
from .services.versions import Versions
from .services.workers import look
from .storage.artifacts import FolderArtifactStore
from .storage.disk import refusal
from .storage.logs import FolderLogStore
from .storage.presets import FolderPresets
from .storage.previews.reader import FolderPreviews
from .storage.uploads import FolderUploads

#: Bytes free below which the health page is no longer content.
_LEAST_FREE = 500 * 2**20


def open_product(
    settings: Settings,
    *,
    on_tools_changed: Callable[[Sequence[str]], None] | None = None,
    patience: float = 0.0,
) -> Product:
    """Open the database (and upgrade it), start reading toolboxes and sweeping.

    ``patience``: seconds that the reading leaves to whatever else starts in this process.
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
    runs, tools = SqlRunStore(engine), SqlToolStore(engine)
    doorbell, events = RedisDoorbell(redis, line), RedisEventStream(redis, line)
    locks = WorkerLocks(settings.services_dir / "workers")
    catalog = Catalog(
        settings.toolboxes,
        cache=settings.data_dir / "cache" / "tools",
        on_change=on_tools_changed,
        patience=patience,
        environments=settings.environments_dir,
    )
    sweeper = Sweeper(runs=runs, tools=tools, doorbell=doorbell, events=events, is_alive=locks.is_alive)
    artifacts = FolderArtifactStore(settings.artifacts_dir)
    uploads = UploadService(
        uploads=SqlUploadStore(engine),
        files=FolderUploads(settings.artifacts_dir / "uploads"),
        artifacts=artifacts,
        limit=settings.upload_limit,
        user_limit=settings.user_upload_limit,
    )
    cleaner = Cleaner(uploads)
    service = RunService(
        catalog=catalog,
        tools=tools,
        versions=Versions(tools, artifacts),
        runs=runs,
        doorbell=doorbell,
        events=events,
        keep_upload=uploads.keep,
    )

    history, index = SqlRunHistory(engine), RunIndex(engine)
    previews = FolderPreviews(settings.data_dir / "cache" / "previews")

    def close() -> None:
        sweeper.close()
        cleaner.close()
        index.close()
        previews.close()
        catalog.close()
        redis.close()
        engine.dispose()

    toolboxes = ToolboxService(SqlToolboxStore(engine), catalog, events)
    toolboxes.include()
    logs = FolderLogStore(settings.artifacts_dir)
    catalog.start()
    sweeper.start()
    cleaner.start()
    index.start()
    return Product(
        runs=service,
        run_store=runs,
        history=history,
        workers=lambda: look(locks, history),
        catalog=catalog,
        toolboxes=toolboxes,
        dashboards=DashboardService(SqlDashboardStore(engine), artifacts, _dashboard_folders),
        preferences=PreferenceService(SqlPreferenceStore(engine), events),
        presets=PresetService(
            presets=SqlPresetStore(engine),
            files=FolderPresets(settings.data_dir, catalog.folders),
            catalog=catalog,
            events=events,
            keep_artifact=service.keep_artifact,
        ),
        uploads=uploads,
        artifacts=artifacts,
        logs=logs,
        log_lines=LogLines(logs),
        events=events,
        previews=previews,
        health=lambda: _health(settings, engine, events, locks, catalog, runs),
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


def _health(
    settings: Settings,
    engine: Engine,
    events: RedisEventStream,
    locks: WorkerLocks,
    catalog: Catalog,
    runs: SqlRunStore,
) -> Mapping[str, Any]:
    problems: list[str] = []
    database = _database_state(engine, problems)
    queue = "ok" if events.answers() else "away"
    if queue == "away":
        problems.append("The queue does not answer. Runs are accepted and start when it is back.")
    workers = locks.count_alive()
    of_toolboxes = catalog.problems()
    problems += of_toolboxes
    if database == "ok" and not workers and runs.counts().get(RunStatus.QUEUED):
        problems.append("Runs wait, and no worker of this machine is up.")
    artifacts = _disk_state(settings, problems)
    return {
        "status": "degraded" if problems else "ok",
        "instance": settings.instance,
        "database": database,
        "queue": queue,
        "artifacts": artifacts,
        "workers": workers,
        "tools": len(catalog.tools()),
        "reading": catalog.reading,
        "problems": problems,
        "toolbox_problems": of_toolboxes,
    }


def _disk_state(settings: Settings, problems: list[str]) -> str:
    said = len(problems)
    for folder in dict.fromkeys((settings.data_dir, settings.artifacts_dir)):
        # Of the artifacts' folder the first artifact makes sure.
        if folder.is_dir() and (why := refusal(folder)):
            problems.append(
                f"Nothing can be written below {folder}: {why}. Runs are refused or fail until that is mended; "
                "those that wait go on by themselves then."
            )
            break
    if len(problems) > said:
        return "away"
    free = shutil.disk_usage(settings.data_dir).free
    if free >= _LEAST_FREE:
        return "ok"
    problems.append(f"Only {free // 2**20} MiB are free below {settings.data_dir}.")
    return "nearly full"


def _database_state(engine: Engine, problems: list[str]) -> str:
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except (SQLAlchemyError, NotAvailable) as error:
        problems.append(f"The database does not answer: {type(error).__name__}.")
        return "away"
    return "ok"
