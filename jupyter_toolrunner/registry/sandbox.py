"""A process that can't change anything but its own scratch folder, and can't outlive its limits.

Two layers, each of which is enough against writing: a mount namespace in which everything is read-only and the script's own
folder is a private copy-on-write view, and Landlock. Standard library only.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import struct
from dataclasses import dataclass
from pathlib import Path

_CLONE_NEWNS, _CLONE_NEWUSER = 0x20000, 0x10000000
_MS_REC, _MS_PRIVATE, _MS_BIND, _MS_NOSUID, _MS_NODEV = 0x4000, 0x40000, 0x1000, 0x2, 0x4
_AT_FDCWD, _AT_RECURSIVE, _MOUNT_ATTR_RDONLY = -100, 0x8000, 0x1
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _PR_SET_CHILD_SUBREAPER = 1, 38, 36
_SIGKILL = 9

#: Landlock's rights over files by the version that brought them; reading and executing stay free.
_WRITE = sum(1 << bit for bit in (1, 4, 5, 6, 7, 8, 9, 10, 11, 12))
_REFER, _TRUNCATE, _IOCTL = 1 << 13, 1 << 14, 1 << 15
_SHARED_MEMORY = "/dev/shm"  # noqa: S108 - a private file system is mounted there
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty")

CPU_SECONDS = 10
ADDRESS_SPACE = 16 << 30
FILE_SIZE = 64 << 20
OPEN_FILES = 1024
SCRATCH_SIZE = "256m"

_libc = ctypes.CDLL(None, use_errno=True)


class NotConfined(Exception):
    """This system offers no way to keep a script from writing."""


@dataclass(frozen=True)
class Confinement:
    """Which layers hold."""

    landlock: int
    namespace: bool
    #: Whether the script's folder is a private view in which it may write.
    view: bool


def limit() -> None:
    """Limits on time, memory, file sizes and open files, for this process and its children."""
    for what, most in (
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_AS, ADDRESS_SPACE),
        (resource.RLIMIT_FSIZE, FILE_SIZE),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        value = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(what, (value, value))


def die_with_parent() -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)


def adopt_orphans() -> None:
    """Processes whose parent ended become children of this one, so that they can be found and ended."""
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def confine(scratch: Path, root: Path | None) -> Confinement:
    """Take the right to write from this process, but in ``scratch`` and in a private view of ``root``.

    Raises NotConfined where neither layer is available; then nothing of the script may run.
    """
    namespace = view = False
    try:
        _enter_namespace()
        _read_only(scratch)
        namespace = True
        view = root is not None and _private_view(scratch, root)
    except OSError:
        pass
    landlock = _landlock(
        [scratch, *([root] if view and root else []), *([Path(_SHARED_MEMORY)] if namespace else [])]
    )
    if not landlock and not namespace:
        raise NotConfined("neither Landlock nor mount namespaces are available here")
    return Confinement(landlock, namespace, view)


def _check(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


# -- mount namespace ------------------------------------------------------------------------------------------------


def _enter_namespace() -> None:
    if os.geteuid() == 0 and _libc.unshare(_CLONE_NEWNS) == 0:
        return
    user, group = os.geteuid(), os.getegid()
    _check(_libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNS), "unshare")
    with contextlib.suppress(OSError):
        Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def _mount(source: str, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    encoded = [os.fsencode(each) if each is not None else None for each in (source, target, kind, data)]
    source_, target_, kind_, data_ = encoded
    _check(_libc.mount(source_, target_, kind_, ctypes.c_ulong(flags), data_), f"mount {target}")


def _read_only(scratch: Path) -> None:
    """Everything is read-only but a memory file system at ``scratch`` and in ``/dev/shm``."""
    _mount("none", "/", None, _MS_REC | _MS_PRIVATE)
    attributes = struct.pack("QQQQ", _MOUNT_ATTR_RDONLY, 0, 0, 0)
    _check(
        _libc.syscall(442, _AT_FDCWD, b"/", _AT_RECURSIVE, attributes, len(attributes)),
        "mount_setattr",
    )
    for folder in (str(scratch), _SHARED_MEMORY):
        _mount("scratch", folder, "tmpfs", _MS_NOSUID | _MS_NODEV, f"size={SCRATCH_SIZE},mode=0700")


def _private_view(scratch: Path, root: Path) -> bool:
    """Lay a copy-on-write view over ``root``; whether that worked."""
    if scratch.is_relative_to(root) or root == Path("/"):
        return False
    layers = scratch / ".view"
    back = os.getcwd()
    try:
        for name in ("lower", "upper", "work"):
            (layers / name).mkdir(parents=True)
        os.chdir(layers)
        _mount(str(root), "lower", None, _MS_BIND)
        options = "lowerdir=lower,upperdir=upper,workdir=work"
        try:
            _mount("view", str(root), "overlay", _MS_NOSUID, options + ",userxattr")
        except OSError:
            _mount("view", str(root), "overlay", _MS_NOSUID, options)
    except OSError:
        return False
    finally:
        os.chdir(back)
    return True


# -- Landlock -------------------------------------------------------------------------------------------------------


def _landlock(writable: list[Path]) -> int:
    """Restrict this process; the version of Landlock, or 0 where there is none."""
    _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    version = _libc.syscall(444, None, 0, 1)
    if version < 1:
        return 0
    rights = _WRITE | (_REFER if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0)
    rights |= _IOCTL if version >= 5 else 0
    network = 3 if version >= 4 else 0
    scoped = 3 if version >= 6 else 0
    attributes = struct.pack("QQQ", rights, network, scoped)[
        : 24 if version >= 6 else 16 if version >= 4 else 8
    ]
    ruleset = _libc.syscall(444, attributes, len(attributes), 0)
    if ruleset < 0:
        return 0
    try:
        for folder in writable:
            _allow(ruleset, str(folder), rights)
        for device in _DEVICES:
            _allow(ruleset, device, rights & (1 << 1 | _TRUNCATE | _IOCTL))
        return version if _libc.syscall(446, ruleset, 0) == 0 else 0
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        _libc.syscall(445, ruleset, 1, struct.pack("=Qi", rights, beneath), 0)
    finally:
        os.close(beneath)
