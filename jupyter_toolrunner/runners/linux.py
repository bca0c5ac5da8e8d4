"""What the standard library lacks of Linux: parent-death signals, subreapers, private mounts.

Where the system is another one, ``available`` is False and every call raises OSError(ENOSYS).
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from collections.abc import Iterable

available = sys.platform == "linux"
#: For ``waitpid``: children of every kind.
WALL = 0x40000000

_libc = ctypes.CDLL(None, use_errno=True) if available else None
if _libc is not None:
    # Bound ahead: every process that is forked calls it first of all.
    _libc.prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_CLONE_NEWNS = 0x00020000
_CLONE_NEWUSER = 0x10000000
_MS_BIND = 0x1000
_MS_REC = 0x4000
_MS_PRIVATE = 1 << 18
_MNT_DETACH = 2

#: Whether this process has mounts of its own, and whether it took a user namespace to get them.
_detached: bool | None = None
#: The folder that this process sees as its own.
_view: str | None = None


def _call(name: str, *arguments: object) -> None:
    if _libc is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    if getattr(_libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def _prctl(option: int, value: int) -> None:
    _call("prctl", option, value, 0, 0, 0)


def flush_c_streams() -> None:
    """What libraries wrote through C's own buffers is written."""
    if _libc is not None:
        _libc.fflush(None)


def die_with_parent(parent: int, signal_number: int) -> bool:
    """Be sent the signal when the *thread* that started this process ends; False where the parent is gone already."""
    if available:
        _prctl(_PR_SET_PDEATHSIG, signal_number)
    return os.getppid() == parent


def adopt_orphans() -> bool:
    """Become the parent of every descendant whose own parent ends; False where the system cannot."""
    try:
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    except OSError:
        return False
    return True


def _detach_mounts() -> bool:
    """Give this process mounts of its own; True where that took a user namespace too."""
    try:
        _call("unshare", ctypes.c_int(_CLONE_NEWNS))
        return False
    except OSError:
        user, group = os.geteuid(), os.getegid()
        _call("unshare", ctypes.c_int(_CLONE_NEWNS | _CLONE_NEWUSER))
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{user} {user} 1")
        _write("/proc/self/gid_map", f"{group} {group} 1")
        return True


def _write(path: str, text: str) -> None:
    with open(path, "w") as file:
        file.write(text)


def mount_private_view(root: str, changes: str, scratch: str) -> None:
    """Let this process see ``root`` as its own: what it writes there lands in ``changes``.

    Only a process with a single thread can, but for one that has had such a view before: what it has forked since then
    sees the new one too. Raises OSError where namespaces or overlays are forbidden, or where
    the folder of the changes is on a file system that cannot hold them.
    """
    global _view  # noqa: PLW0603 - a property of the process
    _have_own_mounts()
    # Paths go in as descriptors, opened among the new mounts: ':' and ',' in them would be read as syntax by the kernel.
    folders = [os.open(path, os.O_PATH | os.O_DIRECTORY) for path in (root, changes, scratch)]
    try:
        lower, upper, work = (f"/proc/self/fd/{folder}" for folder in folders)
        features = "userxattr" if _detached else "redirect_dir=off,metacopy=off,index=off"
        options = f"lowerdir={lower},upperdir={upper},workdir={work},{features}"
        _mount(b"overlay", os.fsencode(root), b"overlay", 0, options.encode())
        _view = root
    finally:
        for folder in folders:
            os.close(folder)


def cover(files: Iterable[tuple[str, str]]) -> None:
    """Let this process see the content of the first file of each pair where the second one is. Raises OSError."""
    _have_own_mounts()
    for source, target in files:
        _mount(os.fsencode(source), os.fsencode(target), None, _MS_BIND, None)


def _have_own_mounts() -> None:
    global _detached  # noqa: PLW0603 - a property of the process
    if _detached is None:
        _detached = _detach_mounts()
        _mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None)


def leave_private_view() -> None:
    """See the folder as it is again; files of the view that are open stay what they are."""
    global _view  # noqa: PLW0603 - a property of the process
    if _view is not None:
        _call("umount2", os.fsencode(_view), ctypes.c_int(_MNT_DETACH))
        _view = None


def _mount(source: bytes, target: bytes, kind: bytes | None, flags: int, options: bytes | None) -> None:
    _call("mount", source, target, kind, ctypes.c_ulong(flags), options)
